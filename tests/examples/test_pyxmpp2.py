# SPDX-License-Identifier: MIT
"""The examples with PyXMPP2's interface, as programs of their own; also with PyXMPP2's own imports."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from xmppkit import JID, ClientXMPP, Presence
from xmppkit.server import EmbeddedServer

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "pyxmpp2"
SECRETS = {"XMPP_PASSWORD": "correct horse"}
#: Seconds for any one step.
PATIENCE = 60.0

Run = Callable[..., str]
Start = Callable[..., "subprocess.Popen[str]"]
Fail = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    users = {"alice": "wonderland", "bot": "correct horse"}
    async with EmbeddedServer(domain="localhost", users=users) as server:
        yield server


@pytest.fixture
async def alice(server: EmbeddedServer) -> AsyncIterator[ClientXMPP]:
    alice = ClientXMPP("alice@localhost/test", "wonderland")
    alice.ca_certs = server.ca_file
    alice.custom_address = (server.host, server.port)
    alice.register_plugin("xep_0092")
    async with asyncio.timeout(PATIENCE), alice:
        alice.send_presence()
        await alice.get_roster()
        yield alice


def place(server: EmbeddedServer) -> list[str]:
    """The options that lead to the server."""
    return ["--server", server.host, "--c2s-port", str(server.port), "--tls-cacert-file", str(server.ca_file)]


@pytest.fixture(params=["xmppkit.pyxmpp2", "pyxmpp2"])
def programs(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """What comes before the name of an example: nothing, or what has it run as it was written for PyXMPP2."""
    if request.param == "xmppkit.pyxmpp2":
        return []
    for example in EXAMPLES.glob("*.py"):
        text = example.read_text(encoding="utf-8").replace("from xmppkit.pyxmpp2", "from pyxmpp2")
        (tmp_path / example.name).write_text(text, encoding="utf-8")
    return [str(tmp_path)]


def command(programs: list[str], name: str, *arguments: str) -> list[str]:
    if not programs:
        return [sys.executable, str(EXAMPLES / name), *arguments]
    return [sys.executable, "-m", "xmppkit", "run", "--as", "pyxmpp2", f"{programs[0]}/{name}", *arguments]


async def next_line(process: asyncio.subprocess.Process, wanted: str) -> str:
    """The next line that the program prints with `wanted` in it."""
    assert process.stdout is not None
    while True:
        line = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode()
        assert line, f"it ended before it said {wanted!r}"
        if wanted in line:
            return line


async def start(programs: list[str], name: str, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command(programs, name, *arguments),
        env={"PYTHONUNBUFFERED": "1", **SECRETS},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


async def finish(process: asyncio.subprocess.Process, *, interrupt: bool = False) -> tuple[int | None, str]:
    """Wait for its end; its status, and what it has printed."""
    if interrupt:
        process.send_signal(signal.SIGINT)
    output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    text = output.decode()
    assert "Traceback" not in text, text
    return process.returncode, text


async def run(programs: list[str], name: str, *arguments: str) -> tuple[int | None, str]:
    return await finish(await start(programs, name, *arguments))


@pytest.mark.parametrize("name", ["simple_send_message.py", "send_message_client.py"])
async def test_sending_a_message(server: EmbeddedServer, alice: ClientXMPP, programs: list[str], name: str) -> None:
    text = "Voilà: <ünïcödé> & 🎉"
    answer = asyncio.ensure_future(alice.wait_until("message", PATIENCE))
    status, output = await run(programs, name, *place(server), "bot@localhost", "alice@localhost", text)
    assert status == 0, output
    message = await answer
    assert (message["body"], message["from"].bare) == (text, "bot@localhost")
    assert ("Authorized: bot@localhost/" in output) is (name == "send_message_client.py")
    assert server.sessions == [alice.boundjid]


async def test_the_echo_bot(server: EmbeddedServer, alice: ClientXMPP, programs: list[str]) -> None:
    process = await start(programs, "echobot.py", *place(server), "bot@localhost", "--trace")
    await next_line(process, "Roster received")
    for mtype in ("chat", "normal"):
        answer = asyncio.ensure_future(alice.wait_until("message", PATIENCE))
        await asyncio.sleep(0)
        alice.send_message("bot@localhost", "hello", msubject="greeting", mtype=mtype)
        message = await answer
        assert (message["body"], message["subject"], message["type"]) == ("hello", "Re: greeting", mtype)

    accepted = asyncio.ensure_future(alice.wait_until("presence_subscribed", PATIENCE))
    asked = asyncio.ensure_future(alice.wait_until("presence_subscribe", PATIENCE))
    there: asyncio.Future[JID] = asyncio.get_running_loop().create_future()

    @alice.on("presence_available")
    def available(presence: Presence) -> None:
        if presence["from"].bare == "bot@localhost" and not there.done():
            there.set_result(presence["from"])

    await asyncio.sleep(0)
    alice.send_presence_subscription("bot@localhost")
    await accepted
    await asked
    bot = await there

    answer = await alice["xep_0092"].get_version(bot)
    assert answer["software_version"]["name"] == "Echo Bot"
    status, output = await finish(process, interrupt=True)
    assert status == 0, output
    assert "IN: " in output
    assert "correct horse" not in output
    assert server.sessions == [alice.boundjid]


async def test_asking_for_the_version(server: EmbeddedServer, alice: ClientXMPP, programs: list[str]) -> None:
    status, output = await run(programs, "check_version.py", *place(server), "bot@localhost", str(alice.boundjid))
    assert status == 0, output
    assert "Name: " in output
    status, output = await run(programs, "check_version.py", *place(server), "bot@localhost", "alice@localhost/gone")
    assert (status, output[:27]) == (1, "error: service-unavailable:")


async def test_the_roster(server: EmbeddedServer, tmp_path: Path, programs: list[str]) -> None:
    cache = tmp_path / "roster.xml"

    async def roster(*arguments: str) -> str:
        where = [*place(server), "--roster-cache", str(cache)]
        status, output = await run(programs, "roster.py", *where, "bot@localhost", *arguments)
        assert status == 0, output
        return output

    async def refused(*arguments: str) -> str:
        status, output = await run(programs, "roster.py", *place(server), "bot@localhost", *arguments)
        assert status == 1, output
        return output

    assert "0 contacts" in await roster("show")
    assert "done" in await roster("add", "alice@localhost", "--name", "Alice", "--group", "Friends", "--subscribe")
    output = await roster("show", "--presence")
    assert "alice@localhost: Alice, subscription: none, groups: Friends, asked" in output
    assert 'name="Alice"' in cache.read_text()
    assert "done" in await roster("update", "alice@localhost", "--name", "A.")
    assert "alice@localhost: A., subscription: none, groups: Friends" in await roster("show")
    assert "in the roster already" in await refused("add", "alice@localhost")
    assert "nothing to change" in await refused("update", "alice@localhost")
    assert "not in the roster" in await refused("update", "nobody@localhost", "--name", "N.")

    monitor = await start(programs, "roster.py", *place(server), "bot@localhost", "monitor")
    await next_line(monitor, "monitoring")
    await roster("add", "carol@localhost")
    assert await next_line(monitor, "carol") == "new: carol@localhost: (no name), subscription: none\n"
    await roster("remove", "carol@localhost")
    assert await next_line(monitor, "carol") == "carol@localhost: removed\n"
    assert await finish(monitor, interrupt=True) == (0, "")


EVERY = {
    "simple_send_message.py": ("bot@localhost", "alice@localhost", "x"),
    "send_message_client.py": ("bot@localhost", "alice@localhost", "x"),
    "echobot.py": ("bot@localhost",),
    "check_version.py": ("bot@localhost",),
    "roster.py": ("bot@localhost", "show"),
}


@pytest.mark.parametrize("name", EVERY)
async def test_a_wrong_password(server: EmbeddedServer, fail_example: Fail, name: str) -> None:
    result = await asyncio.to_thread(
        fail_example, f"pyxmpp2/{name}", *place(server), *EVERY[name], variables={"XMPP_PASSWORD": "battery"}
    )
    assert "not-authorized" in result.stderr
    assert "battery" not in result.stdout + result.stderr


@pytest.mark.parametrize("name", EVERY)
async def test_an_authority_that_did_not_sign(server: EmbeddedServer, fail_example: Fail, name: str) -> None:
    result = await asyncio.to_thread(
        fail_example, f"pyxmpp2/{name}", *place(server)[:4], *EVERY[name], variables=SECRETS
    )
    assert "trusted" in result.stderr


@pytest.mark.parametrize("name", EVERY)
def test_a_malformed_address(fail_example: Fail, name: str) -> None:
    first, *others = EVERY[name]
    result = fail_example(f"pyxmpp2/{name}", f"{first} x", *others, variables=SECRETS)
    assert "is no domain part of an address" in result.stderr
