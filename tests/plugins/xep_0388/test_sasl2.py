# SPDX-License-Identifier: MIT
"""What the engine is told, and the id of an installation."""

from __future__ import annotations

import logging
import uuid
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import StorageError
from xmppkit.protocol.logins import UPGRADES, Sasl2Options
from xmppkit.settings import Settings
from xmppkit.storage.memory import MemoryStorage


def make(*plugins: str, **config: Any) -> ClientXMPP:
    client = ClientXMPP("alice@localhost", "secret")
    client.register_plugin("xep_0388", config)
    for name in plugins:
        client.register_plugin(name)
    return client


def test_without_the_plugin() -> None:
    client = ClientXMPP("alice@localhost", "secret")
    assert client._sasl2_options() == Sasl2Options(bind=False, fast=False)
    client = ClientXMPP("alice@localhost", "secret", settings=Settings(sasl2=False))
    assert client._sasl2_options() is None


async def test_what_the_server_is_told() -> None:
    client = make(software="A Program", device="A Device")
    await client.plugin["xep_0388"].prepare()
    options = client._sasl2_options()
    assert options is not None
    assert options.user_agent is not None
    assert uuid.UUID(options.user_agent.id).version == 4
    assert (options.user_agent.software, options.user_agent.device) == ("A Program", "A Device")
    assert (options.bind, options.fast, options.upgrades) == (False, False, UPGRADES)
    assert make(upgrade=False).plugin["xep_0388"].make_options().upgrades == ()


async def test_the_id_stays() -> None:
    storage = MemoryStorage()
    ids = set()
    for _ in range(2):
        client = make()
        client.use_storage(storage)
        for _ in range(2):
            await client.plugin["xep_0388"].prepare()
            ids.add(client.plugin["xep_0388"].make_options().user_agent.id)
    assert len(ids) == 1
    other = make()
    await other.plugin["xep_0388"].prepare()
    assert other.plugin["xep_0388"].make_options().user_agent.id not in ids
    await storage.close()


async def test_an_id_of_the_programs_own() -> None:
    client = make(agent_id="d4565fa7-4d72-4749-b3d3-740edbf87770")
    await client.plugin["xep_0388"].prepare()
    assert client.plugin["xep_0388"].make_options().user_agent.id == "d4565fa7-4d72-4749-b3d3-740edbf87770"


async def test_a_storage_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    client = make()

    def fail(jid: Any, node: str, ifrom: Any, args: Any) -> None:
        raise StorageError("the disk is full")

    client.plugin["xep_0388"].api.register(fail, "set_agent_id")
    with caplog.at_level(logging.WARNING):
        await client.plugin["xep_0388"].prepare()
    assert "the disk is full" in caplog.text
    assert client.plugin["xep_0388"].make_options().user_agent.id


async def test_other_plugins_have_their_say() -> None:
    client = make("xep_0386", "xep_0484", "xep_0280")
    client.plugin["xep_0386"].tag = "weather"
    await client.plugin["xep_0388"].prepare()
    options = client._sasl2_options()
    assert options is not None
    assert (options.bind, options.tag, options.carbons, options.fast) == (True, "weather", True, True)
