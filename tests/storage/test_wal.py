# SPDX-License-Identifier: MIT
"""Journals that are whole, torn or damaged: only what was damaged is told, and nothing is touched."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from torn import FRAME, HEAD, SMALL, Files, cuts

from xmppkit.storage import wal
from xmppkit.storage.wal import lost_changes

#: Transactions, of which each has one frame or more.
CHANGES = 4


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


@pytest.fixture
def written(files: Files) -> tuple[bytes, bytes, list[int]]:
    """The database, its journal, and how long that was after each transaction."""
    database = sqlite3.connect(files.path, isolation_level=None)
    lengths = []
    for change in ("CREATE TABLE t (x)", *(f"INSERT INTO t VALUES ({number})" for number in range(CHANGES - 1))):
        database.execute(change)
        lengths.append(len(files.journal))
    assert lost_changes(files.path) == 0, "while it is in use"
    result = files.database, files.journal, lengths
    database.close()
    return result


def test_there_is_none(files: Files) -> None:
    assert lost_changes(files.path) == 0
    assert lost_changes(files.path.with_name("nothing")) == 0
    assert lost_changes(files.put(files.database, b"\0" * HEAD)) == 0


def test_what_is_torn_is_in_order(files: Files, written: tuple[bytes, bytes, list[int]]) -> None:
    database, journal, _ = written
    for cut in cuts(0, len(journal) + 1, SMALL):  # at every byte
        assert lost_changes(files.put(database, journal[:cut])) == 0
        assert files.put_now == (database, journal[:cut])


def test_what_is_damaged_is_not(files: Files, written: tuple[bytes, bytes, list[int]]) -> None:
    """A byte differs: each in the heads, some in each page."""
    database, journal, lengths = written
    for place in range(len(journal)):
        if place > HEAD and (place - HEAD) % (FRAME + SMALL) > FRAME and place % 17:
            continue
        changed = bytearray(journal)
        changed[place] ^= 4
        found = lost_changes(files.put(database, bytes(changed)))
        assert files.put_now == (database, bytes(changed))
        behind = sum(length > place for length in lengths)
        if place < HEAD:
            assert found == CHANGES
        elif behind == 1:
            assert found == 0, "it may be what the power has left of the last one"
        else:
            # What differs may be what says that a transaction ends there, or that it is of this journal.
            within = (place - HEAD) % (FRAME + SMALL)
            assert found in ((behind, behind - 1, behind + 1, 0) if within < FRAME else (behind,))


def test_a_journal_of_the_other_byte_order(files: Files, written: tuple[bytes, bytes, list[int]]) -> None:
    """The magic number says in which order the checksums are computed."""
    head = bytearray(written[1][:HEAD])
    assert wal._is_whole(bytes(head))
    head[3] ^= 1
    assert not wal._is_whole(bytes(head))


def test_others_write_meanwhile(
    files: Files, written: tuple[bytes, bytes, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two looks another process has closed the journal, or has begun a new one."""
    database, journal, _ = written
    new = bytearray(journal)
    new[16:24] = b"newsalts"
    for found in (b"", bytes(new)):
        monkeypatch.setattr(wal, "_is_whole", lambda head: True)
        files.put(database, journal)
        with monkeypatch.context() as patched:
            patched.setattr(Path, "read_bytes", lambda self, found=found: found)
            assert lost_changes(files.copy) == 0


def test_what_is_no_database(files: Files, written: tuple[bytes, bytes, list[int]]) -> None:
    noise = b"noise" * 1000
    files.put(noise, bytes(HEAD) + written[1][HEAD:])
    with pytest.raises(sqlite3.DatabaseError):
        lost_changes(files.copy)
    assert files.put_now[0] == noise
