# SPDX-License-Identifier: MIT
"""The echo bot and the echo component, as programs of their own, with a server and a user in the test."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
from collections.abc import AsyncIterator, Callable

import pytest

from xmppkit import ClientXMPP
from xmppkit.server import EmbeddedServer

BOT, COMPONENT = "echo_bot.py", "echo_component.py"
#: Seconds for any one step.
PATIENCE = 60.0

Start = Callable[..., "subprocess.Popen[str]"]
Fail = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    users = {"alice": "wonderland", "bot": "correct horse"}
    async with EmbeddedServer(domain="localhost", users=users, components={"echo.localhost": "staple"}) as server:
        yield server


@pytest.fixture
async def alice(server: EmbeddedServer) -> AsyncIterator[ClientXMPP]:
    alice = ClientXMPP("alice@localhost/test", "wonderland")
    alice.ca_certs = server.ca_file
    alice.custom_address = (server.host, server.port)
    async with asyncio.timeout(PATIENCE), alice:
        alice.send_presence()
        yield alice


def example(server: EmbeddedServer, name: str) -> list[str]:
    """The command line of an example that knows its way to the server."""
    if name == BOT:
        ca_file = str(server.ca_file)
        return [name, "bot@localhost", "--host", server.host, "--port", str(server.port), "--ca-file", ca_file]
    return [name, "echo.localhost", "--host", server.host, "--port", str(server.component_port)]


def secret(name: str, right: bool = True) -> dict[str, str]:
    if name == BOT:
        return {"XMPP_PASSWORD": "correct horse" if right else "battery"}
    return {"XMPP_SECRET": "staple" if right else "battery"}


#: What asyncio says in Python's development mode of a machine that is busy.
SLOW = re.compile(r"^.*Executing <.*> took [0-9.]+ seconds$\n?", re.MULTILINE)


async def line_of(process: subprocess.Popen[str]) -> str:
    """The next line that the program prints."""
    assert process.stdout is not None
    line = await asyncio.wait_for(asyncio.to_thread(process.stdout.readline), PATIENCE)
    return await line_of(process) if SLOW.fullmatch(line) else line


async def interrupt(process: subprocess.Popen[str]) -> str:
    """Press Ctrl-C, and wait for the end; what was printed after."""
    process.send_signal(signal.SIGINT)
    output, _ = await asyncio.to_thread(process.communicate, timeout=PATIENCE)
    return SLOW.sub("", output)


@pytest.mark.parametrize(
    ("name", "address"), [(BOT, "bot@localhost"), (COMPONENT, "echo.localhost"), (COMPONENT, "anybody@echo.localhost")]
)
async def test_a_user_writes_and_is_answered(
    server: EmbeddedServer, alice: ClientXMPP, start_example: Start, name: str, address: str
) -> None:
    process = start_example(*example(server, name), variables=secret(name))
    assert "online as" in await line_of(process)
    for text in ("hello", "Voilà: <ünïcödé> & 🎉"):
        answer = asyncio.ensure_future(alice.wait_until("message", PATIENCE))
        await asyncio.sleep(0)
        alice.send_message(address, text, mtype="chat")
        message = await answer
        assert message["body"] == text
        assert message["type"] == "chat"
        assert message["from"].bare == address
    assert await interrupt(process) == "", "it ends without a word"
    assert process.returncode == 0


async def test_ctrl_c_takes_leave_of_the_server(server: EmbeddedServer, start_example: Start) -> None:
    process = start_example(*example(server, BOT), variables=secret(BOT))
    await line_of(process)
    assert [jid.bare for jid in server.sessions] == ["bot@localhost"]
    await interrupt(process)
    assert server.sessions == []


async def test_ctrl_c_while_it_waits_for_a_server_that_is_not_there(unused_tcp_port: int, start_example: Start) -> None:
    port = str(unused_tcp_port)
    process = start_example(BOT, "bot@localhost", "--host", "127.0.0.1", "--port", port, variables=secret(BOT))
    assert f"127.0.0.1:{port}: nothing listens" in await line_of(process)
    assert await interrupt(process) == ""
    assert process.returncode == 0


async def test_it_comes_back_when_the_server_restarts(
    server: EmbeddedServer, alice: ClientXMPP, start_example: Start
) -> None:
    alice.auto_reconnect = False
    process = start_example(*example(server, BOT), variables=secret(BOT))
    assert "online as" in await line_of(process)
    await server.restart()
    assert "system-shutdown" in await line_of(process)
    while "online as" not in (line := await line_of(process)):
        assert line
    assert [jid.bare for jid in server.sessions] == ["bot@localhost"]
    await interrupt(process)


@pytest.mark.parametrize("name", [BOT, COMPONENT])
async def test_a_wrong_password(server: EmbeddedServer, fail_example: Fail, name: str) -> None:
    result = await asyncio.to_thread(fail_example, *example(server, name), variables=secret(name, right=False))
    assert "not-authorized" in result.stderr
    assert "check the JID and the password" in result.stderr
    assert "battery" not in result.stdout + result.stderr


@pytest.mark.parametrize(("name", "jid"), [(BOT, "bot@local host"), (COMPONENT, "echo local")])
def test_a_malformed_address(fail_example: Fail, name: str, jid: str) -> None:
    assert "is no domain part of an address" in fail_example(name, jid, variables=secret(name)).stderr


async def test_an_authority_that_did_not_sign(server: EmbeddedServer, fail_example: Fail) -> None:
    command = example(server, BOT)[:-2]
    assert "not trusted" in (await asyncio.to_thread(fail_example, *command, variables=secret(BOT))).stderr


async def test_an_authority_that_is_not_there(server: EmbeddedServer, fail_example: Fail) -> None:
    command = [*example(server, BOT)[:-1], "/nowhere/ca.pem"]
    stderr = (await asyncio.to_thread(fail_example, *command, variables=secret(BOT))).stderr
    assert "/nowhere/ca.pem" in stderr
