# SPDX-License-Identifier: MIT
"""What a stream receives: elements become stanza objects, pass the filters and reach their handlers.

The hot path. A stanza that neither coroutine filters nor coroutine handlers concern has been handled when
`Intake.receive` returns. Of the others it is known until when the program is at work with them: until then the server
is not told that they are handled (XEP-0198 §4), and when there are too many of them, or too large ones, no more is
read.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from logging import DEBUG
from types import MappingProxyType
from typing import Any, Final, Protocol
from xml.etree import ElementTree as ET

from xmppkit.dispatch.filters import FilterMode, Filters, Pipeline
from xmppkit.dispatch.index import HandlerIndex
from xmppkit.exceptions import InvalidJID, XMPPError
from xmppkit.jid.address import JID, KNOWN_ADDRESSES
from xmppkit.protocol.events import StanzaRefused
from xmppkit.protocol.management import ManagedSession
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.registry import ROOTS
from xmppkit.types import StanzaStream
from xmppkit.xml.names import XML_LANG
from xmppkit.xml.pretty import printable
from xmppkit.xmlstream.sizes import size_of
from xmppkit.xmlstream.tasks import Tasks
from xmppkit.xmlstream.wirelog import IN, IN_LEVELS, wire_text

__all__ = ["HANDLING", "Intake", "IntakeHost"]

log = logging.getLogger(__name__)

#: Seconds after which a stanza counts as handled although a coroutine is still at work with it. There are programs
#: whose handlers wait for people, and a server keeps what is not acknowledged, but not for ever.
HANDLING = 60.0
_INWARD: Final = (FilterMode.IN,)
_NONE_OPEN: Final[dict[int, list[float]]] = {}
_NO_CLASSES: Final[Mapping[str, type[StanzaBase]]] = MappingProxyType({})
#: The types of what answers a request.
_ANSWERS: Final = frozenset({"result", "error"})
#: So many that wait are not measured: however large they are, it is bounded.
_FEW = 8


class IntakeHost(StanzaStream, Protocol):
    """What the intake needs of the stream."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...

    def incoming_filter(self, xml: ET.Element, /) -> ET.Element: ...

    def flush(self) -> None: ...

    def work_changed(self) -> None: ...


