# SPDX-License-Identifier: MIT
"""Named timers of a stream: run once after some seconds, or again and again, until cancelled.

The clock is that of the stream's event loop, or a test's virtual one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol

from xmppkit.dispatch.awaiting import is_work

__all__ = ["DEFAULT_DELAY", "Clock", "Scheduler", "SchedulerHost", "TimerHandle"]

#: Seconds of a schedule that names none. COMPAT(slixmpp 1.17): the response timeout.
DEFAULT_DELAY = 30.0
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class TimerHandle(Protocol):
    """What a scheduler needs of a timer that runs."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """What a scheduler needs of an event loop."""

    def call_later(self, delay: float, callback: Callable[..., Any], /, *args: Any) -> TimerHandle: ...


class SchedulerHost(Protocol):
    """What a scheduler needs of its stream."""

    @property
    def loop(self) -> Clock: ...

    def spawn(self, coroutine: Coroutine[Any, Any, None], /) -> object:
        """Run a coroutine without waiting for it, and keep it alive."""

    def exception(self, exception: BaseException, /) -> None:
        """Takes an exception that a callback raised. A repeated callback runs on."""


class Scheduler(Mapping[str, TimerHandle]):
    """The timers of one stream. A mapping of their names to the handles of those that run.

    :param host: the stream.
    """

    __slots__ = ("_host", "_timers")

    def __init__(self, host: SchedulerHost) -> None:
        self._host = host
        self._timers: dict[str, TimerHandle] = {}

    def schedule(
        self,
        name: str,
        seconds: float | None,
        callback: Callable[..., Any],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
        repeat: bool = False,
    ) -> None:
        """Call `callback` after a time, or each time it has passed.

        :param name: what `cancel` takes; ValueError when a timer of that name runs.
        :param seconds: None takes `DEFAULT_DELAY`; a negative number, or a repetition without delay, is a
            ValueError.
        :param callback: a coroutine function is accepted as well.
        """
        if name in self._timers:
            raise ValueError(f"a schedule of the name {name!r} exists")
        delay = DEFAULT_DELAY if seconds is None else seconds
        if delay < 0 or (repeat and delay == 0):
            raise ValueError(f"schedule {name!r}: {delay!r} seconds is no time to wait")
        self._arm(name, delay, callback, args, dict(kwargs) if kwargs else _NOTHING, repeat)

    def _arm(
        self,
        name: str,
        delay: float,
        callback: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        repeat: bool,
    ) -> None:
        self._timers[name] = self._host.loop.call_later(delay, self._fire, name, delay, callback, args, kwargs, repeat)

    def _fire(
        self,
        name: str,
        delay: float,
        callback: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        repeat: bool,
    ) -> None:
        del self._timers[name]
        if repeat:
            # Before the call, so that the callback may cancel its own repetition.
            self._arm(name, delay, callback, args, kwargs, repeat)
        try:
            result = callback(*args, **kwargs)
        except Exception as exc:  # a user's code: reported, and never raised into the loop
            self._host.exception(exc)
            return
        if result is not None and is_work(result):
            self._host.spawn(self._guard(result))

    async def _guard(self, awaitable: Awaitable[Any]) -> None:
        try:
            await awaitable
        except Exception as exc:  # as above
            self._host.exception(exc)

    def cancel(self, name: str) -> bool:
        """Stop a timer. False when none of that name runs."""
        handle = self._timers.pop(name, None)
        if handle is None:
            return False
        handle.cancel()
        return True

    def cancel_all(self) -> None:
        """Stop all timers."""
        for name in tuple(self._timers):
            self.cancel(name)

    def __getitem__(self, name: str) -> TimerHandle:
        return self._timers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._timers)

    def __len__(self) -> int:
        return len(self._timers)
