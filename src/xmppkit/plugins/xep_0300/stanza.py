# SPDX-License-Identifier: MIT
"""A hash, and the announcement of one (XEP-0300 §3)."""

from __future__ import annotations

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Base64Text, ElementText

__all__ = ["HASHES", "Hash", "HashUsed"]

HASHES = "urn:xmpp:hashes:2"


class Hash(ElementBase):
    """The hash of something. What it is of, and whether it is right, it does not say: see `XEP_0300.verify`."""

    __slots__ = ()

    name = "hash"
    namespace = HASHES
    plugin_attrib = "hash"
    plugin_multi_attrib = "hashes"

    algo = Attr(str, doc="the name of the function, as sha-256")
    value = ElementText(str, doc="the hash as base64, as it stands in the XML")
    digest = Base64Text(key="", doc="the hash as bytes; None where it is no base64")


class HashUsed(ElementBase):
    """Which function will be used, before the hash is known."""

    __slots__ = ()

    name = "hash-used"
    namespace = HASHES
    plugin_attrib = "hash_used"

    algo = Attr(str, doc="the name of the function, as sha-256")
