# SPDX-License-Identifier: MIT
"""IQs that were sent and wait for their answer (RFC 6120 §8.2.3).

An answer is an IQ of type ``result`` or ``error`` that bears the request's id and comes from the address
that was asked (§8.1.2.1, `xmppkit.dispatch.senders`). Anything else with that id, a message or another
request for example, is not the answer and leaves the request waiting.

A request whose future is cancelled is forgotten at once, but for its id: when its answer comes after all, nobody wants
it.
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


class _Request(asyncio.Future[Any]):
    """One request, and the future of its answer. `iq` is kept for the error that a timeout raises."""

    __slots__ = ("asked", "callback", "deadline", "iq", "iq_id", "table", "timeout_callback")

    table: PendingIqs
    iq: IqStanza
    iq_id: str
    asked: str | None
    deadline: float
    callback: IqCallback | None
    timeout_callback: IqCallback | None

    def cancel(self, msg: Any | None = None) -> bool:
        """See `asyncio.Future.cancel`; the request is forgotten."""
        given_up = super().cancel(msg)
        if given_up:
            self.table.give_up(self)
        return given_up


class PendingIqs:
    """The requests of one stream that wait. Finding the request of an answer costs the same however many
    wait, and all their timeouts share one timer.

    :param clock: the time of the event loop, and one timer.
    :param loop: the event loop that the futures belong to.
    :param spawn: runs a coroutine without waiting for it, and keeps it alive.
    :param report: takes an exception that a callback raised, and the answer.
    """

    __slots__ = (
        "_clock", "_given_up", "_heap", "_loop", "_report", "_spawn", "_time", "_timer", "_timer_at", "_waiting",
    )  # fmt: skip

    def __init__(
        self,
        clock: Clock,
        loop: asyncio.AbstractEventLoop,
        *,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        report: Callable[[Exception, Any], object],
    ) -> None:
        self._clock = clock
        self._time = time_of(clock)
        self._loop = loop
        self._spawn = spawn
        self._report = report
        self._waiting: dict[str, _Request] = {}
        #: Whom the requests have asked that were given up, by id, oldest first; None: there is none.
        self._given_up: dict[str, str | None] | None = None
        self._heap: list[tuple[float, str]] = []
        self._timer: TimerHandle | None = None
        self._timer_at = 0.0

    def __len__(self) -> int:
        """The number of requests that wait."""
        return len(self._waiting)

    def __contains__(self, iq_id: object) -> bool:
        return iq_id in self._waiting

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
        held = self._waiting.get(iq_id)
        if held is not None and not held.done():
            raise LocalProtocolError(f"an IQ of the id {iq_id!r} waits for its answer already")
        asked = iq.xml.get("to")
        if asked and asked not in KNOWN_ADDRESSES:
            canonical(asked)  # which raises, if it is none
        deadline = self._time() + seconds
        request = _Request(loop=self._loop)
        request.table = self
        request.iq = iq
        request.iq_id = iq_id
        request.asked = asked
        request.deadline = deadline
        request.callback = callback
        request.timeout_callback = timeout_callback
        self._waiting[iq_id] = request
        if len(self._heap) > 2 * len(self._waiting) + _SLACK:
            self._prune()
        heapq.heappush(self._heap, (deadline, iq_id))
        if self._timer is None or deadline < self._timer_at:
            self._arm()
        return request

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
        request = self._waiting.get(iq_id)
        if request is None:
            return None if self._given_up and self._is_unwanted(element, iq_id, own) else False
        if not element.tag.endswith("}iq"):
            return False
        sender = element.get("from")
        # As a rule it comes from what was asked, to the letter.
        if (sender != request.asked or not sender) and not may_answer(sender, request.asked, own):
            return False
        del self._waiting[iq_id]
        if request.done():
            return True  # by somebody else
        if kind == "result":
            request.set_result(stanza)
        else:
            request.set_exception(IqError(stanza))
        if request.callback is not None:
            self.call(request.callback, stanza, stanza)
            if kind == "error":
                request.exception()  # the callback has been told; nobody else need look
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

    def give_up(self, request: _Request) -> None:
        """Nobody waits for the answer any more."""
        iq_id = request.iq_id
        if self._waiting.get(iq_id) is not request:
            return
        del self._waiting[iq_id]
        if len(self._heap) > 2 * len(self._waiting) + _SLACK:
            self._prune()
        if self._given_up is None:
            self._given_up = {}
        elif len(self._given_up) >= _GIVEN_UP:
            del self._given_up[next(iter(self._given_up))]
        self._given_up[iq_id] = request.asked

    def discard(self, iq_id: str) -> bool:
        """Forget a request, as when sending it failed; its future is cancelled. False when there is none."""
        request = self._waiting.pop(iq_id, None)
        if request is None:
            return False
        request.cancel()
        return True

    def fail_all(self, error: BaseException) -> None:
        """The stream has ended for good: every request that waits fails with `error` now."""
        requests = list(self._waiting.values())
        self._waiting.clear()
        self._given_up = None
        self._heap.clear()
        self._disarm()
        for request in requests:
            if not request.done():
                request.set_exception(error)
                # Looked at, because the end is reported elsewhere: no log line for each that nobody awaits.
                request.exception()

    # --- timeouts -----------------------------------------------------------------------------------------

    def _prune(self) -> None:
        self._heap = [(request.deadline, iq_id) for iq_id, request in self._waiting.items()]
        heapq.heapify(self._heap)

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
            request = self._waiting.get(iq_id)
            if request is not None and request.deadline != deadline:
                request = None  # the deadline of an earlier request of the same id
            if request is not None and deadline > now:
                break
            heapq.heappop(self._heap)
            if request is not None:
                del self._waiting[iq_id]
                self._time_out(request)
        self._arm()

    def _time_out(self, request: _Request) -> None:
        if request.done():
            return
        error = IqTimeout(request.iq)
        request.set_exception(error)
        if request.timeout_callback is not None:
            request.exception()  # the callback is told; nobody else need look
            self.call(request.timeout_callback, error, request.iq)

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
