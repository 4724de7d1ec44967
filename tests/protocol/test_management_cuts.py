# SPDX-License-Identifier: MIT
"""Two ends that both do XEP-0198, over connections that are cut: nothing is lost, doubled or out of order.

The streams are real from their headers on. What each end was given arrives in pieces of any size; a connection may be
cut between any two bytes, also in the middle of its negotiation. Then there is another, with the same sessions. What
else may happen, in any order, is in `test_session_machine`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xmppkit.protocol.events import ManagementEnabled, Resumed, ResumptionFailed, StanzasAcked, StreamEnded
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.management import MODULUS, ManagedSession, ManagementOptions
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy
from xmppkit.stanza.base import StanzaBase
from xmppkit.testing.pair import Answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xmppkit.protocol.connection import Connection
    from xmppkit.protocol.events import Event

OPTIONS = StreamOptions(
    domain="localhost",
    tls=TlsPolicy.DISABLED,
    sasl=SaslPolicy(("PLAIN",), plain_without_tls=True),
    credentials=Credentials("alice", "secret"),
)
ACCOUNTS = {"alice": AccountRecord("secret")}


class End:
    """One end: its stream, its session, what it has sent, and what its application has got."""

    def __init__(self, *, by_hand: bool, window: int) -> None:
        management = ManagementOptions(window=window, by_hand=by_hand)
        self.options = OPTIONS.replace(id_factory=lambda: "an-id", management=management)
        self.by_hand = by_hand
        self.stream: Connection | None = None
        self.session: ManagedSession | None = None
        self.way = b""
        """What is under way to the other end."""
        self.sent = 0
        self.got: list[str] = []
        self.acked: list[str] = []
        self.resumed = 0
        self.unanswered: list[Event] = []
        """Stanzas that the application has not got yet."""

    def send(self) -> None:
        """Send a message, now or by the next stream."""
        text = f"<message id='{self.sent}'><body>{'€' * (self.sent % 5)}</body></message>"
        if self.stream is not None and self.stream.ready:
            self.stream.send(text)
        elif self.session is not None:
            self.session.put(StanzaBase(), text)
        else:
            return
        self.sent += 1

    def take(self, event: Event | StanzaBase) -> None:
        if isinstance(event, StanzaBase):
            self.got.append(event["id"])
        elif isinstance(event, StanzasAcked):
            self.acked += ["x" for _ in event.stanzas]
        elif isinstance(event, ManagementEnabled):
            assert self.session is None
            self.session = event.session
        elif isinstance(event, Resumed):
            assert event.session is self.session
            self.resumed += 1
        else:
            assert not isinstance(event, ResumptionFailed)


class Line:
    """A client, a server, and one connection after the other."""

    def __init__(self, *, by_hand: bool = False, window: int = 3) -> None:
        self.client, self.server = End(by_hand=by_hand, window=window), End(by_hand=by_hand, window=window)
        self.ends = (self.client, self.server)
        self.connect()

    def connect(self) -> None:
        """Another connection."""
        client, server = self.client, self.server
        client.way = server.way = b""
        client.stream = ClientStream("alice@localhost/r", client.options, now=0.0, resume=client.session)
        server.stream = ReceiverStream(server.options, now=0.0)
        sessions = {server.session.id: server.session} if server.session is not None else {}
        self.answers = Answers(accounts=ACCOUNTS, sessions=sessions)
        server.stream.open()
        client.stream.open()

    def cut(self) -> None:
        """The connection is lost; what came before is looked at."""
        for end in self.ends:
            assert end.stream is not None
            end.stream.abort()
        self.look()

    def look(self) -> None:
        """Both applications take what there is, and answer."""
        for end in self.ends:
            assert end.stream is not None
            while events := end.stream.events():
                for event in events:
                    assert not isinstance(event, StreamEnded) or event.error is None
                    end.take(event)
                    if not end.stream.closed:
                        self.answers(end.stream, event)

    def write(self) -> None:
        """What the streams have to say is under way."""
        for end in self.ends:
            assert end.stream is not None
            end.way += end.stream.data_to_send()

    def move(self, end: End, size: int) -> bool:
        """So many bytes from one end arrive at the other; whether there were any."""
        self.look()
        self.write()
        data, end.way = end.way[:size], end.way[size:]
        other = self.server if end is self.client else self.client
        assert other.stream is not None
        other.stream.receive_data(data)
        self.look()
        return bool(data)

    def steps(self, piece: int) -> Iterator[None]:
        """Go on until nothing is under way, piece by piece."""
        busy = True
        while busy:
            busy = False
            for end in self.ends:
                if self.move(end, piece):
                    busy = True
                    yield

    def settle(self) -> None:
        for _ in self.steps(10**9):
            pass

    def finish(self) -> None:
        """Everything that was sent arrives, once and in order, and both ends know it."""
        self.settle()
        for end in self.ends:
            assert end.stream is not None
            if end.by_hand and end.session is not None:
                end.session.acknowledge(end.session.in_hand)
            end.stream.request_ack()
        self.settle()
        for end, other in (self.ends, self.ends[::-1]):
            assert other.got == [str(number) for number in range(end.sent)]
            if end.session is not None:
                assert len(end.session) == 0
                assert len(end.acked) == end.sent
                assert other.session is not None
                assert other.session.handled == end.session.sent == end.session.acked


def talk(line: Line, count: int) -> None:
    for _ in range(count):
        line.client.send()
        line.server.send()


@pytest.mark.parametrize("piece", [1, 7, 10**9])
def test_whole_and_in_pieces(piece: int) -> None:
    line = Line()
    for _ in line.steps(piece):
        pass
    talk(line, 10)
    for _ in line.steps(piece):
        pass
    line.finish()
    assert line.client.session is not None
    assert line.client.session.jid.full == "alice@localhost/r"


def cut_after(line: Line, moves: int, piece: int) -> bool:
    """Cut the connection after so many pieces; whether there were more."""
    for count, _ in enumerate(line.steps(piece)):
        if count == moves:
            line.cut()
            return True
    return False


def test_a_cut_at_every_point_of_a_session() -> None:
    moves, more = 0, True
    while more:
        line = Line(window=2)
        line.settle()
        talk(line, 4)
        more = cut_after(line, moves, 3)
        if more:
            talk(line, 2)
            line.connect()
        line.settle()
        talk(line, 1)
        line.finish()
        assert line.client.resumed == line.server.resumed == more
        moves += 1
    assert moves > 100


def test_a_second_cut_at_every_point_of_a_resumption() -> None:
    moves, more = 0, True
    while more:
        line = Line(window=2)
        line.settle()
        talk(line, 3)
        assert cut_after(line, 20, 3)
        talk(line, 1)
        line.connect()
        more = cut_after(line, moves, 5)
        if more:
            talk(line, 1)
            line.connect()
        line.settle()
        line.finish()
        assert line.client.resumed >= 1
        moves += 1
    assert moves > 200


def test_a_thousand_stanzas_and_as_many_cuts() -> None:
    line = Line(window=5)
    line.settle()
    for number in range(300):
        talk(line, 4)
        if cut_after(line, number % 37, 64):
            line.connect()
            if number % 3:
                line.settle()
    line.settle()
    line.finish()
    assert line.client.sent == 1200
    assert line.client.resumed > 40


def test_counts_that_begin_again_at_zero() -> None:
    line = Line(window=2)
    line.settle()
    for end in line.ends:
        assert end.session is not None
        for name in ("received", "handled", "_settled"):
            setattr(end.session, name, MODULUS - 5)
    for moves in range(0, 60, 7):
        talk(line, 2)
        if cut_after(line, moves, 16):
            line.connect()
            line.settle()
    line.finish()
    assert line.client.session is not None
    assert line.client.session.sent < 100


def test_what_the_application_has_in_hand_does_not_come_again() -> None:
    line = Line(by_hand=True)
    line.settle()
    talk(line, 3)
    line.settle()
    client = line.client.session
    assert client is not None
    client.acknowledge(1)
    line.cut()
    line.connect()
    line.settle()
    assert (client.received, client.handled) == (3, 1)
    assert line.client.got == ["0", "1", "2"]
    line.finish()
