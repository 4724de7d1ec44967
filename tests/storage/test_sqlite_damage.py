# SPDX-License-Identifier: MIT
"""Files that were damaged, and disks that take no more: everything is told in our words, and nothing is half there."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from torn import HEAD, Files, Quick, damaged

from xmppkit.exceptions import StorageCorrupted, StorageError
from xmppkit.storage.records import Value
from xmppkit.storage.sqlite import SQLiteStorage

ENTRIES: dict[str, Value] = {"a": 1, "b": "two" * 50, "c": [3.0, None]}
#: Damaged files that are tried.
TRIES = 300


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Three transactions, all of them in the journal."""
    files = Files(tmp_path)
    storage = Quick(files.path)
    for key, value in ENTRIES.items():
        storage.at_once(storage.collection("c").put(key, value))
    files.put(files.database, files.journal)
    storage.at_once(storage.close())
    return files


async def entries(path: Path) -> dict[str, object]:
    """What is in a file, after another entry was written."""
    async with Quick(path) as storage:
        kept = storage.collection("c")
        found: dict[str, object] = {entry.key: entry.value async for entry in kept.items()}
        await kept.put("new", "more")
        assert await kept.get("new") == "more"
        return found


async def opening_tells(path: Path) -> str:
    """What is said when a file is opened; empty: nothing."""
    try:
        async with Quick(path):
            return ""
    except StorageError as error:
        return str(error)


@pytest.mark.parametrize("journal", [False, True], ids=["database", "journal"])
async def test_bytes_that_differ(files: Files, journal: bool) -> None:
    chance = Random(7)
    whole = files.put_now
    if not journal:
        assert await entries(files.copy) == ENTRIES
        whole = files.database, b""
    told = read = 0
    for _ in range(TRIES):
        changed = (whole[0], damaged(whole[1], chance)) if journal else (damaged(whole[0], chance), b"")
        if await opening_tells(files.put(*changed)):
            assert files.put_now == changed, "it was left as it is"
            told += 1
            continue
        files.put(*changed)
        try:
            found = await entries(files.copy)
        except StorageError:
            told += 1
            continue
        if journal:  # its checksums tell: what is read is the beginning
            assert found == dict(list(ENTRIES.items())[: len(found)])
        read += 1
    assert read > TRIES // 4
    assert journal or told > TRIES // 10


def test_a_damaged_journal_is_told_and_copied(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    database, journal = files.put_now
    changed = bytearray(journal)
    changed[HEAD + 100] ^= 1  # all that follows is as good as gone
    files.put(database, bytes(changed))
    storage = Quick(files.copy, clock=lambda: 17.0)
    storage.at_once(storage.collection("c").put("new", 1))
    storage.at_once(storage.close())
    copy = Path(f"{files.copy}-wal-damaged-17")
    assert copy.read_bytes() == changed
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert "copy.db-wal was damaged: its last 5 changes cannot be read; a copy is" in caplog.text


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE entries SET data = 'jtext' WHERE key = 'a'", "an entry of '' cannot be read: the file was damaged"),
        ("DELETE FROM counter", "is no database that can be read"),
        ("DROP TABLE entries", "is no database that can be read .*no such table"),
    ],
)
async def test_tables_that_are_none_of_ours(files: Files, statement: str, told: str) -> None:
    with sqlite3.connect(files.copy) as database:
        database.execute(statement)
    database.close()
    with pytest.raises(StorageCorrupted, match=told):
        await entries(files.copy)


async def test_what_sqlite_says_may_be_no_text(files: Files) -> None:
    """It quotes the schema, whatever is in there."""
    assert await entries(files.copy) == ENTRIES
    content, _ = files.put_now
    files.put(content.replace(b"CREATE TABLE counter", b"CREATE T\xffBLE counter"))
    with pytest.raises(StorageCorrupted, match=r"is no database that can be read .*decode"):
        await Quick(files.copy).open()


LIMITED = """
import resource, sys
from xmppkit.exceptions import StorageError
from xmppkit.storage.records import Value
from xmppkit.storage.sqlite import SQLiteStorage

resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
storage = SQLiteStorage(sys.argv[1], durable=True)
kept, written = storage.collection("c"), 0
try:
    for number in range(1000):
        storage.at_once(kept.put(str(number), "x" * 1000))
        written += 1
except StorageError as error:
    print(written, storage.at_once(kept.keys()) == [str(number) for number in range(written)], error)
"""


async def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """The operating system refuses to write: what was written is there, what was refused is not, not even a part."""
    path = tmp_path / "bot.db"
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", LIMITED, str(path)], capture_output=True, timeout=60, check=True
    )
    written, whole, error = done.stdout.decode().split(maxsplit=2)
    assert int(written) > 10
    assert whole == "True"
    assert error.strip() == f"{path}: disk I/O error"
    async with SQLiteStorage(path) as storage:
        kept = storage.collection("c")
        assert await kept.keys() == [str(number) for number in range(int(written))]
        await kept.put("more", 1)


def test_a_place_that_takes_nothing(tmp_path: Path) -> None:
    """The journal would be on a device that is full."""

    def use(value: int) -> None:
        storage = SQLiteStorage(tmp_path / "bot.db")
        try:
            storage.at_once(storage.collection("c").put("k", value))
        finally:
            storage.at_once(storage.close())

    use(1)
    journal = tmp_path / "bot.db-wal"
    journal.symlink_to("/dev/full")
    with pytest.raises(StorageError, match=r"bot\.db"):
        use(2)
    journal.unlink()
    storage = SQLiteStorage(tmp_path / "bot.db")
    assert storage.at_once(storage.collection("c").get("k")) == 1
    storage.at_once(storage.close())


def test_closed_without_waiting(tmp_path: Path) -> None:
    storage = SQLiteStorage(tmp_path / "bot.db")
    storage.at_once(storage.collection("c").put("k", 1))
    storage.at_once(storage.close())
    assert not Path(f"{storage.path}-wal").exists()
    assert storage.at_once(storage.collection("c").get("k")) == 1
    storage.at_once(storage.close())
