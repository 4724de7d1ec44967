# SPDX-License-Identifier: MIT
"""Moderated Message Retraction (XEP-0425): what a moderator of a room takes back."""

from __future__ import annotations

from typing import Unpack

from xmppkit.dispatch.events import Event
from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.base import BasePlugin, IqOptions, handles, register_plugin
from xmppkit.plugins.base.origin import from_joined_room
from xmppkit.plugins.xep_0359.stanza import stanza_id_by
from xmppkit.plugins.xep_0424.stanza import Retract
from xmppkit.plugins.xep_0425 import stanza
from xmppkit.plugins.xep_0425.stanza import MODERATE, Moderated
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.types import JidStr, OptJidStr

__all__ = ["XEP_0425"]


class XEP_0425(BasePlugin):  # noqa: N801  # slixmpp's name
    """Moderated Message Retraction. Only the room itself can say that something was moderated, not one of its occupants
    (§5)."""

    name = "xep_0425"
    description = "XEP-0425: Moderated Message Retraction"
    dependencies = frozenset({"xep_0421", "xep_0424"})
    stanza = stanza
    disco_features = (MODERATE,)
    events = (Event("moderated_message", Message, "a room says that a moderator took a message back", "XEP-0425 §3.1"),)

    async def moderate(
        self, room: JidStr, id: str, reason: str = "", *, ifrom: OptJidStr = None, **iqkwargs: Unpack[IqOptions]
    ) -> Iq:
        """Take a message of somebody back, as a moderator of a room.

        :param room: the room.
        :param id: the id that the room gave the message: ``message["stanza_id"]["id"]``.
        :param reason: why, for people.
        :param ifrom: who asks, for components.
        :returns: the room's answer.
        :raises InvalidValue: there is no id.
        :raises IqError: the room refuses, as ``forbidden`` for who may not, or knows nothing of it.
        :raises IqTimeout: it does not answer.
        """
        if not id:
            raise InvalidValue("a message to which the room gave no id cannot be moderated", "XEP_0425.moderate")
        iq: Iq = self.xmpp.make_iq_set(ito=room, ifrom=ifrom)
        iq["moderate"]["id"] = id
        iq["moderate"].enable("retract")
        if reason:
            iq["moderate"]["reason"] = reason
        return await iq.send(**iqkwargs)

    def is_moderation(self, message: Message) -> bool:
        """Whether a message is the word of a room that we are in, that a moderator has taken a message back."""
        found = Retract.of(message)
        if found is None or not found.id or Moderated.of(found) is None or message["type"] != "groupchat":
            return False
        return not message["from"].resource and from_joined_room(self.xmpp, message)

    def applies(self, original: Message, moderation: Message) -> bool:
        """Whether a moderation may be applied to a message: it is the word of the room that the message is from, and
        means it by the id that the room gave (§3.1).

        :param original: the message of the room, as it came.
        :param moderation: a message with ``retract`` and in it ``moderated``.
        """
        room = original["from"].bare_jid
        return (
            self.is_moderation(moderation)
            and original["type"] == "groupchat"
            and bool(moderation["from"] == room)
            and moderation["retract"]["id"] == stanza_id_by(original, room)
        )

    @handles("message/retract/moderated", "Moderated Message")
    def _moderated(self, message: Message) -> None:
        if self.is_moderation(message):
            self.xmpp.event("moderated_message", message)


register_plugin(XEP_0425)
