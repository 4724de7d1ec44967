# SPDX-License-Identifier: MIT
"""The name that somebody gives himself (XEP-0172 §4)."""

from __future__ import annotations

from xmppkit.plugins.xep_0060.stanza import EventItem, Item
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import ElementText
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence

__all__ = ["UserNick"]


class UserNick(ElementBase, parents=(Message, Presence, Item, EventItem)):
    """A nickname, in a stanza or in an item: ``message['nick']['nick'] = 'Ishmael'``."""

    __slots__ = ()

    name = "nick"
    namespace = "http://jabber.org/protocol/nick"
    plugin_attrib = "nick"

    nick = ElementText(str, doc="the nickname; None: none any more")
