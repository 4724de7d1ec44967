# SPDX-License-Identifier: MIT
"""Joins the engine, which speaks bytes, to a transport of the program's own, which carries elements.

What the engine writes is read again as header, elements and footer, and what the transport brings is written again as
bytes; so such a transport costs more, and nothing of the protocol is done twice. TLS is the transport's own affair: one
that says ``security-layer`` in its `auth_properties` counts as encrypted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from xmppkit.drivers.pump import Pump
from xmppkit.xml import names
from xmppkit.xml.limits import Limits
from xmppkit.xml.parser import StreamFooter, StreamHeader, StreamParser
from xmppkit.xml.serializer import serialize, stream_footer, stream_header

if TYPE_CHECKING:
    from collections.abc import Callable

    from xmppkit.protocol.connection import Connection
    from xmppkit.protocol.events import Event
    from xmppkit.pyxmpp2.interfaces import XMPPTransport
    from xmppkit.stanza.base import StanzaBase

__all__ = ["ElementLink"]


class ElementLink:
    """One stream on one transport of elements.

    :param stream: the engine's.
    :param transport: the program's.
    :param on_event: gets each event and each stanza.
    :param clock: the time in seconds.
    """

    def __init__(
        self,
        stream: Connection,
        transport: XMPPTransport,
        on_event: Callable[[Event | StanzaBase], object],
        *,
        clock: Callable[[], float],
    ) -> None:
        self._stream = stream
        self._transport = transport
        self._clock = clock
        self._pump = Pump(stream, on_event)
        self._parser: StreamParser | None = None
        self._busy = False

    def open(self) -> None:
        """There is a connection."""
        self._run(lambda: self._pump.open(self._clock()))

    def wake(self) -> None:
        """Something was called on the stream."""
        if not self._busy:
            self._run(lambda: self._pump.turn(self._clock()))

    def start(self, element: Element) -> None:
        """The opening tag came."""
        self._feed(stream_header(default_namespace=names.CLIENT, attributes=_plain(element.attrib)))

    def element(self, element: Element) -> None:
        """An element came."""
        self._feed(serialize(element, default_namespace=names.CLIENT))

    def end(self) -> None:
        """The closing tag came."""
        self._feed(stream_footer())

    def eof(self) -> None:
        """Nothing more will come."""
        self._run(lambda: self._pump.receive_eof(self._clock()))

    def _feed(self, text: str) -> None:
        self._run(lambda: self._pump.receive(text.encode(), self._clock()))

    def _run(self, step: Callable[[], object]) -> None:
        outermost, self._busy = not self._busy, True
        try:
            step()
            while len(self._pump):
                self._pump.turn(self._clock())
        finally:
            if outermost:
                self._busy = False
            self._write()

    def _write(self) -> None:
        data = self._pump.data_to_send()
        if data:
            self._hand_out(data)
        if self._stream.closed:
            self._transport.disconnect()

    def _hand_out(self, data: bytes) -> None:
        if data.startswith((b"<?xml", b"<stream:stream")):
            if self._parser is not None:
                self._transport.restart()
            self._parser = StreamParser(Limits.server())
        assert self._parser is not None  # the first that a stream writes is its header
        for item in self._parser.feed(data):
            if isinstance(item, Element):
                self._transport.send_element(item)
            elif isinstance(item, StreamHeader):
                said = item.attributes
                self._transport.send_stream_head(
                    names.CLIENT,
                    said.get("from"),
                    said.get("to"),
                    said.get("id"),
                    said.get("version", "1.0"),
                    said.get(names.XML_LANG),
                )
            elif isinstance(item, StreamFooter):
                self._transport.send_stream_tail()


def _plain(attributes: dict[str, str]) -> dict[str, str | None]:
    """Attributes as they are written."""
    return {("xml:lang" if name == names.XML_LANG else name): value for name, value in attributes.items()}
