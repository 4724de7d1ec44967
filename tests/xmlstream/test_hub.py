# SPDX-License-Identifier: MIT
"""The hub: loops, events, errors, schedules, filters, handlers, without any connection."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any

import pytest

from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.exceptions import ConnectionLost, NotConnectedError
from xmppkit.testing import clock
from xmppkit.xmlstream.hub import Hub, find_loop

# --- the loop ---------------------------------------------------------------------------------------------


async def test_the_running_loop_is_found() -> None:
    assert find_loop() is asyncio.get_running_loop()
    assert Hub().loop is asyncio.get_running_loop()


def test_without_a_running_loop_it_is_the_threads_or_a_new_one() -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        assert find_loop() is loop
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    made: list[asyncio.AbstractEventLoop] = []

    def in_a_thread() -> None:  # which has no loop
        made.extend([find_loop(), find_loop()])

    thread = threading.Thread(target=in_a_thread)
    thread.start()
    thread.join()
    assert made[0] is made[1]
    made[0].close()


def test_the_loop_changes_until_one_runs() -> None:
    first, second = asyncio.new_event_loop(), asyncio.new_event_loop()
    asyncio.set_event_loop(first)
    hub = Hub()

    async def look() -> list[asyncio.AbstractEventLoop]:
        return [hub.loop, hub.loop]

    try:
        assert hub.loop is first
        assert second.run_until_complete(look()) == [second, second]
    finally:
        asyncio.set_event_loop(None)
        first.close()
        second.close()


def test_a_loop_that_was_given_stays() -> None:
    given, running = asyncio.new_event_loop(), asyncio.new_event_loop()
    hub = Hub(given)

    async def look() -> asyncio.AbstractEventLoop:
        return hub.loop

    try:
        assert running.run_until_complete(look()) is given
        hub.loop = running
        assert hub.loop is running
        assert given.run_until_complete(look()) is running
    finally:
        given.close()
        running.close()


# --- tasks and errors -------------------------------------------------------------------------------------


async def test_an_error_of_the_program_and_the_end_of_a_connection_are_two_lines(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hub = Hub()
    hub.exception(RuntimeError("a bug"))
    hub.exception(ConnectionLost("gone"))
    hub.exception(NotConnectedError("never there"))
    first, *others = caplog.records
    assert (first.levelno, first.exc_info is not None) == (logging.ERROR, True)
    assert [(each.levelno, each.exc_info) for each in others] == [(logging.WARNING, None)] * 2


async def test_errors_of_tasks_timers_and_events_arrive_in_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[str] = []
    complete = asyncio.Event()

    def note(exc: BaseException) -> None:
        errors.append(str(exc))
        if len(errors) == 3:
            complete.set()

    hub = Hub()
    monkeypatch.setattr(hub, "exception", note)

    async def fail(what: str) -> None:
        raise RuntimeError(what)

    def fail_now(what: str) -> None:
        raise RuntimeError(what)

    hub.spawn(fail("task"))
    hub.schedule("now", 0.0, fail_now, ("timer",))
    hub.add_event_handler("mine", lambda _: fail_now("event"))
    hub.event("mine")
    with pytest.raises(RuntimeError, match="awaited"):
        await hub.wrap(fail("awaited"))
    await complete.wait()
    assert sorted(errors) == ["event", "task", "timer"]


async def test_ids_are_long_and_differ() -> None:
    hub = Hub()
    ids = {hub.new_id() for _ in range(200)}
    assert len(ids) == 200
    assert all(len(each) == 32 for each in ids)


# --- events -----------------------------------------------------------------------------------------------


async def test_events() -> None:
    hub = Hub()
    seen: list[Any] = []
    hub.add_event_handler("a", seen.append)
    hub.add_event_handler("a", lambda data: seen.append("once"), disposable=True)
    assert hub.event_handled("a") == 2
    hub.event("a")
    hub.event("a", 1)
    assert seen == [{}, "once", 1]
    hub.del_event_handler("a", seen.append)
    hub.del_event_handler("a", seen.append)
    assert hub.event_handled("a") == 0
    hub.event("a", 2)
    assert seen[-1] == 1


async def test_no_payload_is_an_empty_dict_and_none_is_none() -> None:
    hub = Hub()
    seen: list[Any] = []
    hub.add_event_handler("a", seen.append)
    hub.event("a")
    hub.event("a", None)
    await hub.event_async("a")
    await hub.event_async("a", None)
    assert seen == [{}, None, {}, None]


async def test_events_by_decorator() -> None:
    hub = Hub()
    seen: list[Any] = []

    @hub.on("a")
    def always(data: Any) -> None:
        seen.append(("always", data))

    @hub.on("a", disposable=True)
    async def once(data: Any) -> None:
        seen.append(("once", data))

    hub.event("a", 1)
    hub.event("a", 2)
    await asyncio.sleep(0)
    assert seen == [("always", 1), ("always", 2), ("once", 1)]
    always(3)
    assert seen[-1] == ("always", 3), "what is decorated stays what it was"
    hub.del_event_handler("a", always)
    assert hub.event_handled("a") == 0


async def test_an_event_may_be_awaited() -> None:
    hub = Hub()
    seen: list[Any] = []

    async def slow(data: Any) -> None:
        await asyncio.sleep(0)
        seen.append(data)

    hub.add_event_handler("a", slow)
    await hub.event_async("a")
    await hub.event_async("a", 0)
    assert seen == [{}, 0]


async def test_a_handler_for_the_time_of_a_block_goes_with_an_error_too() -> None:
    hub = Hub()
    with pytest.raises(RuntimeError), hub.event_handler("a", print):
        raise RuntimeError
    assert hub.event_handled("a") == 0


def test_waiting_for_an_event_has_an_end() -> None:
    async def main() -> None:
        hub = Hub()
        with pytest.raises(TimeoutError):
            await hub.wait_until("never", timeout=60.0)
        assert asyncio.get_running_loop().time() == 60.0
        assert hub.event_handled("never") == 0
        for payload in (1, 2):
            hub.loop.call_soon(hub.event, "now", payload)
        assert await hub.wait_until("now") == 1

    clock.run(main())


# --- schedules, filters, handlers -------------------------------------------------------------------------


def test_schedules() -> None:
    async def main() -> None:
        hub = Hub()
        times: list[float] = []

        def note(what: str = "", *, why: str = "") -> None:
            times.append(hub.loop.time())

        async def note_later() -> None:
            times.append(-hub.loop.time())

        hub.schedule("often", 10.0, note, ("what",), {"why": "because"}, repeat=True)
        hub.schedule("once", 15.0, note_later)
        hub.schedule("default", None, note)
        assert set(hub.scheduled_events) == {"often", "once", "default"}
        await asyncio.sleep(35)
        assert times == [10, -15, 20, 30, 30]
        assert set(hub.scheduled_events) == {"often"}
        hub.cancel_schedule("often")
        hub.cancel_schedule("often")
        await asyncio.sleep(35)
        assert len(times) == 5

    clock.run(main())


async def test_filters_have_four_places() -> None:
    hub = Hub()
    for mode in ("in", "out", "out_sync", "out_sce"):
        hub.add_filter(mode, print)
        hub.add_filter(mode, repr, order=0)
        assert hub._filters.of(mode) == (repr, print)
        hub.del_filter(mode, print)
        hub.del_filter(mode, print)
        assert hub._filters.of(mode) == (repr,)
    with pytest.raises(ValueError, match="sideways"):
        hub.add_filter("sideways", print)


async def test_a_handler_belongs_to_the_first_stream_it_is_given_to() -> None:
    hub, other = Hub(), Hub()
    handler = Callback("mine", StanzaPath("message"), print)
    hub.register_handler(handler)
    other.register_handler(handler)
    assert handler.stream is not None
    assert handler.stream() is hub
    assert hub.remove_handler(handler)
    assert not hub.remove_handler(handler)
    assert other.remove_handler("mine")


async def test_places_of_handlers() -> None:
    hub = Hub()
    for name, place in (("b", {}), ("a", {"before": "b"}), ("c", {"after": "b"}), ("d", {"before": "nobody"})):
        hub.register_handler(Callback(name, StanzaPath("message"), print), **place)
    names = []
    for name in "abcd":
        names.append([each.name for each in hub._handlers])
        hub.remove_handler(name)
    assert names[0] == ["a", "b", "c", "d"]


async def test_iqs_wait_in_one_table() -> None:
    hub = Hub()
    assert hub._pending_iqs is None, "made when it is needed"
    assert hub._pending is hub._pending
