# SPDX-License-Identifier: MIT
"""Whether SQLite can read all of the journal (``-wal``) that a process has left.

SQLite reads a journal up to the first frame whose checksum is wrong, and takes that for its end, as what stands behind
is what a transaction has left that was not completed. If whole transactions stand there, the journal was damaged, and
SQLite says nothing about it. See https://www.sqlite.org/fileformat2.html#walformat.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

__all__ = ["lost_changes"]

#: The head of a journal: magic number, form, page size, number, two salts, two checksums.
_HEAD: Final = struct.Struct(">8I")
#: The head of a frame: page, the size of the file behind a transaction that ends with it or else 0, salts, checksums.
_FRAME: Final = struct.Struct(">6I")
#: In the head of the index (``-shm``), behind twelve bytes: its state, the last frame that is read, and the salts.
_INDEX: Final = struct.Struct("=12xI I 12x 8s")
_BIG_ENDIAN: Final = 0x377F0683


def lost_changes(path: Path) -> int:
    """How many transactions stand in the journal of a database behind a place where it was damaged, and cannot be read.

    The files stay as they are. What one transaction has left that was not completed does not count.

    :raises sqlite3.Error: the database cannot be read.
    """
    journal = Path(f"{path}-wal")
    if not journal.exists() or journal.stat().st_size <= _HEAD.size:
        return 0
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as database:
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()  # this makes the index
        (page,) = database.execute("PRAGMA page_size").fetchone()
        # In this order: another process may be writing. What it writes between is in the index only.
        content = journal.read_bytes()
        with open(f"{path}-shm", "rb") as index:
            _, known, salts = _INDEX.unpack(index.read(_INDEX.size))
    if len(content) <= _HEAD.size:
        return 0  # another process has just closed it
    if _is_whole(content[: _HEAD.size]):
        if salts != content[16:24]:
            return 0  # another process has begun a new one meanwhile
    else:
        known, salts = 0, content[_HEAD.size + 8 : _HEAD.size + 16]
    ends = sum(1 for number, size, salt in _frames(content, page) if number > known and size and salt == salts)
    return ends if ends > 1 else 0  # one may be of the transaction in which the power failed


def _frames(content: bytes, page: int) -> Iterator[tuple[int, int, bytes]]:
    """The number of each frame, what it says of the file's size, and its salts."""
    starts = range(_HEAD.size, len(content) - _FRAME.size - page + 1, _FRAME.size + page)
    for number, start in enumerate(starts, 1):
        yield number, _FRAME.unpack_from(content, start)[1], content[start + 8 : start + 16]


def _is_whole(head: bytes) -> bool:
    """Whether the checksum of the journal's head is right."""
    words = struct.unpack(f"{'>' if _HEAD.unpack(head)[0] == _BIG_ENDIAN else '<'}6I", head[:24])
    one = two = 0
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return (one, two) == _HEAD.unpack(head)[6:]
