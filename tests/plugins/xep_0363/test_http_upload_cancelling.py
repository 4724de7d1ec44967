# SPDX-License-Identifier: MIT
"""Uploads that are cancelled at each await, of theirs and of the tasks that they begin: connection and file are closed,
no task and no timer is left, and the next upload is whole."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from awaits import Moment, cancelled_at

pytest.importorskip("aiohttp")

SIZE = 150_000
#: Seconds for the server to notice that a connection is closed.
PATIENCE = 30


async def generated() -> AsyncIterator[bytes]:
    """The content from a generator."""
    for _ in range(3):
        await asyncio.sleep(0)
        yield bytes(SIZE // 3)


def descriptors() -> set[str]:
    """The files and sockets that are open."""
    found = set()
    for each in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{each}"))
        except FileNotFoundError:  # that of the directory itself
            continue
    return found


def timers() -> int:
    """How many are set. A loop of asyncio keeps those that were cancelled for a while."""
    loop: Any = asyncio.get_running_loop()
    return sum(not timer.cancelled() for timer in loop._scheduled)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files as Linux tells them")
@pytest.mark.parametrize("kind", ["file", "bytes", "open file", "generator"])
@pytest.mark.parametrize("moment", list(Moment), ids=[each.value for each in Moment])
async def test_cancelled_at_each_await(
    romeo: Any, service: Any, http: Any, tmp_path: Path, moment: Moment, kind: str
) -> None:
    path = tmp_path / "cat.jpg"
    path.write_bytes(bytes(SIZE))
    service.announce()
    service.put = service.get = http.url
    plugin = romeo.plugin["xep_0363"]
    told: list[Any] = []

    async def upload() -> None:
        contents: dict[str, Any] = {"file": None, "bytes": bytes(SIZE), "generator": generated()}
        if kind != "open file":
            await plugin.upload_file(path, SIZE, input_file=contents[kind], progress=told.append, timeout=5)
            return
        with path.open("rb") as file:
            await plugin.upload_file("cat.jpg", input_file=file, progress=told.append, timeout=5)

    await upload()  # what is made once is made now
    await http.idle.wait()
    open_before, set_before, tasks_before = descriptors(), timers(), asyncio.all_tasks()
    cancelled = 0
    for number in itertools.count(1):
        http.bodies.clear()
        if not await cancelled_at(number, moment, upload):
            break
        cancelled += 1
        assert not plugin._uploads
        async with asyncio.timeout(PATIENCE):
            await http.idle.wait()
            while asyncio.all_tasks() - tasks_before:  # noqa: ASYNC110 - a thread that was asked for a name ends
                await asyncio.sleep(0.001)
            while descriptors() - open_before:  # noqa: ASYNC110 - nobody says when the last is closed
                await asyncio.sleep(0.001)
        assert timers() <= set_before
        assert all(len(body) <= SIZE for body in http.bodies)
    assert http.bodies == [bytes(SIZE)], "and the one that was not cancelled is whole"
    assert cancelled > 10
