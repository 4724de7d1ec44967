# SPDX-License-Identifier: MIT
"""What every main loop does with handlers, events and timeouts."""

from __future__ import annotations

import asyncio
import queue
import socket
import threading
import time
from typing import Any

import pytest

from xmppkit.pyxmpp2.interfaces import (
    QUIT,
    Event,
    EventHandler,
    TimeoutHandler,
    event_handler,
    timeout_handler,
)
from xmppkit.pyxmpp2.mainloop import main_loop_factory
from xmppkit.pyxmpp2.mainloop.asyncio import AsyncioMainLoop
from xmppkit.pyxmpp2.mainloop.epoll import EpollMainLoop
from xmppkit.pyxmpp2.mainloop.events import EventDispatcher
from xmppkit.pyxmpp2.mainloop.external import ExternalMainLoop
from xmppkit.pyxmpp2.mainloop.interfaces import HandlerReady, IOHandler, PrepareAgain
from xmppkit.pyxmpp2.mainloop.poll import PollMainLoop
from xmppkit.pyxmpp2.mainloop.select import SelectMainLoop
from xmppkit.pyxmpp2.mainloop.threads import ThreadPool
from xmppkit.pyxmpp2.mainloop.wait import wait_for_read, wait_for_write
from xmppkit.pyxmpp2.settings import XMPPSettings

LIMIT = 60.0


class Said(Event):
    def __init__(self, word: str) -> None:
        self.word = word

    def __str__(self) -> str:
        return self.word


class Louder(Said):
    """Another class: handlers of `Said` do not get it."""


@pytest.fixture
def loop(loop_class):
    one = loop_class()
    yield one
    if isinstance(one, ThreadPool):
        one.stop(join=True, timeout=5)
    elif hasattr(one, "close"):
        one.close()


# --- events ---------------------------------------------------------------------------------------------


class Listener(EventHandler):
    def __init__(self, name: str, seen: list[str], result: object = None) -> None:
        self.name, self.seen, self.result = name, seen, result

    @event_handler(Said)
    def a_special(self, event: Said) -> object:
        self.seen.append(f"{self.name} special {event}")
        return self.result

    @event_handler()
    def z_everything(self, event: Event) -> None:
        self.seen.append(f"{self.name} all {event}")


def test_events_reach_handlers_in_order(loop) -> None:
    seen: list[str] = []
    loop.add_handler(Listener("first", seen))
    loop.add_handler(Listener("second", seen))
    loop.event_queue.put(Said("x"))
    loop.event_queue.put(Louder("y"))
    loop.quit()
    loop.event_queue.put(Said("too late"))
    loop.loop(LIMIT)
    assert loop.started
    assert loop.finished
    assert seen == [
        "first all x",
        "first special x",
        "second all x",
        "second special x",
        "first all y",
        "second all y",
    ]
    loop.loop(LIMIT)  # it stays finished
    loop.again()
    loop.quit()
    loop.loop(LIMIT)
    assert "first all too late" in seen


def test_what_handlers_return() -> None:
    seen: list[str] = []
    dispatcher = EventDispatcher(None, [Listener("first", seen, True), Listener("second", seen), object()])
    dispatcher.queue.put(Said("x"))
    event = dispatcher.dispatch()
    assert event is not None
    assert event.handled
    assert seen == ["first all x", "first special x"]
    seen.clear()
    again = EventDispatcher(None, [Listener("first", seen, Louder("more")), Listener("second", seen, QUIT)])
    again.queue.put(Said("x"))
    assert again.flush() is QUIT
    assert seen[-2:] == ["first all more", "second all more"]


def test_a_dispatcher_by_itself() -> None:
    seen: list[str] = []
    dispatcher = EventDispatcher(XMPPSettings())
    handler = Listener("one", seen)
    dispatcher.add_handler(handler)
    dispatcher.add_handler(handler)
    assert dispatcher.handlers == [handler]
    with pytest.raises(TypeError, match="EventHandler"):
        dispatcher.add_handler(object())  # type: ignore[arg-type]
    assert dispatcher.dispatch() is None
    assert dispatcher.dispatch(block=True, timeout=0.001) is None
    dispatcher.queue.put(Said("thrown away"))
    assert dispatcher.flush(dispatch=False) is None
    dispatcher.queue.put(QUIT)
    assert dispatcher.flush(dispatch=False) is QUIT
    dispatcher.remove_handler(handler)
    dispatcher.queue.put(Said("x"))
    dispatcher.queue.put(QUIT)
    dispatcher.loop()
    assert seen == []
    assert repr(Said("x")) == "<Said: x>"
    assert str(QUIT) == "Quit"


def test_two_loops_do_not_steal_events() -> None:
    first, second = SelectMainLoop(), SelectMainLoop()
    assert first.event_queue is not second.event_queue
    shared: queue.Queue[Any] = queue.Queue()
    assert SelectMainLoop(XMPPSettings({"event_queue": shared})).event_queue is shared


