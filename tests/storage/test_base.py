# SPDX-License-Identifier: MIT
"""What is common to all storages. The suite runs here on the one in memory; below is what needs a look inside."""

from __future__ import annotations

import asyncio

import pytest

from xmppkit.exceptions import InvalidValue, StorageCorrupted, StorageError, StorageFull
from xmppkit.storage.base import VERSIONS, Storage
from xmppkit.storage.memory import MemoryStorage
from xmppkit.storage.records import Limits, Put, Record, encode
from xmppkit.testing.conformance.storage import StorageConformance


class TestStorage(StorageConformance):
    async def make_storage(self) -> Storage:
        return MemoryStorage(clock=self.clock)


async def test_it_is_opened_once() -> None:
    opened = []

    class Slow(MemoryStorage):
        async def _open(self) -> None:
            opened.append(self)
            await asyncio.sleep(0)

    storage = Slow()
    await asyncio.gather(storage.open(), storage.open(), storage.collection("c").get("k"))
    assert opened == [storage]


async def test_what_is_no_key() -> None:
    kept = MemoryStorage().collection("c")
    for call in (kept.entry("\0"), kept.put("\0", 1), kept.delete("\0")):
        with pytest.raises(InvalidValue):
            await call
    with pytest.raises(InvalidValue):
        kept.storage.collection("\0")


async def test_a_batch_belongs_to_a_storage() -> None:
    with pytest.raises(ValueError, match="another storage"):
        MemoryStorage().batch().put(MemoryStorage().collection("c"), "k", 1)


async def test_a_batch_as_a_context() -> None:
    storage = MemoryStorage()
    kept = storage.collection("c")
    async with storage.batch() as batch:
        batch.put(kept, "a", 1)
    failed = storage.batch()
    failed.put(kept, "b", 1)
    await failed.__aexit__(KeyError, KeyError("something else went wrong"), None)
    assert await kept.keys() == ["a"]
    assert await batch.storage.batch().commit() == []


async def test_errors_name_the_collection() -> None:
    kept = MemoryStorage().collection("avatars", limits=Limits(value=10, entries=0))
    with pytest.raises(StorageFull, match=r"'k' takes 21 bytes, and a value of 'avatars' may have 10") as caught:
        await kept.put("k", b"x" * 20)
    assert caught.value.is_too_long
    with pytest.raises(StorageFull, match="'avatars' of 'the program' is full") as caught:
        await kept.put("k", 1)
    assert not caught.value.is_too_long


async def test_a_damaged_entry_is_named() -> None:
    storage = MemoryStorage()
    kept = storage.collection("c")
    await storage._apply((Put(kept.place, "k", b"?"),), 0.0)
    with pytest.raises(StorageCorrupted, match="the entry 'k' of 'c' cannot be read"):
        await kept.get("k")


async def test_two_processes_that_migrate_at_once() -> None:
    """The second, which has read the old version before the first wrote the new one, finds the work done."""

    class Slow(MemoryStorage):
        behind = False

        async def _read(self, place: object, key: str, now: float) -> Record | None:
            found = await super()._read(place, key, now)  # type: ignore[arg-type]
            if self.behind and place == VERSIONS:
                self.behind = False
                await self._apply((Put(VERSIONS, "c", encode(2)),), now)
            return found

    storage = Slow()
    await storage.collection("c").put("k", 1)
    storage.behind = True
    newer = storage.collection("c", version=2, migrations={2: lambda entry: "twice"})
    assert await newer.get("k") == 1


async def test_at_once_cannot_wait() -> None:
    class Distant(MemoryStorage):
        async def _read(self, place: object, key: str, now: float) -> Record | None:
            await asyncio.sleep(0)
            return None

    storage = Distant()
    with pytest.raises(StorageError, match="Distant cannot be used without waiting"):
        storage.at_once(storage.collection("c").get("k"))
    assert await storage.collection("c").get("k", "awaited") == "awaited"


def test_a_storage_in_memory_is_not_durable() -> None:
    assert MemoryStorage().durable is False
