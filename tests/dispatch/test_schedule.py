# SPDX-License-Identifier: MIT
"""Named timers, on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from xmppkit.dispatch.schedule import DEFAULT_DELAY, Scheduler
from xmppkit.testing.clock import run


class Timers:
    """A scheduler on the running loop, and what it did."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.tasks: list[asyncio.Task[None]] = []
        self.reports: list[str] = []
        self.seen: list[tuple[float, Any]] = []
        self.scheduler = Scheduler(self)

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(self.loop.create_task(coroutine))

    def exception(self, exception: BaseException) -> None:
        self.reports.append(str(exception))

    def note(self, value: Any = None) -> None:
        self.seen.append((self.loop.time(), value))


def timed(test: Callable[[Timers], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def wrapped() -> None:
        async def main() -> None:
            await test(Timers())

        run(main())

    wrapped.__name__ = test.__name__
    return wrapped


@timed
async def test_once(timers: Timers) -> None:
    timers.scheduler.schedule("a", 5, timers.note, ("x",))
    timers.scheduler.schedule("b", None, timers.note, kwargs={"value": "y"})
    assert list(timers.scheduler) == ["a", "b"]
    assert len(timers.scheduler) == 2
    assert timers.scheduler["a"] is not timers.scheduler["b"]
    await asyncio.sleep(100)
    assert timers.seen == [(5.0, "x"), (DEFAULT_DELAY, "y")]
    assert len(timers.scheduler) == 0
    assert "a" not in timers.scheduler


@timed
async def test_at_once(timers: Timers) -> None:
    timers.scheduler.schedule("a", 0, timers.note)
    assert timers.seen == []
    await asyncio.sleep(1)
    assert timers.seen == [(0.0, None)]


@timed
async def test_again_and_again_until_cancelled(timers: Timers) -> None:
    timers.scheduler.schedule("a", 10, timers.note, repeat=True)
    await asyncio.sleep(35)
    assert [when for when, _ in timers.seen] == [10, 20, 30]
    assert timers.scheduler.cancel("a")
    assert not timers.scheduler.cancel("a")
    await asyncio.sleep(35)
    assert len(timers.seen) == 3


@timed
async def test_a_callback_may_cancel_its_own_repetition(timers: Timers) -> None:
    def stop() -> None:
        timers.note()
        assert timers.scheduler.cancel("a")

    timers.scheduler.schedule("a", 10, stop, repeat=True)
    await asyncio.sleep(35)
    assert len(timers.seen) == 1


@timed
async def test_a_callback_may_schedule_its_own_name(timers: Timers) -> None:
    def again() -> None:
        timers.note()
        timers.scheduler.schedule("a", 7, timers.note)

    timers.scheduler.schedule("a", 10, again)
    await asyncio.sleep(35)
    assert [when for when, _ in timers.seen] == [10, 17]


@timed
async def test_what_is_refused(timers: Timers) -> None:
    timers.scheduler.schedule("a", 10, timers.note)
    with pytest.raises(ValueError, match="a schedule of the name 'a' exists"):
        timers.scheduler.schedule("a", 10, timers.note)
    for seconds, repeat in ((-1, False), (-0.5, True), (0, True)):
        with pytest.raises(ValueError, match="is no time to wait"):
            timers.scheduler.schedule("b", seconds, timers.note, repeat=repeat)
    assert list(timers.scheduler) == ["a"]


@timed
async def test_a_name_is_free_after_a_cancellation(timers: Timers) -> None:
    timers.scheduler.schedule("a", 10, timers.note, (1,))
    timers.scheduler.cancel("a")
    timers.scheduler.schedule("a", 10, timers.note, (2,))
    await asyncio.sleep(20)
    assert timers.seen == [(10.0, 2)]


@timed
async def test_cancelling_all(timers: Timers) -> None:
    for name in "abc":
        timers.scheduler.schedule(name, 10, timers.note, repeat=name == "b")
    timers.scheduler.cancel_all()
    assert len(timers.scheduler) == 0
    await asyncio.sleep(20)
    assert timers.seen == []


@timed
async def test_faults_are_reported_once_and_a_repetition_runs_on(timers: Timers) -> None:
    def fail() -> None:
        raise ValueError("plain")

    async def later() -> None:
        await asyncio.sleep(1)
        raise ValueError("coroutine")

    timers.scheduler.schedule("a", 10, fail, repeat=True)
    timers.scheduler.schedule("b", 12, later)
    await asyncio.sleep(25)
    assert timers.reports == ["plain", "coroutine", "plain"]
    assert list(timers.scheduler) == ["a"]
    assert [task.exception() for task in timers.tasks] == [None]


@timed
async def test_a_coroutine_function(timers: Timers) -> None:
    async def note(value: int) -> None:
        await asyncio.sleep(3)
        timers.note(value)

    timers.scheduler.schedule("a", 10, note, (5,), repeat=True)
    await asyncio.sleep(25)
    assert timers.seen == [(13.0, 5), (23.0, 5)]
    assert timers.reports == []


@timed
async def test_what_a_callback_returns_does_not_matter(timers: Timers) -> None:
    timers.scheduler.schedule("a", 10, lambda: 5)
    await asyncio.sleep(20)
    assert timers.tasks == []
    assert timers.reports == []
