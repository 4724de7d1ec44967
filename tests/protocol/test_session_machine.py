# SPDX-License-Identifier: MIT
"""A client and a server that both do XEP-0198, and anything that may happen between them, in any order.

What one end has written arrives in pieces of any size. Connections are cut between any two bytes: both ends learn it,
or only the client does and comes back while the server still believes in the old connection; what was under way is
lost, or part of it arrives. Time passes, and an end that is not answered gives up by itself. A process ends, and
another goes on with the counts that it has kept. The server forgets a session, with or without knowing how far it
came, and there is another one. Handlers take their time, so that stanzas are in hand when a connection is cut.

The model is a list of what was sent in the session, for each end. At any time:

- what the application of the other end has handled is the beginning of that list: nothing is lost, doubled or in
  another order;
- what is acknowledged is the beginning of what was handled;
- each stanza has one fate: acknowledged, or in doubt because its session is over; or it still waits;
- no more waits than may, and the counts of both ends are what the lists say, also where they begin again with zero.

`test_management_cuts` has a cut at every single point of certain sessions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from xmppkit.exceptions import ConnectionLost, NegotiationTimeout, QueueFull
from xmppkit.protocol.events import (
    ManagementEnabled,
    Resumed,
    ResumeRequested,
    ResumptionFailed,
    StanzasAcked,
    StreamEnded,
)
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.management import MODULUS, ManagedSession, ManagementOptions
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy
from xmppkit.stanza.base import StanzaBase
from xmppkit.testing.pair import Answers
from xmppkit.xml.names import CLIENT, clark
from xmppkit.xml.serializer import serialize

if TYPE_CHECKING:
    from xmppkit.protocol.connection import Connection
    from xmppkit.protocol.events import Event

#: Small bounds, which are reached often.
MOST, MOST_CHARACTERS = 12, 900
ACK_TIMEOUT = 30.0
COUNTS = st.integers(0, 5)
SIZES = st.integers(0, 600)
#: So that not all of the time goes into negotiations that are cut.
MOSTLY = st.sampled_from([True, True, True, False])


def message(number: int, size: int) -> Element:
    """A message of our own; characters of several bytes are cut in the middle as well."""
    element = Element(clark(CLIENT, "message"), {"id": str(number)})
    body = Element(clark(CLIENT, "body"))
    body.text = "€" * size
    element.append(body)
    return element


class End:
    """One end, over all of its connections and sessions.

    :ivar sent: the numbers of what was sent in this session.
    :ivar acked: those that are acknowledged.
    :ivar in_hand: what its application has got and not handled.
    :ivar handled: what it has handled.
    :ivar deaf: its application is given no stanzas any more: what it has by hand, and not looked at, comes again.
    :ivar way: bytes that are under way to the other end.
    :ivar fates: of all stanzas of sessions that are over, and of those that are acknowledged.
    """

    def __init__(self, *, by_hand: bool, window: int, first: int, pace: int = 0, always: bool = False) -> None:
        self.by_hand = by_hand
        self.first = first
        self.options = StreamOptions(
            domain="localhost",
            tls=TlsPolicy.DISABLED,
            sasl=SaslPolicy(("PLAIN",), plain_without_tls=True),
            credentials=Credentials("alice", "secret"),
            id_factory=iter(map(str, range(10**9))).__next__,
            management=ManagementOptions(
                window=window,
                by_hand=by_hand,
                max_unacked=MOST,
                max_unacked_bytes=MOST_CHARACTERS,
                ack_timeout=ACK_TIMEOUT,
                pace=pace,
                pace_seconds=None if always else 5.0,
            ),
        )
        self.stream: Connection | None = None
        self.session: ManagedSession | None = None
        self.way = b""
        self.numbers = 0
        self.fates: dict[int, str] = {}
        self.ended = True
        self.deaf = False
        self.resumed = 0
        self._forget()

    def _forget(self) -> None:
        self.sent: list[int] = []
        self.acked: list[int] = []
        self.in_hand: list[int] = []
        self.handled: list[int] = []

    def _fate(self, number: int, fate: str) -> None:
        assert number not in self.fates, f"{number} is {self.fates[number]}, and now {fate}"
        self.fates[number] = fate

    def send(self, size: int) -> None:
        """Send a message by this stream or, without one, by the next; or be refused, with good reason."""
        session = self.session
        if session is None:
            return
        element = message(self.numbers, size)
        waiting = list(session)
        try:
            if self.stream is not None and self.stream.ready and self.stream.session is session:
                self.stream.send(element)
            else:
                session.hold(element)
        except QueueFull:
            characters = sum(len(unacked.text) for unacked in waiting)
            text = serialize(element, default_namespace=CLIENT)
            assert len(waiting) == MOST or (waiting and characters + len(text) > MOST_CHARACTERS)
            assert list(session) == waiting
            return
        self.sent.append(self.numbers)
        self.numbers += 1

    def over(self) -> None:
        """The session is over for this end: the rest is in doubt."""
        if self.session is None:
            return
        rest = [int(unacked.text.partition('id="')[2].partition('"')[0]) for unacked in self.session.give_up()]
        assert rest == self.sent[len(self.acked) :], "what is not acknowledged is given back, in order"
        for number in rest:
            self._fate(number, "in doubt")
        self.session = None
        self._forget()

    def take(self, event: Event | StanzaBase) -> None:
        """The application is told something."""
        if isinstance(event, StanzaBase):
            assert not self.ended, "nothing comes behind the end"
            if not self.deaf:
                (self.in_hand if self.by_hand else self.handled).append(int(event["id"]))
        elif isinstance(event, StanzasAcked):
            for stanza in event.stanzas:
                number = int(stanza.get("id") if isinstance(stanza, Element) else stanza["id"])
                self._fate(number, "acknowledged")
                self.acked.append(number)
        elif isinstance(event, ManagementEnabled):
            self.over()  # of a client that has come without its session
            self.session = event.session
            for name in ("received", "handled", "_settled"):  # far on in a long session
                setattr(event.session, name, self.first)
        elif isinstance(event, Resumed):
            assert event.session is self.session
            self.resumed += 1
        elif isinstance(event, ResumptionFailed):
            self.over()
        elif isinstance(event, StreamEnded):
            assert not self.ended, "a stream ends once"
            self.ended = True
            assert isinstance(event.error, ConnectionLost | NegotiationTimeout | None)

    def handle(self, count: int) -> None:
        """The application has handled what it got first."""
        done = self.in_hand[:count]
        if self.session is not None and done:
            self.session.acknowledge(len(done))
            del self.in_hand[: len(done)]
            self.handled += done

    def lose(self) -> None:
        """The connection is gone: what is not in the application's hands comes again."""
        if self.session is not None:
            self.session.lose(self.session.in_hand - len(self.in_hand))


