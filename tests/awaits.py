# SPDX-License-Identifier: MIT
"""Cancels a task at each of its awaits, and at those of the tasks that it has begun."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import suppress
from enum import Enum
from types import coroutine
from typing import Any

__all__ = ["Moment", "cancelled_at"]


class Moment(Enum):
    """When a task is cancelled that waits for something."""

    #: While it waits.
    WAITING = "waiting"
    #: When what it has waited for is there, and the task has not been told yet.
    DONE = "done"


class _Awaits:
    """Counts how often tasks wait for something, and acts at one of these times."""

    def __init__(self, at: int, act: Callable[[Any], object]) -> None:
        self.count = 0
        self._at = at
        self._act = act

    def make_task(
        self, loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **options: Any
    ) -> asyncio.Task[Any]:
        """A task factory."""
        return asyncio.Task(self._run(coro), loop=loop, **options)

    async def _run(self, coro: Coroutine[Any, Any, Any]) -> Any:
        return await self._steps(coro)

    @coroutine
    def _steps(self, coro: Coroutine[Any, Any, Any]) -> Generator[Any, None, Any]:
        error: BaseException | None = None
        while True:
            try:
                awaited = coro.send(None) if error is None else coro.throw(error)
            except StopIteration as done:
                return done.value
            error = None
            self.count += 1
            if self.count == self._at:
                self._act(awaited)
            try:
                yield awaited
            except BaseException as raised:
                error = raised


async def cancelled_at(number: int, moment: Moment, work: Callable[[], Awaitable[object]]) -> bool:
    """Do some work in a task, which is cancelled when it, or a task that it has begun, waits for the `number`-th time.

    :param number: from 1.
    :returns: False: it does not wait so often, and was completed.
    :raises Exception: what it raises, unless it was cancelled.
    """
    loop = asyncio.get_running_loop()
    task: asyncio.Task[Any] | None = None

    def act(awaited: Any) -> None:
        assert task is not None
        if moment is Moment.DONE and isinstance(awaited, asyncio.Future):
            cancel = task.cancel
            awaited.add_done_callback(lambda _: cancel())
        else:
            loop.call_soon(task.cancel)

    async def run() -> None:
        await work()

    awaits, before = _Awaits(number, act), loop.get_task_factory()
    make: Any = awaits.make_task
    loop.set_task_factory(make)
    try:
        task = loop.create_task(run())
        with suppress(asyncio.CancelledError):
            await task
    finally:
        loop.set_task_factory(before)
    return awaits.count >= number
