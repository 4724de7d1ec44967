# SPDX-License-Identifier: MIT
"""Whether an element keeps to the limits. The parser asks only where the bytes leave a doubt."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from xmppkit.xml.limits import Limits

__all__ = ["is_large", "judge_stanza", "judge_tag", "too_deep"]


def is_large(stanza: Element, limits: Limits) -> bool:
    """Whether `stanza` needs the full look of `judge_stanza`; most of the stanzas of a crowded read do not."""
    count = 0
    for element in stanza.iter():
        count += 1
        if len(element.keys()) > limits.attributes:
            return True
    return count > limits.depth or count > limits.children


def judge_stanza(stanza: Element, limits: Limits) -> str:
    """Which limit `stanza` is past; empty when none is."""
    level = [stanza]
    depth = 0
    while level:
        depth += 1
        if depth > limits.depth:
            return f"more than {limits.depth} levels"
        following: list[Element] = []
        for element in level:
            too_much = judge_tag(element, limits)
            if too_much:
                return too_much
            if len(element):
                if len(element) > limits.children:
                    return f"more than {limits.children} children of an element"
                following += element
        level = following
    return ""


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
