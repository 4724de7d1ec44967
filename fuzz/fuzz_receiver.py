# SPDX-License-Identifier: MIT
"""A server's stream for clients and for components, from the first byte on: whatever somebody sends, in whatever
pieces, nothing raises, and nobody gets in without the password.

    python fuzz/fuzz_receiver.py --seconds 60
"""

from __future__ import annotations

import random
import sys

from _runner import main
from _streams import SECRET, Heard, believes_nobody

from xmppkit.protocol.component import ComponentReceiverStream
from xmppkit.protocol.connection import Connection
from xmppkit.protocol.management import ManagementOptions
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.sasl import AccountRecord, SaslPolicy
from xmppkit.testing.pair import Answers, deterministic

#: What may leave the code under test: nothing. What a peer does is an event.
ALLOWED: tuple[type[Exception], ...] = ()
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


def hear(stream: Connection, data: bytes, chance: random.Random) -> None:
    """Give a stream all of `data`, and the end."""
    heard = Heard(stream, ANSWERS)
    at = 0
    while at < len(data):
        size = chance.choice((1, 3, 50, len(data)))
        heard.hear(data[at : at + size])
        at += size
    heard.finish()
    believes_nobody(heard)


def target(data: bytes) -> None:
    """One input."""
    for stream in streams():
        hear(stream, data, random.Random(len(data)))


if __name__ == "__main__":
    sys.exit(main(target, "receiver", "streams", allowed=ALLOWED, pace=80))
