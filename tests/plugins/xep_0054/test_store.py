# SPDX-License-Identifier: MIT
"""Where vCards are kept."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import StorageFull
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0054.stanza import VCardTemp
from xmppkit.plugins.xep_0054.store import OVERHEAD, MemoryCards, StoredCards
from xmppkit.storage.memory import MemoryStorage

OWN = JID("me@here.lit")
PEER, OTHER = JID("you@there.lit"), JID("them@there.lit")


class World:
    """A host, a clock, and how much room there is."""

    def __init__(self, *, component: bool = False) -> None:
        self.now = 0.0
        self.room = 10 * OVERHEAD
        self.host = SimpleNamespace(
            boundjid=JID("here.lit") if component else JID("me@here.lit/a"),
            is_component=component,
            loop=SimpleNamespace(time=lambda: self.now),
        )

    def make(self, kind: str) -> Any:
        arguments = (self.host, lambda: self.room, lambda: 60.0)
        if kind == "memory":
            return MemoryCards(*arguments)
        return StoredCards(*arguments, MemoryStorage(clock=lambda: self.now))


def card(name: str) -> VCardTemp:
    made = VCardTemp()
    made.full_name = name
    return made


async def run(value: Any) -> Any:
    return await value if hasattr(value, "__await__") else value


async def get(store: Any, jid: JID) -> str | None:
    found = await run(store.get_vcard(jid, "", None, None))
    return None if found is None else found.full_name


async def put(store: Any, jid: JID, name: str) -> VCardTemp:
    made = card(name)
    await run(store.set_vcard(jid, "", None, made))
    return made


@pytest.mark.parametrize("kind", ["memory", "stored"])
async def test_keeping(kind: str) -> None:
    world = World()
    store = world.make(kind)
    assert await get(store, OWN) is await get(store, PEER) is None
    made = await put(store, OWN, "own")
    await put(store, PEER, "peer")
    made.full_name = "changed"
    assert (await get(store, OWN), await get(store, PEER)) == ("own", "peer")
    found = await run(store.get_vcard(PEER, "", None, None))
    found.full_name = "changed"
    await put(store, OTHER, "other")
    assert await get(store, PEER) == "peer"
    world.now = 60.0
    assert (await get(store, OWN), await get(store, PEER)) == ("own", None)
    for jid in (OWN, OTHER, OTHER):
        await run(store.del_vcard(jid, "", None, None))
    assert await get(store, OWN) is await get(store, OTHER) is None


@pytest.mark.parametrize("kind", ["memory", "stored"])
async def test_those_of_others_are_bounded(kind: str) -> None:
    world = World()
    world.room = 2 * OVERHEAD + 200
    store = world.make(kind)
    await put(store, OWN, "own")
    names = [JID(f"a{number}@there.lit") for number in range(4)]
    for jid in names:
        await put(store, jid, "x")
    assert [await get(store, jid) for jid in names] == [None, None, "x", "x"]
    await put(store, names[3], "y")
    assert [await get(store, jid) for jid in names] == [None, None, "x", "y"]
    assert await get(store, OWN) == "own"
    world.room = 0
    await put(store, PEER, "x" * 1000)
    assert await get(store, PEER) is None


@pytest.mark.parametrize("kind", ["memory", "stored"])
async def test_a_component_has_many(kind: str) -> None:
    world = World(component=True)
    store = world.make(kind)
    for name in ("a", "b"):
        await put(store, JID(f"{name}@here.lit"), name)
    world.now = 1000.0
    assert [await get(store, JID(f"{name}@here.lit")) for name in ("a", "b")] == ["a", "b"]


async def test_there_is_no_room_for_our_own() -> None:
    store = World().make("stored")
    with pytest.raises(StorageFull):
        await put(store, OWN, "x" * 2_000_000)


async def test_a_new_client_has_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    for expected in (None, "peer"):
        client = ClientXMPP("me@here.lit/a", "secret")
        client.register_plugin("xep_0054")
        client.use_storage(url)
        api = client.plugin["xep_0054"].api
        found = await api["get_vcard"](PEER, None, None)
        assert (None if found is None else found.full_name) == expected
        await api["set_vcard"](PEER, None, None, card("peer"))
        await client._background_over()
