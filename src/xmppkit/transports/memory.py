# SPDX-License-Identifier: MIT
"""A connection between two receivers in one process, without sockets: for tests, and for programs that hold
both ends.

Bytes arrive in a later turn of the event loop, as they do from a network, in pieces of a size that the test
chooses. Limits of the write buffer, pausing, closing and aborting work as over TCP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from xmppkit.exceptions import ConnectionRefused
from xmppkit.transports.base import HIGH, LOW, Receiver, ReceiverT, water_marks
from xmppkit.transports.endpoints import Endpoint

__all__ = ["READ_SIZE", "MemoryConnector", "MemoryTransport", "memory_pair"]

#: Bytes of one delivery, unless said otherwise: as asyncio reads from a socket.
READ_SIZE = 256 * 1024


class MemoryTransport:
    """One side of a connection; made by `memory_pair`.

    :param receiver: what faces this side.
    :param loop: brings the bytes.
    :param read_size: bytes of one delivery to the other side, at most.
    """

    __slots__ = (
        "_closing",
        "_eof",
        "_eof_brought",
        "_high",
        "_loop",
        "_lost",
        "_low",
        "_outgoing",
        "_peer",
        "_read_size",
        "_reading_paused",
        "_receiver",
        "_scheduled",
        "_writing_paused",
    )

    def __init__(self, receiver: Receiver, loop: asyncio.AbstractEventLoop, read_size: int) -> None:
        self._receiver = receiver
        self._loop = loop
        self._read_size = read_size
        self._peer = self
        #: What was written here and has not reached the other side.
        self._outgoing = bytearray()
        self._scheduled = False
        self._reading_paused = False
        self._writing_paused = False
        self._closing = False
        self._eof = False
        self._eof_brought = False
        self._lost = False
        self._high, self._low = HIGH, LOW

    # --- what a Transport offers ----------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """See `xmppkit.transports.base.Transport`, here and below."""
        if self._closing or self._eof:
            return
        self._outgoing += data
        self._schedule()
        if len(self._outgoing) > self._high and not self._writing_paused:
            self._writing_paused = True
            self._receiver.pause_writing()

    def pause_reading(self) -> None:
        self._reading_paused = True

    def resume_reading(self) -> None:
        self._reading_paused = False
        self._peer._schedule()

    def close(self) -> None:
        self._closing = True
        self._schedule()
        self._peer._schedule()  # what it has kept for us goes nowhere now

    def abort(self) -> None:
        self._closing = self._eof_brought = True
        self._outgoing.clear()
        self._loop.call_soon(self._lose, None)
        self._loop.call_soon(self._peer._lose, ConnectionResetError("the other side aborted the connection"))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self._eof = True
        self._schedule()

    def is_closing(self) -> bool:
        return self._closing

    def get_write_buffer_size(self) -> int:
        return len(self._outgoing)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high, self._low = water_marks(high, low)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    # --- inside ---------------------------------------------------------------------------------------

    def _join(self, peer: MemoryTransport) -> None:
        self._peer = peer
        self._loop.call_soon(self._receiver.connection_made, self)

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        """Bring one piece to the other side, or the end."""
        self._scheduled = False
        peer = self._peer
        if peer._closing:
            self._outgoing.clear()  # who has closed reads no more
        elif self._outgoing and not peer._reading_paused:
            data = bytes(self._outgoing[: self._read_size])
            del self._outgoing[: len(data)]
            self._schedule()
            peer._receiver.data_received(data)
        elif self._outgoing:
            return  # the peer's resume_reading comes back here
        elif not self._eof_brought and (self._closing or (self._eof and not peer._reading_paused)):
            self._eof_brought = True
            if not peer._receiver.eof_received():
                peer.close()
        if self._writing_paused and len(self._outgoing) <= self._low:
            self._writing_paused = False
            self._receiver.resume_writing()
        if self._closing and not self._outgoing:
            self._lose(None)

    def _lose(self, exc: Exception | None) -> None:
        if not self._lost:
            self._lost = self._closing = True
            self._outgoing.clear()
            self._receiver.connection_lost(exc)


def memory_pair(
    left: Receiver,
    right: Receiver,
    *,
    loop: asyncio.AbstractEventLoop | None = None,
    read_size: int = READ_SIZE,
) -> tuple[MemoryTransport, MemoryTransport]:
    """Connect two receivers. Their `connection_made` comes in the next turn of the event loop.

    :param loop: None takes the running one.
    :param read_size: bytes of one delivery, at most; 1 brings them one by one.
    """
    loop = loop or asyncio.get_running_loop()
    one = MemoryTransport(left, loop, read_size)
    other = MemoryTransport(right, loop, read_size)
    one._join(other)
    other._join(one)
    return one, other


class MemoryConnector:
    """Connects to receivers of the same process.

    :param listeners: what listens where: (host, port) to a function that makes the receiver of a connection.
    :param read_size: bytes of one delivery, at most.
    """

    def __init__(
        self, listeners: Mapping[tuple[str, int], Callable[[], Receiver]], *, read_size: int = READ_SIZE
    ) -> None:
        self._listeners = listeners
        self._read_size = read_size

    async def connect(self, endpoint: Endpoint, receiver_factory: Callable[[], ReceiverT]) -> ReceiverT:
        """See `xmppkit.transports.base.Connector.connect`."""
        accept = self._listeners.get((endpoint.host, endpoint.port))
        if accept is None:
            raise ConnectionRefused("nothing listens there", where=str(endpoint))
        receiver = receiver_factory()
        memory_pair(receiver, accept(), read_size=self._read_size)
        await asyncio.sleep(0)  # the turn in which connection_made is called
        return receiver
