# SPDX-License-Identifier: MIT
"""BOSH, both halves, each with the stream of its end: whatever requests and answers come, nothing raises, what is kept
is bounded, requests are read in their order and answered once, and a session without a peer ends.

An input is a row of parts, with a byte of zero between them. What the first letter of a part says is in `SERVED` and
`ASKING`; a part that begins with no such letter is a request from the client, or the answer to the oldest request.

    python fuzz/fuzz_bosh.py --seconds 60
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import count

from _runner import main
from _streams import SECRET, Heard, one_by_one, reported

from xmppkit.protocol.events import Negotiated
from xmppkit.protocol.framing.bosh.body import Body, mark, read_body
from xmppkit.protocol.framing.bosh.framing import BoshFraming
from xmppkit.protocol.framing.bosh.keys import KeySequence
from xmppkit.protocol.framing.bosh.manager import BoshManager
from xmppkit.protocol.framing.bosh.options import SessionOptions
from xmppkit.protocol.framing.bosh.served import Answer, ServedLimits, ServedSession
from xmppkit.protocol.framing.bosh.session import MAX_WAITING, BoshSession, Outgoing
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Fact
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.message import Message
from xmppkit.testing.pair import Answers, deterministic
from xmppkit.xml.limits import Limits
from xmppkit.xml.parser import Malformed, StreamFooter

#: What may leave the code under test: nothing.
ALLOWED: tuple[type[Exception], ...] = ()
LIMITS = Limits.server().replace(stanza_bytes=4_000, children=30, depth=20, attributes=20)
SERVED_LIMITS = ServedLimits(body_bytes=6_000, unread_bytes=10_000, answer_bytes=1_000, limits=LIMITS)
OPTIONS = StreamOptions(
    domain="localhost",
    tls=TlsPolicy.DISABLED,
    framing=BoshFraming,
    limits=LIMITS,
    sasl=SaslPolicy(scram_without_tls=True, min_iterations=1, max_iterations=5000),
    credentials=Credentials("alice", SECRET),
)
ANSWERS = Answers(accounts={"alice": AccountRecord(SECRET)})
SESSIONS, PER_ADDRESS = 4, 3
#: Turns in which a session must end to which nobody says anything more.
TURNS = 200


def seconds(text: bytes) -> float:
    """How long a part lets pass: tenths of seconds."""
    return min(10_000, int(text[:5])) / 10 if text[:5].isdigit() else 0.1


def body(data: bytes) -> None:
    """What is read in a body is the same if its bytes come one by one."""
    found = read_body(data, LIMITS)
    items = one_by_one(data, LIMITS)
    refused = any(isinstance(item, Malformed) for item in items)
    if isinstance(found, Body):
        assert not refused
        assert len(found.elements) == len(items) - 2, "header, elements, footer"
    elif not refused and found.condition == "not-well-formed":
        assert not any(isinstance(item, StreamFooter) for item in items), "the end was not found"


# --- the server -------------------------------------------------------------------------------------------------


class Request:
    """One request of a client, and its answer."""

    def __init__(self) -> None:
        self.answer: Answer | None = None
        self.gone = False

    def respond(self, answer: Answer) -> None:
        assert self.answer is None, "a request is answered once"
        self.answer = answer
        if answer.body:
            assert answer.status == 200
            assert isinstance(read_body(answer.body, Limits()), Body)
        else:
            assert answer.status in (400, 403, 404)


class Site:
    """A connection manager, and the streams of its sessions."""

    def __init__(self) -> None:
        numbers = count()
        self.now = 0.0
        self.manager = BoshManager(
            SERVED_LIMITS, sessions=SESSIONS, per_address=PER_ADDRESS, sid_factory=lambda: f"s{next(numbers)}"
        )
        self.heard: dict[ServedSession, Heard] = {}
        self.rids: dict[ServedSession, int] = {}
        self.requests: list[tuple[Request, ServedSession]] = []

    def request(self, data: bytes, address: str = "a", *, secure: bool = True) -> None:
        """A request comes."""
        request = Request()
        session = self.manager.request(data, request.respond, address=address, secure=secure, now=self.now)
        if session is None:
            assert request.answer is not None
            return
        self.requests.append((request, session))
        if session not in self.heard:
            assert session.ended is None
            options = deterministic(OPTIONS)
            in_session = int(session.sid[1:]) % 2 == 1  # every other one
            stream = ReceiverStream.negotiated("alice@localhost/x", options, now=0.0) if in_session else None
            self.heard[session] = Heard(stream or ReceiverStream(options, now=0.0), ANSWERS)
            self.rids[session] = -1
        self.turn(session)

    def turn(self, session: ServedSession) -> None:
        """What `xmppkit.transports.boshserver` does after each call."""
        heard = self.heard[session]
        while bodies := session.received():
            for data in bodies:
                found = read_body(data, LIMITS)
                assert isinstance(found, Body)
                rid = found.number("rid") or 0
                assert rid > self.rids[session], "in order, and once"
                self.rids[session] = rid
                if not heard.stream.closed:
                    heard.hear(data)
        for written in heard.fresh():
            session.send(written)
        if heard.stream.closed:
            session.leave()
        session.settle(self.now)
        self.bounded(session)
        if session.ended is not None:
            self.over(session)
        else:
            deadline = session.deadline()
            assert deadline is not None
            assert deadline > self.now, "a timer that does not move"

    def bounded(self, session: ServedSession) -> None:
        """Look at what a session keeps."""
        assert len(session._held) + len(session._early) <= session.requests + 1
        assert len(session._given) <= session.requests
        assert session._unread <= SERVED_LIMITS.unread_bytes + SERVED_LIMITS.body_bytes
        kept = [*session._received, *(data for _, data, _ in session._early.values())]
        assert session._unread == sum(map(len, kept)) or session.ended is not None
        assert session.unsent == sum(map(len, session._out))
        assert 0 < session.requests <= 2
        assert 0 <= session.wait <= SERVED_LIMITS.wait
        manager = self.manager
        assert len(manager) <= SESSIONS
        assert sum(manager._addresses.values()) == len(manager)
        assert all(0 < number <= PER_ADDRESS for number in manager._addresses.values())

    def over(self, session: ServedSession) -> None:
        """A session has ended: everybody has an answer, and nothing of it is kept."""
        for request, of in self.requests:
            assert of is not session or request.gone or request.answer is not None, "somebody waits for ever"
        self.requests = [(request, of) for request, of in self.requests if of is not session]
        assert not any((session._held, session._early, session._given, session._out))
        self.manager.forget(session)
        self.manager.forget(session)
        heard = self.heard.pop(session)
        heard.finish()
        stanzas = [event for event in heard.events if isinstance(event, StanzaBase)]
        if heard.new:
            assert Fact.AUTHENTICATED not in heard.stream.facts, "somebody got in without the password"
            assert not stanzas
            assert not reported(heard, Negotiated)
        assert all(stanza["from"] == "alice@localhost/x" for stanza in stanzas), "somebody speaks as somebody else"

    def each(self, do: Callable[[ServedSession], object]) -> None:
        """Something happens to all sessions."""
        for session in list(self.heard):
            do(session)
            self.turn(session)

    def pass_(self, time: float) -> None:
        """Time passes, and timers with it."""
        until = self.now + time
        for _ in range(TURNS):
            deadlines = [deadline for each in self.heard if (deadline := each.deadline()) is not None]
            self.now = max(self.now, min([until, *deadlines]))
            self.each(lambda session: session.handle_timer(self.now))
            if self.now >= until:
                break

    def gone(self) -> None:
        """The connection is gone of the oldest request that waits."""
        for request, session in self.requests:
            if request.answer is None and not request.gone:
                request.gone = True
                session.gone(request.respond, self.now)
                self.turn(session)
                return

    def say(self) -> None:
        """The programs of the sessions that there are say something."""
        for session, heard in list(self.heard.items()):
            if heard.stream.ready:
                heard.stream.send(Message())
            self.turn(session)


#: What parts say to the server: the first letter, and what is behind it.
SERVED: dict[bytes, Callable[[Site, bytes], object]] = {
    b"t": lambda site, text: site.pass_(seconds(text)),
    b"s": lambda site, text: site.say(),
    b"g": lambda site, text: site.gone(),
    b"p": lambda site, text: site.each(ServedSession.pause_reading),
    b"r": lambda site, text: site.each(ServedSession.resume_reading),
    b"a": lambda site, text: site.each(ServedSession.abandon),
    b"q": lambda site, text: site.manager.close(),
    b"n": lambda site, text: site.request(text, "b"),
    b"i": lambda site, text: site.request(text, secure=False),
}


def serve(parts: list[bytes]) -> None:
    """Attack a server."""
    site = Site()
    for part in parts:
        SERVED.get(part[:1], lambda site, text, part=part: site.request(part))(site, part[1:])
    site.each(ServedSession.resume_reading)
    site.pass_(10_000.0)
    assert not site.heard, "a session without a client goes on"
    assert not len(site.manager)
    assert not site.manager._addresses


# --- the client -------------------------------------------------------------------------------------------------


class Asking:
    """A client in its session, or on its way into it.

    :param keys: it uses a sequence of keys.
    :param heard: its stream.
    """

    def __init__(self, heard: Heard, *, keys: bool) -> None:
        options = SessionOptions(
            keys=keys,
            receive_bytes=6_000,
            send_bytes=1_000,
            limits=LIMITS,
            rid_factory=lambda: 100,
            keys_factory=lambda: KeySequence("seed", 3),
        )
        self.now = 0.0
        self.heard = heard
        self.session = BoshSession(options)
        self.asked: dict[int, Outgoing] = {}
        self.waiting: list[Outgoing] = []
        self.finished = False
        if not heard.new:
            self.session.send(mark({"to": "localhost"}).encode())
        self.turn()

    def turn(self) -> None:
        """What `xmppkit.transports.bosh` does after each call."""
        session, heard = self.session, self.heard
        session.handle_timer(self.now)
        for data in session.received():
            if not self.finished:
                heard.hear(data)
        for written in heard.fresh():
            session.send(written)
        made = session.requests(self.now)
        for request in made:
            self.take(request)
        self.bounded()
        if session.ended is not None:
            assert session.requests(self.now) == []
            assert session.deadline() is None
            if not self.finished:
                self.finished = True
                heard.finish()
                if heard.new:
                    assert Fact.AUTHENTICATED not in heard.stream.facts, "a server is believed without the password"
                    assert not reported(heard, StanzaBase)
        else:
            deadline = session.deadline()
            assert deadline is None or deadline > self.now, "a timer that does not move"

    def take(self, request: Outgoing) -> None:
        """A request goes out."""
        found = read_body(request.body, Limits())
        assert isinstance(found, Body)
        assert found.number("rid") == request.rid
        before = self.asked.get(request.rid)
        if before is None:
            assert request.rid == 100 + len(self.asked), "one more than the last"
            assert request.attempt == 1
        else:
            assert request.body == before.body, "a repetition is the same"
            assert request.attempt == before.attempt + 1
        self.asked[request.rid] = request
        self.waiting = [each for each in self.waiting if each.rid != request.rid] + [request]

    def bounded(self) -> None:
        """Look at what the session keeps and asks for."""
        session, options = self.session, self.session.options
        assert len(session._flying) + len(session._early) <= options.connections
        assert session.at_once <= options.connections
        assert session.wait <= options.wait
        early = sum(len(data) for _, data in session._early.values())
        assert session._waiting == early + sum(map(len, session._received)) or session.ended is not None
        assert session._waiting <= MAX_WAITING + options.receive_bytes
        assert session._unsent == sum(len(text) for _, text in session._out)

    def answer(self, data: bytes, status: int = 200, *, last: bool = False) -> None:
        """The server answers the oldest request, or the one that was sent last."""
        if not self.waiting:
            return
        request = self.waiting.pop(-1 if last else 0)
        self.session.response(request.rid, request.attempt, status, data, self.now)
        self.turn()

    def lose(self) -> None:
        """The connection is lost of the oldest request."""
        if self.waiting:
            request = self.waiting.pop(0)
            self.session.lost(request.rid, request.attempt, "lost", self.now)
            self.turn()

    def pass_(self, time: float) -> None:
        """Time passes, and timers with it."""
        until = self.now + time
        for _ in range(TURNS):
            deadline = self.session.deadline()
            self.now = max(self.now, until if deadline is None else min(deadline, until))
            self.turn()
            if self.now >= until or self.finished:
                break

    def do(self, do: Callable[[], object]) -> None:
        """The program does something."""
        do()
        self.turn()

    def say(self) -> None:
        """The program says something."""
        if self.heard.stream.ready:
            self.heard.stream.send(Message())
        self.turn()


#: What parts say to the client.
ASKING: dict[bytes, Callable[[Asking, bytes], object]] = {
    b"t": lambda it, text: it.pass_(seconds(text)),
    b"s": lambda it, text: it.say(),
    b"g": lambda it, text: it.lose(),
    b"p": lambda it, text: it.do(it.session.pause_reading),
    b"r": lambda it, text: it.do(it.session.resume_reading),
    b"c": lambda it, text: it.do(it.heard.stream.close),
    b"a": lambda it, text: it.do(lambda: it.session.abandon("given up")),
    b"n": lambda it, text: it.answer(text, last=True),
    b"h": lambda it, text: it.answer(text[3:], int(text[:3]) if text[:3].isdigit() else 404),
}


def ask(parts: list[bytes], *, new: bool) -> None:
    """Attack a client."""
    options = deterministic(OPTIONS)
    stream = ClientStream("alice@localhost", options, now=0.0)
    heard = Heard(stream if new else ClientStream.negotiated("alice@localhost/x", options, now=0.0))
    it = Asking(heard, keys=not new)
    for part in parts:
        ASKING.get(part[:1], lambda it, text, part=part: it.answer(part))(it, part[1:])
    it.session.resume_reading()
    it.turn()
    it.pass_(1e20)
    assert it.finished, "a session without a server goes on"


def target(data: bytes) -> None:
    """One input."""
    parts = data.split(b"\0")[:60]
    body(parts[len(data) % len(parts)].lstrip(b"ni"))
    serve(parts)
    ask(parts, new=True)
    ask(parts, new=False)


if __name__ == "__main__":
    sys.exit(main(target, "bosh", allowed=ALLOWED, pace=30))
