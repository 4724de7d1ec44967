# SPDX-License-Identifier: MIT
"""PyXMPP2's interface against real servers and the embedded one, on every main loop: the five examples, in this
process."""

from __future__ import annotations

import asyncio
import select
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from servers.base import Server
from servers.embedded import Xmppkit
from sessions import TIMEOUT, available, example, make_client, new_account, seen

from xmppkit.pyxmpp2 import client as client_module
from xmppkit.pyxmpp2.client import Client
from xmppkit.pyxmpp2.exceptions import SASLAuthenticationFailed, TLSError
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.mainloop.asyncio import AsyncioMainLoop
from xmppkit.pyxmpp2.mainloop.epoll import EpollMainLoop
from xmppkit.pyxmpp2.mainloop.external import ExternalMainLoop
from xmppkit.pyxmpp2.mainloop.poll import PollMainLoop
from xmppkit.pyxmpp2.mainloop.select import SelectMainLoop
from xmppkit.pyxmpp2.mainloop.threads import ThreadPool
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.simple import send_message


class CallerOwned(ExternalMainLoop):
    """A loop that the program owns: `loop` is what a program would write."""

    def loop(self, timeout: float | None = None) -> None:
        end = time.monotonic() + (TIMEOUT if timeout is None else timeout)
        while not self.finished and (left := end - time.monotonic()) > 0:
            readable, writable = self.descriptors()
            readable, writable, _ = select.select(readable, writable, [], min(left, self.time_left()))
            self.attend(readable, writable)


LOOPS: list[type[Any]] = [SelectMainLoop, PollMainLoop, EpollMainLoop, ThreadPool, AsyncioMainLoop, CallerOwned]
TEXT = "Voilà: <ünïcödé> & 🎉"


@pytest.fixture(scope="module")
def embedded() -> Iterator[Any]:
    server = Xmppkit()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module", params=["prosody", "ejabberd", "embedded"])
def server(request: pytest.FixtureRequest) -> Any:
    """Each server in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture(params=LOOPS)
def loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> type[Any]:
    """The loop that clients have which ask for none."""
    kind: type[Any] = request.param
    monkeypatch.setattr(client_module, "main_loop_factory", kind)
    return kind


def place(server: Server) -> dict[str, Any]:
    return {"server": server.host, "c2s_port": server.port, "tls_cacert_file": str(server.ca_file)}


def options(server: Server, password: str) -> list[str]:
    where = ["--server", server.host, "--c2s-port", str(server.port), "--tls-cacert-file", str(server.ca_file)]
    return [*where, "--password", password]


async def run(server: Server, name: str, *arguments: str, password: str) -> int:
    """Run an example to its end, in a thread of its own; its status."""
    main: Callable[[list[str]], int] = example(f"pyxmpp2/{name}").main
    async with asyncio.timeout(TIMEOUT):
        return await asyncio.to_thread(main, [*options(server, password), *arguments])


@asynccontextmanager
async def running_bot(server: Server) -> AsyncIterator[str]:
    """The echo bot, logged in to an account of its own; its address."""
    name = await new_account(server)
    settings = XMPPSettings({**place(server), "password": server.users[name], "software_name": "Echo Bot"})
    bot = example("pyxmpp2/echobot").EchoBot(JID(f"{name}@{server.domain}/bot"), settings)
    work = asyncio.create_task(asyncio.to_thread(bot.run))
    async with asyncio.timeout(TIMEOUT):
        while bot.client.roster is None and not work.done():  # noqa: ASYNC110  # it reports to nobody here
            await asyncio.sleep(0.02)
    try:
        yield f"{name}@{server.domain}/bot"
    finally:
        if not work.done():
            bot.client.main_loop.delayed_call(0, bot.client.disconnect)
        await asyncio.wait_for(work, TIMEOUT)


@pytest.mark.usefixtures("loop")
async def test_the_echo_bot(server: Server) -> None:
    async with asyncio.timeout(TIMEOUT), running_bot(server) as bot, make_client(server) as alice:
        await alice.get_roster()
        await available(alice)
        answers = seen(alice, "message", of=lambda message: message["from"] == bot)
        for text in (TEXT, "x" * 20_000):
            alice.send_message(bot, text, mtype="chat")
            assert (await answers.get())["body"] == text
        accepted = seen(alice, "presence_subscribed")
        asked = seen(alice, "presence_subscribe")
        alice.send_presence_subscription(bare(bot))
        assert (await accepted.get())["from"].bare == bare(bot)
        assert (await asked.get())["from"].bare == bare(bot)


def bare(address: str) -> str:
    """The account of a full address."""
    return address.partition("/")[0]


@pytest.mark.usefixtures("loop")
@pytest.mark.parametrize("name", ["simple_send_message", "send_message_client"])
async def test_sending_a_message(server: Server, name: str) -> None:
    sender = await new_account(server)
    async with asyncio.timeout(TIMEOUT), make_client(server) as alice:
        source, target = f"{sender}@{server.domain}", f"alice@{server.domain}"
        answers = seen(alice, "message", of=lambda message: message["from"].bare == source)
        await available(alice)
        assert await run(server, name, source, target, TEXT, password=server.users[sender]) == 0
        message = await answers.get()
        assert (message["body"], message["from"].bare) == (TEXT, source)


@pytest.mark.usefixtures("loop")
async def test_asking_for_the_version(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    asker = await new_account(server)
    source = f"{asker}@{server.domain}"
    assert await run(server, "check_version", source, password=server.users[asker]) == 0
    assert type(server).__name__.lower() in capsys.readouterr().out.lower()
    async with running_bot(server) as bot:
        assert await run(server, "check_version", source, bot, password=server.users[asker]) == 0
    assert "Name: Echo Bot" in capsys.readouterr().out


@pytest.mark.usefixtures("loop")
async def test_the_roster(server: Server, capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    name = await new_account(server)
    contact = f"{await new_account(server)}@{server.domain}"
    cache = ["--roster-cache", str(tmp_path / "roster.xml"), f"{name}@{server.domain}"]

    async def roster(*arguments: str) -> str:
        assert await run(server, "roster", *cache, *arguments, password=server.users[name]) == 0
        return capsys.readouterr().out

    assert "0 contacts" in await roster("show")
    await roster("add", contact, "--name", "C.", "--group", "G", "--subscribe")
    assert f"{contact}: C., subscription: none, groups: G, asked" in await roster("show", "--presence")
    await roster("update", contact, "--name", "D.")
    assert f"{contact}: D., subscription: none, groups: G" in await roster("show")
    await roster("remove", contact)
    assert "0 contacts" in await roster("show")


@pytest.mark.usefixtures("loop")
async def test_a_wrong_password(server: Server) -> None:
    settings = XMPPSettings({**place(server), "password": "wrong-password"})

    def program() -> None:
        client = Client(JID(f"alice@{server.domain}"), [], settings)
        client.connect()
        client.run(TIMEOUT)

    with pytest.raises(SASLAuthenticationFailed) as caught:
        await asyncio.to_thread(program)
    assert caught.value.condition == "not-authorized"
    assert "wrong-password" not in str(caught.value)


async def test_certificates_are_checked(server: Server) -> None:
    where = {**place(server), "tls_cacert_file": None}
    to = f"bob@{server.domain}"
    with pytest.raises(TLSError):
        await asyncio.to_thread(send_message, f"alice@{server.domain}", server.users["alice"], to, TEXT, **where)
