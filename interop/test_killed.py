# SPDX-License-Identifier: MIT
"""A process that is killed, and another one that goes on with its session: nothing that it was sent is lost, and
nothing that it has answered (XEP-0198, with the state in a storage)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from servers.embedded import Xmppkit
from sessions import TIMEOUT, available, make_client, new_account, seen

from xmppkit.jid import JID
from xmppkit.storage.records import Scope
from xmppkit.storage.schemes import open_storage

KILLS = 3
#: Messages between two kills.
ROUND = 30


@pytest.fixture(scope="module")
def embedded() -> Iterator[Xmppkit]:
    """Our own server."""
    server = Xmppkit()
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["prosody", "ejabberd", "embedded"], ids=["prosody", "ejabberd", "embedded"])
def server(request: pytest.FixtureRequest) -> Any:
    """Each in turn."""
    return request.getfixturevalue(request.param)


class Bot:
    """The program, one process after the other."""

    def __init__(self, server: Any, name: str, directory: Path) -> None:
        self.log = directory / "log"
        self.log.touch()
        self.arguments = (
            f"{name}@{server.domain}/bot", server.users[name], server.host, str(server.port), server.ca_file,
            f"sqlite:///{directory / 'bot.db'}", str(self.log),
        )  # fmt: skip

    async def kept(self) -> None:
        """Wait until its session is in the storage."""
        jid = JID(self.arguments[0])
        async with open_storage(self.arguments[5]) as storage:
            sessions = storage.collection("session", Scope(jid.bare, node=jid.resource))
            while await sessions.get("session") is None:  # noqa: ASYNC110 - it is another process that writes it
                await asyncio.sleep(0.02)

    @property
    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def count(self, line: str) -> int:
        return self.lines.count(line)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """A process that has a session; it is killed in the end."""
        before = self.count("= session_start")
        script = Path(__file__).with_name("killable.py")
        process = await asyncio.create_subprocess_exec(sys.executable, str(script), *self.arguments)
        try:
            while self.count("= session_start") == before:
                assert process.returncode is None
                await asyncio.sleep(0.02)
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def test_nothing_is_lost(server: Any, tmp_path: Path) -> None:
    name = await new_account(server)
    bot = Bot(server, name, tmp_path)
    alice = make_client(server, await new_account(server))
    echoes = seen(alice, "message", of=lambda message: message["type"] == "chat")
    number, echoed = 0, set[str]()
    async with asyncio.timeout(4 * TIMEOUT), alice:
        await available(alice)
        for _ in range(KILLS):
            async with bot.running():
                await bot.kept()
                for _ in range(ROUND):
                    alice.send_message(f"{name}@{server.domain}/bot", str(number), mtype="chat")
                    number += 1
                while len(echoed) < number - ROUND // 2:  # and then it is killed, in the midst of the rest
                    echoed.add((await echoes.get())["body"])
        async with bot.running():
            while len(echoed) < number:
                echoed.add((await echoes.get())["body"])
    lines = bot.lines
    assert set(map(str, range(number))) <= set(lines)
    assert lines.count("= session_resumed") == KILLS
    assert lines.count("= sm_failed") == 0
    assert lines.count("= session_start") == KILLS + 1


async def test_a_session_that_is_over(server: Any, tmp_path: Path) -> None:
    """Another client has taken its address in the meantime: the server has ended it."""
    name = await new_account(server)
    bot = Bot(server, name, tmp_path)
    async with asyncio.timeout(TIMEOUT):
        async with bot.running():
            await bot.kept()
        async with make_client(server, name, resource="bot"):
            pass
        async with bot.running():
            pass
    assert bot.lines[0] == "= session_start"
    assert bot.lines[1:] in (["= sm_failed", "= session_start"], ["= session_resumed", "= session_start"])
