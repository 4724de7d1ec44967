# SPDX-License-Identifier: MIT
"""What all fields have in common, and kinds of fields that a program makes for itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidJID, InvalidValue
from xmppkit.jid.address import JID
from xmppkit.stanza import declaration
from xmppkit.stanza.declaration import child_reader, method_of
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, ChildText, Field, LangText, ValueField

NS = "urn:test:fields"


class Sample(ElementBase):
    name, namespace = "sample", NS
    text = Attr(str)
    class_ = Attr(str, name="sort", doc="which sort")
    named = Attr(str, key="other")
    who = Attr(JID)
    body = LangText()
    deep = LangText(name="{urn:x}a/b")


@pytest.mark.parametrize("method", ["get", "set", "delete", "present"])
def test_a_field_of_ones_own_must_say_how(method: str) -> None:
    with pytest.raises(TypeError, match=method):
        Field[str]()  # type: ignore[abstract]


@pytest.mark.parametrize("method", ["text", "write", "remove"])
def test_a_value_field_of_ones_own_must_say_where(method: str) -> None:
    with pytest.raises(TypeError, match=method):
        ValueField[str]()  # type: ignore[abstract]


def test_a_field_of_ones_own() -> None:
    class Upper(Field[str]):
        """The element's name in capitals; it can be neither set nor removed."""

        def get(self, stanza: ElementBase) -> str:
            return stanza.name.upper()

        def set(self, stanza: ElementBase, value: str) -> None:
            raise InvalidValue("it cannot be set", self.attribute)

        def delete(self, stanza: ElementBase) -> None:
            raise InvalidValue("it cannot be removed", self.attribute)

        def present(self, stanza: ElementBase) -> bool:
            return True

    class Shouting(ElementBase):
        name, namespace = "shout", NS
        loud = Upper()

    stanza = Shouting()
    assert stanza.loud == stanza["loud"] == "SHOUT"
    assert "loud" in stanza
    with pytest.raises(InvalidValue):
        stanza["loud"] = "x"
    with pytest.raises(InvalidValue):
        del stanza["loud"]


def test_where_a_field_stands_and_what_it_is_called() -> None:
    assert [
        (field.attribute, field.key, field.name, field.doc) for field in (Sample.text, Sample.class_, Sample.named)
    ] == [
        ("text", "text", "text", ""),
        ("class_", "class", "sort", "which sort"),
        ("named", "other", "other", ""),
    ]


def test_assigning_reading_and_removing() -> None:
    stanza: Any = Sample()
    stanza.class_ = stanza["other"] = "x"
    assert (stanza.class_, stanza["class"], stanza.named) == ("x", "x", "x")
    stanza.class_ = None
    del stanza.named
    assert str(stanza) == f'<sample xmlns="{NS}" />'


def test_what_a_field_refuses_it_names() -> None:
    stanza: Any = Sample()
    with pytest.raises(InvalidValue, match=r"^Sample\.class_: it takes text, not bytes$"):
        stanza.class_ = b""
    with pytest.raises(InvalidJID):
        stanza.who = "@"


def test_paths_follow_the_elements_namespace_and_are_bounded() -> None:
    field = Sample.body
    for number in range(100):
        element = ET.fromstring(f"<m xmlns='urn:{number}'><body>x</body></m>")
        assert field.get(Sample(xml=element)) == field.get(Sample(xml=element)) == "x"
    assert field.get(Sample(xml=ET.fromstring("<m><body>y</body></m>"))) == "y"
    assert len(field._paths) <= declaration._PATHS_SIZE
    assert field.path(ET.Element("m")) is field.path(ET.Element("m"))  # kept
    assert Sample.deep.path(ET.Element("m")) == ("{urn:x}a", "{urn:x}b")
    assert LangText(name="a", namespace="urn:y").path(ET.Element("{urn:z}m")) == ("{urn:y}a",)


class Letter(ElementBase):
    name, namespace, plugin_attrib = "letter", "urn:letter", "letter"
    page = Attr(int)
    title = ChildText(str)

    def get_title(self) -> str:
        return "computed"


class Postcard(Letter):
    page = Attr(str)


def test_slixmpps_methods_of_a_field() -> None:
    letter: Any = Letter()
    letter.set_page(3)
    assert letter.get_page() == 3
    assert Letter.get_page(letter) == 3  # type: ignore[attr-defined]
    letter.del_page()
    assert letter.page is None
    assert letter.get_title() == "computed"
    assert method_of(Letter, "get_title") is Letter.get_title
    assert method_of(Letter, "get_page") is None
    assert method_of(Letter, "get_nothing") is None
    with pytest.raises(AttributeError):
        letter.get_nothing()


def test_a_subclass_with_another_field_of_the_key() -> None:
    postcard: Any = Postcard()
    postcard.set_page("iv")
    assert postcard.get_page() == "iv"
    assert postcard.get_title() == "computed"


def test_a_reader_of_children() -> None:
    stanza = SimpleNamespace(get_plugin=lambda key: f"the child {key}")
    assert child_reader("page")(stanza) == "the child page"
