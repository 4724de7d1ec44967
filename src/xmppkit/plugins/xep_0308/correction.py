# SPDX-License-Identifier: MIT
"""Last Message Correction (XEP-0308): replacing a message, and knowing whose may be replaced."""

from __future__ import annotations

from copy import copy
from typing import Final

from xmppkit.dispatch.events import Event
from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.base import BasePlugin, handles, register_plugin
from xmppkit.plugins.base.origin import has_author, is_own, is_private, same_author
from xmppkit.plugins.xep_0308 import stanza
from xmppkit.plugins.xep_0308.stanza import Replace
from xmppkit.stanza.message import Message
from xmppkit.types import JidStr, MessageTypes, OptJidStr
from xmppkit.xml.names import clark

__all__ = ["XEP_0308"]

#: What belongs to one stanza, and not to its content (§4).
_METADATA: Final = (
    clark("urn:xmpp:sid:0", "origin-id"),
    clark("urn:xmpp:sid:0", "stanza-id"),
    clark("urn:xmpp:delay", "delay"),
    clark("urn:xmpp:occupant-id:0", "occupant-id"),
)


class XEP_0308(BasePlugin):  # noqa: N801  # slixmpp's name
    """Last Message Correction. While it is enabled, messages have ids, without which they could not be corrected."""

    name = "xep_0308"
    description = "XEP-0308: Last Message Correction"
    dependencies = frozenset({"xep_0030"})
    sleeps_given = ("use_message_ids",)  # otherwise it has the stream give them
    only_tells = True
    stanza = stanza
    disco_features = (Replace.namespace,)
    events = (Event("message_correction", Message, "a message that is to replace another", "XEP-0308 §3"),)

    def plugin_init(self) -> None:
        """Messages get ids (§4), whatever the settings say."""
        before = self.xmpp.use_message_ids
        self.xmpp.use_message_ids = True
        self.on_end(lambda: setattr(self.xmpp, "use_message_ids", before))

    # --- correcting ---------------------------------------------------------------------------------------

    def build_correction(
        self,
        id_to_replace: str,
        mto: JidStr,
        mfrom: OptJidStr = None,
        mtype: MessageTypes = "chat",
        mbody: str = "",
    ) -> Message:
        """A message that replaces one of ours; it is not sent.

        :param id_to_replace: the id that the message had when it was sent first.
        :param mto: to whom it was sent.
        :param mfrom: from whom, for components.
        :param mtype: of which type it was.
        :param mbody: what it should say.
        """
        message: Message = self.xmpp.make_message(mto, mbody, mtype=mtype, mfrom=mfrom)
        message["replace"]["id"] = id_to_replace
        return message

    def correct_message(self, msg: Message, body: str) -> Message:
        """Replace a message of ours, and send that. All that it held is sent again, with another text.

        :param msg: the message: as it was sent, or as the room sent it back, or the last correction.
        :param body: what it should say.
        :returns: what was sent.
        :raises InvalidValue: the message has no id.
        """
        replaced = self._first_id(msg)
        if not replaced:
            raise InvalidValue("a message without an id cannot be corrected", "XEP_0308.correct_message")
        sent = copy(msg)
        component = self.xmpp.is_component
        if msg["type"] == "groupchat" and is_own(self.xmpp, msg["to"]):  # it has come back from the room
            sent["to"], sent["from"] = msg["from"].bare_jid, msg["to"]
        if not component:
            del sent["from"]
        for element in [each for each in sent.xml if each.tag in _METADATA]:
            sent.xml.remove(element)
        sent.stream = self.xmpp
        sent["id"] = self.xmpp.new_id()
        if self.xmpp.use_origin_id:
            sent.set_origin_id(sent["id"])
        del sent["body|*"]
        sent["body"] = body
        sent["replace"]["id"] = replaced
        sent.send()
        return sent

    def _first_id(self, message: Message) -> str:
        """The id that is named when a message is corrected: that of the first, if it is a correction itself (§4)."""
        return str(message["replace"]["id"] if self.is_correction(message) else message["id"])

    # --- what others correct ------------------------------------------------------------------------------

    def is_correction(self, msg: Message) -> bool:
        """Whether a message is to replace another. Whether it may, `applies` says."""
        found = Replace.of(msg)
        return found is not None and bool(found.id)

    def applies(self, original: Message, correction: Message) -> bool:
        """Whether a correction may be applied to a message: it means this one, and both are from one author (§4): from
        the same account, or in a room from the same occupant.

        In a room that gives no ids to its occupants (XEP-0421) the nickname decides. Whoever takes a nickname over
        could then correct what the other wrote: apply nothing to what was written before its author joined (§5).

        :param original: the message that came first, or an earlier correction of it.
        :param correction: a message with ``replace``.
        """
        if not self.is_correction(correction) or not has_author(self.xmpp, correction) or original["type"] == "error":
            return False
        if correction["replace"]["id"] not in (original["id"], self._first_id(original)):
            return False
        private = is_private(self.xmpp, original) or is_private(self.xmpp, correction)
        return same_author(original, correction, private=private, own=self.xmpp.boundjid)

    @handles("message/replace", "Message Correction")
    def _corrected(self, message: Message) -> None:
        if self.is_correction(message) and has_author(self.xmpp, message):
            self.xmpp.event("message_correction", message)


register_plugin(XEP_0308)
