# SPDX-License-Identifier: MIT
"""A storage in one SQLite file, through a thread of its own.

The file is in WAL mode: who reads does not wait for who writes, and other processes may have it open at the same time.
A change is one transaction; after ``kill -9`` it is there, or nothing of it is. Beside the file there are two more,
``-wal`` and ``-shm``, while it is open: they belong to it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from xmppkit.exceptions import StorageCorrupted, StorageError
from xmppkit.storage.base import Storage, conflict, no_room
from xmppkit.storage.claims import Claim, claim_file
from xmppkit.storage.records import ABSENT, Clear, Delete, Full, Operation, Place, Put, Record, Scope
from xmppkit.storage.wal import lost_changes

__all__ = ["BUSY_TIMEOUT", "SQLiteStorage"]

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds to wait for another process that writes.
BUSY_TIMEOUT: Final = 5.0
#: "xmpk": says whose file it is (PRAGMA application_id).
APPLICATION: Final = 0x786D706B
#: The form of the tables (PRAGMA user_version).
FORM: Final = 1

#: What SQLite says of files that are no databases, or none of ours any more ("no such table").
_DAMAGE: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH)

_READ = """
SELECT owner, jid, node, key, data, position, revision, expires FROM entries
WHERE collection = ? AND owner = ? AND jid = ? AND node = ? AND key = ? AND (expires IS NULL OR expires > ?)
"""
_PAGE = """
SELECT owner, jid, node, key, data, position, revision, expires FROM entries
WHERE collection = ? AND owner = ? AND jid = ? AND node = ? AND position > ? AND (expires IS NULL OR expires > ?)
ORDER BY position LIMIT ?
"""
_PAGE_OF_ALL = """
SELECT owner, jid, node, key, data, position, revision, expires FROM entries
WHERE collection = ? AND position > ? AND (expires IS NULL OR expires > ?) ORDER BY position LIMIT ?
"""
_REVISION = "SELECT revision FROM entries WHERE collection = ? AND owner = ? AND jid = ? AND node = ? AND key = ?"
_PUT = """
INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (collection, owner, jid, node, key)
DO UPDATE SET data = excluded.data, revision = excluded.revision, expires = excluded.expires
"""
#: What SQLite does not see to by itself: of the first seven columns of a row.
_TYPES: Final = (str, str, str, str, bytes, int, int)
_DELETE = "DELETE FROM entries WHERE collection = ? AND owner = ? AND jid = ? AND node = ? AND key = ?"
_CLEAR = "DELETE FROM entries WHERE collection = ? AND owner = ? AND jid = ? AND node = ?"
_TOTALS = "SELECT entries, bytes FROM totals WHERE collection = ? AND owner = ?"
_DROP_OLDEST = """
DELETE FROM entries WHERE revision = (SELECT min(revision) FROM entries WHERE collection = ? AND owner = ?)
"""
# Triggers keep the totals, so that checking a bound does not cost more the more there is.
_SCHEMA = """
CREATE TABLE entries (
    collection TEXT NOT NULL, owner TEXT NOT NULL, jid TEXT NOT NULL, node TEXT NOT NULL, key TEXT NOT NULL,
    data BLOB NOT NULL, position INTEGER NOT NULL, revision INTEGER NOT NULL UNIQUE, expires REAL,
    PRIMARY KEY (collection, owner, jid, node, key)
);
CREATE UNIQUE INDEX by_position ON entries (collection, owner, jid, node, position);
CREATE INDEX by_revision ON entries (collection, owner, revision);
CREATE INDEX by_expiry ON entries (expires) WHERE expires IS NOT NULL;
CREATE TABLE totals (
    collection TEXT NOT NULL, owner TEXT NOT NULL, entries INTEGER NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (collection, owner)
);
CREATE TABLE counter (number INTEGER NOT NULL);
INSERT INTO counter VALUES (0);
CREATE TRIGGER entry_put AFTER INSERT ON entries BEGIN
    INSERT INTO totals VALUES (new.collection, new.owner, 1, length(new.data))
    ON CONFLICT DO UPDATE SET entries = entries + 1, bytes = bytes + length(new.data);
END;
CREATE TRIGGER entry_changed AFTER UPDATE OF data ON entries BEGIN
    UPDATE totals SET bytes = bytes + length(new.data) - length(old.data)
    WHERE collection = new.collection AND owner = new.owner;
END;
CREATE TRIGGER entry_deleted AFTER DELETE ON entries BEGIN
    UPDATE totals SET entries = entries - 1, bytes = bytes - length(old.data)
    WHERE collection = old.collection AND owner = old.owner;
    DELETE FROM totals WHERE collection = old.collection AND owner = old.owner AND entries = 0;
