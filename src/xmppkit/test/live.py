# SPDX-License-Identifier: MIT
"""Listening to a real connection: what passes in the clear reaches a `TestLiveSocket`, an element at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from xmppkit.test.livesocket import TestLiveSocket
from xmppkit.test.pieces import Pieces
from xmppkit.transports.tcp import TcpConnector

if TYPE_CHECKING:
    from collections.abc import Callable

    from xmppkit.transports.base import ReceiverT, Transport
    from xmppkit.transports.endpoints import Endpoint

__all__ = ["LiveConnector"]


class _Tap(asyncio.Protocol):
    """Stands between a transport and its receiver."""

    def __init__(self, receiver: Any) -> None:
        self.receiver = receiver
        self.socket: TestLiveSocket | None = None
        self._incoming = Pieces()

    def connection_made(self, transport: Any) -> None:
        self.socket = TestLiveSocket(sock=transport.get_extra_info("socket"))
        self.receiver.connection_made(_TappedTransport(transport, self.socket))

    def data_received(self, data: bytes) -> None:
        assert self.socket is not None
        for piece in self._incoming.feed(data):
            self.socket.received(piece)
        self.receiver.data_received(data)

    def eof_received(self) -> bool | None:
        result: bool | None = self.receiver.eof_received()
        return result

    def connection_lost(self, exc: Exception | None) -> None:
        self.receiver.connection_lost(exc)

    def pause_writing(self) -> None:
        self.receiver.pause_writing()

    def resume_writing(self) -> None:
        self.receiver.resume_writing()


class _TappedTransport:
    """A transport that tells what is written to it."""

    def __init__(self, transport: Transport, socket: TestLiveSocket) -> None:
        self._transport = transport
        self._socket = socket
        self._outgoing = Pieces()

    def write(self, data: bytes) -> None:
        for piece in self._outgoing.feed(data):
            self._socket.sent(piece)
        self._transport.write(data)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._socket if name == "socket" else self._transport.get_extra_info(name, default)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class LiveConnector:
    """Connects over TCP, and listens.

    :param loop: the event loop.
    :ivar socket: that of the last connection; it remembers also when that is over.
    """

    socket: TestLiveSocket

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._connector = TcpConnector(loop=loop)

    async def connect(self, endpoint: Endpoint, receiver_factory: Callable[[], ReceiverT]) -> ReceiverT:
        """See `xmppkit.transports.base.Connector.connect`."""
        tap = await self._connector.connect(endpoint, lambda: _Tap(receiver_factory()))
        assert tap.socket is not None  # there is a connection
        self.socket = tap.socket
        receiver: ReceiverT = tap.receiver
        return receiver
