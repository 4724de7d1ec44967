# SPDX-License-Identifier: MIT
"""Texts of children, by path and language.

A path is a sequence of qualified names that leads from an element to descendants. A descendant's language is its own
``xml:lang`` or else that of the element around it (RFC 6120 §8.1.5); that of the outermost the caller passes as
`inherited`; ``''`` is "not said". Several may differ in nothing but their language: then each holds the text in that
language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement

from xmppkit.xml.names import XML_LANG

__all__ = ["delete", "elements", "language", "read", "read_all", "spoken", "write"]


def elements(xml: Element, path: Sequence[str]) -> Iterator[Element]:
    """The descendants that `path` leads to, in document order."""
    if len(path) == 1:
        wanted = path[0]
        for child in xml:
            if child.tag == wanted:
                yield child
        return
    for child in xml:
        if child.tag == path[0]:
            yield from elements(child, path[1:])


def language(element: Element, inherited: str) -> str:
    """The language of `element`."""
    return element.get(XML_LANG) or inherited


def spoken(xml: Element, path: Sequence[str], inherited: str) -> Iterator[tuple[Element, str]]:
    """The descendants that `path` leads to, in document order, each with its language."""
    tag = path[0]
    for child in xml:
        if child.tag == tag:
            own = child.get(XML_LANG) or inherited
            if len(path) == 1:
                yield child, own
            else:
                yield from spoken(child, path[1:], own)


def read(xml: Element, path: Sequence[str], wanted: str, inherited: str) -> str | None:
    """The text in the language `wanted`; without it, the last text in any language; ``''`` when all elements
    are empty; None when there is no element."""
    found: str | None = None
    for element, own in spoken(xml, path, inherited):
        text = element.text
        if text:
            if own == wanted:
                return text
            found = text
        elif found is None:
            found = ""
    return found


def read_all(xml: Element, path: Sequence[str], inherited: str, *, empty: bool = False) -> dict[str, str]:
    """Language to text. The first of several in one language counts.

    :param empty: take those along that have no text.
    """
    texts: dict[str, str] = {}
    for element, own in spoken(xml, path, inherited):
        if element.text or empty:
            texts.setdefault(own, element.text or "")
    return texts


def write(xml: Element, path: Sequence[str], text: str, wanted: str, inherited: str) -> Element:
    """Make `text` the text in the language `wanted`; the element that holds it. What is missing is created."""
    if len(xml):
        for element, own in spoken(xml, path, inherited):
            if own == wanted:
                element.text = text
                return element
    for tag in path[:-1]:
        found = xml.find(tag)
        xml = SubElement(xml, tag) if found is None else found
        inherited = language(xml, inherited)
    if not wanted and inherited:
        # Below an element with a language no language cannot be said: it is that one.
        return write(xml, path[-1:], text, inherited, inherited)
    element = SubElement(xml, path[-1])
    if wanted and wanted != inherited:
        element.set(XML_LANG, wanted)
    element.text = text
    return element


def delete(xml: Element, path: Sequence[str], wanted: str | None, inherited: str, *, prune: bool = False) -> None:
    """Remove the elements at `path` in the language `wanted`, in every language if it is None.

    :param prune: remove also the elements on the way that are then empty and have no attributes.
    """
    tag = path[0]
    for child in [child for child in xml if child.tag == tag]:
        if len(path) == 1:
            if wanted is None or language(child, inherited) == wanted:
                xml.remove(child)
            continue
        delete(child, path[1:], wanted, language(child, inherited), prune=prune)
        if prune and not len(child) and not child.text and not child.attrib:
            xml.remove(child)
