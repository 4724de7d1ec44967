# SPDX-License-Identifier: MIT
"""Stanzas as plain values and back; what is equal, copies, texts."""

from __future__ import annotations

import logging
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidJID
from xmppkit.jid.address import JID
from xmppkit.stanza import element
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.error import Error
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.stanza.values import same
from xmppkit.xml.names import COMPONENT, STANZA_ERRORS

NS = "urn:test:values"


class Action(ElementBase):
    name, namespace, plugin_attrib, plugin_multi_attrib = "action", NS, "action", "actions"
    interfaces = {"method", "done", "body"}
    sub_interfaces = {"body"}
    bool_interfaces = {"done"}
    lang_interfaces = {"body"}


class Special(Action):
    """The same on the wire."""


class Task(ElementBase):
    name, namespace, plugin_attrib = "task", NS, "task"
    interfaces = {"id", "command"}
    sub_interfaces = {"command"}


class Nick(ElementBase):
    name, namespace, plugin_attrib, is_extension = "nick", NS, "nick", True
    interfaces = {"nick"}


class Shout(ElementBase):
    """A virtual extension: it has no XML and works on its parent's."""

    name, namespace, plugin_attrib, is_extension = "shout", "", "shout", True
    interfaces = {"shout"}

    def setup(self, xml: ET.Element | None = None) -> bool:
        self.xml = ET.Element("")
        return True

    def set_shout(self, value: str) -> None:
        assert self.parent is not None
        self.parent()["method"] = value.rstrip("!")  # type: ignore[index]  # it is there


class Frame(ElementBase):
    """The outermost stanza of these tests."""

    name, namespace, plugin_attrib = "frame", NS, "frame"
    interfaces = {"to", "note", "method", "address"}
    sub_interfaces = {"note"}

    def get_address(self) -> JID:
        return JID(self._get_attr("address"))


register_stanza_plugin(Frame, Action, iterable=True)
register_stanza_plugin(Frame, Task)
register_stanza_plugin(Frame, Nick)
register_stanza_plugin(Frame, Shout)
register_stanza_plugin(Frame, Error, iterable=True)


def frame(inside: str = "", attributes: str = "") -> Any:
    return Frame(xml=ET.fromstring(f"<frame xmlns='{NS}' {attributes}>{inside}</frame>"))


def xml(stanza: Any) -> str:
    return str(stanza).replace(f' xmlns="{NS}"', "")


BODIES = "<body>x</body><body xml:lang='de'>y</body>"


def test_values() -> None:
    stanza = frame(f"<note>n</note><task id='t'/><action method='m'>{BODIES}</action><nick nick='N'/>", "to='x'")
    values = stanza.values
    assert values == {
        "lang": "",
        "to": "x",
        "note": "n",
        "method": "",
        "address": JID(""),
        "task": {"lang": "", "id": "t", "command": ""},
        "nick": {"lang": "", "nick": "N"},
        "substanzas": [
            {
                "__childtag__": f"{{{NS}}}action",
                "lang": "",
                "method": "m",
                "done": False,
                "body": "x",
                "body|*": {"": "x", "de": "y"},
            }
        ],
    }
    again = Frame()
    assert again.set_stanza_values(values) is again
    assert again == stanza
    assert again.get_stanza_values() == values
    assert again._get_stanza_values() == values


def test_values_that_are_set_replace_the_children() -> None:
    stanza = frame("<action method='1'/><action method='2'/>")
    stanza.values = {"substanzas": [{"__childtag__": f"{{{NS}}}action", "method": "3"}, {"__childtag__": "x"}, {}]}
    assert [child["method"] for child in stanza] == ["3"]


def test_unknown_keys_among_values_are_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, element.__name__)
    stanza: Any = Frame()
    stanza.values = {"unknown": "x", "unknown|*": {}, "to": "y"}
    assert xml(stanza) == '<frame to="y" />'
    assert not caplog.records


def test_values_of_a_childs_key_may_be_plain() -> None:
    stanza: Any = Frame()
    stanza.values = {"nick": "N", "shout": "run!"}
    assert xml(stanza) == '<frame method="run"><nick nick="N" /></frame>'


def test_an_empty_value_does_not_stand_against_those_of_the_languages() -> None:
    one: Any = Action()
    one.values = {"body|*": {"de": "y"}, "body": ""}
    assert xml(one) == '<action><body xml:lang="de">y</body></action>'


