# SPDX-License-Identifier: MIT
"""XML of a stream in pieces, with PyXMPP2's names: a view on `xmppkit.xml.parser`, with its limits and its refusals."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, TreeBuilder

from xmppkit.pyxmpp2.exceptions import StreamParseError
from xmppkit.xml.limits import Limits
from xmppkit.xml.parser import Malformed, StreamFooter, StreamHeader, StreamParser

if TYPE_CHECKING:
    from xmppkit.xml.parser import Item

__all__ = ["COMMON_NS", "ParserTarget", "StreamReader", "XMLStreamHandler"]

log = logging.getLogger("pyxmpp2.xmppparser")

#: A namespace that stands for that of the stream's stanzas, whatever that is.
COMMON_NS = "http://pyxmpp.jajcus.net/xmlns/common"


class XMLStreamHandler:
    """Takes what a `StreamReader`, or a transport, has read."""

    def stream_start(self, element: Element) -> None:
        """The opening tag; `element` has its attributes and no children."""

    def stream_end(self) -> None:
        """The closing tag."""

    def stream_eof(self) -> None:
        """The end of the data."""

    def stream_element(self, element: Element) -> None:
        """An element of the stream."""

    def stream_parse_error(self, descr: str) -> None:
        """What came is not XML, or not such as may stand in a stream."""
        raise StreamParseError(descr)


class ParserTarget:
    """A target for `xml.etree.ElementTree.XMLParser`, which calls a handler with the pieces of a stream. Such a parser
    refuses less than a `StreamReader`: give it no peer's data.

    :param handler: gets the pieces.
    """

    def __init__(self, handler: XMLStreamHandler) -> None:
        self._handler = handler
        self._depth = 0
        self._builder = TreeBuilder()

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        """An opening tag."""
        if self._depth == 0:
            self._handler.stream_start(Element(tag, attrs))
        else:
            if self._depth == 1:
                self._builder = TreeBuilder()
            self._builder.start(tag, attrs)
        self._depth += 1

    def data(self, data: str) -> None:
        """Text; that of the root is dropped."""
        if self._depth > 1:
            self._builder.data(data)

    def end(self, tag: str) -> None:
        """A closing tag."""
        self._depth -= 1
        if self._depth == 0:
            self._handler.stream_end()
            return
        self._builder.end(tag)
        if self._depth == 1:
            self._handler.stream_element(self._builder.close())

    def close(self) -> None:
        """The end of the data."""
        self._handler.stream_eof()


class StreamReader:
    """Reads a stream in pieces of any size.

    :param handler: gets what was read, while `feed` runs.
    """

    def __init__(self, handler: XMLStreamHandler) -> None:
        self.handler = handler
        self._parser = StreamParser(Limits.client())
        self._feeding = False
        self._over = False

    def feed(self, data: bytes | str) -> None:
        """Read more.

        :param data: empty: there is no more.
        :raises StreamParseError: called by a handler, or whatever `XMLStreamHandler.stream_parse_error` raises.
        """
        if self._feeding:
            raise StreamParseError("feed() was called while it was running")
        self._feeding = True
        try:
            if not data:
                self.handler.stream_eof()
                return
            for item in self._parser.feed(data.encode() if isinstance(data, str) else data):
                if not self._over:
                    self._take(item)
        finally:
            self._feeding = False

    def _take(self, item: Item) -> None:
        if isinstance(item, Element):
            self.handler.stream_element(item)
        elif isinstance(item, StreamHeader):
            self.handler.stream_start(Element(item.tag, dict(item.attributes)))
        elif isinstance(item, StreamFooter):
            self._over = True
            self.handler.stream_end()
        elif isinstance(item, Malformed):
            self._over = True
            self.handler.stream_parse_error(item.text or item.condition)
