# SPDX-License-Identifier: MIT
"""RFC 6120's framing: one XML document in each direction, opened by a header and closed by a footer
(§4.2-4.4)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, ClassVar

from xmppkit.protocol.channel import Channel
from xmppkit.protocol.framing.base import ParsedFraming
from xmppkit.xml.serializer import stream_footer, stream_header

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xmppkit.xml.limits import Limits
    from xmppkit.xml.parser import Item

__all__ = ["TcpFraming", "foreign_protocol"]

# What other servers and clients say first. Only for the error text: the decision that something is not XMPP
# is the parser's.
_GREETINGS = (
    (b"HTTP/", "HTTP"),
    (b"GET ", "HTTP"),
    (b"POST ", "HTTP"),
    (b"HEAD ", "HTTP"),
    (b"PUT ", "HTTP"),
    (b"OPTIONS ", "HTTP"),
    (b"CONNECT ", "HTTP"),
    (b"<!DOCTYPE html", "HTTP"),
    (b"<!doctype html", "HTTP"),
    (b"<html", "HTTP"),
    (b"SSH-", "SSH"),
    (b"220 ", "SMTP or FTP"),
    (b"220-", "SMTP or FTP"),
    (b"* OK", "IMAP"),
    (b"+OK", "POP3"),
    (b"-ERR", "POP3 or Redis"),
    (b"RFB ", "VNC"),
    (b"\x16\x03", "TLS"),
    (b"\x15\x03", "TLS"),
)


def foreign_protocol(data: bytes) -> str | None:
    """The name of the protocol that `data`, the first bytes of a peer, belong to; None if they tell
    nothing."""
    start = data.lstrip(b" \t\r\n")
    for greeting, name in _GREETINGS:
        if start.startswith(greeting):
            return name
    return None


@cache
def _primer(namespace: str) -> bytes:
    """The least that a peer's header says."""
    return stream_header(default_namespace=namespace, attributes={}).encode()


class TcpFraming(ParsedFraming):
    """One connection's two documents.

    :param namespace: the namespace of the stream's content (RFC 6120 §4.8.2).
    :param limits: what the peer may send.
    """

    __slots__ = ("_namespace", "feed")

    can_encrypt: ClassVar[bool] = True
    messages: ClassVar[bool] = False
    feed: Callable[[bytes], list[Item]]
    """What the peer's bytes complete; never raises."""

    def __init__(self, namespace: str, limits: Limits) -> None:
        super().__init__(limits)
        self._namespace = namespace
        self.feed = self._parser.feed

    @property
    def between_stanzas(self) -> bool:
        """Whether nothing, not even white space, followed the last element of what was fed."""
        return self._parser.between_stanzas

    @property
    def idle(self) -> bool:
        """Whether at most white space followed it."""
        return self._parser.idle

    def header(self, attributes: Mapping[str, str]) -> str:
        """Our opening tag, with its XML declaration. None of this changes what the peer may send."""
        return stream_header(default_namespace=self._namespace, attributes=attributes)

    def footer(self) -> str:
        """Our closing tag."""
        return stream_footer()

    def texts(self, text: str) -> tuple[str, ...]:
        """What is to be written for text of the program's: itself."""
        return (text,)

    def restarted(self) -> TcpFraming:
        """A framing for which the peer's next byte begins a new document."""
        framing = TcpFraming(self._namespace, self._limits)
        framing.passes_over = self.passes_over
        return framing

    def prime(self) -> None:
        """Pretend that the peer's header has arrived, for a stream made past its negotiation."""
        self._parser.feed(_primer(self._namespace))

    def channel(self) -> Channel:
        """What the texts go through to become bytes, all in a row."""
        return Channel()
