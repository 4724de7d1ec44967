# SPDX-License-Identifier: MIT
"""Stream management (XEP-0198), both ends, in sessions that are counted and in the moment in which one is resumed:
whatever a peer says it has handled, nothing raises, each stanza is acknowledged once and in order, and the counts agree
with what still waits.

    python fuzz/fuzz_management.py --seconds 60
"""

from __future__ import annotations

import random
import sys

from _runner import main

from xmppkit.exceptions import RemoteError
from xmppkit.protocol.connection import Connection
from xmppkit.protocol.events import Event, StanzasAcked, StreamEnded
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.management import MODULUS, ManagedSession, ManagementOptions
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.message import Message
from xmppkit.testing.pair import Answers, deterministic

#: What may leave the code under test: nothing. What a peer does is an event.
ALLOWED: tuple[type[Exception], ...] = ()
MANAGEMENT = ManagementOptions(window=2, ack_timeout=20.0)
OPTIONS = StreamOptions(
    domain="localhost",
    tls=TlsPolicy.DISABLED,
    sasl=SaslPolicy(("PLAIN",), plain_without_tls=True),
    credentials=Credentials("alice", "secret"),
    management=MANAGEMENT,
)
HEADER = (
    b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' from='%s' "
    b"id='1'>"
)
#: What a server says until it is asked to resume.
TO_CLIENT = (
    HEADER
    % b"localhost"
    + b"<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
    b"</stream:features>",
    b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    HEADER
    % b"localhost"
    + b"<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/>"
    b"</stream:features>",
)
#: What a client says until it may resume.
TO_SERVER = (
    HEADER.replace(b"from=", b"to=").replace(b"id='1'", b"") % b"localhost"
    + b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFsaWNlAHNlY3JldA==</auth>",
    HEADER.replace(b"from=", b"to=").replace(b"id='1'", b"") % b"localhost",
)


def session(chance: random.Random) -> ManagedSession:
    """One that has seen something; its counts may be about to begin again with zero."""
    start = chance.choice((0, 7, MODULUS - 2))
    made = ManagedSession("alice@localhost/x", MANAGEMENT, id="earlier", acked=start, handled=start)
    for number in range(chance.randrange(5)):
        made.put(Message(), f"<message id='{number}'/>", 1.0)
    made.received = (made.received + chance.randrange(3)) % MODULUS
    return made


class End:
    """The end that is attacked."""

    def __init__(self, stream: Connection, earlier: ManagedSession) -> None:
        self.stream = stream
        self.earlier = earlier
        self.acked: list[object] = []
        self.ends: list[StreamEnded] = []
        self.answers = Answers(accounts={"alice": AccountRecord("secret")}, sessions={earlier.id: earlier})

    def collect(self) -> None:
        """Take what there is, and answer."""
        while fresh := self.stream.events():
            for event in fresh:
                self.take(event)
        self.stream.data_to_send()

    def take(self, event: Event | StanzaBase) -> None:
        if isinstance(event, StanzasAcked):
            self.acked += event.stanzas
        elif isinstance(event, StreamEnded):
            self.ends.append(event)
        elif not self.stream.closed:  # it may have asked and ended in one read
            self.answers(self.stream, event)

    def hear(self, data: bytes) -> None:
        """The peer says this."""
        self.stream.receive_data(data)
        self.collect()


def ends(chance: random.Random) -> list[End]:
    """Both ends, in their session and while they resume."""
    options = deterministic(OPTIONS)
    made = []
    for kind in (ClientStream, ReceiverStream):
        earlier = session(chance)
        stream = kind.negotiated("alice@localhost/x", options, now=0.0)
        stream.manage(earlier)
        made.append(End(stream, earlier))
    earlier = session(chance)
    made.append(End(ClientStream("alice@localhost/x", options, now=0.0, resume=earlier), earlier))
    earlier = session(chance)
    made.append(End(ReceiverStream(options, now=0.0), earlier))
    return made


def run(end: End, data: bytes, chance: random.Random) -> None:
    """Attack one end."""
    stream, earlier = end.stream, end.earlier
    sent = list(earlier)
    if not stream.ready:
        stream.open()
        end.collect()
        for said in TO_CLIENT if isinstance(stream, ClientStream) else TO_SERVER:
            end.hear(said)
        assert not stream.closed
    now, at = 0.0, 0
    while at < len(data):
        size = chance.choice((1, 7, 40, len(data)))
        end.hear(data[at : at + size])
        at += size
        if stream.ready and stream.session is earlier and chance.random() < 0.5:
            stream.send(Message())
            sent.append(list(earlier)[-1])
        now += chance.choice((0.0, 1.0, 10.0))
        if not stream.closed:
            stream.handle_timer(now)
            end.collect()
    stream.receive_eof()
    end.collect()
    assert len(end.ends) == 1, "a stream ends once"
    assert isinstance(end.ends[0].error, RemoteError | None)
    fates = [*end.acked, *(unacked.stanza for unacked in earlier)]
    if stream.session is earlier:  # else there may be another session, whose stanzas are none of ours
        assert len(fates) == len(sent), "each is acknowledged, or waits"
        assert all(fate is each.stanza for fate, each in zip(fates, sent, strict=True)), "in order"
    assert earlier.sent == (earlier.acked + len(earlier)) % MODULUS
    assert 0 <= earlier.in_hand < 2**31


def target(data: bytes) -> None:
    """One input."""
    chance = random.Random(len(data))
    for end in ends(chance):
        run(end, data, chance)


if __name__ == "__main__":
    sys.exit(main(target, "management", "streams", allowed=ALLOWED, pace=30))
