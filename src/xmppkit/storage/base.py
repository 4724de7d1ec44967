# SPDX-License-Identifier: MIT
"""What a storage is: named collections of small values by key, in scopes, with order, expiry and bounds.

Programs and plugins use `Storage.collection` and `Storage.batch`. Who writes a storage subclasses `Storage` and gives
it five methods, the abstract ones; everything else is here. None of them may block the event loop.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self, TypeAlias, TypeVar

from xmppkit.exceptions import StorageConflict, StorageError, StorageFull
from xmppkit.storage.claims import Claim
from xmppkit.storage.records import (
    ABSENT,
    NOWHERE,
    Clear,
    Delete,
    Entry,
    Limits,
    Operation,
    Place,
    Put,
    Record,
    Scope,
    Value,
    check_text,
    decode,
    encode,
)

__all__ = ["Batch", "Collection", "Migration", "Storage"]

T = TypeVar("T")

#: Takes an entry of the version before, and returns its value in the version; None drops the entry.
Migration: TypeAlias = Callable[[Entry], Value]

#: How many entries are read at once.
PAGE: Final = 100
#: The collection that holds the versions of the others.
VERSIONS: Final = Place("xmppkit.versions", NOWHERE)


class Storage(ABC):
    """A storage. It opens itself when it is first used, and again when used after `close`; ``async with storage:``
    opens it at once, closes it in the end. It may be used by any number of tasks of one event loop.

    A call that is cancelled has done either all or nothing of what it was to do.

    :param clock: gives the time by which entries expire, in seconds. It must mean the same in the next process, hence
        the time of day.
    """

    #: Whether what was written is on the disk when the call returns, and survives a power failure.
    durable = False

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        #: Calls are completed without the event loop now; see `at_once`.
        self._at_once = False
        self._is_open = False
        self._gate = asyncio.Lock()
        self._versions: set[tuple[str, int]] = set()

    # --- what a storage implements --------------------------------------------------------------------

    @abstractmethod
    async def _open(self) -> None:
        """Make it ready. Called while it is not open, never twice at a time. Raises `StorageError`."""

    @abstractmethod
    async def _close(self) -> None:
        """Let everything go. Called while it is open, never twice at a time."""

    @abstractmethod
    async def _read(self, place: Place, key: str, now: float) -> Record | None:
        """The entry, unless it has expired at `now`."""

    @abstractmethod
    async def _page(self, collection: str, scope: Scope | None, after: int, count: int, now: float) -> list[Record]:
        """The first `count` entries, by position, whose position is greater than `after`; none that has expired.

        :param scope: None: of all scopes of the collection.
        """

    @abstractmethod
    async def _apply(self, operations: Sequence[Operation], now: float) -> list[int]:
        """Carry out all operations in order, each seeing what those before it did, or none of them if one fails.

        What has expired at `now` is not there, for bounds and `expected` either. When this returns, another process
        that opens the storage finds what was written.

        :returns: for each: the new revision of what was put, or how many entries were deleted.
        :raises StorageConflict: an entry has not the revision that was expected; see `conflict`.
        :raises StorageFull: a bound does not allow it; see `too_long` and `no_room`.
        """

    # --- what everybody uses --------------------------------------------------------------------------

    async def open(self) -> None:
        """Open it, if it is not open. May be repeated.

        :raises StorageError: that is not possible; the message names the file or the address.
        """
        if not self._is_open:
            async with self._gate:
                await self._open_once()

    async def _open_once(self) -> None:
        if not self._is_open:
            await self._open()
            self._is_open = True

    async def close(self) -> None:
        """Close it. Calls that are under way are completed first. May be repeated."""
        async with self._gate:
            if self._is_open:
                self._is_open = False
                self._versions.clear()
                await self._close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def collection(
        self,
        name: str,
        scope: Scope = NOWHERE,
        *,
        limits: Limits | None = None,
        version: int = 1,
        migrations: Mapping[int, Migration] | None = None,
    ) -> Collection:
        """The entries of one name in one scope. Nothing is read or written before a method of it is called.

        :param name: as ``bob``; a plugin's own name keeps it apart from others.
        :param limits: what it may hold; None: the defaults of `Limits`.
        :param version: the version of the form that its values have. When the storage holds an older one, its entries,
            in all scopes, go through `migrations` before anything else is done, all or none.
        :param migrations: what makes values of each version out of those before it: ``{2: from_1_to_2}``. A version
            that has none takes them as they are.
        """
        return Collection(self, Place(check_text(name, "name"), scope), limits or Limits(), version, migrations or {})

    def batch(self) -> Batch:
        """Several changes that are made together or not at all; see `Batch`."""
        return Batch(self)

    def at_once(self, call: Coroutine[Any, Any, T]) -> T:
        """Complete a call of this storage, or of a collection or a batch of it, before this returns: for programs that
        may not wait, or have no event loop. Everything else stands still meanwhile, at a disk for milliseconds::

            storage.at_once(collection.put("17", "kept"))

        :raises StorageError: as the call does; and when that cannot be done: the storage is being opened at this
            moment, or is of a kind that needs the event loop.
        """
        before, self._at_once = self._at_once, True
        try:
            call.send(None)
        except StopIteration as done:
            result: T = done.value
            return result
        finally:
            self._at_once = before
            call.close()
        raise StorageError(
            f"{type(self).__name__} cannot be used without waiting: it is being opened at this moment, or it needs the "
            "event loop by its nature; await the call"
        )

    def claim(self, name: str) -> Claim:
        """Be the only one who uses something that is kept here, until `Claim.release` or the end of the process.

        :param name: what, as ``the outbox of romeo@example.net``.
        :raises StorageConflict: somebody else has claimed it.
        """
        return Claim.here(name, f"{id(self):x}")

    # --- inside ---------------------------------------------------------------------------------------

    async def _ready(self, collection: Collection) -> None:
        """Open the storage, and bring the collection to its version."""
        await self.open()
        wanted = (collection.place.collection, collection.version)
        while wanted not in self._versions:
            if await self._migrate(collection):
                self._versions.add(wanted)

    async def _migrate(self, collection: Collection) -> bool:
        """Bring a collection to its version; False: another process was faster, look again."""
        name, version = collection.place.collection, collection.version
        found = await self._read(VERSIONS, name, self.clock())
        held = decode(found.data, f"the version of {name!r}") if found is not None else None
        if held == version:
            return True
        if isinstance(held, int) and held > version:
            raise StorageError(
                f"the collection {name!r} has version {held}, and this program knows {version}: it was written by a "
                "newer one; update the program, or give it another storage"
            )
        operations: list[Operation] = []
        if isinstance(held, int):
            operations += await self._migrated(collection, held)
        known = ABSENT if found is None else found.revision
        operations.append(Put(VERSIONS, name, encode(version), expected=known))
        try:
            await self._apply(operations, self.clock())
        except StorageConflict:
            return False
        return True

    async def _migrated(self, collection: Collection, held: int) -> list[Operation]:
        name = collection.place.collection
        operations: list[Operation] = []
        after = 0
        while records := await self._page(name, None, after, PAGE, self.clock()):
            for record in records:
                place = Place(name, record.scope)
                entry: Entry | None = _entry(name, record)
                for number in range(held + 1, collection.version + 1):
                    step = collection.migrations.get(number)
                    if step is None or entry is None:
                        continue
                    value = step(entry)
                    if value is None:
                        entry = None
                    else:
                        entry = Entry(entry.key, value, entry.revision, entry.position, entry.scope)
                if entry is None:
                    operations.append(Delete(place, record.key, record.revision))
                else:
                    data = encode(entry.value)
                    operations.append(Put(place, record.key, data, record.expires, record.revision, collection.limits))
            after = records[-1].position
        return operations


class Collection:
    """Entries of one name in one scope; made by `Storage.collection`.

    Every method raises `StorageError` when the storage fails, and opens the storage if need be. Values are bytes, or
    what JSON can say; what is returned is a copy.
    """

    __slots__ = ("limits", "migrations", "place", "storage", "version")

    def __init__(
        self, storage: Storage, place: Place, limits: Limits, version: int, migrations: Mapping[int, Migration]
    ) -> None:
        self.storage = storage
        self.place = place
        self.limits = limits
        self.version = version
        self.migrations = migrations

    def within(self, scope: Scope) -> Collection:
        """The same collection in another scope."""
        place = Place(self.place.collection, scope)
        return Collection(self.storage, place, self.limits, self.version, self.migrations)

    async def entry(self, key: str) -> Entry | None:
        """The entry; None when it is not there, or has expired."""
        check_text(key, "key")
        await self.storage._ready(self)
        found = await self.storage._read(self.place, key, self.storage.clock())
        return None if found is None else _entry(self.place.collection, found)

    async def get(self, key: str, default: Value = None) -> Value:
        """The value; `default` when it is not there, or has expired."""
        found = await self.entry(key)
        return default if found is None else found.value

    async def put(self, key: str, value: Value, *, expires_in: float | None = None) -> int:
        """Write an entry. One that was there keeps its place in the order.

        :param expires_in: seconds after which it is not there any more; None: never.
        :returns: its revision.
        :raises StorageFull: a bound of the collection does not allow it.
        :raises InvalidValue: the key or the value is none that can be kept.
        """
        return await self._one(self._put(key, value, expires_in, None))

    async def put_if_absent(self, key: str, value: Value, *, expires_in: float | None = None) -> bool:
        """Write an entry, unless there is one. Of several who do so at once, in other processes too, one gets True."""
        return await self._whether(self._put(key, value, expires_in, ABSENT))

    async def replace(self, key: str, value: Value, *, revision: int, expires_in: float | None = None) -> bool:
        """Write an entry if it is still the one that was read (compare and swap).

        :param revision: that entry's.
        :returns: whether it was. Of several who do so at once one gets True.
        """
        return await self._whether(self._put(key, value, expires_in, revision))

    async def delete(self, key: str, *, revision: int | None = None) -> bool:
        """Delete an entry. May be repeated.

        :param revision: only if it is still that one; None: whatever it is.
        :returns: whether it was there, and was deleted.
        """
        try:
            return await self._one(Delete(self.place, check_text(key, "key"), revision)) > 0
        except StorageConflict:
            return False

    async def clear(self) -> int:
        """Delete all entries of this scope; how many there were."""
        return await self._one(Clear(self.place))

    async def items(self, *, after: int = 0, page: int = PAGE) -> AsyncIterator[Entry]:
        """The entries of this scope, in the order in which they were first put.

        They are read page by page: what is put meanwhile may come, what is deleted before its page is read does not;
        nothing comes twice. The caller may write to the collection in between.

        :param after: begin behind this `Entry.position`.
        :param page: how many entries to read, and to hold, at once.
        """
        await self.storage._ready(self)
        name, scope = self.place.collection, self.place.scope
        while records := await self.storage._page(name, scope, after, page, self.storage.clock()):
            for record in records:
                yield _entry(name, record)
            after = records[-1].position

    async def keys(self) -> list[str]:
        """The keys of this scope, in the order of `items`."""
        return [entry.key async for entry in self.items()]

    def _put(self, key: str, value: Value, expires_in: float | None, expected: int | None) -> Put:
        data = encode(value)
        if len(data) > self.limits.value:
            raise too_long(self.place, key, len(data), self.limits.value)
        expires = None if expires_in is None else self.storage.clock() + expires_in
        return Put(self.place, check_text(key, "key"), data, expires, expected, self.limits)

    async def _one(self, operation: Operation) -> int:
        await self.storage._ready(self)
        (result,) = await self.storage._apply((operation,), self.storage.clock())
        return result

    async def _whether(self, operation: Put) -> bool:
        try:
            await self._one(operation)
        except StorageConflict:
            return False
        return True


class Batch:
    """Changes to any collections of a storage that are made together, in order, or not at all::

        async with storage.batch() as batch:
            batch.put(sent, "17", stanza)
            batch.delete(queued, "17")

    They are made at the end of the block, unless it raises, or by `commit`.
    """

    __slots__ = ("_collections", "_operations", "storage")

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._operations: list[Operation] = []
        self._collections: list[Collection] = []

    def put(
        self,
        collection: Collection,
        key: str,
        value: Value,
        *,
        expires_in: float | None = None,
        revision: int | None = None,
    ) -> None:
        """Write an entry; see `Collection.put`.

        :param revision: the one that the entry must have then, 0 if it must not be there; None: whatever it is.
        """
        self._add(collection, collection._put(key, value, expires_in, revision))

    def delete(self, collection: Collection, key: str, *, revision: int | None = None) -> None:
        """Delete an entry, if it is there; `revision` as in `put`."""
        self._add(collection, Delete(collection.place, check_text(key, "key"), revision))

    def clear(self, collection: Collection) -> None:
        """Delete all entries of the collection's scope."""
        self._add(collection, Clear(collection.place))

    def _add(self, collection: Collection, operation: Operation) -> None:
        if collection.storage is not self.storage:
            raise ValueError(f"the collection {collection.place.collection!r} belongs to another storage")
        self._operations.append(operation)
        self._collections.append(collection)

    async def commit(self) -> list[int]:
        """Make the changes. The batch is empty afterwards, also when they could not be made.

        :returns: for each the new revision of what was put, or how many entries were deleted.
        :raises StorageConflict: an entry has not the revision that was asked for. Nothing was changed.
        :raises StorageFull: a bound does not allow it. Nothing was changed.
        """
        operations, collections = self._operations, self._collections
        self._operations, self._collections = [], []
        for collection in collections:
            await self.storage._ready(collection)
        return await self.storage._apply(operations, self.storage.clock()) if operations else []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await self.commit()


def _entry(collection: str, record: Record) -> Entry:
    value = decode(record.data, f"the entry {record.key!r} of {collection!r}")
    return Entry(record.key, value, record.revision, record.position, record.scope)


# --- what storages raise ----------------------------------------------------------------------------------


def conflict(place: Place, key: str) -> StorageConflict:
    """An entry has not the revision that was expected."""
    return StorageConflict(f"the entry {key!r} of {place.collection!r} was changed meanwhile: read it again")


def too_long(place: Place, key: str, size: int, most: int) -> StorageFull:
    """A value is longer than the collection allows."""
    error = StorageFull(f"{key!r} takes {size} bytes, and a value of {place.collection!r} may have {most}")
    error.is_too_long = True
    return error


def no_room(place: Place, limits: Limits) -> StorageFull:
    """A collection has no room for another entry."""
    return StorageFull(
        f"the collection {place.collection!r} of {place.scope.owner or 'the program'!r} is full: it may have "
        f"{limits.entries} entries and {limits.bytes} bytes; delete some, or give it larger limits"
    )
