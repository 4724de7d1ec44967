# SPDX-License-Identifier: MIT
"""Bytes and the time go in, events come out one by one, bytes and the next deadline are left for the driver.

This is the part that all drivers share. It does no I/O and reads no clock. See `xmppkit.protocol` for the
stream it drives.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from xmppkit.protocol.connection import Connection
    from xmppkit.protocol.events import Event, SecureTransport
    from xmppkit.sasl.derivation import Derivation
    from xmppkit.stanza.base import StanzaBase

    Offload = Callable[[Derivation, Callable[[bytes, float], float | None]], object]

__all__ = ["BURST", "Pump"]

#: Events that are delivered before the driver gets the turn back, so that a peer that sends thousands of
#: stanzas in one read does not keep the event loop from everything else.
BURST = 500

#: What a pump has that has had nothing to deliver yet. An idle stream is to be small, and a deque is not.
_EMPTY: Final[deque[Event | StanzaBase]] = deque(maxlen=0)


class Pump:
    """Drives one stream.

    The sink may call any method of the stream, and of the pump: events that this causes are delivered after
    it returns, in order. Each event is delivered exactly once, in the order of the stream.

    :param stream: the stream; nobody else may take its events, its bytes or its deadline.
    :param sink: gets each event. It should not raise; what it raises reaches the caller of the pump, and
        the next call goes on with the next event.
    :param offload: has a key derived elsewhere that takes long. It is told what to derive, and what to call with the
        key and the time, which returns what `turn` does. None derives it here, which keeps whoever calls the pump for
        up to a second.
    """

    __slots__ = ("_offload", "_paused", "_sink", "_turning", "stream", "waiting")

    def __init__(
        self,
        stream: Connection,
        sink: Callable[[Event | StanzaBase], object],
        offload: Offload | None = None,
    ) -> None:
        self.stream = stream
        self._sink = sink
        self._offload = offload
        stream.defer()
        self.waiting = _EMPTY
        """The events that wait to be delivered; for reading only."""
        self._paused = False
        self._turning = False

    def __len__(self) -> int:
        """Events that wait to be delivered."""
        return len(self.waiting)

    @property
    def paused(self) -> bool:
        """Whether delivery stands still."""
        return self._paused

    def pause(self) -> None:
        """Deliver nothing more until `resume`, not even what has been received. Bytes may still be given
        in; bounding them is the driver's part."""
        self._paused = True

    def resume(self) -> None:
        """Deliver again, from the next `turn` on."""
        self._paused = False

    def open(self, now: float, *, tls: SecureTransport | None = None) -> float | None:
        """The transport is connected. Returns what `turn` does.

        :param tls: see `Connection.open`.
        """
        self.stream.open(tls=tls)
        return self.turn(now)

    def receive(self, data: bytes, now: float) -> float | None:
        """Bytes came, at least one. Returns what `turn` does."""
        self.stream.receive_data(data)
        return self.turn(now)

    def receive_eof(self, now: float) -> float | None:
        """No more bytes will come. Returns what `turn` does."""
        self.stream.receive_eof()
        return self.turn(now)

    def turn(self, now: float) -> float | None:
        """Deliver what there is to deliver, at most `BURST` events, and attend to the stream's timer. To be
        called after any call on the stream. A call from inside the sink does nothing: the outer one goes on.

        :param now: the time, on the clock that the stream was made with.
        :returns: when to call it although nothing has happened; None if never.
        """
        if self._turning:
            return self.stream.deadline()
        self._turning = True
        try:
            while True:
                self._deliver()
                while self.stream.work is not None:
                    self._hand_out()
                when = self.stream.deadline()
                if when is None or when > now:
                    return when
                # Either a timer that was set without knowing the time and begins now, or one that is over.
                self.stream.handle_timer(now)
        finally:
            self._turning = False

    def _deliver(self) -> None:
        stream, events, sink = self.stream, self.waiting, self._sink
        left = BURST
        while not self._paused:
            if not events:
                fresh = stream.events()
                if not fresh:
                    return
                if len(fresh) == 1 and left:  # as a rule
                    left -= 1
                    sink(fresh[0])
                    if stream.unread:
                        continue
                    return
                if events is _EMPTY:
                    events = self.waiting = deque()
                events.extend(fresh)
            if left == 0:
                return
            left -= 1
            sink(events.popleft())

    def _hand_out(self) -> None:
        work = self.stream.take_work()
        if work is None:
            return  # another thread has ended the stream
        if self._offload is not None:
            self._offload(work, partial(self._provide_key, work))
            return
        self.stream.provide_key(work, work.compute())
        self._deliver()

    def _provide_key(self, work: Derivation, key: bytes, now: float) -> float | None:
        self.stream.provide_key(work, key)
        return self.turn(now)

    def deadline(self) -> float | None:
        """When to call `turn` although nothing has happened; None if never."""
        return self.stream.deadline()

    def data_to_send(self) -> bytes:
        """Bytes for the transport, or one message, which are then forgotten here; empty if there are none."""
        return self.stream.data_to_send()
