# SPDX-License-Identifier: MIT
"""The tasks of a stream: kept, reported, ended."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from xmppkit.xmlstream.tasks import Tasks


@pytest.fixture
async def tasks() -> Tasks:
    return make([])


class Host:
    """A stream, as far as its tasks are concerned."""

    def __init__(self, reported: list[BaseException], changes: list[int], loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.exception = reported.append
        self.changes = changes
        self.tasks = Tasks(self)

    def work_changed(self) -> None:
        self.changes.append(len(self.tasks))


def make(reported: list[BaseException], changes: list[int] | None = None) -> Tasks:
    return Host(reported, [] if changes is None else changes, asyncio.get_running_loop()).tasks


async def turns(number: int = 3) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_a_task_is_kept_while_it_runs() -> None:
    changes: list[int] = []
    tasks = make([], changes)
    gate = asyncio.Event()
    task = tasks.wrap(gate.wait())
    gc.collect()
    assert len(tasks) == 1
    assert tasks.running() == {task}
    gate.set()
    assert await task is True
    await turns()
    assert len(tasks) == 0
    assert changes == [1, 0]


async def test_who_awaits_a_task_gets_its_exception() -> None:
    async def fail() -> None:
        raise RuntimeError("mine")

    reported: list[BaseException] = []
    tasks = make(reported)
    with pytest.raises(RuntimeError, match="mine"):
        await tasks.wrap(fail())
    assert reported == []


async def test_the_exception_of_a_task_that_nobody_awaits_is_reported() -> None:
    async def end(error: BaseException | None) -> None:
        if error is not None:
            raise error

    reported: list[BaseException] = []
    tasks = make(reported)
    failure = RuntimeError("nobody's")
    for error in (None, failure, asyncio.CancelledError()):
        tasks.spawn(end(error))
    await turns()
    assert reported == [failure]


async def test_a_future_of_somebody_else_is_not_ours(tasks: Tasks) -> None:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    assert tasks.wrap(future) is future
    assert len(tasks) == 0
    tasks.cancel(frozenset({future}))
    assert not future.cancelled()


async def test_cancelling_spares_the_task_that_asks_for_it_and_those_not_named(tasks: Tasks) -> None:
    gate = asyncio.Event()
    named, other = tasks.spawn(gate.wait()), tasks.spawn(gate.wait())

    async def cancel() -> str:
        tasks.cancel(tasks.running() - {other})
        await asyncio.sleep(0)
        return "went on"

    assert await tasks.wrap(cancel()) == "went on"
    assert named.cancelled()
    assert not other.done()
    gate.set()
    await other


def test_cancelling_without_a_running_loop() -> None:
    loop = asyncio.new_event_loop()
    tasks = Host([], [], loop).tasks
    try:
        task = tasks.spawn(asyncio.sleep(10))
        tasks.cancel(tasks.running())
        loop.run_until_complete(asyncio.wait([task]))
        assert task.cancelled()
        assert len(tasks) == 0
    finally:
        loop.close()
