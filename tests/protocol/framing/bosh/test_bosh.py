# SPDX-License-Identifier: MIT
"""Both halves of a session over a network that delays, reorders, loses and doubles requests, on a virtual clock."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmppkit.protocol.framing.bosh.body import Body, mark, read_body
from xmppkit.protocol.framing.bosh.manager import BoshManager
from xmppkit.protocol.framing.bosh.options import SessionOptions
from xmppkit.protocol.framing.bosh.served import Answer, Outcome, ServedLimits, ServedSession
from xmppkit.protocol.framing.bosh.session import BoshSession, Outgoing, Phase
from xmppkit.xml.limits import Limits


def message(number: int) -> bytes:
    return f"<message xmlns='jabber:client' id='{number}'/>".encode()


def numbers(data: bytes) -> list[int]:
    body = read_body(data, Limits())
    assert isinstance(body, Body)
    return [int(each.get("id", "")) for each in body.elements if each.tag == "{jabber:client}message"]


class Network:
    """A client, a connection manager, and what is between them.

    :param loss: how probable it is that a request, or its response, is lost.
    :param copies: how probable it is that a request arrives a second time, later.
    :param delay: seconds that either may take, at most.
    """

    def __init__(
        self,
        seed: int,
        *,
        loss: float = 0.0,
        copies: float = 0.0,
        delay: float = 0.2,
        options: SessionOptions | None = None,
        limits: ServedLimits | None = None,
    ) -> None:
        self.chance = random.Random(seed)
        self.loss, self.copies, self.delay = loss, copies, delay
        self.now = 0.0
        self.client = BoshSession(options)
        self.manager = BoshManager(limits)
        self.server: ServedSession | None = None
        self.at_client: list[int] = []
        self.at_server: list[int] = []
        self.posted = 0
        self.most = 0
        self._count = itertools.count()
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._attempts: dict[int, int] = {}

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (self.now + seconds, next(self._count), action))

    def run(self, until: float) -> None:
        """Let time pass."""
        while True:
            self._exchange()
            times = [until]
            if self._agenda:
                times.append(self._agenda[0][0])
            times += [each for each in (self.client.deadline(), self._server_deadline()) if each is not None]
            self.now = max(self.now, min(times))
            while self._agenda and self._agenda[0][0] <= self.now:
                heapq.heappop(self._agenda)[2]()
            self.client.handle_timer(self.now)
            if self.server is not None and self.server.ended is None:
                self.server.handle_timer(self.now)
            if self.now >= until:
                self._exchange()
                return

    def _server_deadline(self) -> float | None:
        return self.server.deadline() if self.server is not None else None

    def _exchange(self) -> None:
        for data in self.client.received():
            self.at_client += numbers(data)
        for request in self.client.requests(self.now):
            self._post(request)

    def _post(self, request: Outgoing) -> None:
        self.posted += 1
        self._attempts[request.rid] = request.attempt
        self.most = max(self.most, len(self.client._flying))
        if self.chance.random() < self.loss:
            self._fail(request)
            return
        self.later(self.chance.uniform(0, self.delay), lambda: self._arrive(request, answered=True))
        if self.chance.random() < self.copies:
            self.later(self.chance.uniform(0, 20 * self.delay), lambda: self._arrive(request, answered=False))

    def _fail(self, request: Outgoing) -> None:
        """Half of what is lost is noticed by its sender."""
        if self.chance.random() < 0.5:
            self.later(
                self.chance.uniform(0, 2.0),
                lambda: self.client.lost(request.rid, request.attempt, "reset", self.now),
            )

    def _arrive(self, request: Outgoing, *, answered: bool) -> None:
        def respond(answer: Answer) -> None:
            if not answered:
                return
            if self.chance.random() < self.loss:
                self._fail(request)
                return
            self.later(self.chance.uniform(0, self.delay), lambda: self._answered(request, answer))

        session = self.manager.request(request.body, respond, address="::1", secure=True, now=self.now)
        if self.server is None:
            self.server = session
        if session is None or session is not self.server:
            return
        self._read()
        session.settle(self.now)

    def _answered(self, request: Outgoing, answer: Answer) -> None:
        if self._attempts[request.rid] == request.attempt:  # else the request was sent again, in place of this one
            self.client.response(request.rid, request.attempt, answer.status, answer.body, self.now)

    def _read(self) -> None:
        assert self.server is not None
        for data in self.server.received():
            body = read_body(data, Limits())
            assert isinstance(body, Body)
            if body.get("sid") is None:
                self.server.send(mark({"from": "localhost", "authid": "one"}).encode())
                self.server.send(b"<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>")
            self.at_server += numbers(data)
            if body.type_ == "terminate":
                self.server.send(mark(None).encode())

    def say(self, number: int) -> None:
        """The client sends."""
        self.client.send(message(number))

    def tell(self, number: int) -> None:
        """The server sends."""
        assert self.server is not None
        self.server.send(message(number))
        self.server.settle(self.now)

    def open(self) -> None:
        self.client.send(mark({"to": "localhost", "xmpp:version": "1.0"}).encode())
        # Who has no session ID yet cannot repeat for long, and a copy of the first request makes another session.
        loss, copies, self.loss, self.copies = self.loss, self.copies, 0.0, 0.0
        while self.client.phase is not Phase.OPEN:
            self.run(self.now + 0.1)
            assert self.now < 10
        self.loss, self.copies = loss, copies


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 1 << 32),
    loss=st.sampled_from((0.0, 0.05, 0.2)),
    copies=st.sampled_from((0.0, 0.2)),
    delay=st.sampled_from((0.01, 0.5, 3.0)),
    connections=st.sampled_from((1, 2)),
    hold=st.sampled_from((0, 1)),
    keys=st.booleans(),
)
def test_nothing_is_lost_doubled_or_reordered(
    seed: int, loss: float, copies: float, delay: float, connections: int, hold: int, keys: bool
) -> None:
    options = SessionOptions(connections=connections, hold=hold, wait=10, keys=keys)
    limits = ServedLimits(inactivity=120, polling=1)
    network = Network(seed, loss=loss, copies=copies, delay=delay, options=options, limits=limits)
    network.open()
    for number in range(40):
        network.say(number)
        network.run(network.now + network.chance.choice((0.0, 0.0, 0.1, 2.0)))
        network.tell(number)
        network.run(network.now + network.chance.choice((0.0, 0.0, 0.1, 2.0)))
    network.loss = network.copies = 0.0
    network.run(network.now + 400)
    assert network.client.ended is None, network.client.ended
    assert network.at_server == list(range(40))
    assert network.at_client == list(range(40))
    assert not network.client.unsent
    assert not network.client.unanswered or hold, "what was said last may be held"
    assert network.most <= connections
    network.client.send(mark(None).encode())
    network.run(network.now + 60)
    assert network.client.phase is Phase.ENDED
    assert network.client.ended is not None
    assert network.client.ended.reason is None
    assert network.server is not None
    assert network.server.ended is Outcome.CLOSED


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1 << 32))
def test_pauses_lose_nothing(seed: int) -> None:
    """An application that does not read, on either side, only makes it slower."""
    network = Network(seed, loss=0.1, delay=0.3, limits=ServedLimits(inactivity=120), options=SessionOptions(wait=10))
    network.open()
    assert network.server is not None
    for number in range(20):
        for side in (network.client, network.server):
            (side.pause_reading if network.chance.random() < 0.5 else side.resume_reading)()
        network.say(number)
        network.tell(number)
        network.run(network.now + network.chance.choice((0.0, 5.0, 30.0)))
        network._read()
    network.client.resume_reading()
    network.server.resume_reading()
    network._read()
    network.server.settle(network.now)
    network.loss = 0.0
    network.run(network.now + 300)
    assert network.client.ended is None, network.client.ended
    network._read()
    assert network.at_server == network.at_client == list(range(20))


def test_an_idle_session_asks_once_for_each_wait() -> None:
    network = Network(1, options=SessionOptions(wait=45), limits=ServedLimits(wait=60))
    network.open()
    before = network.posted
    network.run(network.now + 450)
    assert 9 <= network.posted - before <= 11


def test_the_end_of_a_client_that_is_gone() -> None:
    network = Network(2, limits=ServedLimits(inactivity=30))
    network.open()
    network.loss = 1.0
    network.run(network.now + 300)
    assert network.server is not None
    assert network.server.ended is Outcome.LOST
    network.manager.forget(network.server)
    assert network.client.ended is not None
    assert network.client.ended.reason is not None


@pytest.mark.parametrize("connections", [1, 2])
def test_many_stanzas_at_once(connections: int) -> None:
    """They go together, in a few requests."""
    network = Network(3, options=SessionOptions(connections=connections))
    network.open()
    before = network.posted
    for number in range(1000):
        network.say(number)
        network.tell(number)
    network.run(network.now + 60)
    assert network.at_server == network.at_client == list(range(1000))
    assert network.posted - before < 30
