# SPDX-License-Identifier: MIT
"""fuzz/fuzz_stanzas.py: every interface of every class is a function of the element, however nasty the element is."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import fuzz_stanzas
import pytest

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Field
from xmppkit.xml.names import XML_LANG
from xmppkit.xml.serializer import serialize

VALUES = ("", "1", "x", "-1", "10:00:00", "2020-02-29", "2020-02-29T10:00:00Z", "a@b/c", "de", "YQ==", "http://a/b?c")
ATTRIBUTES = ("id", "type", "node", "jid", "name", "var", "code", "stamp", "from", "to", XML_LANG)


def names(cls: type[ElementBase]) -> list[str]:
    """What its attributes and children may be called."""
    every = [each for base in cls.__mro__ for each in vars(base).values() if isinstance(each, Field)]
    return sorted({*cls.interfaces, *(each.name for each in every if each.name)})


def elements(cls: type[ElementBase]) -> Iterator[Element]:
    """Empty, with each value as text, in each attribute and in each child, and with children that it knows, in both
    orders and twice."""
    ours = [each for each in cls.plugin_attrib_map.values() if each.__module__.startswith("xmppkit.")]
    known = sorted({each.tag_name() for each in ours})
    yield Element(cls.tag_name())
    for value in VALUES:
        made = Element(cls.tag_name(), dict.fromkeys((*ATTRIBUTES, *names(cls)), value))
        made.text = value
        for name in names(cls):
            tag = name if name.startswith("{") else f"{{{cls.namespace}}}{name}"
            SubElement(made, tag, dict.fromkeys(ATTRIBUTES, value)).text = value
        yield made
        twice = copy.deepcopy(made)
        twice.extend(copy.deepcopy(list(made)))
        yield twice
    for order in (known, known[::-1], known * 2):
        made = Element(cls.tag_name())
        for tag in order:
            SubElement(made, tag, dict.fromkeys(ATTRIBUTES, "x")).text = "x"
        yield made


@pytest.mark.parametrize("cls", fuzz_stanzas.CLASSES, ids=lambda cls: f"{cls.__module__}.{cls.__name__}")
def test_reading_is_a_function_of_the_element(cls: type[ElementBase]) -> None:
    for element in elements(cls):
        stanza = cls(xml=element)
        before = serialize(element)
        once, again = fuzz_stanzas.read(stanza), fuzz_stanzas.read(stanza)
        assert fuzz_stanzas.differences(once, again) == [], before
        assert serialize(element) == before, "reading has changed it"


def test_sets_have_no_order() -> None:
    """One that is filled in another order is the same, and is shown otherwise: 1 and 9 want one place of eight."""
    one, other = {1, 9}, {9, 1}
    assert one == other
    assert repr(one) != repr(other)
    assert fuzz_stanzas.told(one) == fuzz_stanzas.told(other) == "{1, 9}"
    assert fuzz_stanzas.told({"a": [one]}) == fuzz_stanzas.told({"a": [frozenset(other)]})
    assert fuzz_stanzas.told({"a": 1, "b": 2}) != fuzz_stanzas.told({"b": 2, "a": 1})


def test_differences_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unsteady(ElementBase):
        """Says something else each time."""

        name = "unsteady"
        namespace = "urn:test:unsteady"
        plugin_attrib = "unsteady"
        interfaces = {"steady", "now"}
        count = 0

        def get_now(self) -> int:
            Unsteady.count += 1
            return self.count

    monkeypatch.setitem(fuzz_stanzas.FIELDS, Unsteady, ())
    stanza: Any = Unsteady()
    assert fuzz_stanzas.differences(fuzz_stanzas.read(stanza), fuzz_stanzas.read(stanza)) == ["now: 1 != 2"]
    assert fuzz_stanzas.differences({"a": "1"}, {}) == ["a: 1 != None"]
