# SPDX-License-Identifier: MIT
"""What `AsyncioDriver` has of its transport: whether to read from it, what has not left, and how it ends.

When the stream is over its last bytes are sent, our direction is closed, and what the peer still sends is thrown away
until it closes too or `LINGER` has passed. (Closing at once would make the system answer late data with a reset, which
can destroy a stream error before the peer has read it.)
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

from xmppkit.drivers.flow import Flow, Pause
from xmppkit.exceptions import ConnectionLost, NotConnectedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from xmppkit.protocol.connection import Connection
    from xmppkit.transports.base import Transport

__all__ = ["LINGER", "Departure"]

log = logging.getLogger(__name__)

#: Seconds that the peer has to close its direction after the stream is over.
LINGER = 1.0
#: Reasons not to read that are ours, and not the peer's.
_BEHIND: Final = Pause.HOST | Pause.BURST


class Departure(asyncio.Protocol, ABC):
    """The part of a driver that has the transport until it is gone.

    :param stream: see `AsyncioDriver`.
    :param loop: the event loop.
    :param linger: see `LINGER`.
    """

    __slots__ = (
        "_drained", "_dropped", "_eof", "_flow", "_leaving", "_linger", "_linger_timer", "_over", "gone", "loop",
        "on_full", "stream", "transport",
    )  # fmt: skip
    _flow: Flow

    def __init__(self, stream: Connection, loop: asyncio.AbstractEventLoop, linger: float) -> None:
        self.stream = stream
        self.loop = loop
        self.transport: Transport | None = None
        self.on_full: Callable[[bool], object] | None = None
        """Told whether more than `WRITE_LIMIT` waits for a peer that does not read, when that changes."""
        self._linger = linger
        self._eof = False
        self._leaving = False
        self._dropped = False
        self._linger_timer: asyncio.TimerHandle | None = None
        self._drained: asyncio.Future[None] | None = None
        self.gone = False
        """Whether the transport is gone."""
        #: Done when it is; made for whoever waits.
        self._over: asyncio.Future[None] | None = None

    @abstractmethod
    def _turn(self) -> None:
        """Attend to everything there is."""

    @property
    def connected(self) -> bool:
        """Whether there is a connection that is not being closed."""
        return not self._leaving and self._usable() is not None

    def pause_reading(self) -> None:
        """The application is behind: deliver no more events, and take no more bytes."""
        self._flow.hold(Pause.HOST)
        self.stream.listen(False)
        self._look_drained()

    def resume_reading(self) -> None:
        """The application has caught up."""
        self.stream.listen(True)
        self._flow.release(Pause.HOST)

    @property
    def is_behind(self) -> bool:
        """Whether it is the application for which nothing is read."""
        return bool(self._flow.reasons & _BEHIND)

    @property
    def unsent(self) -> int:
        """Bytes that were written and that the operating system has not taken yet."""
        return self.transport.get_write_buffer_size() if self.transport is not None else 0

    async def drain(self) -> None:
        """Wait until everything that was sent has been handed to the operating system, also what waits for
        acknowledgements (`Connection.withheld`).

        :raises NotConnectedError: there is no connection.
        :raises ConnectionLost: it ended before everything was sent.
        """
        if self.transport is None or self.gone:
            raise NotConnectedError("there is no connection to drain")
        self._turn()
        if self._dropped:
            raise _not_sent()
        if self.unsent or self.stream.withheld:
            if self._drained is None:
                self._drained = self.loop.create_future()
            await asyncio.shield(self._drained)

    def resume_writing(self) -> None:
        """Everything has left."""
        full = self._flow.reasons & Pause.OUTPUT
        self._flow.release(Pause.OUTPUT)
        if full and self.on_full is not None:
            self.on_full(False)
        if not self.stream.withheld:
            self._settle(None)

    async def wait_closed(self) -> None:
        """Wait until the transport is gone."""
        if self._over is None:
            self._over = self.loop.create_future()
            if self.gone:
                self._over.set_result(None)
        await asyncio.shield(self._over)

    # --- for the driver ----------------------------------------------------------------------------------

    def _usable(self) -> Transport | None:
        """The transport, unless it is closed or about to be."""
        transport = self.transport
        return transport if transport is not None and not transport.is_closing() else None

    def _leave(self) -> None:
        """The stream is over: close the transport, once what was written has left."""
        transport = self._usable()
        if self._leaving or transport is None:
            return
        self._leaving = True
        self._linger_timer = self.loop.call_later(self._linger, transport.abort)
        if self._flow.reasons:
            transport.resume_reading()  # to see the peer's end of file; its data is thrown away
        try:
            if not self._eof and transport.can_write_eof():
                transport.write_eof()
                return  # eof_received, or the timer, does the rest
        except OSError:
            log.debug("the peer was faster than our end of file")
        transport.close()

    def _look_drained(self) -> None:
        """Something may have left."""
        if self._drained is not None and not self.unsent and not self.stream.withheld:
            self._settle(None)

    def _settle(self, error: Exception | None) -> None:
        """Tell who waits for everything to have left."""
        waiter, self._drained = self._drained, None
        if waiter is not None and error is not None:
            waiter.set_exception(error)
        elif waiter is not None:
            waiter.set_result(None)

    def _end(self) -> None:
        """The transport is gone."""
        self.gone = True
        if self._over is not None:
            self._over.set_result(None)
        if self._linger_timer is not None:
            self._linger_timer.cancel()
        # Whoever waits still was not told that everything has left, so it has not.
        self._settle(_not_sent())


def _not_sent() -> ConnectionLost:
    return ConnectionLost("the connection ended before everything was sent")
