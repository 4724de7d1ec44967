# SPDX-License-Identifier: MIT
"""Whether two pieces of XML say the same, and how to show that they do not."""

from __future__ import annotations

import os
from contextlib import suppress
from copy import deepcopy
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from xmppkit.stanza.base import StanzaBase
from xmppkit.xml.names import CLIENT, COMPONENT, STREAM, clark
from xmppkit.xml.namespaces import moved
from xmppkit.xml.pretty import highlight, pretty

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xmppkit.stanza.element import ElementBase

__all__ = ["compare", "describe", "fix_namespaces", "in_client_namespace", "materialise", "parse_xml", "three_ways"]

#: What stanzas say although nobody wrote it, by the name of the element: the interfaces that are written out on both
#: sides before they are compared.
DEFAULTS = {"message": ("type",), "presence": ("priority",)}


def parse_xml(text: str) -> ET.Element:
    """An element from its text, in which the prefix ``stream`` may be used without being declared.

    :raises xml.etree.ElementTree.ParseError: it is not well-formed.
    """
    try:
        return ET.fromstring(text)  # noqa: S314  # a test's own
    except ET.ParseError as error:
        if "unbound prefix" not in str(error):
            raise
    return ET.fromstring(f"<stream xmlns:stream='{STREAM}'>{text}</stream>")[0]  # noqa: S314


def fix_namespaces(xml: ET.Element, namespace: str) -> ET.Element:
    """Put the elements that have no namespace into one; the same tree is returned."""
    for element in xml.iter():
        if not element.tag.startswith("{"):
            element.tag = clark(namespace, element.tag)
    return xml


def compare(xml: ET.Element, *others: ET.Element) -> bool:
    """Whether all are equal but for the order of attributes and children and for white space around texts.

    :returns: False as well when there is nothing to compare with.
    """
    shape = _shape(xml)
    return bool(others) and all(_shape(other) == shape for other in others)


def _shape(xml: ET.Element) -> tuple[Any, ...]:
    children = sorted((_shape(child), (child.tail or "").strip()) for child in xml)
    return xml.tag, (xml.text or "").strip(), sorted(xml.attrib.items()), children


def in_client_namespace(xml: ET.Element) -> ET.Element:
    """A component's stanza as a client's: old tests write one for the other."""
    return moved(xml, COMPONENT, CLIENT)


def materialise(stanza: ElementBase, interfaces: Iterable[str] | None) -> ET.Element:
    """Write out what a stanza says by default, and return its element."""
    for key in (*DEFAULTS.get(stanza.name, ()), *(interfaces or ())):
        stanza[key] = stanza[key]
    return stanza.xml


def three_ways(
    given: ElementBase, expected: ET.Element, defaults: Iterable[str] | None, *, use_values: bool
) -> dict[str, ET.Element]:
    """A stanza as it was given, made anew from the expected XML, and from the values of that: all with their defaults
    written out, by a title for each."""
    cls = type(given)

    def made(xml: ET.Element | None) -> ElementBase:
        return cls(None, xml) if issubclass(cls, StanzaBase) else cls(xml)

    from_xml = made(deepcopy(expected))
    found = {
        "given": materialise(made(deepcopy(given.xml)), defaults),
        "expected": materialise(from_xml, defaults),
    }
    if use_values and cls is not StanzaBase:  # which knows its attributes and nothing of its content
        from_values = made(None)
        from_values.values = from_xml.values
        found["from the values of what was expected"] = materialise(from_values, defaults)
    return found


def describe(**sides: ET.Element | str | None) -> str:
    """All sides of a comparison for human eyes, in colours unless ``SLIXTEST_MONOCHROME`` (or ``NO_COLOR``) is set."""
    colours = not (os.environ.get("SLIXTEST_MONOCHROME") or os.environ.get("NO_COLOR"))
    lines = []
    for title, side in sides.items():
        if isinstance(side, str) and side.lstrip().startswith("<"):
            with suppress(ET.ParseError):  # a stream header is not well-formed by itself
                side = parse_xml(side)
        text = pretty(side) if isinstance(side, ET.Element) else str(side)
        lines += ["", f"{title.replace('_', ' ')}:", highlight(text) if colours else text]
    return "\n".join(lines)
