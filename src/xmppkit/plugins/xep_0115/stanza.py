# SPDX-License-Identifier: MIT
"""What an entity can do, as the hash of what it answers to service discovery (XEP-0115 §4)."""

from __future__ import annotations

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.stream_features import StreamFeatures

__all__ = ["CAPS", "Capabilities"]

CAPS = "http://jabber.org/protocol/caps"


class Capabilities(ElementBase, parents=(Presence, StreamFeatures)):
    """The capabilities. Nothing of it is proved before somebody has asked: see `verification`."""

    __slots__ = ()

    name = "c"
    namespace = CAPS
    plugin_attrib = "caps"

    hash_ = Attr(str, key="hash", name="hash", doc="the hash function, as sha-1; None in the legacy format (§13)")
    node = Attr(str, doc="a URI that identifies the software")
    ver = Attr(str, doc="the verification string: the hash as base64")
    ext = Attr(str, doc="more features by name; deprecated (§13)")
