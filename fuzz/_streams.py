# SPDX-License-Identifier: MIT
"""A stream that hears what is made up: what it reports and writes, and how it ends. Import it behind `_runner`."""

from __future__ import annotations

from collections.abc import Callable

from xmppkit.exceptions import RemoteError
from xmppkit.protocol.connection import Connection
from xmppkit.protocol.events import Event, Negotiated, StreamEnded
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Fact
from xmppkit.stanza.base import StanzaBase
from xmppkit.xml.limits import Limits
from xmppkit.xml.parser import Item, StreamParser

__all__ = ["SECRET", "Heard", "believes_nobody", "one_by_one", "reported"]

SECRET = "pencil-in-the-drawer"  # of nobody: in no corpus

Reported = Event | StanzaBase


class Heard:
    """One stream, and everything that came of what it has heard.

    :param stream: opened here, if it is new.
    :param answer: called with each event while the stream is open; None: nobody answers.
    :ivar events: what it has reported.
    :ivar written: what it has written, in the pieces in which it is given.
    """

    def __init__(self, stream: Connection, answer: Callable[[Connection, Reported], None] | None = None) -> None:
        self.stream = stream
        self.events: list[Reported] = []
        self.written: list[bytes] = []
        self._answer = answer
        self._seen = 0
        self.new = not stream.ready
        if self.new:
            stream.open()
            self.collect()

    def collect(self) -> list[Reported]:
        """What it has reported by now; the questions in it are answered."""
        fresh: list[Reported] = []
        while events := self.stream.events():
            fresh += events
            for event in events:
                if self._answer is not None and not self.stream.closed:  # it may have asked and ended in one read
                    self._answer(self.stream, event)
        self.events += fresh
        while data := self.stream.data_to_send():
            self.written.append(data)
        return fresh

    def fresh(self) -> list[bytes]:
        """What it has written since this was asked last."""
        self.collect()
        fresh, self._seen = self.written[self._seen :], len(self.written)
        return fresh

    def hear(self, data: bytes) -> list[Reported]:
        """The peer says this, in one piece; what the stream reports of it."""
        self.stream.receive_data(data)
        return self.collect()

    def finish(self) -> None:
        """The connection is over: look at how the stream has ended."""
        self.stream.receive_eof()
        self.collect()
        ends = [event for event in self.events if isinstance(event, StreamEnded)]
        assert len(ends) == 1, "a stream ends once"
        assert self.events[-1] is ends[0]
        assert isinstance(ends[0].error, RemoteError | None)
        assert SECRET not in f"{ends[0]!r} {ends[0].error} {self.stream!r}"
        assert SECRET.encode() not in b"".join(self.written)


def believes_nobody(heard: Heard) -> None:
    """Who has no password has not got into a new stream, and nobody speaks in the name of another in one of a server's
    that was ready: of ``alice@localhost/x``."""
    stanzas = [event for event in heard.events if isinstance(event, StanzaBase)]
    if heard.new:
        assert Fact.AUTHENTICATED not in heard.stream.facts, "somebody got in without the password"
        assert not stanzas
        assert not reported(heard, Negotiated)
    elif isinstance(heard.stream, ReceiverStream):
        assert all(stanza["from"] == "alice@localhost/x" for stanza in stanzas), "somebody speaks as somebody else"


def one_by_one(data: bytes, limits: Limits, before: bytes = b"") -> list[Item]:
    """What the parser of streams reads in bytes that come one by one, behind `before`."""
    parser = StreamParser(limits)
    parser.feed(before)
    items: list[Item] = []
    for byte in data:
        items += parser.feed(bytes((byte,)))
    return items


def reported(heard: Heard, kind: type[Reported]) -> bool:
    """Whether there was an event of this kind."""
    return any(isinstance(event, kind) for event in heard.events)
