# SPDX-License-Identifier: MIT
"""What every storage must do (`xmppkit.storage.base`), as tests::

    from xmppkit.testing.conformance.storage import StorageConformance

    class TestMine(StorageConformance):
        async def make_storage(self) -> Storage:
            return MyStorage(..., clock=self.clock)

Each test makes storages of its own. Those for what survives a close open a second one with `reopen`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from xmppkit.exceptions import StorageConflict, StorageError, StorageFull
from xmppkit.storage.base import Storage
from xmppkit.storage.records import ABSENT, Entry, Full, Limits, Scope, Value

__all__ = ["StorageConformance"]

JULIET, ROMEO = Scope("juliet@example.net"), Scope("romeo@example.net")
VALUES: tuple[Value, ...] = (
    b"",
    bytes(range(256)),
    "",
    "na\u00efve \U0001f600 \0 '\";--",
    0,
    -1,
    2**53,
    1.5,
    True,
    False,
    None,
    [],
    {},
    [1, [2, {"three": None}]],
    {"name": "Romeo", "groups": ["friends"], "": {"x": 1.0}},
)
NAMES = (
    "",
    "a",
    "A",
    "a b",
    "a/b",
    "../x",
    "%_*?",
    "'; DROP TABLE entries; --",
    "\u00e9",
    "e\u0301",
    "\U0001f600",
    "x" * 4096,
)


async def fails(error: type[Exception], coroutine: object) -> None:
    """Check that something awaitable raises `error`."""
    try:
        await coroutine  # type: ignore[misc]  # what it is awaited for is the caller's
    except error:
        return
    raise AssertionError(f"{error.__name__} was to be raised, and was not")


class StorageConformance:
    """The suite. A subclass gives it `make_storage`; and `reopen`, if what it keeps outlives the object."""

    #: The time that `clock` tells, in seconds. A test moves it.
    now = 1_000_000.0

    def clock(self) -> float:
        """What the storage under test must be given as its clock."""
        return self.now

    async def make_storage(self) -> Storage:
        """A new storage without entries, not open yet. Called once by each test."""
        raise NotImplementedError("say how the storage is made: async def make_storage(self) -> Storage")

    async def reopen(self, storage: Storage) -> Storage:
        """A second storage on what `storage` keeps, as another process would open it, while that may still be open. One
        that keeps nothing outside of itself returns `storage`."""
        return storage

    @asynccontextmanager
    async def _storage(self) -> AsyncIterator[Storage]:
        storage = await self.make_storage()
        try:
            yield storage
        finally:
            await storage.close()

    # --- values and keys ------------------------------------------------------------------------------

    async def test_values_come_back_as_they_are(self) -> None:
        """Bytes and whatever JSON can say come back equal, and of the same type."""
        async with self._storage() as storage:
            kept = storage.collection("values")
            for number, value in enumerate(VALUES):
                await kept.put(str(number), value)
            for number, value in enumerate(VALUES):
                found = await kept.get(str(number), "nothing")
                assert (type(found), found) == (type(value), value)

    async def test_what_is_read_is_a_copy(self) -> None:
        """Changing a value after it was put, or after it was read, changes nothing that is kept."""
        async with self._storage() as storage:
            kept = storage.collection("values")
            value: Value = ["a"]
            await kept.put("k", value)
            for each in (value, await kept.get("k")):
                assert isinstance(each, list)
                each.append("changed")
            assert await kept.get("k") == ["a"], "a value that was changed by its reader changed in the storage"

    async def test_keys_are_any_text(self) -> None:
        """Keys, names of collections and scopes are compared character by character; none has a meaning."""
        async with self._storage() as storage:
            for name in NAMES:
                await storage.collection("c" + name[:4000], Scope(name)).put(name, name)
            for name in NAMES:
                kept = storage.collection("c" + name[:4000], Scope(name))
                assert await kept.keys() == [name], f"{name[:20]!r} is mixed up with another key, name or scope"
                assert await kept.get(name) == name

    async def test_what_is_not_there(self) -> None:
        """`get` gives the default, `entry` None, `delete` False and `items` nothing."""
        async with self._storage() as storage:
            kept = storage.collection("nothing")
            assert await kept.get("k") is None
            assert await kept.get("k", "default") == "default"
            assert await kept.entry("k") is None
            assert await kept.delete("k") is False
            assert await kept.clear() == 0
            assert await kept.keys() == []

    async def test_delete(self) -> None:
        """What was deleted is not there any more; `delete` says whether it was, `clear` how many there were."""
        async with self._storage() as storage:
            kept = storage.collection("c")
            for key in "abc":
                await kept.put(key, key)
            assert await kept.delete("b") is True
            assert await kept.delete("b") is False
            assert await kept.keys() == ["a", "c"]
            assert await kept.clear() == 2
            assert await kept.keys() == []

    async def test_collections_and_scopes_are_apart(self) -> None:
        """The same key in another collection, or for another owner, JID or node, is another entry."""
        scopes = (
            Scope(),
            Scope("x"),
            Scope("", "x"),
            Scope("", "", "x"),
            Scope("x", "x"),
            Scope("x", "", "x"),
            Scope("", "x", "x"),
        )
        async with self._storage() as storage:
            places = [storage.collection(name, scope) for name in ("c", "cx") for scope in scopes]
            for number, place in enumerate(places):
                await place.put("k", number)
            assert [await place.get("k") for place in places] == list(range(len(places)))
            await places[0].clear()
            assert [await place.get("k") for place in places] == [None, *range(1, len(places))]

    # --- order ----------------------------------------------------------------------------------------

    async def test_items_come_in_the_order_of_putting(self) -> None:
        """`items` gives the entries in the order in which they were first put, whatever their keys."""
        async with self._storage() as storage:
            kept = storage.collection("c")
            keys = [str(number * 7 % 25) for number in range(25)]
            for key in keys:
                await kept.put(key, key)
            assert await kept.keys() == keys

    async def test_writing_again_keeps_the_place(self) -> None:
        """An entry that is written again keeps its place; one that was deleted is new."""
        async with self._storage() as storage:
            kept = storage.collection("c")
            for key in "abc":
                await kept.put(key, 1)
            await kept.put("a", 2)
            assert await kept.keys() == ["a", "b", "c"], "an entry lost its place by being written again"
            await kept.delete("a")
            await kept.put("a", 3)
            assert await kept.keys() == ["b", "c", "a"], "an entry that was deleted came back at its old place"

    async def test_items_in_pages(self) -> None:
        """However long a page is, everything comes once and in order; `after` begins behind an entry."""
        async with self._storage() as storage:
            kept = storage.collection("c")
            for number in range(23):
                await kept.put(str(number), number)
            for page in (1, 5, 22, 23, 24, 100):
                found = [entry async for entry in kept.items(page=page)]
                assert [entry.value for entry in found] == list(range(23)), f"pages of {page} are not the whole"
            later = [entry.value async for entry in kept.items(after=found[9].position, page=4)]
            assert later == list(range(10, 23))

    async def test_items_while_they_change(self) -> None:
        """The reader of `items` may delete and put; nothing comes twice, nothing that stays is left out."""
        async with self._storage() as storage:
            kept = storage.collection("c")
            for number in range(10):
                await kept.put(str(number), number)
            seen = []
            async for entry in kept.items(page=3):
                seen.append(entry.value)
                assert len(seen) <= 10, "something came twice"
                if entry.key != "9":
                    await kept.delete(entry.key)
                    await kept.put("9", 9)
            assert seen == list(range(10))

    # --- revisions ------------------------------------------------------------------------------------

    async def test_revisions_grow(self) -> None:
        """Each writing has a revision of its own, greater than all before it, also after a deletion."""
        async with self._storage() as storage:
            kept, other = storage.collection("c"), storage.collection("d")
            given = [await kept.put("k", 1), await kept.put("k", 1), await other.put("k", 1)]
            entry = await kept.entry("k")
            assert entry is not None
            assert entry.revision == given[1]
            await kept.delete("k")
            given.append(await kept.put("k", 1))
            assert given == sorted(set(given))
            assert given[0] > ABSENT

    async def test_put_if_absent(self) -> None:
        """It writes if there is nothing, and changes nothing if there is something."""
        async with self._storage() as storage:
            kept = storage.collection("c")
            assert await kept.put_if_absent("k", 1) is True
            assert await kept.put_if_absent("k", 2) is False
            assert await kept.get("k") == 1, "put_if_absent wrote over what was there"

    async def test_replace(self) -> None:
        """Only what is still the entry that was read is replaced, or deleted by revision."""
        async with self._storage() as storage:
            kept = storage.collection("c")
            old = await kept.put("k", 1)
            new = await kept.put("k", 1)
            assert await kept.replace("k", 2, revision=old) is False
            assert await kept.delete("k", revision=old) is False
            assert await kept.get("k") == 1, "what somebody else had written was replaced"
            assert await kept.replace("k", 2, revision=new) is True
            assert await kept.replace("gone", 2, revision=new) is False
            assert await kept.get("k") == 2
            entry = await kept.entry("k")
            assert entry is not None
            assert await kept.delete("k", revision=entry.revision) is True

    async def test_one_of_several_wins(self) -> None:
        """Of many tasks that put or replace the same entry at once, exactly one gets True."""
        async with self._storage() as storage:
            kept = storage.collection("c")
            won = await asyncio.gather(*(kept.put_if_absent("k", number) for number in range(10)))
            assert won.count(True) == 1
            assert await kept.get("k") == won.index(True)
            entry = await kept.entry("k")
            assert entry is not None
            won = await asyncio.gather(*(kept.replace("k", number, revision=entry.revision) for number in range(10)))
            assert won.count(True) == 1
            assert await kept.get("k") == won.index(True)

    # --- batches --------------------------------------------------------------------------------------

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

    # --- expiry ---------------------------------------------------------------------------------------

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

    # --- bounds ---------------------------------------------------------------------------------------

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

    # --- versions -------------------------------------------------------------------------------------

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

    # --- opening and closing --------------------------------------------------------------------------

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
