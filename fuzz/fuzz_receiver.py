# SPDX-License-Identifier: MIT
"""A server's stream for clients and for components, from the first byte on: whatever somebody sends, in whatever
pieces, nothing raises, and nobody gets in without the password.

    python fuzz/fuzz_receiver.py --seconds 60
"""

from __future__ import annotations

import random
import sys

from _runner import main

from xmppkit.exceptions import RemoteError
from xmppkit.protocol.component import ComponentReceiverStream
from xmppkit.protocol.connection import Connection
from xmppkit.protocol.events import Event, Negotiated, StreamEnded
from xmppkit.protocol.management import ManagementOptions
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Fact
from xmppkit.sasl import AccountRecord, SaslPolicy
from xmppkit.stanza.base import StanzaBase
from xmppkit.testing.pair import Answers, deterministic

#: What may leave the code under test: nothing. What a peer does is an event.
ALLOWED: tuple[type[Exception], ...] = ()
SECRET = "pencil-in-the-drawer"  # of nobody
OPTIONS = StreamOptions(
    domain="localhost",
    tls=TlsPolicy.DISABLED,
    sasl=SaslPolicy(scram_without_tls=True, plain_without_tls=True),
    management=ManagementOptions(),
)
ANSWERS = Answers(accounts={"alice": AccountRecord(SECRET)}, secrets={"localhost": SECRET})


def streams() -> list[Connection]:
    """New ones, and some in their session."""
    options = deterministic(OPTIONS)
    return [
        ReceiverStream(options, now=0.0),
        ComponentReceiverStream(options, now=0.0),
        ReceiverStream.negotiated("alice@localhost/x", options, now=0.0),
        ComponentReceiverStream.negotiated("localhost", options, now=0.0),
    ]


def take(stream: Connection) -> list[Event | StanzaBase]:
    """The events, of which the questions are answered."""
    events: list[Event | StanzaBase] = []
    while fresh := stream.events():
        events += fresh
        for event in fresh:
            if not stream.closed:  # it may have asked and ended in one read
                ANSWERS(stream, event)
    return events


def hear(stream: Connection, data: bytes, chance: random.Random) -> None:
    """Give a stream all of `data`, and the end."""
    new = not stream.ready
    if new:
        stream.open()
    events: list[Event | StanzaBase] = []
    written = b""
    at = 0
    while at < len(data):
        size = chance.choice((1, 3, 50, len(data)))
        stream.receive_data(data[at : at + size])
        events += take(stream)
        written += stream.data_to_send()
        at += size
    stream.receive_eof()
    events += take(stream)
    written += stream.data_to_send()
    ends = [event for event in events if isinstance(event, StreamEnded)]
    assert len(ends) == 1, "a stream ends once"
    assert events[-1] is ends[0]
    assert isinstance(ends[0].error, RemoteError | None)
    assert SECRET not in f"{ends[0]!r} {ends[0].error} {stream!r}"
    assert SECRET.encode() not in written
    if new:
        assert Fact.AUTHENTICATED not in stream.facts, "somebody got in without the password"
        assert not any(isinstance(event, StanzaBase | Negotiated) for event in events)
    elif isinstance(stream, ReceiverStream):
        stanzas = [event for event in events if isinstance(event, StanzaBase)]
        assert all(stanza["from"] == "alice@localhost/x" for stanza in stanzas), "somebody speaks as somebody else"


def target(data: bytes) -> None:
    """One input."""
    for stream in streams():
        hear(stream, data, random.Random(len(data)))


if __name__ == "__main__":
    sys.exit(main(target, "receiver", "streams", allowed=ALLOWED))
