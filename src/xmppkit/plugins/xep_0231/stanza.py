# SPDX-License-Identifier: MIT
"""A small piece of binary data, or a reference to one (XEP-0231 §2.5)."""

from __future__ import annotations

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Base64Text
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence

__all__ = ["BitsOfBinary"]


class BitsOfBinary(ElementBase, parents=(Iq, Message, Presence)):
    """The piece. Without data it asks for the piece of its `cid`."""

    __slots__ = ()

    name = "data"
    namespace = "urn:xmpp:bob"
    plugin_attrib = "bob"

    cid = Attr(str, doc="the content id, as sha1+8f35…@bob.xmpp.org")
    type_ = Attr(str, key="type", name="type", doc="the media type, as image/png")
    max_age = Attr(int, name="max-age", minimum=0, doc="seconds that it may be cached; 0: not at all; None: not said")
    data = Base64Text(doc="the data; None where it is only referred to")
