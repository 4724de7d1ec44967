# SPDX-License-Identifier: MIT
"""Programs that are attacked in their session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from attacker import SECRET, Program, Raw

from xmppkit.server import EmbeddedServer


@pytest.fixture
async def program() -> AsyncIterator[Callable[..., Program]]:
    """Makes programs in sessions, and ends those."""
    made: list[Program] = []

    def make(*told: Any, **more: Any) -> Program:
        made.append(Program(*told, **more))
        return made[-1]

    yield make
    for each in made:
        await each.leave()


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    """A server of ``localhost`` without TLS, with alice and bob."""
    async with EmbeddedServer(users={"alice": SECRET, "bob": SECRET}, tls=False) as server:
        yield server


@pytest.fixture
async def connect_to() -> AsyncIterator[Callable[..., Any]]:
    """Connections to the server that it is given."""
    made: list[Raw] = []

    async def enter(server: EmbeddedServer) -> Raw:
        made.append(Raw(*await asyncio.open_connection(server.host, server.port)))
        return made[-1]

    yield enter
    for each in made:
        each.writer.close()


@pytest.fixture
async def connect(server: EmbeddedServer, connect_to: Callable[..., Any]) -> Callable[..., Any]:
    """Connections to it; with a name: in their session."""

    async def enter(name: str = "") -> Raw:
        peer: Raw = await connect_to(server)
        if name:
            await peer.login(name)
            await peer.bind("r")
        return peer

    return enter
