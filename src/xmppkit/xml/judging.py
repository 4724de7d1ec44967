# SPDX-License-Identifier: MIT
"""Whether an element keeps to the limits. The parser asks only where the bytes leave a doubt."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from itertools import chain
from operator import attrgetter
from typing import Final
from xml.etree.ElementTree import Element

from xmppkit.xml.limits import Limits

__all__ = ["is_large", "judge_stanza", "judge_tag", "too_deep"]

_TAG: Final = attrgetter("tag")
_TEXTS: Final = attrgetter("text", "tail")


def is_large(stanza: Element, limits: Limits) -> bool:
    """Whether `stanza` needs the full look of `judge_stanza`; most of the stanzas of a crowded read do not."""
    count = 0
    for element in stanza.iter():
        count += 1
        if len(element.keys()) > limits.attributes:
            return True
    return count > limits.depth or count > limits.children


def judge_stanza(stanza: Element, limits: Limits, size: int | None = None, *, names: bool = True) -> str:
    """Which limit `stanza` is past; empty when none is.

    :param size: bytes that it has at most, so that no text in it is longer; None: that is not known.
    :param names: whether names may be too long.
    """
    level = [stanza]
    depth = 0
    while level:
        depth += 1
        if depth > limits.depth:
            return f"more than {limits.depth} levels"
        if _is_past(level, limits, size, names=names):
            return next(filter(None, (judge_tag(element, limits) for element in level)))
        parents = [*filter(len, level)]
        if _longest(parents) > limits.children:
            return f"more than {limits.children} children of an element"
        level = [*chain.from_iterable(parents)]
    return ""


def _longest(found: Iterable[Sized]) -> int:
    return max(map(len, found), default=0)


def _is_past(level: list[Element], limits: Limits, size: int | None, *, names: bool) -> bool:
    """Whether any of some elements is past a limit, its children left aside. A long stanza has thousands of elements,
    and so this goes through them without a call for each."""
    if names and _longest({*map(_TAG, level), *chain.from_iterable(map(Element.keys, level))}) > limits.name_length:
        return True
    if size is not None and size <= limits.attribute_length:
        if _longest(map(Element.keys, level)) > limits.attributes:
            return True
    else:
        for attributes in filter(None, map(Element.items, level)):
            if len(attributes) > limits.attributes:
                return True
            for _, value in attributes:
                if len(value) > limits.attribute_length:
                    return True
    texts = () if size is not None and size <= limits.text_length else chain.from_iterable(map(_TEXTS, level))
    return _longest(filter(None, texts)) > limits.text_length


def judge_tag(element: Element, limits: Limits) -> str:
    """Which limit `element` is past by its name, its attributes or its text, its children left aside."""
    if len(element.tag) > limits.name_length:
        return f"a name of more than {limits.name_length} characters"
    for text in (element.text, element.tail):
        if text is not None and len(text) > limits.text_length:
            return f"text of more than {limits.text_length} characters"
    attributes = element.items()
    if len(attributes) > limits.attributes:
        return f"more than {limits.attributes} attributes of an element"
    for name, value in attributes:
        if len(name) > limits.name_length:
            return f"a name of more than {limits.name_length} characters"
        if len(value) > limits.attribute_length:
            return f"an attribute of more than {limits.attribute_length} characters"
    return ""


def too_deep(element: Element, limits: Limits) -> bool:
    """Whether the path of last children from `element` down, on which all open tags are, is past the limit."""
    for _ in range(limits.depth):
        if not len(element):
            return False
        element = element[-1]
    return True
