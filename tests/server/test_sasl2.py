# SPDX-License-Identifier: MIT
"""The embedded server's logins by SASL2, with TLS on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import AuthenticationFailed
from xmppkit.sasl import AccountRecord, make_scram_record
from xmppkit.sasl.scram import DEFAULT_ITERATIONS
from xmppkit.server import EmbeddedServer

PATIENCE = 60.0


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


# --- upgrades (XEP-0480) ------------------------------------------------------------------------------------

OLD = AccountRecord(scram={"SCRAM-SHA-1": make_scram_record("SCRAM-SHA-1", "secret", iterations=4096)})


async def mechanism(client: ClientXMPP) -> str:
    """By which mechanism a client logs in."""
    async with asyncio.timeout(PATIENCE), client:
        return str(client.mechanism).removesuffix("-PLUS")


def stored(server: EmbeddedServer) -> AccountRecord:
    (account,) = server._accounts
    return account.record


async def test_a_password_that_is_stored_for_sha_1_only() -> None:
    async with EmbeddedServer(users={"alice": OLD}) as server:
        client = make(server, "xep_0388")
        assert await mechanism(client) == "SCRAM-SHA-1"
        record = stored(server)
        assert set(record.scram) == {"SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"}
        assert record.password is None
        made = [each for name, each in record.scram.items() if name != "SCRAM-SHA-1"]
        assert {each.iterations for each in made} == {DEFAULT_ITERATIONS}
        assert {len(each.salt) for each in made} == {16}
        assert len({each.salt for each in record.scram.values()}) == 3
        assert await mechanism(client) == "SCRAM-SHA-512"
        assert stored(server) is record  # nothing is asked for twice
        with pytest.raises(AuthenticationFailed):
            await mechanism(make(server, "xep_0388", password="wrong"))


async def test_what_is_asked_for_is_up_to_the_server() -> None:
    async with EmbeddedServer(users={"alice": OLD}, upgrades=["SCRAM-SHA-256"]) as server:
        assert await mechanism(make(server, "xep_0388")) == "SCRAM-SHA-1"
        assert set(stored(server).scram) == {"SCRAM-SHA-1", "SCRAM-SHA-256"}
        assert await mechanism(make(server, "xep_0388")) == "SCRAM-SHA-256"


@pytest.mark.parametrize(("upgrades", "upgrade"), [((), True), (("SCRAM-SHA-256",), False)])
async def test_nothing_is_told(upgrades: tuple[str, ...], upgrade: bool) -> None:
    async with EmbeddedServer(users={"alice": OLD}, upgrades=upgrades) as server:
        for _ in range(2):
            client = make(server, "xep_0388")
            client.plugin["xep_0388"].upgrade = upgrade
            assert await mechanism(client) == "SCRAM-SHA-1"
        assert stored(server) is OLD


async def test_a_password_that_changes_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    # What the client tells is of the old one, which must not let anybody in any more.
    new = AccountRecord(scram={"SCRAM-SHA-1": make_scram_record("SCRAM-SHA-1", "changed")})
    async with EmbeddedServer(users={"alice": OLD}) as server:
        keep = server.upgraded

        def change(event: Any, basis: AccountRecord) -> None:
            server.add_user("alice", new)
            keep(event, basis)

        monkeypatch.setattr(server, "upgraded", change)
        await mechanism(make(server, "xep_0388"))
        assert stored(server) is new


async def test_by_the_profile_of_rfc_6120() -> None:
    async with EmbeddedServer(users={"alice": OLD}) as server:
        client = make(server)
        client.settings = client.settings.replace(sasl2=False)
        assert await mechanism(client) == "SCRAM-SHA-1"
        assert stored(server) is OLD
