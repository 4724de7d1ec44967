# SPDX-License-Identifier: MIT
"""A URL that is told (``jabber:x:oob``, XEP-0066 §3), and one that is to be fetched (``jabber:iq:oob``, §2)."""

from __future__ import annotations

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, ChildText
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence

__all__ = ["OOB", "OOBTransfer"]


class OOB(ElementBase, parents=(Message, Presence)):
    """A URL for people or programs. In a message whose body is the same URL it is an attachment to clients."""

    __slots__ = ()

    name = "x"
    namespace = "jabber:x:oob"
    plugin_attrib = "oob"

    url = ChildText(str, doc="the URL; any scheme, and the sender's word for it")
    desc = ChildText(str, doc="what is there, for people")


class OOBTransfer(ElementBase, parents=(Iq,)):
    """A file that the receiver is to fetch before it answers."""

    __slots__ = ()

    name = "query"
    namespace = "jabber:iq:oob"
    plugin_attrib = "oob_transfer"

    url = ChildText(str, doc="the URL of the file")
    desc = ChildText(str, doc="what the file is, for people")
    sid = Attr(str, doc="the id of the stream that XEP-0095 has negotiated")
