# SPDX-License-Identifier: MIT
"""RFC 7395's framing: each message holds one element, which is a document of its own (§3.3).

``<open/>`` and ``<close/>`` are what RFC 6120's opening and closing tag are elsewhere, and become the same items. There
is nothing between messages: no white space (§3.8), and no TLS of the stream's own (§3.9).

Each message is read by the parser that reads other streams, as a child of an element that no peer sees: with the same
rules (no DTD, comment or instruction) and the same limits. It must be exactly one child. No prefix is declared around
it, and no message can close what is around it without being found out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final
from xml.etree.ElementTree import Element, SubElement

from xmppkit.protocol.channel import Channel
from xmppkit.protocol.framing.base import ParsedFraming
from xmppkit.protocol.framing.messages import MessageChannel, elements_of
from xmppkit.protocol.stream_errors import ERROR_TAG
from xmppkit.xml import names
from xmppkit.xml.parser import Malformed, Refused, StreamFooter, StreamHeader
from xmppkit.xml.serializer import serialize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xmppkit.xml.limits import Limits
    from xmppkit.xml.parser import Item

__all__ = ["NAMESPACE", "SUBPROTOCOL", "WebSocketFraming"]

NAMESPACE: Final = "urn:ietf:params:xml:ns:xmpp-framing"
#: What both ends call it when the WebSocket is opened (§3.1).
SUBPROTOCOL: Final = "xmpp"

_FRAMING: Final = "{" + NAMESPACE + "}"
_OPEN: Final = names.clark(NAMESPACE, "open")
_CLOSE: Final = names.clark(NAMESPACE, "close")
_AROUND: Final = b"<message-of-a-websocket>"
_SEE_OTHER: Final = names.clark(names.STREAM_ERRORS, "see-other-host")
#: A stream error whose prefix is declared nowhere, as Prosody 13.0 sends them: it would be lost why a stream ends.
_BARE_ERROR: Final = re.compile(rb"\A<stream:error(?![^>]*\sxmlns:stream\s*=)(?=[\s/>])")
_DECLARED_ERROR: Final = f"<stream:error xmlns:stream='{names.STREAM}'".encode()
_HEADER: Final = re.compile(rb"(?:<\?xml[^>]*>\s*)?<stream:stream\b")
#: How much of a name that the peer chose goes into an error.
_SHOWN: Final = 255


class WebSocketFraming(ParsedFraming):
    """One WebSocket's two directions, until the stream restarts.

    :param namespace: the namespace of the stream's content.
    :param limits: what the peer may send.
    """

    __slots__ = ("_namespace", "_opened", "_over")

    can_encrypt: ClassVar[bool] = False
    messages: ClassVar[bool] = True

    def __init__(self, namespace: str, limits: Limits) -> None:
        super().__init__(limits)
        self._namespace = namespace
        self._parser.feed(_AROUND)
        self._opened = False
        self._over = False

    @property
    def between_stanzas(self) -> bool:
        """True: a message that holds anything beside its element is refused."""
        return True

    @property
    def idle(self) -> bool:
        """True, as `between_stanzas`."""
        return True

    # --- what the peer sends --------------------------------------------------------------------------------

    def feed(self, data: bytes) -> list[Item]:
        """What a message holds: one item, or two for a `<close/>` that leads elsewhere. Never raises; what is no
        message of RFC 7395 is a `Malformed`, the last item ever.

        :param data: the whole message.
        """
        if data[:8] == b"<stream:":
            data = _BARE_ERROR.sub(_DECLARED_ERROR, data, count=1)
        items = self._parser.feed(data) if data[:1] == b"<" and not self._over else []
        if len(items) == 1 and self._parser.idle:
            item = items[0]
            if isinstance(item, Refused):
                return items
            if isinstance(item, Element):
                if self._opened and not item.tag.startswith(_FRAMING):
                    return items
                return self._judge(item, data)
        return self._refuse(*self._fault(data, items))

    def _judge(self, element: Element, data: bytes) -> list[Item]:
        """Take an element of the framing's own, or the first one."""
        if element.tag == _CLOSE and self._opened:
            return self._close(element.get("see-other-uri", ""))
        if element.tag == _OPEN:
            if self._opened:
                return [Element(names.STREAM_ROOT)]  # a stream in a stream, which the state of ours judges
            if len(data) > self._limits.header_bytes:
                return self._refuse("policy-violation", f"opening tag larger than {self._limits.header_bytes} bytes")
            self._opened = True
            return [StreamHeader(names.STREAM_ROOT, dict(element.attrib), self._namespace)]
        if element.tag in (_CLOSE, ERROR_TAG) and not self._opened:
            # A server that does not take us may say only this. It is read as behind a header that says nothing.
            self._opened = True
            header = StreamHeader(names.STREAM_ROOT, {"id": "", "version": "1.0"}, self._namespace)
            return [header, *([element] if element.tag == ERROR_TAG else self._judge(element, data))]
        namespace, local = (part[:_SHOWN] for part in names.split(element.tag))
        if local in ("open", "stream"):
            return self._refuse("invalid-namespace", f"a stream in the namespace {namespace!r}")
        if self._opened:
            return self._refuse("unsupported-stanza-type", f"an element {local!r} of the framing's namespace")
        return self._refuse("bad-format", f"an element {local!r} before the stream was opened")

    def _close(self, elsewhere: str) -> list[Item]:
        self._over = True
        if not elsewhere:
            return [StreamFooter()]
        error = Element(ERROR_TAG)
        SubElement(error, _SEE_OTHER).text = elsewhere
        return [error, StreamFooter()]

    def _fault(self, data: bytes, items: list[Item]) -> tuple[str, str]:
        """What is wrong with a message that is not one element."""
        if self._over:
            return "not-well-formed", "a message behind the closing tag"
        if data[:1] != b"<":
            return "bad-format", "a message that does not begin with an element"
        if _HEADER.match(data):
            return "invalid-namespace", "a stream header of RFC 6120, which a WebSocket does not have (RFC 7395 §3.3)"
        found = items[-1] if items else None
        if isinstance(found, Malformed):
            return found.condition, found.text
        if len(items) > 1 or isinstance(found, StreamFooter):
            return "not-well-formed", "a message of more than one element"
        if found is not None:
            return "bad-format", "a message with something behind its element"
        return "not-well-formed", "a message with a part of an element"

    def _refuse(self, condition: str, text: str) -> list[Item]:
        self._over = True
        return [Malformed(condition, text)]

    # --- what we send ---------------------------------------------------------------------------------------

    def header(self, attributes: Mapping[str, str]) -> str:
        """Our ``<open/>`` (§3.4)."""
        lang = attributes.get("xml:lang")
        opening = Element(_OPEN, {name: value for name, value in attributes.items() if name != "xml:lang"})
        if lang is not None:
            opening.set(names.XML_LANG, lang)
        return serialize(opening)

    def footer(self) -> str:
        """Our ``<close/>`` (§3.6)."""
        return serialize(Element(_CLOSE))

    def texts(self, text: str) -> list[str]:
        """The elements in text of the program's; white space is not sent (§3.8).

        :raises UnserializableXML: there is something else in it.
        """
        return elements_of(text, self._namespace)

    def restarted(self) -> WebSocketFraming:
        """A framing for which the peer's next message is an ``<open/>`` (§3.7)."""
        framing = WebSocketFraming(self._namespace, self._limits)
        framing.passes_over = self.passes_over
        return framing

    def prime(self) -> None:
        """Pretend that the peer's ``<open/>`` has arrived, for a stream made past its negotiation."""
        self._opened = True

    def channel(self) -> Channel:
        """Gives one message at a time."""
        return MessageChannel(self._namespace)
