# SPDX-License-Identifier: MIT
"""Writing a stream's XML by hand, with PyXMPP2's names: a view on `xmppkit.xml.serializer`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element

from xmppkit.pyxmpp2.constants import STANZA_CLIENT_NS, STANZA_NAMESPACES, STREAM_NS, XML_NS
from xmppkit.xml import names
from xmppkit.xml.serializer import STREAM_PREFIXES, stream_footer, stream_header
from xmppkit.xml.serializer import serialize as _serialize

__all__ = ["STANDARD_PREFIXES", "XMPPSerializer", "remove_evil_characters", "serialize"]

#: The prefixes that every stream has, by namespace.
STANDARD_PREFIXES = {STREAM_NS: "stream", XML_NS: "xml"}

_EVIL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def remove_evil_characters(text: str) -> str:
    """`text` with each character that XML 1.0 forbids replaced by U+FFFD."""
    return _EVIL.sub("\N{REPLACEMENT CHARACTER}", text)


class XMPPSerializer:
    """Writes one direction of a stream.

    :param stanza_namespace: that of the stream's content.
    :param extra_prefixes: prefixes by namespace, declared in the opening tag.
    """

    def __init__(self, stanza_namespace: str, extra_prefixes: Mapping[str, str] | None = None) -> None:
        self.stanza_namespace = stanza_namespace
        self._prefixes: dict[str, str] = dict(STREAM_PREFIXES)
        self._head_written = False
        for namespace, prefix in (extra_prefixes or {}).items():
            self.add_prefix(namespace, prefix)

    def add_prefix(self, namespace: str, prefix: str) -> None:
        """Use a prefix for a namespace; before the opening tag is written.

        :raises ValueError: the prefix, or the namespace, has another meaning.
        :raises RuntimeError: the opening tag is written.
        """
        if self._head_written:
            raise RuntimeError("the opening tag is written: it is too late for another prefix")
        if prefix in self._prefixes.values() or namespace in (*self._prefixes, *STANZA_NAMESPACES):
            raise ValueError(f"the prefix {prefix!r}, or the namespace {namespace!r}, has a meaning already")
        self._prefixes[namespace] = prefix

    def emit_head(
        self,
        stream_from: str | None,
        stream_to: str | None,
        stream_id: str | None = None,
        version: str = "1.0",
        language: str | None = None,
    ) -> str:
        """The opening tag."""
        self._head_written = True
        attributes: dict[str, str | None] = {
            f"xmlns:{prefix}": namespace
            for namespace, prefix in self._prefixes.items()
            if namespace not in STREAM_PREFIXES
        }
        said = {"from": stream_from, "to": stream_to, "id": stream_id, "version": version, "xml:lang": language}
        return stream_header(default_namespace=self.stanza_namespace, attributes={**attributes, **said})

    def emit_stanza(self, element: Element) -> str:
        """An element of the stream. The namespace of its stanzas becomes that of the stream, and characters that XML
        forbids become U+FFFD.

        :raises RuntimeError: the opening tag is not written yet.
        :raises ValueError: an element has no namespace.
        """
        if not self._head_written:
            raise RuntimeError("the opening tag is not written yet")
        if not names.split(element.tag)[0]:
            raise ValueError(f"{element.tag!r} has no namespace")
        copied = self._copy(element)
        return _serialize(copied, default_namespace=self.stanza_namespace, prefixes=self._prefixes)

    def _copy(self, element: Element) -> Element:
        namespace, local = names.split(element.tag)
        tag = names.clark(self.stanza_namespace, local) if namespace in STANZA_NAMESPACES else element.tag
        attributes = {name: remove_evil_characters(value) for name, value in element.attrib.items()}
        copied = Element(tag, attributes)
        copied.text = None if element.text is None else remove_evil_characters(element.text)
        for child in element:
            copied.append(self._copy(child))
            copied[-1].tail = None if child.tail is None else remove_evil_characters(child.tail)
        return copied

    def emit_tail(self) -> str:
        """The closing tag."""
        return stream_footer()


def serialize(element: Element) -> str:
    """An element as it stands in a client's stream."""
    serializer = XMPPSerializer(STANZA_CLIENT_NS)
    serializer.emit_head(None, None)
    return serializer.emit_stanza(element)
