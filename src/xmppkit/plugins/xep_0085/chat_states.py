# SPDX-License-Identifier: MIT
"""Chat State Notifications (XEP-0085): who is writing, and who has gone away."""

from __future__ import annotations

from xmppkit.dispatch.events import Event
from xmppkit.plugins.base import BasePlugin, handles, register_plugin
from xmppkit.plugins.xep_0085 import stanza
from xmppkit.plugins.xep_0085.stanza import ChatState, State
from xmppkit.stanza.message import Message
from xmppkit.xml import names

__all__ = ["XEP_0085"]

_STATES = {names.clark(ChatState.namespace, state): state.value for state in State}


class XEP_0085(BasePlugin):  # noqa: N801  # slixmpp's name
    """Chat State Notifications.

    A state goes out as ``message['chat_state'] = 'composing'``, with a body or without. What comes raises ``chatstate``
    and the event of the state.
    """

    name = "xep_0085"
    description = "XEP-0085: Chat State Notifications"
    dependencies = frozenset({"xep_0030"})
    stanza = stanza
    disco_features = (ChatState.namespace,)
    only_tells = True
    events = (
        Event("chatstate", Message, "a chat state has come, whichever", "XEP-0085 §3"),
        Event(
            "chatstate_active",
            Message,
            "somebody takes part in the conversation",
            "XEP-0085 §3",
            raised_as="chatstate_{state}",
        ),
        Event("chatstate_composing", Message, "somebody is writing", "XEP-0085 §3", raised_as="chatstate_{state}"),
        Event(
            "chatstate_paused",
            Message,
            "somebody was writing, and is no more",
            "XEP-0085 §3",
            raised_as="chatstate_{state}",
        ),
        Event(
            "chatstate_inactive",
            Message,
            "somebody has not looked for a while",
            "XEP-0085 §3",
            raised_as="chatstate_{state}",
        ),
        Event(
            "chatstate_gone",
            Message,
            "somebody has left the conversation",
            "XEP-0085 §3",
            raised_as="chatstate_{state}",
        ),
    )

    @handles("message/chat_state", "Chat State")
    def _told(self, message: Message) -> None:
        if message.xml.get("type") == "error":
            return  # a state of ours that has come back
        # Most messages have a state, and few programs ask: the tag says which, without a stanza of its own.
        state = next((_STATES[child.tag] for child in message.xml if child.tag in _STATES), None)
        self.xmpp.event("chatstate", message)
        if state is not None:  # an earlier handler may have taken it away
            self.xmpp.event(f"chatstate_{state}", message)


register_plugin(XEP_0085)
