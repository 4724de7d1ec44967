# SPDX-License-Identifier: MIT
"""Commands that are offered and run, each as a program of its own, at the embedded server."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable

import pytest

from xmppkit.server import EmbeddedServer

SECRET = {"XMPP_PASSWORD": "secret"}
BOT = "bot@localhost/kitchen"

Run = Callable[..., str]
Fail = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    users = dict.fromkeys(("alice", "bob", "bot"), "secret")
    async with EmbeddedServer(domain="localhost", users=users) as server:
        yield server


def way(server: EmbeddedServer) -> list[str]:
    return ["--host", server.host, "--port", str(server.port), "--ca-file", str(server.ca_file)]


@pytest.fixture
async def kitchen(server: EmbeddedServer, start_example: Callable[..., subprocess.Popen[str]]) -> subprocess.Popen[str]:
    """The bot, once it is there."""
    arguments = [BOT, "--allow", "alice@localhost", *way(server)]
    process = start_example("command_provider.py", *arguments, variables=SECRET)
    assert process.stdout is not None
    line = await asyncio.to_thread(process.stdout.readline)
    assert line == f"commands are offered at {BOT}\n"
    return process


async def test_what_there_is(server: EmbeddedServer, kitchen: object, run_example: Run) -> None:
    arguments = ["run_command.py", "alice@localhost", BOT, *way(server)]
    output = await asyncio.to_thread(run_example, *arguments, variables=SECRET)
    assert output.splitlines() == ["tea: Make tea", "uptime: How long have you been there?"]
    arguments[1] = "bob@localhost"
    output = await asyncio.to_thread(run_example, *arguments, variables=SECRET)
    assert output.splitlines() == ["uptime: How long have you been there?"]


async def test_tea(server: EmbeddedServer, kitchen: object, run_example: Run) -> None:
    arguments = ["run_command.py", "alice@localhost", BOT, "tea", "kind=green", "cups=2", "sugar=1", *way(server)]
    output = await asyncio.to_thread(run_example, *arguments, variables=SECRET)
    assert "2 cups of green tea\n" in output
    assert output.splitlines()[-1] == "info: 2 cups of green tea with sugar for alice@localhost"


async def test_a_result(server: EmbeddedServer, kitchen: object, run_example: Run) -> None:
    arguments = ["run_command.py", "bob@localhost", BOT, "uptime", *way(server)]
    output = await asyncio.to_thread(run_example, *arguments, variables=SECRET)
    assert output.splitlines()[0] == "Uptime"
    assert output.splitlines()[1].startswith("  Seconds: ")


@pytest.mark.parametrize(
    ("who", "answers", "fault"),
    [("bob", ["kind=green"], "forbidden"), ("alice", [], "kind"), ("alice", ["kind=blue"], "kind")],
)
async def test_what_cannot_be_done(
    server: EmbeddedServer, kitchen: object, fail_example: Fail, who: str, answers: list[str], fault: str
) -> None:
    arguments = ["run_command.py", f"{who}@localhost", BOT, "tea", *answers, *way(server)]
    result = await asyncio.to_thread(fail_example, *arguments, variables=SECRET)
    assert fault in result.stderr
