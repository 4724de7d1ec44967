# SPDX-License-Identifier: MIT
"""The embedded server's logins by SASL2, with TLS on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.server import EmbeddedServer

PATIENCE = 20.0


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(users={"alice": "secret"}) as server:
        yield server


def make(server: EmbeddedServer, *plugins: str, password: str = "secret") -> ClientXMPP:
    client = ClientXMPP("alice@localhost", password)
    client.ca_certs = server.ca_file
    client.custom_address = (server.host, server.port)
    for name in plugins:
        client.register_plugin(name)
    return client


async def test_everything_along_with_the_login(server: EmbeddedServer) -> None:
    client = make(server, "xep_0386", "xep_0280", "xep_0198")
    client.plugin["xep_0386"].tag = "weather"
    async with asyncio.timeout(PATIENCE), client:
        assert {"sasl2", "mechanisms", "bind", "sm"} <= client.features
        assert client.boundjid.resource.startswith("weather/")
        (session,) = server._router.sessions_of("alice@localhost")
        assert session.carbons
        assert session.client == client.plugin["xep_0388"].make_options().user_agent.id
        assert session.managed is not None


async def test_a_client_has_one_session(server: EmbeddedServer) -> None:
    one, again = make(server, "xep_0386"), make(server, "xep_0386")
    again.plugin["xep_0388"].agent_id = one.plugin["xep_0388"].agent_id = "d4565fa7-4d72-4749-b3d3-740edbf87770"
    ended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    one.add_event_handler("stream_error", lambda error: ended.set_result(error["condition"]))
    async with asyncio.timeout(PATIENCE), one, again:
        assert await ended == "conflict"
        assert [each.jid for each in server._router.sessions_of("alice@localhost")] == [again.boundjid]


async def test_a_token_is_over_when_the_password_changes(server: EmbeddedServer) -> None:
    client = make(server, "xep_0484")
    async with asyncio.timeout(PATIENCE), client:
        assert str(client.mechanism).startswith("SCRAM-")
    async with asyncio.timeout(PATIENCE), client:
        assert str(client.mechanism).startswith("HT-SHA-256-")
    server.add_user("alice", "another")
    client.password = "another"
    async with asyncio.timeout(PATIENCE), client:
        assert str(client.mechanism).startswith("SCRAM-SHA-512")
