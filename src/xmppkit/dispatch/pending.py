# SPDX-License-Identifier: MIT
"""IQs that were sent and wait for their answer (RFC 6120 §8.2.3).

An answer is an IQ of type ``result`` or ``error`` that bears the request's id and comes from the address
that was asked (§8.1.2.1, `xmppkit.dispatch.senders`). Anything else with that id, a message or another
request for example, is not the answer and leaves the request waiting.

When the answer to a request comes whose future was cancelled, nobody wants it. Of many such requests all but the ids
is forgotten soon.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol
from xml.etree import ElementTree as ET

from xmppkit.dispatch.awaiting import is_work
from xmppkit.dispatch.senders import may_answer
from xmppkit.exceptions import IqError, IqTimeout, LocalProtocolError
from xmppkit.jid.address import JID, KNOWN_ADDRESSES, canonical
from xmppkit.util.looptime import time_of

__all__ = ["DEFAULT_TIMEOUT", "PendingIqs"]

#: Seconds that an answer may take when the request names no time. COMPAT(slixmpp 1.17)
DEFAULT_TIMEOUT = 120.0
#: Deadlines of requests that are answered already stay in the heap until they pass, or until they outnumber
#: the requests that wait by this many.
_SLACK = 256
#: Of so many requests that were given up it is known, when the answer comes, that nobody wants it: some 2 MB.
_GIVEN_UP = 10_000

IqCallback = Callable[[Any], Any]


class TimerHandle(Protocol):
    """What is needed of a timer that runs."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """What is needed of the event loop; a test's virtual clock has it too."""

    def time(self) -> float: ...

    def call_at(self, when: float, callback: Callable[[], object], /) -> TimerHandle: ...


class IqStanza(Protocol):
    """What is needed of an IQ."""

    @property
    def xml(self) -> ET.Element: ...

    def __getitem__(self, key: str, /) -> Any: ...


class _Entry:
    """One request. `iq` is kept for the error that a timeout raises."""

    __slots__ = ("asked", "callback", "deadline", "future", "iq", "timeout_callback")

    iq: IqStanza
    asked: str | None
    future: asyncio.Future[Any]
    deadline: float
    callback: IqCallback | None
    timeout_callback: IqCallback | None


