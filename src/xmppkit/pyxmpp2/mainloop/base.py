# SPDX-License-Identifier: MIT
"""What all main loops do: who is to be waited for, what has come, whose time it is, which events are queued.

`MainLoopBase` does not wait. A loop that does asks it for `MainLoopBase.interests` and `MainLoopBase.time_left`,
waits however it likes, and tells it with `MainLoopBase.ready` and `MainLoopBase.run_due`.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import math
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from xmppkit.drivers.pollers import Alarm, Ready
from xmppkit.pyxmpp2.mainloop.events import EventDispatcher, marked_methods
from xmppkit.pyxmpp2.mainloop.interfaces import (
    QUIT,
    EventHandler,
    IOHandler,
    MainLoop,
    PrepareAgain,
    TimedIOHandler,
    TimeoutHandler,
)
from xmppkit.pyxmpp2.settings import XMPPSettings

if TYPE_CHECKING:
    import queue

    from xmppkit.pyxmpp2.mainloop.interfaces import Event

__all__ = ["MainLoopBase"]

log = logging.getLogger("pyxmpp2.mainloop.base")


class MainLoopBase(MainLoop):
    """The part of a main loop that does not wait.

    :param settings: ``event_queue`` and ``poll_interval`` are used.
    :param handlers: to begin with.

    :ivar event_dispatcher: hands events on.
    :ivar event_queue: its queue.
    """

    def __init__(self, settings: XMPPSettings | None = None, handlers: Iterable[object] | None = None) -> None:
        self.settings = XMPPSettings() if settings is None else settings
        self.event_dispatcher = EventDispatcher(self.settings)
        self.event_queue: queue.Queue[Event] = self.event_dispatcher.queue
        self.io_handlers: list[IOHandler] = []
        self._preparing: dict[IOHandler, float] = {}  # when to prepare them
        self._timeouts: list[tuple[float, int, object, Callable[[], object], float, bool | None]] = []
        self._counter = itertools.count()
        self._lock = threading.RLock()
        self._started = self._finished = False
        self._alarm: Alarm | None = None
        for handler in handlers or ():
            self.add_handler(handler)

    # --- what is in the loop --------------------------------------------------------------------------

    @property
    def started(self) -> bool:
        return self._started

    @property
    def finished(self) -> bool:
        return self._finished

    def add_handler(self, handler: object) -> None:
        """Add an `IOHandler`, an `EventHandler`, a `TimeoutHandler`, or what is several of these.

        :raises TypeError: it is none of them.
        """
        if not isinstance(handler, IOHandler | EventHandler | TimeoutHandler):
            raise TypeError(f"{handler!r} is neither IOHandler nor EventHandler nor TimeoutHandler")
        if isinstance(handler, IOHandler):
            self._add_io_handler(handler)
        if isinstance(handler, EventHandler):
            self.event_dispatcher.add_handler(handler)
        if isinstance(handler, TimeoutHandler):
            self._add_timeout_handler(handler)

    def remove_handler(self, handler: object) -> None:
        if isinstance(handler, IOHandler):
            self._remove_io_handler(handler)
        if isinstance(handler, EventHandler):
            self.event_dispatcher.remove_handler(handler)
        if isinstance(handler, TimeoutHandler):
            with self._lock:
                self._timeouts = [each for each in self._timeouts if each[2] is not handler]
                heapq.heapify(self._timeouts)

    def _add_io_handler(self, handler: IOHandler) -> None:
        with self._lock:
            if not any(each is handler for each in (*self.io_handlers, *self._preparing)):
                self._preparing[handler] = -math.inf
        self.wake()

    def _remove_io_handler(self, handler: IOHandler) -> None:
        with self._lock:
            self._preparing.pop(handler, None)
            self.io_handlers = [each for each in self.io_handlers if each is not handler]

    def _add_timeout_handler(self, handler: TimeoutHandler) -> None:
        for method, interval in marked_methods(handler, "_pyxmpp_timeout"):
            recurring: bool | None = method._pyxmpp_recurring  # type: ignore[attr-defined]
            self._call_later(interval, handler, method, interval, recurring)

    def delayed_call(self, delay: float, function: Callable[[], object]) -> None:
        self._call_later(delay, None, function, delay, False)

    def _call_later(
        self, delay: float, owner: object, function: Callable[[], object], interval: float, recurring: bool | None
    ) -> None:
        with self._lock:
            entry = (time.monotonic() + delay, next(self._counter), owner, function, interval, recurring)
            heapq.heappush(self._timeouts, entry)
        self.wake()

    # --- what to wait for -----------------------------------------------------------------------------

    def interests(self) -> list[tuple[int, IOHandler, Ready]]:
        """The descriptors to wait for, whose they are, and what for. Handlers that are new are prepared."""
        self._prepare()
        found = []
        for handler in self.io_handlers:
            fd = handler.fileno()
            if fd is None or fd < 0:
                continue
            wanted = Ready.READ if handler.is_readable() else Ready.NONE
            if handler.is_writable():
                wanted |= Ready.WRITE
            found.append((fd, handler, wanted))
        return found

    def time_left(self, timeout: float | None = None) -> float:
        """How long to wait at most, in seconds: until something is due, or ``poll_interval``.

        :param timeout: but not longer than that.
        """
        if self._finished or not self.event_queue.empty():
            return 0.0
        now = time.monotonic()
        interval: float = self.settings["poll_interval"]
        dates = [now + (interval if timeout is None else min(timeout, interval))]
        with self._lock:
            dates.extend(self._preparing.values())
            if self._timeouts:
                dates.append(self._timeouts[0][0])
            handlers = tuple(self.io_handlers)
        for handler in handlers:
            if isinstance(handler, TimedIOHandler) and (when := handler.deadline()) is not None:
                dates.append(when)
        return max(0.0, min(dates) - now)

    def _prepare(self) -> None:
        now = time.monotonic()
        for handler in [each for each, when in self._preparing.items() if when <= now]:
            result = handler.prepare()
            again = 0.0
            while isinstance(result, PrepareAgain) and result.timeout == 0:
                result = handler.prepare()
            with self._lock:
                if handler not in self._preparing:
                    continue  # removed meanwhile
                if isinstance(result, PrepareAgain):
                    again = now + (result.timeout or 0.0)
                    self._preparing[handler] = again
                else:
                    del self._preparing[handler]
                    self.io_handlers.append(handler)

    # --- what has come --------------------------------------------------------------------------------

    def ready(self, handler: IOHandler, ready: Ready) -> None:
        """Tell a handler what has come; the order is that of the surface: hangup and errors come last."""
        if ready & Ready.INVALID:
            handler.handle_nval()
            return
        if ready & Ready.WRITE and handler.is_writable():
            handler.handle_write()
        if ready & Ready.READ and handler.is_readable():
            handler.handle_read()
        elif ready & Ready.HANGUP:
            handler.handle_hup()
        elif ready & Ready.ERROR:
            handler.handle_err()

    def run_due(self) -> None:
        """Deliver the events, and call everything whose time has come."""
        now = time.monotonic()
        for handler in tuple(self.io_handlers):
            if isinstance(handler, TimedIOHandler) and (when := handler.deadline()) is not None and when <= now:
                handler.handle_timer()
        self.check_events()
        while not self._finished:
            with self._lock:
                if not self._timeouts or self._timeouts[0][0] > now:
                    return
                entry = heapq.heappop(self._timeouts)
            self._call(*entry[2:])
            self.check_events()

    def _call(self, owner: object, function: Callable[..., Any], interval: float, recurring: bool | None) -> None:
        result = function()
        if recurring is None and result is not None:
            self._call_later(float(result), owner, function, interval, None)
        elif recurring:
            self._call_later(interval, owner, function, interval, True)

    def check_events(self) -> bool:
        """Deliver the events that are queued.

        :returns: whether the loop is finished.
        """
        if not self._finished and self.event_dispatcher.flush() is QUIT:
            self._finished = True
        return self._finished

    # --- running --------------------------------------------------------------------------------------

    def quit(self) -> None:
        self.event_queue.put(QUIT)
        self.wake()

    def again(self) -> None:
        """Forget that the loop has been ended: it can be run again. (PyXMPP2 does not have it.)"""
        self._finished = False

    def drain(self) -> None:
        """Deliver the events that are queued, here and now; `QUIT` ends nothing. Not while the loop runs. (PyXMPP2 does
        not have it.)"""
        while self.event_dispatcher.dispatch() is not None:
            continue

    def wake(self) -> None:
        """End the wait that is under way, from any thread."""
        if self._alarm is not None:
            self._alarm.ring()

    def loop(self, timeout: float | None = None) -> None:
        end = None if timeout is None else time.monotonic() + timeout
        interval: float = self.settings["poll_interval"]
        while not self._finished:
            left = interval if end is None else end - time.monotonic()
            if left <= 0 and self._started:
                break
            self.loop_iteration(min(interval, max(0.0, left)))
