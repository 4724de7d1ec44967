# SPDX-License-Identifier: MIT
"""Hands queued events to the methods that are marked for them."""

from __future__ import annotations

import inspect
import logging
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from xmppkit.pyxmpp2.mainloop.interfaces import QUIT, Event, EventHandler
from xmppkit.pyxmpp2.settings import XMPPSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["EventDispatcher", "marked_methods"]

log = logging.getLogger("pyxmpp2.mainloop.events")


def marked_methods(owner: object, mark: str) -> Iterator[tuple[Callable[..., Any], Any]]:
    """The methods of an object that a decorator has marked, with the marks, in alphabetical order."""
    for name in dir(type(owner)):
        function = inspect.getattr_static(type(owner), name)
        function = getattr(function, "__func__", function)
        if hasattr(function, mark):
            yield getattr(owner, name), getattr(function, mark)


class EventDispatcher:
    """Takes events from a queue and hands them on.

    :param settings: those with the queue, ``event_queue``.
    :param handlers: of events; what is no `EventHandler` is passed over.

    :ivar queue: puts of any thread are welcome.
    :ivar handlers: the handlers, in order.
    :ivar lock: guards `handlers`; not held while a handler runs.
    """

    def __init__(self, settings: XMPPSettings | None = None, handlers: Iterable[object] | None = None) -> None:
        self.settings = XMPPSettings() if settings is None else settings
        self.queue: queue.Queue[Event] = self.settings["event_queue"]
        self.handlers: list[EventHandler] = []
        self.lock = threading.RLock()
        self._methods: dict[type[Event] | None, list[tuple[EventHandler, Callable[[Event], object]]]] = {}
        for handler in handlers or ():
            if isinstance(handler, EventHandler):
                self.add_handler(handler)

    def add_handler(self, handler: EventHandler) -> None:
        """Add a handler behind the others; one that is there already stays where it is.

        :raises TypeError: it is no `EventHandler`.
        """
        if not isinstance(handler, EventHandler):
            raise TypeError(f"{handler!r} is no EventHandler")
        with self.lock:
            if not any(each is handler for each in self.handlers):
                self.handlers.append(handler)
                self._sort_out()

    def remove_handler(self, handler: EventHandler) -> None:
        """Take a handler out, if it is in."""
        with self.lock:
            self.handlers = [each for each in self.handlers if each is not handler]
            self._sort_out()

    def _sort_out(self) -> None:
        self._methods = {}
        for handler in self.handlers:
            marked = list(marked_methods(handler, "_pyxmpp_event_handled"))
            # Within an object those for every event come first.
            for method, wanted in sorted(marked, key=lambda each: each[1] is not None):
                self._methods.setdefault(wanted, []).append((handler, method))

    def _methods_for(self, event: Event) -> Sequence[Callable[[Event], object]]:
        with self.lock:
            everything, special = self._methods.get(None, []), self._methods.get(type(event), [])
            return [
                method
                for handler in self.handlers
                for methods in (everything, special)
                for owner, method in methods
                if owner is handler
            ]

    def dispatch(self, block: bool = False, timeout: float | None = None) -> Event | None:
        """Take one event and hand it to the handlers.

        What a handler raises leaves from here; the event is not handed on after that, and those behind it stay.

        :param block: wait until there is one.
        :param timeout: but not longer than so many seconds.
        :returns: the event, which may be `QUIT`; None if there was none.
        """
        try:
            event = self.queue.get(block, timeout)
        except queue.Empty:
            return None
        log.debug("event: %s", event)
        if event is QUIT:
            return event
        for method in self._methods_for(event):
            result = method(event)
            if isinstance(result, Event):
                self.queue.put(result)
            elif result:
                event.handled = True
                break
        return event

    def flush(self, dispatch: bool = True) -> Event | None:
        """Take all events that there are.

        :param dispatch: hand them on; False throws them away.
        :returns: `QUIT` if that was among them; those behind it stay.
        """
        if not dispatch:
            return self._throw_away()
        while True:
            event = self.dispatch()
            if event is None or event is QUIT:
                return event

    def _throw_away(self) -> Event | None:
        while True:
            try:
                event = self.queue.get_nowait()
            except queue.Empty:
                return None
            if event is QUIT:
                return event

    def loop(self) -> None:
        """Hand events on until `QUIT` comes."""
        while self.dispatch(block=True) is not QUIT:
            continue
