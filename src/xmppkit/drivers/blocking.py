# SPDX-License-Identifier: MIT
"""Drives a stream over a socket without asyncio: select, poll or epoll say when there is something to do.

`BlockingDriver` is one stream on one socket. It never waits: it says what it waits for (`BlockingDriver.wanted`,
`BlockingDriver.deadline`) and is told when that has come. `xmppkit.drivers.loop` waits for any number of them, and so
may any other loop.

Writes, pauses and the end are those of `xmppkit.drivers.asyncio`. One thing differs: there is somebody to raise to, so
what a handler of events raises leaves through the call that delivered the event. The driver is in order after that, and
the next call goes on with the next event.
"""

from __future__ import annotations

import logging
import math
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from xmppkit.drivers.flow import Flow, Pause
from xmppkit.drivers.pollers import Ready
from xmppkit.drivers.pump import Pump

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from xmppkit.protocol.connection import Connection
    from xmppkit.protocol.events import Event
    from xmppkit.stanza.base import StanzaBase

__all__ = ["LINGER", "READ_SIZE", "WRITE_LIMIT", "BlockingDriver"]

log = logging.getLogger(__name__)

#: Seconds that the peer has to close its direction after the stream is over.
LINGER = 1.0
#: Bytes that may wait to be written before reading pauses.
WRITE_LIMIT = 4 * 1024 * 1024
#: Bytes taken from the socket at once.
READ_SIZE = 65536


