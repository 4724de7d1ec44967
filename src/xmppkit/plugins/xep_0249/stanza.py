# SPDX-License-Identifier: MIT
"""An invitation to a room that goes straight to whom it is for (XEP-0249 §2)."""

from __future__ import annotations

from xmppkit.jid.address import JID
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr
from xmppkit.stanza.message import Message

__all__ = ["Invite"]


class Invite(ElementBase, parents=(Message,)):
    """The invitation."""

    __slots__ = ()

    name = "x"
    namespace = "jabber:x:conference"
    plugin_attrib = "groupchat_invite"

    jid = Attr(JID, doc="the room")
    password = Attr(str, doc="the room's password")
    reason = Attr(str, doc="why, for people")
    continue_ = Attr(
        bool, key="continue", name="continue", doc="whether the room goes on with a conversation between two"
    )
    thread = Attr(str, doc="the thread of that conversation")
