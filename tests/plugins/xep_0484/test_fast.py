# SPDX-License-Identifier: MIT
"""Tokens: kept like passwords, counted before they are used, forgotten when they are refused."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import StorageError
from xmppkit.plugins.xep_0484 import XEP_0484
from xmppkit.plugins.xep_0484.tokens import Remembered
from xmppkit.protocol.logins import FastToken
from xmppkit.server import EmbeddedServer
from xmppkit.storage.memory import MemoryStorage

PATIENCE = 60.0
TOKEN = FastToken("a-secret-token", "HT-SHA-256-NONE")
OFFER = fromstring("<authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism></authentication>")
TEXT = '<authentication xmlns="urn:xmpp:sasl:2"><mechanism>PLAIN</mechanism></authentication>'


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(users={"alice": "secret"}) as server:
        yield server


def make(server: EmbeddedServer | None = None, password: str = "secret", **config: Any) -> ClientXMPP:
    client = ClientXMPP("alice@localhost", password)
    client.register_plugin("xep_0484", config)
    if server is not None:
        client.ca_certs = server.ca_file
        client.custom_address = (server.host, server.port)
    return client


def fast(client: ClientXMPP) -> XEP_0484:
    plugin: XEP_0484 = client.plugin["xep_0484"]
    return plugin


async def kept(client: ClientXMPP) -> Remembered | None:
    await asyncio.sleep(0)
    found: Remembered | None = await fast(client).api["get_token"](client.requested_jid)
    return found


async def test_a_storage_brings_it_to_another_run(server: EmbeddedServer, caplog: pytest.LogCaptureFixture) -> None:
    storage = MemoryStorage()
    client = make(server)
    client.use_storage(storage)
    with caplog.at_level(logging.DEBUG):
        async with asyncio.timeout(PATIENCE), client:
            assert str(client.mechanism).startswith("SCRAM-SHA-512")
        remembered = await kept(client)
        assert remembered is not None
        # No password is needed any more, and no round trip for the server's offer.
        again = make(server, password="")
        again.use_storage(storage)
        async with asyncio.timeout(PATIENCE), again:
            assert str(again.mechanism).startswith("HT-SHA-256-")
    assert remembered.token.token not in caplog.text
    assert remembered.token.token not in repr(remembered)
    assert remembered.token.expiry is not None
    now = await kept(again)
    assert now is not None
    assert (now.token.count, now.offer) == (1, remembered.offer)
    assert now.token.mechanism in now.offer
    await storage.close()


async def test_the_password_is_shown_as_before(server: EmbeddedServer) -> None:
    # A server may have PLAIN and tokens only. That a token was used in between does not make PLAIN a step back.
    client = make(server)
    for name in ("PLAIN", "HT-SHA-256-", "PLAIN"):
        if name == "PLAIN":
            await fast(client).forget()
            client.plugin["feature_mechanisms"].use_mech = "PLAIN"
        async with asyncio.timeout(PATIENCE), client:
            assert str(client.mechanism).startswith(name)
        client.plugin["feature_mechanisms"].use_mech = None
        assert client._pin.mechanism("alice@localhost") == "PLAIN"


async def test_logging_out(server: EmbeddedServer) -> None:
    client = make(server)
    async with asyncio.timeout(PATIENCE), client:
        await fast(client).forget()
    async with asyncio.timeout(PATIENCE), client:
        assert str(client.mechanism).startswith("SCRAM-SHA-512")
    fast(client).invalidate = True
    before = await kept(client)
    assert before is not None
    async with asyncio.timeout(PATIENCE), client:
        assert str(client.mechanism).startswith("HT-SHA-256-")
        assert not fast(client).invalidate
    assert await kept(client) is None
    await fast(client).api["set_token"](client.requested_jid, args=before)
    async with asyncio.timeout(PATIENCE), client:
        assert str(client.mechanism).startswith("SCRAM-SHA-512")  # the server has forgotten it, too


async def test_a_server_that_offers_it_no_more(server: EmbeddedServer) -> None:
    client = make(server)
    async with asyncio.timeout(PATIENCE), client:
        pass
    server.limits = replace(server.limits, token_seconds=0)
    before = await kept(client)
    assert before is not None
    async with asyncio.timeout(PATIENCE), client:
        assert str(client.mechanism).startswith("SCRAM-SHA-512")


class TestRemembering:
    async def test_it_is_counted_before_it_is_used(self) -> None:
        client = make()
        plugin = fast(client)
        await plugin.api["set_token"](client.requested_jid, args=Remembered(TOKEN, TEXT))
        for count in (1, 2):
            await plugin.prepare()
            options = plugin.make_options()
            assert (options["token"].count, options["offer"]) == (count, TEXT)
            found = await kept(client)
            assert found is not None
            assert found.token.count == count
        plugin.ahead = False
        assert plugin.make_options()["offer"] == ""

    async def test_nothing_is_remembered(self) -> None:
        plugin = fast(make())
        await plugin.prepare()
        assert plugin.make_options() == {"fast": True, "token": None, "offer": "", "invalidate": False}

    @pytest.mark.parametrize(("days", "good"), [(1, True), (-1, False)])
    async def test_the_end_of_a_token(self, days: int, good: bool) -> None:
        client = make()
        plugin = fast(client)
        expiry = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
        await plugin.api["set_token"](client.requested_jid, args=Remembered(replace(TOKEN, expiry=expiry)))
        await plugin.prepare()
        assert (plugin.make_options()["token"] is not None) is good
        assert (await kept(client) is not None) is good

    async def test_what_cannot_be_counted_is_not_used(self, caplog: pytest.LogCaptureFixture) -> None:
        client = make()
        plugin = fast(client)
        await plugin.api["set_token"](client.requested_jid, args=Remembered(TOKEN))

        def fail(jid: Any, node: str, ifrom: Any, args: Any) -> None:
            raise StorageError("the disk is full")

        plugin.api.register(fail, "set_token")
        with caplog.at_level(logging.WARNING):
            await plugin.prepare()
            assert plugin.make_options()["token"] is None
            plugin.received(TOKEN)
            await asyncio.sleep(0.01)
        assert caplog.text.count("the disk is full") == 2
        assert TOKEN.token not in caplog.text

    @pytest.mark.parametrize(
        ("condition", "changed", "left"),
        [
            ("credentials-expired", False, None),
            ("temporary-auth-failure", False, Remembered(TOKEN, TEXT)),
            ("invalid-mechanism", True, Remembered(TOKEN, "")),
        ],
    )
    async def test_a_refusal(self, condition: str, changed: bool, left: Remembered | None) -> None:
        client = make()
        plugin = fast(client)
        plugin.offered(OFFER)
        plugin.received(TOKEN)
        assert await kept(client) == Remembered(TOKEN, TEXT)
        plugin.refused(condition, changed=changed)
        assert await kept(client) == left

    async def test_another_offer(self) -> None:
        client = make()
        plugin = fast(client)
        plugin.received(TOKEN)
        plugin.offered(OFFER)
        assert await kept(client) == Remembered(TOKEN, TEXT)
        long = Element("{urn:xmpp:sasl:2}authentication")
        long.text = "x" * 9000
        plugin.offered(long)
        assert await kept(client) == Remembered(TOKEN, "")

    async def test_a_storage_with_something_else(self) -> None:
        storage = MemoryStorage()
        client = make()
        client.use_storage(storage)
        assert await kept(client) is None
        plugin = fast(client)
        plugin.received(TOKEN)
        await asyncio.sleep(0.01)
        assert await kept(client) == Remembered(TOKEN)
        await plugin.forget()
        assert await kept(client) is None
        await storage.close()
