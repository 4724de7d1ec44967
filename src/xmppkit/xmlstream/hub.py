# SPDX-License-Identifier: MIT
"""The part of a stream that needs no connection: handlers, events, filters, schedules, tasks, IQs that wait.

`XMLStream` is the only class that builds on it.
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Iterator, KeysView, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar
from weakref import ref

from xmppkit.dispatch.bus import EventBus
from xmppkit.dispatch.filters import Filters
from xmppkit.dispatch.handlers import RESPONSE_TIMEOUT, BaseHandler, report_fault
from xmppkit.dispatch.index import HandlerIndex
from xmppkit.dispatch.pending import PendingIqs
from xmppkit.dispatch.schedule import Scheduler, TimerHandle
from xmppkit.exceptions import NotConnectedError, RemoteError
from xmppkit.xmlstream import typed
from xmppkit.xmlstream.ids import random_id
from xmppkit.xmlstream.tasks import Tasks

__all__ = ["Hub", "find_loop"]

log = logging.getLogger(__name__)

T = TypeVar("T")
EventHandler = TypeVar("EventHandler", bound=Callable[..., Any])

#: An event without a payload. COMPAT(slixmpp 1.17): its handlers get an empty dict, and None where None was said.
_NO_PAYLOAD: Any = object()


def find_loop() -> asyncio.AbstractEventLoop:
    """The running event loop; without one the thread's, which is made if there is none."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        pass
    with warnings.catch_warnings():
        # Python deprecates the thread's loop; slixmpp's programs are written with it: xmpp.connect(), then
        # asyncio.get_event_loop().run_forever().
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            loop = asyncio.get_event_loop()
        except RuntimeError:
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)
    return loop


