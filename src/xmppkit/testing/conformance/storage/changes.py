# SPDX-License-Identifier: MIT
"""What every storage does with several entries: batches, expiry, bounds."""

from __future__ import annotations

import asyncio

from xmppkit.exceptions import StorageConflict, StorageFull
from xmppkit.storage.base import Storage
from xmppkit.storage.records import ABSENT, Full, Limits, Scope, Value
from xmppkit.testing.conformance.storage.kit import Kit, fails

__all__ = ["Changes"]


class Changes(Kit):
    """These tests."""

    # --- batches -------------------------------------------------------------------------------------

    async def test_a_batch_is_made_in_order(self) -> None:
        """Each change of a batch sees those before it; over several collections."""
        async with self._storage() as storage:
            one, other = storage.collection("c"), storage.collection("d")
            await one.put("old", 0)
            batch = storage.batch()
            batch.clear(one)
            batch.put(one, "k", 1, revision=ABSENT)
            batch.put(other, "k", 2)
            batch.delete(other, "k")
            batch.delete(other, "k")
            results = await batch.commit()
            assert (results[0], results[3], results[4]) == (1, 1, 0)
            assert await one.keys() == ["k"]
            assert await other.keys() == []

    async def test_a_batch_is_made_as_a_whole_or_not_at_all(self) -> None:
        """If one change cannot be made, none is: nothing is put, deleted, moved or displaced."""
        async with self._storage() as storage:
            kept = storage.collection("c", limits=Limits(entries=3, when_full=Full.DROP_OLDEST))
            for key in "abc":
                await kept.put(key, key)
            before = [entry async for entry in kept.items()]
            batch = storage.batch()
            batch.put(kept, "a", "changed")
            batch.delete(kept, "b")
            batch.put(kept, "d", "new")
            batch.put(kept, "e", "displaces")
            batch.clear(kept)
            batch.put(kept, "x", "never", revision=12345)
            await fails(StorageConflict, batch.commit())
            assert [entry async for entry in kept.items()] == before, "a batch that failed left something behind"
            await kept.put("d", "displaces a, which was written first")
            assert await kept.keys() == ["b", "c", "d"]

    async def test_a_reader_sees_all_of_a_batch_or_nothing(self) -> None:
        """Who reads while a batch is made sees what was before it, or what is after it."""
        async with self._storage() as storage:
            kept = storage.collection("c")
            for number in range(20):
                batch = storage.batch()
                for key in "ab":
                    batch.put(kept, key, number)
                seen, _ = await asyncio.gather(self._values(storage), batch.commit())
                assert seen in ([], [number - 1] * 2, [number] * 2), f"a part of a batch was seen: {seen}"

    async def _values(self, storage: Storage) -> list[Value]:
        return [entry.value async for entry in storage.collection("c").items()]

    async def test_who_is_cancelled_leaves_nothing_half_done(self) -> None:
        """A call that is cancelled has done all or nothing, and the storage goes on."""
        async with self._storage() as storage:
            kept = storage.collection("c")
            await kept.put("a", 0)
            for turns in range(4):
                batch = storage.batch()
                batch.put(kept, "a", turns + 1)
                batch.put(kept, "b", turns + 1)
                task = asyncio.ensure_future(batch.commit())
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait((task,))
                one, other = await kept.get("a"), await kept.get("b", 0)
                assert one == other, f"half of a cancelled batch was made: {one!r} and {other!r}"
                await kept.put("b", one)

    # --- expiry --------------------------------------------------------------------------------------

    async def test_entries_expire(self) -> None:
        """From the time on that was said an entry is not there, in no method; before it is."""
        async with self._storage() as storage:
            kept = storage.collection("c")
            await kept.put("k", 1, expires_in=10)
            await kept.put("stays", 1)
            self.now += 9.5
            assert await kept.keys() == ["k", "stays"], "an entry expired too early"
            self.now += 0.5
            assert await kept.get("k") is None, "an entry did not expire"
            assert await kept.keys() == ["stays"]
            assert await kept.delete("k") is False
            assert await kept.put_if_absent("k", 2) is True
            assert await kept.keys() == ["stays", "k"]

    async def test_writing_again_sets_the_expiry_again(self) -> None:
        """What is written again expires as that says, or not at all."""
        async with self._storage() as storage:
            kept = storage.collection("c")
            for key in "ab":
                await kept.put(key, 1, expires_in=10)
            await kept.put("a", 1)
            await kept.put("b", 1, expires_in=20)
            self.now += 10
            assert await kept.keys() == ["a", "b"]
            self.now += 10
            assert await kept.keys() == ["a"]

    # --- bounds --------------------------------------------------------------------------------------

    async def test_values_that_are_too_long(self) -> None:
        """A value of more bytes than the collection allows raises `StorageFull`, and changes nothing."""
        async with self._storage() as storage:
            kept = storage.collection("c", limits=Limits(value=100, when_full=Full.DROP_OLDEST))
            await kept.put("k", b"x" * 90)
            await fails(StorageFull, kept.put("k", b"y" * 101))
            assert await kept.get("k") == b"x" * 90

    async def test_too_many_entries_are_refused(self) -> None:
        """A collection that is full refuses another entry; one that is there may be written again."""
        async with self._storage() as storage:
            kept = storage.collection("c", limits=Limits(entries=2))
            for key in "ab":
                await kept.put(key, 1)
            await fails(StorageFull, kept.put("c", 1))
            await kept.put("a", 2)
            assert await kept.keys() == ["a", "b"]
            await kept.delete("a")
            await kept.put("c", 1)

    async def test_too_many_bytes_are_refused(self) -> None:
        """The bytes of all values together are bounded, also when an entry is written again."""
        async with self._storage() as storage:
            kept = storage.collection("c", limits=Limits(bytes=250))
            await kept.put("a", b"x" * 100)
            await kept.put("b", b"x" * 100)
            await fails(StorageFull, kept.put("b", b"x" * 200))
            assert await kept.get("b") == b"x" * 100
            await kept.put("b", b"")
            await kept.put("c", b"x" * 100)

    async def test_the_oldest_gives_way(self) -> None:
        """With `Full.DROP_OLDEST` what was written longest ago goes, and no more than is needed."""
        async with self._storage() as storage:
            kept = storage.collection("c", limits=Limits(entries=3, bytes=250, when_full=Full.DROP_OLDEST))
            for key in "abc":
                await kept.put(key, b"")
            await kept.put("a", b"")
            await kept.put("d", b"")
            assert await kept.keys() == ["a", "c", "d"], "not the one that was written longest ago has gone"
            await kept.put("e", b"x" * 240)
            assert await kept.keys() == ["a", "d", "e"]
            await kept.put("f", b"x" * 240)
            assert await kept.keys() == ["f"]
            await fails(StorageFull, kept.put("g", b"x" * 300))
            assert await kept.keys() == ["f"]

    async def test_bounds_hold_over_scopes(self) -> None:
        """All scopes of one owner share the bounds, as others choose addresses and nodes; each owner has its own."""
        async with self._storage() as storage:
            limits = Limits(entries=2)
            for jid in ("a", "b"):
                await storage.collection("c", Scope("me", jid), limits=limits).put("k", 1)
            await fails(StorageFull, storage.collection("c", Scope("me", "c", "node"), limits=limits).put("k", 1))
            await storage.collection("c", Scope("somebody else"), limits=limits).put("k", 1)
            await storage.collection("other", Scope("me"), limits=limits).put("k", 1)

    async def test_what_has_expired_makes_room(self) -> None:
        """Entries that have expired count no more."""
        async with self._storage() as storage:
            kept = storage.collection("c", limits=Limits(entries=1))
            await kept.put("a", 1, expires_in=1)
            self.now += 1
            await kept.put("b", 1)
            assert await kept.keys() == ["b"]
