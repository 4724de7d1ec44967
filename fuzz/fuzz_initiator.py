# SPDX-License-Identifier: MIT
"""A client's and a component's stream, from the first byte on: whatever a server sends, in whatever pieces, nothing
raises, nobody is believed who cannot know the password, and the password is in no byte and no text.

    python fuzz/fuzz_initiator.py --seconds 60
"""

from __future__ import annotations

import random
import sys

from _runner import main

from xmppkit.exceptions import RemoteError
from xmppkit.protocol.component import ComponentStream
from xmppkit.protocol.connection import Connection
from xmppkit.protocol.events import Event, Negotiated, StreamEnded
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.management import ManagementOptions
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.state import Fact
from xmppkit.sasl import Credentials, SaslPolicy
from xmppkit.stanza.base import StanzaBase
from xmppkit.testing.pair import deterministic

#: What may leave the code under test: nothing. What a peer does is an event.
ALLOWED: tuple[type[Exception], ...] = ()
SECRET = "pencil-in-the-drawer"  # of nobody
OPTIONS = StreamOptions(
    domain="localhost",
    tls=TlsPolicy.DISABLED,
    sasl=SaslPolicy(scram_without_tls=True, min_iterations=1, max_iterations=5000),
    credentials=Credentials("alice", SECRET),
    management=ManagementOptions(),
)


def streams() -> list[Connection]:
    """New ones, and some in their session."""
    options = deterministic(OPTIONS)
    return [
        ClientStream("alice@localhost", options, now=0.0),
        ComponentStream("localhost", SECRET, options, now=0.0),
        ClientStream.negotiated("alice@localhost/x", options, now=0.0),
        ComponentStream.negotiated("localhost", options, now=0.0),
    ]


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
        events += stream.events()
        written += stream.data_to_send()
        at += size
    stream.receive_eof()
    events += stream.events()
    written += stream.data_to_send()
    ends = [event for event in events if isinstance(event, StreamEnded)]
    assert len(ends) == 1, "a stream ends once"
    assert events[-1] is ends[0]
    assert isinstance(ends[0].error, RemoteError | None)
    assert SECRET not in f"{ends[0]!r} {ends[0].error} {stream!r}"
    assert SECRET.encode() not in written
    if new and isinstance(stream, ClientStream):
        assert Fact.AUTHENTICATED not in stream.facts, "somebody is believed who does not know the password"
        assert not any(isinstance(event, StanzaBase | Negotiated) for event in events)


def target(data: bytes) -> None:
    """One input."""
    for stream in streams():
        hear(stream, data, random.Random(len(data)))


if __name__ == "__main__":
    sys.exit(main(target, "initiator", "streams", allowed=ALLOWED))
