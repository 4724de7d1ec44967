# SPDX-License-Identifier: MIT
"""What runs when a matcher accepts a stanza."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Awaitable
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from xmppkit.dispatch import handlers as module
from xmppkit.dispatch.handlers import (
    RESPONSE_TIMEOUT,
    BaseHandler,
    Callback,
    Collector,
    CoroutineCallback,
    SharedCallback,
    Waiter,
    XMLCallback,
    XMLWaiter,
    report_fault,
)
from xmppkit.dispatch.index import HandlerIndex
from xmppkit.dispatch.matchers import MatcherId, StanzaPath
from xmppkit.stanza.message import Message
from xmppkit.testing.clock import run


class Stream:
    """What a handler needs of a stream."""

    def __init__(self) -> None:
        self.exceptions: list[BaseException] = []
        self.tasks: list[asyncio.Future[Any]] = []
        self.handlers = HandlerIndex()

    def wrap(self, coro: Awaitable[Any]) -> asyncio.Future[Any]:
        self.tasks.append(asyncio.ensure_future(coro))
        return self.tasks[-1]

    def exception(self, exception: BaseException) -> None:
        self.exceptions.append(exception)

    def remove_handler(self, name: Any) -> bool:
        return self.handlers.remove(name)

    def receive(self, *stanzas: Message) -> None:
        for stanza in stanzas:
            self.handlers.dispatch(stanza, lambda exc, stanza: report_fault(exc, stanza, self))


class Told(Message):
    """A message that notes what it is told of."""

    def __init__(self, sid: str = "1") -> None:
        super().__init__(sid=sid)
        self.told.append([])

    told: list[list[BaseException]] = []

    def exception(self, e: BaseException) -> None:
        self.told[-1].append(e)


ANY = StanzaPath("message")


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


# --- the base -------------------------------------------------------------------------------------------------------


def test_the_base() -> None:
    stream = Stream()
    handler = BaseHandler("name", ANY, stream)
    assert handler.name == "name"
    assert handler.matcher is ANY
    assert handler.stream is not None
    assert handler.stream() is stream
    assert handler.match(Message())
    assert not handler.check_delete()
    first, second = Message(), Message()
    handler.prerun(first)
    assert handler._payload is first
    handler.run(second)
    assert handler._payload is second
    assert repr(handler) == "BaseHandler('name', StanzaPath('message'))"


def test_the_stream_is_not_kept_alive() -> None:
    stream = Stream()
    handler = BaseHandler("name", ANY, stream)
    del stream
    gc.collect()
    assert handler.stream is not None
    assert handler.stream() is None
    assert handler._host() is None
    assert BaseHandler("name", ANY).stream is None
    assert BaseHandler("name", ANY)._host() is None


# --- faults ---------------------------------------------------------------------------------------------------------


def test_a_fault_goes_to_the_stanza_the_stream_or_the_log(caplog: pytest.LogCaptureFixture) -> None:
    stream, stanza, fault = Stream(), Told(), ValueError("fault")
    report_fault(fault, stanza, stream)
    assert stanza.told[-1] == [fault]
    assert stream.exceptions == []
    report_fault(fault, Element("x"), stream)
    assert stream.exceptions == [fault]
    assert caplog.records == []
    with caplog.at_level(logging.ERROR):
        report_fault(fault, Element("x"), None)
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[1] is fault


# --- callbacks ------------------------------------------------------------------------------------------------------


def test_a_function() -> None:
    seen: list[Any] = []
    handler = Callback("name", ANY, seen.append)
    stanza = Message()
    handler.prerun(stanza)
    assert seen == []
    handler.run(stanza)
    assert seen[0] is stanza
    assert not handler.check_delete()


def test_a_function_may_return_anything() -> None:
    Callback("name", ANY, lambda _: 5).run(Message())


def test_instream_comes_before_the_others() -> None:
    seen: list[str] = []
    stream = Stream()
    stream.handlers.add(Callback("late", ANY, lambda _: seen.append("late")))
    stream.handlers.add(Callback("early", ANY, lambda _: seen.append("early"), instream=True))
    stream.receive(Message())
    assert seen == ["early", "late"]


def test_once() -> None:
    seen: list[str] = []
    stream = Stream()
    for instream in (False, True):
        stream.handlers.add(Callback("name", ANY, lambda m: seen.append(m["id"]), once=True, instream=instream))
    stream.receive(Message(sid="1"), Message(sid="2"))
    assert seen == ["1", "1"]
    assert len(stream.handlers) == 0


def test_once_holds_when_the_callback_fails() -> None:
    stream = Stream()

    def fail(_: Any) -> None:
        raise ValueError("fault")

    stream.handlers.add(Callback("name", ANY, fail, once=True))
    stanza = Told()
    stream.receive(stanza)
    assert [str(fault) for fault in stanza.told[-1]] == ["fault"]
    assert len(stream.handlers) == 0


async def test_one_handler_for_several_streams() -> None:
    class Bound:
        """A stanza of a stream."""

        def __init__(self, stream: Stream) -> None:
            self.stream = stream

    seen: list[Any] = []

    async def later(stream: Any, stanza: Any) -> None:
        seen.append((stream, stanza))
        raise KeyError("mine")

    now = SharedCallback("now", ANY, lambda stream, stanza: seen.append((stream, stanza)))
    task = SharedCallback("task", ANY, later, instream=True)
    assert (now.plain, task.plain) == (True, False)
    for handler in (now, task):
        assert handler.stream is not None
        assert handler.stream() is None
    for stream in (Stream(), Stream()):
        stanza = Bound(stream)
        now.run(stanza)
        assert seen == [(stream, stanza)]
        seen.clear()
        task.prerun(stanza)
        task.run(stanza)
        await asyncio.gather(*stream.tasks)
        assert seen == [(stream, stanza)]
        assert [str(exception) for exception in stream.exceptions] == ["'mine'"]
        seen.clear()


async def test_a_coroutine_function_becomes_a_task_of_the_stream() -> None:
    seen: list[Any] = []

    async def note(stanza: Any) -> None:
        await asyncio.sleep(0)
        seen.append(stanza)

    stream, stanza = Stream(), Message()
    for kind in (Callback, CoroutineCallback):
        handler = kind("name", ANY, note, stream=stream)
        handler.run(stanza)
    assert seen == []
    await settle()
    assert len(seen) == len(stream.tasks) == 2
    assert seen[0] is seen[1] is stanza


async def test_a_coroutine_without_a_stream_is_kept_alive() -> None:
    done: list[str] = []

    async def note(_: Any) -> None:
        await asyncio.sleep(0)
        done.append("done")

    Callback("name", ANY, note).run(Message())
    gc.collect()
    assert len(module._strays) == 1
    await settle()
    assert done == ["done"]
    assert module._strays == set()


async def test_the_fault_of_a_coroutine_is_reported_once() -> None:
    async def fail(_: Any) -> None:
        await asyncio.sleep(0)
        raise ValueError("fault")

    stream, stanza = Stream(), Told()
    handler = Callback("name", ANY, fail, stream=stream)
    handler.run(stanza)
    await settle()
    assert [str(fault) for fault in stanza.told[-1]] == ["fault"]
    assert stream.exceptions == []
    assert stream.tasks[0].exception() is None


async def test_a_cancelled_coroutine_is_no_fault() -> None:
    async def forever(_: Any) -> None:
        await asyncio.get_running_loop().create_future()

    stream, stanza = Stream(), Told()
    Callback("name", ANY, forever, stream=stream).run(stanza)
    await settle()
    stream.tasks[0].cancel()
    await settle()
    assert stream.tasks[0].cancelled()
    assert stanza.told[-1] == []


def test_a_plain_function_is_no_coroutine_function() -> None:
    with pytest.raises(ValueError, match="is no coroutine function"):
        CoroutineCallback("name", ANY, print)  # type: ignore[arg-type]


async def test_the_element_instead_of_the_stanza() -> None:
    seen: list[Any] = []

    async def later(xml: Any) -> None:
        seen.append(xml)

    stream, stanza = Stream(), Message()
    XMLCallback("name", ANY, seen.append).run(stanza)
    XMLCallback("name", ANY, seen.append).run(stanza.xml)
    XMLCallback("name", ANY, later, stream=stream).run(stanza)
    await settle()
    assert len(seen) == 3
    assert all(xml is stanza.xml for xml in seen)


# --- waiting --------------------------------------------------------------------------------------------------------


def waiting(stream: Stream, kind: type[Waiter] = Waiter) -> Waiter:
    waiter = kind("name", ANY, stream)
    stream.handlers.add(waiter)
    return waiter


async def test_waiting_for_a_stanza() -> None:
    stream, stanza = Stream(), Message()
    waiter = waiting(stream)
    task = asyncio.ensure_future(waiter.wait())
    await settle()
    assert not task.done()
    stream.receive(stanza, Message())
    assert await task is stanza
    assert len(stream.handlers) == 0


async def test_what_came_before_anybody_waited() -> None:
    stream, stanza = Stream(), Message()
    waiter = waiting(stream)
    stream.receive(stanza)
    assert await waiter.wait() is stanza
    assert waiter.check_delete()


async def test_of_two_the_first_counts() -> None:
    first, second = Message(), Message()
    waiter = Waiter("name", ANY)
    for stanza in (first, second):
        waiter.prerun(stanza)
        waiter.run(stanza)
    assert await waiter.wait() is first


def test_nothing_comes() -> None:
    async def main() -> None:
        stream = Stream()
        clock = asyncio.get_running_loop().time
        for timeout, expected in ((None, RESPONSE_TIMEOUT), (5, 5.0), (0, 0.0)):
            waiter = waiting(stream)
            begin = clock()
            assert await waiter.wait(timeout) is None
            assert clock() - begin == pytest.approx(expected)
            assert len(stream.handlers) == 0
            waiter.prerun(Message())  # too late for those who waited

    run(main())


async def test_a_wait_that_is_cancelled_unregisters() -> None:
    stream = Stream()
    waiter = waiting(stream)
    task = asyncio.ensure_future(waiter.wait())
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(stream.handlers) == 0


def test_a_stanza_that_comes_as_the_time_runs_out() -> None:
    async def main() -> None:
        stanza = Message()
        waiter = Waiter("name", MatcherId("1"))
        asyncio.get_running_loop().call_later(5, waiter.prerun, stanza)
        assert await waiter.wait(5) in (stanza, None)
        assert await waiter.wait(5) is stanza

    run(main())


async def test_waiting_for_an_element() -> None:
    stream, stanza = Stream(), Message()
    waiter = waiting(stream, XMLWaiter)
    stream.receive(stanza)
    assert await waiter.wait() is stanza.xml


# --- collecting -----------------------------------------------------------------------------------------------------


def test_collecting() -> None:
    stream = Stream()
    collector = Collector("name", ANY, stream)
    stream.handlers.add(collector)
    stanzas = [Message(sid=str(number)) for number in range(3)]
    stream.receive(*stanzas)
    assert len(stream.handlers) == 1
    collected = collector.stop()
    assert len(collected) == 3
    assert all(one is other for one, other in zip(collected, stanzas, strict=True))
    stream.receive(Message())
    assert len(collected) == 3
    assert Collector("name", ANY).stop() == []
