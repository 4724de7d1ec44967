# SPDX-License-Identifier: MIT
"""The kinds of transports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from xmppkit.protocol.framing.base import FramingKind
from xmppkit.protocol.framing.bosh.framing import BoshFraming
from xmppkit.protocol.framing.tcp import TcpFraming
from xmppkit.protocol.framing.websocket import WebSocketFraming
from xmppkit.transports.endpoints import Endpoint, TransportKind, url_endpoint
from xmppkit.xmlstream.wires import ByKind, framing_of


@pytest.mark.parametrize(
    ("kind", "framing"),
    [
        (TransportKind.TCP, TcpFraming),
        (TransportKind.WEBSOCKET, WebSocketFraming),
        (TransportKind.BOSH, BoshFraming),
    ],
)
def test_framing_of(kind: TransportKind, framing: FramingKind) -> None:
    assert framing_of(kind) is framing


async def test_each_endpoint_is_connected_to_by_what_knows_it() -> None:
    made: list[str] = []

    class Connector:
        def __init__(self, name: str) -> None:
            made.append(name)
            self.name = name

        async def connect(self, endpoint: Endpoint, factory: Callable[[], Any]) -> Any:
            return self.name, endpoint, factory()

    connector = ByKind({
        TransportKind.TCP: lambda: Connector("tcp"), TransportKind.WEBSOCKET: lambda: Connector("websocket"),
    })  # fmt: skip
    tcp, web = Endpoint("localhost", 5222), url_endpoint("wss://localhost/ws")
    for endpoint, name in ((tcp, "tcp"), (web, "websocket"), (tcp, "tcp")):
        assert await connector.connect(endpoint, dict) == (name, endpoint, {})
    assert made == ["tcp", "websocket"]