END;
"""


class _Worker:
    """A thread, and the connection that it alone uses. Each opening has its own: one that was cancelled may still be
    closing its connection when the next one begins."""

    __slots__ = ("database", "thread")

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="xmppkit-sqlite")
        self.database: sqlite3.Connection | None = None

    def disconnect(self) -> None:
        """Close the connection, if there is one. Called in the thread."""
        database, self.database = self.database, None
        if database is not None:
            database.close()


class SQLiteStorage(Storage):
    """A storage in a file. A file that does not exist is made, readable and writable by its owner only (0600): it will
    hold tokens that are as good as passwords.

    :param path: the file. Its directory must exist.
    :param durable: each change is on the disk before the call returns, so that it also survives a power failure.
        Without, it survives the end of the process in whatever way, and a power failure may take the last changes,
        never a part of one. Costs a wait for the disk with each change.
    :param busy_timeout: seconds to wait for another process that writes, before `StorageError` is raised.
    :param clock: see `Storage`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        durable: bool = False,
        busy_timeout: float = BUSY_TIMEOUT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(clock=clock)
        self.path = Path(path)
        self.durable = durable
        self.busy_timeout = busy_timeout
        self._worker: _Worker | None = None

    def claim(self, name: str) -> Claim:
        """See `Storage.claim`. It holds between processes as well: there is a file beside that of the storage, which is
        locked and never removed."""
        mark = hashlib.sha256(name.encode()).hexdigest()[:16]
        return claim_file(f"{self.path}-{mark}.lock", name)

    # --- the thread -----------------------------------------------------------------------------------

    async def _open(self) -> None:
        self._worker = worker = _Worker()
        try:
            await self._in_thread(lambda: self._connect(worker))
        except BaseException:
            # Cancelled while the thread is connecting: it closes what it is about to have.
            self._worker = None
            worker.thread.submit(worker.disconnect)
            worker.thread.shutdown(wait=False)
            raise

    async def _close(self) -> None:
        worker, self._worker = self._worker, None
        assert worker is not None
        done = worker.thread.submit(worker.disconnect)
        worker.thread.shutdown(wait=False)  # what was given to it before is done first
        if not self._at_once:
            await asyncio.shield(asyncio.wrap_future(done))
        worker.thread.shutdown()  # ends in a moment: it has nothing left to do

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Do `work` in the thread, after what it was given before."""
        if self._worker is None:
            raise StorageError(f"{self.path} was closed while it was used")
        if self._at_once:
            return self._worker.thread.submit(self._guarded, work).result()
        return await asyncio.get_running_loop().run_in_executor(self._worker.thread, self._guarded, work)

    async def _in_database(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work` in the thread, with the connection."""
        worker = self._worker

        def run() -> T:
            assert worker is not None
            assert worker.database is not None
            return work(worker.database)

        return await self._in_thread(run)

    def _guarded(self, work: Callable[[], T]) -> T:
        with self._errors():
            return work()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """SQLite's errors become ours here, and nowhere else."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extended part
            if code in _DAMAGE:
                raise self._damaged(error) from error
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise StorageError(
                    f"{self.path}: another process has been writing for {self.busy_timeout:g} s; try again, or raise "
                    "busy_timeout"
                ) from error
            raise StorageError(f"{self.path}: {error}") from error
        except (UnicodeDecodeError, TypeError) as error:  # a message of SQLite about noise, or a row that is none
            raise self._damaged(error) from error
        except OSError as error:
            raise StorageError(f"{self.path} cannot be opened: {error.strerror or error}") from error

    def _damaged(self, error: Exception) -> StorageCorrupted:
        return StorageCorrupted(
            f"{self.path} is no database that can be read ({error}). It was left as it is: move it away to begin anew, "
            "or restore it from a copy"
        )

    # --- opening --------------------------------------------------------------------------------------

    def _connect(self, worker: _Worker) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self.path, flags, 0o600)  # SQLite gives -wal and -shm the same mode
        try:
            mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        finally:
            os.close(descriptor)
        if mode & 0o077:
            log.warning("%s can be read or written by others (mode %o): chmod 600 it", self.path, mode)
        self._look_for_damage()
        database = sqlite3.connect(self.path, timeout=self.busy_timeout, isolation_level=None, check_same_thread=False)
        worker.database = database  # closed by `_open` if that is cancelled
        try:
            self._prepare(database)
        except BaseException:
            worker.disconnect()
            raise

    def _look_for_damage(self) -> None:
        """SQLite takes what is damaged in a journal for its end, and would write over what stands behind."""
        lost = lost_changes(self.path)
        if lost:
            copy = f"{self.path}-wal-damaged-{self.clock():.0f}"
            with open(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
                file.write(Path(f"{self.path}-wal").read_bytes())
            log.error("%s-wal was damaged: its last %d changes cannot be read; a copy is %s", self.path, lost, copy)

    def _prepare(self, database: sqlite3.Connection) -> None:
        # Reads the head of the file, before anything is written to one that is not ours.
        with _transaction(database, "BEGIN"):  # both as of one moment: another process may be making the file
            (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
            (application,) = database.execute("PRAGMA application_id").fetchone()
        if application != APPLICATION and (application or tables):
            raise StorageError(f"{self.path} is the database of another program: give the storage a file of its own")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {'FULL' if self.durable else 'NORMAL'}")
        database.execute("PRAGMA secure_delete = ON")  # a token that was deleted is not to stay in the file
        with _transaction(database):
            # Of two processes that make the file at once, the second finds it made.
            (form,) = database.execute("PRAGMA user_version").fetchone()
            if form == 0:
                for statement in _statements(_SCHEMA):
                    database.execute(statement)
                database.execute(f"PRAGMA application_id = {APPLICATION}")
                database.execute(f"PRAGMA user_version = {FORM}")
            elif form > FORM:
                raise StorageError(
                    f"{self.path} was written by a newer xmppkit (form {form}, this one knows {FORM}): update it"
                )

    # --- what a storage implements --------------------------------------------------------------------

    async def _read(self, place: Place, key: str, now: float) -> Record | None:
        given = (*_of(place), key, now)
        found = await self._in_database(lambda database: database.execute(_READ, given).fetchone())
        return None if found is None else _record(found)

    async def _page(self, collection: str, scope: Scope | None, after: int, count: int, now: float) -> list[Record]:
        place = (collection,) if scope is None else _of(Place(collection, scope))
        query = _PAGE_OF_ALL if scope is None else _PAGE
        given = (*place, after, now, count)
        rows = await self._in_database(lambda database: database.execute(query, given).fetchall())
        return [_record(row) for row in rows]

    async def _apply(self, operations: Sequence[Operation], now: float) -> list[int]:
        given = tuple(operations)
        return await self._in_database(lambda database: self._transact(database, given, now))

    def _transact(self, database: sqlite3.Connection, operations: Sequence[Operation], now: float) -> list[int]:
        with _transaction(database):
            database.execute("DELETE FROM entries WHERE expires <= ?", (now,))
            return [self._carry_out(database, operation) for operation in operations]

    def _carry_out(self, database: sqlite3.Connection, operation: Operation) -> int:
        place = _of(operation.place)
        if isinstance(operation, Clear):
            return database.execute(_CLEAR, place).rowcount
        where = (*place, operation.key)
        if operation.expected is not None:
            found = database.execute(_REVISION, where).fetchone()
            if operation.expected != (ABSENT if found is None else found[0]):
                raise conflict(operation.place, operation.key)
        if isinstance(operation, Delete):
            return database.execute(_DELETE, where).rowcount
        database.execute("UPDATE counter SET number = number + 1")
        (number,) = database.execute("SELECT number FROM counter").fetchone()
        database.execute(_PUT, (*where, operation.data, number, number, operation.expires))
        _make_room(database, operation)
        return int(number)


def _make_room(database: sqlite3.Connection, put: Put) -> None:
    """Keep the collection within its bounds, now that an entry was written."""
    limits, group = put.limits, (put.place.collection, put.place.scope.owner)
    while True:
        entries, size = database.execute(_TOTALS, group).fetchone()
        if entries <= limits.entries and size <= limits.bytes:
            return
        if limits.when_full is Full.REFUSE or entries == 1:
            raise no_room(put.place, limits)
        database.execute(_DROP_OLDEST, group)


@contextmanager
def _transaction(database: sqlite3.Connection, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
    # IMMEDIATE: who begins by reading and then writes would fail, instead of waiting, when somebody else wrote between.
    database.execute(begin)
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        database.rollback()  # nothing, when SQLite has ended it by itself
        raise


def _statements(script: str) -> Iterator[str]:
    """The statements of a script. `sqlite3.Connection.executescript` would commit the transaction."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _of(place: Place) -> tuple[str, str, str, str]:
    return (place.collection, place.scope.owner, place.scope.jid, place.scope.node)


def _record(row: tuple[str, str, str, str, bytes, int, int, float | None]) -> Record:
    owner, jid, node, key, data, position, revision, expires = row
    if tuple(map(type, row[:7])) != _TYPES:
        raise StorageCorrupted(f"an entry of {owner!r} cannot be read: the file was damaged")
    return Record(Scope(owner, jid, node), key, data, position, revision, expires)
