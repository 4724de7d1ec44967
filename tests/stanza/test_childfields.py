# SPDX-License-Identifier: MIT
"""Fields that hold child stanzas."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.stanza.childfields import Child, Children
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr

NS = "urn:test:fields"


class Inner(ElementBase):
    name, namespace, plugin_attrib = "inner", NS, "inner"
    x = Attr(str)


class Item(ElementBase):
    name, namespace, plugin_attrib, plugin_multi_attrib = "item", NS, "item", "items"
    x = Attr(str)


class Sample(ElementBase):
    name, namespace, plugin_attrib = "sample", NS, "sample"
    inner = Child(Inner, doc="the one")
    items = Children(Item, doc="the many")


def sample(inside: str = "") -> Sample:
    return Sample(xml=ET.fromstring(f"<sample xmlns='{NS}'>{inside}</sample>"))


def xml(stanza: ElementBase) -> str:
    return str(stanza).replace(f' xmlns="{NS}"', "")


def test_a_child() -> None:
    stanza = sample()
    assert stanza.inner is None
    inner = Inner()
    inner.x = "1"
    stanza.inner = inner
    assert stanza.inner is inner
    assert stanza["inner"] is inner
    assert xml(stanza) == '<sample><inner x="1" /></sample>'
    stanza.inner = Inner()
    assert xml(stanza) == "<sample><inner /></sample>"
    del stanza.inner
    assert stanza.inner is None
    assert xml(stanza) == "<sample />"
    assert stanza["inner"].xml in list(stanza.xml)  # the dict view makes it


def test_children() -> None:
    stanza = sample("<item x='1'/><inner/><item x='2'/>")
    assert [item.x for item in stanza.items] == ["1", "2"]
    third = Item()
    third.x = "3"
    stanza.items = [*stanza.items, third]
    assert [item.x for item in stanza["items"]] == ["1", "2", "3"]
    assert stanza.items[2] is third
    stanza.items = None  # type: ignore[assignment]  # None removes
    assert xml(stanza) == "<sample><inner /></sample>"
    assert stanza.items == []


@pytest.mark.parametrize(("inside", "key"), [("<inner/>", "inner"), ("<item/>", "items")])
def test_presence(inside: str, key: str) -> None:
    assert key in sample(inside)
    assert key not in sample()
    field = getattr(Sample, key)
    assert field.present(sample(inside))
    assert not field.present(sample())


@pytest.mark.parametrize(("field", "value"), [("inner", Item()), ("items", [Inner()]), ("items", [Item(), "x"])])
def test_what_a_field_cannot_hold(field: str, value: Any) -> None:
    stanza = sample("<inner/><item/>")
    before = str(stanza)
    with pytest.raises(InvalidValue, match=rf"Sample\.{field}: it takes"):
        setattr(stanza, field, value)
    assert str(stanza) == before


def test_the_classes_are_registered_with_the_declaring_class() -> None:
    assert Sample.plugin_attrib_map["inner"] is Inner
    assert Sample.plugin_iterables == {Item}
    assert Sample.interfaces == {"type", "to", "from", "id", "payload"}  # a child is no interface
    assert (Sample.inner.doc, Sample.items.doc) == ("the one", "the many")
