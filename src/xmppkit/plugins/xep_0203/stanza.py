# SPDX-License-Identifier: MIT
"""When a stanza that comes late was sent (XEP-0203 §2)."""

from __future__ import annotations

import datetime

from xmppkit.jid.address import JID
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, ElementText
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence

__all__ = ["Delay"]


class Delay(ElementBase, parents=(Message, Presence)):
    """What is said about the delay."""

    __slots__ = ()

    name = "delay"
    namespace = "urn:xmpp:delay"
    plugin_attrib = "delay"

    from_ = Attr(JID, key="from", doc="who sent the stanza, or who kept it, as a room or a server")
    stamp = Attr(datetime.datetime, doc="when it was sent, or came to who kept it; in UTC")
    text = ElementText(str, doc="the reason, for people")
