# SPDX-License-Identifier: MIT
"""Message Delivery Receipts (XEP-0184): asking for them, giving them, and knowing whose they are."""

from __future__ import annotations

import logging
from typing import Any, Final

from xmppkit.dispatch.events import Event
from xmppkit.exceptions import InvalidValue
from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, Option, filters, handles, listens, register_plugin
from xmppkit.plugins.base.origin import is_answered, is_private
from xmppkit.plugins.xep_0184 import stanza
from xmppkit.plugins.xep_0184.stanza import RECEIPTS, Request
from xmppkit.plugins.xep_0184.store import OPERATIONS, MemoryRequests, StoredRequests
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.types import DeliveryEvidence

__all__ = ["XEP_0184"]

log = logging.getLogger(__name__)

#: Of how many clients it is remembered whether they give receipts.
CLIENTS: Final = 1000
_REQUEST: Final = Request.tag_name()
#: The types of messages that are content between two.
_CONTENT: Final = ("chat", "normal", "headline")


class XEP_0184(BasePlugin):  # noqa: N801  # slixmpp's name
    """Message Delivery Receipts.

    A receipt counts if it is from whom it was asked from. As several clients of one account may get a message, several
    receipts may come for it (§4). What was asked is kept by two operations, in memory or with a storage in that:

    ===============  ==========  =================================================================================
    operation        argument    what it does
    ===============  ==========  =================================================================================
    ``set_request``  the id      keeps that `jid` was asked for a receipt of the message with that id
    ``get_request``  the id      returns whom of the account or room of `jid` that was; None: nobody
    ===============  ==========  =================================================================================
    """

    name = "xep_0184"
    description = "XEP-0184: Message Delivery Receipts"
    dependencies = frozenset({"xep_0030"})
    wakes_on_sending = (_REQUEST,)
    stanza = stanza
    disco_features = (RECEIPTS,)
    events = (Event("receipt_received", Message, "a message of ours has come where it was sent", "XEP-0184 §7"),)

    auto_ack = Option(bool, True, doc="give a receipt to who asks; see also the setting answer_strangers (§8)")
    auto_request = Option(bool, False, doc="ask for receipts of messages with a body, of who may give them (§5)")
    max_pending = Option(int, 10_000, minimum=1, doc="the messages whose receipts are waited for; then the oldest go")

    def plugin_init(self) -> None:
        """Nothing is asked yet."""

        def limit() -> int:
            return self.max_pending

        self.register_store(
            OPERATIONS, MemoryRequests(limit), lambda storage: StoredRequests(self.xmpp, limit, storage)
        )
        #: Whether clients give receipts, by full address; None: they were asked, and have not answered yet.
        self._clients: dict[str, bool | None] = {}
        # Not `listens`: this concerns only who drops doubles, which wakes the plugin then (`xmlstream.doubles`).
        self.add_event_handler("message_doubled", self._is_wanted_again)

    # --- giving -------------------------------------------------------------------------------------------

    def ack(self, msg: Message) -> None:
        """Give the receipt for a message. It is not looked at whether one was asked for.

        :param msg: the message.
        :raises InvalidValue: the message has no id, or nobody it is from.
        """
        if not msg["id"] or not msg["from"]:
            raise InvalidValue("a receipt is for a message with an id and a sender", "XEP_0184.ack")
        in_room = msg["type"] == "groupchat"
        to = msg["from"].bare_jid if in_room else msg["from"]  # §7
        receipt = self.xmpp.make_message(to, mtype=msg["type"], mfrom=msg["to"] if self.xmpp.is_component else None)
        receipt["receipt"] = msg["id"]
        receipt.send()

    def _is_wanted_again(self, message: Message) -> None:
        """A message has come twice: it may have been sent again because the receipt was lost."""
        if message["request_receipt"]:
            self._is_wanted(message)

    @handles("message/request_receipt", "Message Receipt Request")
    def _is_wanted(self, message: Message) -> None:
        if not self.auto_ack or message["type"] not in _CONTENT or message["receipt"]:
            return  # receipts get no receipts (§5.4), nor do rooms (§5.3)
        if message["id"] and message["from"] and is_answered(self.xmpp, message):
            self.ack(message)

    # --- asking -------------------------------------------------------------------------------------------

    @filters("out")
    def _sending(self, leaving: Any) -> Any:
        # Every stanza passes here: what is no message, or asks for nothing, is to cost next to nothing.
        if isinstance(leaving, Message) and (self.auto_request or leaving.xml.find(_REQUEST) is not None):
            self._ask(leaving)
        return leaving

    def _ask(self, message: Message) -> None:
        if message["type"] == "error" or message["receipt"]:
            return
        if self.auto_request and message["type"] in _CONTENT and message["body"] and self._may_give(message):
            message["request_receipt"] = True
        if message["request_receipt"]:
            if not message["id"]:
                message["id"] = self.xmpp.new_id()
            to = message["to"] or self.xmpp.boundjid.bare_jid
            own = message["from"] if self.xmpp.is_component else None
            self.xmpp.spawn(self.api.run("set_request", to, None, own, message["id"]))

    def _may_give(self, message: Message) -> bool:
        """Whether the recipient may be asked: a client only if it gives receipts, which it is asked first (§5.2). While
        it has not answered, messages go without: they are not kept back."""
        to = message["to"]
        if not to.resource:
            return True
        if to.full not in self._clients:
            self._remember(to.full, None)
            self.xmpp.spawn(self._explore(to, message["from"] if self.xmpp.is_component else None))
        return bool(self._clients[to.full])

    def _remember(self, client: str, gives: bool | None) -> None:
        self._clients[client] = gives
        if len(self._clients) > CLIENTS:
            del self._clients[next(iter(self._clients))]

    async def _explore(self, client: JID, ifrom: JID | None) -> None:
        gives = await self.xmpp.plugin["xep_0030"].supports(client, feature=RECEIPTS, ifrom=ifrom)
        if client.full in self._clients:  # otherwise it has gone in the meantime
            self._clients[client.full] = bool(gives)

    @listens("presence_unavailable")
    def _gone(self, presence: Presence) -> None:
        self._clients.pop(presence["from"].full, None)  # another client may take the name

    @listens("session_end")
    def _over(self, _: object) -> None:
        self._clients.clear()

    # --- getting ------------------------------------------------------------------------------------------

    @handles("message/receipt", "Message Receipt")
    async def _received(self, message: Message) -> None:
        sender, id_ = message["from"] or self.xmpp.boundjid.bare_jid, message["receipt"]
        if message["type"] == "error" or not id_:
            return
        own = message["to"] if self.xmpp.is_component else None
        asked = await self.api["get_request"](sender, None, own, id_)
        is_asked = asked is not None and self._is_from(asked, message)
        exact = is_private(self.xmpp, message)
        # An outbox knows whom an earlier process has asked.
        counts = self.xmpp.message_confirmed(id_, sender, DeliveryEvidence.RECEIPT, exact=exact, kept=not is_asked)
        if not (is_asked or counts):
            log.warning("a receipt from %s is ignored: it was not asked for", sender)
            return
        self.xmpp.event("receipt_received", message)

    def _is_from(self, asked: JID, receipt: Message) -> bool:
        """Whether a receipt is from whom it was asked from: any client of the account, or the occupant of a room. The
        occupants of a room share a bare address."""
        sender = receipt["from"] or self.xmpp.boundjid.bare_jid
        if asked.resource and is_private(self.xmpp, receipt):
            return bool(sender == asked)
        return bool(sender.bare == asked.bare)

    def applies(self, original: Message, receipt: Message) -> bool:
        """Whether a message is the receipt for another: it names that, and is from whom that was sent to.

        The event is raised for such receipts only; this is for who keeps messages longer than the plugin remembers.

        :param original: the message, as it was sent.
        :param receipt: a message with ``receipt``.
        """
        if receipt["type"] == "error" or not receipt["receipt"] or receipt["receipt"] != original["id"]:
            return False
        if self.xmpp.is_component and receipt["to"].bare != original["from"].bare:
            return False
        return self._is_from(original["to"] or self.xmpp.boundjid.bare_jid, receipt)


register_plugin(XEP_0184)
