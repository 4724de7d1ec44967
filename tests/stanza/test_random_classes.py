# SPDX-License-Identifier: MIT
"""Random stanza classes and random trees of them: dict view = typed view = XML, and what is written is read back.

Classes are of two kinds: with fields, as ours are, and with `interfaces` and methods, as slixmpp's programs write them.
Both have children: by key, in several languages, in lists. Hypothesis draws a `Plan`, which is what a class is like,
and a `Tree`, which is what an object of it holds. What then must be in the typed view, in the dict view and in the XML
is said here once more for each `Kind` of key, without asking the library.
"""

from __future__ import annotations

import copy
import datetime
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum, auto
from typing import Any
from xml.etree.ElementTree import Element

from hypothesis import given, settings
from hypothesis import strategies as st

from xmppkit.jid.address import JID
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import (
    Attr,
    Base64Text,
    Child,
    Children,
    ChildText,
    ChildTexts,
    ElementText,
    Field,
    Flag,
    LangText,
)
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.xml.names import STREAM, XML_LANG
from xmppkit.xml.parser import StreamParser

NAMESPACES = ("urn:test:a", "urn:test:b")
LANGUAGES = ("", "de", "en")
MOMENT = datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.UTC)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8)


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


# --- kinds of keys ------------------------------------------------------------------------------------------------


class Place(Enum):
    """Where a value stands in the XML."""

    ATTRIBUTE = auto()
    CHILD = auto()
    DEEP = auto()  # the text of w/k
    LANGUAGES = auto()
    FLAG = auto()
    CHILDREN = auto()
    TEXT = auto()
    OTHER_CHILD = auto()  # the text, or an attribute, of a child stanza that stands for the value
    CHILD_ATTRIBUTE = auto()


def same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Kind:
    """A kind of key: its values in the typed view, and how they look elsewhere.

    :ivar declare: the field; None for a kind of slixmpp's classes.
    :ivar shown: the value in the dict view.
    :ivar text: the text in the XML.
    :ivar absent: what the typed and the dict view have when there is no value.
    """

    name: str
    place: Place
    values: st.SearchStrategy[Any]
    declare: Callable[[], Field[Any]] | None = None
    shown: Callable[[Any], Any] = same
    text: Callable[[Any], str] = str
    absent: tuple[Any, Any] = (None, "")


TEXTS = st.dictionaries(st.sampled_from(LANGUAGES), TEXT, min_size=1)
BYTES = {b"\x00": "AA==", b"ab": "YWI=", b"\xff\xff\xff": "////"}

FIELDS = [
    Kind("text", Place.ATTRIBUTE, TEXT, lambda: Attr(str)),
    Kind("number", Place.ATTRIBUTE, st.integers(-5, 5), lambda: Attr(int, minimum=-5, maximum=5)),
    Kind("count", Place.ATTRIBUTE, st.integers(0, 9), lambda: Attr(int, default=7), absent=(7, 7)),
    Kind("raw", Place.ATTRIBUTE, st.integers(0, 9), lambda: Attr(int, raw=True), shown=str),
    Kind("yes", Place.ATTRIBUTE, st.booleans(), lambda: Attr(bool), text=lambda value: str(value).lower()),
    Kind("ratio", Place.ATTRIBUTE, st.sampled_from([0.5, -2.25]), lambda: Attr(float)),
    Kind("who", Place.ATTRIBUTE, st.sampled_from([JID("a@b"), JID("b/c")]), lambda: Attr(JID), absent=(None, JID(""))),
    Kind(
        "when",
        Place.ATTRIBUTE,
        st.just(MOMENT),
        lambda: Attr(datetime.datetime),
        text=lambda value: value.strftime("%Y-%m-%dT%H:%M:%SZ"),
    ),
    Kind("colour", Place.ATTRIBUTE, st.sampled_from(Colour), lambda: Attr(Colour), shown=str),
    Kind("child", Place.CHILD, TEXT, lambda: ChildText(str)),
    Kind("deep", Place.DEEP, st.integers(0, 9), lambda: ChildText(int, name="w/deep")),
    Kind("body", Place.LANGUAGES, TEXTS, LangText),
    Kind("topic", Place.LANGUAGES, TEXTS, lambda: LangText(absent=None, keep=True), absent=(None, None)),
    Kind("flag", Place.FLAG, st.just(True), Flag, absent=(False, False)),
    Kind("groups", Place.CHILDREN, st.lists(TEXT, min_size=1, max_size=3), lambda: ChildTexts(str), absent=([], [])),
    Kind("content", Place.TEXT, TEXT, lambda: ElementText(str)),
    Kind("data", Place.TEXT, st.sampled_from(list(BYTES)), Base64Text, text=BYTES.__getitem__, absent=(None, b"")),
]
INTERFACES = [
    Kind("plain", Place.ATTRIBUTE, TEXT),
    Kind("sub", Place.CHILD, TEXT),
    Kind("spoken", Place.LANGUAGES, TEXTS),
    Kind("bool", Place.FLAG, st.just(True), absent=(None, False)),
    Kind("method", Place.DEEP, TEXT),
    Kind("extension", Place.OTHER_CHILD, TEXT),
    Kind("override", Place.CHILD_ATTRIBUTE, TEXT),
]


