# SPDX-License-Identifier: MIT
"""XML as text, with slixmpp's functions: `tostring`, `tostring_fmt`, `escape`, `highlight`.

What is written is what goes over the wire (`xmppkit.xml.serializer`). New programs write ``str(stanza)`` and
`xmppkit.xml.pretty.pretty`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import Protocol
from xml.etree import ElementTree as ET

from xmppkit.xml import serializer
from xmppkit.xml.pretty import highlight
from xmppkit.xml.serializer import STREAM_PREFIXES, serialize

__all__ = ["escape", "highlight", "tostring", "tostring_fmt"]


class _Stream(Protocol):
    """What is read of a stream."""

    default_ns: str
    namespace_map: dict[str, str]


def tostring(
    xml: ET.Element | None = None,
    xmlns: str = "",
    stream: _Stream | None = None,
    outbuffer: str = "",
    top_level: bool = False,
    open_only: bool = False,
    namespaces: Collection[str] | None = None,
) -> str:
    """An element as text, with what follows it in its parent (its tail).

    :param xml: the element; None is nothing.
    :param xmlns: the default namespace where it will stand: it is not declared again.
    :param stream: the stream whose prefixes (`namespace_map`) are declared already.
    :param outbuffer: text to put before it.
    :param top_level: it will stand in the stream itself, so that the stream's default namespace is not declared either.
    :param open_only: only the opening tag, as for a stream that stays open.
    :param namespaces: COMPAT(slixmpp 1.17): accepted and not needed: which namespaces have been declared is known.
    :raises UnserializableXML: it cannot be written in XML 1.0; the error says where.
    """
    if xml is None:
        return outbuffer
    around, prefixes = xmlns, STREAM_PREFIXES
    if stream is not None:
        if top_level and not around:
            around = stream.default_ns
        prefixes = _prefixes(stream.namespace_map)
    if open_only:
        bare = ET.Element(xml.tag, dict(xml.attrib))
        written = serialize(bare, default_namespace=around, prefixes=prefixes)
        return f"{outbuffer}{written.removesuffix(' />')}>"
    tail = serializer.escape(xml.tail) if xml.tail else ""
    return f"{outbuffer}{serialize(xml, default_namespace=around, prefixes=prefixes)}{tail}"


def _prefixes(declared: Mapping[str, str]) -> Mapping[str, str]:
    """What a stream says, without the default namespace; the very mapping that is always there if it says no more: by
    that one the serializer remembers what it has written."""
    prefixes = {namespace: prefix for namespace, prefix in declared.items() if prefix}
    return STREAM_PREFIXES if prefixes == STREAM_PREFIXES else prefixes


def tostring_fmt(
    xml: ET.Element | None = None,
    xmlns: str = "",
    stream: _Stream | None = None,
    outbuffer: str = "",
    top_level: bool = False,
    namespaces: Collection[str] | None = None,
    indent: str = "",
) -> str:
    """An element as text for people, with a line for each element and a line feed at the end; see `tostring`.

    :param indent: blanks that every line begins with.
    """
    if xml is None:
        return outbuffer
    copy = deepcopy(xml)
    copy.tail = None
    ET.indent(copy)
    if indent:
        for element in copy.iter():
            if len(element):
                element.text = _pushed(element.text, indent)
            if element is not copy:
                element.tail = _pushed(element.tail, indent)
    written = tostring(copy, xmlns, stream, "", top_level, False, namespaces)
    return f"{outbuffer}{indent}{written}\n"


def _pushed(blank: str | None, indent: str) -> str | None:
    return blank.replace("\n", f"\n{indent}") if blank is not None and blank.isspace() else blank


def escape(text: str, use_cdata: bool = False) -> str:
    """`text` as character data, with all five predefined entities, or in sections of CDATA (XML 1.0 §2.7)."""
    if not use_cdata:
        return serializer.escape(text)
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"
