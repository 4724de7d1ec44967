# SPDX-License-Identifier: MIT
"""The client's half of a BOSH session (XEP-0124), without I/O: what the engine writes becomes requests, and responses
become what it reads.

A session begins with one request, whose response says what the server permits. From then on the server holds a request
until it has something to say; what the client has to say goes into another one. Each request has an ID, one more than
the last. Responses are read in the order of the requests, whatever the order in which they come.

A request that was lost, or whose response was, is sent again as it was, and the server answers as it has answered: so
nothing is lost or doubled. Only when that fails for long, or the server no longer knows the session, it is over.

::

    NEW ──first request──▶ OPENING ──its response──▶ OPEN ──footer──▶ LEAVING ──response──▶ ENDED
                              └────────── lost, refused, terminated ──────────────────────────▲
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import Final

from xmppkit.protocol.framing.bosh.body import (
    CONTENT_TYPE,
    VERSION,
    Body,
    Condition,
    read_body,
    split_marks,
    write_body,
)
from xmppkit.protocol.framing.bosh.keys import KeySequence
from xmppkit.protocol.framing.bosh.options import SessionOptions
from xmppkit.records import record
from xmppkit.xml.limits import MIB
from xmppkit.xml.parser import Malformed

__all__ = ["BoshSession", "Ending", "Outgoing", "Phase"]

#: Seconds after which a response is missing, beyond those that the server may wait.
GRACE: Final = 10.0
#: Seconds between two requests of a session that polls, where the server has not said.
POLLING: Final = 5.0
#: Seconds that a server may leave a session alone, where it has not said.
INACTIVITY: Final = 60.0
#: The longest time that it is believed to leave it alone, or to let it pause.
LONGEST: Final = 3600
#: The first pause and the longest before a lost request is sent again, in seconds; the first repetition has none.
FIRST_DELAY, MAX_DELAY = 0.5, 10.0
#: Bytes of responses that may wait for the one before them, or for an application that does not read.
MAX_WAITING: Final = 16 * MIB
#: Bytes of an answer that is none, for the engine to say what it is instead.
_SNIFF: Final = 64
#: HTTP statuses after which the same request may do: timeouts, too many requests, and faults of the server.
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class Phase(Enum):
    """How far a session has come."""

    NEW = "new"
    OPENING = "opening"
    OPEN = "open"
    LEAVING = "leaving"
    ENDED = "ended"


@record(frozen=True, slots=True)
class Outgoing:
    """A request to be sent. One of the same ID that is under way is given up.

    :ivar attempt: 1 for the first time.
    :ivar timeout: seconds after which there will be no response.
    """

    rid: int
    attempt: int
    body: bytes
    timeout: float


@record(frozen=True, slots=True)
class Ending:
    """Why a session is over.

    :ivar reason: None: in order, and what has been received says so.
    :ivar condition: what the server has said.
    """

    reason: str | None = None
    condition: Condition | None = None


class _Request:
    """One that has no response yet."""

    __slots__ = ("attempt", "body", "due", "expires", "lost_since", "rid", "says")

    def __init__(self, rid: int, body: bytes, now: float, *, says: bool) -> None:
        self.rid = rid
        self.body = body
        self.says = says  # it does not only ask
        self.attempt = 0
        self.due: float | None = now  # when to send it; None: it is under way
        self.expires = 0.0
        self.lost_since: float | None = None


class BoshSession:
    """One session, seen from the client.

    After every call take what it made: `requests`, `received`, `ended`, `deadline`.

    :param options: what to ask for.
    """

    def __init__(self, options: SessionOptions | None = None) -> None:
        self.options = options = options or SessionOptions()
        self.phase = Phase.NEW
        self.ended: Ending | None = None
        """Why it is over; None while it is not."""
        self.wait = options.wait
        """Seconds that the server may hold a request, as it has said; so are the others."""
        self.at_once = 1
        """Requests at a time."""
        self.inactivity = INACTIVITY
        self.polling: float | None = None
        """Seconds between two requests without payload; None: the server holds requests."""
        self.max_pause = 0
        self.legacy = False
        """Whether the server answers with HTTP statuses instead of conditions (XEP-0124 §17.1)."""
        self._sid = ""
        self._keys: KeySequence | None = None
        self._rid = 0  # of the last request made
        self._read = 0  # of the last response read
        self._flying: dict[int, _Request] = {}  # by rid, in order
        self._early: dict[int, tuple[Body, bytes]] = {}
        self._out: deque[tuple[bool, str]] = deque()
        self._unsent = 0
        self._received: list[bytes] = []
        self._waiting = 0  # bytes of `_early` and `_received`
        self._paused = False
        self._pause_until: float | None = None
        self._say_at = self._repeat_at = 0.0  # when another request may follow those under way, and another repetition
        self._last_heard = 0.0  # when the last response came: the server has taken its request before

    # --- what the engine writes and reads ---------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Take what the engine has written: elements, and marks of `body.mark`. After the end it is dropped."""
        if self.ended is not None:
            return
        for part in split_marks(data):
            self._out.append(part)
            self._unsent += len(part[1])

    @property
    def unsent(self) -> int:
        """Characters that wait to be put into a request, and bytes of requests that wait to be sent."""
        return self._unsent + sum(len(request.body) for request in self._flying.values() if request.due is not None)

    @property
    def unanswered(self) -> bool:
        """Whether something was to be said of which it is not known that the server has it."""
        return bool(self._out) or any(request.says for request in self._flying.values())

    def received(self) -> list[bytes]:
        """The bodies for the engine, in order, which are forgotten here. None while reading is paused."""
        if self._paused and self.ended is None:
            return []
        bodies, self._received = self._received, []
        self._waiting -= sum(map(len, bodies))
        return bodies

    def pause_reading(self) -> None:
        """The engine is behind: ask as seldom as possible, so that little comes. When much has come all the same, a
        server that knows pauses (XEP-0124 §10) is told."""
        self._paused = True

    def resume_reading(self) -> None:
        """It has caught up."""
        self._paused = False

    def abandon(self, reason: str) -> None:
        """Give the session up, without a word to the server."""
        self._end(Ending(reason))

    # --- requests ---------------------------------------------------------------------------------------

    def requests(self, now: float) -> list[Outgoing]:
        """What is to be sent now."""
        while self._make(now):
            pass
        due: list[Outgoing] = []
        for request in self._flying.values():
            if request.due is not None and request.due <= now:
                if request.attempt:
                    if now < self._repeat_at:
                        request.due = self._repeat_at
                        continue
                    self._repeat_at = self._say_at = now + self.options.headstart
                request.due = None
                request.attempt += 1
                timeout = self.wait + GRACE
                request.expires = now + timeout
                due.append(Outgoing(request.rid, request.attempt, request.body, timeout))
        return due

    def _make(self, now: float) -> bool:
        """Make one more request, if there is something to say or to ask for, and another one is permitted."""
        if self.phase is Phase.NEW:
            if self._out:
                self._open(now)
            return False
        # One that is not answered holds those back that follow: the server keeps so many answers, and no more.
        if self.phase is not Phase.OPEN or self._rid - self._read >= self.at_once:
            return False
        if self._out:
            if self._flying and now < self._say_at:
                return False
            self._say(now)
            return True
        if not self._flying:
            self._ask(now)
        return False

    def _open(self, now: float) -> None:
        """The request that makes the session (XEP-0124 §7.1)."""
        options = self.options
        self.phase = Phase.OPENING
        self._rid = options.rid_factory()
        self._read = self._rid - 1
        attributes: dict[str, object] = {
            "rid": self._rid,
            "content": CONTENT_TYPE,
            "ver": VERSION,
            "wait": options.wait,
            "hold": options.hold,
            "ack": 1,
        }
        if options.keys:
            self._keys = options.keys_factory()
            attributes["newkey"] = self._keys.take()
        # What a stream begins with is its header.
        _, head = self._out.popleft()
        self._unsent -= len(head)
        self._fly(write_body(attributes, more=head), now, says=True)

    def _say(self, now: float) -> None:
        """A request with what waits, until the next header."""
        is_mark, text = self._out[0]
        if is_mark and text:
            self._take()
            self._request(now, {"xmpp:restart": "true"}, more=text)  # XEP-0206 §5
            return
        parts: list[str] = []
        size = 0
        while (
            self._out and not self._out[0][0] and (not parts or size + len(self._out[0][1]) <= self.options.send_bytes)
        ):
            parts.append(self._take())
            size += len(parts[-1])
        if self._out and self._out[0] == (True, ""):
            self.phase = Phase.LEAVING
            self._drop()
        self._request(now, {"type": "terminate"} if self.phase is Phase.LEAVING else {}, "".join(parts))

    def _take(self) -> str:
        _, text = self._out.popleft()
        self._unsent -= len(text)
        return text

    def _drop(self) -> None:
        self._out.clear()
        self._unsent = 0

    def _ask(self, now: float) -> None:
        """Nothing is under way: the server must have a request to answer (XEP-0124 §10)."""
        if self._paused:
            if now < self._next_sign():
                return
            if self._waiting > MAX_WAITING // 2:
                # Only now, for ejabberd 23.01 does not answer such a request. Without pauses the session will end.
                if self.max_pause:
                    self._pause_until = now + self.max_pause
                    self._request(now, {"pause": self.max_pause})
                return
        elif now < self._next_question():
            return
        self._request(now, {})

    def _next_question(self) -> float:
        """When to ask for something, with nothing to say."""
        return self._last_heard + (self.options.moment if self.polling is None else self.polling)

    def _next_sign(self) -> float:
        """When the server must hear of us although we do not read."""
        if self._pause_until is not None:
            return self._pause_until - self.max_pause / 2
        return self._last_heard + self.inactivity / 2

    def _request(self, now: float, attributes: dict[str, object], payload: str = "", more: str = "") -> None:
        self._rid += 1
        head: dict[str, object] = {"rid": self._rid, "sid": self._sid}
        if self._flying:
            head["ack"] = self._read  # XEP-0124 §9.2
        if self._keys is not None:
            head["key"] = self._keys.take()
            if not self._keys:
                self._keys = self.options.keys_factory()
                head["newkey"] = self._keys.take()
        if "pause" not in attributes:
            self._pause_until = None
        self._fly(
            write_body({**head, **attributes}, payload, more), now, says=bool(payload or more or "type" in attributes)
        )

    def _fly(self, body: bytes, now: float, *, says: bool) -> None:
        self._flying[self._rid] = _Request(self._rid, body, now, says=says)
        self._say_at = max(self._say_at, now + self.options.apart)

    # --- responses --------------------------------------------------------------------------------------

    def response(self, rid: int, attempt: int, status: int, data: bytes, now: float) -> None:
        """A response came.

        :param attempt: of the request that it answers.
        :param status: of HTTP.
        :param data: its content, which may be anything.
        """
        request = self._flying.get(rid)
        if self.ended is not None or request is None:
            return  # it was answered already
        body = (
            read_body(data, self.options.limits, passes_over=True) if len(data) <= self.options.receive_bytes else None
        )
        if status != 200 and not (isinstance(body, Body) and body.type_ == "terminate"):
            self._refused(request, status, now)
        elif not isinstance(body, Body):
            said = body.text if isinstance(body, Malformed) else f"it has more than {self.options.receive_bytes} bytes"
            if self.phase is Phase.OPENING:
                self._foreign(data[:_SNIFF] or b"HTTP/1.1 200")
            self._end(Ending(f"the answer of the server is no body of BOSH: {said}"))
        elif body.type_ == "error":
            if request.attempt == attempt:
                self._repeat_until(rid, now)
        else:
            self._last_heard = now
            self._accept(rid, body, data, now)

    def _foreign(self, data: bytes) -> None:
        """Who answers does not speak BOSH: let the engine see what it is."""
        self._received.append(data)
        self._waiting += len(data)

    def _refused(self, request: _Request, status: int, now: float) -> None:
        if self.phase is Phase.OPENING:
            if status < 500:
                self._foreign(f"HTTP/1.1 {status}".encode())
            self._end(Ending(f"the server answered with HTTP status {status}"))
        elif status in _PASSING:
            self.lost(request.rid, request.attempt, f"the server answered with HTTP status {status}", now)
        else:
            condition = next((each for each in Condition if each.status == status), None)
            self._end(Ending(f"the server answered with HTTP status {status}", condition))

    def _repeat_until(self, rid: int, now: float) -> None:
        """A recoverable condition: send this request again, and all before it (XEP-0124 §17.3)."""
        for request in list(self._flying.values()):
            if request.rid <= rid:
                self.lost(request.rid, request.attempt, "the server asked for it again", now)

    def lost(self, rid: int, attempt: int, reason: str, now: float) -> None:
        """A request, or its response, was lost, as when the connection is. It is sent again, until the server must
        have given the session up."""
        request = self._flying.get(rid)
        if self.ended is not None or request is None or request.attempt != attempt or request.due is not None:
            return
        if request.lost_since is None:
            # Also of the first request: a session that is made twice is used once, and the other one forgotten.
            request.lost_since = now
            request.due = now
            return
        if self.phase is Phase.OPENING or now - request.lost_since > self.inactivity:
            self._end(Ending(reason))
            return
        request.due = now + min(MAX_DELAY, FIRST_DELAY * 2.0 ** min(attempt - 2, 10))

    def _accept(self, rid: int, body: Body, data: bytes, now: float) -> None:
        del self._flying[rid]
        self._early[rid] = body, data
        self._waiting += len(data)
        while self._read + 1 in self._early and self.ended is None:
            self._read += 1
            next_body, next_data = self._early.pop(self._read)
            self._waiting -= len(next_data)
            self._take_in(next_body, next_data, now)
        if self._waiting > MAX_WAITING and self.ended is None:
            self._end(Ending("the server sends more than is read"))

    def _take_in(self, body: Body, data: bytes, now: float) -> None:
        """Read a response whose turn it is."""
        opening = self.phase is Phase.OPENING
        if opening and body.type_ != "terminate" and not self._learn(body):
            return
        if opening or body.elements or body.type_ == "terminate":
            self._received.append(data)
            self._waiting += len(data)
        if body.type_ == "terminate":
            condition = body.get("condition")
            known = Condition.named(condition) if condition is not None else None
            cut = known is not None and not known.of_the_stream and known is not Condition.REMOTE_STREAM_ERROR
            if known is Condition.SEE_OTHER_URI:
                cut = False
            self._end(Ending(f"the server ended the session: {condition}" if cut else None, known))
        elif self.phase is Phase.LEAVING and self._read == self._rid:
            self._end(Ending())  # XEP-0124 §13: the last answer need not say so
        elif "report" in body.attributes:
            missing = body.number("report")
            request = self._flying.get(missing) if missing is not None else None
            if request is not None:
                self.lost(request.rid, request.attempt, "the server has answered it", now)

    def _learn(self, body: Body) -> bool:
        """What the server permits (XEP-0124 §7.2)."""
        sid = body.get("sid")
        if not sid:
            self._foreign(b"HTTP/1.1 200")
            self._end(Ending("the server made no session"))
            return False
        self._sid = sid
        self.phase = Phase.OPEN
        self.legacy = "ver" not in body.attributes
        requests = body.number("requests")
        hold, wait, polling = body.number("hold"), body.number("wait"), body.number("polling")
        self.wait = min(self.options.wait, self.options.wait if wait is None else wait)
        self.inactivity = float(min(body.number("inactivity") or INACTIVITY, LONGEST))
        self.max_pause = min(body.number("maxpause") or 0, LONGEST)
        self.at_once = max(1, min(self.options.connections, self.options.connections if requests is None else requests))
        if hold == 0 or self.options.hold == 0 or self.wait == 0 or self.at_once == 1:
            self.polling = min(float(polling if polling is not None else POLLING), self.inactivity / 2)
        return True

    def _end(self, ending: Ending) -> None:
        if self.ended is None:
            self.ended = ending
            self.phase = Phase.ENDED
            self._flying.clear()
            self._early.clear()
            self._drop()

    # --- time -------------------------------------------------------------------------------------------

    def deadline(self) -> float | None:
        """When to call `handle_timer` and `requests`; None: never."""
        if self.ended is not None:
            return None
        times = [request.expires if request.due is None else request.due for request in self._flying.values()]
        if self.phase is Phase.OPEN and self._rid - self._read < self.at_once:
            if self._out:
                times.append(self._say_at)
            elif not self._flying:
                times.append(self._next_sign() if self._paused else self._next_question())
        return min(times, default=None)

    def handle_timer(self, now: float) -> None:
        """It is `now`: what has got no response in time is lost."""
        for request in list(self._flying.values()):
            if request.due is None and request.expires <= now:
                self.lost(request.rid, request.attempt, "the server did not answer in time", now)
