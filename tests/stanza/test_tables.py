# SPDX-License-Identifier: MIT
"""What classes derive from their declarations, and what registrations do to them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.stanza import tables
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Child, Children, ChildText, Flag, LangText
from xmppkit.stanza.message import Message
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.stanza.stream_error import StreamError
from xmppkit.xml.names import CLIENT, COMPONENT, SERVER


def make(class_name: str, *bases: type[ElementBase], **attributes: Any) -> Any:
    """A stanza class of its own for each test."""
    attributes.setdefault("name", class_name.lower())
    attributes.setdefault("namespace", "urn:test:tables")
    attributes.setdefault("plugin_attrib", class_name.lower())
    return type(class_name, bases or (ElementBase,), attributes)


def test_stated_names_are_taken() -> None:
    cls = make("A", interfaces={"a", "b"}, sub_interfaces={"a"}, bool_interfaces={"b"}, lang_interfaces={"a"})
    assert (cls.interfaces, cls.sub_interfaces, cls.bool_interfaces, cls.lang_interfaces) == (
        {"a", "b"},
        {"a"},
        {"b"},
        {"a"},
    )


def test_stated_names_may_be_any_collection() -> None:
    assert make("A", interfaces=("a", "b")).interfaces == {"a", "b"}


def test_a_class_without_any_has_slixmpps_defaults() -> None:
    assert make("A").interfaces == {"type", "to", "from", "id", "payload"}


def test_fields_alone_replace_the_defaults() -> None:
    cls = make("A", a=Attr(str), b=ChildText(str), c=Flag(), d=LangText(), e=Attr(str, key="f"), g=Attr(str, key=""))
    assert cls.interfaces == {"a", "b", "c", "d", "f"}
    assert cls.sub_interfaces == {"b", "d"}
    assert cls.bool_interfaces == {"c"}
    assert cls.lang_interfaces == {"d"}


def test_fields_add_to_what_is_stated() -> None:
    assert make("A", interfaces={"x"}, a=Attr(str)).interfaces == {"x", "a"}


def test_a_class_inherits_names_and_fields() -> None:
    base = make("A", a=Attr(str), interfaces={"x"})
    same = make("B", base)
    more = make("C", base, b=LangText())
    other = make("D", base, interfaces={"y"})
    assert same.interfaces == {"a", "x"}
    assert more.interfaces == {"a", "x", "b"}
    assert other.interfaces == {"y", "a"}
    assert base.interfaces == {"a", "x"}
    more.interfaces.add("z")
    assert "z" not in base.interfaces


def test_a_stated_set_is_copied() -> None:
    names = {"a"}
    cls = make("A", interfaces=names)
    cls.interfaces.add("b")
    assert names == {"a"}


def test_a_subclass_may_put_another_field_or_something_else_in_a_fields_place() -> None:
    base = make("A", a=Attr(str), b=Attr(str))
    other = make("B", base, a=Attr(int), b=None)
    stanza = other(xml=ET.Element("x", {"a": "5"}))
    assert stanza["a"] == stanza.a == 5
    assert other.interfaces >= {"a"}
    assert set(other._fields) == {"a"}


@pytest.mark.parametrize("name", ["values", "name", "parent", "get", "xml"])
def test_a_field_must_not_hide_what_every_stanza_has(name: str) -> None:
    with pytest.raises(TypeError, match=f"write {name}_, the key stays '{name}'"):
        make("A", **{"name": "a", name: Attr(str)})


def test_fields_declare_children() -> None:
    inner = make("Inner", overrides=["set_x"])
    item = make("Item", plugin_multi_attrib="items")
    cls = make("A", inner=Child(inner, overrides=True), items=Children(item))
    assert cls.plugin_attrib_map == {"inner": inner, "item": item}
    assert cls.plugin_overrides == {"set_x": "inner"}
    assert cls.plugin_multi_map == {"items": item}
    assert cls.plugin_iterables == {item}


def test_registering() -> None:
    cls, plugin = make("A"), make("P", overrides=["get_x"], plugin_multi_attrib="ps")
    register_stanza_plugin(cls, plugin)
    assert cls.plugin_attrib_map == {"p": plugin}
    assert cls.plugin_tag_map == {"{urn:test:tables}p": plugin}
    assert cls.plugin_iterables == set()
    assert cls.plugin_overrides == {}
    assert cls.plugin_multi_map == {}
    register_stanza_plugin(cls, plugin, iterable=True, overrides=True)
    assert cls.plugin_iterables == {plugin}
    assert cls.plugin_overrides == {"get_x": "p"}
    assert cls.plugin_multi_map == {"ps": plugin}


def test_an_iterable_without_a_key_for_the_list() -> None:
    cls, plugin = make("A"), make("P")
    register_stanza_plugin(cls, plugin, iterable=True)
    assert cls.plugin_iterables == {plugin}
    assert cls.plugin_multi_map == {}


def test_registering_reaches_subclasses_whenever_they_were_made() -> None:
    base = make("A")
    before = make("B", base)
    own = make("Own")
    register_stanza_plugin(before, own)  # in slixmpp the subclass would be cut off from its base by this
    plugin = make("P", plugin_multi_attrib="ps")
    register_stanza_plugin(base, plugin, iterable=True)
    after = make("C", before)
    for cls in (base, before, after):
        assert cls.plugin_attrib_map["p"] is plugin
        assert cls.plugin_iterables == {plugin}
        assert cls.plugin_multi_map == {"ps": plugin}
    assert "own" not in base.plugin_attrib_map
    assert after.plugin_attrib_map["own"] is own


def test_the_nearest_registration_counts() -> None:
    base = make("A")
    child = make("B", base)
    first, second, third = make("P"), make("P"), make("P")
    register_stanza_plugin(child, first)
    register_stanza_plugin(base, second)
    assert child.plugin_attrib_map["p"] is first
    assert base.plugin_attrib_map["p"] is second
    register_stanza_plugin(child, third)
    assert child.plugin_attrib_map["p"] is third


def test_the_order_of_several_bases() -> None:
    left, right = make("L"), make("R")
    both = make("B", left, right)
    one, two = make("P"), make("P")
    register_stanza_plugin(right, one)
    assert both.plugin_attrib_map["p"] is one
    register_stanza_plugin(left, two, iterable=True)
    assert both.plugin_attrib_map["p"] is two
    assert make("C", left, right).plugin_attrib_map["p"] is two
    assert make("D", right, left).plugin_attrib_map["p"] is one


def test_tables_that_a_class_states_itself() -> None:
    plugin = make("P")
    cls = make(
        "A",
        plugin_attrib_map={"p": plugin},
        plugin_tag_map={"{urn:test:tables}p": plugin},
        plugin_iterables={plugin},
    )
    child = make("B", cls, plugin_attrib_map={})
    assert child.plugin_attrib_map == {"p": plugin}
    assert child.plugin_iterables == {plugin}
    assert child._iterable_tags == {"{urn:test:tables}p": plugin}
    assert child.plugin_attrib_map is not cls.plugin_attrib_map


def test_what_was_read_before_a_registration_is_forgotten() -> None:
    cls, first, second = make("A"), make("P", is_extension=True, p=Attr(str)), make("P")
    register_stanza_plugin(cls, first)
    stanza = cls()
    assert stanza["p"] == ""
    register_stanza_plugin(cls, second)
    assert isinstance(cls()["p"], second)


def test_the_number_grows() -> None:
    before = tables.version()
    parent, plugin = make("A"), make("P")
    assert tables.version() == before + 2
    register_stanza_plugin(parent, plugin)
    assert tables.version() == before + 3


def test_tags_of_children() -> None:
    assert tables.child_tags(make("A")) == ("{urn:test:tables}a",)
    assert tables.child_tags(make("A", name="a/b")) == ("{urn:test:tables}a",)
    assert tables.child_tags(make("A", namespace="")) == ("a",)
    follower = make("A", namespace=CLIENT, follows_namespace=True)
    assert tables.child_tags(follower) == (f"{{{CLIENT}}}a", f"{{{COMPONENT}}}a", f"{{{SERVER}}}a")
    assert tables.child_tags(Message) == (f"{{{CLIENT}}}message",)


def test_modules_that_are_imported_for_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("one", "two"):
        (tmp_path / f"module_{name}_of_tables.py").write_text("", encoding="utf-8")
        tables.expect(("shared_key", f"key_{name}"), f"module_{name}_of_tables")
    assert tables.find("key_one")
    assert "module_one_of_tables" in sys.modules
    assert "module_two_of_tables" not in sys.modules
    assert not tables.find("key_one")
    assert tables.find("shared_key")
    assert "module_two_of_tables" in sys.modules
    assert not tables.find("another")


def test_modules_that_are_imported_for_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(tables, "_expected", {})
    parent = make("Parent", name="parent")()
    for tag in ("{urn:test:elsewhere}late", "{urn:test:tables}own", "{urn:test:tables}known"):
        parent.append(ET.Element(tag))
    tables.register(type(parent), make("Known", name="known"))
    assert not tables.meet(parent)
    for name in ("late", "own", "known"):
        (tmp_path / f"module_{name}_of_children.py").write_text("", encoding="utf-8")
        tables.expect((name,), f"module_{name}_of_children")
    assert tables.meet(parent)
    assert "module_late_of_children" in sys.modules
    assert not tables.meet(parent)
    assert not any(f"module_{name}_of_children" in sys.modules for name in ("own", "known"))


def test_an_element_of_several_names() -> None:
    cls = make("Light", name="red", other_names=("green", "red"))
    assert tables.child_tags(cls) == ("{urn:test:tables}red", "{urn:test:tables}green")


def test_a_class_says_what_it_is_a_child_of() -> None:
    first, second = make("First"), make("Second")

    class Part(ElementBase, parents=(first, second)):
        name = plugin_attrib = "part"

    class Piece(ElementBase, parents=(first,), iterable=True):
        name = plugin_attrib = "piece"
        plugin_multi_attrib = "pieces"

    class Special(Part):
        name = plugin_attrib = "special"

    assert first.plugin_attrib_map == {"part": Part, "piece": Piece}
    assert second.plugin_attrib_map == {"part": Part}
    assert first.plugin_multi_map == {"pieces": Piece}
    assert Part.of(first()) is None
    stanza = first()
    stanza["part"]
    assert type(Part.of(stanza)) is Part


def test_a_class_with_two_bases_of_ours() -> None:
    assert StreamError.interfaces >= {"condition", "text", "see_other_host", "to", "id"}
    assert "error" not in StreamError.plugin_attrib_map
