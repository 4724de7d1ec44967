# SPDX-License-Identifier: MIT
"""SASL2 (XEP-0388) and what is negotiated along with it (XEP-0386, XEP-0484, XEP-0480, XEP-0198), both ends: whatever a
peer says, nothing raises, nobody is believed without the password, nobody gets another account than its own, and what
comes whole is reported as what comes byte by byte.

    python fuzz/fuzz_sasl2.py --seconds 60
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from _runner import main
from _streams import SECRET, Heard, reported

from xmppkit.protocol.connection import Connection
from xmppkit.protocol.events import (
    Authenticated,
    Bound,
    Event,
    ManagementEnabled,
    MechanismUpgraded,
    Resumed,
    StreamEnded,
    TokenReceived,
    TokenRequested,
)
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.logins import FastToken, Sasl2Options, UserAgent
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Fact
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy
from xmppkit.sasl.ht import TokenRecord
from xmppkit.sasl.scram import make_scram_record
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.message import Message
from xmppkit.testing.pair import Answers, deterministic, shape

#: What may leave the code under test: nothing. What a peer does is an event.
ALLOWED: tuple[type[Exception], ...] = ()
#: What the peer knows in some of the streams.
KNOWN = "secret"
#: By PLAIN a server proves nothing, and is believed.
BELIEVES = SaslPolicy(("PLAIN",))
#: So there is something to upgrade to.
UPGRADES = SaslPolicy(("SCRAM-SHA-256",), min_iterations=1, max_iterations=10_000)
MANAGEMENT = ManagementOptions()
MECHANISM = "HT-SHA-256-NONE"
OFFER = (
    "<authentication xmlns='urn:xmpp:sasl:2'><mechanism>SCRAM-SHA-256</mechanism><inline>"
    "<bind xmlns='urn:xmpp:bind:0'/><fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-NONE</mechanism></fast>"
    "</inline></authentication>"
)
HEADER = (
    b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' %s='localhost'"
    b" id='1'>"
)
#: What a server says to a client that believes it, until there may be a success.
TO_BELIEVER = HEADER % b"from" + (
    b"<stream:features><authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism><inline>"
    b"<sm xmlns='urn:xmpp:sm:3'/><bind xmlns='urn:xmpp:bind:0'><inline><feature var='urn:xmpp:sm:3'/>"
    b"<feature var='urn:xmpp:carbons:2'/></inline></bind><fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-NONE"
    b"</mechanism></fast></inline></authentication></stream:features>"
)
TO_SERVER = HEADER.replace(b" id='1'", b"") % b"to"


class Client(ClientStream):
    """A client whose channel has bindings."""

    def channel_binding(self, kind: str) -> bytes | None:
        return b"channel" if kind == "tls-exporter" else None


class Receiver(ReceiverStream):
    """A server whose channel has bindings."""

    def channel_binding(self, kind: str) -> bytes | None:
        return b"channel" if kind == "tls-exporter" else None


def options(sasl2: Sasl2Options, policy: SaslPolicy | None = None, password: str = SECRET) -> StreamOptions:
    """How a stream is told to behave."""
    return deterministic(
        StreamOptions(
            domain="localhost",
            tls=TlsPolicy.DISABLED,
            credentials=Credentials("alice", password),
            management=MANAGEMENT,
            sasl2=sasl2,
            sasl=policy or SaslPolicy(min_iterations=1, max_iterations=5000),
        )
    )


def earlier() -> ManagedSession:
    """A session that may go on."""
    session = ManagedSession("alice@localhost/x", MANAGEMENT, id="earlier")
    session.put(Message(), "<message id='1'/>", 1.0)
    return session


def client(
    token: FastToken | None = None,
    offer: str = "",
    *,
    policy: SaslPolicy | None = None,
    password: str = SECRET,
    resumes: bool = False,
) -> Client:
    """A client whose channel is as good as one with TLS."""
    told = Sasl2Options(
        user_agent=UserAgent("d4565fa7-4d72-4749-b3d3-740edbf87770", "a", "b"),
        carbons=True,
        tag="tag",
        token=token,
        offer=offer,
        upgrades=("SCRAM-SHA-512", "SCRAM-SHA-256"),
    )
    made = options(told, policy, password)
    stream = Client("alice@localhost", made, now=0.0, resume=earlier() if resumes else None)
    stream.learn(Fact.SECURE)
    return stream


def server() -> Receiver:
    """A server whose channel is as good as one with TLS."""
    stream = Receiver(options(Sasl2Options(carbons=True, upgrades=("SCRAM-SHA-512",))), now=0.0)
    stream.learn(Fact.SECURE)
    return stream


def answers(password: str) -> Callable[[Connection, Event | StanzaBase], None]:
    """A program of the server whose account has this password, and a token that is as secret."""
    scram = {name: make_scram_record(name, password, b"salt", 1) for name in ("SCRAM-SHA-256", "SCRAM-SHA-512")}
    account = AccountRecord(password, scram, tokens=(TokenRecord(password, MECHANISM, count=3),))
    return Answers(accounts={"alice": account}, sessions={"earlier": earlier()}, token=lambda request: "fresh")


def play(
    made: Connection, answer: Callable[[Connection, Event | StanzaBase], None] | None, pieces: list[bytes]
) -> Heard:
    """Let a stream hear all pieces, and the end."""
    heard = Heard(made, answer)
    for piece in pieces:
        heard.hear(piece)
    heard.finish()
    return heard


def told(heard: Heard) -> list[str]:
    """What was reported, in a form that can be compared: of two faults in one read either may be named, and sessions
    and answers show how far they have come by now."""
    vague = (Authenticated, StreamEnded, Resumed, ManagementEnabled)
    return [type(event).__name__ if isinstance(event, vague) else shape(event) for event in heard.events]


def judge(heard: Heard, *, known: bool) -> None:
    """Look at what was reported.

    :param known: the peer may know the password, or need not.
    """
    stream = heard.stream
    believed = Fact.AUTHENTICATED in stream.facts
    for kind in (Authenticated, Bound, Resumed, TokenReceived, TokenRequested, StanzaBase):
        assert believed or not reported(heard, kind), "before the login"
    if not known:
        assert not believed, "somebody is believed who does not know the password"
        assert not reported(heard, MechanismUpgraded)
    if believed and reported(heard, Authenticated):
        assert stream.jid.bare == "alice@localhost", "somebody has got another account"
    assert sum(isinstance(event, Authenticated) for event in heard.events) <= 1


def target(data: bytes) -> None:
    """One input."""
    token = FastToken("a token that is secret", MECHANISM, count=4)
    ends: tuple[tuple[Callable[[], Connection], str, bytes], ...] = (
        (client, "", b""),
        (lambda: client(token), "", b""),
        (lambda: client(token, OFFER), "", b""),
        (lambda: client(policy=UPGRADES, password=KNOWN), KNOWN, b""),
        (lambda: client(policy=BELIEVES, password=KNOWN), KNOWN, TO_BELIEVER),
        (lambda: client(policy=BELIEVES, password=KNOWN, resumes=True), KNOWN, TO_BELIEVER),
        (server, SECRET, b""),
        (server, KNOWN, TO_SERVER),
    )
    for make, password, before in ends:
        judge(play(make(), answers(password), [before, data]), known=password == KNOWN)
    # One of them, in pieces. Who says the next thing without waiting for an answer may be refused, so that of what
    # comes at once less may be reported, and nothing else.
    make, password, before = ends[len(data) % len(ends)]
    split = play(make(), answers(password), [before, *(bytes((byte,)) for byte in data)])
    judge(split, known=password == KNOWN)
    for size in (3, len(data) + 1):
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        found = told(play(make(), answers(password), [before, *pieces]))
        assert told(split)[: len(found) - 1] == found[:-1], (found, told(split))


if __name__ == "__main__":
    sys.exit(main(target, "sasl2", allowed=ALLOWED, pace=15))
