# SPDX-License-Identifier: MIT
"""`TestTransport`: a transport that leads to a `TestSocket`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from xmppkit.test.mocksocket import TestSocket
from xmppkit.test.pieces import Pieces

if TYPE_CHECKING:
    from xmppkit.basexmpp import BaseXMPP

__all__ = ["TestTransport"]


class TestTransport(asyncio.Transport):
    """What is written to it is in the send queue of its socket, an element at a time.

    :param xmpp: the stream that writes; it learns of the end of the connection.
    """

    __test__ = False

    def __init__(self, xmpp: BaseXMPP) -> None:
        super().__init__()
        self.xmpp = xmpp
        self.socket = TestSocket()
        self._pieces = Pieces()
        self._closing = False
        self._lost = False
        #: What takes the bytes of the connection.
        self.receiver: asyncio.Protocol = xmpp

    def write(self, data: Any) -> None:
        """Send."""
        for piece in self._pieces.feed(bytes(data)):
            self.socket.send(piece)

    def next_sent(self, timeout: float | None = None) -> str | None:
        """See `TestSocket.next_sent`."""
        return self.socket.next_sent(timeout)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Its socket, as ``socket``."""
        return self.socket if name == "socket" else default

    def is_closing(self) -> bool:
        return self._closing

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is ever kept."""

    def pause_reading(self) -> None:
        """The test reads the result of each call, so there is nothing to hold back."""

    def resume_reading(self) -> None:
        """See `pause_reading`."""

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        """End the connection: the stream is told in the next turn of the event loop. May be repeated."""
        self._closing = True
        if not self.xmpp.loop.is_closed():
            self.xmpp.loop.call_soon(self.lose, None)

    def abort(self) -> None:
        """The same."""
        self.close()

    def lose(self, error: Exception | None) -> None:
        """Tell the stream that the connection is gone, unless it knows."""
        self._closing = True
        if not self._lost:
            self._lost = True
            self.receiver.connection_lost(error)
