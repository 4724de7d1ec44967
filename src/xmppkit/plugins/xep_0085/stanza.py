# SPDX-License-Identifier: MIT
"""The state of a conversation, as one of its ends sees it (XEP-0085 §3)."""

from __future__ import annotations

from enum import StrEnum

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import ElementName
from xmppkit.stanza.message import Message

__all__ = ["Active", "ChatState", "Composing", "Gone", "Inactive", "Paused", "State"]


class State(StrEnum):
    """The states (§2)."""

    ACTIVE = "active"
    COMPOSING = "composing"
    PAUSED = "paused"
    INACTIVE = "inactive"
    GONE = "gone"


class ChatState(ElementBase, parents=(Message,)):
    """An empty element whose name is the state: ``message['chat_state'] = 'composing'``."""

    __slots__ = ()

    name = "active"
    other_names = ("composing", "paused", "inactive", "gone")
    namespace = "http://jabber.org/protocol/chatstates"
    plugin_attrib = "chat_state"
    is_extension = True

    chat_state = ElementName(State, doc="the state; None: none is said")


class Active(ChatState):
    """Takes part in the conversation."""

    __slots__ = ()


class Composing(ChatState):
    """Is writing."""

    __slots__ = ()

    name = "composing"


class Paused(ChatState):
    """Was writing, and is no more."""

    __slots__ = ()

    name = "paused"


class Inactive(ChatState):
    """Has not looked at the conversation for a while."""

    __slots__ = ()

    name = "inactive"


class Gone(ChatState):
    """Has left the conversation."""

    __slots__ = ()

    name = "gone"
