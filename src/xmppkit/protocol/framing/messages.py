# SPDX-License-Identifier: MIT
"""Texts that stand alone: each in a message of its own, without the opening tag of a stream around it
(RFC 7395 §3.3.3; XEP-0206 §6 has the same need)."""

from __future__ import annotations

import re
from collections import deque
from typing import Final, cast
from xml.etree.ElementTree import ParseError, fromstring

from xmppkit.exceptions import UnserializableXML
from xmppkit.protocol.channel import Channel
from xmppkit.xml.names import STREAM
from xmppkit.xml.serializer import serialize

__all__ = ["MessageChannel", "Messages", "elements_of", "standalone"]

_NAME: Final = re.compile(r"<[^\s/>]+")


def standalone(text: str, namespace: str) -> str:
    """An element that was written for a stream, as a document of its own.

    :param text: what `xmppkit.xml.serializer.serialize` made of it.
    :param namespace: the stream's default namespace.
    """
    name = _NAME.match(text)
    if name is None:
        return text
    end = name.end()
    declared = "" if text.startswith(" xmlns=", end) else f" xmlns='{namespace}'"
    if "stream:" in text:  # maybe in a text only, and then it does no harm
        declared += f" xmlns:stream='{STREAM}'"
    return f"{text[:end]}{declared}{text[end:]}" if declared else text


def elements_of(text: str, namespace: str) -> list[str]:
    """The elements in a text that a program has made itself, each written as for a stream; white space is left out.

    :raises UnserializableXML: there is something else in it.
    """
    if not text or text.isspace():
        return []
    try:
        root = fromstring(f"<x xmlns='{namespace}' xmlns:stream='{STREAM}'>{text}</x>")  # noqa: S314 - our own program's
    except ParseError as error:
        raise UnserializableXML("text", f"each message holds one whole element, and this has none: {error}") from None
    if any(between and not between.isspace() for between in (root.text, *(each.tail for each in root))):
        raise UnserializableXML("text", "each message holds one element, and there is text between them")
    return [serialize(each, default_namespace=namespace) for each in root]


class Messages(deque[str]):
    """What waits to be sent, each a document of its own.

    :param namespace: the stream's default namespace.
    """

    def __init__(self, namespace: str) -> None:
        super().__init__()
        self._namespace = namespace

    def append(self, text: str) -> None:
        """`text` is to be sent: one element, as it is written for a stream."""
        super().append(standalone(text, self._namespace))


class MessageChannel(Channel):
    """A channel that gives one message at a time. It has no TLS: that is the transport's.

    :param namespace: the stream's default namespace.
    """

    __slots__ = ("_messages",)

    def __init__(self, namespace: str) -> None:
        super().__init__()
        self.out = self._messages = Messages(namespace)
        # The same object: where there is something to be sent, this channel is asked for it.
        self.wire = cast("list[bytes]", self._messages)

    def flush(self) -> None:
        """There is nothing to do: messages are made when they are asked for."""

    def data_to_send(self) -> bytes:
        """The next message, which is then forgotten; empty if there is none."""
        return self._messages.popleft().encode() if self._messages else b""
