# SPDX-License-Identifier: MIT
"""What authors of stanza classes write their methods with."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue, UnserializableXML
from xmppkit.jid.address import JID
from xmppkit.stanza import element
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.xml.names import XML_LANG

NS = "urn:test:access"


class Frame(ElementBase):
    name, namespace, plugin_attrib = "frame", NS, "frame"


class Task(ElementBase):
    name, namespace, plugin_attrib = "task", NS, "task"


register_stanza_plugin(Frame, Task)
register_stanza_plugin(Task, Task)


def frame(inside: str = "", attributes: str = "") -> Any:
    return Frame(xml=ET.fromstring(f"<frame xmlns='{NS}' {attributes}>{inside}</frame>"))


def xml(stanza: Any) -> str:
    return str(stanza).replace(f' xmlns="{NS}"', "")


def test_attributes() -> None:
    stanza: Any = Frame()
    assert stanza._get_attr("to") == ""
    assert stanza._get_attr("to", "default") == "default"
    stanza._set_attr("to", JID("a@b"))
    assert stanza._get_attr("to") == "a@b"
    for nothing in (None, "", JID("")):
        stanza._set_attr("to", "x")
        stanza._set_attr("to", nothing)
        assert "to" not in stanza.xml.attrib
    stanza._set_attr("to", "x")
    stanza._del_attr("to")
    stanza._del_attr("to")
    assert stanza.xml.attrib == {}
    with pytest.raises(InvalidValue, match=r"Frame\['to'\]: it takes text, not list"):
        stanza._set_attr("to", [])


def test_texts_of_children() -> None:
    stanza: Any = Frame()
    assert stanza._get_sub_text("a/b") == ""
    assert stanza._get_sub_text("a/b", "default") == "default"
    assert stanza._set_sub_text("a/{urn:x}b", "t").tag == "{urn:x}b"
    assert xml(stanza) == '<frame><a><b xmlns="urn:x">t</b></a></frame>'
    assert stanza._get_sub_text("a/{urn:x}b") == "t"
    stanza._del_sub("a/{urn:x}b")
    assert xml(stanza) == "<frame><a /></frame>"
    stanza._set_sub_text("a/b", "t")
    stanza._del_sub("a/b", all=True)
    assert xml(stanza) == "<frame />"
    assert stanza._set_sub_text("a", keep=True).text == ""
    assert stanza._set_sub_text("a", "") is None
    assert xml(stanza) == "<frame />"


def test_texts_of_children_in_languages() -> None:
    stanza: Any = Frame()
    stanza._set_all_sub_text("a", {"": "1", "de": "2"})
    assert stanza._get_sub_text("a", lang="*") == stanza._get_all_sub_text("a") == {"": "1", "de": "2"}
    assert stanza._get_all_sub_text("a", lang="de") == {"de": "2"}
    assert stanza._get_all_sub_text("a", lang="fr") == {}
    stanza._set_all_sub_text("a", {"de": "3", "fr": "4"}, lang="de")
    assert stanza._get_all_sub_text("a") == {"": "1", "de": "3"}
    assert stanza._set_sub_text("a", {"fr": "5"}, lang="*") is None
    assert stanza._get_all_sub_text("a") == {"fr": "5"}
    stanza._set_sub_text("a", None, lang="*")
    assert stanza._get_all_sub_text("a", lang="*") == {}


def test_the_outermost_stanzas_attributes() -> None:
    stanza = frame("<task><task/></task>", "to='x'")
    task = stanza["task"]["task"]
    assert task.get_toplevel_attr("to") == "x"
    assert task.get_toplevel_attr("from", "y") == "y"
    assert stanza.get_toplevel_attr("to") == "x"


def test_fixing_namespaces() -> None:
    assert Frame()._fix_ns("a/{urn:x}b") == f"{{{NS}}}a/{{urn:x}}b"
    assert Frame(xml=ET.Element("frame"))._fix_ns("a", split=True) == [f"{{{NS}}}a"]
    assert element.fix_ns("{x}a/b") == "{x}a/{x}b"


def test_languages() -> None:
    stanza = frame("<task/>", "xml:lang='en'")
    task = stanza["task"]
    assert stanza.get_lang() == task.get_lang() == "en"
    task.set_lang("de")
    assert task.xml.get(XML_LANG) == "de"
    assert task.get_lang("fr") == "de"
    task.del_lang()
    stanza.set_lang(None)
    assert task.get_lang() == ""


def test_texts_are_of_the_elements_language() -> None:
    stanza = frame("<a>1</a><a xml:lang='de'>2</a>", "xml:lang='de'")
    assert stanza._get_sub_text("a") == "1"
    stanza._set_sub_text("a", "3")
    stanza._set_sub_text("a", "4", lang="en")
    assert stanza._get_all_sub_text("a") == {"de": "3", "en": "4"}
    stanza._del_sub("a")
    assert stanza._get_all_sub_text("a") == {"en": "4"}


# --- writing ------------------------------------------------------------------------------------------------------


def test_what_xml_cannot_express_is_seen_in_a_debugger_all_the_same() -> None:
    stanza = frame("<task/>")
    assert str(stanza) == repr(stanza) == f'<frame xmlns="{NS}"><task /></frame>'
    stanza.xml.set("a", "\x00")
    assert repr(stanza).startswith("<Frame: ")
    with pytest.raises(UnserializableXML):
        str(stanza)