class Sessions(RuleBasedStateMachine):
    """Anything in any order."""

    @initialize(
        by_hand=st.booleans(),
        window=st.integers(0, 4),
        first=st.sampled_from([0, 5, MODULUS - 3]),
        pace=st.sampled_from([0, 1, 300]),
        always=st.booleans(),
    )
    def begin(self, by_hand: bool, window: int, first: int, pace: int, always: bool) -> None:
        self.now = 0.0
        self.client = End(by_hand=by_hand, window=window, first=first, pace=pace, always=always)
        self.server = End(by_hand=by_hand, window=window, first=first)
        self.ends = (self.client, self.server)
        self.answers = Answers(accounts={"alice": AccountRecord("secret")})
        #: Of the session that the server has forgotten: its id, and how much was handled if that is still known.
        self.forgotten: dict[str, int | None] = {}
        self._connect()
        self._settle()

    # --- connections ----------------------------------------------------------------------------------

    def _connect(self) -> None:
        client, server = self.client, self.server
        client.way = server.way = b""
        client.stream = ClientStream("alice@localhost/r", client.options, now=self.now, resume=client.session)
        self.old = server.stream if server.stream is not None and not server.stream.closed else None
        server.stream = ReceiverStream(server.options, now=self.now)
        server.stream.open()
        client.stream.open()
        client.ended = server.ended = client.deaf = server.deaf = False

    def _look(self) -> None:
        """Both applications take what there is, and answer."""
        for end in self.ends:
            stream = end.stream
            assert stream is not None
            while events := stream.events():
                for event in events:
                    if isinstance(event, ResumeRequested):
                        self._resume(event.previd)
                    else:
                        end.take(event)
                        if not stream.closed:
                            self.answers(stream, event)

    def _resume(self, previd: str) -> None:
        server = self.server
        stream = server.stream
        assert isinstance(stream, ReceiverStream)
        if server.session is None or server.session.id != previd:
            stream.refuse_resume(h=self.forgotten.get(previd))
            return
        if self.old is not None:  # the server learns only now that it is gone
            self.old.release()
            server.lose()
        stream.accept_resume(server.session)

    def _move(self, end: End, size: int) -> bool:
        """So many bytes from one end arrive at the other; whether there were any."""
        self._look()
        for each in self.ends:
            assert each.stream is not None
            each.way += each.stream.data_to_send()
        data, end.way = end.way[:size], end.way[size:]
        other = self.server if end is self.client else self.client
        assert other.stream is not None
        other.stream.receive_data(data)
        self._look()
        return bool(data)

    def _settle(self) -> None:
        """Until nothing is under way."""
        while self._move(self.client, 10**9) | self._move(self.server, 10**9):
            continue
        self._mend()

    def _mend(self) -> None:
        """If an end has given up, there is another connection."""
        if any(end.ended for end in self.ends):
            self._cut(server_knows=True)

    def _cut(self, *, server_knows: bool) -> None:
        for end in self.ends if server_knows else (self.client,):
            assert end.stream is not None
            if not end.stream.closed:
                end.stream.abort()
        self._look()
        self.client.lose()
        if server_knows:
            self.server.lose()
        self._connect()

    # --- what may happen ------------------------------------------------------------------------------

    @rule(up=COUNTS, down=COUNTS, size=st.integers(0, 60))
    def send(self, up: int, down: int, size: int) -> None:
        for end, count in zip(self.ends, (up, down), strict=True):
            for _ in range(count):
                end.send(size)

    @rule(pieces=st.lists(st.tuples(st.integers(0, 1), st.integers(1, 500)), min_size=1, max_size=8))
    def move(self, pieces: list[tuple[int, int]]) -> None:
        for which, size in pieces:
            self._move(self.ends[which], size)
        self._mend()

    @rule()
    def settle(self) -> None:
        self._settle()

    @rule(which=st.integers(0, 1), count=st.integers(1, 6))
    def handle(self, which: int, count: int) -> None:
        self.ends[which].handle(count)

    @rule(which=st.integers(0, 1), asks=st.booleans())
    def say(self, which: int, asks: bool) -> None:
        stream = self.ends[which].stream
        assert stream is not None
        if stream.ready and asks:
            stream.request_ack()
        elif stream.ready:
            stream.send_ack()

    @rule(seconds=st.floats(0, 20))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        for end in self.ends:
            assert end.stream is not None
            if not end.stream.closed:
                end.stream.handle_timer(self.now)
        self._look()
        self._mend()

    @rule(server_knows=st.booleans(), deaf=st.booleans(), up=SIZES, down=SIZES, settles=MOSTLY)
    def cut(self, server_knows: bool, deaf: bool, up: int, down: int, settles: bool) -> None:
        for end in self.ends:
            end.deaf = deaf and end.by_hand
        self._move(self.client, up)
        self._move(self.server, down)
        self._cut(server_knows=server_knows)
        if settles:
            self._settle()

    @rule(how=st.sampled_from(["process", "process", "server", "server, which knows", "client"]), settles=MOSTLY)
    def part(self, how: str, settles: bool) -> None:
        """The connection is not all that is lost."""
        client, server = self.client, self.server
        if how == "client":  # a new process, which has kept nothing
            client.over()
        elif how == "process":
            self._another_process()
        elif server.session is not None:  # its time is over, or the server is another process
            self.forgotten[server.session.id] = server.session.handled if "knows" in how else None
            server.over()
        self._cut(server_knows=how != "process")
        if settles:
            self._settle()

    def _another_process(self) -> None:
        """A new process, which goes on with the counts, and with the texts that wait. What the old one had in hand was
        handled, or comes again."""
        client, kept = self.client, self.client.session
        if kept is None:
            return
        assert client.stream is not None
        client.stream.abort()
        self._look()
        client.in_hand.clear()
        client.lose()
        counts = {"acked": kept.acked, "handled": kept.handled}
        client.session = ManagedSession(kept.jid, client.options.management, id=kept.id, **counts)
        for unacked in kept:
            client.session.put(unacked.stanza, unacked.text, unacked.at)

    # --- what holds -----------------------------------------------------------------------------------

    @invariant()
    def in_order_and_once(self) -> None:
        for end, other in (self.ends, self.ends[::-1]):
            session = end.session
            if session is None or other.session is None or session.id != other.session.id:
                continue
            got = other.handled + other.in_hand
            assert got == end.sent[: len(got)]
            assert end.acked == other.handled[: len(end.acked)]
            assert other.session.handled == (self.client.first + len(other.handled)) % MODULUS

    @invariant()
    def counts(self) -> None:
        for end in self.ends:
            session = end.session
            if session is None:
                continue
            assert session.sent == (end.first + len(end.sent)) % MODULUS
            assert session.acked == (end.first + len(end.acked)) % MODULUS
            waiting = list(session)
            assert len(waiting) == len(session) == len(end.sent) - len(end.acked) <= MOST
            assert len(waiting) <= 1 or sum(len(each.text) for each in waiting) <= MOST_CHARACTERS

    @invariant()
    def one_fate(self) -> None:
        for end in self.ends:
            waiting = 0 if end.session is None else len(end.session)
            assert len(end.fates) + waiting == end.numbers

    def teardown(self) -> None:
        """Given peace, everything that this session has sent is handled once and in order, and both ends know it."""
        if not hasattr(self, "client"):
            return
        for _ in range(4 + MOST):  # what waits, what is asked, what is answered; and each by itself, if it must be
            self._settle()
            for end in self.ends:
                end.handle(len(end.in_hand))
                assert end.stream is not None
                end.stream.request_ack()
        self._settle()
        for end, other in (self.ends, self.ends[::-1]):
            assert end.session is not None
            assert other.handled == end.sent == end.acked
            assert len(end.session) == 0
        self.in_order_and_once()
        self.counts()
        self.one_fate()


