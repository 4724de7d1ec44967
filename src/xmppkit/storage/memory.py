# SPDX-License-Identifier: MIT
"""A storage that ends with the process."""

from __future__ import annotations

import time
from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count as counting
from itertools import islice

from xmppkit.exceptions import StorageError
from xmppkit.storage.base import Storage, conflict, no_room
from xmppkit.storage.records import ABSENT, Clear, Delete, Full, Operation, Place, Put, Record, Scope

__all__ = ["MemoryStorage"]


class _Shelf:
    """The entries of one place, by key and by position."""

    __slots__ = ("positions", "records")

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        #: The positions, which only ever grow, with the keys.
        self.positions: list[tuple[int, str]] = []

    def put(self, record: Record) -> None:
        if record.key not in self.records:
            insort(self.positions, (record.position, record.key))  # at the end, unless something is undone
        self.records[record.key] = record

    def delete(self, key: str) -> None:
        record = self.records.pop(key)
        del self.positions[bisect_left(self.positions, (record.position, key))]

    def after(self, position: int) -> Iterator[Record]:
        """The entries behind a position, in order."""
        begin = bisect_left(self.positions, (position + 1, ""))
        return (self.records[self.positions[index][1]] for index in range(begin, len(self.positions)))


class _Room:
    """What the bounds of a collection of one owner count."""

    __slots__ = ("bytes", "order")

    def __init__(self) -> None:
        self.bytes = 0
        #: The entries, with their sizes; what was written last is last.
        self.order: OrderedDict[tuple[Place, str], int] = OrderedDict()

    def put(self, place: Place, key: str, size: int) -> None:
        self.delete(place, key)
        self.order[place, key] = size
        self.bytes += size

    def delete(self, place: Place, key: str) -> None:
        self.bytes -= self.order.pop((place, key), 0)


class MemoryStorage(Storage):
    """A storage in memory. Closing it keeps what it holds, as closing a file does; it is gone with the object.

    :param clock: see `Storage`.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(clock=clock)
        self._shelves: dict[Place, _Shelf] = {}
        self._rooms: dict[tuple[str, str], _Room] = {}
        self._expiring: dict[tuple[Place, str], float] = {}
        self._numbers = counting(1)

    async def _open(self) -> None:
        pass  # there is nothing to be opened

    async def _close(self) -> None:
        pass  # nor to be closed

    async def _read(self, place: Place, key: str, now: float) -> Record | None:
        shelf = self._shelves.get(place)
        record = shelf.records.get(key) if shelf is not None else None
        return record if record is not None and _is_there(record, now) else None

    async def _page(self, collection: str, scope: Scope | None, after: int, count: int, now: float) -> list[Record]:
        found: Iterable[Record]
        if scope is not None:
            shelf = self._shelves.get(Place(collection, scope))
            found = shelf.after(after) if shelf is not None else ()
        else:
            shelves = [shelf for place, shelf in self._shelves.items() if place.collection == collection]
            found = sorted((each for shelf in shelves for each in shelf.after(after)), key=lambda each: each.position)
        return list(islice((record for record in found if _is_there(record, now)), count))

    async def _apply(self, operations: Sequence[Operation], now: float) -> list[int]:
        # No await in here, so that nobody sees a part of it.
        for place, key in [each for each, expires in self._expiring.items() if expires <= now]:
            self._delete(place, key)
        undo: list[tuple[Place, str, Record | None]] = []
        try:
            return [self._carry_out(operation, undo) for operation in operations]
        except StorageError:
            for place, key, before in reversed(undo):
                self._restore(place, key, before)
            for name in {(place.collection, place.scope.owner) for place, _, _ in undo}:
                self._sort(name)
            raise

    def _carry_out(self, operation: Operation, undo: list[tuple[Place, str, Record | None]]) -> int:
        place = operation.place
        records = self._shelves[place].records if place in self._shelves else {}
        if isinstance(operation, Clear):
            keys = list(records)
            for key in keys:
                undo.append((place, key, records[key]))
                self._delete(place, key)
            return len(keys)
        before = records.get(operation.key)
        if operation.expected is not None and operation.expected != (before.revision if before else ABSENT):
            raise conflict(place, operation.key)
        if isinstance(operation, Delete):
            if before is None:
                return 0
            undo.append((place, operation.key, before))
            self._delete(place, operation.key)
            return 1
        undo.append((place, operation.key, before))
        revision = next(self._numbers)
        position = before.position if before is not None else revision
        self._put(place, Record(place.scope, operation.key, operation.data, position, revision, operation.expires))
        self._make_room(operation, undo)
        return revision

    def _make_room(self, put: Put, undo: list[tuple[Place, str, Record | None]]) -> None:
        """Keep the collection within its bounds, now that an entry was written."""
        limits, place = put.limits, put.place
        room = self._rooms[place.collection, place.scope.owner]
        while len(room.order) > limits.entries or room.bytes > limits.bytes:
            other, key = next(iter(room.order))
            if limits.when_full is Full.REFUSE or len(room.order) == 1:
                raise no_room(place, limits)
            undo.append((other, key, self._shelves[other].records[key]))
            self._delete(other, key)

    def _put(self, place: Place, record: Record) -> None:
        self._shelves.setdefault(place, _Shelf()).put(record)
        self._rooms.setdefault((place.collection, place.scope.owner), _Room()).put(place, record.key, len(record.data))
        if record.expires is not None:
            self._expiring[place, record.key] = record.expires
        else:
            self._expiring.pop((place, record.key), None)

    def _delete(self, place: Place, key: str) -> None:
        self._expiring.pop((place, key), None)
        shelf, name = self._shelves[place], (place.collection, place.scope.owner)
        shelf.delete(key)
        self._rooms[name].delete(place, key)
        # Others choose scopes: those that are empty are not kept.
        if not shelf.records:
            del self._shelves[place]
        if not self._rooms[name].order:
            del self._rooms[name]

    def _restore(self, place: Place, key: str, before: Record | None) -> None:
        """Undo a change."""
        if place in self._shelves and key in self._shelves[place].records:
            self._delete(place, key)
        if before is not None:
            self._put(place, before)

    def _sort(self, name: tuple[str, str]) -> None:
        """Put what was restored back where it was in the order of writing."""
        room = self._rooms.get(name)
        if room is not None:
            written = sorted(
                room.order.items(), key=lambda each: self._shelves[each[0][0]].records[each[0][1]].revision
            )
            room.order = OrderedDict(written)


def _is_there(record: Record, now: float) -> bool:
    return record.expires is None or record.expires > now
