# SPDX-License-Identifier: MIT
"""The kinds of fields, each in its typed view and in its dict view."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from enum import StrEnum
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidJID, InvalidValue
from xmppkit.jid.address import JID
from xmppkit.stanza.codecs import LANGUAGE, STRICT_ADDRESS
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import (
    Attr,
    Base64Text,
    ChildText,
    ChildTexts,
    ElementText,
    Flag,
    LangText,
)

NS = "urn:test:fields"


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Sample(ElementBase):
    """One field of each kind and of each option."""

    name, namespace, plugin_attrib = "sample", NS, "sample"

    text = Attr(str)
    kept = Attr(str, keep=True)
    number = Attr(int, name="a-number", minimum=0, maximum=9)
    count = Attr(int, default=7)
    raw = Attr(int, raw=True)
    raw_default = Attr(int, default=1, raw=True)
    yes = Attr(bool)
    ratio = Attr(float)
    who = Attr(JID)
    strict = Attr(STRICT_ADDRESS)
    when = Attr(datetime.datetime)
    colour = Attr(Colour)
    shade = Attr(Colour, default=Colour.RED)
    absent = Attr(str, absent=None)
    tongue = Attr(LANGUAGE)
    class_ = Attr(str)
    hidden = Attr(str, key="")
    child = ChildText(int)
    given = ChildText(str, name="N/GIVEN")
    foreign = ChildText(str, name="{urn:other/x}a/b")
    elsewhere = ChildText(str, namespace="urn:else")
    kept_child = ChildText(str, keep=True)
    body = LangText()
    topic = LangText(keep=True, absent=None)
    deep = LangText(name="a/b")
    flag = Flag()
    groups = ChildTexts(str, name="group")
    numbers = ChildTexts(int, name="L/n")
    data = Base64Text()


class Texted(ElementBase):
    name, namespace = "texted", NS
    value = ElementText(int, default=3)


class Raw(ElementBase):
    name, namespace = "raw", NS
    value = Base64Text(equals=True)


def sample(inside: str = "", attributes: str = "") -> Sample:
    return Sample(xml=ET.fromstring(f"<sample xmlns='{NS}' {attributes}>{inside}</sample>"))


def xml(stanza: ElementBase) -> str:
    return str(stanza).replace(f' xmlns="{NS}"', "")


#: What is in the element, then the field, and what the typed and the dict view have.
READ: list[tuple[str, str, str, Any, Any]] = [
    ("", "", "text", None, ""),
    ("", "text='x'", "text", "x", "x"),
    ("", "text=''", "text", "", ""),
    ("", "kept=''", "kept", "", ""),
    ("", "", "kept", None, ""),
    ("", "a-number='5'", "number", 5, 5),
    ("", "a-number='10'", "number", None, "10"),
    ("", "a-number='x'", "number", None, "x"),
    ("", "", "count", 7, 7),
    ("", "count=''", "count", 7, 7),
    ("", "count='x'", "count", 7, 7),
    ("", "count='8'", "count", 8, 8),
    ("", "raw='007'", "raw", 7, "007"),
    ("", "", "raw_default", 1, ""),
    ("", "yes='1'", "yes", True, True),
    ("", "yes='false'", "yes", False, False),
    ("", "ratio='2.50'", "ratio", 2.5, 2.5),
    ("", "who='A@B'", "who", JID("a@b"), JID("a@b")),
    ("", "who='@'", "who", None, "@"),
    ("", "", "who", None, JID("")),
    ("", "who=''", "who", None, JID("")),
    ("", "when='2024-01-01T00:00:00Z'", "when", *[datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)] * 2),
    ("", "colour='green'", "colour", Colour.GREEN, "green"),
    ("", "colour='blue'", "colour", None, "blue"),
    ("", "colour='blue'", "shade", Colour.RED, "red"),
    ("", "shade='blue'", "shade", Colour.RED, "red"),
    ("", "", "absent", None, None),
    ("", "tongue=' de '", "tongue", "de", "de"),
    ("<child>5</child><child>6</child>", "", "child", 5, 5),
    ("<child/>", "", "child", None, ""),
    ("<N><GIVEN>Juliet</GIVEN></N>", "", "given", "Juliet", "Juliet"),
    ("<N/>", "", "given", None, ""),
    ("<N/><N><GIVEN/></N>", "", "given", "", ""),
    ("<a xmlns='urn:other/x'><b>y</b></a>", "", "foreign", "y", "y"),
    ("<elsewhere>n</elsewhere><elsewhere xmlns='urn:else'>y</elsewhere>", "", "elsewhere", "y", "y"),
    ("<kept_child/>", "", "kept_child", "", ""),
    ("<body>x</body>", "", "body", "x", "x"),
    ("<body/>", "", "body", "", ""),
    ("", "", "body", None, ""),
    ("", "", "topic", None, None),
    ("<topic/>", "", "topic", "", ""),
    ("<body xml:lang='de'>x</body>", "", "body", "x", "x"),
    ("<body>x</body><body xml:lang='de'>y</body>", "xml:lang='de'", "body", "x", "x"),
    ("<body xml:lang='fr'>x</body><body xml:lang='de'>y</body>", "xml:lang='de'", "body", "y", "y"),
    ("<a xml:lang='de'><b>x</b><b xml:lang='en'>y</b></a>", "xml:lang='en'", "deep", "y", "y"),
    ("<flag/>", "", "flag", True, True),
    ("<flag xmlns='urn:other'/>", "", "flag", False, False),
    ("<group>a</group><group/><group>b</group>", "", "groups", ["a", "", "b"], ["a", "", "b"]),
    ("<L><n>1</n><n>x</n></L><L><n>2</n></L>", "", "numbers", [1, 2], [1, 2]),
    ("", "", "numbers", [], []),
    ("AP8=", "", "data", b"\x00\xff", b"\x00\xff"),
    ("", "", "data", None, b""),
    ("?", "", "data", None, b""),
]


@pytest.mark.parametrize(("inside", "attributes", "field", "typed", "item"), READ)
def test_reading(inside: str, attributes: str, field: str, typed: Any, item: Any) -> None:
    stanza = sample(inside, attributes)
    before = str(stanza)
    for found, expected in ((getattr(stanza, field), typed), (stanza[field], item)):
        assert found == expected
        assert type(found) is type(expected)
    assert str(stanza) == before


#: The field, the value that is assigned to the attribute, what then is in the XML.
WRITTEN: list[tuple[str, Any, str]] = [
    ("text", "x", '<sample text="x" />'),
    ("text", "", '<sample text="" />'),
    ("number", 9, '<sample a-number="9" />'),
    ("yes", False, '<sample yes="false" />'),
    ("who", JID("a@b"), '<sample who="a@b" />'),
    ("who", JID(""), "<sample />"),
    ("colour", Colour.RED, '<sample colour="red" />'),
    ("class_", "x", '<sample class="x" />'),
    ("hidden", "x", '<sample hidden="x" />'),
    ("child", 5, "<sample><child>5</child></sample>"),
    ("given", "J", "<sample><N><GIVEN>J</GIVEN></N></sample>"),
    ("foreign", "y", '<sample><a xmlns="urn:other/x"><b>y</b></a></sample>'),
    ("elsewhere", "y", '<sample><elsewhere xmlns="urn:else">y</elsewhere></sample>'),
    ("body", "x", "<sample><body>x</body></sample>"),
    ("deep", "x", "<sample><a><b>x</b></a></sample>"),
    ("flag", True, "<sample><flag /></sample>"),
    ("flag", False, "<sample />"),
    ("groups", ["a", "b"], "<sample><group>a</group><group>b</group></sample>"),
    ("numbers", (1, 2), "<sample><L><n>1</n><n>2</n></L></sample>"),
    ("numbers", [], "<sample />"),
    ("data", b"\x00", "<sample>AA==</sample>"),
    ("data", b"", "<sample />"),
]


@pytest.mark.parametrize(("field", "value", "expected"), WRITTEN)
def test_writing(field: str, value: Any, expected: str) -> None:
    stanza = Sample()
    setattr(stanza, field, value)
    assert xml(stanza) == expected
    setattr(stanza, field, value)
    assert xml(stanza) == expected


@pytest.mark.parametrize(("field", "value", "expected"), WRITTEN)
@pytest.mark.parametrize("remove", [delattr, lambda stanza, field: setattr(stanza, field, None)])
def test_removing(field: str, value: Any, expected: str, remove: Callable[[Sample, str], None]) -> None:
    stanza = Sample()
    remove(stanza, field)  # nothing happens
    setattr(stanza, field, value)
    remove(stanza, field)
    assert xml(stanza) == "<sample />"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("text", "x", '<sample text="x" />'),
        ("text", "", "<sample />"),
        ("text", 5, '<sample text="5" />'),
        ("kept", "", '<sample kept="" />'),
        ("number", "5", '<sample a-number="5" />'),
        ("class", "x", '<sample class="x" />'),
        ("who", "A@b", '<sample who="a@b" />'),
        ("who", JID(""), "<sample />"),
        ("child", "", "<sample />"),
        ("kept_child", "", "<sample><kept_child /></sample>"),
        ("body", "", "<sample />"),
        ("topic", "", "<sample><topic /></sample>"),
        ("body|de", "x", '<sample><body xml:lang="de">x</body></sample>'),
        ("body|*", {"de": "x", "": "y"}, '<sample><body xml:lang="de">x</body><body>y</body></sample>'),
        ("body|*", {"de": "", "fr": None, "": "y"}, "<sample><body>y</body></sample>"),
        ("topic|*", {"de": ""}, '<sample><topic xml:lang="de" /></sample>'),
        ("flag", 1, "<sample><flag /></sample>"),
        ("groups", "", "<sample />"),
        ("groups", {"a": 1}, "<sample><group>a</group></sample>"),
        ("data", "ä", "<sample>w6Q=</sample>"),
    ],
)
def test_writing_items(key: str, value: Any, expected: str) -> None:
    stanza = Sample()
    stanza[key] = value
    assert xml(stanza) == expected
    del stanza[key]
    assert xml(stanza) == "<sample />"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", b"x"),
        ("number", 10),
        ("number", "x"),
        ("yes", "maybe"),
        ("when", "today"),
        ("colour", "blue"),
        ("child", "x"),
        ("body", ["x"]),
        ("groups", "several"),
        ("groups", b"several"),
        ("groups", [1, None]),
        ("data", 5),
    ],
)
def test_what_a_field_cannot_hold(field: str, value: Any) -> None:
    stanza = sample("<body>x</body>", "text='x'")
    before = str(stanza)
    with pytest.raises(InvalidValue, match=rf"Sample\.{field}: "):
        setattr(stanza, field, value)
    assert str(stanza) == before


@pytest.mark.parametrize("field", ["who", "strict"])
def test_what_is_no_address(field: str) -> None:
    stanza = Sample()
    with pytest.raises(InvalidJID):
        setattr(stanza, field, "a@@")
    with pytest.raises(InvalidJID):
        stanza[field] = "a@@"
    assert xml(stanza) == "<sample />"


def test_an_address_of_a_stanza_surfaces_as_what_it_is() -> None:
    stanza = sample("", "strict='@'")
    assert stanza.strict is None
    with pytest.raises(InvalidJID):
        stanza["strict"]


@pytest.mark.parametrize(
    ("inside", "attributes", "key"),
    [
        ("", "text=''", "text"),
        ("", "a-number='x'", "number"),
        ("", "class=''", "class"),
        ("<child/>", "", "child"),
        ("<N><GIVEN/></N>", "", "given"),
        ("<body/>", "", "body"),
        ("<flag/>", "", "flag"),
        ("<group/>", "", "groups"),
        ("?", "", "data"),
    ],
)
def test_presence(inside: str, attributes: str, key: str) -> None:
    assert key in sample(inside, attributes)
    assert key not in sample()
    attribute = "class_" if key == "class" else key
    field = getattr(Sample, attribute)
    assert field.present(sample(inside, attributes))
    assert not field.present(sample())


def test_a_text_is_of_the_stanzas_language() -> None:
    stanza = sample("<body>x</body><body xml:lang='de'>y</body>", "xml:lang='en'")
    stanza.body = "z"
    assert Sample.body.all(stanza) == {"en": "z", "de": "y"}
    Sample.body.set_in(stanza, "de", None)
    assert Sample.body.all(stanza) == {"en": "z"}
    Sample.body.set_in(stanza, "fr", "w")
    assert Sample.body.get_in(stanza, "fr") == "w"
    assert Sample.body.get_in(stanza, "it") == "w"
    Sample.body.set_all(stanza, {"it": "v"})
    assert xml(stanza) == '<sample xml:lang="en"><body xml:lang="it">v</body></sample>'
    assert stanza["body|*"] == {"it": "v"}
    assert stanza["body|it"] == "v"
    assert stanza["topic|it"] is None
    with pytest.raises(InvalidValue):
        Sample.body.set_in(stanza, "it", 5j)  # type: ignore[arg-type]


def test_deleting_an_item_concerns_one_language() -> None:
    stanza = sample("<body>x</body><body xml:lang='de'>y</body>")
    del stanza["body"]
    assert stanza["body|*"] == {"de": "y"}
    stanza["body"] = "x"
    del stanza["body|de"]
    assert stanza["body|*"] == {"": "x"}
    stanza["body|de"] = "y"
    stanza["body|*"] = None
    assert "body" not in stanza


def test_deleting_the_attribute_concerns_all() -> None:
    stanza = sample("<body>x</body><body xml:lang='de'>y</body>")
    stanza.body = None
    assert xml(stanza) == "<sample />"


def test_a_child_text_is_written_into_the_first() -> None:
    stanza = sample("<child>5</child><child>6</child>")
    stanza.child = 7
    assert xml(stanza) == "<sample><child>7</child><child>6</child></sample>"
    stanza.child = None
    assert xml(stanza) == "<sample />"


def test_a_flag_stays_as_it_is() -> None:
    stanza = sample("<flag><x/></flag>")
    stanza.flag = True
    assert xml(stanza) == "<sample><flag><x /></flag></sample>"


def test_several_values_may_stand_in_what_is_there() -> None:
    stanza = sample("<L id='x'><n>1</n></L>")
    stanza.numbers = [2, 3]
    assert xml(stanza) == '<sample><L id="x"><n>2</n><n>3</n></L></sample>'


def test_the_text_of_the_element() -> None:
    stanza = Texted()
    assert stanza.value == 3
    assert "value" not in stanza
    stanza.value = 4
    assert str(stanza) == f'<texted xmlns="{NS}">4</texted>'
    assert "value" in stanza
    del stanza.value
    assert stanza.xml.text is None


def test_no_bytes_as_sasl_has_them() -> None:
    stanza = Raw()
    assert stanza.value is None
    stanza.value = b""
    assert stanza.xml.text == "="
    assert stanza.value == b""


def test_the_class_has_the_field() -> None:
    field = Sample.class_
    assert isinstance(field, Attr)
    assert (field.attribute, field.key, field.name) == ("class_", "class", "class")
    assert Sample.number.name == "a-number"
    assert Sample.hidden.key == ""
    assert "hidden" not in Sample.interfaces
    assert Attr(str, doc="what it is").doc == "what it is"


def test_what_the_fields_tell_the_class() -> None:
    assert {"text", "class", "child", "body", "flag", "groups", "data"} <= Sample.interfaces
    assert Sample.sub_interfaces == {"child", "given", "foreign", "elsewhere", "kept_child", "body", "topic", "deep"}
    assert Sample.bool_interfaces == {"flag"}
    assert Sample.lang_interfaces == {"body", "topic", "deep"}


@pytest.mark.parametrize("kind", [list, 5])
def test_a_field_of_no_known_type(kind: Any) -> None:
    with pytest.raises(TypeError):
        Attr(kind)


def test_a_default_must_be_a_value() -> None:
    with pytest.raises(ValueError):
        Attr(int, default=-1, minimum=0)
    with pytest.raises(TypeError):
        ChildText(int, default="x" and b"x")  # type: ignore[call-overload]
