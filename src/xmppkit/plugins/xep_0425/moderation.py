# SPDX-License-Identifier: MIT
"""Moderated Message Retraction (XEP-0425): what a moderator of a room takes back."""

from __future__ import annotations

from typing import Unpack

from xmppkit.dispatch.events import Event
from xmppkit.exceptions import InvalidValue, XMPPError
from xmppkit.plugins.base import BasePlugin, IqOptions, handles, register_plugin
from xmppkit.plugins.base.origin import from_joined_room
from xmppkit.plugins.xep_0359.stanza import stanza_id_by
from xmppkit.plugins.xep_0424.stanza import Retract
from xmppkit.plugins.xep_0425 import stanza
from xmppkit.plugins.xep_0425.fastened import MODERATE_0, unfastened
from xmppkit.plugins.xep_0425.stanza import MODERATE, Moderated
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.types import JidStr, OptJidStr

__all__ = ["XEP_0425"]


class XEP_0425(BasePlugin):  # noqa: N801  # slixmpp's name
    """Moderated Message Retraction. Only the room itself can say that something was moderated, not one of its occupants
    (§5). Rooms that know only version 0.2 of the protocol, as Prosody's do, are asked in that, and what they say is
    handed on in today's form."""

    name = "xep_0425"
    description = "XEP-0425: Moderated Message Retraction"
    dependencies = frozenset({"xep_0421", "xep_0424"})
    stanza = stanza
    disco_features = (MODERATE,)
    events = (Event("moderated_message", Message, "a room says that a moderator took a message back", "XEP-0425 §3.1"),)

    async def moderate(
        self, room: JidStr, id: str, reason: str = "", *, ifrom: OptJidStr = None, **iqkwargs: Unpack[IqOptions]
    ) -> Iq:
        """Take a message of somebody back, as a moderator of a room. Its features (XEP-0030) say in which form it wants
        to be asked; what is known of them is used.

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
        if await self._is_older(room, ifrom, iqkwargs.get("timeout")):
            iq["apply_to"]["id"] = id
            asked = iq["apply_to"]["moderate"]
            asked.enable("fastened_retract")
        else:
            asked = iq["moderate"]
            asked["id"] = id
            asked.enable("retract")
        if reason:
            asked["reason"] = reason
        return await iq.send(**iqkwargs)

    async def _is_older(self, room: JidStr, ifrom: OptJidStr, timeout: float | None) -> bool:
        """Whether a room knows the version with fastening, and not today's."""
        try:
            answer = await self.xmpp.plugin["xep_0030"].get_info(room, cached=True, ifrom=ifrom, timeout=timeout)
        except XMPPError:
            return False  # it says why, if it likes, in answer to the request
        features = answer["disco_info"].features
        return MODERATE_0 in features and MODERATE not in features

    def is_moderation(self, message: Message) -> bool:
        """Whether a message is the word of a room that we are in, that a moderator has taken a message back, in either
        form."""
        message = unfastened(message) or message
        found = Retract.of(message)
        if found is None or not found.id or Moderated.of(found) is None or message["type"] != "groupchat":
            return False
        return not message["from"].resource and from_joined_room(self.xmpp, message)

    def applies(self, original: Message, moderation: Message) -> bool:
        """Whether a moderation may be applied to a message: it is the word of the room that the message is from, and
        means it by the id that the room gave (§3.1).

        :param original: the message of the room, as it came.
        :param moderation: a message with ``retract`` and in it ``moderated``, or with ``apply_to`` in place of that.
        """
        moderation = unfastened(moderation) or moderation
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

    @handles("message/apply_to/moderated", "Moderated Message 0.2")
    def _moderated_before(self, message: Message) -> None:
        current = unfastened(message)
        if current is not None:
            self._moderated(current)


register_plugin(XEP_0425)
