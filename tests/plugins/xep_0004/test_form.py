# SPDX-License-Identifier: MIT
"""Forms: their types, fields and values, tables of results, FORM_TYPE, and slixmpp's names."""

from __future__ import annotations

import copy
import pickle
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004 import FieldType, Form, FormField, FormType
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.message import Message

NS = "jabber:x:data"


def form(inner: str = "", kind: str = "form") -> Form:
    return Form(xml=ET.fromstring(f"<x xmlns='{NS}' type='{kind}'>{inner}</x>"))


def wire(stanza: ElementBase) -> str:
    return str(stanza).replace(f' xmlns="{NS}"', "")


def room() -> Form:
    """A form with a field of each type."""
    made = Form(title="Room")
    made.form_type = "urn:example:room"
    made.add_field("name", "text-single", "Name", "of the room", required=True, value="Den")
    made.add_field("public", type="boolean", value=True)
    made.add_field("secret", "text-private")
    made.add_field("about", "text-multi", value="one\ntwo")
    made.add_field("owner", "jid-single", value=JID("romeo@montague.lit"))
    made.add_field("admins", "jid-multi", value=["juliet@capulet.lit", "nurse@capulet.lit"])
    made.add_field("who", "list-single", options=[{"label": "All", "value": "all"}, "none"], value="all")
    made.add_field("langs", "list-multi", options=[("de", "German"), ("en", None)], value=["de", "en"])
    made.add_field(ftype="fixed", value="That is all.")
    return made


# --- types --------------------------------------------------------------------------------------------------


def test_a_new_form_is_to_be_filled_in() -> None:
    assert wire(Form(title="T")) == '<x type="form"><title>T</title></x>'
    message = Message()
    assert message["form"]["type"] == "form"
    assert (Form().type_, Form()["title"], Form().title, Form()["instructions"]) == (FormType.FORM, "", None, "")


def test_submit_strips() -> None:
    """COMPAT(slixmpp 1.17): what is not submitted goes when the type is set."""
    made = room()
    made["type"] = "submit"
    hidden, name, *_, last = made.fields
    assert wire(hidden) == '<field var="FORM_TYPE" type="hidden"><value>urn:example:room</value></field>'
    assert wire(name) == '<field var="name"><value>Den</value></field>'
    assert wire(last) == '<field var="langs"><value>de</value><value>en</value></field>'  # and no fixed text
    assert made["values"] == {**room()["values"]}  # the types are still known
    assert made.field["public"].value is True
    made["type"] = "submit"
    assert made.field["public"].kind is FieldType.BOOLEAN
    asked = Form()
    field = asked.add_field("ocr", value="7nHL3")
    field.xml.append(ET.Element("{urn:xmpp:media-element}media"))
    asked["type"] = "submit"
    assert wire(field) == '<field var="ocr"><value>7nHL3</value></field>'


def test_cancel_and_reply() -> None:
    made = room()
    for kind in ("submit", "result", "result"):
        made.reply()
        assert made["type"] == kind
    made.cancel()
    assert wire(made) == '<x type="cancel"><title>Room</title></x>'


def test_a_type_that_is_none() -> None:
    made = Form()
    with pytest.raises(InvalidValue, match="submit"):
        made["type"] = "wish"
    assert (form(kind="wish").type_, form(kind="wish")["type"]) == (None, "wish")
    made["type"] = ""
    assert made.type_ is None


# --- texts --------------------------------------------------------------------------------------------------


def test_instructions_are_lines() -> None:
    made = Form()
    assert "instructions" not in made
    made["instructions"] = "first\nsecond"
    assert wire(made) == '<x type="form"><instructions>first</instructions><instructions>second</instructions></x>'
    assert made.instructions == made["instructions"] == made.getInstructions() == "first\nsecond"
    assert "instructions" in made
    made.setInstructions("third")
    assert made.instructions == "third"
    made.delInstructions()
    assert made.instructions is None


