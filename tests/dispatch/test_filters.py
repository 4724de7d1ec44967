# SPDX-License-Identifier: MIT
"""Filters: what may change or drop a stanza on its way, with the order kept."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.dispatch.filters import FILTER_TIMEOUT, FilterMode, Filters, FilterTimeout, Pipeline
from xmppkit.testing.clock import run

OUT = (FilterMode.OUT, FilterMode.OUT_SYNC, FilterMode.OUT_SCE)


class Fixture:
    """A pipeline on the running loop, and what came of it."""

    def __init__(self, timeout: float = FILTER_TIMEOUT) -> None:
        self.filters = Filters()
        self.delivered: list[Any] = []
        self.reports: list[tuple[BaseException, Any]] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.fault: Exception | None = None
        self.line = Pipeline(
            self.filters, OUT, self.deliver, spawn=self.spawn, report=lambda *report: self.reports.append(report),
            timeout=timeout,
        )  # fmt: skip

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(coroutine)
        self.tasks.append(task)
        return task

    def deliver(self, stanza: Any) -> None:
        if self.fault is not None:
            raise self.fault
        self.delivered.append(stanza)

    def put(self, *stanzas: Any, use_filters: bool = True) -> None:
        for stanza in stanzas:
            self.line.put(stanza, use_filters=use_filters)

    def faults(self) -> list[tuple[str, Any]]:
        return [(str(fault), stanza) for fault, stanza in self.reports]


async def slow(stanza: Any) -> Any:
    await asyncio.sleep(1)
    return stanza


# --- the registry ---------------------------------------------------------------------------------------------------


def test_places() -> None:
    filters = Filters()
    a, b, c = (lambda s: s), (lambda s: s), (lambda s: s)
    filters.add("in", a)
    filters.add(FilterMode.IN, b, 0)
    filters.add("in", c, 1)
    filters.add("out", a)
    assert filters.of("in") == (b, c, a)
    assert filters.of(FilterMode.OUT) == (a,)
    assert filters.of("out_sce") == ()
    assert [entry.function for entry in filters.entries((FilterMode.OUT, FilterMode.IN))] == [a, b, c, a]


def test_removal() -> None:
    filters = Filters()
    a, b = (lambda s: s), (lambda s: s)
    for each in (b, a, b):
        filters.add("out_sync", each)
    before = filters.changes
    assert filters.remove("out_sync", b)
    assert filters.of("out_sync") == (a, b)
    assert filters.changes == before + 1
    assert not filters.remove("in", a)
    assert filters.changes == before + 1
    assert filters.remove("out_sync", b)
    assert filters.of("out_sync") == (a,)


def test_there_is_no_such_mode() -> None:
    filters = Filters()
    for act in (filters.add, filters.remove):
        with pytest.raises(ValueError, match="sideways"):
            act("sideways", str)
    with pytest.raises(ValueError, match="sideways"):
        filters.of("sideways")


# --- functions ------------------------------------------------------------------------------------------------------


def test_without_filters() -> None:
    f = Fixture()
    f.put(1, 2)
    f.put(3, use_filters=False)
    assert f.delivered == [1, 2, 3]
    assert len(f.line) == 0


def test_modes_follow_each_other() -> None:
    f = Fixture()
    for mode in ("out_sce", "out", "in", "out_sync"):
        f.filters.add(mode, partial(lambda mode, stanza: [*stanza, mode], mode))
    f.put([])
    f.put([], use_filters=False)
    assert f.delivered == [["out", "out_sync", "out_sce"], []]


def test_dropping() -> None:
    f = Fixture()
    after: list[int] = []
    f.filters.add("out", lambda stanza: stanza if stanza % 2 else None)

    def note(stanza: int) -> int:
        after.append(stanza)
        return stanza

    f.filters.add("out", note)
    f.put(1, 2, 3)
    assert f.delivered == after == [1, 3]


def test_a_fault_stops_the_stanza_and_is_reported_once() -> None:
    f = Fixture()
    f.filters.add("out", lambda stanza: stanza + 10)
    f.filters.add("out", lambda stanza: stanza if 1 // (stanza - 11) else None)
    f.put(1, 2)
    assert f.delivered == [12]
    assert f.faults() == [("integer division or modulo by zero", 1)]


def test_a_fault_of_the_delivery_reaches_the_caller() -> None:
    f = Fixture()
    f.fault = ConnectionError("gone")
    with pytest.raises(ConnectionError, match="gone"):
        f.put(1)
    assert f.reports == []


def test_only_for_some_classes() -> None:
    f = Fixture()
    f.filters.add("out", lambda stanza: stanza + 1, only=int)
    f.filters.add("out", lambda stanza: stanza * 2, only=(str, float))
    f.put(1, "a", 1.5, b"b")
    assert f.delivered == [2, "aa", 3.0, b"b"]


def test_a_filter_may_replace_filters() -> None:
    f = Fixture()

    def replace(stanza: int) -> int:
        f.filters.remove("out", replace)
        f.filters.add("out", lambda stanza: stanza + 1)
        return stanza

    f.filters.add("out", replace)
    f.put(1, 1)
    assert f.delivered == [1, 2]


def test_a_filter_may_send() -> None:
    f = Fixture()

    def announce(stanza: int) -> int:
        if stanza == 1:
            f.put(2)
        return stanza

    f.filters.add("out", announce)
    f.put(1)
    assert f.delivered == [2, 1]


async def test_a_function_that_gives_a_coroutine_undeclared() -> None:
    f = Fixture()
    later = asyncio.get_running_loop().create_future()
    f.filters.add("out", lambda stanza: slow(stanza) if stanza == 1 else later)
    f.put(1, 2)
    assert f.delivered == []
    assert [stanza for _, stanza in f.reports] == [1, 2]
    for fault, _ in f.reports:
        assert isinstance(fault, TypeError)
        assert "declare it with 'async def'" in str(fault)


# --- coroutines -----------------------------------------------------------------------------------------------------


class Callable:
    async def __call__(self, stanza: Any) -> Any:
        return await slow(stanza)


@pytest.mark.parametrize("function", [slow, partial(slow), Callable(), Callable().__call__])
def test_a_coroutine_function_in_each_guise(function: Any) -> None:
    async def main() -> None:
        f = Fixture()
        f.filters.add("out_sync", function)
        f.put(1)
        assert f.delivered == []
        await f.line.join()
        assert f.delivered == [1]

    run(main())


def test_order_is_kept_however_slow_a_filter_is() -> None:
    async def main() -> None:
        f = Fixture()

        async def varying(stanza: int) -> int:
            await asyncio.sleep(10 - stanza)
            return stanza

        f.filters.add("out", varying, only=int)
        f.put("before", 1, 5, "between", 9)
        f.put("past the filters", use_filters=False)
        assert f.delivered == ["before"]
        assert len(f.line) == 5
        await f.line.join()
        assert f.delivered == ["before", 1, 5, "between", 9, "past the filters"]
        assert len(f.tasks) == 1
        assert asyncio.get_running_loop().time() == 15
        f.put("after")
        assert f.delivered[-1] == "after"
        f.put(9)
        await f.line.join()
        assert len(f.tasks) == 2

    run(main())


def test_past_the_filters_without_a_queue() -> None:
    f = Fixture()
    f.filters.add("out", slow)
    f.put(1, use_filters=False)
    assert f.delivered == [1]


def test_coroutines_and_functions_together() -> None:
    async def main() -> None:
        f = Fixture()

        async def drop_even(stanza: int) -> int | None:
            await asyncio.sleep(1)
            return stanza if stanza % 2 else None

        f.filters.add("out_sce", lambda stanza: stanza * 10)
        f.filters.add("out", drop_even)
        f.filters.add("out_sync", lambda stanza: stanza + 1 if stanza < 5 else None)
        f.put(1, 2, 3, 5)
        await f.line.join()
        assert f.delivered == [20, 40]
        assert f.reports == []

    run(main())


def test_faults_of_coroutines_stop_their_stanza_alone() -> None:
    async def main() -> None:
        f = Fixture()

        async def fail(stanza: int) -> int:
            await asyncio.sleep(1)
            if stanza == 2:
                raise ValueError("fault")
            if stanza == 3:
                raise TimeoutError("of its own")
            return stanza

        f.filters.add("out", fail)
        f.put(1, 2, 3, 4)
        await f.line.join()
        assert f.delivered == [1, 4]
        assert f.faults() == [("fault", 2), ("of its own", 3)]
        assert not isinstance(f.reports[1][0], FilterTimeout)

    run(main())


def test_a_fault_of_the_delivery_after_the_caller_has_gone_on() -> None:
    async def main() -> None:
        f = Fixture()
        f.filters.add("out", slow)
        f.fault = ConnectionError("gone")
        f.put(1, 2)
        await f.line.join()
        assert f.faults() == [("gone", 1), ("gone", 2)]

    run(main())


def test_a_filter_that_does_not_return() -> None:
    async def main() -> None:
        f = Fixture(timeout=5)

        async def stuck(stanza: int) -> int:
            if stanza == 1:
                await asyncio.get_running_loop().create_future()
            return stanza

        f.filters.add("out", stuck)
        f.put(1, 2)
        await f.line.join()
        assert f.delivered == [2]
        assert asyncio.get_running_loop().time() == 5
        ((fault, stanza),) = f.reports
        assert isinstance(fault, FilterTimeout)
        assert str(fault).endswith("did not return within 5 s")
        assert stanza == 1

    run(main())


def test_what_is_sent_while_a_stanza_is_delivered_comes_after_it() -> None:
    async def main() -> None:
        f = Fixture()
        f.filters.add("out", slow, only=int)
        f.put(1)
        deliver = f.line._deliver

        def answer(stanza: Any) -> None:
            if stanza == 1:
                f.put("answer")
            deliver(stanza)

        f.line._deliver = answer
        await f.line.join()
        assert f.delivered == [1, "answer"]

    run(main())


def test_a_cancellation_loses_nothing() -> None:
    async def main() -> None:
        f = Fixture()
        f.filters.add("out", slow)
        f.put(1, 2)
        waiter = asyncio.ensure_future(f.line.join())
        await asyncio.sleep(0.5)
        f.tasks[0].cancel()
        await waiter
        assert f.delivered == []
        assert len(f.line) == 2
        f.put(3)
        await f.line.join()
        assert f.delivered == [1, 2, 3]

    run(main())


def test_several_may_wait_and_give_up() -> None:
    async def main() -> None:
        f = Fixture()
        await f.line.join()
        f.filters.add("out", slow)
        f.put(1)
        one, other = (asyncio.ensure_future(f.line.join()) for _ in range(2))
        await asyncio.sleep(0.5)
        one.cancel()
        await other
        assert one.cancelled()
        assert f.delivered == [1]

    run(main())


def test_who_waits_is_told_when_all_is_done() -> None:
    async def main() -> None:
        f = Fixture()
        f.filters.add("out", slow)
        f.put(1)
        waiter = asyncio.ensure_future(f.line.join())
        f.tasks[0].add_done_callback(lambda _: f.put(2))  # work again, before the waiter runs
        await waiter
        assert f.delivered == [1, 2]

    run(main())


def test_forgetting_what_waits() -> None:
    async def main() -> None:
        f = Fixture()
        f.filters.add("out", slow)
        assert f.line.clear() == []
        f.put(1, 2, 3)
        await asyncio.sleep(0.5)
        assert f.line.clear() == [(2, True, None), (3, True, None)]
        assert len(f.line) == 1
        await f.line.join()
        assert f.delivered == [1]
        f.put(4, 5)
        await asyncio.sleep(0.5)
        f.tasks[-1].cancel()
        await asyncio.sleep(0)
        assert f.line.clear() == [(4, True, None), (5, True, None)]
        assert len(f.line) == 0

    run(main())


@given(st.lists(st.tuples(st.sampled_from(["slow", "plain", "past"]), st.integers(0, 5), st.integers(0, 3))))
def test_order_at_random(chosen: list[tuple[str, int, int]]) -> None:
    async def main() -> None:
        f = Fixture()

        async def wait(stanza: tuple[int, str, int]) -> Any:
            if stanza[1] == "slow":
                await asyncio.sleep(stanza[2])
            return stanza

        class Slow(tuple):  # type: ignore[type-arg]
            __slots__ = ()

        f.filters.add("out", wait, only=Slow)
        for number, (kind, duration, pause) in enumerate(chosen):
            stanza = (number, kind, duration)
            f.put(Slow(stanza) if kind == "slow" else stanza, use_filters=kind != "past")
            if pause:
                await asyncio.sleep(pause)
        await f.line.join()
        assert [number for number, *_ in f.delivered] == list(range(len(chosen)))

    run(main())


def test_a_worker_that_is_cancelled_before_it_begins() -> None:
    async def main() -> None:
        f = Fixture()
        f.filters.add("out", slow)
        f.put(1)
        f.tasks[0].cancel()
        waiter = asyncio.ensure_future(f.line.join())
        await waiter
        assert f.delivered == []
        assert len(f.line) == 1
        f.put(2)
        await f.line.join()
        assert f.delivered == [1, 2]

    run(main())


def test_it_can_be_told_when_something_waits_no_longer() -> None:
    async def main() -> None:
        fixture = Fixture()
        waiting: list[int] = []
        fixture.line.through = lambda: waiting.append(len(fixture.line))
        fixture.put("at once")
        fixture.filters.add("out", slow)
        fixture.put("a", "b")
        await fixture.line.join()
        assert waiting == [1, 0]
        assert fixture.delivered == ["at once", "a", "b"]

    run(main())


class Slip:
    """Notes why its stanza was stopped."""

    def __init__(self) -> None:
        self.why: list[Exception | None] = []

    def stopped(self, error: Exception | None) -> None:
        self.why.append(error)


@pytest.mark.parametrize("slow", [False, True])
async def test_what_accompanies_a_stanza(slow: bool) -> None:
    """It arrives with the stanza, also when that is replaced; and is told when the stanza does not arrive."""
    filters = Filters()
    arrived: list[tuple[Any, ...]] = []
    reported: list[Any] = []
    line = Pipeline(
        filters,
        (FilterMode.OUT,),
        lambda *given: arrived.append(given),
        spawn=asyncio.ensure_future,
        report=lambda error, stanza: reported.append(stanza),
    )
    first = Slip()
    line.put("first", slip=first)

    def judge(stanza: str) -> str | None:
        if stanza == "raise":
            raise ValueError(stanza)
        return None if stanza == "drop" else stanza.upper()

    async def judge_slowly(stanza: str) -> str | None:
        await asyncio.sleep(0)
        return judge(stanza)

    filters.add("out", judge_slowly if slow else judge)
    slips = [Slip() for _ in range(3)]
    for stanza, slip in zip(("go", "drop", "raise"), slips, strict=True):
        line.put(stanza, slip=slip)
    await line.join()
    assert arrived == [("first", first), ("GO", slips[0])]
    assert [slips[0].why, slips[1].why] == [[], [None]]
    assert isinstance(slips[2].why[0], ValueError)
    assert reported == ["raise"]


async def test_what_accompanies_a_stanza_whose_filter_gives_an_awaitable() -> None:
    filters = Filters()
    line = Pipeline(
        filters, (FilterMode.OUT,), lambda *given: None, spawn=asyncio.ensure_future, report=lambda error, stanza: None
    )

    async def later(stanza: str) -> str:
        return stanza

    filters.add("out", lambda stanza: later(stanza))
    slip = Slip()
    line.put("stanza", slip=slip)
    assert isinstance(slip.why[0], TypeError)
    line.put("without a slip")
