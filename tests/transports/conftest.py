# SPDX-License-Identifier: MIT
"""A receiver that writes down what it is told, and servers that are closed when the test ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from xmppkit.transports.tcp import listen


class Recorder:
    """Keeps every call, and lets a test wait for one.

    :param keep_open: what `eof_received` returns.
    """

    def __init__(self, *, keep_open: bool = False) -> None:
        self.calls: list[str] = []
        self.data = b""
        self.transport: Any = None
        self.error: Exception | None = None
        self._keep_open = keep_open
        self._news = asyncio.Event()

    def _note(self, name: str) -> None:
        self.calls.append(name)
        self._news.set()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._note("made")

    def data_received(self, data: bytes) -> None:
        assert data
        self.data += data
        self._note("data")

    def eof_received(self) -> bool:
        self._note("eof")
        return self._keep_open

    def connection_lost(self, exc: Exception | None) -> None:
        self.error = exc
        self._note("lost")

    def pause_writing(self) -> None:
        self._note("pause")

    def resume_writing(self) -> None:
        self._note("resume")

    async def until(self, reached: Callable[[], object]) -> None:
        """Wait until `reached()` is true; it is looked at after each call."""
        async with asyncio.timeout(60):
            while not reached():
                self._news.clear()
                await self._news.wait()

    async def called(self, name: str) -> None:
        """Wait until the transport has made this call."""
        await self.until(lambda: name in self.calls)


@pytest.fixture
def recorder() -> type[Recorder]:
    return Recorder


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[int]]]:
    """Listen on a free port of loopback; returns the port."""
    servers: list[asyncio.Server] = []

    async def start(factory: Callable[[], Any]) -> int:
        server = await listen(factory)
        servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


async def turns(count: int = 20) -> None:
    """Let the event loop go round."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.fixture(name="turns")
def _turns() -> Callable[..., Awaitable[None]]:
    return turns
