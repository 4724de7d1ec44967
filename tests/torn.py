# SPDX-License-Identifier: MIT
"""Databases as they are after a process, a disk or the power has failed: journals that are cut, bytes that differ."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random

from xmppkit.storage.sqlite import SQLiteStorage

#: The journal's head, and that of each frame in it.
HEAD, FRAME = 32, 24
SMALL = 512


class Quick(SQLiteStorage):
    """Does not wait for the disk, as what is read is looked at only."""

    def _prepare(self, database: sqlite3.Connection) -> None:
        super()._prepare(database)
        database.execute("PRAGMA synchronous = OFF")


class Files:
    """A database, its journal, and a copy of both to try things with.

    :param page: bytes of its pages. With small ones a transaction has fewer bytes, and each can be tried.
    """

    def __init__(self, directory: Path, page: int = SMALL) -> None:
        self.path = directory / "original.db"
        self.copy = directory / "copy.db"
        self.path.touch(0o600)
        database = sqlite3.connect(self.path)
        database.execute(f"PRAGMA page_size = {page}")
        database.execute("PRAGMA journal_mode = WAL")
        database.close()

    @property
    def database(self) -> bytes:
        return self.path.read_bytes()

    @property
    def journal(self) -> bytes:
        return Path(f"{self.path}-wal").read_bytes()

    def put(self, database: bytes, journal: bytes = b"") -> Path:
        """Make the copy of these bytes; its path."""
        for each in self.copy.parent.glob(f"{self.copy.name}*"):
            if not each.name.endswith(".lock"):
                each.unlink()
        self.copy.touch(0o600)
        self.copy.write_bytes(database)
        if journal:
            Path(f"{self.copy}-wal").write_bytes(journal)
        return self.copy

    @property
    def put_now(self) -> tuple[bytes, bytes]:
        """What the copy is now."""
        journal = Path(f"{self.copy}-wal")
        return self.copy.read_bytes(), journal.read_bytes() if journal.exists() else b""


def cuts(start: int, end: int, page: int) -> Iterator[int]:
    """Where a journal is cut, from its length before a transaction to that behind it: at every byte if its pages are
    small; else at each in and beside the heads of frames, and at some of each page."""
    for place in range(start, end):
        within = (place - HEAD) % (FRAME + page)
        if page == SMALL or within < FRAME + 2 or within > FRAME + page - 3 or within % 251 == 0:
            yield place


def damaged(content: bytes, chance: Random) -> bytes:
    """Some bytes of it differ: a bit, a byte, or several."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8, 50))):
        place = chance.randrange(len(changed))
        changed[place] = chance.choice((changed[place] ^ 1 << chance.randrange(8), chance.randrange(256)))
    return bytes(changed)
