# SPDX-License-Identifier: MIT
"""Messages at real servers: the echo bot and the echo component of examples/, in process and as programs."""

from __future__ import annotations

import asyncio
import re
import signal
from functools import partial

import pytest
from servers.base import Server
from servers.process import wait_until
from sessions import TIMEOUT, at, available, example, failure, make_client, program, seen, settled

from xmppkit import ClientXMPP
from xmppkit.exceptions import AuthenticationFailed, IqError

TEXTS = (
    "hello",
    "grüß dich, 世界 🐝 \N{ZERO WIDTH JOINER}a\N{COMBINING ACUTE ACCENT} \N{RIGHT-TO-LEFT MARK}שלום",
    "<b>&amp; \"quoted\" 'too' ]]> <![CDATA[",
    "lines\nand\ttabs\n\n at the end \n",
    "\U0010fffd\ue000\ufffd",
)

#: Words that each server has in its log when it has accepted a component.
ACCEPTED = re.compile("External component successfully authenticated|Accepted external component handshake")


async def echo(client: ClientXMPP, to: str, text: str) -> str:
    """What `to` answers to `text`."""
    answers = seen(client, "message", of=lambda message: message["from"].bare == to)
    client.send_message(to, text, mtype="chat")
    answer = await answers.get()
    assert answer["type"] == "chat"
    body: str = answer["body"]
    return body


async def reached(client: ClientXMPP, component: str) -> None:
    """Ask until there is a way to a component that has been accepted."""
    while True:
        try:
            await client.make_iq_get("urn:never", ito=component).send()
        except IqError as error:
            if error.condition != "remote-server-not-found":
                return


async def end_like_a_user(process: asyncio.subprocess.Process) -> str:
    """Ctrl-C; what the program has printed. It must end well."""
    process.send_signal(signal.SIGINT)
    output, _ = await process.communicate()
    text = output.decode()
    assert process.returncode == 0, text
    assert "Traceback" not in text
    assert "ERROR" not in text
    return text


# --- the bot --------------------------------------------------------------------------------------------


async def test_the_echo_bot(server: Server) -> None:
    bot = at(server, example("echo_bot").EchoBot(f"bot@{server.domain}", server.users["bot"]))
    there = seen(bot, "roster_update")
    async with asyncio.timeout(TIMEOUT), bot, make_client(server) as alice:
        await there.get()
        for text in TEXTS:
            assert await echo(alice, bot.boundjid.bare, text) == text


async def test_the_echo_bot_leaves_other_messages_alone(server: Server) -> None:
    """Headlines and errors are not echoed: two bots would talk for ever."""
    bot = at(server, example("echo_bot").EchoBot(f"bot@{server.domain}", server.users["bot"]))
    there = seen(bot, "roster_update")
    async with asyncio.timeout(TIMEOUT), bot, make_client(server) as alice:
        await there.get()
        await available(alice)
        answers = seen(alice, "message", of=lambda message: message["from"] == bot.boundjid)
        for kind in ("headline", "error", "normal", "chat"):
            alice.send_message(bot.boundjid, kind, mtype=kind)
        assert [(await answers.get())["body"] for _ in range(2)] == ["normal", "chat"]
        assert answers.empty()


async def test_the_echo_bot_as_program(server: Server) -> None:
    jid = f"bot@{server.domain}"
    # Another resource of the same account is told when the bot is there.
    watcher = make_client(server, "bot", resource="watcher")
    there = seen(watcher, "presence_available", of=lambda presence: presence["from"].resource != "watcher")
    async with asyncio.timeout(TIMEOUT), watcher, make_client(server) as alice:
        await available(watcher, ppriority=-1)
        place = ("--host", server.host, "--port", server.port, "--ca-file", server.ca_file)
        async with program("echo_bot", jid, *place, XMPP_PASSWORD=server.users["bot"]) as process:
            bot = (await there.get())["from"]
            gone = seen(watcher, "presence_unavailable", of=lambda presence: presence["from"] == bot)
            for text in TEXTS:
                assert await echo(alice, jid, text) == text
            text = await end_like_a_user(process)
        assert server.users["bot"] not in text
        # It has closed its stream in order: the server has told that it left.
        await gone.get()