class Hub:
    """Handlers, events, filters, schedules and tasks of a stream.

    :param loop: the event loop; None takes the running one when it is first needed.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._loop = loop
        self._loop_given = loop is not None
        self._tasks = Tasks(self)
        #: What parts of the stream are given: the same for all, as an idle stream is to be small.
        self._start, self._blame = self._tasks.spawn, self._report
        self._bus = EventBus(self._start, self._blame)
        self._handlers = HandlerIndex()
        self._filters = Filters()
        self._scheduler = Scheduler(self)
        self._pending_iqs: PendingIqs | None = None

    # --- the loop and the tasks -----------------------------------------------------------------------

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop. Unless one was given, it is the running one, or the thread's as long as none runs."""
        loop = self._loop
        if loop is None or (not self._loop_given and not loop.is_running()):
            loop = self._loop = find_loop()
        return loop

    @loop.setter
    def loop(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._loop_given = True

    @property
    def _pending(self) -> PendingIqs:
        pending = self._pending_iqs
        if pending is None:
            loop = self.loop
            create = loop.create_future
            if type(loop).create_future is asyncio.BaseEventLoop.create_future:
                create = partial(asyncio.Future, loop=loop)  # which is what it does
            pending = self._pending_iqs = PendingIqs(loop, create, spawn=self._start, report=self._blame)
        return pending

    def wrap(self, coro: Awaitable[T], /) -> asyncio.Future[T]:
        """Run an awaitable as a task of the stream. Its exception is for whoever awaits the task."""
        return self._tasks.wrap(coro)

    def spawn(self, coro: Coroutine[Any, Any, Any], /) -> asyncio.Future[Any]:
        """Run a coroutine that nobody awaits as a task of the stream. Its exception goes to `exception`."""
        return self._tasks.spawn(coro)

    def work_changed(self) -> None:
        """Called when the number of tasks has changed."""

    def exception(self, exception: BaseException, /) -> None:
        """Called with every exception that a handler, a schedule or a task has raised and that answers no stanza. May
        be overridden; this one writes it to the log."""
        if isinstance(exception, RemoteError | NotConnectedError):
            # The connection went, or a peer failed, while a handler was waiting: no place in the program is to blame.
            log.warning("a handler did not end its work: %s", exception)
        else:
            log.error("an error in the program: %s", exception, exc_info=exception)

    def _report(self, exc: Exception, data: Any) -> None:
        """A handler of `data`, a stanza or an event's payload, has raised."""
        report_fault(exc, data, self)

    def new_id(self) -> str:
        """An id for a stanza: 128 random bits. May be overridden."""
        return random_id()

    # --- stanzas --------------------------------------------------------------------------------------

    def register_handler(self, handler: BaseHandler, before: str | None = None, after: str | None = None) -> None:
        """Give a handler the stanzas it matches, after the handlers that are registered already.

        :param before: the name of a handler that is to come after this one. A name that nobody bears is ignored.
        :param after: the name of a handler that is to come before this one.
        """
        if handler.stream is None:
            handler.stream = ref(self)
        self._handlers.add(handler, before, after)

    @property
    def handler_count(self) -> int:
        """How many handlers there are, but for those that look for an id."""
        return self._handlers.count

    def place_handlers(self, place: int | None) -> int | None:
        """See `HandlerIndex.place`. For the manager of plugins."""
        return self._handlers.place(place)

    def remove_handler(self, name: str | BaseHandler) -> bool:
        """Drop a handler, given itself or its name; of several of one name the first. False when there is none."""
        return self._handlers.remove(name)

    def add_filter(self, mode: str, handler: Callable[[Any], Any], order: int | None = None) -> None:
        """Show every stanza to a function that may change, replace or drop it.

        :param mode: ``in``, ``out``, ``out_sync`` or ``out_sce``; a stanza that is sent meets the latter three in this
            order. Anything else raises ValueError.
        :param handler: takes the stanza and returns it, another one, or None to drop it. It may be a coroutine
            function; the stanzas behind wait for it.
        :param order: the place among the filters of the mode; 0: before all others; None: behind them.
        """
        self._filters.add(mode, handler, order)

    def del_filter(self, mode: str, handler: Callable[[Any], Any]) -> None:
        """Remove a filter. May be repeated."""
        self._filters.remove(mode, handler)

    # --- events ---------------------------------------------------------------------------------------

    @typed.adding
    def add_event_handler(self, name: str, pointer: Callable[[Any], Any], disposable: bool = False) -> None:
        """Call a function with the payload of every event of a name.

        :param pointer: a function, called at once; or a coroutine function, whose coroutine becomes a task.
        :param disposable: only for the next event.
        """
        self._bus.add(name, pointer, disposable=disposable)

    @typed.decorating
    def on(self, name: str, *, disposable: bool = False) -> Callable[[EventHandler], EventHandler]:
        """`add_event_handler` as a decorator::

            @client.on("message")
            async def answer(message): ...

        :param disposable: only for the next event.
        :returns: a decorator that returns the function as it is.
        """

        def register(pointer: EventHandler) -> EventHandler:
            self.add_event_handler(name, pointer, disposable)
            return pointer

        return register

    @typed.removing
    def del_event_handler(self, name: str, pointer: Callable[[Any], Any]) -> None:
        """Remove a handler of an event. May be repeated."""
        self._bus.remove(name, pointer)

    @typed.within
    @contextmanager
    def event_handler(self, name: str, pointer: Callable[[Any], Any]) -> Iterator[None]:
        """A handler of an event for the time of a ``with`` block."""
        self._bus.add(name, pointer)
        try:
            yield
        finally:
            self._bus.remove(name, pointer)

    def event_handled(self, name: str) -> int:
        """How many handlers an event has."""
        return self._bus.count(name)

    @property
    def handled_events(self) -> KeysView[str]:
        """The events that have handlers now. The view changes with them."""
        return self._bus.names

    def event(self, name: str, data: Any = _NO_PAYLOAD) -> None:
        """Raise an event.

        :param data: the payload; without one it is an empty dict.

        An exception of a handler goes to the payload's ``exception`` if it is a stanza (which answers with an error),
        else to that of the stream; the other handlers are called all the same.
        """
        self._bus.emit(name, {} if data is _NO_PAYLOAD else data)

    async def event_async(self, name: str, data: Any = _NO_PAYLOAD) -> None:
        """Raise an event and await its handlers, one after the other."""
        await self._bus.emit_async(name, {} if data is _NO_PAYLOAD else data)

    @typed.waiting
    async def wait_until(self, event: str, timeout: float = RESPONSE_TIMEOUT) -> Any:
        """Wait for the next event of a name.

        :param timeout: seconds. Raises `asyncio.TimeoutError` when they have passed.
        :returns: the event's payload.
        """
        future: asyncio.Future[Any] = self.loop.create_future()

        def arrived(data: Any) -> None:
            if not future.done():
                future.set_result(data)

        with self.event_handler(event, arrived):
            return await asyncio.wait_for(future, timeout)

    # --- schedules ------------------------------------------------------------------------------------

    @property
    def scheduled_events(self) -> Mapping[str, TimerHandle]:
        """The timers that run, by name."""
        return self._scheduler

    def schedule(
        self,
        name: str,
        seconds: float | None,
        callback: Callable[..., Any],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
        repeat: bool = False,
    ) -> None:
        """Call a function, or a coroutine function, later.

        :param name: what `cancel_schedule` takes. Raises ValueError when it is in use.
        :param seconds: when; None: in 30 seconds.
        :param repeat: again and again, in this interval.
        """
        self._scheduler.schedule(name, seconds, callback, tuple(args), kwargs, repeat)

    def cancel_schedule(self, name: str) -> None:
        """Stop a timer. May be repeated."""
        self._scheduler.cancel(name)