def test_an_event_needs_words() -> None:
    with pytest.raises(TypeError):
        type("Mute", (Event,), {})()


# --- timeouts -------------------------------------------------------------------------------------------


class Clocked(TimeoutHandler):
    def __init__(self, loop: Any) -> None:
        self.loop, self.calls = loop, []

    @timeout_handler(0.01, False)
    def once(self) -> float:
        self.calls.append("once")
        return 0.0

    @timeout_handler(0.01, True)
    def always(self) -> None:
        self.calls.append("always")
        if self.calls.count("always") == 3 and self.calls.count("asked") == 2:
            self.loop.quit()

    @timeout_handler(0.01)
    def asked(self) -> float | None:
        self.calls.append("asked")
        return 0.001 if self.calls.count("asked") < 2 else None


def test_timeouts(loop) -> None:
    handler = Clocked(loop)
    loop.add_handler(handler)
    loop.delayed_call(0.2, loop.quit)
    loop.loop(LIMIT)
    assert loop.finished
    assert handler.calls.count("once") == 1
    assert handler.calls.count("always") >= 3
    assert handler.calls.count("asked") == 2


def test_a_handler_that_is_removed_is_not_called(loop) -> None:
    handler, listener = Clocked(loop), Listener("x", [])
    for each in (handler, listener):
        loop.add_handler(each)
        loop.remove_handler(each)
    loop.event_queue.put(Said("x"))
    loop.delayed_call(0.05, loop.quit)
    loop.loop(LIMIT)
    assert handler.calls == []
    assert listener.seen == []


def test_a_fault_in_a_timeout(loop) -> None:
    def fail() -> None:
        raise RuntimeError("a bug")

    loop.delayed_call(0.01, fail)
    with pytest.raises(RuntimeError, match="a bug"):
        loop.loop(LIMIT)


def test_the_time_is_over(loop) -> None:
    begin = time.monotonic()
    loop.loop(0.02)
    assert not loop.finished
    assert time.monotonic() - begin < LIMIT


def test_what_is_no_handler(loop) -> None:
    with pytest.raises(TypeError, match="neither"):
        loop.add_handler(object())


# --- descriptors ----------------------------------------------------------------------------------------


class Pipe(IOHandler):
    """Takes what is written to the other end of a pair of sockets.

    :param prepares: what `prepare` returns, one after the other.
    """

    def __init__(self, loop: Any, prepares: tuple[Any, ...] = ()) -> None:
        self.loop = loop
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.prepares = [*prepares, HandlerReady()]
        self.got = b""
        self.to_write = b"hello"
        self.calls: list[str] = []
        self.wanted = b"bye"

    def fileno(self) -> int | None:
        return None if self.ours.fileno() < 0 else self.ours.fileno()

    def prepare(self) -> Any:
        self.calls.append("prepare")
        return self.prepares.pop(0)

    def is_readable(self) -> bool:
        return self.ours.fileno() >= 0

    def is_writable(self) -> bool:
        return bool(self.to_write) and self.ours.fileno() >= 0

    def wait_for_readability(self) -> bool:
        if self.ours.fileno() < 0:
            return False
        wait_for_read(self.ours, 0.1)
        return True

    def wait_for_writability(self) -> bool:
        if not self.to_write:
            return False
        return wait_for_write(self.ours, 0.1)

    def handle_read(self) -> None:
        try:
            self.got += self.ours.recv(100)
        except BlockingIOError:
            return
        if self.got == self.wanted:
            self.loop.quit()

    def handle_write(self) -> None:
        self.ours.send(self.to_write)
        self.to_write = b""

    def handle_hup(self) -> None:
        self.calls.append("hup")

    def handle_err(self) -> None:
        self.calls.append("err")

    def handle_nval(self) -> None:
        self.calls.append("nval")
        self.loop.quit()

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


@pytest.mark.parametrize("prepares", [(), (PrepareAgain(), PrepareAgain(0), PrepareAgain(0.001))])
def test_reading_and_writing(loop, prepares) -> None:
    pipe = Pipe(loop, prepares)
    loop.add_handler(pipe)
    loop.add_handler(pipe)
    pipe.theirs.sendall(b"bye")
    loop.loop(LIMIT)
    assert loop.finished
    assert pipe.got == b"bye"
    pipe.theirs.settimeout(10)
    assert pipe.theirs.recv(100) == b"hello"
    assert pipe.calls == ["prepare"] * (len(prepares) + 1)
    loop.remove_handler(pipe)
    pipe.close()


def test_a_handler_that_is_removed_before_it_is_ready() -> None:
    loop = PollMainLoop()
    pipe = Pipe(loop, (PrepareAgain(0.001),))
    pipe.prepare = lambda: loop.remove_handler(pipe) or HandlerReady()  # type: ignore[method-assign]
    loop.add_handler(pipe)
    loop.loop_iteration(0.01)
    assert loop.io_handlers == []
    pipe.close()
    loop.close()


