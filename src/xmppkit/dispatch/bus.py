# SPDX-License-Identifier: MIT
"""Named events of a stream: ``session_start``, ``message``, ``muc::room@host::presence`` …

Names are free strings. A handler is a plain function, called at once, or a coroutine function, whose
coroutine is handed to the spawner that was injected; `EventBus.emit_async` awaits it instead.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from types import MappingProxyType
from typing import Any, Final, cast

from xmppkit.dispatch.awaiting import is_work

__all__ = ["EventBus"]

EventHandler = Callable[[Any], Any]

#: Each call of frozenset() makes a new one.
_NOTHING: Final[frozenset[str]] = frozenset()
_NOBODY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})


class _Once:
    """A handler for one event only."""

    __slots__ = ("handler",)

    def __init__(self, handler: EventHandler) -> None:
        self.handler = handler


def _handler(entry: EventHandler | _Once) -> EventHandler:
    return entry.handler if isinstance(entry, _Once) else entry


class EventBus:
    """Handlers of named events.

    A handler that is added or removed while an event is being emitted takes part from the next event on.

    :param spawn: runs a coroutine without waiting for it, and keeps it alive.
    :param report: takes an exception that a handler raised, and the event's data. The other handlers still
        run.
    """

    __slots__ = ("_disposable", "_handlers", "_report", "_spawn", "_wake", "expected", "names")

    def __init__(
        self,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        report: Callable[[Exception, Any], object],
    ) -> None:
        self._spawn = spawn
        self._report = report
        #: The handlers, in order, those for one event only as `_Once`; the tuples are replaced, never changed.
        self._handlers: dict[str, tuple[EventHandler | _Once, ...]] = {}
        #: The events that have handlers; for who asks so often that a call would be too much.
        self.names = self._handlers.keys()
        #: Events that may have handlers for one event only. Most streams have none, and an own set takes space.
        self._disposable = _NOTHING
        #: See `expect`; for reading only.
        self.expected: Mapping[str, tuple[str, ...]] = _NOBODY
        self._wake: Callable[[tuple[str, ...]], object] | None = None

    def expect(self, names: Mapping[str, tuple[str, ...]], wake: Callable[[tuple[str, ...]], object]) -> None:
        """Call `wake` with what `names` says of an event that gets a handler, in place of what was expected before."""
        self.expected, self._wake = names, wake

    def add(self, name: str, handler: EventHandler, *, disposable: bool = False) -> None:
        """Call `handler` with the data of every event of this name, or of the next one only when
        `disposable`.

        A handler may be added more than once and is then called as often.
        """
        self._handlers[name] = (*self._handlers.get(name, ()), _Once(handler) if disposable else handler)
        if disposable:
            self._disposable |= {name}
        if name in self.expected and self._wake is not None:
            self._wake(self.expected[name])

    def remove(self, name: str, handler: EventHandler) -> bool:
        """Drop every registration of `handler` for the event. False when there was none."""
        entries = self._handlers.get(name, ())
        kept = tuple(entry for entry in entries if _handler(entry) != handler)
        if kept:
            self._handlers[name] = kept
        elif entries:
            del self._handlers[name]
        return len(kept) < len(entries)

    def count(self, name: str) -> int:
        """The number of handlers of the event."""
        return len(self._handlers.get(name, ()))

    def handlers(self, name: str) -> tuple[EventHandler, ...]:
        """The handlers of the event, in order of registration."""
        return tuple(map(_handler, self._handlers.get(name, ())))

    def _take(self, name: str) -> tuple[EventHandler, ...]:
        """The handlers to call now. Those for one event only are dropped."""
        entries = self._handlers[name]
        self._disposable -= {name}
        # Before the first call: a handler that emits the same event again must not meet them once more.
        kept = tuple(entry for entry in entries if not isinstance(entry, _Once))
        if kept:
            self._handlers[name] = kept
        else:
            del self._handlers[name]
        return tuple(map(_handler, entries))

    def _due(self, name: str) -> tuple[EventHandler, ...]:
        """The handlers of an event that happens now."""
        if name in self._disposable and name in self._handlers:
            return self._take(name)
        return cast("tuple[EventHandler, ...]", self._handlers.get(name, ()))

    def emit(self, name: str, data: Any = None) -> None:
        """Call the handlers in order of registration; coroutines are started and not waited for."""
        if name not in self._handlers:
            return
        for handler in self._due(name):
            try:
                result = handler(data)
            except Exception as exc:  # a user's code: reported, and the other handlers still run
                self._report(exc, data)
                continue
            if result is not None and is_work(result):
                self._spawn(self._guard(result, data))

    async def emit_async(self, name: str, data: Any = None) -> None:
        """Call the handlers in order of registration and await each that is a coroutine before the next."""
        for handler in self._due(name):
            try:
                result = handler(data)
                if result is not None and is_work(result):
                    await result
            except Exception as exc:  # as above
                self._report(exc, data)

    async def _guard(self, awaitable: Awaitable[Any], data: Any) -> None:
        try:
            await awaitable
        except Exception as exc:  # as above
            self._report(exc, data)
