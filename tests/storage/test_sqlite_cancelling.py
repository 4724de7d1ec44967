# SPDX-License-Identifier: MIT
"""Calls of a storage that are cancelled at each of their awaits: each has done all or nothing, the storage can be used
afterwards, and nothing is left open."""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from awaits import Moment, cancelled_at

from xmppkit.storage.sqlite import SQLiteStorage

Work = Callable[[SQLiteStorage], Awaitable[object]]
BEFORE: dict[str, Any] = {"a": 1, "b": 2, "c": 3}


async def put(storage: SQLiteStorage) -> None:
    await storage.collection("c").put("a", 10)


async def put_new(storage: SQLiteStorage) -> None:
    await storage.collection("c").put_if_absent("d", 4)


async def replace(storage: SQLiteStorage) -> None:
    entry = await storage.collection("c").entry("b")
    assert entry is not None
    await storage.collection("c").replace("b", 20, revision=entry.revision)


async def delete(storage: SQLiteStorage) -> None:
    await storage.collection("c").delete("a")


async def clear(storage: SQLiteStorage) -> None:
    await storage.collection("c").clear()


async def batch(storage: SQLiteStorage) -> None:
    async with storage.batch() as changes:
        for key in "xyz":
            changes.put(storage.collection("c"), key, key * 1000)
        changes.delete(storage.collection("c"), "a")


async def migrate(storage: SQLiteStorage) -> None:
    await storage.collection("c", version=2, migrations={2: lambda entry: [entry.value]}).get("a")


async def read(storage: SQLiteStorage) -> None:
    assert [entry.key async for entry in storage.collection("c").items(page=1)] == list(BEFORE)


async def close(storage: SQLiteStorage) -> None:
    await storage.collection("c").get("a")
    await storage.close()


async def reopen(storage: SQLiteStorage) -> None:
    await storage.close()
    await storage.open()


async def together(storage: SQLiteStorage) -> None:
    """Several tasks open it at once."""
    await asyncio.gather(*(storage.collection("c").get(key) for key in BEFORE))


WORK: tuple[tuple[Work, dict[str, Any]], ...] = (
    (put, {**BEFORE, "a": 10}),
    (put_new, {**BEFORE, "d": 4}),
    (replace, {**BEFORE, "b": 20}),
    (delete, {"b": 2, "c": 3}),
    (clear, {}),
    (batch, {"b": 2, "c": 3, **{key: key * 1000 for key in "xyz"}}),
    (migrate, {key: [value] for key, value in BEFORE.items()}),
    (read, BEFORE),
    (close, BEFORE),
    (reopen, BEFORE),
    (together, BEFORE),
)


def content(path: Path) -> dict[str, Any]:
    """What another process would find."""

    async def found() -> dict[str, Any]:
        version = 2 if await storage.collection("xmppkit.versions").get("c") == 2 else 1
        return {entry.key: entry.value async for entry in storage.collection("c", version=version).items()}

    storage = SQLiteStorage(path)
    try:
        return storage.at_once(found())
    finally:
        storage.at_once(storage.close())


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


async def nothing_is_left(open_before: int) -> None:
    """No thread and no file; what was cancelled may be about to close them."""
    async with asyncio.timeout(30):
        while descriptors() > open_before or any(  # noqa: ASYNC110 - threads say nothing when they end
            thread.name.startswith("xmppkit-sqlite") for thread in threading.enumerate()
        ):
            await asyncio.sleep(0.005)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files as Linux tells them")
@pytest.mark.parametrize("opened", [False, True], ids=["closed", "open"])
@pytest.mark.parametrize("moment", list(Moment), ids=[each.value for each in Moment])
@pytest.mark.parametrize(("work", "after"), WORK, ids=[work.__name__ for work, _ in WORK])
async def test_cancelled_at_each_await(
    work: Work, after: dict[str, Any], moment: Moment, opened: bool, tmp_path: Path
) -> None:
    seen, open_before = list[dict[str, Any]](), descriptors()
    for number in itertools.count(1):
        path = tmp_path / f"{number}.db"
        storage = SQLiteStorage(path)
        for key, value in BEFORE.items():
            storage.at_once(storage.collection("c").put(key, value))
        if not opened:
            await storage.close()
        was_cancelled = await cancelled_at(number, moment, partial(work, storage))
        probe = storage.collection("probe")
        await probe.put("still", "works")
        assert await probe.get("still") == "works"
        await storage.close()
        seen.append(content(path))
        await nothing_is_left(open_before)
        if not was_cancelled:
            break
    assert all(found in (BEFORE, after) for found in seen)
    assert seen[-1] == after
    assert len(seen) > 1, "it was cancelled at least once"
