# SPDX-License-Identifier: MIT
"""Named timers of a stream: run once after some seconds, or again and again, until cancelled.

The clock is whoever gives `Scheduler` its ``call_later``: an event loop, or a test's virtual clock.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from typing import Any, Protocol

from xmppkit.dispatch.awaiting import is_work

__all__ = ["DEFAULT_DELAY", "Scheduler", "TimerHandle"]

#: Seconds of a schedule that names none. COMPAT(slixmpp 1.17): the response timeout.
DEFAULT_DELAY = 30.0


class TimerHandle(Protocol):
    """What a scheduler needs of a timer that runs."""

    def cancel(self) -> None: ...


class Scheduler(Mapping[str, TimerHandle]):
    """The timers of one stream. A mapping of their names to the handles of those that run.

    :param call_later: calls a function after some seconds, as `asyncio.loop.call_later`.
    :param spawn: runs a coroutine without waiting for it, and keeps it alive.
    :param report: takes an exception that a callback raised. A repeated callback runs on.
    """

    __slots__ = ("_call_later", "_report", "_spawn", "_timers")

    def __init__(
        self,
        call_later: Callable[..., TimerHandle],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        report: Callable[[Exception], object],
    ) -> None:
        self._call_later = call_later
        self._spawn = spawn
        self._report = report
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
        self._arm(name, delay, callback, args, dict(kwargs) if kwargs else {}, repeat)

    def _arm(
        self,
        name: str,
        delay: float,
        callback: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        repeat: bool,
    ) -> None:
        self._timers[name] = self._call_later(delay, self._fire, name, delay, callback, args, kwargs, repeat)

    def _fire(
        self,
        name: str,
        delay: float,
        callback: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        repeat: bool,
    ) -> None:
        del self._timers[name]
        if repeat:
            # Before the call, so that the callback may cancel its own repetition.
            self._arm(name, delay, callback, args, kwargs, repeat)
        try:
            result = callback(*args, **kwargs)
        except Exception as exc:  # a user's code: reported, and never raised into the loop
            self._report(exc)
            return
        if result is not None and is_work(result):
            self._spawn(self._guard(result))

    async def _guard(self, awaitable: Awaitable[Any]) -> None:
        try:
            await awaitable
        except Exception as exc:  # as above
            self._report(exc)

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