# --- fields -------------------------------------------------------------------------------------------------


def test_values_in_both_views() -> None:
    made = room()
    typed = {
        "FORM_TYPE": "urn:example:room",
        "name": "Den",
        "public": True,
        "about": "one\ntwo",
        "owner": JID("romeo@montague.lit"),
        "admins": [JID("juliet@capulet.lit"), JID("nurse@capulet.lit")],
        "who": "all",
        "langs": ["de", "en"],
    }
    assert made.values_ == typed
    assert (
        made["values"]
        == made.getValues()
        == {
            "FORM_TYPE": ["urn:example:room"],
            "name": "Den",
            "public": True,
            "secret": None,
            "about": ["one", "two"],
            "owner": "romeo@montague.lit",
            "admins": ["juliet@capulet.lit", "nurse@capulet.lit"],
            "who": "all",
            "langs": ["de", "en"],
        }
    )
    assert list(made.field) == list(made.getFields()) == [*made["values"]]
    assert len(made["fields"]) == len(made.fields) == 10


def test_a_copy_is_apart() -> None:
    made = room()
    other = copy.copy(made)
    other["values"] = {"name": "Lair", "new": ["a", "b"], "yes": True}
    assert (made["values"]["name"], other["values"]["name"]) == ("Den", "Lair")
    assert (other["values"]["new"], other["values"]["yes"]) == (["a", "b"], True)
    assert pickle.loads(pickle.dumps(made)) == made
    del other["values"]
    assert set(other["values"].values()) == {None}
    other.delFields()
    assert other.fields == []


def test_rebuilt_from_its_values() -> None:
    made = room()
    other = Form()
    other.values = made.values
    assert other.values == made.values
    assert other == made
    assert [child.tag for child in other.field["who"].xml] == [child.tag for child in made.field["who"].xml]


@pytest.mark.parametrize(
    "fields",
    [
        {"a": {"type": "boolean", "value": True}, "b": {"value": "x", "label": "B"}},
        [("a", {"type": "boolean", "value": True}), ("b", {"value": "x", "label": "B"})],
    ],
)
def test_fields_from_descriptions(fields: Any) -> None:
    made = Form()
    made.add_field("old")
    for put in (made.setFields, lambda value: made.__setitem__("fields", value)):
        put(fields)
        assert wire(made) == (
            '<x type="form"><field var="a" type="boolean"><value>1</value></field>'
            '<field var="b" label="B"><value>x</value></field></x>'
        )
    made["fields"] = [FormField(xml=ET.fromstring(f"<field xmlns='{NS}' var='c'/>"))]
    assert list(made.field) == ["c"]


def test_merging() -> None:
    made = room()
    merged = made.merge({"public": False, "more": "x"})
    assert (merged.field["public"].value, merged["values"]["more"], made.field["public"].value) == (False, "x", True)
    answers = Form()
    answers["type"] = "submit"
    answers.add_field("name", value="Lair")
    assert made.merge(answers)["values"]["name"] == "Lair"
    assert merged["type"] == "form"


def test_fields_that_are_odd() -> None:
    found = form(
        "<field var='a' type='weird'><value>1</value></field>"
        "<field var='b' type='boolean'><value>maybe</value></field>"
        "<field var='j' type='jid-single'><value>@@</value></field>"
        "<field var='js' type='jid-multi'><value>@@</value><value>a@B</value><value>a@b</value></field>"
        "<field var='none'/><field var='empty'><value/></field>"
        "<field type='fixed'><value>t</value></field>"
        "<field var='twice'><value>1</value></field><field var='twice'><value>2</value></field>"
        "<field var='several' type='text-single'><value>1</value><value>2</value></field>"
    )
    assert found.field["a"].type_ is FieldType.TEXT_SINGLE  # §3.3
    assert found.field["a"]["type"] == "weird"
    assert found.values_ == {
        "a": "1",
        "b": None,
        "j": None,
        "js": [JID("a@b")],
        "empty": "",
        "twice": "2",
        "several": "1",
    }
    assert found["values"] == {
        "a": "1",
        "b": False,
        "j": "@@",
        "js": ["@@", "a@B", "a@b"],
        "none": None,
        "empty": "",
        "twice": "2",
        "several": ["1", "2"],
    }