def test_a_broken_descriptor_is_told() -> None:
    loop = SelectMainLoop()
    pipe = Pipe(loop)
    loop.add_handler(pipe)
    loop.loop_iteration(0)
    number = pipe.ours.fileno()
    pipe.close()
    pipe.fileno = lambda: number  # type: ignore[method-assign]  # it does not notice
    pipe.is_readable = lambda: True  # type: ignore[method-assign]
    loop.loop(LIMIT)
    assert pipe.calls[-1] == "nval"
    loop.close()


def test_a_hangup_of_who_does_not_read() -> None:
    loop = PollMainLoop()
    pipe = Pipe(loop)
    pipe.is_readable = lambda: False  # type: ignore[method-assign]
    pipe.handle_write = lambda: None  # type: ignore[method-assign]
    loop.add_handler(pipe)
    pipe.theirs.close()
    loop.loop_iteration(1)
    assert "hup" in pipe.calls
    pipe.close()
    loop.close()


# --- one by one -----------------------------------------------------------------------------------------


def test_the_factory() -> None:
    loop = main_loop_factory()
    assert isinstance(loop, PollMainLoop)
    loop.close()


@pytest.mark.parametrize("loop_class", [SelectMainLoop, PollMainLoop, EpollMainLoop, AsyncioMainLoop])
def test_a_loop_is_woken_by_other_threads(loop_class) -> None:
    loop = loop_class(XMPPSettings({"poll_interval": 300.0}))
    threading.Timer(0.05, loop.quit).start()
    begin = time.monotonic()
    loop.loop(300)
    assert loop.finished
    assert time.monotonic() - begin < 200
    if hasattr(loop, "close"):
        loop.close()


async def test_beside_others_in_asyncio() -> None:
    loop = AsyncioMainLoop()
    pipe = Pipe(loop)
    loop.add_handler(pipe)
    task = asyncio.create_task(loop.run(LIMIT))
    done = asyncio.get_running_loop().run_in_executor(None, pipe.theirs.recv, 100)
    assert await done == b"hello"
    pipe.theirs.sendall(b"bye")
    await task
    assert loop.finished
    pipe.close()


def test_one_turn_of_asyncio() -> None:
    loop = AsyncioMainLoop()
    loop.quit()
    loop.loop_iteration(1)
    assert loop.finished


def test_one_turn_of_a_loop_that_does_not_wait() -> None:
    loop = ExternalMainLoop()
    loop.loop_iteration(0.001)
    loop.quit()
    loop.loop_iteration(1)
    loop.loop_iteration(1)
    assert loop.finished


def test_what_is_left_is_delivered_without_running(loop) -> None:
    seen: list[str] = []
    loop.add_handler(Listener("one", seen, QUIT))
    loop.event_queue.put(Said("left"))
    loop.drain()
    assert seen == ["one all left", "one special left"]
    assert loop.event_queue.empty()
    assert not loop.finished


def test_what_is_left_of_threads_is_delivered_by_one_only() -> None:
    pool = ThreadPool()
    pool.start(daemon=True)
    pool.again()
    pool.start(daemon=True)
    assert len([each for each in threading.enumerate() if each.name == "pyxmpp2 events"]) == 1
    pool.drain()
    assert not [each for each in threading.enumerate() if each.name == "pyxmpp2 events"]
    pool.add_handler(Drainer(pool))
    pool.event_queue.put(Said("from inside"))
    pool.loop(LIMIT)
    assert pool.finished
    pool.again()
    pool.quit()
    pool.loop(LIMIT)
    assert pool.finished
    pool.stop(join=True, timeout=5)


class Drainer(EventHandler):
    """Delivers what is left although it is called by who does that."""

    def __init__(self, pool: ThreadPool) -> None:
        self.pool = pool

    @event_handler(Said)
    def drain(self, event: Said) -> Event:
        self.pool.drain()
        return QUIT


def test_threads_are_started_for_handlers_that_come_later() -> None:
    pool = ThreadPool()
    pool.start(daemon=True)
    pipe = Pipe(pool)
    handler = Clocked(pool)
    pool.add_handler(pipe)
    pool.add_handler(handler)
    pipe.theirs.settimeout(10)
    assert pipe.theirs.recv(100) == b"hello"
    pool.loop(LIMIT)
    assert "once" in handler.calls
    pool.stop(join=True, timeout=5)
    pipe.close()
    assert not [each for each in threading.enumerate() if "pyxmpp2" in each.name]


def test_a_handler_that_cannot_be_prepared_in_a_thread() -> None:
    pool = ThreadPool()
    pipe = Pipe(pool)
    pipe.prepares = []
    pool.add_handler(pipe)
    with pytest.raises(IndexError):
        pool.loop(LIMIT)
    pool.stop(join=True, timeout=5)
    pipe.close()


def test_waiting_for_one_socket() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert not wait_for_read(ours, 0.001)
        assert wait_for_write(ours, 10)
        theirs.send(b"x")
        assert wait_for_read(ours.fileno())
