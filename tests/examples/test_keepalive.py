# SPDX-License-Identifier: MIT
"""The program that stays connected, with a server in the test, and a way to it that can be interrupted unnoticed."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable

import pytest

from xmppkit.server import EmbeddedServer

NAME = "keepalive.py"
PATIENCE = 60.0


class Way:
    """A TCP port that leads to the server. What goes over it now is silently lost from `interrupt` on; later
    connections work."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.server = server
        self.port = 0
        self.connections = 0
        self._flowing = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def interrupt(self) -> None:
        self._flowing.clear()
        self._flowing = asyncio.Event()

    async def lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        flowing = self._flowing
        flowing.set()
        there, back = await asyncio.open_connection(self.server.host, self.server.port)
        for source, target in ((reader, back), (there, writer)):
            task = asyncio.ensure_future(self._pass_on(source, target, flowing))
            self._tasks.add(task)

    @staticmethod
    async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter, flowing: asyncio.Event) -> None:
        try:
            while data := await source.read(65536):
                if flowing.is_set():
                    target.write(data)
        except OSError:
            pass  # one end has gone
        finally:
            target.close()

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def way() -> AsyncIterator[Way]:
    async with EmbeddedServer(domain="localhost", users={"bot": "correct horse"}) as server:
        way = Way(server)
        listener = await asyncio.start_server(way.lead, "127.0.0.1", 0)
        way.port = listener.sockets[0].getsockname()[1]
        yield way
        listener.close()
        await way.end()


async def line_with(process: subprocess.Popen[str], text: str) -> str:
    """The next line that has `text`."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        while line := await asyncio.to_thread(process.stdout.readline):
            if text in line:
                return line
    raise AssertionError(f"it has ended without saying {text!r}")


async def test_it_notices_that_nobody_answers(way: Way, start_example: Callable[..., subprocess.Popen[str]]) -> None:
    process = start_example(
        *(NAME, "bot@localhost", "--interval", "0.3", "--timeout", "0.5"),
        *("--host", "127.0.0.1", "--port", str(way.port), "--ca-file", str(way.server.ca_file)),
        variables={"XMPP_PASSWORD": "correct horse"},
    )
    assert "the server answers in" in await line_with(process, "online as bot@localhost/")
    assert way.connections == 1
    way.interrupt()
    await line_with(process, "has not answered a ping")
    await line_with(process, "not connected:")
    await line_with(process, "online as bot@localhost/")
    assert way.connections == 2


def test_a_malformed_address(fail_example: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    result = fail_example(NAME, "bot@local host", variables={"XMPP_PASSWORD": "x"})
    assert "is no domain part of an address" in result.stderr
