# SPDX-License-Identifier: MIT
"""Filters: functions that see every stanza on its way in or out, and may change, replace or drop it.

A filter takes the stanza and returns it, another one, or None to drop it. Modes, in the order in which a
stanza that is sent meets them: ``out``, ``out_sync``, ``out_sce``; a stanza that is received meets ``in``.
A filter may be a coroutine function in every mode.

**Order.** Stanzas leave in the order in which they were sent, and are handled in the order in which they
were received, however long a coroutine filter takes. As long as no coroutine filter concerns a stanza and
none is at work, nothing is queued: the stanza goes through before `Pipeline.put` returns, and an exception
of the delivery reaches the caller.

**Failure.** A filter that raises, or that does not return within `FILTER_TIMEOUT`, stops the stanza:
sending on what an encrypting filter could not encrypt would be worse than not sending it. It is reported
with the stanza, so that the program learns of it.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, Protocol

from xmppkit.records import record

__all__ = ["FILTER_TIMEOUT", "FilterMode", "FilterTimeout", "Filters", "Pipeline", "Slip"]

#: Seconds that a coroutine filter may take for one stanza, while all that follow wait.
FILTER_TIMEOUT = 30.0

StanzaFilter = Callable[[Any], Any]

#: What a pipeline has in which nothing ever had to wait. An idle stream is to be small, and a deque is not.
_EMPTY: Final[deque[tuple[Any, bool, Slip | None]]] = deque(maxlen=0)


class Slip(Protocol):
    """What accompanies a stanza on its way, and is told when it ends there."""

    def stopped(self, error: Exception | None) -> None:
        """A filter has raised, or has dropped the stanza (None)."""


class FilterMode(Enum):
    """Where a filter stands. The values are slixmpp's names."""

    IN = "in"
    OUT = "out"
    OUT_SYNC = "out_sync"
    OUT_SCE = "out_sce"


class FilterTimeout(TimeoutError):
    """A coroutine filter did not return in time; its stanza was stopped."""


@record(frozen=True, slots=True)
class _Entry:
    function: StanzaFilter
    classes: tuple[type, ...] | None
    coroutine: bool

    def concerns(self, stanza: object) -> bool:
        return self.classes is None or isinstance(stanza, self.classes)


#: The filters of a stream that has none, as most have.
_NO_FILTERS: Final[Mapping[FilterMode, tuple[_Entry, ...]]] = MappingProxyType(dict.fromkeys(FilterMode, ()))


class Filters:
    """The filters of one stream, by mode."""

    __slots__ = ("_entries", "changes")

    def __init__(self) -> None:
        #: Replaced, never changed: a filter may add and remove filters.
        self._entries = _NO_FILTERS
        #: Grows with every change. What was derived from the filters holds while it stays.
        self.changes = 0

    def add(
        self,
        mode: FilterMode | str,
        handler: StanzaFilter,
        order: int | None = None,
        *,
        only: type | tuple[type, ...] | None = None,
    ) -> None:
        """Add a filter, at the end unless `order` says at which place (0: before all others).

        :param mode: ``in``, ``out``, ``out_sync`` or ``out_sce``; anything else raises ValueError.
        :param only: stanza classes that the filter concerns; it is not called for others. Worth giving with a
            coroutine function, because stanzas that no coroutine filter concerns are not queued.
        """
        mode = FilterMode(mode)
        classes = only if only is None or isinstance(only, tuple) else (only,)
        entries = list(self._entries[mode])
        entry = _Entry(handler, classes, _is_coroutine_function(handler))
        entries.insert(len(entries) if order is None else order, entry)
        self._set(mode, entries)

    def remove(self, mode: FilterMode | str, handler: StanzaFilter) -> bool:
        """Remove the first registration of a filter. False when there is none."""
        mode = FilterMode(mode)
        entries = list(self._entries[mode])
        for entry in entries:
            if entry.function == handler:
                entries.remove(entry)
                self._set(mode, entries)
                return True
        return False

    def _set(self, mode: FilterMode, entries: list[_Entry]) -> None:
        self._entries = {**self._entries, mode: tuple(entries)}
        self.changes += 1

    def of(self, mode: FilterMode | str) -> tuple[StanzaFilter, ...]:
        """The filters of a mode, in order."""
        return tuple(entry.function for entry in self._entries[FilterMode(mode)])

    def entries(self, modes: tuple[FilterMode, ...]) -> tuple[_Entry, ...]:
        """The filters of several modes, one mode after the other."""
        table = self._entries
        return tuple(entry for mode in modes for entry in table[mode])


def _is_coroutine_function(handler: StanzaFilter) -> bool:
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(type(handler).__call__)


def _undeclared(function: StanzaFilter, awaitable: Awaitable[Any]) -> TypeError:
    """A function gave something to be awaited: whether to queue had to be known before it was called."""
    if inspect.iscoroutine(awaitable):
        awaitable.close()
    return TypeError(f"the filter {function!r} gave an awaitable: declare it with 'async def'")