class Intake:
    """The way in of one stream.

    :param host: the stream.
    :param filters: its filters.
    :param handlers: its handlers.
    :param resolve: takes a stanza that answers an IQ; whether one waits for it. None: one did, and was given up.
    :param spawn: runs a coroutine that nobody awaits.
    :param report: takes an exception from a filter or handler, and the stanza.
    :param tasks: the tasks of the stream, by which is known for how long handlers are at work; None: nobody looks.
    """

    __slots__ = (
        "_acknowledge", "_arrived", "_current", "_filters", "_handlers", "_host", "_loop", "_open", "_overdue_at",
        "_pipeline", "_report", "_resolve", "_session", "_settled", "_sizes", "_spawn", "_tasks", "classes", "size",
    )  # fmt: skip

    def __init__(
        self,
        host: IntakeHost,
        filters: Filters,
        handlers: HandlerIndex,
        resolve: Callable[[StanzaBase], bool | None],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Future[Any]],
        report: Callable[[Exception, Any], object],
        tasks: Tasks | None = None,
    ) -> None:
        self._host = host
        self._handlers = handlers
        self._resolve = resolve
        self._spawn = spawn
        self._report = report
        self._filters = filters
        #: Through the filters; made when there is one.
        self._pipeline: Pipeline | None = None
        #: The stanza classes of this stream alone, by tag; they go before those that all streams know. Replaced, never
        #: changed.
        self.classes = _NO_CLASSES
        #: About how many characters the stanzas have with which the program is at work; of few it is not known.
        self.size = 0
        self._tasks = tasks
        if tasks is not None:
            tasks.watcher = self
        #: The stanza that its handlers are given now.
        self._current: StanzaBase | None = None
        #: The sizes of those that wait for a filter.
        self._sizes: deque[int] | None = None
        self._session: ManagedSession | None = None
        self._acknowledge: Callable[[int], object] = _nobody
        #: Stanzas of a session that is counted: how many have come, and how many were handled of these.
        self._arrived = self._settled = 0
        #: Of those between, by number: how many coroutines are at work with it, and since when; made when it is needed.
        self._open = _NONE_OPEN
        self._overdue_at: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """Stanzas that wait for a filter."""
        return 0 if self._pipeline is None else len(self._pipeline)

    def build(self, element: ET.Element) -> StanzaBase:
        """The stanza object of a received element."""
        host = self._host
        try:
            element = host.incoming_filter(element)
        except Exception as exc:  # a user's code: reported, and the stream goes on
            self._report(exc, None)
        lang = host.peer_default_lang
        if lang is not None and XML_LANG not in element.attrib:
            # RFC 6120 §4.7.4: what names no language is in the stream's.
            element.set(XML_LANG, lang)
        cls = self.classes.get(element.tag) if self.classes else None
        return (cls or ROOTS.get(element.tag, StanzaBase)).received(host, element)

    def receive(self, stanza: StanzaBase) -> None:
        """Filter a stanza and give it to its handlers."""
        if IN_LEVELS.get(DEBUG, True) and IN.isEnabledFor(DEBUG):
            IN.debug("%s", wire_text(stanza, self._host.default_ns))
        get = stanza.xml.get
        if (get("from", "") in KNOWN_ADDRESSES and get("to", "") in KNOWN_ADDRESSES) or _addressed(stanza.xml):
            if self._filters.changes:
                self._filter(stanza)
            else:  # there has never been a filter
                self._dispatch(stanza)

    def _filter(self, stanza: StanzaBase) -> None:
        pipeline = self._pipeline
        if pipeline is None:
            pipeline = Pipeline(self._filters, _INWARD, self._dispatch, spawn=self._spawn, report=self._report)
            pipeline.through = self._passed
            self._pipeline = pipeline
        before = len(pipeline)
        pipeline.put(stanza)
        if len(pipeline) > before:
            if self._sizes is None:
                self._sizes = deque()
            self._sizes.append(size_of(stanza.xml))
            self.size += self._sizes[-1]
            self._host.work_changed()

    def _passed(self) -> None:
        """What waited for a filter is through, or was dropped."""
        if self._sizes:
            self.size -= self._sizes.popleft()
        self._host.work_changed()
        if self._session is not None:
            self._count_later()

    # --- at work --------------------------------------------------------------------------------------

    def work_began(self, task: asyncio.Future[Any]) -> None:
        """A task has begun, perhaps of a handler."""
        stanza = self._current
        if stanza is None or self._tasks is None:
            return
        size = size_of(stanza.xml) if len(self._tasks) > _FEW else 0
        self.size += size
        number = 0
        if self._session is not None:
            # The one that a filter has just let through is still the first of those that wait.
            number = self._arrived - max(0, len(self) - 1)
            if self._open is _NONE_OPEN:
                self._open = {}
            self._open.setdefault(number, [0, self._host.loop.time()])[0] += 1
            if self._overdue_at is None:
                self._overdue_at = self._host.loop.call_later(HANDLING, self._overdue)
        if size or number:
            task.add_done_callback(partial(self._work_ended, size, number, self._open))

    def _work_ended(self, size: int, number: int, counted: dict[int, list[float]], _: object) -> None:
        self.size -= size
        work = counted.get(number)
        if work is None:
            return  # it was given up
        work[0] -= 1
        if not work[0]:
            del counted[number]
            if counted is self._open:
                self._count_later()

    def _overdue(self) -> None:
        """There may be handlers that take too long."""
        self._overdue_at = None
        now = self._host.loop.time()
        for number in [number for number, (_, since) in self._open.items() if now - since >= HANDLING]:
            del self._open[number]
        if self._open:
            _, since = next(iter(self._open.values()))
            self._overdue_at = self._host.loop.call_at(since + HANDLING, self._overdue)
        self._count_later()

    # --- stream management (XEP-0198) -----------------------------------------------------------------

    @property
    def arrived(self) -> int:
        """The number of the stanza of a session that is counted which has come last; 0: nothing is counted."""
        return self._arrived

    @property
    def settled(self) -> int:
        """The number of the last one that is handled, as all before it are."""
        return self._settled

    @property
    def in_hand(self) -> int:
        """Stanzas of a session that is counted which were received and are not handled."""
        return self._arrived - self._settled

    def count(
        self, session: ManagedSession, acknowledge: Callable[[int], object] | None = None
    ) -> Callable[[StanzaBase], None]:
        """What takes the stanzas of a session instead of `receive`, so that it knows what has been handled: what came
        out of the filters and with which no handler is at work, or was dropped. They may be those of an earlier stream,
        too.

        :param acknowledge: told how many are handled; None: the session is.
        """
        if session is not self._session:
            self._session, self._arrived, self._settled, self._open = session, 0, 0, _NONE_OPEN
            if self._overdue_at is not None:
                self._overdue_at.cancel()
                self._overdue_at = None
        self._acknowledge = acknowledge or session.acknowledge
        return self._receive_counted

    def _receive_counted(self, stanza: StanzaBase) -> None:
        self._arrived += 1
        try:
            self.receive(stanza)
        finally:
            self._count()

    def refuse(self, refused: StanzaRefused, *, counted: bool) -> None:
        """Answer for a stanza that was past a limit, of which nobody else hears.

        :param counted: it is one of the session that is counted.
        """
        self._arrived += counted
        try:
            self._answer_for(refused)
        finally:
            if counted:
                self._count()

    def _answer_for(self, refused: StanzaRefused) -> None:
        element = ET.Element(refused.tag, refused.attributes)
        get = element.get
        sender, kind = get("from"), get("type")
        log.warning("a stanza from %s was dropped: %s", printable(sender or "the server"), refused.reason)
        if not (refused.tag.endswith("}iq") and get("id")) or not _addressed(element):
            return
        stanza = self.build(element)
        error = XMPPError("policy-violation", refused.reason)
        if kind in ("get", "set"):
            stanza.exception(error)
        elif kind in _ANSWERS:  # who waits for it learns that it has come
            element.set("type", "error")
            stanza["error"]["condition"], stanza["error"]["text"] = error.condition, error.text
            self._resolve(stanza)

    def _count(self) -> None:
        """What waits for a filter is not handled, nor what came behind one with which a handler is at work."""
        handled = next(iter(self._open)) - 1 if self._open else self._arrived - len(self)
        if handled > self._settled and self._session is not None:
            done, self._settled = handled - self._settled, handled
            self._acknowledge(done)

    def _count_later(self) -> None:
        """Something is handled; nobody else looks whether it is to be acknowledged."""
        self._count()
        self._host.flush()

    # --- to the handlers ------------------------------------------------------------------------------

    def _dispatch(self, stanza: StanzaBase) -> None:
        xml = stanza.xml
        # A result belongs to the request that waits, and to handlers like any stanza.
        answered = xml.get("type") in _ANSWERS and self._resolve(stanza)
        if answered is None:
            return
        if not answered and xml.tag.endswith("}iq") and (len(xml) > 1 or not xml.get("id")) and (fault := _fault(xml)):
            if not xml.get("id"):
                xml.set("id", self._host.new_id())  # the answer must have one, too
            stanza.exception(XMPPError("bad-request", fault))
            return
        before, self._current = self._current, stanza
        try:
            if not self._handlers.dispatch(stanza, self._report) and not answered:
                stanza.unhandled()
        finally:
            self._current = before


def _fault(element: ET.Element) -> str:
    """What is wrong with an IQ that has several children or no id; empty: nothing, for it is no request. A request
    has one payload (RFC 6120 §8.2.3): of several each would have its handler, and its answer. And it has an id
    (§8.1.3): who has sent it could not tell an answer without one from others."""
    if element.get("type") not in ("get", "set"):
        return ""
    return "A request has one payload." if element.get("id") else "A request has an id."


def _nobody(count: int) -> None:
    """Who is told what is handled, as long as nothing is counted."""


def _addressed(element: ET.Element) -> bool:
    """Whether the addresses are ones. A server may know rules that are newer or older than ours; a stanza from an
    address that is none here cannot be answered, and does not end the stream."""
    for name in ("from", "to"):
        try:
            JID(element.get(name))
        except InvalidJID as error:
            log.warning("a stanza was dropped because of its '%s' address: %s", name, error)
            return False
    return True
