# SPDX-License-Identifier: MIT
"""The suite for storages catches what breaks one of its rules. Ours pass it in tests/storage."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from xmppkit.exceptions import StorageFull
from xmppkit.storage.base import Storage
from xmppkit.storage.memory import MemoryStorage
from xmppkit.storage.records import Clear, Delete, Limits, Operation, Place, Put, Record, Scope
from xmppkit.testing.conformance.storage import StorageConformance

ANYWHERE = Scope()


class Rewriting(MemoryStorage):
    """Passes changed operations on."""

    def change(self, operation: Operation) -> Operation:
        return operation

    async def _apply(self, operations: Sequence[Operation], now: float) -> list[int]:
        return await super()._apply([self.change(each) for each in operations], now)


class TextOnly(Rewriting):
    def change(self, operation: Operation) -> Operation:
        if isinstance(operation, Put):
            return replace(operation, data=operation.data.decode("utf-8", "replace").encode())
        return operation


class CaseBlind(MemoryStorage):
    async def _read(self, place: Place, key: str, now: float) -> Record | None:
        return await super()._read(place, key.lower(), now)


class Scopeless(Rewriting):
    def change(self, operation: Operation) -> Operation:
        return replace(operation, place=Place(operation.place.collection, ANYWHERE))

    async def _read(self, place: Place, key: str, now: float) -> Record | None:
        return await super()._read(Place(place.collection, ANYWHERE), key, now)


class Sorting(MemoryStorage):
    async def _page(self, collection: str, scope: Scope | None, after: int, count: int, now: float) -> list[Record]:
        return sorted(await super()._page(collection, scope, after, count, now), key=lambda record: record.key)


class Moving(Rewriting):
    async def _apply(self, operations: Sequence[Operation], now: float) -> list[int]:
        both: list[Operation] = []
        for each in operations:
            if isinstance(each, Put) and each.expected is None:
                both.append(Delete(each.place, each.key))
            both.append(each)
        results = await super()._apply(both, now)
        return [result for each, result in zip(both, results, strict=True) if each in operations]


class ShortPages(MemoryStorage):
    async def _page(self, collection: str, scope: Scope | None, after: int, count: int, now: float) -> list[Record]:
        return (await super()._page(collection, scope, after, count, now))[: max(1, count - 1)] if not after else []


class Unconditional(Rewriting):
    def change(self, operation: Operation) -> Operation:
        if isinstance(operation, Clear) or operation.place.collection == "xmppkit.versions":
            return operation
        return replace(operation, expected=None)


class InPieces(MemoryStorage):
    async def _apply(self, operations: Sequence[Operation], now: float) -> list[int]:
        results = []
        for each in operations:
            results += await super()._apply((each,), now)
            await asyncio.sleep(0)
        return results


class Eternal(Rewriting):
    def change(self, operation: Operation) -> Operation:
        return replace(operation, expires=None) if isinstance(operation, Put) else operation


class Boundless(Rewriting):
    def change(self, operation: Operation) -> Operation:
        return replace(operation, limits=Limits()) if isinstance(operation, Put) else operation


class OneScopeAtATime(Rewriting):
    def change(self, operation: Operation) -> Operation:
        scope = operation.place.scope
        moved = Scope(json.dumps([scope.owner, scope.jid, scope.node]), scope.jid, scope.node)
        return replace(operation, place=Place(operation.place.collection, moved))


class Private(StorageConformance):
    """A storage that another process does not see."""

    async def make_storage(self) -> Storage:
        return MemoryStorage(clock=self.clock)

    async def reopen(self, storage: Storage) -> Storage:
        return MemoryStorage(clock=self.clock)


class Broken(StorageConformance):
    def __init__(self, cls: type[MemoryStorage]) -> None:
        self.cls = cls

    async def make_storage(self) -> Storage:
        return self.cls(clock=self.clock)


@pytest.mark.parametrize(
    ("cls", "test"),
    [
        (TextOnly, "test_values_come_back_as_they_are"),
        (CaseBlind, "test_keys_are_any_text"),
        (Scopeless, "test_collections_and_scopes_are_apart"),
        (Sorting, "test_items_come_in_the_order_of_putting"),
        (Moving, "test_writing_again_keeps_the_place"),
        (ShortPages, "test_items_in_pages"),
        (ShortPages, "test_items_while_they_change"),
        (Unconditional, "test_put_if_absent"),
        (Unconditional, "test_replace"),
        (Unconditional, "test_one_of_several_wins"),
        (InPieces, "test_a_batch_is_made_as_a_whole_or_not_at_all"),
        (InPieces, "test_a_reader_sees_all_of_a_batch_or_nothing"),
        (InPieces, "test_who_is_cancelled_leaves_nothing_half_done"),
        (Eternal, "test_entries_expire"),
        (Eternal, "test_what_has_expired_makes_room"),
        (Boundless, "test_too_many_entries_are_refused"),
        (Boundless, "test_too_many_bytes_are_refused"),
        (Boundless, "test_the_oldest_gives_way"),
        (OneScopeAtATime, "test_bounds_hold_over_scopes"),
    ],
)
async def test_what_breaks_a_rule_is_caught(cls: type[MemoryStorage], test: str) -> None:
    with pytest.raises((AssertionError, StorageFull)):
        await getattr(Broken(cls), test)()


async def test_what_is_lost_on_the_way_is_caught() -> None:
    with pytest.raises(AssertionError, match="another process does not find"):
        await Private().test_what_is_written_is_there_for_others()


async def test_a_subclass_is_told_what_to_write() -> None:
    with pytest.raises(TypeError, match="make_storage"):
        await StorageConformance().test_delete()


def test_each_test_says_what_it_checks() -> None:
    tests = [getattr(StorageConformance, name) for name in dir(StorageConformance) if name.startswith("test_")]
    assert len(tests) > 20
    assert all(test.__doc__ for test in tests)


class Distant(MemoryStorage):
    """One that has to ask somebody for everything."""

    async def _read(self, place: Place, key: str, now: float) -> Record | None:
        await asyncio.sleep(0)
        return await super()._read(place, key, now)


class TestDistant(StorageConformance):
    needs_loop = True

    async def make_storage(self) -> Storage:
        return Distant(clock=self.clock)
