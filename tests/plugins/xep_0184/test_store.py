# SPDX-License-Identifier: MIT
"""From whom receipts were asked."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0184.store import AGE, MemoryRequests, StoredRequests
from xmppkit.storage.memory import MemoryStorage

JULIET = JID("juliet@capulet.lit/chamber")
GATE = JID("gate@montague.lit/x")


class World:
    def __init__(self) -> None:
        self.now = 0.0
        self.limit = 3
        self.host = SimpleNamespace(boundjid=JID("romeo@montague.lit/home"))

    def make(self, kind: str) -> Any:
        if kind == "memory":
            return MemoryRequests(lambda: self.limit)
        return StoredRequests(self.host, lambda: self.limit, MemoryStorage(clock=lambda: self.now))


async def run(value: Any) -> Any:
    return await value if hasattr(value, "__await__") else value


@pytest.mark.parametrize("kind", ["memory", "stored"])
async def test_keeping(kind: str) -> None:
    world = World()
    store = world.make(kind)
    await run(store.set_request(JULIET, "", None, "m1"))
    await run(store.set_request(JULIET, "", GATE, "m2"))
    for jid in (JULIET, JID("juliet@capulet.lit/balcony"), JID("juliet@capulet.lit")):
        assert await run(store.get_request(jid, "", None, "m1")) == JULIET
    assert await run(store.get_request(JULIET, "", JID("gate@montague.lit"), "m2")) == JULIET
    for jid, own, id_ in (
        (JID("tybalt@capulet.lit/chamber"), None, "m1"),
        (JULIET, GATE, "m1"),
        (JULIET, None, "m2"),
        (JULIET, None, "x" * 100_000),
        (JULIET, None, "\0"),
    ):
        assert await run(store.get_request(jid, "", own, id_)) is None
    for number in range(3):
        await run(store.set_request(JULIET, "", None, f"n{number}"))
    assert await run(store.get_request(JULIET, "", None, "m1")) is None
    assert await run(store.get_request(JULIET, "", None, "n0")) == JULIET


async def test_it_ends() -> None:
    world = World()
    store = world.make("stored")
    await store.set_request(JULIET, "", None, "m1")
    world.now = AGE
    assert await store.get_request(JULIET, "", None, "m1") is None


async def test_a_new_client_knows_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    for expected in (None, JULIET):
        client = ClientXMPP("romeo@montague.lit/home", "secret")
        client.register_plugin("xep_0184")
        client.use_storage(url)
        api = client.plugin["xep_0184"].api
        assert await api["get_request"](JULIET, None, None, "m1") == expected
        await api["set_request"](JULIET, None, None, "m1")
        await client._background_over()