@pytest.mark.parametrize("name", ["bot", "nobody"])
async def test_the_program_says_what_is_wrong(server: Server, name: str) -> None:
    jid = f"{name}@{server.domain}"
    place = ("--host", server.host, "--port", server.port, "--ca-file", server.ca_file)
    async with asyncio.timeout(TIMEOUT), program("echo_bot", jid, *place, XMPP_PASSWORD="wrong-password") as process:
        output, _ = await process.communicate()
    text = output.decode()
    assert process.returncode == 1, text
    last = text.splitlines()[-1]
    assert last.startswith(f"error: {server.domain}: the server refused the login of {name!r}")
    assert last.endswith("(check the JID and the password)")
    assert "Traceback" not in text
    assert "wrong-password" not in text


# --- the component --------------------------------------------------------------------------------------


async def test_the_echo_component(server: Server) -> None:
    component = example("echo_component").EchoComponent(
        server.component_domain, server.component_secret, server.host, server.component_port
    )
    async with asyncio.timeout(TIMEOUT), component, make_client(server) as alice:
        await settled(server, component)
        for to in (server.component_domain, f"anybody@{server.component_domain}"):
            for text in TEXTS:
                assert await echo(alice, to, text) == text
        answers = seen(alice, "message")
        alice.send_message(f"some@{server.component_domain}/where", "exactly")
        assert (await answers.get())["from"] == f"some@{server.component_domain}/where"


async def test_the_echo_component_as_program(server: Server) -> None:
    place = ("--host", server.host, "--port", server.component_port)
    async with asyncio.timeout(TIMEOUT), make_client(server) as alice:
        secret, before = server.component_secret, len(ACCEPTED.findall(server.log()))
        async with program("echo_component", server.component_domain, *place, XMPP_SECRET=secret) as process:
            accepted = partial(wait_until, lambda: len(ACCEPTED.findall(server.log())) > before, TIMEOUT)
            assert await asyncio.to_thread(accepted)
            await reached(alice, server.component_domain)
            for text in TEXTS:
                assert await echo(alice, server.component_domain, text) == text
            await end_like_a_user(process)


async def test_a_bot_with_the_wrong_password(server: Server) -> None:
    bot = at(server, example("echo_bot").EchoBot(f"bot@{server.domain}", "wrong"))
    assert isinstance(await failure(bot), AuthenticationFailed)


# --- size and order -------------------------------------------------------------------------------------


async def test_a_long_message(server: Server) -> None:
    """100 KB, with characters of one to four bytes and such as are escaped."""
    text = "<grüße & 世界 🐝>" * 4500
    assert len(text.encode()) > 100_000
    bot = at(server, example("echo_bot").EchoBot(f"bot@{server.domain}", server.users["bot"]))
    there = seen(bot, "roster_update")
    async with asyncio.timeout(TIMEOUT), bot, make_client(server) as alice:
        await there.get()
        assert await echo(alice, bot.boundjid.bare, text) == text


async def test_many_messages_both_ways_at_once_keep_their_order(server: Server) -> None:
    texts = [f"{number} ü" for number in range(200)]
    async with asyncio.timeout(TIMEOUT), make_client(server) as alice, make_client(server, "bob") as bob:
        to_alice, to_bob = seen(alice, "message"), seen(bob, "message")
        for text in texts:
            alice.send_message(bob.boundjid, f"a{text}", mtype="chat")
            bob.send_message(alice.boundjid, f"b{text}", mtype="chat")
        assert [(await to_bob.get())["body"] for _ in texts] == [f"a{text}" for text in texts]
        assert [(await to_alice.get())["body"] for _ in texts] == [f"b{text}" for text in texts]
        assert to_alice.empty()
        assert to_bob.empty()


async def test_many_messages_to_a_component_keep_their_order(server: Server) -> None:
    texts = [str(number) for number in range(200)]
    component = example("echo_component").EchoComponent(
        server.component_domain, server.component_secret, server.host, server.component_port
    )
    async with asyncio.timeout(TIMEOUT), component, make_client(server) as alice:
        await settled(server, component)
        answers = seen(alice, "message")
        for text in texts:
            alice.send_message(server.component_domain, text, mtype="chat")
        assert [(await answers.get())["body"] for _ in texts] == texts
