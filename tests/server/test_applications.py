# SPDX-License-Identifier: MIT
"""The embedded server and what it is for: `ClientXMPP` and `ComponentXMPP`, over TLS, as programs use them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.server import EmbeddedServer

PATIENCE = 60.0
USERS = {"alice": "wonderland", "bob": "builder"}


class Inbox:
    """Events of a stream, one after the other."""

    def __init__(self, stream: Any, *names: str) -> None:
        self._queue: asyncio.Queue[Any] = asyncio.Queue()
        for name in names:
            stream.add_event_handler(name, self._queue.put_nowait)

    async def next(self) -> Any:
        return await asyncio.wait_for(self._queue.get(), PATIENCE)


Start = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
async def server(certificates: Path) -> AsyncIterator[EmbeddedServer]:
    components = {"echo.localhost": "secret"}
    async with EmbeddedServer(users=USERS, components=components, directory=certificates) as server:
        yield server


@pytest.fixture
async def start(server: EmbeddedServer) -> AsyncIterator[Start]:
    """Start a client or a component, and wait for its session."""
    streams: list[Any] = []

    async def start(stream: Any, at: EmbeddedServer | None = None) -> Any:
        at = at or server
        began = Inbox(stream, "session_start")
        if isinstance(stream, ComponentXMPP):
            stream.connect(at.host, at.component_port)
        else:
            stream.ca_certs = at.ca_file
            stream.connect(at.host, at.port)
        streams.append(stream)
        await began.next()
        return stream

    yield start
    for stream in streams:
        await stream.disconnect()


def client(name: str, domain: str = "localhost") -> ClientXMPP:
    return ClientXMPP(f"{name}@{domain}/{name}", USERS[name])


async def test_two_clients_subscribe_to_each_other_and_part(start: Start) -> None:
    alice, bob = await start(client("alice")), await start(client("bob"))
    assert alice.tls_info.version == "TLSv1.3"
    assert alice.mechanism.startswith("SCRAM-SHA-")
    online, offline = Inbox(alice, "got_online"), Inbox(alice, "got_offline")
    gone = Inbox(alice, "presence_unsubscribed")
    for each in (alice, bob):
        await each.get_roster()
        each.send_presence()
    while (await online.next())["from"].bare != "bob@localhost":
        alice.send_presence_subscription("bob@localhost")  # granted, and asked for in turn, by default
    for _ in range(3):
        await alice.get_roster()
        await bob.get_roster()
    assert alice.client_roster["bob@localhost"]["subscription"] == "both"
    assert bob.client_roster["alice@localhost"]["subscription"] == "both"
    assert list(alice.client_roster["bob@localhost"].resources) == ["bob"]
    await alice.update_roster("bob@localhost", name="Bob", groups=["Friends"])
    await alice.get_roster()
    assert alice.client_roster["bob@localhost"]["name"] == "Bob"
    bob.del_roster_item("alice@localhost")
    await gone.next()
    assert (await offline.next())["from"] == "bob@localhost/bob"
    await alice.get_roster()
    assert alice.client_roster["bob@localhost"]["subscription"] == "none"


async def test_messages_wait_and_say_since_when(start: Start) -> None:
    alice, bob = await start(client("alice")), client("bob")
    alice.send_message("bob@localhost", "see you", mtype="chat")
    await alice.get_roster()  # whose answer comes when the message has been handled
    inbox = Inbox(bob, "message")
    await start(bob)
    bob.send_presence()
    message = await inbox.next()
    assert (message["from"], message["body"]) == ("alice@localhost/alice", "see you")
    assert message.xml.find("{urn:xmpp:delay}delay").get("from") == "localhost"


async def test_a_component_answers(start: Start) -> None:
    echo = ComponentXMPP("echo.localhost", "secret")
    echo.add_event_handler("message", lambda message: message.reply(message["body"]).send())
    await start(echo)
    alice = await start(client("alice"))
    inbox = Inbox(alice, "message")
    alice.send_message("anybody@echo.localhost/desk", "Voilà: <ünïcödé> & 🎉")
    answer = await inbox.next()
    assert (answer["from"], answer["body"]) == ("anybody@echo.localhost/desk", "Voilà: <ünïcödé> & 🎉")


async def test_a_component_and_a_client_subscribe(start: Start) -> None:
    echo = await start(ComponentXMPP("echo.localhost", "secret"))
    echo.auto_authorize = True
    alice = await start(client("alice"))
    asked, seen = Inbox(echo, "presence_subscribe"), Inbox(echo, "presence_available")
    alice.send_presence()
    await alice.get_roster()
    alice.send_presence_subscription("news@echo.localhost")
    request = await asked.next()
    assert (request["from"], request["to"]) == ("alice@localhost", "news@echo.localhost")
    assert (await seen.next())["from"] == "alice@localhost/alice"  # the component has asked for it in turn


async def test_the_server_restarts(server: EmbeddedServer, start: Start) -> None:
    alice = client("alice")
    ended = Inbox(alice, "disconnected")
    await start(alice)
    await server.restart()
    assert "system-shutdown" in str(await ended.next())
    assert (await start(client("alice"))).boundjid == "alice@localhost/alice"


async def test_two_servers_in_one_loop(server: EmbeddedServer, start: Start) -> None:
    async with EmbeddedServer("example.test", USERS) as other:
        here, there = await start(client("alice")), await start(client("alice", "example.test"), other)
        assert server.sessions == [here.boundjid]
        assert other.sessions == [there.boundjid]
        inbox = Inbox(here, "message_error")
        here.send_message("alice@example.test", "are you there?")
        assert (await inbox.next())["error"]["condition"] == "remote-server-not-found"
        await there.disconnect()