class PendingIqs:
    """The requests of one stream that wait. Finding the request of an answer costs the same however many
    wait, and all their timeouts share one timer.

    :param clock: the event loop: its time, and one timer.
    :param create_future: makes the futures; `asyncio.loop.create_future`.
    :param spawn: runs a coroutine without waiting for it, and keeps it alive.
    :param report: takes an exception that a callback raised, and the answer.
    """

    __slots__ = (
        "_clock", "_create_future", "_entries", "_full", "_given_up", "_heap", "_report", "_spawn", "_time", "_timer",
        "_timer_at",
    )  # fmt: skip

    def __init__(
        self,
        clock: Clock,
        create_future: Callable[[], asyncio.Future[Any]],
        *,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        report: Callable[[Exception, Any], object],
    ) -> None:
        self._clock = clock
        self._time = time_of(clock)
        self._create_future = create_future
        self._spawn = spawn
        self._report = report
        self._entries: dict[str, _Entry] = {}
        #: Whom requests have asked that were given up and forgotten, by id, oldest first; None: there is none.
        self._given_up: dict[str, str | None] | None = None
        self._heap: list[tuple[float, str]] = []
        #: How many deadlines there may be until it is looked which of them are of requests that wait.
        self._full = _SLACK
        self._timer: TimerHandle | None = None
        self._timer_at = 0.0

    def __len__(self) -> int:
        """The number of requests that wait."""
        return sum(not entry.future.done() for entry in self._entries.values())

    def __contains__(self, iq_id: object) -> bool:
        return isinstance(iq_id, str) and iq_id in self._entries and not self._entries[iq_id].future.done()

    def add(
        self,
        iq: IqStanza,
        *,
        timeout: float | None = None,
        callback: IqCallback | None = None,
        timeout_callback: IqCallback | None = None,
    ) -> asyncio.Future[Any]:
        """Wait for the answer to `iq`, a request that is about to be sent.

        :param timeout: seconds; None takes `DEFAULT_TIMEOUT`. Anything that is no number is a TypeError.
        :param callback: called with the answer, be it a result or an error, before the future's waiters
            run. A coroutine function is accepted. It is not called on a timeout.
        :param timeout_callback: called with the `IqTimeout`.
        :returns: a future of the answer. It raises `IqError` for an answer of type error, `IqTimeout` when
            none came in time, and what `fail_all` was given when the stream ends. Cancelling it gives the
            answer up.

        :raises LocalProtocolError: a request with the same id waits.
        :raises InvalidJID: it goes to what is no address.
        """
        seconds = DEFAULT_TIMEOUT if timeout is None else timeout
        is_number = type(seconds) is float or (isinstance(seconds, (int, float)) and not isinstance(seconds, bool))
        if not is_number or seconds != seconds:
            raise TypeError(f"an IQ's timeout is a number of seconds, not {seconds!r}")
        iq_id = iq.xml.get("id", "")
        held = self._entries.get(iq_id)
        if held is not None:
            if not held.future.done():
                raise LocalProtocolError(f"an IQ of the id {iq_id!r} waits for its answer already")
            self._give_up(iq_id, held.asked)
        asked = iq.xml.get("to")
        if asked and asked not in KNOWN_ADDRESSES:
            canonical(asked)  # which raises, if it is none
        deadline = self._time() + seconds
        future = self._create_future()
        entry = _Entry()  # filled in here, which costs half as much as a constructor
        entry.iq = iq
        entry.asked = asked
        entry.future = future
        entry.deadline = deadline
        entry.callback = callback
        entry.timeout_callback = timeout_callback
        self._entries[iq_id] = entry
        heapq.heappush(self._heap, (deadline, iq_id))
        if len(self._heap) > self._full:
            self._tidy()
        if self._timer is None or deadline < self._timer_at:
            self._arm()
        return future

    def resolve(self, stanza: IqStanza, own: JID | None) -> bool | None:
        """Take a received stanza. True when it was the answer to a request that waits, which is now
        settled; None when it answers one that was given up, so that nobody wants it; False when it is something else
        and must go its usual way.

        :param own: the stream's own address; None before it is known.
        """
        element = stanza.xml
        kind = element.get("type")
        if kind != "result" and kind != "error":
            return False
        iq_id = element.get("id", "")
        entry = self._entries.get(iq_id)
        if entry is None:
            return None if self._given_up and self._is_unwanted(element, iq_id, own) else False
        if not element.tag.endswith("}iq"):
            return False
        sender = element.get("from")
        # As a rule it comes from what was asked, to the letter.
        if (sender != entry.asked or not sender) and not may_answer(sender, entry.asked, own):
            return False
        del self._entries[iq_id]
        future = entry.future
        if future.done():
            return None if future.cancelled() else True  # by somebody else
        if kind == "result":
            future.set_result(stanza)
        else:
            future.set_exception(IqError(stanza))
        if entry.callback is not None:
            self.call(entry.callback, stanza, stanza)
            if kind == "error":
                future.exception()  # the callback has been told; nobody else need look
        return True

    def _is_unwanted(self, element: ET.Element, iq_id: str, own: JID | None) -> bool:
        """Whether this is the answer to a request that was given up; there is no second one."""
        given_up = self._given_up
        if given_up is None or iq_id not in given_up or not element.tag.endswith("}iq"):
            return False
        if not may_answer(element.get("from"), given_up[iq_id], own):
            return False
        del given_up[iq_id]
        return True

    def discard(self, iq_id: str) -> bool:
        """Forget a request, as when sending it failed; its future is cancelled. False when there is none."""
        entry = self._entries.pop(iq_id, None)
        if entry is None:
            return False
        entry.future.cancel()
        return True

    def fail_all(self, error: BaseException) -> None:
        """The stream has ended for good: every request that waits fails with `error` now."""
        entries = list(self._entries.values())
        self._entries.clear()
        self._given_up = None
        self._heap.clear()
        self._disarm()
        for entry in entries:
            if not entry.future.done():
                entry.future.set_exception(error)
                # Looked at, because the end is reported elsewhere: no log line for each that nobody awaits.
                entry.future.exception()

    # --- timeouts -----------------------------------------------------------------------------------------

    def _tidy(self) -> None:
        """Forget the requests that were given up, but for their ids, and the deadlines of those that were answered."""
        for iq_id, entry in [item for item in self._entries.items() if item[1].future.cancelled()]:
            del self._entries[iq_id]
            self._give_up(iq_id, entry.asked)
        self._heap = [(entry.deadline, iq_id) for iq_id, entry in self._entries.items()]
        heapq.heapify(self._heap)
        self._full = 2 * len(self._heap) + _SLACK

    def _give_up(self, iq_id: str, asked: str | None) -> None:
        if self._given_up is None:
            self._given_up = {}
        elif len(self._given_up) >= _GIVEN_UP:
            del self._given_up[next(iter(self._given_up))]
        self._given_up[iq_id] = asked

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        self._disarm()
        if self._heap:
            self._timer_at = self._heap[0][0]
            self._timer = self._clock.call_at(self._timer_at, self._expire)

    def _expire(self) -> None:
        self._timer = None
        now = self._time()
        # Through self, every time: a callback may add requests, and so replace the heap.
        while self._heap:
            deadline, iq_id = self._heap[0]
            entry = self._entries.get(iq_id)
            if entry is not None and entry.deadline != deadline:
                entry = None  # the deadline of an earlier request of the same id
            if entry is not None and deadline > now:
                break
            heapq.heappop(self._heap)
            if entry is not None:
                del self._entries[iq_id]
                self._time_out(entry)
        self._arm()

    def _time_out(self, entry: _Entry) -> None:
        if entry.future.done():
            return
        error = IqTimeout(entry.iq)
        entry.future.set_exception(error)
        if entry.timeout_callback is not None:
            entry.future.exception()  # the callback is told; nobody else need look
            self.call(entry.timeout_callback, error, entry.iq)

    # --- callbacks ----------------------------------------------------------------------------------------

    def call(self, callback: IqCallback, argument: Any, stanza: Any) -> None:
        """Call a callback of a request.

        :param stanza: what its exception is reported with.
        """
        try:
            result = callback(argument)
        except Exception as exc:  # a user's code: reported, and never raised into the stream
            self._report(exc, stanza)
            return
        if result is not None and is_work(result):
            self._spawn(self._guard(result, stanza))

    async def _guard(self, awaitable: Awaitable[Any], stanza: Any) -> None:
        try:
            await awaitable
        except Exception as exc:  # as above
            self._report(exc, stanza)
