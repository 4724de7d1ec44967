# SPDX-License-Identifier: MIT
"""Drives a stream over an asyncio transport: a client's, a component's, or an accepted one of a server.

TLS is in the engine, so the transport is plain TCP (or whatever else offers
`xmppkit.transports.base.Transport`), and an upgrade to TLS changes nothing here.

- **Writes**: what is produced while one read is handled goes out in one write. Of what is sent at other times
  the first goes out at once, and all that follows in the same turn of the event loop in one write at its end. When more
  than `TOGETHER` has come together it is written at once: a program that never lets go may not fill the memory.
- **Reading pauses** while the application says that it is behind (`AsyncioDriver.pause_reading`), while
  events of one read are still being delivered, and while more than `WRITE_LIMIT` bytes wait for a peer that
  does not read. What can pile up in memory is therefore one read and that limit.
- **The end** is in `xmppkit.drivers.asyncio_end`; no exception ever leaves into the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from xmppkit.drivers.asyncio_end import LINGER, Departure
from xmppkit.drivers.faults import Faults
from xmppkit.drivers.flow import Flow, Pause
from xmppkit.drivers.offload import Give, Offload
from xmppkit.drivers.pump import Pump
from xmppkit.exceptions import ConnectionLost
from xmppkit.transports.connecting import connect
from xmppkit.util.looptime import time_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from xmppkit.protocol.connection import Connection
    from xmppkit.protocol.events import Event
    from xmppkit.sasl.derivation import Derivation
    from xmppkit.stanza.base import StanzaBase
    from xmppkit.transports.base import Transport

__all__ = ["LINGER", "WRITE_LIMIT", "AsyncioDriver", "connect"]

log = logging.getLogger(__name__)

#: Bytes that may wait to be written before reading pauses.
WRITE_LIMIT = 4 * 1024 * 1024
#: Characters that are collected for one write.
TOGETHER = 128 * 1024
#: No reason not to read. (A name of a module is found faster than a member of an enumeration.)
_FREE: Final = Pause.NONE


class AsyncioDriver(Departure):
    """One stream on one connection.

    :param stream: the stream, not opened yet, made with ``now=loop.time()``. Calls on it from outside a
        handler of `on_event` are followed by `wake`; `send`, `close` and `abort` here do that by themselves.
    :param on_event: gets each event and each stanza, in order.
    :param on_fault: gets an exception that `on_event` raised, or the stream on a misuse; it is logged otherwise.
    :param on_closed: called once when the transport is gone, with the error of the operating system if
        there was one. `StreamEnded` has come before, unless delivery is paused.
    :param loop: the event loop; None takes the running one.
    :param write_limit: see `WRITE_LIMIT`.
    :param linger: see `LINGER`.
    """

    __slots__ = (
        "_busy", "_faults", "_messages", "_more", "_offload", "_on_closed", "_on_event", "_on_fault", "_pump", "_time",
        "_timer", "_waiting", "_woken", "_write_limit", "_wrote", "failure", "heard_at", "on_speech", "spoke",
    )  # fmt: skip

    def __init__(
        self,
        stream: Connection,
        on_event: Callable[[Event | StanzaBase], object],
        *,
        on_fault: Callable[[Exception], object] | None = None,
        on_closed: Callable[[Exception | None], object] | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
        write_limit: int = WRITE_LIMIT,
        linger: float = LINGER,
    ) -> None:
        super().__init__(stream, loop or asyncio.get_running_loop(), linger)
        self._time = time_of(self.loop)
        self._on_fault = on_fault
        self._faults: Faults | None = None
        self.failure: Exception | None = None
        """The misuse of the stream that has ended the connection; None as a rule."""
        self.heard_at = 0.0
        """When bytes came last, in the loop's time."""
        self.spoke = False
        """Whether something was written since."""
        self.on_speech: Callable[[], object] | None = None
        """Called when that becomes true."""
        #: What derives a key, since the first.
        self._offload: Offload | None = None
        self._pump = Pump(stream, self._sink, self._derive)
        self._messages = stream.options.framing.messages
        self._on_event = on_event
        self._on_closed = on_closed
        self._write_limit = write_limit
        self._flow = Flow(self._pump, self)
        self._waiting = 0  # bytes in the transport, at most
        self._woken = False  # `_attend` will be called
        self._busy = False  # in a turn, which ends with a write
        self._wrote = False  # at once, in this turn of the event loop
        self._more = False  # there is something else to attend to
        self._timer: asyncio.TimerHandle | None = None

    @property
    def faults(self) -> Faults:
        """What went wrong on our side."""
        if self._faults is None:
            self._faults = Faults(self.stream, self._on_fault)
        return self._faults

    # --- what the application calls -------------------------------------------------------------------

    def send(self, item: StanzaBase | Element | str) -> None:
        """Send a stanza; see `Connection.send`, also for what it raises."""
        self.stream.send(item)
        self.wake()

    def close(self) -> None:
        """End the stream in order; see `Connection.close`. The transport follows."""
        self.stream.close()
        self.wake()

    def abort(self, reason: str = "aborted") -> None:
        """End stream and transport at once; see `Connection.abort`. What was not written yet is lost."""
        self.stream.abort(reason)
        if self.transport is not None:
            self._dropped = self._dropped or self.unsent > 0
            self.transport.abort()
        self.wake()

    def wake(self) -> None:
        """Something was called on the stream: attend to it at the end of this turn of the event loop. What was sent
        first in it leaves now."""
        if self.stream.unwritten > TOGETHER:
            self._write()
        if self._busy:
            return  # whoever is at work will see to it
        if not self._woken:
            self._woken = True
            self.loop.call_soon(self._attend)
        if self._wrote or self._more or not self.stream.ready:
            self._more = True
        else:
            self._wrote = True
            self._write()

    # --- what the transport calls ---------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        """There is a connection: open the stream, unless it was ended while connecting."""
        self.transport = transport
        if self.stream.closed:
            transport.abort()
            return
        # So that resume_writing comes when the last byte has left, which is what drain() waits for.
        transport.set_write_buffer_limits(high=0)
        # A stream that was made past its negotiation is open already.
        self._run(
            self._pump.turn if self.stream.ready else partial(self._pump.open, tls=transport.get_extra_info("tls"))
        )

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if not self._leaving:
            self._run(self._pump.receive, data)

    def eof_received(self) -> bool:
        """The peer sends no more: the end of the stream. False lets the transport close itself, after what is
        to be written."""
        self._eof = True
        if not self._leaving:
            self._run(self._pump.receive_eof)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport is gone."""
        self._leaving = True
        if self._offload is not None:
            self._offload.cancel()
        self._flow.release(Pause.OUTPUT)
        if not self.stream.closed:
            told = exc if isinstance(exc, ConnectionLost) else None  # what the system says, the engine says better
            self.faults.guard(partial(self.stream.receive_eof, told))
            if self.stream.error is not None and self.stream.error is not exc:
                self.stream.error.__cause__ = exc
        self._turn()
        while self._pump.waiting and not self._pump.paused:
            self._turn()
        self._end()
        if self._on_closed is not None:
            self.faults.guard(partial(self._on_closed, exc))

    # --- inside ---------------------------------------------------------------------------------------

    def _derive(self, work: Derivation, give: Give) -> None:
        self._offload = Offload(self.loop, self._run)
        self._offload.begin(work, give)

    def deliver_again(self) -> None:
        """Called by the flow: there may be something to deliver again."""
        self._more = True
        self.wake()

    def _attend(self) -> None:
        self._woken = self._wrote = False
        # What was sent may have set a timer of the stream.
        if self._more or self._pump.waiting or self.stream.deadline() is not None:
            self._turn()

    def _turn(self) -> None:
        self._run(self._pump.turn)

    def _run(self, step: Callable[..., float | None], data: bytes | None = None) -> None:
        """Let the pump do something, then attend to everything that may have come of it.

        :param step: takes `data`, if there is some, and the time.
        """
        outermost, self._busy = not self._busy, True
        self._more = False
        try:
            now = self._time()
            if data is None:
                when = step(now)
            else:
                self.heard_at, self.spoke = now, False
                when = step(data, now)
        except Exception as fault:
            self._misused(fault)
            when = self._pump.deadline()
        finally:
            if outermost:
                self._busy = self._wrote = False
        self._write()
        if self._pump.waiting and not self._pump.paused:
            self._flow.hold(Pause.BURST)
            self.wake()
        elif self._flow.reasons is not _FREE:
            self._flow.release(Pause.BURST)
        if self.stream.closed:
            self._leave()
        if when is not None or self._timer is not None:
            self._arm(when)

    def _misused(self, fault: Exception) -> None:
        """What somebody has done wrong ends the connection."""
        self.faults.note(fault)
        self.failure = self.failure or fault
        self._dropped = True
        self.faults.guard(partial(self.abort, f"failed: {fault}"))  # it may be the transport that is broken

    def _sink(self, event: Event | StanzaBase) -> None:
        try:
            self._on_event(event)
        except Exception as fault:
            self.faults.note(fault)

    def _write(self) -> None:
        try:
            data = self.stream.data_to_send()
            if not data:
                return
            transport = self.transport
            if transport is None or transport.is_closing():
                self._dropped = True
                return
            transport.write(data)
            if self._messages:
                self._waiting += self._write_more(transport)
            if not self.spoke:
                self.spoke = True
                if self.on_speech is not None:
                    self.on_speech()
            if self._drained is not None:
                self._look_drained()
            self._waiting += len(data)
            if self._waiting > self._write_limit:
                self._waiting = transport.get_write_buffer_size()
                if self._waiting > self._write_limit and not self._flow.reasons & Pause.OUTPUT:
                    self._flow.hold(Pause.OUTPUT)
                    if self.on_full is not None:
                        self.on_full(True)
        except Exception as fault:
            self._misused(fault)

    def _write_more(self, transport: Transport) -> int:
        """Write the messages behind the first, each by itself; how many bytes they have."""
        size = 0
        while message := self.stream.data_to_send():
            transport.write(message)
            size += len(message)
        return size

    def keep_reading(self, go_on: bool) -> None:
        """Called by the flow: read on, or do not."""
        transport = self._usable()
        if transport is None:
            return
        if go_on:
            transport.resume_reading()
        elif not self._leaving:
            transport.pause_reading()

    def _arm(self, when: float | None) -> None:
        """One timer, moved only when it has to come earlier: coming too early does no harm."""
        if self._timer is not None and (when is None or when < self._timer.when()):
            self._timer.cancel()
            self._timer = None
        if when is not None and self._timer is None:
            self._timer = self.loop.call_at(when, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._turn()
