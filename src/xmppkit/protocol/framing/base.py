# SPDX-License-Identifier: MIT
"""What a framing is: how one stream, in both directions, is put on a wire.

The engine thinks in the words of RFC 6120: a header, the children of the stream, a footer. A framing says what these
look like on one kind of wire, and reads them from it. What the engine writes are always texts that are right within
RFC 6120's opening tag, with its default namespace and its prefix ``stream``; where there is no such tag, the framing's
channel declares both (`xmppkit.protocol.framing.messages`).

There are two kinds of wires. To one of *bytes* (TCP) everything is written in a row, and it may be read in any pieces.
To one of *messages* (WebSocket, BOSH) `Connection.data_to_send` gives one message at a time, and
`Connection.receive_data` takes one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar, Protocol

from xmppkit.xml.parser import StreamParser

if TYPE_CHECKING:
    from xmppkit.protocol.channel import Channel
    from xmppkit.xml.limits import Limits
    from xmppkit.xml.parser import Item

__all__ = ["Framing", "FramingKind", "ParsedFraming"]


class Framing(Protocol):
    """One connection's two directions, until the stream restarts."""

    #: Whether the stream itself can begin TLS on this wire; if not, the transport does, or nobody.
    can_encrypt: ClassVar[bool]
    #: Whether the wire is one of messages.
    messages: ClassVar[bool]

    @property
    def feed(self) -> Callable[[bytes], list[Item]]:
        """What the peer's bytes complete, or what its message holds; never raises, and says `Malformed` as the last
        item ever. (No method, so that a framing may hand out its parser's own.)"""

    @property
    def limits(self) -> Limits:
        """What the peer may send; may be changed at any time."""

    @limits.setter
    def limits(self, limits: Limits) -> None: ...

    @property
    def passes_over(self) -> bool:
        """Whether a stanza that is past a limit is passed over, and told as `Refused`, instead of ending the stream;
        may be changed at any time."""

    @passes_over.setter
    def passes_over(self, passes_over: bool) -> None: ...

    @property
    def between_stanzas(self) -> bool:
        """Whether nothing, not even white space, followed the last element of what was fed."""

    @property
    def idle(self) -> bool:
        """Whether at most white space followed it."""

    def header(self, attributes: Mapping[str, str]) -> str:
        """What opens our direction."""

    def footer(self) -> str:
        """What closes our direction."""

    def texts(self, text: str) -> Iterable[str]:
        """What is to be written for text that a program has made itself: white space, or any number of elements.

        :raises UnserializableXML: on this wire it cannot be sent.
        """

    def restarted(self) -> Framing:
        """The framing of the stream that begins now on the same connection (RFC 6120 §4.3.3): another object, with the
        same limits."""

    def prime(self) -> None:
        """Pretend that the peer's header has arrived, for a stream made past its negotiation."""

    def channel(self) -> Channel:
        """What the texts go through to become bytes; asked for once in a connection."""


class ParsedFraming:
    """What framings share that read a stream with one parser.

    :param limits: what the peer may send.
    """

    __slots__ = ("_limits", "_parser")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parser = StreamParser(limits)

    @property
    def limits(self) -> Limits:
        """What the peer may send; may be changed at any time."""
        return self._limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self._limits = limits
        self._parser.limits = limits

    @property
    def passes_over(self) -> bool:
        """Whether a stanza that is past a limit is passed over; may be changed at any time."""
        return self._parser.passes_over

    @passes_over.setter
    def passes_over(self, passes_over: bool) -> None:
        self._parser.passes_over = passes_over


class FramingKind(Protocol):
    """Makes framings: the class of one, as a rule."""

    @property
    def can_encrypt(self) -> bool:
        """See `Framing.can_encrypt`."""

    @property
    def messages(self) -> bool:
        """See `Framing.messages`."""

    def __call__(self, namespace: str, limits: Limits, /) -> Framing:
        """A framing for a new connection.

        :param namespace: the namespace of the stream's content (RFC 6120 §4.8.2).
        :param limits: what the peer may send.
        """
