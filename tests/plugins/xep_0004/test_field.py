# SPDX-License-Identifier: MIT
"""Fields of forms: values of each type in both views, options, slixmpp's names."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import InvalidJID, InvalidValue
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004 import FieldOption, FieldType, FormField

NS = "jabber:x:data"


def field(kind: str | None = None) -> FormField:
    made = FormField()
    made["var"], made["type"] = "x", kind
    return made


#: The type, what is set, the texts in the XML, what the dict view reads, the typed value.
ROWS: list[tuple[str | None, Any, list[str], Any, Any]] = [
    (None, None, [], None, None),
    (None, "x", ["x"], "x", "x"),
    (None, "", [""], "", ""),
    (None, True, ["1"], True, True),
    (None, False, ["0"], False, False),
    (None, 5, ["5"], "5", "5"),
    (None, ["a", 1], ["a", "1"], ["a", "1"], ["a", "1"]),
    (None, [], [], None, None),
    ("boolean", True, ["1"], True, True),
    ("boolean", "true", ["1"], True, True),
    ("boolean", "0", ["0"], False, False),
    ("boolean", [True], ["1"], True, True),
    ("fixed", "text", ["text"], "text", "text"),
    ("hidden", "one", ["one"], ["one"], "one"),
    ("hidden", ("one", "two"), ["one", "two"], ["one", "two"], ["one", "two"]),
    ("hidden", "one\ntwo", ["one", "two"], ["one", "two"], ["one", "two"]),
    ("jid-single", JID("a@b"), ["a@b"], "a@b", JID("a@b")),
    ("jid-single", "not an address@", ["not an address@"], "not an address@", None),
    ("jid-multi", ["a@b", JID("a@b"), "c@d"], ["a@b", "c@d"], ["a@b", "c@d"], [JID("a@b"), JID("c@d")]),
    ("jid-multi", None, [], None, []),
    ("list-single", "a", ["a"], "a", "a"),
    ("list-multi", "a", ["a"], ["a"], ["a"]),
    ("list-multi", ["a", "b"], ["a", "b"], ["a", "b"], ["a", "b"]),
    ("list-multi", None, [], None, []),
    ("text-multi", "a\r\nb\rc\nd", ["a", "b", "c", "d"], ["a", "b", "c", "d"], "a\nb\nc\nd"),
    ("text-multi", ["a", "b\nc"], ["a", "b", "c"], ["a", "b", "c"], "a\nb\nc"),
    ("text-private", "p", ["p"], "p", "p"),
    ("text-single", "a\nb", ["a\nb"], "a\nb", "a\nb"),
    ("text-single", ["a"], ["a"], "a", "a"),
    ("weird", "w", ["w"], "w", "w"),
]


@pytest.mark.parametrize(("kind", "value", "texts", "item", "typed"), ROWS)
def test_values(kind: str | None, value: Any, texts: list[str], item: Any, typed: Any) -> None:
    made = field(kind)
    made["value"] = value
    assert made.texts == texts
    assert made["value"] == made["answer"] == made.getValue() == made.getAnswer() == item
    assert made.value == typed
    assert type(made.value) is type(typed)
    assert ("value" in made) is bool(item)
    assert FormField.value.present(made) is bool(texts)


@pytest.mark.parametrize(("kind", "value", "texts", "item", "typed"), ROWS)
def test_what_is_read_can_be_written(kind: str | None, value: Any, texts: list[str], item: Any, typed: Any) -> None:
    for view in ("item", "typed"):
        made = field(kind)
        if view == "item":
            made["value"] = item
        elif typed is not None:
            made.value = typed
        else:
            continue
        assert made.texts == texts


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("text-single", ["a", "b"], "one value, not 2"),
        ("boolean", [True, False], "one value"),
        ("boolean", "perhaps", "neither true nor false"),
        ("boolean", 7, "True or False"),
        ("text-single", object(), "takes text"),
        ("weird", ["a", "b"], "one value"),
    ],
)
def test_values_that_cannot_be(kind: str, value: Any, message: str) -> None:
    made = field(kind)
    made.texts = ["old"]
    with pytest.raises(InvalidValue, match=message) as caught:
        made["value"] = value
    assert "'x'" in str(caught.value)
    assert made.texts == ["old"]


def test_typed_addresses_are_addresses() -> None:
    made = field("jid-single")
    with pytest.raises(InvalidJID):
        made.value = "@@"
    made.value = "ROMEO@montague.lit"
    assert made.texts == ["romeo@montague.lit"]
    made["type"] = "jid-multi"
    made.value = [JID("a@b"), JID("c@d")]
    assert made.texts == ["a@b", "c@d"]
    with pytest.raises(InvalidValue, match="FormField"):
        made.value = b"x"  # type: ignore[assignment]
    with pytest.raises(InvalidValue):
        field("boolean").value = "perhaps"
    made.value = None
    assert made.texts == []


def test_reading_without_conversion() -> None:
    made = field("boolean")
    made.setTrue()
    assert (made.get_value(), made.get_value(convert=False)) == (True, "1")
    made.setFalse()
    assert made.get_value(convert=False) == "0"
    made["type"] = "text-multi"
    made.setValue("a\nb")
    assert made.get_value(convert_list=True) == "a\nb"
    made["type"] = "list-multi"
    assert made.get_value(convert_list=True) == ["a", "b"]
    made.delValue()
    assert made.get_value(convert_list=True) is None


def test_a_boolean_without_a_type() -> None:
    """COMPAT(slixmpp 1.17): it is one as long as the object lives. The XML does not say it."""
    made = field()
    made["value"] = True
    assert made.get_value() is True
    assert FormField(xml=made.xml)["value"] == "1"
    made["value"] = "text"
    assert made["value"] == "text"
    made.add_option("a", "b")  # of what has no type it is not known that it cannot have one
    assert made.get_options() == [{"label": "a", "value": "b"}]


def test_types() -> None:
    made = field()
    assert (made.type_, made["type"], made.kind) == (FieldType.TEXT_SINGLE, "", None)
    made.type_ = FieldType.HIDDEN
    assert (made["type"], made.kind) == ("hidden", FieldType.HIDDEN)
    made["type"] = "weird"
    assert (made.type_, made.kind) == (FieldType.TEXT_SINGLE, FieldType.TEXT_SINGLE)
    assert set(FieldType) == FormField.field_types


def test_required() -> None:
    made = field()
    made["required"] = True
    assert (made.required, made["required"], made.getRequired()) == (True, True, True)
    made.delRequired()
    assert made["required"] is False
    made.setRequired(True)
    assert [child.tag for child in made.xml] == [f"{{{NS}}}required"]


def test_options() -> None:
    made = field("list-single")
    made.addOption("One", "1")
    option = FieldOption()
    option.value = "4"
    made.setOptions([{"label": "Two", "value": "2"}, ("3", "Three"), option, "", {"value": "5"}])
    wanted = [("One", "1"), ("Two", "2"), ("Three", "3"), ("", "4"), ("", ""), ("", "5")]
    assert [(each["label"], each["value"]) for each in made["options"]] == wanted
    assert [(each["label"], each["value"]) for each in made.getOptions()] == wanted
    made["options"] = ["a", "b"]
    assert [each.value for each in made.options] == ["a", "b"]
    made["options"] = list(made.options)[:1]
    assert [each.value for each in made.options] == ["a"]
    made.delOptions()
    assert made.options == []


@pytest.mark.parametrize("kind", ["text-single", "boolean", "weird"])
def test_only_lists_have_options(kind: str | None) -> None:
    with pytest.raises(InvalidValue, match=r"'x'.*has no options"):
        field(kind).add_option("a", "b")


@given(st.sampled_from([None, *FieldType, "weird"]), st.lists(st.text(alphabet="01ab@. \n", max_size=6), max_size=4))
def test_reading_never_raises(kind: str | None, texts: list[str]) -> None:
    made = FormField(xml=ET.Element(f"{{{NS}}}field", {"type": kind} if kind else {}))
    for text in texts:
        ET.SubElement(made.xml, f"{{{NS}}}value").text = text
    assert made.texts == texts
    for value in (made["value"], made.value, made.values):
        assert value is None or isinstance(value, (bool, str, JID, list, dict))
