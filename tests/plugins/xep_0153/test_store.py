# SPDX-License-Identifier: MIT
"""Who has announced which avatar."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0153 import store as module
from xmppkit.plugins.xep_0153.store import MemoryHashes, StoredHashes
from xmppkit.storage.memory import MemoryStorage

HASH = "a9993e364706816aba3e25717850c26c9cd0d89d"


def make(kind: str) -> Any:
    if kind == "memory":
        return MemoryHashes()
    return StoredHashes(SimpleNamespace(boundjid=JID("romeo@montague.lit/home")), MemoryStorage())


async def run(value: Any) -> Any:
    return await value if hasattr(value, "__await__") else value


@pytest.mark.parametrize("kind", ["memory", "stored"])
async def test_keeping(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HASHES", 3)
    store = make(kind)
    people = [JID(f"a{number}@capulet.lit") for number in range(4)]
    for jid in people[:3]:
        await run(store.set_hash(jid, "", None, HASH))
    await run(store.set_hash(people[0], "", None, ""))
    await run(store.set_hash(people[3], "", None, HASH))
    assert [await run(store.get_hash(jid, "", None, None)) for jid in people] == ["", None, HASH, HASH]


async def test_a_new_client_knows_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    for expected in (None, HASH):
        client = ClientXMPP("romeo@montague.lit/home", "secret")
        client.register_plugin("xep_0153")
        client.use_storage(url)
        api = client.plugin["xep_0153"].api
        assert await api["get_hash"]("juliet@capulet.lit", None, None) == expected
        await api["set_hash"]("juliet@capulet.lit", None, None, HASH)
        await client._background_over()
