# SPDX-License-Identifier: MIT
"""What every storage does over its life: versions of collections, opening, closing, and other processes."""

from __future__ import annotations

import asyncio

from xmppkit.exceptions import StorageConflict, StorageError, StorageFull
from xmppkit.storage.base import Storage
from xmppkit.storage.records import Entry, Limits, Value
from xmppkit.testing.conformance.storage.kit import JULIET, ROMEO, Kit, fails

__all__ = ["Lives"]


class Lives(Kit):
    """These tests."""

    # --- versions ------------------------------------------------------------------------------------

    async def test_migrations(self) -> None:
        """A newer version of a collection makes new values of all old ones, in all scopes, once and in order."""
        async with self._storage() as storage:
            for scope in (JULIET, ROMEO):
                for key in ("one", "two", "three"):
                    await storage.collection("c", scope).put(key, key)

            def second(entry: Entry) -> Value:
                return None if entry.key == "two" else {"name": entry.value}

            def fourth(entry: Entry) -> Value:
                assert isinstance(entry.value, dict), "a migration was given what another should have made"
                return {**entry.value, "owner": entry.scope.owner}

            for _ in range(2):
                newer = storage.collection("c", JULIET, version=4, migrations={2: second, 4: fourth})
                assert await newer.keys() == ["one", "three"]
                other = newer.within(ROMEO)
                assert await other.get("one") == {"name": "one", "owner": ROMEO.owner}
                assert other.version == 4

    async def test_a_newer_version_is_not_touched(self) -> None:
        """A program that knows an older version than the storage holds is told so, and changes nothing."""
        async with self._storage() as storage:
            await storage.collection("c", version=3).put("k", 1)
            await fails(StorageError, storage.collection("c", version=2).put("k", 2))
            assert await storage.collection("c", version=3).get("k") == 1

    # --- opening and closing -------------------------------------------------------------------------

    async def test_open_and_close_may_be_repeated(self) -> None:
        """`open` and `close` may be called in whatever state; using it opens it; closing loses nothing."""
        async with self._storage() as storage:
            await storage.close()
            await asyncio.gather(storage.open(), storage.open())
            await storage.collection("c").put("k", 1)
            await asyncio.gather(storage.close(), storage.close())
            assert await storage.collection("c").get("k") == 1
            async with storage as same:
                assert same is storage

    async def test_what_is_written_is_there_for_others(self) -> None:
        """When a call returns, a second storage on the same file or database finds what was written, and goes on with
        its order and its revisions."""
        async with self._storage() as storage:
            revision = await storage.collection("c").put("a", 1)
            second = await self.reopen(storage)
            try:
                kept = second.collection("c")
                assert await kept.get("a") == 1, "another process does not find what was written"
                assert await kept.put("b", 1) > revision
                assert await storage.collection("c").keys() == ["a", "b"]
                won = await asyncio.gather(*(each.collection("c").put_if_absent("k", 1) for each in (storage, second)))
                assert won.count(True) == 1, "two processes have both put what may be there once"
            finally:
                await second.close()

    async def test_the_loop_goes_on(self) -> None:
        """Tasks run beside many calls: all of them may be under way at once."""
        async with self._storage() as storage:
            kept = storage.collection("c")
            await asyncio.gather(*(kept.put(str(number), number) for number in range(100)))
            found = [entry.value async for entry in kept.items()]
            assert sorted(number for number in found if isinstance(number, int)) == list(range(100))

    # --- without waiting ------------------------------------------------------------------------------

    async def test_calls_at_once(self) -> None:
        """`at_once` completes any call before it returns, and what others await meanwhile is completed as well."""
        async with self._storage() as storage:
            kept = storage.collection("c", version=2)
            if self.needs_loop:
                await storage.open()
                await fails(StorageError, self._at_once(storage))
                return
            waiting = asyncio.ensure_future(kept.put("a", 1))
            await asyncio.sleep(0)
            try:
                storage.at_once(kept.put("b", 2))
            except StorageError:
                await waiting  # it was being opened: then it can be used
                storage.at_once(kept.put("b", 2))
            await waiting
            assert storage.at_once(kept.get("a")) == 1
            assert sorted(await kept.keys()) == ["a", "b"]
            assert storage.at_once(kept.delete("b")) is True
            await fails(StorageFull, self._at_once(storage))

    async def _at_once(self, storage: Storage) -> None:
        storage.at_once(storage.collection("small", limits=Limits(value=10)).put("k", b"x" * 11))

    def test_calls_without_an_event_loop(self) -> None:
        """A storage can be opened and used before there is an event loop, and with it afterwards."""
        if self.needs_loop:
            return
        made: list[Storage] = []

        async def make() -> None:
            made.append(await self.make_storage())

        asyncio.run(make())
        (storage,) = made
        storage.at_once(storage.collection("c").put("k", 1))

        async def use() -> None:
            assert await storage.collection("c").get("k") == 1
            await storage.close()

        asyncio.run(use())

    # --- one at a time --------------------------------------------------------------------------------

    async def test_claims(self) -> None:
        """Of several who claim the same one gets it, until it is given back; also of a second storage on the same."""
        async with self._storage() as storage:
            await storage.open()
            second = await self.reopen(storage)
            claim = storage.claim("the outbox")
            for other in (storage, second):
                await fails(StorageConflict, self._claim(other))
            storage.claim("something else").release()
            for _ in range(2):
                claim.release()
            second.claim("the outbox").release()
            await second.close()

    async def _claim(self, storage: Storage) -> None:
        storage.claim("the outbox")
