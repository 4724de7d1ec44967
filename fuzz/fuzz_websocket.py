# SPDX-License-Identifier: MIT
"""RFC 7395's framing, and the streams of both ends over it: whatever messages come, nothing raises, a message that is
read is one whole element within its limits, and the same as if its bytes had come one by one.

An input is a row of messages, with a byte of zero between them.

    python fuzz/fuzz_websocket.py --seconds 60
"""

from __future__ import annotations

import random
import sys
from xml.etree import ElementTree as ET

from _runner import main
from _streams import SECRET, Heard, believes_nobody, one_by_one

from xmppkit.protocol.connection import Connection
from xmppkit.protocol.framing.websocket import WebSocketFraming
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.management import ManagementOptions
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy
from xmppkit.testing.pair import Answers, deterministic
from xmppkit.xml.limits import Limits
from xmppkit.xml.names import STREAM
from xmppkit.xml.parser import Item, Malformed, StreamFooter, StreamHeader

#: What may leave the code under test: nothing.
ALLOWED: tuple[type[Exception], ...] = ()
LIMITS = Limits.client().replace(stanza_bytes=5_000, header_bytes=1_000, depth=20, attributes=10, children=30, names=60)
OPTIONS = StreamOptions(
    domain="localhost",
    tls=TlsPolicy.DISABLED,
    framing=WebSocketFraming,
    sasl=SaslPolicy(scram_without_tls=True, min_iterations=1, max_iterations=5000),
    credentials=Credentials("alice", SECRET),
    management=ManagementOptions(),
)
ANSWERS = Answers(accounts={"alice": AccountRecord(SECRET)})


def is_refusal(items: list[Item]) -> bool:
    """Whether a message was refused, and nothing taken of it."""
    return len(items) == 1 and isinstance(items[0], Malformed)


def judge(message: bytes, items: list[Item]) -> None:
    """What was read in a message, by a framing that is open."""
    assert 1 <= len(items) <= 2
    if is_refusal(items):
        return
    assert not any(isinstance(item, Malformed | StreamHeader) for item in items)
    assert isinstance(items[0], ET.Element | StreamFooter)
    assert len(items) == 1 or isinstance(items[1], StreamFooter)
    assert len(message) <= LIMITS.stanza_bytes
    # An error needs no declaration of its prefix, for there are servers that write none.
    (found,) = one_by_one(message, LIMITS, f"<around xmlns:stream='{STREAM}'>".encode())
    assert isinstance(found, ET.Element)
    if len(items) == 1 and isinstance(item := items[0], ET.Element) and "xmpp-framing}" not in found.tag:
        assert ET.tostring(item) == ET.tostring(found)


def framing(messages: list[bytes], chance: random.Random) -> None:
    """The framing alone: messages as they are, and cut into two."""
    new = WebSocketFraming("jabber:client", LIMITS)
    items = new.feed(messages[0])
    if isinstance(items[0], StreamHeader):
        assert len(messages[0]) <= LIMITS.header_bytes
    one = WebSocketFraming("jabber:client", LIMITS)
    one.prime()
    over = False
    for message in messages:
        items = one.feed(message)
        assert not over or is_refusal(items), "something came behind the end"
        judge(message, items)
        over = over or isinstance(items[-1], Malformed | StreamFooter)
        assert over or len(one._parser._names) <= 2 * LIMITS.names, "names that nobody needs are kept"
        if not over and len(whole := message.rstrip()) > 1:
            cut = WebSocketFraming("jabber:client", LIMITS)
            cut.prime()
            at = chance.randrange(1, len(whole))
            assert is_refusal(cut.feed(message[:at])), "a part of a message was taken"
            assert is_refusal(cut.feed(message[at:])), "the rest of a message was taken"


def hear(stream: Connection, messages: list[bytes]) -> None:
    """Give a stream all messages, and the end."""
    heard = Heard(stream, ANSWERS)
    for message in messages:
        heard.hear(message)
    heard.finish()
    for written in heard.written:
        (root,) = ET.fromstring(b"<x>" + written + b"</x>")  # one element, that declares what it needs
        assert root.tag[0] == "{"
    believes_nobody(heard)


def target(data: bytes) -> None:
    """One input."""
    messages = [message for message in data.split(b"\0") if message] or [b" "]  # the transport brings no empty ones
    framing(messages, random.Random(len(data)))
    options = deterministic(OPTIONS)
    for stream in (
        ClientStream("alice@localhost", options, now=0.0),
        ReceiverStream(options, now=0.0),
        ClientStream.negotiated("alice@localhost/x", options, now=0.0),
        ReceiverStream.negotiated("alice@localhost/x", options, now=0.0),
    ):
        hear(stream, messages)


if __name__ == "__main__":
    sys.exit(main(target, "websocket", "streams", allowed=ALLOWED, pace=80))
