# SPDX-License-Identifier: MIT
"""What a stream sends: parked until the session has started, then through the filters to the engine.

Order on the wire is the order of the calls of `Sender.send`, whatever is parked and however long a filter takes. With
stream management (XEP-0198) the engine takes only so much that the server has not acknowledged, and without it the
driver only so much that the server has not read. What comes then is held back here, behind the filters, until there is
room; and what is held back is bounded, too.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from logging import DEBUG
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Protocol, cast
from xml.etree import ElementTree as ET

from xmppkit.dispatch.filters import FilterMode, Filters, Pipeline, Slip
from xmppkit.exceptions import LocalProtocolError, NotConnectedError, QueueFull
from xmppkit.protocol.connection import Connection
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.state import Call
from xmppkit.stanza.element import ElementBase
from xmppkit.types import DeliveryReason
from xmppkit.xml.limits import MIB
from xmppkit.xml.serializer import serialize
from xmppkit.xmlstream.leg import DeliveryHost, Leg
from xmppkit.xmlstream.sizes import size_of
from xmppkit.xmlstream.wirelog import OUT, OUT_LEVELS, wire_text

if TYPE_CHECKING:
    from xmppkit.xmlstream.delivery import Deliveries, Receipt

__all__ = ["MAX_PARKED", "MAX_PARKED_SIZE", "Sender", "SenderHost"]

#: How many stanzas are kept for a session that has not started yet. A program that sends on for ever without a
#: connection is told by `NotConnectedError`, before it has filled the memory.
MAX_PARKED = 10_000
#: The same in characters of XML, about; also of what is held back because the server does not take it.
MAX_PARKED_SIZE = 4 * MIB

_NOBODY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
_OUTWARD = (FilterMode.OUT, FilterMode.OUT_SYNC, FilterMode.OUT_SCE)
#: What is held back as a rule. An idle stream is to be small, and a deque is not.
_NOTHING: Final[deque[int]] = deque(maxlen=0)
#: Payloads of IQs that belong to the negotiation. COMPAT(slixmpp 1.17): features of the application send them with
#: ``iq.send()``.
_NEGOTIATING = ("bind", "session", "register")


class SenderHost(DeliveryHost, Protocol):
    """What the sender needs of the stream."""

    default_ns: str

    @property
    def engine(self) -> Connection | None: ...

    def flush(self) -> None: ...

    def is_connecting(self) -> bool: ...

    def waker(self) -> Callable[[], None]:
        """What `flush` does, for as long as there is this connection."""


class Sender:
    """The way out of one stream.

    :param host: the stream.
    :param filters: its filters.
    :param spawn: runs a coroutine that nobody awaits.
    :param report: takes an exception that has stopped a stanza, and the stanza.
    """

    __slots__ = (
        "_ahead",
        "_count_out",
        "_filters",
        "_flush",
        "_held",
        "_host",
        "_keep",
        "_limit",
        "_open",
        "_parked",
        "_parked_size",
        "_pipeline",
        "_report",
        "_room",
        "_sizes",
        "_spawn",
        "_wake",
        "_write",
        "expected",
        "followed",
        "keeper",
        "kept",
        "leg",
        "waits",
    )

    def __init__(
        self,
        host: SenderHost,
        filters: Filters,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Future[Any]],
        report: Callable[[Exception, Any], object],
    ) -> None:
        self._host = host
        #: Has the driver attend to what the engine was given.
        self._flush: Callable[[], None] = host.flush
        self._filters = filters
        self._spawn = spawn
        self._report = report
        #: Through the filters; made when there is one.
        self._pipeline: Pipeline | None = None
        self._open = False
        #: The engine's `send`, while the session is open.
        self._write: Callable[[Any], None] | None = None
        self._keep = False
        #: What waits for a session: whether it is to be filtered, and its receipt if somebody has one.
        self._parked: list[tuple[Any, bool, Receipt | None]] = []
        #: How many of these are through the filters: they came too late for the stream that has ended.
        self._ahead = 0
        #: What the engine has no room for; made when it is needed.
        self._held: deque[tuple[Any, Receipt | None]] | None = None
        #: Their sizes, with their sum in front.
        self._sizes: deque[int] = _NOTHING
        #: About the size of what is parked.
        self._parked_size = 0
        self._limit = MAX_PARKED
        #: The engine's `send`, while stanzas are counted.
        self._count_out: Callable[..., None] = _nowhere
        self._room: asyncio.Future[None] | None = None
        #: Whether what the engine has no room for waits, instead of being refused.
        self.waits = True
        #: Who wants to know of a message with a child that is called so, before it is sent.
        self.expected: Mapping[str, tuple[str, ...]] = _NOBODY
        self._wake: Callable[[tuple[str, ...]], object] = _nobody
        #: The session, as far as it concerns what is sent in it.
        self.leg = Leg(None)
        #: See `deliveries`; None: no message was sent yet.
        self.followed: Deliveries | None = None
        #: Whether somebody keeps a stanza, and sends it again themselves after a session that has ended.
        self.keeper: Callable[[Any], bool] | None = None
        #: Called when a stanza was counted: what is not acknowledged has changed.
        self.kept: Callable[[], object] | None = None

    @property
    def is_open(self) -> bool:
        """Whether what is sent leaves at once."""
        return self._open

    @property
    def deliveries(self) -> Deliveries:
        """What is known of the messages."""
        if self.followed is None:
            from xmppkit.xmlstream.delivery import Deliveries

            self.followed = Deliveries(self._host, self)
        return self.followed

    def send(self, data: Any, use_filters: bool, receipt: Receipt | None = None) -> None:
        """Send a stanza, an element or text, or park it; see `XMLStream.send`.

        :param receipt: learns what becomes of it.
        """
        if self._open:
            if receipt is not None and self.expected:  # it is a message
                for child in data.xml:
                    if child.tag in self.expected:
                        self._wake(self.expected[child.tag])
            if self._filters.changes:
                self._filter(data, use_filters and isinstance(data, ElementBase), receipt)
            else:  # there has never been a filter
                self._transmit(data, receipt)
        elif not self._negotiate(data):
            self._park(data, use_filters, receipt)

    def _filter(self, data: Any, use_filters: bool, receipt: Receipt | None) -> None:
        pipeline = self._pipeline
        if pipeline is None:
            pipeline = Pipeline(self._filters, _OUTWARD, self._transmit, spawn=self._spawn, report=self._report)
            self._pipeline = pipeline
        if len(pipeline) >= self._limit:
            raise _full(len(pipeline))
        pipeline.put(data, use_filters, receipt)

    def expect(self, tags: Mapping[str, tuple[str, ...]], wake: Callable[[tuple[str, ...]], object]) -> None:
        """Call `wake` with what `tags` says before a message is sent that has a child of that name, in place of what
        was expected before: filters may come with that."""
        self.expected, self._wake = tags, wake

    def _negotiate(self, data: Any) -> bool:
        """Send what belongs to a stream feature that the application negotiates; whether it was that."""
        engine = self._host.engine
        if not isinstance(engine, ClientStream) or Call.SEND_NEGOTIATION not in engine.state.row.calls:
            return False
        if isinstance(data, ElementBase):
            if data.name in ("message", "presence"):
                return False
            if data.name == "iq" and all(data.get_plugin(each, check=True) is None for each in _NEGOTIATING):
                return False
            data = data.xml
        elif not isinstance(data, ET.Element):
            return False
        if OUT.isEnabledFor(DEBUG):
            self._log(data)
        engine.send_negotiation(data)
        self._host.flush()
        return True

    def _park(self, data: Any, use_filters: bool, receipt: Receipt | None) -> None:
        if self._is_parking_full():
            raise NotConnectedError(f"{len(self._parked)} stanzas wait for a session already; this one was not taken")
        # Whatever cannot be written is told now, not when the session starts and the caller is gone.
        self._parked_size += len(data if isinstance(data, str) else serialize(_element(data)))
        self._parked.append((data, use_filters, receipt))
        self._host.event("stanza_not_sent", data)

    def _is_parking_full(self) -> bool:
        return len(self._parked) >= MAX_PARKED or (bool(self._parked) and self._parked_size >= MAX_PARKED_SIZE)

    def open(self) -> None:
        """The session has started: send what is parked, and from here on at once."""
        self._open = True
        self._flush = self._host.waker()
        engine = self._host.engine
        session = engine.session if engine is not None else None
        if session is None or session is not self.leg.session:
            self.leg = Leg(session)
        if engine is None:
            self._write = None
        elif engine.session is not None:
            self._count_out = engine.send
            self._write = self._write_counted
        else:
            self._count_out = self._write = engine.send
        parked, self._parked, self._ahead, self._parked_size = self._parked, [], 0, 0
        waits, self.waits = self.waits, True  # what was taken once is not refused now
        self._limit = MAX_PARKED + len(parked)
        for data, use_filters, receipt in parked:
            self.send(data, use_filters, receipt)
        self.waits, self._limit = waits, MAX_PARKED
        self._settle()

    def close(self, *, drop: bool) -> None:
        """The session has ended.

        :param drop: forget what waits; otherwise it is kept for the next session.
        """
        self._open = False
        self._flush = self._host.flush
        self._write = None
        self._keep = not drop
        waiting = [] if self._pipeline is None else self._pipeline.clear()
        if self._held:
            # It is through the filters, and was sent before what is parked.
            self._parked[self._ahead : self._ahead] = [(data, False, receipt) for data, receipt in self._held]
            self._ahead += len(self._held)
            self._held.clear()
            self._sizes = _NOTHING
        self._parked[self._ahead : self._ahead] = [(data, filtered, _own(slip)) for data, filtered, slip in waiting]
        if drop:
            for _, _, receipt in self._parked:
                if receipt is not None:
                    receipt.fail(DeliveryReason.LOST, "the session ended before it was sent")
            self._parked.clear()
            self._ahead = self._parked_size = 0
        self._settle()
        if self.leg.session is None:
            self.leg.end()

    def first(self, stanzas: list[tuple[Any, Receipt | None]]) -> None:
        """Send these before everything that is parked, past the filters: an earlier session has sent them already."""
        self._parked[:0] = [(stanza, False, receipt) for stanza, receipt in stanzas]

    def again(self, leg: Leg, number: int, stanza: Any) -> Receipt | None:
        """A stanza of a session that is over is sent again: its receipt, if somebody may ask for it.

        :param number: its number in that session.
        """
        if self.followed is None:
            return None
        element = stanza.xml if isinstance(stanza, ElementBase) else stanza
        receipt = self.followed.receipt(element.get("id", ""), element.get("to", ""))
        leg.fates[number] = receipt
        return receipt

    def take_back(self) -> list[Receipt]:
        """Whoever keeps messages sends them again, and those that are parked too: forget these, and return their
        receipts."""
        taken = [each for each in self._parked if each[2] is not None and each[2].is_kept]
        self._ahead -= sum(each[2] is not None and each[2].is_kept for each in self._parked[: self._ahead])
        self._parked = [each for each in self._parked if each[2] is None or not each[2].is_kept]
        return [receipt for _, _, receipt in taken if receipt is not None]

    def drop_parked(self, unwanted: Callable[[Any], bool]) -> list[Any]:
        """Of what is parked, forget what is not wanted any more, and return it."""
        dropped = [data for data, _, _ in self._parked if unwanted(data)]
        self._ahead -= sum(unwanted(data) for data, _, _ in self._parked[: self._ahead])
        self._parked = [each for each in self._parked if not unwanted(each[0])]
        return dropped

    # --- a server that does not take what is sent -----------------------------------------------------

    def _write_counted(self, data: Any) -> None:
        """The engine's `send`, while stanzas are counted."""
        if self._held:
            self._hold(data)
            return
        try:
            self._count_out(data, at=time.time())
        except QueueFull:
            if not self.waits:
                raise
            self._hold(data)
        else:
            if self.kept is not None:
                self.kept()

    def crowd(self, full: bool) -> None:
        """The server does not read what is written, or does so again. Where stanzas are counted, that is enough."""
        if self._write is None or self.leg.session is not None:
            return
        if full:
            self._write = self._hold
        else:
            self._write = self._count_out
            self.go_on()

    def _hold(self, data: Any) -> None:
        if self._held is None:
            self._held = deque()
        if self._sizes is _NOTHING:
            self._sizes = deque((0,))
        if len(self._held) >= self._limit or (self._held and self._sizes[0] >= MAX_PARKED_SIZE):
            raise _full(len(self._held))
        size = len(data) if isinstance(data, str) else size_of(_element(data))
        self._held.append((data, None))
        self._sizes.append(size)
        self._sizes[0] += size

    def go_on(self) -> None:
        """The server has acknowledged something, or read it: there is room again."""
        if not self._held:
            return
        while self._held:
            data, receipt = self._held[0]
            try:
                self._count_out(data, at=time.time())
            except (QueueFull, LocalProtocolError):
                break
            self._held.popleft()
            self._sizes[0] -= self._sizes[1]
            del self._sizes[1]
            if receipt is not None:
                receipt.written(self.leg)
        self._settle()
        self._host.flush()

    def _settle(self) -> None:
        if not self._held and self._room is not None and not self._room.done():
            self._room.set_result(None)

    @property
    def waiting(self) -> bool:
        """Whether something is in a filter, or held back."""
        return bool(self._pipeline or self._held)

    async def join(self) -> None:
        """Wait until nothing is."""
        if self._pipeline is not None:
            await self._pipeline.join()
        while self._held:
            await self._emptier()

    async def room(self) -> None:
        """Wait until a stanza will be taken: nothing waits, or, while the stream is being connected, not too much."""
        await self.join()
        while self._is_parking_full() and self._host.is_connecting():
            await self._emptier()
            await self.join()

    async def _emptier(self) -> None:
        if self._room is None or self._room.done():
            self._room = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._room)

    # --- to the engine --------------------------------------------------------------------------------

    def _transmit(self, data: Any, receipt: Receipt | None = None) -> None:
        if self._write is not None:
            try:
                self._write(data)
            except LocalProtocolError:
                pass  # the stream is over, which we shall be told next
            else:
                if receipt is not None:
                    if self._held:  # and so this was held back as well
                        self._held[-1] = (data, receipt)
                    else:  # as in `Receipt.written`, for every message
                        receipt.leg = leg = self.leg
                        if leg.session is not None:
                            receipt.number = leg.session.count
                        if receipt.late is not None:
                            receipt.placed()
                if OUT_LEVELS.get(DEBUG, True) and OUT.isEnabledFor(DEBUG):
                    self._log(data)
                self._flush()
                return
        # The stream went while a filter was at work, or in this very read. What is through the filters was sent before
        # all that is parked; whether it is kept is known when the session is declared over.
        if (self._open or self._keep) and len(self._parked) < MAX_PARKED:
            self._parked.insert(self._ahead, (data, False, receipt))
            self._ahead += 1
        elif receipt is not None:
            receipt.fail(DeliveryReason.LOST, "the session ended before it was sent")
        self._host.event("stanza_not_sent", data)

    def _log(self, data: Any) -> None:
        OUT.debug("%s", wire_text(data, self._host.default_ns))


def _nobody(names: tuple[str, ...]) -> None:
    """Who is woken as long as nobody wants to be."""


def _own(slip: Slip | None) -> Receipt | None:
    """What `Sender.send` has given to the filters comes back."""
    return cast("Receipt | None", slip)


def _element(data: Any) -> ET.Element:
    element: ET.Element = data if isinstance(data, ET.Element) else data.xml
    return element


def _full(waiting: int) -> QueueFull:
    return QueueFull(
        f"{waiting} stanzas wait for being sent already; this one was not taken: await drain() now and then, or send "
        "with send_soon()"
    )


def _nowhere(data: Any, *, at: float) -> None:
    """What takes stanzas before there is an engine that counts them."""
    raise LocalProtocolError("there is no stream")
