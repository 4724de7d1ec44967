# SPDX-License-Identifier: MIT
"""Named events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from xmppkit.dispatch.bus import EventBus


class Fixture:
    def __init__(self) -> None:
        self.spawned: list[Coroutine[Any, Any, None]] = []
        self.reports: list[tuple[str, Any]] = []
        self.seen: list[Any] = []
        self.bus = EventBus(self.spawned.append, lambda exc, data: self.reports.append((str(exc), data)))

    def note(self, name: str) -> Callable[[Any], None]:
        def handler(data: Any) -> None:
            self.seen.append((name, data))

        return handler

    async def finish(self) -> None:
        for coroutine in self.spawned:
            await coroutine


@pytest.fixture
def events() -> Fixture:
    return Fixture()


def fail(data: Any) -> None:
    raise ValueError("fault")


def test_order_and_data(events: Fixture) -> None:
    for name in "ab":
        events.bus.add("event", events.note(name))
    events.bus.add("other", events.note("c"))
    events.bus.emit("event", 1)
    events.bus.emit("event")
    events.bus.emit("nobody", 2)
    assert events.seen == [("a", 1), ("b", 1), ("a", None), ("b", None)]


def test_added_twice_called_twice_and_removed_at_once(events: Fixture) -> None:
    first, second = events.note("a"), events.note("b")
    for handler in (first, second, first):
        events.bus.add("event", handler)
    assert events.bus.count("event") == 3
    assert events.bus.handlers("event") == (first, second, first)
    events.bus.emit("event", 1)
    assert [name for name, _ in events.seen] == ["a", "b", "a"]
    assert events.bus.remove("event", first)
    assert not events.bus.remove("event", first)
    assert events.bus.handlers("event") == (second,)
    assert events.bus.remove("event", second)
    assert events.bus.count("event") == 0
    assert not events.bus.remove("event", second)
    assert not events.bus.remove("nobody", second)


def test_bound_methods_are_found_again(events: Fixture) -> None:
    class Owner:
        def handler(self, data: Any) -> None:
            """Nothing."""

    owner = Owner()
    events.bus.add("event", owner.handler)
    assert events.bus.remove("event", owner.handler)


def test_disposable(events: Fixture) -> None:
    events.bus.add("event", events.note("once"), disposable=True)
    events.bus.add("event", events.note("always"))
    for number in range(2):
        events.bus.emit("event", number)
    assert events.seen == [("once", 0), ("always", 0), ("always", 1)]
    events.bus.add("alone", events.note("once"), disposable=True)
    events.bus.emit("alone")
    assert events.bus.count("alone") == 0
    events.bus.emit("alone")
    assert events.seen[3:] == [("once", None)]


def test_a_disposable_that_was_removed(events: Fixture) -> None:
    handler = events.note("once")
    events.bus.add("event", handler, disposable=True)
    events.bus.remove("event", handler)
    events.bus.emit("event")
    events.bus.add("event", handler)
    events.bus.emit("event")
    events.bus.emit("event")
    assert len(events.seen) == 2


def test_a_disposable_that_emits_its_event_again(events: Fixture) -> None:
    def again(data: int) -> None:
        events.seen.append(data)
        events.bus.emit("event", data + 1)
        events.bus.add("event", again, disposable=True)

    events.bus.add("event", again, disposable=True)
    events.bus.emit("event", 0)
    assert events.seen == [0]
    events.bus.emit("event", 5)
    assert events.seen == [0, 5]


def test_who_comes_or_goes_meanwhile_takes_part_from_the_next_event_on(events: Fixture) -> None:
    late = events.note("late")

    def change(data: Any) -> None:
        events.seen.append("change")
        events.bus.add("event", late)
        events.bus.remove("event", gone)

    gone = events.note("gone")
    events.bus.add("event", change)
    events.bus.add("event", gone)
    events.bus.emit("event", 1)
    assert events.seen == ["change", ("gone", 1)]
    events.bus.remove("event", change)
    events.bus.emit("event", 2)
    assert events.seen[2:] == [("late", 2)]


async def test_coroutines_are_started_in_order_and_not_waited_for(events: Fixture) -> None:
    gate = asyncio.Event()

    async def slow(data: Any) -> None:
        events.seen.append(("begin", data))
        await gate.wait()
        events.seen.append(("end", data))

    events.bus.add("event", slow)
    events.bus.add("event", events.note("plain"))
    events.bus.add("event", lambda data: 5)  # what is no awaitable is nothing to wait for
    events.bus.emit("event", 1)
    assert events.seen == [("plain", 1)]
    assert len(events.spawned) == 1
    gate.set()
    await events.finish()
    assert events.seen == [("plain", 1), ("begin", 1), ("end", 1)]


async def test_a_fault_is_reported_once_and_the_others_run(events: Fixture) -> None:
    async def later(data: Any) -> None:
        fail(data)

    for handler in (fail, events.note("a"), later, events.note("b")):
        events.bus.add("event", handler)
    events.bus.emit("event", 1)
    await events.finish()
    assert events.seen == [("a", 1), ("b", 1)]
    assert events.reports == [("fault", 1), ("fault", 1)]
    events.seen.clear()
    await events.bus.emit_async("event", 2)
    assert events.seen == [("a", 2), ("b", 2)]
    assert events.reports[2:] == [("fault", 2), ("fault", 2)]
    assert len(events.spawned) == 1


async def test_emit_async_awaits_each_before_the_next(events: Fixture) -> None:
    async def slow(data: Any) -> None:
        await asyncio.sleep(0)
        events.seen.append("slow")

    events.bus.add("event", slow, disposable=True)
    events.bus.add("event", events.note("plain"))
    events.bus.add("event", lambda data: 5)
    for _ in range(2):
        await events.bus.emit_async("event", 1)
    assert events.seen == ["slow", ("plain", 1), ("plain", 1)]
    await events.bus.emit_async("nobody")


def test_what_ends_the_program_goes_through(events: Fixture) -> None:
    def stop(data: Any) -> None:
        raise KeyboardInterrupt

    events.bus.add("event", stop)
    with pytest.raises(KeyboardInterrupt):
        events.bus.emit("event")
    assert events.reports == []


def test_who_wants_to_know_of_listeners_is_told(events: Fixture) -> None:
    woken: list[tuple[str, ...]] = []
    events.bus.expect({"rain": ("umbrella", "boots")}, woken.append)
    events.bus.add("sun", events.note("a"))
    assert woken == []
    events.bus.add("rain", events.note("b"), disposable=True)
    assert woken == [("umbrella", "boots")]
    events.bus.expect({}, woken.append)
    events.bus.add("rain", events.note("c"))
    assert woken == [("umbrella", "boots")]
