# SPDX-License-Identifier: MIT
"""A main loop of threads: two for each `IOHandler`, one for each method with a timeout, one for all events.

Handlers of stanzas run in the thread that reads their stream, handlers of events in the one for events. What any of
them raises is raised again by `ThreadPool.loop`, in the thread that called it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from xmppkit.pyxmpp2.mainloop.base import MainLoopBase
from xmppkit.pyxmpp2.mainloop.events import marked_methods
from xmppkit.pyxmpp2.mainloop.interfaces import (
    QUIT,
    IOHandler,
    PrepareAgain,
    TimedIOHandler,
    TimeoutHandler,
)

if TYPE_CHECKING:
    from xmppkit.pyxmpp2.mainloop.events import EventDispatcher
    from xmppkit.pyxmpp2.settings import XMPPSettings

__all__ = [
    "EventDispatcherThread",
    "IOThread",
    "ReadingThread",
    "ThreadPool",
    "TimeoutThread",
    "WrittingThread",
]

#: Seconds after which a thread that waits looks whether it is to end.
PAUSE = 0.25


class _Worker(threading.Thread):
    """A thread that works until it is told to end.

    :param name: for debugging.
    :param exceptions: gets what the work raises.
    """

    def __init__(self, name: str, exceptions: queue.Queue[BaseException], *, daemon: bool = True) -> None:
        super().__init__(name=name, daemon=daemon)
        self.ending = threading.Event()
        self._exceptions = exceptions

    def stop(self) -> None:
        """End after what is being done."""
        self.ending.set()

    def work(self) -> bool:
        """Do something; whether there will be more."""
        return False

    def run(self) -> None:
        """Work until there is no more, or `stop`. After an exception it goes on with the next thing to do."""
        more = True
        while more and not self.ending.is_set():
            try:
                more = self.work()
            except Exception as fault:
                self._exceptions.put(fault)


class IOThread(_Worker):
    """Attends to one `IOHandler`."""

    def __init__(
        self, io_handler: IOHandler, name: str, exceptions: queue.Queue[BaseException], *, daemon: bool = True
    ) -> None:
        super().__init__(name, exceptions, daemon=daemon)
        self.io_handler = io_handler


class ReadingThread(IOThread):
    """Prepares a handler, and then waits until it can read."""

    def __init__(self, io_handler: IOHandler, exceptions: queue.Queue[BaseException], *, daemon: bool = True) -> None:
        super().__init__(io_handler, f"{io_handler!r} reader", exceptions, daemon=daemon)
        self.prepared = threading.Event()

    def work(self) -> bool:
        handler = self.io_handler
        if not self.prepared.is_set():
            return self._prepare()
        goes_on = handler.wait_for_readability()
        when = handler.deadline() if isinstance(handler, TimedIOHandler) else None
        if isinstance(handler, TimedIOHandler) and when is not None and when <= time.monotonic():
            handler.handle_timer()
        if goes_on and handler.is_readable():
            handler.handle_read()
        return goes_on

    def _prepare(self) -> bool:
        try:
            result = self.io_handler.prepare()
        except Exception:
            self.stop()
            raise
        if not isinstance(result, PrepareAgain):
            self.prepared.set()
        elif result.timeout != 0:
            self.ending.wait(PAUSE if result.timeout is None else result.timeout)
        return True


class WrittingThread(IOThread):
    """Waits until a handler can write. (PyXMPP2 spells it like this.)"""

    def __init__(self, reader: ReadingThread, exceptions: queue.Queue[BaseException], *, daemon: bool = True) -> None:
        super().__init__(reader.io_handler, f"{reader.io_handler!r} writer", exceptions, daemon=daemon)
        self._reader = reader

    def work(self) -> bool:
        if not self._reader.prepared.wait(PAUSE):
            return not self._reader.ending.is_set()
        goes_on = self.io_handler.wait_for_writability()
        if goes_on and self.io_handler.is_writable():
            self.io_handler.handle_write()
        return goes_on


class EventDispatcherThread(_Worker):
    """Hands events on."""

    def __init__(
        self, dispatcher: EventDispatcher, exceptions: queue.Queue[BaseException], *, daemon: bool = True
    ) -> None:
        super().__init__("pyxmpp2 events", exceptions, daemon=daemon)
        self._dispatcher = dispatcher
        self.quitted = threading.Event()

    def work(self) -> bool:
        if self._dispatcher.dispatch(block=True, timeout=PAUSE) is QUIT:
            self.quitted.set()
        return not self.quitted.is_set()


class TimeoutThread(_Worker):
    """Calls one method when its time has come."""

    def __init__(
        self,
        method: Callable[[], Any],
        interval: float,
        recurring: bool | None,
        exceptions: queue.Queue[BaseException],
        *,
        daemon: bool = True,
    ) -> None:
        super().__init__(f"{method!r} timeout", exceptions, daemon=daemon)
        self.method = method
        self._left = interval
        self._interval = interval
        self._recurring = recurring

    def work(self) -> bool:
        if self.ending.wait(self._left):
            return False
        result = self.method()
        if self._recurring is None and result is not None:
            self._left = float(result)
            return True
        self._left = self._interval
        return bool(self._recurring)


class ThreadPool(MainLoopBase):
    """A main loop of threads. See `MainLoopBase` for the parameters.

    :ivar exc_queue: what threads have raised, and `loop` has not raised again yet.
    """

    def __init__(self, settings: XMPPSettings | None = None, handlers: Iterable[object] | None = None) -> None:
        self.exc_queue: queue.Queue[BaseException] = queue.Queue()
        self._threads: dict[_Worker, object] = {}  # and whose they are
        self._timed: list[TimeoutHandler] = []
        self._daemon = True
        self._events: EventDispatcherThread | None = None
        super().__init__(settings, handlers)

    # --- handlers -------------------------------------------------------------------------------------

    def add_handler(self, handler: object) -> None:
        super().add_handler(handler)
        if self._started:
            self._start_threads(handler)

    def remove_handler(self, handler: object) -> None:
        super().remove_handler(handler)
        with self._lock:
            self._timed = [each for each in self._timed if each is not handler]
        for thread in [each for each, owner in self._threads.items() if owner is handler]:
            thread.stop()
            del self._threads[thread]

    def _add_io_handler(self, handler: IOHandler) -> None:
        if not any(each is handler for each in self.io_handlers):
            self.io_handlers.append(handler)

    def _add_timeout_handler(self, handler: TimeoutHandler) -> None:
        with self._lock:
            self._timed.append(handler)

    def delayed_call(self, delay: float, function: Callable[[], object]) -> None:
        self._start(TimeoutThread(function, delay, False, self.exc_queue, daemon=self._daemon), function)

    def _start_threads(self, handler: object) -> None:
        if any(owner is handler for owner in self._threads.values()):
            return
        if isinstance(handler, IOHandler):
            reader = ReadingThread(handler, self.exc_queue, daemon=self._daemon)
            self._start(reader, handler)
            self._start(WrittingThread(reader, self.exc_queue, daemon=self._daemon), handler)
        if isinstance(handler, TimeoutHandler):
            for method, interval in marked_methods(handler, "_pyxmpp_timeout"):
                recurring: bool | None = method._pyxmpp_recurring  # type: ignore[attr-defined]
                self._start(TimeoutThread(method, interval, recurring, self.exc_queue, daemon=self._daemon), handler)

    def _start(self, thread: _Worker, owner: object) -> None:
        self._threads = {each: whose for each, whose in self._threads.items() if each.is_alive()}
        self._threads[thread] = owner
        thread.start()

    # --- running --------------------------------------------------------------------------------------

    def start(self, daemon: bool = False) -> None:
        """Start the threads. `loop` does it if nobody has.

        :param daemon: let the program end although they run.
        """
        self._started, self._daemon = True, daemon
        self._run_events()
        for handler in [*self.io_handlers, *self._timed]:
            self._start_threads(handler)

    def _run_events(self) -> None:
        if not self.check_events() and (self._events is None or not self._events.is_alive()):
            self._events = EventDispatcherThread(self.event_dispatcher, self.exc_queue, daemon=self._daemon)
            self._start(self._events, self.event_dispatcher)

    def stop(self, join: bool = False, timeout: float | None = None) -> None:
        """End the threads, and close what they attended to.

        :param join: wait until they have ended.
        :param timeout: but not longer than as many seconds for each.
        """
        for handler in self.io_handlers:
            handler.close()
        threads = list(self._threads)
        for thread in threads:
            thread.stop()
        self._started = False
        for thread in threads if join else ():
            if thread is not threading.current_thread():
                thread.join(timeout)

    def again(self) -> None:
        super().again()
        if self._events is not None and self._events.quitted.is_set():
            self._events = None

    def drain(self) -> None:
        events, self._events = self._events, None
        if events is not None:
            events.stop()
            if events is not threading.current_thread():
                events.join()
        super().drain()

    def loop(self, timeout: float | None = None) -> None:
        end = None if timeout is None else time.monotonic() + timeout
        while not self.check_events() and (end is None or time.monotonic() < end):
            self.loop_iteration(PAUSE if end is None else max(0.0, min(PAUSE, end - time.monotonic())))

    def loop_iteration(self, timeout: float = 1) -> None:
        """Wait until a thread has raised something, and raise it."""
        if not self._started:
            self.start(daemon=True)
        self._run_events()
        try:
            raise self.exc_queue.get(True, min(timeout, PAUSE))
        except queue.Empty:
            self.check_events()

    def check_events(self) -> bool:
        """Whether the thread for events has come to `QUIT`; it delivers them."""
        if self._events is not None and self._events.quitted.is_set():
            self._finished = True
        return self._finished