# --- classes ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """A stanza class, with the kinds of its keys and with its children.

    :ivar ones: child classes by key.
    :ivar many: child classes that are iterable, by the key of their list.
    """

    cls: type[ElementBase]
    kinds: dict[str, Kind]
    ones: dict[str, Plan]
    many: dict[str, Plan]


def attributes_of(name: str, namespace: str) -> dict[str, Any]:
    return {"name": name, "namespace": namespace, "plugin_attrib": name, "plugin_multi_attrib": "all_" + name}


def make_with_fields(name: str, namespace: str, kinds: list[Kind], ones: list[Plan], many: list[Plan]) -> Any:
    attributes = attributes_of(name, namespace)
    for kind in kinds:
        assert kind.declare is not None
        attributes[kind.name] = kind.declare()
    attributes |= {"one_" + plan.cls.name: Child(plan.cls) for plan in ones}
    attributes |= {"many_" + plan.cls.name: Children(plan.cls) for plan in many}
    return type(name.title(), (ElementBase,), attributes)


def make_with_interfaces(name: str, namespace: str, kinds: list[Kind], ones: list[Plan], many: list[Plan]) -> Any:
    names = {kind.name for kind in kinds}

    class Made(ElementBase):
        interfaces = names - {"extension"}
        sub_interfaces = names & {"sub", "spoken"}
        lang_interfaces = names & {"spoken"}
        bool_interfaces = names & {"bool"}

        def get_method(self) -> Any:
            return self._get_sub_text("w/method")

        def set_method(self, value: Any) -> None:
            self._set_sub_text("w/method", value)

        def del_method(self) -> None:
            self._del_sub("w/method", all=True)

    class Extension(ElementBase):
        plugin_attrib, is_extension = "extension", True
        interfaces = {"extension"}

        def get_extension(self) -> Any:
            return self.xml.text or ""

        def set_extension(self, value: Any) -> None:
            self.xml.text = value

        def del_extension(self) -> None:
            self.xml.text = None

    class Override(ElementBase):
        plugin_attrib = "overriding"
        interfaces = {"v"}
        overrides = ["get_override", "set_override", "del_override"]

        def get_override(self) -> Any:
            return self["v"]

        def set_override(self, value: Any) -> None:
            self["v"] = value

        def del_override(self) -> None:
            above = None if self.parent is None else self.parent()
            if above is not None:
                del above["overriding"]

    for cls, own in ((Made, name), (Extension, "extension"), (Override, "override")):
        cls.name, cls.namespace = own, namespace
    Made.plugin_attrib, Made.plugin_multi_attrib = name, "all_" + name
    if "extension" in names:
        register_stanza_plugin(Made, Extension)
    if "override" in names:
        register_stanza_plugin(Made, Override, overrides=True)
    for plan in ones:
        register_stanza_plugin(Made, plan.cls)
    for plan in many:
        register_stanza_plugin(Made, plan.cls, iterable=True)
    return Made


@st.composite
def plans(draw: st.DrawFn, name: str = "root", depth: int = 2) -> Plan:
    below = [name + letter for letter in "abcd"[: draw(st.integers(0, 3))]] if depth else []
    children = [(draw(plans(one, depth - 1)), draw(st.booleans())) for one in below]
    ones, many = [plan for plan, single in children if single], [plan for plan, single in children if not single]
    with_fields = draw(st.booleans())
    kinds: list[Kind] = draw(
        st.lists(st.sampled_from(FIELDS if with_fields else INTERFACES), unique_by=lambda kind: kind.name, max_size=5)
    )
    texts = [kind for kind in kinds if kind.place is Place.TEXT]
    kinds = [kind for kind in kinds if kind not in texts[1:]]  # an element has one text
    make = make_with_fields if with_fields else make_with_interfaces
    return Plan(
        make(name, draw(st.sampled_from(NAMESPACES)), kinds, ones, many),
        {kind.name: kind for kind in kinds},
        {plan.cls.name: plan for plan in ones},
        {"all_" + plan.cls.name: plan for plan in many},
    )


# --- trees --------------------------------------------------------------------------------------------------------


@dataclass
class Tree:
    """What an object of a class holds.

    :ivar lang: its ``xml:lang``, if it is a language.
    :ivar typed: the keys that are set through the typed view.
    :ivar ones: the children by key and language, which is ``''`` for the object's own.
    """

    plan: Plan
    lang: str
    values: dict[str, Any]
    typed: set[str]
    ones: dict[tuple[str, str], Tree] = field(default_factory=dict)
    many: list[tuple[str, Tree]] = field(default_factory=list)


@st.composite
def trees(draw: st.DrawFn, plan: Plan, langs: tuple[str, ...] = LANGUAGES, around: str = "") -> Tree:
    lang = draw(st.sampled_from(langs))
    own = lang or around
    values = draw(st.fixed_dictionaries({}, optional={key: kind.values for key, kind in plan.kinds.items()}))
    tree = Tree(plan, lang, values, {key for key in values if draw(st.booleans())})
    for key, below in plan.ones.items():
        # One in another language is there beside one in the own.
        for there in draw(st.sampled_from([(), ("",), ("",) if own == "fr" else ("", "fr")])):
            tree.ones[key, there] = draw(trees(below, (there,), own))
    for key, below in plan.many.items():
        tree.many += [(key, each) for each in draw(st.lists(trees(below, LANGUAGES, own), max_size=2))]
    return tree


def build(tree: Tree, stanza: ElementBase) -> None:
    """Give a new object what the tree says, now through the one view and now through the other."""
    if tree.lang:
        stanza["lang"] = tree.lang
    for key, value in tree.values.items():
        kind = tree.plan.kinds[key]
        declared = getattr(type(stanza), key) if kind.declare is not None and key in tree.typed else None
        if isinstance(declared, LangText):
            declared.set_all(stanza, value)
        elif kind.place is Place.LANGUAGES:
            for lang, text in value.items():
                stanza[f"{key}|{lang}" if lang else key] = text
        elif declared is not None:
            setattr(stanza, key, value)
        else:
            stanza[key] = value
    for (key, lang), below in tree.ones.items():
        if below.values or below.ones or below.many or lang or not hasattr(stanza, "one_" + key):
            child = stanza[f"{key}|{lang}" if lang else key]
        else:
            child = below.plan.cls()
            setattr(stanza, "one_" + key, child)
        build(below, child)
    for _, below in tree.many:
        child = below.plan.cls()
        stanza.append(child)
        build(below, child)


# --- what must hold -----------------------------------------------------------------------------------------------


def in_xml(xml: Element, kind: Kind, own: str) -> Any:
    """The texts of a value as they stand in the XML; None when there is none."""
    space = xml.tag[: xml.tag.index("}") + 1]
    children = xml.findall(space + kind.name)
    match kind.place:
        case Place.ATTRIBUTE:
            return xml.get(kind.name)
        case Place.TEXT:
            return xml.text
        case Place.CHILD | Place.OTHER_CHILD:
            return children[0].text if children else None
        case Place.DEEP:
            return xml.findtext(f"{space}w/{space}{kind.name}")
        case Place.LANGUAGES:
            return {child.get(XML_LANG) or own: child.text for child in children} or None
        case Place.FLAG:
            return "True" if children else None
        case Place.CHILDREN:
            return [child.text for child in children] or None
        case Place.CHILD_ATTRIBUTE:
            return children[0].get("v") if children else None


def check_key(stanza: ElementBase, kind: Kind, value: Any, own: str) -> None:
    """One key: the XML, the dict view and, if it is a field, the typed view. `value` is None when there is none."""
    if kind.place is Place.LANGUAGES:
        texts = {lang or own: text for lang, text in (value or {}).items()}
        assert in_xml(stanza.xml, kind, own) == (texts or None)
        assert stanza[kind.name + "|*"] == texts
        for lang, text in texts.items():
            if lang:
                assert stanza[f"{kind.name}|{lang}"] == text
        wanted = {texts[own]} if own in texts else set(texts.values())  # any, without one in the own language
        typed, shown = wanted or {kind.absent[0]}, wanted or {kind.absent[1]}
        assert stanza[kind.name] in shown
        if kind.declare is not None:
            assert getattr(stanza, kind.name) in typed
            assert getattr(type(stanza), kind.name).all(stanza) == texts
    else:
        text = (
            None if value is None else list(map(kind.text, value)) if kind.place is Place.CHILDREN else kind.text(value)
        )
        assert in_xml(stanza.xml, kind, own) == text
        item = kind.absent[1] if value is None else kind.shown(value)
        assert (stanza[kind.name], type(stanza[kind.name])) == (item, type(item))
        if kind.declare is not None:
            typed_value = kind.absent[0] if value is None else value
            assert getattr(stanza, kind.name) == typed_value
            assert type(getattr(stanza, kind.name)) is type(typed_value)
    assert (kind.name in stanza) is (value is not None)


def check(tree: Tree, stanza: ElementBase, around: str = "") -> None:
    """An object holds what the tree says, no less and no more; and looking changes nothing."""
    before = str(stanza)
    own = tree.lang or around
    assert type(stanza) is tree.plan.cls
    assert stanza.get_lang() == stanza["lang"] == own
    for key, kind in tree.plan.kinds.items():
        check_key(stanza, kind, tree.values.get(key), own)
    for key in tree.plan.ones:
        present = [lang for name, lang in tree.ones if name == key]
        assert (key in stanza) is bool(present)
        if hasattr(type(stanza), "one_" + key):
            assert (getattr(stanza, "one_" + key) is not None) is bool(present)
        for lang in present:
            child = stanza.get_plugin(key, lang or None, check=True)
            assert child is not None
            assert child is stanza[f"{key}|{lang}" if lang else key]
            check(tree.ones[key, lang], child, own)
    children = list(stanza)
    assert len(children) == len(stanza) == len(tree.many)
    for child, (_, below) in zip(children, tree.many, strict=True):
        check(below, child, own)
    for key in tree.plan.many:
        listed = stanza[key]
        assert [id(child) for child in listed] == [
            id(child) for child, (name, _) in zip(children, tree.many, strict=True) if name == key
        ]
        typed = getattr(stanza, key.replace("all_", "many_"), listed)
        assert [id(child) for child in typed] == [id(child) for child in listed]
    assert str(stanza) == before


def with_defaults(tree: Tree) -> Tree:
    """What has a default has it written after a round through the values."""
    defaults = {key: kind.absent[1] for key, kind in tree.plan.kinds.items() if kind.absent[1]}
    ones = {key: with_defaults(below) for key, below in tree.ones.items()}
    many = [(key, with_defaults(below)) for key, below in tree.many]
    return replace(tree, values=defaults | tree.values, ones=ones, many=many)


def received(stanza: ElementBase) -> ElementBase:
    """The stanza behind the wire."""
    parser = StreamParser()
    parser.feed(f"<stream:stream xmlns:stream='{STREAM}' xmlns='urn:test:stream'>".encode())
    (xml,) = parser.feed(str(stanza).encode())
    assert isinstance(xml, Element)
    return type(stanza)(xml=xml)


PLANTED = plans().flatmap(trees)


@settings(max_examples=150, deadline=None)
@given(PLANTED)
def test_all_views_have_what_was_set_and_the_wire_keeps_it(tree: Tree) -> None:
    stanza = tree.plan.cls()
    build(tree, stanza)
    check(tree, stanza)
    for again in (received(stanza), copy.copy(stanza), copy.deepcopy(stanza)):
        assert again == stanza
        assert str(again) == str(stanza)
        check(tree, again)


@settings(max_examples=100, deadline=None)
@given(PLANTED)
def test_values_make_the_round(tree: Tree) -> None:
    stanza = tree.plan.cls()
    build(tree, stanza)
    again = tree.plan.cls()
    again.values = stanza.values
    assert again == stanza
    check(with_defaults(tree), again)
    assert tree.plan.cls().set_stanza_values(stanza.get_stanza_values()) == stanza
    assert pickle.loads(pickle.dumps(stanza.values)) == stanza.values  # plain values, through and through


@settings(max_examples=100, deadline=None)
@given(PLANTED)
def test_what_is_removed_is_gone(tree: Tree) -> None:
    stanza = tree.plan.cls()
    build(tree, stanza)
    for key, kind in tree.plan.kinds.items():
        if key in tree.typed and kind.declare is not None:
            setattr(stanza, key, None)
        else:
            del stanza[f"{key}|*" if kind.place is Place.LANGUAGES else key]
        check_key(stanza, kind, None, tree.lang)
    for key, lang in reversed(tree.ones):
        del stanza[f"{key}|{lang}" if lang else key]
    for key in tree.plan.many:
        del stanza[key]
    del stanza["lang"]
    assert str(stanza) == str(tree.plan.cls())
    assert stanza == tree.plan.cls()


@settings(max_examples=100, deadline=None)
@given(PLANTED, st.data())
def test_one_difference_is_a_difference(tree: Tree, data: st.DataObject) -> None:
    stanza, other = tree.plan.cls(), tree.plan.cls()
    build(tree, stanza)
    build(tree, other)
    assert other == stanza
    if not (keys := [key for key in tree.values if key not in ("flag", "bool")]):
        return
    key = data.draw(st.sampled_from(keys))
    del other[f"{key}|*" if tree.plan.kinds[key].place is Place.LANGUAGES else key]
    if tree.values[key] != tree.plan.kinds[key].absent[1]:
        assert other != stanza
