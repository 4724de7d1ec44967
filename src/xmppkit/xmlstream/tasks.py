# SPDX-License-Identifier: MIT
"""The tasks of a stream: kept alive while they run, reported when they fail, ended with the stream."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, Protocol, TypeVar

__all__ = ["Tasks", "TasksHost", "Watcher"]

T = TypeVar("T")


class TasksHost(Protocol):
    """What is needed of the stream."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...

    def exception(self, exception: BaseException, /) -> None:
        """Takes the exception of a task that nobody awaits."""

    def work_changed(self) -> None:
        """Called whenever the number of tasks has changed."""


class Watcher(Protocol):
    """Who wants to know of each task."""

    def work_began(self, task: asyncio.Future[Any], /) -> None:
        """A task has begun."""


class Tasks:
    """The tasks that belong to one stream.

    :param host: the stream.
    """

    __slots__ = ("_host", "_running", "watcher")

    def __init__(self, host: TasksHost) -> None:
        self._host = host
        #: Told of each task that begins.
        self.watcher: Watcher | None = None
        #: The keys of a dict, which is a third of a set's size as long as it is empty.
        self._running: dict[asyncio.Future[Any], None] = {}

    def __len__(self) -> int:
        return len(self._running)

    def wrap(self, awaitable: Awaitable[T]) -> asyncio.Future[T]:
        """Run `awaitable` as a task. Its exception is for whoever awaits the task."""
        task = asyncio.ensure_future(awaitable, loop=self._host.loop)
        if task is not awaitable:  # a future that somebody else made is somebody else's
            self._running[task] = None
            task.add_done_callback(self._ended)
            if self.watcher is not None:
                self.watcher.work_began(task)
            self._host.work_changed()
        return task

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Future[Any]:
        """Run a coroutine that nobody awaits. Its exception is reported."""
        task = self.wrap(coroutine)
        task.add_done_callback(self._report_failure)
        return task

    def _ended(self, task: asyncio.Future[Any]) -> None:
        self._running.pop(task, None)
        self._host.work_changed()

    def _report_failure(self, task: asyncio.Future[Any]) -> None:
        if not task.cancelled():
            exc = task.exception()
            if isinstance(exc, Exception):
                self._host.exception(exc)  # which a program may have assigned to the stream

    def running(self) -> frozenset[asyncio.Future[Any]]:
        """The tasks that run now."""
        return frozenset(self._running)

    def cancel(self, tasks: frozenset[asyncio.Future[Any]]) -> None:
        """Cancel those of `tasks` that still run here, but never the task that calls this."""
        current = asyncio.current_task() if self._host.loop.is_running() else None
        for task in tasks & self._running.keys():
            if task is not current:
                task.cancel()