Sessions.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestSessions = Sessions.TestCase


def sessions(**begin: Any) -> Sessions:
    """What has gone wrong once begins here."""
    state = Sessions()
    state.begin(**{"by_hand": True, "window": 0, "first": 0, "pace": 0, "always": False} | begin)
    return state


def check(state: Sessions) -> None:
    state.counts()
    state.in_order_and_once()
    state.one_fate()


def test_handled_while_the_session_is_being_resumed() -> None:
    """It was told to the other end before, which sends it again."""
    state = sessions()
    state.send(up=0, down=2, size=0)
    state.settle()
    state.cut(server_knows=False, deaf=False, up=0, down=0, settles=False)
    for _ in range(20):
        state._move(state.client, 10**9)
        assert state.server.stream is not None
        state.server.way += state.server.stream.data_to_send()
        if b"<resumed" in state.server.way:
            break
        state._move(state.server, 10**9)
    assert not state.client.resumed
    state.handle(which=0, count=1)
    state.settle()
    assert state.client.resumed
    check(state)
    state.teardown()


@pytest.mark.parametrize("handles", [False, True])
def test_handled_before_it_has_come_again(handles: bool) -> None:
    """What the other end holds back for a while, as it goes on slowly, is not acknowledged before it is written."""
    state = sessions(pace=1)
    state.send(up=2, down=0, size=0)
    state.settle()
    state.cut(server_knows=False, deaf=False, up=0, down=0, settles=handles)
    if handles:
        state.handle(which=1, count=2)
        state.say(which=0, asks=True)
        state.settle()
    check(state)
    state.teardown()
