# SPDX-License-Identifier: MIT
"""The server's half of a BOSH session (XEP-0124), without I/O: requests become what the engine reads, and what it
writes is said in answers.

Requests are taken in the order of their IDs, whatever the order in which they come, and answered in that order. The
last answers are kept: to a request that comes again, as it was, they are given again. What a client can make the
session keep is bounded by the window of IDs, by the size of a body, and by `ServedLimits`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum
from hashlib import sha256
from typing import Final

from xmppkit.protocol.framing.bosh.body import (
    CONTENT_TYPE,
    Body,
    Condition,
    lower_version,
    split_marks,
    write_body,
)
from xmppkit.protocol.framing.bosh.keys import KeyCheck
from xmppkit.records import record
from xmppkit.xml.limits import KIB, Limits

__all__ = ["Answer", "Outcome", "Respond", "ServedLimits", "ServedSession", "refusal"]

#: How often one request may come again before the session ends (XEP-0124 §14.3).
MAX_REPEATS: Final = 20
#: Seconds after which an answer that the client seems to miss is reported (XEP-0124 §9.2).
REPORT_AFTER: Final = 2.0


@record(frozen=True, slots=True)
class Answer:
    """What answers a request.

    :ivar status: of HTTP.
    :ivar body: the wrapper; empty for a client that knows statuses only.
    """

    status: int
    content_type: str
    body: bytes


#: Takes the answer of one request; called once.
Respond = Callable[[Answer], object]


@record(frozen=True, slots=True, kw_only=True)
class ServedLimits:
    """What a client may ask for, and make the server keep. Times are seconds, sizes bytes."""

    wait: int = 60
    """How long a request is held, at most."""

    hold: int = 1
    """Requests that are held, at most; one more may be under way."""

    inactivity: int = 30
    """How long a client may be without a request; then its session is lost."""

    polling: int = 2
    """How often a client may ask without having something to say, while it need not."""

    max_pause: int = 120
    """How long it may say that it will be away."""

    body_bytes: int = 320 * KIB
    """Of one request. A stanza has bounds of its own, by the stream."""

    unread_bytes: int = 1024 * KIB
    """Of requests that wait for the engine to read."""

    answer_bytes: int = 64 * KIB
    """Of an answer; one with a single stanza may be larger."""

    limits: Limits = Limits.server()
    """What each element of a request may be."""


class Outcome(Enum):
    """How a session has ended."""

    CLOSED = "closed"
    """In order: what was to be said has been."""
    LOST = "lost"
    """The client is gone, or has broken the rules of BOSH."""


class _Held:
    """A request that was taken and has no answer yet."""

    __slots__ = ("arrived", "digest", "pausing", "repeats", "respond")

    def __init__(self, digest: bytes, respond: Respond | None, now: float, *, pausing: bool = False) -> None:
        self.digest = digest
        self.respond = respond  # None: its connection is gone
        self.arrived = now
        self.pausing = pausing
        self.repeats = 0


class _Given:
    """An answer, for who did not get it."""

    __slots__ = ("answer", "at", "digest", "repeats")

    def __init__(self, held: _Held, answer: Answer, now: float) -> None:
        self.digest = held.digest
        self.answer = answer
        self.at = now
        self.repeats = held.repeats


def refusal(condition: Condition, *, legacy: bool = False) -> Answer:
    """The answer that says why there is no session, or none any more (XEP-0124 §17).

    :param legacy: the client knows HTTP statuses only.
    """
    if legacy and condition.status != 200:
        return Answer(condition.status, CONTENT_TYPE, b"")
    return Answer(200, CONTENT_TYPE, write_body({"type": "terminate", "condition": condition.value}))


class ServedSession:
    """One session, seen from the server. After every call take what it made: `received`, `ended`, `deadline`.

    A call of `request` is followed by one of `settle`, when the engine has read what came: so that what it has to say
    at once is in the answer.

    :param first: the request that makes the session.
    :param data: the same as it came.
    :param respond: takes its answer.
    :param sid: the ID of the session, which nobody can guess.
    :param now: the time.
    :ivar secure: whether its HTTP is encrypted; then requests that are not are none of the client's (§19.1).
    """

    def __init__(
        self,
        first: Body,
        data: bytes,
        respond: Respond,
        *,
        sid: str,
        limits: ServedLimits,
        secure: bool,
        now: float,
    ) -> None:
        self.sid = sid
        self.secure = secure
        self.ended: Outcome | None = None
        """How it has ended; None while it has not."""
        self.limits = limits
        self._legacy = first.get("ver") is None
        self._content_type = _content_type(first.get("content"))
        wait, hold = first.number("wait"), first.number("hold")
        self.wait = min(limits.wait, limits.wait if wait is None else wait)
        self.hold = min(limits.hold, limits.hold if hold is None else hold) if self.wait else 0
        self.requests = self.hold + 1
        self.inactivity = limits.inactivity if self.hold else 2 * limits.inactivity + limits.polling
        self._keys = KeyCheck(first.get("newkey"))
        rid = first.number("rid") or 0
        self._rid = rid  # the highest one of which all before it have come
        self._held: dict[int, _Held] = {rid: _Held(_digest(data), respond, now)}
        self._early: dict[int, tuple[Body, bytes, _Held]] = {}
        self._given: dict[int, _Given] = {}
        self._out: deque[str] = deque()
        self._unsent = 0
        self._received = [data]
        self._unread = len(data)
        self._paused = False
        self._head = ""  # attributes of the next answer, by the engine
        self._final: Condition | bool | None = False  # True: the stream is over; a condition says why
        self._acks = first.number("ack") == 1
        self._greeting: dict[str, object] | None = self._terms(first)
        self._report: int | None = None
        self._away: float | None = None  # seconds that the client said it would be away
        self._quiet_since = now
        self._last_arrival = now
        self._idle_before = False  # the last request asked for something, and got nothing

    def _terms(self, first: Body) -> dict[str, object]:
        """What the session's first answer says (XEP-0124 §7.2, XEP-0206 §4)."""
        version = first.get("ver")
        return {
            "sid": self.sid,
            "wait": self.wait,
            "requests": self.requests,
            "ver": lower_version(version) if version is not None else None,
            "polling": self.limits.polling,
            "inactivity": self.inactivity,
            "hold": self.hold,
            "maxpause": self.limits.max_pause,
            "charsets": "UTF-8",
            "ack": first.get("rid") if self._acks else None,
            "xmpp:restartlogic": "true",
        }

    # --- what the engine reads and writes ---------------------------------------------------------------

    def received(self) -> list[bytes]:
        """The bodies for the engine, in order, which are forgotten here. None while reading is paused."""
        if self._paused:
            return []
        bodies, self._received = self._received, []
        self._unread -= sum(map(len, bodies))
        return bodies

    def pause_reading(self) -> None:
        """The engine is behind: answer as late as possible, for without an answer a client has no more to say."""
        self._paused = True

    def resume_reading(self) -> None:
        """It has caught up."""
        self._paused = False

    def send(self, data: bytes) -> None:
        """Take what the engine has written: elements, and marks of `body.mark`. It is said with `settle`."""
        for is_mark, text in split_marks(data):
            if self._final is not False or self.ended is not None:
                return
            if not is_mark:
                self._out.append(text)
                self._unsent += len(text)
            elif text:
                self._head = text
            else:
                error = bool(self._out) and self._out[-1].endswith("</stream:error>")
                self._final = Condition.REMOTE_STREAM_ERROR if error else None

    @property
    def unsent(self) -> int:
        """Characters that wait for a request."""
        return self._unsent

    def leave(self) -> None:
        """The engine is done. If it has not said that the stream is over, the client is as good as gone."""
        if self._final is False:
            self.abandon()

    def abandon(self, condition: Condition | None = None) -> None:
        """The session is lost, at once: every request is answered with the condition, and what waits is dropped."""
        self._terminate(condition or Condition.ITEM_NOT_FOUND)

    # --- requests ---------------------------------------------------------------------------------------

    def request(self, body: Body, data: bytes, respond: Respond, now: float) -> None:
        """A request came that names this session.

        :param data: `body` as it came.
        """
        rid = body.number("rid")
        if self.ended is not None:
            respond(self._refusal(Condition.ITEM_NOT_FOUND))
        elif rid is None:
            respond(self._refusal(Condition.BAD_REQUEST))
        elif rid <= self._rid:
            self._again(rid, _digest(data), respond, now)
        else:
            self._new(rid, body, data, respond, now)

    def _new(self, rid: int, body: Body, data: bytes, respond: Respond, now: float) -> None:
        leaving = body.type_ == "terminate" or body.get("pause") is not None
        known = self._early.get(rid)
        held = _Held(_digest(data), respond, now)
        if known is not None:
            if known[2].digest == held.digest:
                self._replace(known[2], held)
            else:
                respond(self._refusal(Condition.ITEM_NOT_FOUND))
            return
        self._early[rid] = body, data, held
        if rid > self._rid + self.requests + leaving:  # XEP-0124 §11: to leave or to pause, one more is permitted
            self._terminate(Condition.ITEM_NOT_FOUND)
            return
        # XEP-0124 §11: so many may wait, and one more to leave. While reading is paused they are not answered.
        many = len(self._held) + len(self._early) > self.requests + 1
        if many or self._unread + len(data) > self.limits.unread_bytes:
            self._terminate(Condition.POLICY_VIOLATION)
            return
        self._unread += len(data)
        while self._rid + 1 in self._early and self.ended is None:
            self._take(*self._early[self._rid + 1], now)

    def _take(self, body: Body, data: bytes, held: _Held, now: float) -> None:
        """Take the request whose turn it is."""
        asks = not body.elements and not body.restarts and not body.type_ and body.get("pause") is None
        if not self._keys.accepts(body.get("key"), body.get("newkey")):
            self._terminate(Condition.ITEM_NOT_FOUND)
            return
        if asks and self._too_fast(now):
            self._terminate(Condition.POLICY_VIOLATION)
            return
        self._rid += 1
        del self._early[self._rid]
        self._held[self._rid] = held
        held.arrived = self._last_arrival = now
        self._idle_before = asks
        self._acknowledged(body, now)
        pause = body.number("pause")
        self._away = float(pause) if pause is not None and pause <= self.limits.max_pause else None
        held.pausing = self._away is not None
        if asks or held.pausing:
            self._unread -= len(data)
        else:
            self._received.append(data)

    def _too_fast(self, now: float) -> bool:
        """Whether a client that only asks does so too often (XEP-0124 §11, §12)."""
        if now - self._last_arrival >= self.limits.polling:
            return False
        return self._idle_before if not self.hold else len(self._held) + 1 >= self.requests

    def _acknowledged(self, body: Body, now: float) -> None:
        """What the client has got need not be kept (XEP-0124 §9.2)."""
        if not self._acks:
            return
        highest = body.number("ack")
        if highest is None:
            highest = self._rid - 1  # it has got all
        for rid in [rid for rid in self._given if rid <= highest]:
            del self._given[rid]
        missing = self._given.get(highest + 1)
        if missing is not None and now - missing.at > REPORT_AFTER:
            self._report = highest + 1

    def _again(self, rid: int, digest: bytes, respond: Respond, now: float) -> None:
        """A request came that has come before (XEP-0124 §14.3)."""
        known = self._held.get(rid) or self._given.get(rid)
        if known is None or known.digest != digest:
            # A copy that was long under way, or not the client's. To who knows no better this is what a wrong session
            # ID says too; and the session goes on, or anybody who has heard of it could end it.
            respond(self._refusal(Condition.ITEM_NOT_FOUND))
            return
        known.repeats += 1
        if known.repeats > MAX_REPEATS:
            respond(self._refusal(Condition.POLICY_VIOLATION))
            self._terminate(Condition.POLICY_VIOLATION)
        elif isinstance(known, _Given):
            respond(known.answer)
        else:
            self._replace(known, _Held(digest, respond, now))

    def _replace(self, held: _Held, other: _Held) -> None:
        """The answer goes to the connection on which a request came last."""
        if held.respond is not None:
            held.respond(self._answer({"type": "error"}))
        held.respond = other.respond
        held.arrived = other.arrived

    def gone(self, respond: Respond, now: float) -> None:
        """The connection is gone on which this answer was to be given."""
        for held in (*self._held.values(), *(early[2] for early in self._early.values())):
            if held.respond is respond:
                held.respond = None
                if not self._heard:
                    self._quiet_since = now

    # --- answers ----------------------------------------------------------------------------------------

    @property
    def _heard(self) -> bool:
        """Whether somebody waits for an answer."""
        return any(held.respond is not None for held in self._held.values())

    def settle(self, now: float) -> None:
        """Answer what can be answered now."""
        while self._held and self.ended is None and self._ready(now):
            self._give(now)

    def _ready(self, now: float) -> bool:
        """Whether the oldest request is to be answered."""
        held = next(iter(self._held.values()))
        return (
            bool(self._out)
            or self._final is not False
            or self._away is not None
            or self._report is not None
            or (len(self._held) > self.hold and not self._paused)
            or now >= held.arrived + self.wait
        )

    def _give(self, now: float) -> None:
        """Answer the oldest request."""
        rid = next(iter(self._held))
        held = self._held.pop(rid)
        head: dict[str, object] = {}
        if self._greeting is not None:
            head, self._greeting = self._greeting, None
        elif self._acks and self._rid != rid:
            head["ack"] = self._rid  # XEP-0124 §9.1
        given = self._given.get(self._report) if self._report is not None else None
        if given is not None:
            head |= {"report": self._report, "time": int((now - given.at) * 1000)}
        self._report = None
        payload = "" if held.pausing else self._payload()
        if self._final is not False and not self._out and not held.pausing:
            if isinstance(self._final, Condition):
                head["condition"] = self._final.value
            if self._final is not True:
                head["type"] = "terminate"
            self._final = True
        if payload:
            self._idle_before = False
        more, self._head = self._head, ""
        answer = self._answer(head, payload, more)
        self._given[rid] = _Given(held, answer, now)
        while len(self._given) > self.requests:
            del self._given[next(iter(self._given))]
        if held.respond is not None:
            held.respond(answer)
        if not self._heard:
            self._quiet_since = now
        if self._final is True and not self._held:
            self._end(Outcome.CLOSED, Condition.ITEM_NOT_FOUND)

    def _payload(self) -> str:
        parts: list[str] = []
        size = 0
        while self._out and (not parts or size + len(self._out[0]) <= self.limits.answer_bytes):
            parts.append(self._out.popleft())
            size += len(parts[-1])
        self._unsent -= size
        return "".join(parts)

    def _answer(self, attributes: Mapping[str, object], payload: str = "", more: str = "") -> Answer:
        return Answer(200, self._content_type, write_body(attributes, payload, more))

    def _refusal(self, condition: Condition) -> Answer:
        return refusal(condition, legacy=self._legacy)

    def _terminate(self, condition: Condition) -> None:
        if self.ended is None:
            self._end(Outcome.LOST, condition)

    def _end(self, outcome: Outcome, condition: Condition) -> None:
        """It is over. Who still waits is told the condition: also who was early, and whose turn does not come."""
        self.ended = outcome
        waiting = [*self._held.values(), *(held for _, _, held in self._early.values())]
        self._held.clear()
        self._early.clear()
        self._given.clear()
        self._out.clear()
        self._unsent = 0
        for held in waiting:
            if held.respond is not None:
                held.respond(self._refusal(condition))

    # --- time -------------------------------------------------------------------------------------------

    def deadline(self) -> float | None:
        """When to call `handle_timer`; None: never."""
        if self.ended is not None:
            return None
        if self._heard:
            return next(iter(self._held.values())).arrived + self.wait
        return self._quiet_since + (self.inactivity if self._away is None else self._away)

    def handle_timer(self, now: float) -> None:
        """It is `now`: give what has waited long enough, or the client up."""
        if self.ended is None and not self._heard and (self.deadline() or 0.0) <= now:
            self._terminate(Condition.ITEM_NOT_FOUND)
            return
        self.settle(now)


def _digest(data: bytes) -> bytes:
    return sha256(data).digest()


def _content_type(asked: str | None) -> str:
    """The Content-Type of answers (XEP-0124 §7.1), if what was asked for is one that a browser does not show."""
    media = (asked or "").partition(";")[0].strip().lower()
    return f"{media}; charset=utf-8" if media in ("text/plain", "application/xml") else CONTENT_TYPE
