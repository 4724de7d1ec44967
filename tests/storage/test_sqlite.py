# SPDX-License-Identifier: MIT
"""The storage in an SQLite file: what every storage does, and what concerns the file."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from xmppkit.exceptions import StorageCorrupted, StorageError
from xmppkit.storage.base import Storage
from xmppkit.storage.sqlite import SQLiteStorage
from xmppkit.testing.conformance.storage import StorageConformance


class TestSQLiteStorage(StorageConformance):
    @pytest.fixture(autouse=True)
    def _directory(self, tmp_path: Path) -> None:
        self.path = tmp_path / "bot.db"

    async def make_storage(self) -> Storage:
        return SQLiteStorage(self.path, clock=self.clock)

    async def reopen(self, storage: Storage) -> Storage:
        return SQLiteStorage(self.path, clock=self.clock)


async def ask(storage: SQLiteStorage, statement: str) -> object:
    """The first value of what a statement gives; None: nothing."""
    await storage.open()
    found = await storage._in_database(lambda database: database.execute(statement).fetchone())
    return found[0] if found else None


async def test_the_file_is_its_owners_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "bot.db"
    async with SQLiteStorage(path) as storage:
        await storage.collection("c").put("k", 1)
        modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in os.listdir(tmp_path)}
    assert set(modes.values()) == {0o600}, modes
    assert not caplog.records
    path.chmod(0o644)
    async with SQLiteStorage(path):
        assert "chmod 600" in caplog.text


@pytest.mark.parametrize(("durable", "level"), [(False, 1), (True, 2)])
async def test_what_the_file_is_opened_with(tmp_path: Path, durable: bool, level: int) -> None:
    async with SQLiteStorage(tmp_path / "bot.db", durable=durable) as storage:
        assert await ask(storage, "PRAGMA synchronous") == level
        assert await ask(storage, "PRAGMA journal_mode") == "wal"


async def test_it_works_in_a_thread_of_its_own(tmp_path: Path) -> None:
    async with SQLiteStorage(tmp_path / "bot.db") as storage:
        gate = threading.Event()
        waiting = asyncio.ensure_future(storage._in_thread(gate.wait))
        reading = asyncio.ensure_future(storage.collection("c").get("k", "read"))
        for _ in range(10):
            await asyncio.sleep(0)  # the loop goes on while the thread stands still
        assert not waiting.done()
        gate.set()
        assert await waiting
        assert await reading == "read"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("xmppkit-sqlite")]


@pytest.mark.parametrize("at", [0, 100], ids=["head", "tables"])
async def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path, at: int) -> None:
    path = tmp_path / "bot.db"
    async with SQLiteStorage(path) as storage:
        await storage.collection("c").put("k", 1)
    content = bytearray(path.read_bytes())
    content[at : at + 60] = b"\xff" * 60
    path.write_bytes(content)
    with pytest.raises(StorageCorrupted, match=r"bot\.db is no database .* left as it is"):
        await SQLiteStorage(path).collection("c").get("k")
    assert path.read_bytes() == content


async def test_the_database_of_another_program_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StorageError, match="another program"):
        await SQLiteStorage(path).open()
    assert path.read_bytes() == before


async def test_a_file_of_a_newer_version_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    async with SQLiteStorage(path) as storage:
        await ask(storage, "PRAGMA user_version = 2")
    with pytest.raises(StorageError, match="newer xmppkit"):
        await SQLiteStorage(path).open()


async def test_a_directory_that_does_not_exist(tmp_path: Path) -> None:
    storage = SQLiteStorage(tmp_path / "nowhere" / "bot.db")
    with pytest.raises(StorageError, match=r"bot\.db cannot be opened: No such file"):
        await storage.open()
    (tmp_path / "nowhere").mkdir()
    assert await storage.collection("c").get("k", "works now") == "works now"
    await storage.close()


async def test_a_disk_that_is_full(tmp_path: Path) -> None:
    async with SQLiteStorage(tmp_path / "bot.db") as storage:
        kept = storage.collection("c")
        await kept.put("k", 1)
        pages = await ask(storage, "PRAGMA page_count")
        await ask(storage, f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StorageError, match=r"bot\.db: .*full"):
            await kept.put("k", b"x" * 500_000)
        assert await kept.get("k") == 1


async def test_a_writer_that_does_not_end(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    async with SQLiteStorage(path, busy_timeout=0.01) as storage:
        await storage.collection("c").put("k", 1)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match=r"another process has been writing for 0\.01 s"):
            await storage.collection("c").put("k", 2)
        assert await storage.collection("c").get("k") == 1  # who reads does not wait
        other.execute("ROLLBACK")
        other.close()
        await storage.collection("c").put("k", 2)


async def test_closing_while_it_is_used(tmp_path: Path) -> None:
    storage = SQLiteStorage(tmp_path / "bot.db")
    kept = storage.collection("c")
    await kept.put("k", 1)
    writing = asyncio.ensure_future(kept.put("k", 2))
    await asyncio.sleep(0)
    await storage.close()
    await writing
    assert await kept.get("k") == 2
    await storage.close()
    with pytest.raises(StorageError, match="was closed while it was used"):
        await storage._in_thread(lambda: None)


async def test_cancelled_while_it_opens(tmp_path: Path) -> None:
    storage = SQLiteStorage(tmp_path / "bot.db")
    opening = asyncio.ensure_future(storage.open())
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert await storage.collection("c").get("k") is None
    await storage.close()


async def test_many_make_the_file_at_once(tmp_path: Path) -> None:
    storages = [SQLiteStorage(tmp_path / "bot.db") for _ in range(6)]
    await asyncio.gather(*(each.collection("c").put(str(n), n) for n, each in enumerate(storages)))
    assert sorted(await storages[0].collection("c").keys()) == list("012345")
    for each in storages:
        await each.close()


KILLED = """
import asyncio, os, signal, sys
from xmppkit.storage.sqlite import SQLiteStorage

async def main():
    kept = SQLiteStorage(sys.argv[1]).collection("c")
    for number in range(1000):
        await kept.put(str(number), number)
        print(number, flush=True)
        if number == 20:
            os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_what_was_put_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, str(path)], capture_output=True, timeout=60, check=False
    )
    assert done.returncode < 0, done.stderr
    async with SQLiteStorage(os.fspath(path)) as storage:
        assert await storage.collection("c").keys() == done.stdout.decode().split()
