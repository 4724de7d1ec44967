# SPDX-License-Identifier: MIT
"""A client's and a component's stream, from the first byte on: whatever a server sends, in whatever pieces, nothing
raises, nobody is believed who cannot know the password, and the password is in no byte and no text.

    python fuzz/fuzz_initiator.py --seconds 60
"""

from __future__ import annotations

import random
import sys

from _runner import main
from _streams import SECRET, Heard, reported

from xmppkit.protocol.component import ComponentStream
from xmppkit.protocol.connection import Connection
from xmppkit.protocol.events import Negotiated
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.management import ManagementOptions
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.state import Fact
from xmppkit.sasl import Credentials, SaslPolicy
from xmppkit.stanza.base import StanzaBase
from xmppkit.testing.pair import deterministic

#: What may leave the code under test: nothing. What a peer does is an event.
ALLOWED: tuple[type[Exception], ...] = ()
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
    heard = Heard(stream)
    at = 0
    while at < len(data):
        size = chance.choice((1, 3, 50, len(data)))
        heard.hear(data[at : at + size])
        at += size
    heard.finish()
    if heard.new and isinstance(stream, ClientStream):
        assert Fact.AUTHENTICATED not in stream.facts, "somebody is believed who does not know the password"
        assert not reported(heard, StanzaBase)
        assert not reported(heard, Negotiated)


def target(data: bytes) -> None:
    """One input."""
    for stream in streams():
        hear(stream, data, random.Random(len(data)))


if __name__ == "__main__":
    sys.exit(main(target, "initiator", "streams", allowed=ALLOWED, pace=120))
