# SPDX-License-Identifier: MIT
"""What is said in a room, and what the room says of itself (XEP-0045 §7.4, §8.1, §10.2.1)."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0045.correspondence import Correspondence
from xmppkit.plugins.xep_0045.records import Departure
from xmppkit.plugins.xep_0045.stanza import MUCMessage, MUCPresence, StatusCode
from xmppkit.plugins.xep_0045.stanza.vocabulary import codes_of
from xmppkit.plugins.xep_0045.visit import Visit
from xmppkit.stanza.message import Message
from xmppkit.xml.names import clark

__all__ = ["BACKLOG", "Conversation"]

log = logging.getLogger(__name__)

#: How many messages wait for ``async for`` by default.
BACKLOG: Final = 1000

#: Of how many messages is remembered that they were heard: of those that may be said in one second.
_REMEMBERED: Final = 50

_X: Final = MUCPresence.tag_name()
_DELAY: Final = clark("urn:xmpp:delay", "delay")


class Conversation(Visit):
    """A room that we are in, and what is said there."""

    __slots__ = ("_arrived", "_heard", "_heard_at", "_queue", "dropped", "history", "subject", "subject_by")

    def __init__(self, host: Correspondence, jid: JID) -> None:
        super().__init__(host, jid)
        #: What the conversation is about; empty: nothing was said of that.
        self.subject = ""
        #: The nickname of whoever has set the subject; None: the room does not tell.
        self.subject_by: str | None = None
        #: What was said before we came, as far as the room has sent it.
        self.history: list[Message] = []
        #: How many messages nobody has read before there was no place left for them.
        self.dropped = 0
        self._queue: deque[tuple[Message, bool]] | None = None
        self._arrived: asyncio.Event | None = None
        #: What was said last, as far as it takes to know it again, and when we have heard it.
        self._heard: deque[tuple[str | None, str]] = deque(maxlen=_REMEMBERED)
        self._heard_at = 0.0

    def take_groupchat(self, message: Message) -> None:
        """A message of type groupchat has come from the room or one of its occupants."""
        if not self.inside:
            return
        xml, xmpp = message.xml, self._host.xmpp
        namespace = xml.tag[:-7]  # {jabber:client}message
        if xml.find(namespace + "body") is not None:
            self._said(message)
        elif xml.find(namespace + "subject") is not None and xml.find(namespace + "thread") is None:
            self.subject, self.subject_by = message["subject"] or "", message["from"].resource or None
            xmpp.event("groupchat_subject", message)
            xmpp.event(f"{self._prefix}groupchat_subject", message)
            self._complete(message)
        if xml.find(_X) is not None:
            self.take_notice(message)

    def _said(self, message: Message) -> None:
        xml, entering = message.xml, self._entering
        key = (xml.get("from"), xml.get("id") or message["body"])
        if entering is not None and entering.missed and key in self._heard and xml.find(_DELAY) is not None:
            return
        self._heard.append(key)
        self._heard_at = self._host.xmpp.loop.time()
        if not self.joined:
            if message.xml.find(_DELAY) is None:
                self._complete(None)  # a live message, which comes after the subject, so that there is none
            elif entering is not None:
                entering.history.append(message)
        xmpp = self._host.xmpp
        xmpp.event("groupchat_message", message)
        xmpp.event(f"{self._prefix}message", message)
        if self.joined and self._queue is not None:
            self._enqueue(self._queue, message)

    def _complete(self, subject: Message | None) -> None:
        self._heard_at = self._host.xmpp.loop.time()
        super()._complete(subject)

    def seconds_missed(self, now: float) -> int:
        """For how many seconds we have not heard what is said."""
        return int(now - self._heard_at) + 1

    def _enqueue(self, queue: deque[tuple[Message, bool]], message: Message) -> None:
        if len(queue) == queue.maxlen:
            if not self.dropped:
                log.warning("nobody reads what is said in %s: the oldest messages are dropped", self.jid)
            self.dropped += 1
        queue.append((message, message["from"].resource == self.nick))
        if self._arrived is not None:
            self._arrived.set()

    def take_notice(self, message: Message) -> None:
        """A message from the room itself, in which it says what has changed."""
        x = message.xml.find(_X)
        if x is None or message["from"].resource or not self.inside:
            return
        xmpp = self._host.xmpp
        if codes_of(x) - {StatusCode.AFFILIATION_CHANGED}:
            xmpp.event("groupchat_config_status", message)
            xmpp.event(f"{self._prefix}config_status", message)
        muc = MUCMessage.of(message)
        if muc is not None and muc.affiliation is not None:
            xmpp.event("groupchat_affiliation_change", message)
            xmpp.event(f"{self._prefix}affiliation_change", message)

    def refuse_message(self, message: Message) -> None:
        """A message of ours has come back as an error."""
        self._host.xmpp.event("groupchat_message_error", message)
        self._host.xmpp.event(f"{self._prefix}message_error", message)

    def keep(self, backlog: int) -> None:
        """Keep what is said for ``async for``.

        :param backlog: how many messages at most; when nobody reads them the oldest are dropped. 0: none.
        """
        self._queue = deque(self._queue or (), maxlen=backlog) if backlog else None

    async def messages(self, *, own: bool = False) -> AsyncIterator[Message]:
        """What is said in the room from the joining on, or from now on if it was joined with slixmpp's methods; not
        what is said in private. It ends when we are not there any more. Of several loops each message goes to one.

        :param own: also what we say ourselves, as the room has sent it to all.
        """
        if self._queue is None:
            self.keep(BACKLOG)
        arrived = self._arrived = self._arrived or asyncio.Event()
        while True:
            while self._queue:
                message, ours = self._queue.popleft()
                if own or not ours:
                    yield message
            if self.departure is not None or self._queue is None:
                return
            arrived.clear()
            await arrived.wait()

    def __aiter__(self) -> AsyncIterator[Message]:
        """What others say in the room: `messages`."""
        return self.messages()

    def is_own(self, message: Message) -> bool:
        """Whether a message in the room is ours, so that a program does not answer itself."""
        sender = message["from"]
        return bool(sender == self.address)

    def _end(self, departure: Departure) -> None:
        super()._end(departure)
        if self._arrived is not None:
            self._arrived.set()
