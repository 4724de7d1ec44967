# SPDX-License-Identifier: MIT
"""Message Retraction (XEP-0424): taking a message back, and knowing whose may be."""

from __future__ import annotations

from typing import Final

from xmppkit.dispatch.events import Event
from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.base import BasePlugin, handles, register_plugin
from xmppkit.plugins.base.origin import has_author, is_private, same_author
from xmppkit.plugins.xep_0334.stanza import Hint
from xmppkit.plugins.xep_0359.stanza import referred_id
from xmppkit.plugins.xep_0424 import stanza
from xmppkit.plugins.xep_0424.stanza import RETRACT, Retract
from xmppkit.plugins.xep_0428.stanza import Fallback
from xmppkit.stanza.message import Message
from xmppkit.types import JidStr, MessageTypes, OptJidStr
from xmppkit.xml.names import clark

__all__ = ["FALLBACK_TEXT", "XEP_0424"]

#: What those see who do not know this protocol, as the XEP has it.
FALLBACK_TEXT: Final = "/me retracted a previous message, but it's unsupported by your client."
#: A retraction with it is a moderator's (XEP-0425), which says nothing of an author.
_MODERATED: Final = clark("urn:xmpp:message-moderate:1", "moderated")


class XEP_0424(BasePlugin):  # noqa: N801  # slixmpp's name
    """Message Retraction."""

    name = "xep_0424"
    description = "XEP-0424: Message Retraction"
    dependencies = frozenset({"xep_0030", "xep_0334", "xep_0359", "xep_0428"})
    stanza = stanza
    disco_features = (RETRACT,)
    events = (
        Event("message_retract", Message, "somebody wants to take a message back", "XEP-0424 §3"),
        Event("retracted_message", Message, "the same, under another name", "XEP-0424 §3"),
    )

    # --- taking back --------------------------------------------------------------------------------------

    def send_retraction(
        self,
        mto: JidStr,
        id: str,
        mtype: MessageTypes = "chat",
        include_fallback: bool = True,
        fallback_text: str | None = None,
        *,
        mfrom: OptJidStr = None,
    ) -> Message:
        """Take a message of ours back. Nobody must forget it, and who has seen it has seen it (§6).

        :param mto: to whom it was sent; in a room, the room.
        :param id: its id; in a room that gives ids, the one that it gave.
        :param mtype: of which type it was.
        :param include_fallback: say it in words as well, for those who do not know this protocol. Servers keep what has
            words in their archives.
        :param fallback_text: these words; None: `FALLBACK_TEXT`.
        :param mfrom: from whom it was sent, for components.
        :returns: what was sent.
        :raises InvalidValue: there is no id.
        """
        if not id:
            raise InvalidValue("a message without an id cannot be taken back", "send_retraction")
        message: Message = self.xmpp.make_message(mto, mtype=mtype, mfrom=mfrom)
        message["retract"]["id"] = id
        if include_fallback:
            message["body"] = fallback_text or FALLBACK_TEXT
            fallback = Fallback()
            fallback.for_ = RETRACT
            message.append(fallback)
        message.enable(Hint.STORE.value)
        if not message["id"]:
            message["id"] = self.xmpp.new_id()  # §5: an archive names it by that
        message.send()
        return message

    # --- what others take back ----------------------------------------------------------------------------

    def is_retraction(self, message: Message) -> bool:
        """Whether a message is to take back another of its author. Whether it may, `applies` says. What a moderator
        does (XEP-0425) is something else."""
        found = Retract.of(message)
        return found is not None and bool(found.id) and found.xml.find(_MODERATED) is None

    def applies(self, original: Message, retraction: Message) -> bool:
        """Whether a retraction may be applied to a message: it means this one, and both are from one author (§5): from
        the same account, or in a room from the same occupant, by the id that the room gave (XEP-0421), or by the
        nickname where it gave none.

        :param original: the message, as it came.
        :param retraction: a message with ``retract``.
        """
        if not self.is_retraction(retraction) or not has_author(self.xmpp, retraction) or original["type"] == "error":
            return False
        meant = referred_id(original)
        if retraction["retract"]["id"] not in self._ids(original, meant):
            return False
        private = is_private(self.xmpp, original) or is_private(self.xmpp, retraction)
        return same_author(original, retraction, private=private, own=self.xmpp.boundjid)

    def _ids(self, original: Message, meant: str | None) -> set[str]:
        ids = {meant}
        if original["type"] == "groupchat" and meant == (original["id"] or None):
            ids.add(original.get_origin_id() or None)  # in a room that gives no ids, the author may use it (§5.1)
        return {each for each in ids if each is not None}

    @handles("message/retract", "Message Retraction")
    def _retracted(self, message: Message) -> None:
        if self.is_retraction(message) and has_author(self.xmpp, message):
            self.xmpp.event("message_retract", message)
            self.xmpp.event("retracted_message", message)


register_plugin(XEP_0424)