class BlockingDriver:
    """One stream on one connected socket.

    The methods that begin with ``handle`` belong to one thread, the one that waits. `send`, `close` and `wake` may be
    called from others if the stream may (see `xmppkit.drivers.threads.locked`); no lock is held while `on_event` runs.

    :param stream: the stream, not opened yet, made with ``now=clock()``. Calls on it from outside a handler of
        `on_event` are followed by `wake`; `send`, `close` and `abort` here do that by themselves.
    :param on_event: gets each event and each stanza, in order.
    :param sock: the connection; it becomes non-blocking, and the driver closes it.
    :param on_closed: called once when the socket is closed, with the error of the operating system if there was one.
        `StreamEnded` has come before.
    :param clock: the time in seconds.
    :param write_limit: see `WRITE_LIMIT`.
    :param linger: see `LINGER`.
    """

    def __init__(
        self,
        stream: Connection,
        on_event: Callable[[Event | StanzaBase], object],
        sock: socket.socket,
        *,
        on_closed: Callable[[OSError | None], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
        write_limit: int = WRITE_LIMIT,
        linger: float = LINGER,
    ) -> None:
        sock.setblocking(False)
        self.stream = stream
        self.socket = sock
        self.closed = False
        """Whether the socket is closed. Nothing is to be done any more."""
        self._on_closed = on_closed
        self._clock = clock
        self._write_limit = write_limit
        self._linger = linger
        self._pump = Pump(stream, on_event)
        self._flow = Flow(self._pump, self)
        self._out = bytearray()
        self._writing = threading.Lock()
        self._woken = False
        self._at_work: int | None = None  # the thread that is in a call of ours, which ends with a write
        self._eof = False
        self._shut = False  # our direction is closed
        self._until: float | None = None  # leaving: when to wait no longer for the peer
        self._aborted = False
        self._broken: OSError | None = None

    # --- what the application calls -------------------------------------------------------------------

    @property
    def unsent(self) -> int:
        """Bytes that the operating system has not taken yet."""
        return len(self._out)

    def start(self) -> None:
        """There is a connection: open the stream. One that was made past its negotiation is open already."""
        self._run(self._pump.turn if self.stream.ready else self._pump.open)

    def send(self, item: StanzaBase | Element | str) -> None:
        """Send a stanza; see `Connection.send`, also for what it raises. It leaves now if the system takes it."""
        self.stream.send(item)
        self.wake()

    def close(self) -> None:
        """End the stream in order; see `Connection.close`. The socket follows."""
        self.stream.close()
        self.wake()

    def abort(self, reason: str = "aborted") -> None:
        """End stream and connection at once; see `Connection.abort`. What was not written yet is lost."""
        self._aborted = True
        self.stream.abort(reason)
        if self._at_work is None:
            self.handle_timer()

    def wake(self) -> None:
        """Something was called on the stream: write now what it made, and deliver its events in the next turn."""
        if self._at_work == threading.get_ident():
            return  # the call under way will see to it
        self._woken = True
        self._write()

    def pause_reading(self) -> None:
        """The application is behind: deliver no more events, and take no more bytes."""
        self._flow.hold(Pause.HOST)

    def resume_reading(self) -> None:
        """The application has caught up."""
        self._flow.release(Pause.HOST)

    # --- what the one who waits asks and calls --------------------------------------------------------

    def fileno(self) -> int:
        """The number of the socket; -1 when it is closed."""
        return self.socket.fileno()

    @property
    def wanted(self) -> Ready:
        """What to wait for; nothing once it is closed."""
        wanted = Ready.NONE
        if not self.closed:
            if not self._eof and (self._until is not None or self._flow.reasons is Pause.NONE):
                wanted |= Ready.READ
            if self._out:
                wanted |= Ready.WRITE
        return wanted

    def deadline(self) -> float | None:
        """When to call `handle_timer` although nothing has happened, on the clock; None if never. May have passed."""
        if self.closed:
            return None
        if self._woken or self._broken is not None or (len(self._pump) and not self._pump.paused):
            return -math.inf
        dates = [when for when in (self._pump.deadline(), self._until) if when is not None]
        return min(dates, default=None)

    def handle(self, ready: Ready) -> None:
        """What was waited for has come."""
        if ready & Ready.WRITE:
            self.handle_write()
        if ready & ~Ready.WRITE and not self.closed:
            self.handle_read()

    def handle_read(self) -> None:
        """There may be something to read."""
        try:
            data = self.socket.recv(READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._break(error)
            return
        if not data:
            self._eof = True
            self._run(self._pump.turn if self._until is not None else self._pump.receive_eof)
        elif self._until is None:
            self._run(self._pump.receive, data)

    def handle_write(self) -> None:
        """There may be room to write."""
        self._run(self._pump.turn)

    def handle_timer(self) -> None:
        """The deadline has come. May be called at any time."""
        if not self.closed:
            self._run(self._pump.turn)

    # --- inside ---------------------------------------------------------------------------------------

    def keep_reading(self, go_on: bool) -> None:
        """Called by the flow. Who waits for the socket asks what for, each time."""

    def deliver_again(self) -> None:
        """Called by the flow: there may be something to deliver again."""
        self._woken = True

    def _run(self, step: Callable[..., object], *what: bytes) -> None:
        """Let the pump do something, then attend to everything that may have come of it.

        :param step: takes `what`, and the time.
        """
        self._woken = False
        self._at_work = threading.get_ident()
        try:
            step(*what, self._clock())
        finally:
            self._at_work = None
            self._attend()

    def _attend(self) -> None:
        self._write()
        if len(self._pump) and not self._pump.paused:
            self._flow.hold(Pause.BURST)
        else:
            self._flow.release(Pause.BURST)
        if self.unsent > self._write_limit:
            self._flow.hold(Pause.OUTPUT)
        elif not self.unsent:
            self._flow.release(Pause.OUTPUT)
        if self._broken is not None or self._aborted:
            self._give_up(self._broken)
        elif self.stream.closed:
            self._leave()

    def _write(self) -> None:
        with self._writing:
            self._out += self._pump.data_to_send()
            while self._out and self._broken is None and not self.closed:
                try:
                    del self._out[: self.socket.send(self._out)]
                except (BlockingIOError, InterruptedError):
                    return
                except OSError as error:
                    self._broken = error

    def _leave(self) -> None:
        """The stream is over: close our direction once everything has left, and wait for the peer's end."""
        if self._until is None:
            self._until = self._clock() + self._linger
        late = self._clock() >= self._until
        if not self._out and not self._shut:
            self._shut = True
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                log.debug("the peer was faster than our end of file")
        if late or (self._eof and self._shut):
            self._give_up(None)

    def _break(self, error: OSError) -> None:
        self._broken = error
        self._attend()

    def _give_up(self, error: OSError | None) -> None:
        """Close the socket, and deliver what there is still to deliver."""
        if self.closed:
            return
        self.closed = True
        self.socket.close()
        self._flow.release(Pause.OUTPUT)
        if not self.stream.closed:
            self.stream.receive_eof()
            if self.stream.error is not None:
                self.stream.error.__cause__ = error
        faults: list[Exception] = []
        more = True
        while more:
            # Nobody will call again for the events behind the one whose handler fails.
            try:
                self._pump.turn(self._clock())
            except Exception as fault:
                faults.append(fault)
            more = len(self._pump) > 0 and not self._pump.paused
        if self._on_closed is not None:
            self._on_closed(error)
        if faults:
            raise faults[0]
