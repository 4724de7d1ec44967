# SPDX-License-Identifier: MIT
"""Streams that are past their negotiation, over a transport that records what is written."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.server import EmbeddedServer
from xmppkit.testing.wire import Wire


@pytest.fixture
async def client() -> ClientXMPP:
    """A client that is not connected."""
    client = ClientXMPP("bot@localhost/here", "secret", lang=None)
    client.auto_reconnect = False
    return client


@pytest.fixture
async def wire(client: ClientXMPP) -> AsyncIterator[Wire]:
    """A client in a session."""
    wire = Wire(client)
    yield wire
    if client.is_connected():
        client.abort()
        await wire.end()


@pytest.fixture
async def component() -> ComponentXMPP:
    """A component that is not connected."""
    return ComponentXMPP("echo.localhost", "secret", "127.0.0.1", 5347)


@pytest.fixture
async def component_wire(component: ComponentXMPP) -> AsyncIterator[Wire]:
    """A component in a session."""
    wire = Wire(component)
    yield wire
    if component.is_connected():
        component.abort()
        await wire.end()


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(users={"romeo": "r", "juliet": "j"}, components={"bot.localhost": "secret"}) as server:
        yield server