class Pipeline:
    """One direction of a stream: through the filters of some modes, then to the delivery, in order.

    :param filters: the stream's filters.
    :param modes: the modes of this direction, in the order in which a stanza meets them.
    :param deliver: takes what came through, and what was given with it, if something was.
    :param spawn: runs a coroutine without waiting for it, and keeps it alive.
    :param report: takes an exception, and the stanza that it stopped: from a filter, or from a delivery
        whose caller has gone on already.
    :param timeout: seconds that a coroutine filter may take for one stanza.
    """

    __slots__ = (
        "_changes",
        "_deliver",
        "_entries",
        "_filters",
        "_idle",
        "_modes",
        "_queue",
        "_report",
        "_slow",
        "_spawn",
        "_timeout",
        "_worker",
        "through",
    )

    def __init__(
        self,
        filters: Filters,
        modes: tuple[FilterMode, ...],
        deliver: Callable[..., object],
        *,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Future[Any]],
        report: Callable[[Exception, Any], object],
        timeout: float = FILTER_TIMEOUT,
    ) -> None:
        self._filters = filters
        self._modes = modes
        self._changes = -1
        #: The filters of these modes, and those of them that are coroutine functions.
        self._entries: tuple[_Entry, ...] = ()
        self._slow: tuple[_Entry, ...] = ()
        self._deliver = deliver
        self._spawn = spawn
        self._report = report
        self._timeout = timeout
        #: (stanza, is it to be filtered, what accompanies it)
        self._queue = _EMPTY
        self._worker: asyncio.Future[Any] | None = None
        self._idle: asyncio.Future[None] | None = None
        #: Called whenever something that was queued waits no longer.
        self.through: Callable[[], object] | None = None

    def __len__(self) -> int:
        """Stanzas that wait, with the one that is being filtered."""
        return len(self._queue)

    def put(self, stanza: Any, use_filters: bool = True, slip: Slip | None = None) -> None:
        """Send a stanza on its way. An exception of the delivery is raised here when nothing had to be
        queued.

        :param use_filters: False sends it past the filters, in its turn nevertheless.
        :param slip: goes with it.
        """
        if self._changes != self._filters.changes:
            self._changes = self._filters.changes
            self._entries = self._filters.entries(self._modes)
            self._slow = tuple(entry for entry in self._entries if entry.coroutine)
        if not self._queue and not self._entries:
            self._hand_over(stanza, slip)
            return
        if self._queue or (use_filters and self._slow and any(entry.concerns(stanza) for entry in self._slow)):
            if self._queue is _EMPTY:
                self._queue = deque()
            self._queue.append((stanza, use_filters, slip))
            if self._worker is None:
                self._worker = self._spawn(self._work())
                self._worker.add_done_callback(self._over)
            return
        if use_filters and self._entries:
            original = stanza
            for entry in self._entries:
                if entry.concerns(stanza):
                    try:
                        result = entry.function(stanza)
                    except Exception as exc:  # a user's code: reported, and the stanza does not go on unfiltered
                        self._stop(exc, original, slip)
                        return
                    if result is not stanza:
                        if result is None:
                            if slip is not None:
                                slip.stopped(None)
                            return
                        if inspect.isawaitable(result):
                            self._stop(_undeclared(entry.function, result), original, slip)
                            return
                        stanza = result
        self._hand_over(stanza, slip)

    def _hand_over(self, stanza: Any, slip: Slip | None) -> None:
        if slip is None:
            self._deliver(stanza)
        else:
            self._deliver(stanza, slip)

    def _stop(self, error: Exception, stanza: Any, slip: Slip | None) -> None:
        self._report(error, stanza)
        if slip is not None:
            slip.stopped(error)

    async def _work(self) -> None:
        """Filter and deliver what is queued, one by one; ends when the queue is empty. A stanza stays at
        the head of the queue until it is through: what is sent meanwhile queues up behind it, and a
        cancellation loses nothing."""
        queue = self._queue
        try:
            while queue:
                stanza, use_filters, slip = queue[0]
                try:
                    result = await self._filtered(stanza) if use_filters else stanza
                    if result is not None:
                        self._hand_over(result, slip)
                    elif slip is not None:
                        slip.stopped(None)
                except Exception as exc:  # nobody is left to raise it to
                    self._stop(exc, stanza, slip)
                queue.popleft()
                if self.through is not None:
                    self.through()
        finally:
            self._rest()

    def _over(self, worker: asyncio.Future[Any]) -> None:
        """A worker has ended, perhaps because it was cancelled before it began."""
        if worker is self._worker:
            self._rest()

    def _rest(self) -> None:
        self._worker = None
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    async def _filtered(self, stanza: Any) -> Any:
        for entry in self._filters.entries(self._modes):
            if entry.concerns(stanza):
                result = entry.function(stanza)
                if result is not None and inspect.isawaitable(result):
                    result = await self._in_time(entry.function, result)
                if result is None:
                    return None
                stanza = result
        return stanza

    async def _in_time(self, function: StanzaFilter, awaitable: Awaitable[Any]) -> Any:
        scope = asyncio.timeout(self._timeout)
        try:
            async with scope:
                return await awaitable
        except TimeoutError:
            if not scope.expired():
                raise
            raise FilterTimeout(f"the filter {function!r} did not return within {self._timeout:g} s") from None

    async def join(self) -> None:
        """Wait until nothing is queued."""
        while self._worker is not None:
            if self._idle is None or self._idle.done():
                self._idle = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._idle)

    def clear(self) -> list[tuple[Any, bool, Slip | None]]:
        """Forget what waits, as when the connection is lost, and return it in order: each stanza, whether it is to be
        filtered, and what accompanies it. A stanza that a filter has in its hands is not among it: it goes on."""
        kept = 0 if self._worker is None else 1
        waiting = list(self._queue)
        while len(self._queue) > kept:
            self._queue.pop()
        return waiting[kept:]
