# SPDX-License-Identifier: MIT
"""The limits, one after the other, on elements that are exactly at them and one past them."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element, SubElement

import pytest

from xmppkit.xml.judging import is_small, judge_shape, judge_stanza, judge_tag, too_deep
from xmppkit.xml.limits import Limits

LIMITS = Limits(depth=3, attributes=2, children=4, name_length=5, attribute_length=6, text_length=7)


def nested(levels: int) -> Element:
    top = element = Element("a")
    for _ in range(levels - 1):
        element = SubElement(element, "a")
    return top


def with_children(count: int) -> Element:
    element = Element("a")
    for _ in range(count):
        SubElement(element, "b")
    return element


def with_attributes(count: int) -> Element:
    return Element("a", {f"a{number}": "" for number in range(count)})


def with_text(length: int) -> Element:
    element = Element("a")
    element.text = "x" * length
    return element


def with_tail(length: int) -> Element:
    element = Element("a")
    SubElement(element, "b").tail = "x" * length
    return element


@pytest.mark.parametrize(
    ("make", "limit", "said"),
    [
        (nested, 3, "more than 3 levels"),
        (with_children, 4, "more than 4 children of an element"),
        (with_attributes, 2, "more than 2 attributes of an element"),
        (lambda length: Element("x" * length), 5, "a name of more than 5 characters"),
        (lambda length: Element("a", {"x" * length: ""}), 5, "a name of more than 5 characters"),
        (lambda length: Element("a", {"x": "x" * length}), 6, "an attribute of more than 6 characters"),
        (with_text, 7, "text of more than 7 characters"),
        (with_tail, 7, "text of more than 7 characters"),
    ],
)
def test_each_limit(make: Callable[[int], Element], limit: int, said: str) -> None:
    for count in range(1, limit + 1):
        assert judge_stanza(make(count), LIMITS) == ""
    assert judge_stanza(make(limit + 1), LIMITS) == said
    below = Element("top")
    below.append(make(limit + 1))
    assert judge_stanza(below, LIMITS) == said


def test_a_short_stanza_has_no_long_text() -> None:
    """What is said of its size is believed, and spares a look."""
    for make, limit in ((with_text, 7), (lambda length: Element("a", {"x": "x" * length}), 6)):
        assert judge_stanza(make(99), LIMITS, limit) == ""
        assert judge_stanza(make(99), LIMITS, limit + 1) != ""
    assert judge_stanza(with_attributes(3), LIMITS, 1) != ""
    assert judge_stanza(Element("x" * 6), LIMITS, 1) != ""
    assert judge_stanza(Element("x" * 6), LIMITS, 1, names=False) == ""


def test_a_tag_is_judged_without_its_children() -> None:
    assert judge_tag(with_children(99), LIMITS) == ""
    assert judge_tag(nested(99), LIMITS) == ""
    assert judge_tag(with_attributes(2), LIMITS) == ""
    assert judge_tag(with_attributes(3), LIMITS) != ""


@pytest.mark.parametrize("make", [nested, with_children])
@pytest.mark.parametrize("limits", [LIMITS, Limits(depth=4, children=3), Limits(depth=1, children=1)])
def test_the_shape_alone(make: Callable[[int], Element], limits: Limits) -> None:
    for count in range(9):
        made = make(count)
        above = Element("top")
        above.extend([Element("b"), made])
        for stanza in (made, above):
            assert judge_shape(stanza, limits) == judge_stanza(stanza, limits)
            assert not is_small(stanza, limits) or judge_shape(stanza, limits) == ""


def test_small() -> None:
    assert is_small(nested(3), LIMITS)
    assert not is_small(nested(4), LIMITS)
    assert is_small(with_children(2), LIMITS)
    assert not is_small(with_children(3), LIMITS)
    assert not is_small(with_children(2), Limits(depth=64, children=2))


def test_too_deep() -> None:
    for levels in range(1, 4):
        assert not too_deep(nested(levels), LIMITS)
    assert too_deep(nested(4), LIMITS)
    assert not too_deep(with_children(9), LIMITS)
