# SPDX-License-Identifier: MIT
"""Logins by SASL2 (XEP-0388) with Bind 2 (XEP-0386) and tokens (XEP-0484), and at a server that has none of them.

Prosody has them, with modules of the tests (`servers/prosody_modules`) for what its own expect and 0.12 does not have;
the embedded server has them; ejabberd 23.01 has none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import _serve
from servers.base import Server
from servers.logins import ProsodyForResuming
from sessions import TIMEOUT, make_client, new_account, seen

from xmppkit import ClientXMPP
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.state import Fact
from xmppkit.server import EmbeddedServer

#: How often the clients of a test have sent something over TLS before their session, for each connection.
Trips = list[int]


@pytest.fixture(scope="module")
def prosody_for_resuming(tmp_path_factory: pytest.TempPathFactory, authority: Path) -> Iterator[Server]:
    """Another Prosody, whose sessions go on along with the login."""
    yield from _serve(ProsodyForResuming, tmp_path_factory, authority)


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> Trips:
    """What is sent without waiting for the server between is one of them."""
    counted: Trips = []

    class Counting(ClientStream):
        heard = False

        def open(self, **options: Any) -> None:
            counted.append(0)
            super().open(**options)

        def receive_data(self, data: bytes) -> None:
            self.heard = True
            super().receive_data(data)

        def data_to_send(self) -> bytes:
            before = self.secure and Fact.BOUND not in self.facts
            data = super().data_to_send()
            if data and before and self.heard:
                self.heard = False
                counted[-1] += 1
            return data

    monkeypatch.setattr("xmppkit.clientxmpp.ClientStream", Counting)
    return counted


def equipped(client: ClientXMPP, *more: str) -> ClientXMPP:
    """With all that is negotiated along with the login."""
    for name in ("xep_0386", "xep_0484", "xep_0280", *more):
        client.register_plugin(name)
    return client


async def in_session(client: ClientXMPP) -> None:
    """The server takes and answers what the client sends."""
    await client.plugin["xep_0030"].get_info(jid=client.boundjid.domain)


async def test_the_next_login_is_with_a_token(prosody: Server, trips: Trips) -> None:
    client = equipped(make_client(prosody, await new_account(prosody)))
    async with asyncio.timeout(TIMEOUT):
        async with client:
            assert {"sasl2", "bind", "mechanisms"} <= client.features
            assert str(client.mechanism).startswith("SCRAM-SHA-256")
            await in_session(client)
        for _ in range(2):
            async with client:
                assert str(client.mechanism).startswith("HT-SHA-256-")
                await in_session(client)
    assert trips == [3, 1, 1]


async def test_the_address_begins_with_what_the_program_says(prosody: Server) -> None:
    client = make_client(prosody, await new_account(prosody))
    client.register_plugin("xep_0386", {"tag": "weather"})
    async with asyncio.timeout(TIMEOUT), client:
        assert client.boundjid.resource.startswith(str(client.plugin["xep_0386"].tag))


async def test_a_token_that_the_server_does_not_know(prosody: Server) -> None:
    """This Prosody takes no other mechanism by SASL2 after that, so the login goes on in the old way."""
    client = equipped(make_client(prosody, await new_account(prosody)))
    async with asyncio.timeout(TIMEOUT):
        async with client:
            pass
        client.plugin["xep_0388"].agent_id = "d4565fa7-4d72-4749-b3d3-740edbf87770"
        async with client:
            assert str(client.mechanism).startswith("SCRAM-SHA-256")
            await in_session(client)


async def test_the_end_of_a_token(prosody: Server) -> None:
    client = equipped(make_client(prosody, await new_account(prosody)))
    async with asyncio.timeout(TIMEOUT):
        async with client:
            pass
        client.plugin["xep_0484"].invalidate = True
        async with client:
            assert str(client.mechanism).startswith("HT-SHA-256-")
        async with client:
            assert str(client.mechanism).startswith("SCRAM-SHA-256")


async def test_carbons_begin_with_the_session(prosody: Server) -> None:
    name = await new_account(prosody)
    desk, phone = equipped(make_client(prosody, name)), make_client(prosody, name)
    copies = seen(desk, "carbon_sent")
    async with asyncio.timeout(TIMEOUT), desk, phone, make_client(prosody, "bob") as bob:
        phone.send_message(bob.boundjid, "hello", mtype="chat")
        assert (await copies.get())["carbon_sent"]["body"] == "hello"


async def test_a_session_goes_on(server: Server) -> None:
    """Behind the login, for neither server has it along with it."""
    client = equipped(make_client(server, await new_account(server)), "xep_0198")
    resumed = seen(client, "session_resumed")
    async with asyncio.timeout(TIMEOUT), client:
        jid = client.boundjid
        client.abort()
        client.connect()
        await resumed.get()
        assert client.boundjid == jid
        await in_session(client)


async def test_a_resource_that_is_wanted(server: Server) -> None:
    client = equipped(make_client(server, await new_account(server), resource="desk"))
    async with asyncio.timeout(TIMEOUT), client:
        assert client.boundjid.resource == "desk"
        await in_session(client)


async def test_a_server_that_has_none_of_it(ejabberd: Server) -> None:
    client = equipped(make_client(ejabberd, await new_account(ejabberd)))
    for _ in range(2):
        async with asyncio.timeout(TIMEOUT), client:
            assert "sasl2" not in client.features
            assert str(client.mechanism).startswith("SCRAM-SHA-")
            await in_session(client)


async def one_way(client: ClientXMPP, friend: ClientXMPP) -> None:
    """A session, the same session over another connection, and another session; what is sent meanwhile arrives once."""
    equipped(client, "xep_0198")
    friend.register_plugin("xep_0030")
    resumed, messages = seen(client, "session_resumed"), seen(client, "message")
    async with friend:
        async with client:
            await in_session(client)
            jid = client.boundjid
            client.abort()
            for number in range(3):
                friend.send_message(jid, f"message {number}", mtype="chat")
            await in_session(friend)  # they have left
            client.connect()
            await resumed.get()
            assert str(client.mechanism).startswith("HT-SHA-256-")
            assert client.boundjid == jid
            friend.send_message(jid, "message 3", mtype="chat")
            assert [(await messages.get())["body"] for _ in range(4)] == [f"message {number}" for number in range(4)]
            await in_session(client)
            # The counts of both ends are right.
            client.abort()
            client.connect()
            await resumed.get()
            await in_session(client)
        async with client:
            assert client.boundjid != jid
            await in_session(client)
    assert messages.empty()


async def test_one_way_to_the_embedded_server(trips: Trips) -> None:
    async with asyncio.timeout(TIMEOUT), EmbeddedServer(users={"alice": "secret", "bob": "secret"}) as server:
        alice, bob = (ClientXMPP(f"{name}@localhost", "secret") for name in ("alice", "bob"))
        for client in (alice, bob):
            client.ca_certs = server.ca_file
            client.custom_address = (server.host, server.port)
        await one_way(alice, bob)
    assert trips[1:] == [3, 1, 1, 1]


async def test_one_way_to_prosody(prosody_for_resuming: Server, trips: Trips) -> None:
    async with asyncio.timeout(TIMEOUT):
        name = await new_account(prosody_for_resuming)
        await one_way(make_client(prosody_for_resuming, name), make_client(prosody_for_resuming, "bob"))
    assert trips[1:] == [3, 1, 1, 1]


async def test_a_session_that_prosody_does_not_know(prosody_for_resuming: Server, trips: Trips) -> None:
    client = equipped(make_client(prosody_for_resuming, await new_account(prosody_for_resuming)), "xep_0198")
    failed, started = seen(client, "sm_failed"), seen(client, "session_start")
    async with asyncio.timeout(TIMEOUT), client:
        await started.get()
        client.abort()
        await asyncio.to_thread(prosody_for_resuming.restart)
        client.connect()
        await failed.get()
        await started.get()
        await in_session(client)
    assert trips == [3, 1]


async def test_the_ways_to_ejabberd(ejabberd: Server, trips: Trips) -> None:
    """What RFC 6120 takes until there is an address, after which stream management is enabled: 23.01 has nothing
    shorter."""
    client = equipped(make_client(ejabberd, await new_account(ejabberd)), "xep_0198")
    for _ in range(2):
        async with asyncio.timeout(TIMEOUT), client:
            await in_session(client)
    assert trips == [5, 5]