def test_values_in_languages() -> None:
    stanza = frame("<task id='1'/><task id='2' xml:lang='de'/>", "xml:lang='en'")
    stanza["task|de"]  # what was asked for changes nothing
    assert set(stanza.values) == {"lang", "to", "note", "method", "address", "task", "task|de"}
    again: Any = Frame()
    again.values = stanza.values
    assert again == stanza
    assert [child.attrib for child in again.xml] == [child.attrib for child in stanza.xml]


def test_values_with_an_address_that_is_none() -> None:
    stanza = frame("", "address='@'")
    with pytest.raises(InvalidJID):
        stanza["address"]
    assert stanza.values["address"] == "@"


def test_an_appended_child_counts_once_in_values() -> None:
    stanza: Any = Frame()
    stanza.append(Task())
    assert "substanzas" not in stanza.values
    assert stanza == frame("<task/>")
    stranger = Frame()
    stanza.append(stranger)
    assert stanza.values["substanzas"][0]["__childtag__"] == f"{{{NS}}}frame"


def test_children_that_follow_a_namespace_keep_it() -> None:
    tag = f"{{{COMPONENT}}}error"
    stanza: Any = Frame()
    stanza.values = {"substanzas": [{"__childtag__": tag, "condition": "gone"}]}
    assert [child.tag for child in stanza.xml] == [tag]
    assert stanza.xml[0][0].tag == f"{{{STANZA_ERRORS}}}gone"


class Parcel(StanzaBase):
    """A stanza whose values hold elements."""

    name, plugin_attrib = "parcel", "parcel"
    interfaces = {"payload", "weight"}


def parcel(inside: str) -> Parcel:
    return Parcel(xml=ET.fromstring(f"<parcel xmlns='jabber:client' weight='1'>{inside}</parcel>"))


def test_elements_are_compared_by_what_they_say() -> None:
    assert parcel("<a x='1'>t<b/>u</a><c/>") == parcel("<a x='1'>t<b></b>u</a><c/>")


@pytest.mark.parametrize(
    "other",
    [
        "",
        "<a x='1'>t<b/>u</a>",
        "<a x='2'>t<b/>u</a><c/>",
        "<a x='1'>T<b/>u</a><c/>",
        "<a x='1'>t<b/>U</a><c/>",
        "<a x='1'>t<B/>u</a><c/>",
        "<a x='1'>t<b><d/></b>u</a><c/>",
    ],
)
def test_elements_that_differ(other: str) -> None:
    assert parcel("<a x='1'>t<b/>u</a><c/>") != parcel(other)


def test_what_has_other_keys_is_not_the_same() -> None:
    element = ET.Element("x")
    assert not same({"a": element}, {"b": element})
    assert not same({"a": element}, {"a": "x"})


def test_elements_are_not_shared() -> None:
    one = parcel("<a/><b/>")
    other = Parcel()
    other.values = one.values
    assert other == one
    assert other.xml[0] is not one.xml[0]
    other.xml[0].set("x", "1")
    assert one.xml[0].attrib == {}


class Box(ElementBase):
    """A stanza with a value that is an element."""

    name, namespace, plugin_attrib = "box", NS, "box"
    interfaces = {"payload"}

    def get_payload(self) -> ET.Element | None:
        return self.xml[0] if len(self.xml) else None

    def set_payload(self, value: ET.Element) -> None:
        self.xml.append(value)


def test_one_element_is_not_shared() -> None:
    one = Box(xml=ET.fromstring(f"<box xmlns='{NS}'><a/></box>"))
    other = Box()
    other.values = one.values
    assert other == one
    assert other.xml[0] is not one.xml[0]


class Board(ElementBase):
    name, namespace, plugin_attrib = "board", NS, "board"
    interfaces = {"title"}


class Chalk(ElementBase):
    name, namespace, plugin_attrib = "chalk", NS, "chalk"
    interfaces = {"v"}
    overrides = ["get_title", "set_title"]

    def get_title(self) -> Any:
        return self["v"]

    def set_title(self, value: Any) -> None:
        self["v"] = value


register_stanza_plugin(Board, Chalk, overrides=True)


def test_nothing_to_override_makes_no_child() -> None:
    board: Any = Board()
    again: Any = Board()
    again.values = board.values
    assert str(again) == f'<board xmlns="{NS}" />'
    board["title"] = "x"
    again.values = board.values
    assert again == board
    again.values = {"title": ""}
    assert again["title"] == ""
