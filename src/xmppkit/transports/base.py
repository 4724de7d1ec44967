# SPDX-License-Identifier: MIT
"""What a transport is: the interface that drivers use, and the one that they offer.

Both are subsets of asyncio's transports and protocols, so that asyncio's own fit as they are. Whatever
moves bytes (TCP, a pair in memory, WebSocket, BOSH) offers `Transport`, talks to a `Receiver`, and is
made by a `Connector`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from xmppkit.transports.endpoints import Endpoint

__all__ = ["HIGH", "LOW", "Connector", "Receiver", "ReceiverT", "Transport", "water_marks"]

#: Bytes that wait to be sent, above which `Receiver.pause_writing` comes, and down to which they go before
#: `Receiver.resume_writing`, unless something else is set.
HIGH, LOW = 64 * 1024, 16 * 1024


def water_marks(high: int | None, low: int | None) -> tuple[int, int]:
    """What `Transport.set_write_buffer_limits` was told, in bytes: where None was said for one, it is four times or a
    quarter of the other, as asyncio has it; for both, `HIGH` and `LOW`."""
    if high is None:
        high = HIGH if low is None else 4 * low
    return high, high // 4 if low is None else low


class Transport(Protocol):
    """One connection, seen from the side that writes. No method blocks."""

    def write(self, data: bytes, /) -> None:
        """Send bytes, or keep them until they can be sent. After a close they are dropped."""

    def pause_reading(self) -> None:
        """Bring no more bytes until `resume_reading`."""

    def resume_reading(self) -> None:
        """Bring bytes again."""

    def close(self) -> None:
        """Send what was kept, then end the connection. `Receiver.connection_lost` follows. May be
        repeated."""

    def abort(self) -> None:
        """End the connection at once. `Receiver.connection_lost` follows."""

    def can_write_eof(self) -> bool:
        """Whether one direction can be closed alone, with `write_eof`."""

    def write_eof(self) -> None:
        """Close our direction after what was written; the peer may go on. May raise OSError."""

    def is_closing(self) -> bool:
        """Whether the connection has ended or is about to."""

    def get_write_buffer_size(self) -> int:
        """Bytes that wait to be sent."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Above `high` waiting bytes comes `Receiver.pause_writing`, at `low` or below
        `Receiver.resume_writing`."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """``socket``, ``peername``, ``sockname`` where there are such; else `default`."""


class Receiver(Protocol):
    """What a transport calls; the part of a driver that faces the network. In this order:
    `connection_made`, then the rest as it happens, then `connection_lost`."""

    def connection_made(self, transport: Any, /) -> None:
        """There is a connection; `transport` is a `Transport`."""

    def data_received(self, data: bytes, /) -> None:
        """Bytes came, at least one."""

    def eof_received(self) -> bool | None:
        """The peer will send no more. A true result keeps the connection open for writing."""

    def connection_lost(self, exc: Exception | None, /) -> None:
        """The connection has ended; None when in order."""

    def pause_writing(self) -> None:
        """More waits to be sent than the upper limit."""

    def resume_writing(self) -> None:
        """No more waits to be sent than the lower limit."""


ReceiverT = TypeVar("ReceiverT", bound=Receiver)


class Connector(Protocol):
    """Makes connections of one kind."""

    async def connect(self, endpoint: Endpoint, receiver_factory: Callable[[], ReceiverT]) -> ReceiverT:
        """Connect to an endpoint.

        :param receiver_factory: makes the receiver of the new connection; called once there is one.
        :returns: that receiver; its `Receiver.connection_made` has been called.
        :raises HostNotFound: the name of the host does not resolve.
        :raises ConnectionRefused: nothing listens there, the network does not lead there, or it took too
            long.
        """
