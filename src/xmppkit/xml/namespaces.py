# SPDX-License-Identifier: MIT
"""Moving elements between the namespaces of streams: a stanza is in that of the stream it is on (RFC 6120 §4.8)."""

from __future__ import annotations

from xml.etree.ElementTree import Element

__all__ = ["moved"]


def moved(element: Element, before: str, after: str) -> Element:
    """A copy of `element` in which it and its children, as deep as they are in one namespace, are in another.

    What stands inside an element of a third namespace, such as a forwarded stanza, stays as it is and is shared with
    the original.

    :param before: the namespace that is replaced.
    :param after: the one that takes its place.
    """
    return _moved(element, f"{{{before}}}", f"{{{after}}}")


def _moved(element: Element, before: str, after: str) -> Element:
    if not element.tag.startswith(before):
        return element
    copy = Element(after + element.tag[len(before) :], dict(element.attrib))
    copy.text, copy.tail = element.text, element.tail
    copy.extend(_moved(child, before, after) for child in element)
    return copy