# --- FORM_TYPE ----------------------------------------------------------------------------------------------


def test_form_type() -> None:
    made = Form()
    made.add_field("a")
    assert "FORM_TYPE" not in made.field
    for value in ("urn:one", "urn:two"):
        made.form_type = value
        assert made.form_type == value
        assert list(made.field) == ["FORM_TYPE", "a"]
    assert made.field["FORM_TYPE"].type_ is FieldType.HIDDEN


def test_form_type_must_be_hidden_but_in_submissions() -> None:
    """XEP-0068 §3.1"""
    inner = "<field var='FORM_TYPE'><value>urn:x</value></field>"
    assert [form(inner, kind).form_type for kind in ("form", "result", "submit")] == [None, None, "urn:x"]


def test_a_form_of_a_type() -> None:
    message = Message()
    for name in ("urn:one", "urn:two"):
        made = Form()
        made.form_type = name
        message.xml.append(made.xml)
    found = Form.of_type(message, "urn:two")
    assert found is not None
    assert found.xml is message.xml[1]
    assert Form.of_type(message, "urn:three") is None


# --- tables -------------------------------------------------------------------------------------------------


def test_tables() -> None:
    made = form(kind="result")
    made.add_reported("jid", ftype="jid-single", label="Address")
    made.addReported("name")
    made.add_item({"jid": "a@b", "name": "A", "else": "left out"})
    made.add_item({"jid": "c@d"})
    assert wire(made) == (
        '<x type="result"><reported>'
        '<field var="jid" type="jid-single" label="Address" /><field var="name" /></reported>'
        '<item><field var="jid"><value>a@b</value></field><field var="name"><value>A</value></field></item>'
        '<item><field var="jid"><value>c@d</value></field><field var="name" /></item></x>'
    )
    assert made["items"] == [{"jid": "a@b", "name": "A"}, {"jid": "c@d", "name": None}]
    assert made.items == [{"jid": JID("a@b"), "name": "A"}, {"jid": JID("c@d"), "name": None}]
    assert {var: field["label"] for var, field in made["reported"].items()} == {"jid": "Address", "name": ""}
    assert "items" in made
    other = form(kind="result")
    other.reported = made.reported
    other.items = made.items
    assert wire(other) == wire(made)
    del other["items"]
    other.delReported()
    assert wire(other) == '<x type="result" />'
    assert (other.items, other["items"], other.reported) == ([], [], {})


def test_the_head_of_a_table_goes_before_its_rows() -> None:
    made = form("<item><field var='a'><value>1</value></field></item>", "result")
    assert made.items == [{"a": "1"}]  # a head may be missing
    made["reported"] = [{"var": "a", "label": "A"}, FormField(xml=ET.fromstring(f"<field xmlns='{NS}' var='b'/>"))]
    assert [child.tag.partition("}")[2] for child in made.xml] == ["reported", "item"]
    assert list(made.getReported()) == ["a", "b"]
    made.setReported({"c": {"label": "C"}})
    assert list(made.reported) == ["c"]
    made.items = []
    made.del_reported()
    made.add_item({"free": [1, 2]})
    assert made.items == [{"free": ["1", "2"]}]


def test_reading_is_linear() -> None:
    """Ten thousand fields are read once, not once for each of them."""
    found = form("".join(f"<field var='f{number}'><value>{number}</value></field>" for number in range(10_000)))
    values = found.get_values()
    assert len(values) == 10_000
    found.set_values(values)
    assert found.values_["f9999"] == "9999"
