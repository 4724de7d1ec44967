# SPDX-License-Identifier: MIT
"""Every kind of field, with arbitrary values, and with arbitrary XML from a peer."""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from xmppkit.jid.address import JID
from xmppkit.stanza.codecs import LANGUAGE, STRICT_ADDRESS
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import (
    Attr,
    Base64Text,
    Child,
    Children,
    ChildText,
    ChildTexts,
    Field,
    Flag,
    LangText,
)
from xmppkit.xml.names import XML_LANG

NS = "urn:test:fields"


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Inner(ElementBase):
    name, namespace, plugin_attrib = "inner", NS, "inner"
    x = Attr(str)


class Item(ElementBase):
    name, namespace, plugin_attrib, plugin_multi_attrib = "item", NS, "item", "items"
    x = Attr(str)


class Sample(ElementBase):
    """One field of each kind."""

    name, namespace, plugin_attrib = "sample", NS, "sample"

    text = Attr(str)
    kept = Attr(str, keep=True)
    number = Attr(int, name="a-number", minimum=0, maximum=9)
    count = Attr(int, default=7)
    raw = Attr(int, raw=True)
    yes = Attr(bool)
    ratio = Attr(float)
    who = Attr(JID)
    strict = Attr(STRICT_ADDRESS)
    when = Attr(datetime.datetime)
    colour = Attr(Colour)
    tongue = Attr(LANGUAGE)
    class_ = Attr(str)
    hidden = Attr(str, key="")
    child = ChildText(int)
    given = ChildText(str, name="N/GIVEN")
    foreign = ChildText(str, name="{urn:other/x}a/b")
    body = LangText()
    topic = LangText(keep=True, absent=None)
    deep = LangText(name="a/b")
    flag = Flag()
    groups = ChildTexts(str, name="group")
    numbers = ChildTexts(int, name="L/n")
    data = Base64Text()
    inner = Child(Inner)
    items = Children(Item)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
MOMENTS = st.datetimes(datetime.datetime(1000, 1, 1), timezones=st.just(datetime.UTC))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT,
    "kept": TEXT,
    "number": st.integers(0, 9),
    "count": st.integers(-(10**19), 10**19),
    "raw": st.integers(0, 10**6),
    "yes": st.booleans(),
    "ratio": st.floats(allow_nan=False, allow_infinity=False),
    "who": st.sampled_from([JID("a@b"), JID("b/c")]),
    "when": MOMENTS,
    "colour": st.sampled_from(Colour),
    "tongue": st.sampled_from(["de", "en-GB"]),
    "class_": TEXT,
    "hidden": TEXT,
    "child": st.integers(-(10**19), 10**19),
    "given": TEXT,
    "foreign": TEXT,
    "body": TEXT,
    "topic": TEXT,
    "deep": TEXT,
    "flag": st.booleans(),
    "groups": st.lists(TEXT, max_size=4),
    "numbers": st.lists(st.integers(0, 10**6), max_size=4),
    "data": st.binary(min_size=1),
}


@given(st.fixed_dictionaries({}, optional=VALUES), st.sampled_from(["", "de"]))
def test_what_is_assigned_is_read_also_behind_the_wire(values: dict[str, Any], lang: str) -> None:
    stanza = Sample()
    stanza["lang"] = lang
    for name, value in values.items():
        setattr(stanza, name, value)
    for one in (stanza, Sample(xml=ET.fromstring(str(stanza)))):
        for name, value in values.items():
            assert getattr(one, name) == value, name
    again = Sample()
    again.values = stanza.values
    assert again == stanza


NAMES = ["text", "who", "strict", "when", "a-number", "raw", "colour", XML_LANG, "class", "yes"]
TAGS = ["a", "b", "child", "N", "GIVEN", "body", "topic", "flag", "group", "L", "n", "inner", "item"]


@st.composite
def elements(draw: st.DrawFn, tag: str = "sample", depth: int = 2) -> ET.Element:
    """What a peer may send under the sample's name: anything."""
    element = ET.Element(f"{{{draw(st.sampled_from([NS, NS, 'urn:other']))}}}{tag}")
    element.attrib = draw(st.dictionaries(st.sampled_from(NAMES), TEXT, max_size=3))
    element.text = draw(st.none() | TEXT)
    if depth:
        element.extend(draw(st.lists(st.sampled_from(TAGS).flatmap(lambda one: elements(one, depth - 1)), max_size=4)))
    return element


@settings(max_examples=50)
@given(elements())
def test_no_xml_makes_a_field_raise(element: ET.Element) -> None:
    stanza = Sample(xml=element)
    before = ET.tostring(element)
    for name in [name for name in dir(Sample) if isinstance(getattr(Sample, name, None), Field)]:
        field = getattr(Sample, name)
        getattr(stanza, name)
        assert field.present(stanza) in (True, False)
        if isinstance(field, LangText):
            field.all(stanza)
            field.get_in(stanza, "de")
        if name != "strict":
            field.read_item(stanza)
    assert ET.tostring(element) == before
