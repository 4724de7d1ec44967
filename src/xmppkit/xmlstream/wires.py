# SPDX-License-Identifier: MIT
"""The kinds of transports that a stream can have: how each connects, and how a stream is framed on it.

What is not used is not loaded: a bot that connects over TCP need not wait for what others need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from xmppkit.protocol.framing.tcp import TcpFraming
from xmppkit.transports.endpoints import Endpoint, TransportKind

if TYPE_CHECKING:
    from xmppkit.protocol.framing.base import FramingKind
    from xmppkit.transports.base import Connector, ReceiverT

__all__ = ["ByKind", "framing_of"]


def framing_of(kind: TransportKind) -> FramingKind:
    """How a stream is put on a transport of this kind."""
    if kind is TransportKind.WEBSOCKET:
        from xmppkit.protocol.framing.websocket import WebSocketFraming

        return WebSocketFraming
    if kind is TransportKind.BOSH:
        from xmppkit.protocol.framing.bosh.framing import BoshFraming

        return BoshFraming
    return TcpFraming


class ByKind:
    """Connects to each endpoint with what knows its kind.

    :param makers: make the connector of each kind; called when there is an endpoint of it.
    """

    def __init__(self, makers: Mapping[TransportKind, Callable[[], Connector]]) -> None:
        self._makers = makers
        self._made: dict[TransportKind, Connector] = {}

    async def connect(self, endpoint: Endpoint, receiver_factory: Callable[[], ReceiverT]) -> ReceiverT:
        """See `xmppkit.transports.base.Connector.connect`."""
        connector = self._made.get(endpoint.kind)
        if connector is None:
            connector = self._made[endpoint.kind] = self._makers[endpoint.kind]()
        return await connector.connect(endpoint, receiver_factory)
