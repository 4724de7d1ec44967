# SPDX-License-Identifier: MIT
"""What every storage does with single entries: values, keys, order, revisions."""

from __future__ import annotations

import asyncio

from xmppkit.storage.records import ABSENT, Scope, Value
from xmppkit.testing.conformance.storage.kit import Kit

__all__ = ["Entries"]

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


class Entries(Kit):
    """These tests."""

    # --- values and keys -----------------------------------------------------------------------------

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

    # --- order ---------------------------------------------------------------------------------------

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

    # --- revisions -----------------------------------------------------------------------------------

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
