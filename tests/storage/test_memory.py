# SPDX-License-Identifier: MIT
"""The storage in memory does what a storage does, and keeps nothing that nobody can find."""

from __future__ import annotations

import pytest

from xmppkit.exceptions import StorageConflict
from xmppkit.storage.base import Storage
from xmppkit.storage.memory import MemoryStorage
from xmppkit.storage.records import Scope
from xmppkit.testing.conformance.storage import StorageConformance


class TestMemoryStorage(StorageConformance):
    async def make_storage(self) -> Storage:
        return MemoryStorage(clock=self.clock)


async def test_scopes_that_are_empty_cost_nothing() -> None:
    storage = MemoryStorage()
    for number in range(10):
        kept = storage.collection("c", Scope(jid=str(number)))
        await kept.put("k", 1, expires_in=1000)
        await kept.delete("k")
    assert [place.collection for place in storage._shelves] == ["xmppkit.versions"]
    assert not storage._expiring
    assert len(storage._rooms) == 1


async def test_a_batch_that_fails_in_an_empty_collection() -> None:
    storage = MemoryStorage()
    kept = storage.collection("c")
    batch = storage.batch()
    batch.put(kept, "a", 1)
    batch.put(kept, "b", 1, revision=17)
    with pytest.raises(StorageConflict):
        await batch.commit()
    assert await kept.keys() == []
    assert len(storage._shelves) == len(storage._rooms) == 1
