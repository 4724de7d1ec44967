# SPDX-License-Identifier: MIT
"""What a StanzaPath requires, compared with what it accepts: a promise that is too great loses stanzas."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Iterator
from typing import Any, cast
from xml.etree.ElementTree import Element, SubElement, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.dispatch.paths import path_requirements
from xmppkit.dispatch.requirements import ANYTHING, Requirement
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.registry import register_stanza_plugin

NS = "urn:test:paths"
CLIENT = "jabber:client"
numbers = itertools.count()


def make(base: type = ElementBase, **attributes: Any) -> Any:
    """A class with a tag of its own."""
    number = next(numbers)
    attributes = {"namespace": NS, "name": f"e{number}", "plugin_attrib": f"path_{number}", **attributes}
    return type(f"Made{number}", (base,), {"__module__": __name__, **attributes})


def child(parent: type, **attributes: Any) -> Any:
    iterable = attributes.pop("iterable", False)
    overrides = attributes.get("overrides") is not None
    made = make(**attributes)
    register_stanza_plugin(cast("type[ElementBase]", parent), made, iterable=iterable, overrides=overrides)
    return made


@pytest.fixture(autouse=True)
def no_strange_classes() -> Iterator[None]:
    """Subclasses of Iq and so on that other tests made are gone, and those of this test go with it."""
    gc.collect()
    yield
    gc.collect()


def satisfies(stanza: Any, needs: tuple[Requirement, ...]) -> tuple[bool, bool]:
    """Whether a stanza satisfies one of the alternatives, and whether one that suffices."""
    xml = stanza.xml
    names = {xml.tag, xml.tag[xml.tag.find("}") + 1 :]}
    fitting = [
        need
        for need in needs
        if (need.roots is None or need.roots & names)
        and (need.types is None or xml.get("type") in need.types)
        and (need.payloads is None or need.payloads & {each.tag for each in xml})
    ]
    return bool(fitting), any(need.sufficient for need in fitting)


def check(path: str, stanza: Any) -> bool:
    """Whether the path accepts the stanza; what is required must agree."""
    possible, sure = satisfies(stanza, path_requirements(path))
    accepted = bool(stanza.match(path))
    assert possible or not accepted, f"{path!r} accepts {stanza}, but {path_requirements(path)}"
    assert accepted or not sure, f"{path!r} does not accept {stanza}, but {path_requirements(path)}"
    return accepted


def received(text: str, cls: Any = None) -> Any:
    xml = fromstring(text)  # our own
    known: dict[str, Any] = {f"{{{CLIENT}}}iq": Iq, f"{{{CLIENT}}}message": Message, f"{{{CLIENT}}}presence": Presence}
    return (cls or known.get(xml.tag, StanzaBase))(None, xml, recv=True)


def of(stanza: str, inner: str = "", **attributes: str) -> str:
    written = "".join(f" {name}='{value}'" for name, value in attributes.items())
    return f"<{stanza} xmlns='{CLIENT}'{written}>{inner}</{stanza}>"


# --- what can be said -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "/", "*", "message_with_a_name_of_its_own", "@type=get", "*/error", "{urn:x}*"])
def test_nothing_is_said_of_what_is_not_a_root(path: str) -> None:
    assert path_requirements(path) == ANYTHING


def test_a_root_by_its_name_suffices() -> None:
    assert path_requirements("message") == (Requirement(frozenset({"message"}), None, None, True),)
    assert check("message", received(of("message")))
    assert not check("message", received(of("iq")))
    assert check("message", received("<message xmlns='urn:other'/>"))
    assert check("message", received("<message/>"))


def test_the_type_of_an_iq() -> None:
    (need,) = path_requirements("iq@type=get")
    assert need == Requirement(frozenset({"iq"}), frozenset({"get"}), None, True)
    assert check("iq@type=get", received(of("iq", type="get")))
    assert not check("iq@type=get", received(of("iq", type="set")))
    assert not check("iq@type=get", received(of("iq")))


def test_an_empty_value_stands_for_the_absence() -> None:
    assert path_requirements("iq@type=")[0].types is None
    assert check("iq@type=", received(of("iq")))
    assert path_requirements("iq@type")[0] == Requirement(frozenset({"iq"}))
    assert check("iq@type", received(of("iq", type="set")))
    assert not check("iq@type", received(of("iq")))


@pytest.mark.parametrize("value", ["normal", "chat", "groupchat", "error", "headline", "shout"])
def test_types_of_messages(value: str) -> None:
    for said in (None, "", "normal", "chat", "groupchat", "error", "headline", "shout", "Chat"):
        text = of("message") if said is None else of("message", type=said)
        accepted = check(f"message@type={value}", received(text))
        expected = said if said in Message.types else "normal"
        assert accepted == (value == expected)


@pytest.mark.parametrize("value", ["available", "away", "dnd", "unavailable", "subscribe", "error", "bogus"])
def test_types_of_presences(value: str) -> None:
    for said, show in itertools.product((None, "", "unavailable", "subscribe", "away", "bogus"), ("", "away", "nil")):
        inner = f"<show>{show}</show>" if show else ""
        stanza = received(of("presence", inner) if said is None else of("presence", inner, type=said))
        assert check(f"presence@type={value}", stanza) == (stanza["type"] == value)


def test_types_that_are_told_from_the_attribute() -> None:
    assert path_requirements("presence@type=away")[0].types is None
    assert path_requirements("presence@type=available")[0].types is None
    assert path_requirements("presence@type=unavailable")[0].types == frozenset({"unavailable"})
    assert path_requirements("message@type=normal")[0].types is None
    assert path_requirements("message@type=chat")[0].types == frozenset({"chat"})
    assert path_requirements("message@type=shout")[0].types is None


def test_conditions_on_anything_but_the_type_are_left_to_the_matcher() -> None:
    for path in ("iq@type=get@id=1", "iq@id=1", "iq@type@type=get", "iq@lang=de", "iq@type=get@type=set"):
        assert not any(need.sufficient for need in path_requirements(path))
    assert check("iq@type=get@id=1", received(of("iq", type="get", id="1")))
    assert not check("iq@type=get@id=1", received(of("iq", type="get", id="2")))
    assert not check("iq@type=get@type=set", received(of("iq", type="get")))
    assert check("iq@lang=de", received("<iq xmlns='jabber:client' xml:lang='de'/>"))
    assert not check("iq@lang=de", received(of("iq")))


# --- namespaces -------------------------------------------------------------------------------------------------------


def test_a_namespace_in_braces() -> None:
    assert path_requirements("{urn:other}message") == (Requirement(frozenset({"{urn:other}message"})),)
    assert check("{urn:other}message", received("<message xmlns='urn:other'/>"))
    assert not check("{urn:other}message", received(of("message")))


def test_the_namespace_of_a_class_stands_for_that_of_any_stream() -> None:
    assert path_requirements("{jabber:client}message")[0].roots == frozenset({"message"})
    assert check("{jabber:client}message", received("<message xmlns='jabber:server'/>", Message))
    assert check("{jabber:server}message", received("<message xmlns='jabber:server'/>", Message))
    assert not check("{jabber:server}message", received(of("message")))


def test_an_empty_namespace() -> None:
    assert path_requirements("{}message")[0].roots == frozenset({"message"})
    assert check("{}message", received("<message/>"))
    assert not check("{}message", received(of("message")))


def test_the_namespace_of_a_subclass() -> None:
    cls = make(Message, name="message", namespace="urn:other", plugin_attrib="message")
    assert path_requirements("{urn:other}message")[0].roots == frozenset({"message"})
    assert check("{urn:other}message", received(of("message"), cls))


# --- payloads ---------------------------------------------------------------------------------------------------------


def test_a_payload() -> None:
    plugin = child(Iq)
    path = f"iq@type=get/{plugin.plugin_attrib}"
    sure, general = path_requirements(path)
    assert sure.payloads == general.payloads == frozenset({plugin.tag_name()})
    assert sure.types == general.types == frozenset({"get"})
    assert sure.sufficient
    assert not general.sufficient
    assert sure.roots == frozenset({"{jabber:client}iq", "{jabber:server}iq", "{jabber:component:accept}iq"})
    assert check(path, received(of("iq", f"<{plugin.name} xmlns='{NS}'/>", type="get")))
    assert not check(path, received(of("iq", f"<{plugin.name} xmlns='{NS}'/>", type="set")))
    assert not check(path, received(of("iq", f"<{plugin.name} xmlns='urn:other'/>", type="get")))
    assert not check(path, received(f"<iq xmlns='urn:other' type='get'><{plugin.name} xmlns='{NS}'/></iq>"))


def test_a_payload_that_nobody_knows_yet() -> None:
    path = f"iq/path_{next(numbers) + 1}"
    assert path_requirements(path) == (Requirement(frozenset({"iq"})),)
    plugin = child(Iq, plugin_attrib=path[3:])
    assert path_requirements(path)[0].payloads == frozenset({plugin.tag_name()})


def test_a_payload_of_a_subclass_alone() -> None:
    cls = make(Message, name="message", namespace=CLIENT, plugin_attrib="message")
    plugin = child(cls)
    path = f"message/{plugin.plugin_attrib}"
    text = of("message", f"<{plugin.name} xmlns='{NS}'/>")
    assert check(path, received(text, cls))
    assert not check(path, received(text))


def test_a_class_that_has_another_payload_under_the_same_name() -> None:
    plugin = child(Message)
    cls = make(Message, name="message", namespace=CLIENT, plugin_attrib="message")
    other = child(cls, plugin_attrib=plugin.plugin_attrib)
    path = f"message/{plugin.plugin_attrib}"
    for kind, made in itertools.product((Message, cls), (plugin, other)):
        accepted = check(path, received(of("message", f"<{made.name} xmlns='{NS}'/>"), kind))
        assert accepted == ((kind is cls) == (made is other))


def test_a_stranger_of_the_same_local_name() -> None:
    plugin = child(Message)
    cls = make(StanzaBase, name="message", namespace="urn:other", plugin_attrib="other")
    path = f"message/{plugin.plugin_attrib}"
    assert not any(need.sufficient for need in path_requirements(path))
    assert not check(path, received(f"<message xmlns='urn:other'><{plugin.name} xmlns='{NS}'/></message>", cls))


def test_a_step_that_is_a_text() -> None:
    assert path_requirements("message/body") == (Requirement(frozenset({"message"})),)
    assert check("message/body", received(of("message", "<body>hi</body>")))
    assert not check("message/body", received(of("message", "<body/>")))


def test_conditions_and_namespaces_on_the_second_step() -> None:
    plugin = child(Iq, interfaces={"a"})
    inner = f"<{plugin.name} xmlns='{NS}' a='1'/>"
    for step in (f"{plugin.plugin_attrib}@a=1", f"{{{NS}}}{plugin.plugin_attrib}"):
        (need,) = path_requirements(f"iq/{step}")
        assert need.payloads == frozenset({plugin.tag_name()})
        assert not need.sufficient
        assert check(f"iq/{step}", received(of("iq", inner)))
    assert not check(f"iq/{plugin.plugin_attrib}@a=2", received(of("iq", inner)))
    assert not check(f"iq/{{urn:other}}{plugin.plugin_attrib}", received(of("iq", inner)))


def test_three_steps() -> None:
    plugin = child(Iq)
    grandchild = child(plugin)
    path = f"iq/{plugin.plugin_attrib}/{grandchild.plugin_attrib}"
    (need,) = path_requirements(path)
    assert need == Requirement(frozenset({"iq"}), None, frozenset({plugin.tag_name()}))
    deep = f"<{plugin.name} xmlns='{NS}'><{grandchild.name}/></{plugin.name}>"
    assert check(path, received(of("iq", deep)))
    assert not check(path, received(of("iq", f"<{plugin.name} xmlns='{NS}'/>")))


def test_a_payload_that_follows_the_namespace_of_the_stream() -> None:
    plugin = child(Message, namespace=CLIENT, follows_namespace=True)
    path = f"message/{plugin.plugin_attrib}"
    for space in (CLIENT, "jabber:server", "jabber:component:accept"):
        assert check(path, received(f"<message xmlns='{space}'><{plugin.name}/></message>", Message))


def test_a_virtual_payload_has_no_tag() -> None:
    def setup(self: Any, xml: Any = None) -> bool:
        self.xml = Element("")
        return True

    def begin(self: Any, xml: Any = None, parent: Any = None) -> None:
        ElementBase.__init__(self, xml, parent)

    virtual = child(Message, setup=setup)
    strange = child(Message, is_extension=True, __init__=begin)
    for plugin in (virtual, strange):
        path = f"message/{plugin.plugin_attrib}"
        assert path_requirements(path) == (Requirement(frozenset({"message"})),)
    stanza = received(of("message"))
    path = f"message/{virtual.plugin_attrib}"
    assert not check(path, stanza)
    stanza.enable(virtual.plugin_attrib)
    assert check(path, stanza)


def test_an_extension_has_a_tag() -> None:
    plugin = child(Message, is_extension=True)
    path = f"message/{plugin.plugin_attrib}"
    sure, general = path_requirements(path)
    assert sure.sufficient
    assert (sure.payloads, general.payloads) == (frozenset({plugin.tag_name()}),) * 2
    assert check(path, received(of("message", f"<{plugin.name} xmlns='{NS}'/>")))
    assert not check(path, received(of("message")))


# --- iterables --------------------------------------------------------------------------------------------------------


def test_iterables_by_each_of_their_names() -> None:
    several = f"several_{next(numbers)}"
    plugin = child(Iq, iterable=True, plugin_multi_attrib=several)
    inner = f"<{plugin.name} xmlns='{NS}'/>"
    for name in (plugin.plugin_attrib, plugin.name, several):
        (need,) = path_requirements(f"iq/{name}")
        assert need.payloads == frozenset({plugin.tag_name()})
        assert not need.sufficient
        assert check(f"iq/{name}", received(of("iq", inner)))
        assert not check(f"iq/{name}", received(of("iq")))


def test_a_list_has_objects_of_subclasses_too() -> None:
    several = f"several_{next(numbers)}"
    plugin = child(Iq, iterable=True, plugin_multi_attrib=several)
    special = make(plugin, plugin_multi_attrib="")
    register_stanza_plugin(Iq, special, iterable=True)
    assert check(f"iq/{several}", received(of("iq", f"<{special.name} xmlns='{NS}'/>")))


def test_an_iterable_whose_key_another_class_took() -> None:
    first = child(Iq, iterable=True)
    second = child(Iq, plugin_attrib=first.plugin_attrib)
    path = f"iq/{first.plugin_attrib}"
    assert check(path, received(of("iq", f"<{first.name} xmlns='{NS}'/>")))
    assert check(path, received(of("iq", f"<{second.name} xmlns='{NS}'/>")))


def test_an_iterable_that_took_the_tag_of_another_class() -> None:
    plugin = child(Iq)
    child(Iq, name=plugin.name, iterable=True)
    assert not check(f"iq/{plugin.plugin_attrib}", received(of("iq", f"<{plugin.name} xmlns='{NS}'/>")))


def test_an_object_that_was_appended() -> None:
    stranger = make()
    stanza = received(of("message"))
    stanza.append(stranger())
    assert check(f"message/{stranger.plugin_attrib}", stanza)
    assert check(f"message/{stranger.name}", stanza)


def test_maps_that_a_class_states() -> None:
    plugin, several = make(), make()
    sub = make(several)
    names = [f"stated_{next(numbers)}", f"stated_{next(numbers)}"]
    cls = make(
        Iq, name="iq", namespace=CLIENT, plugin_attrib="iq",
        plugin_attrib_map={names[0]: plugin}, plugin_multi_map={names[1]: several}, plugin_iterables={several, sub},
    )  # fmt: skip
    assert check(f"iq/{names[0]}", received(of("iq", f"<{plugin.name} xmlns='{NS}'/>"), cls))
    assert check(f"iq/{names[1]}", received(of("iq", f"<{several.name} xmlns='{NS}'/>"), cls))
    assert check(f"iq/{names[1]}", received(of("iq", f"<{sub.name} xmlns='{NS}'/>"), cls))


# --- classes with their own ways ----------------------------------------------------------------------------------


def test_a_first_step_that_is_the_name_of_a_child() -> None:
    root = make(StanzaBase)
    register_stanza_plugin(root, Presence)
    assert path_requirements("presence") == ANYTHING
    assert check("presence", received(f"<{root.name} xmlns='{NS}'><presence xmlns='{CLIENT}'/></{root.name}>", root))


def test_a_root_of_another_name_with_the_same_key() -> None:
    cls = make(Iq, plugin_attrib="iq")
    assert path_requirements("iq") == ANYTHING
    assert check("iq", received(f"<{cls.name} xmlns='{NS}'/>", cls))


def test_a_class_that_matches_in_its_own_way() -> None:
    cls = make(Message, name="message", namespace=CLIENT, plugin_attrib="message", match=lambda self, path: True)
    assert path_requirements("message@type=chat") == ANYTHING
    assert check("message@type=chat", received(of("message"), cls))


def test_a_class_that_reads_its_type_in_its_own_way() -> None:
    cls = make(Iq, name="iq", namespace=CLIENT, plugin_attrib="iq", get_type=lambda self: self.xml.get("kind", "get"))
    assert path_requirements("iq@type=get")[0] == Requirement(frozenset({"iq"}))
    assert check("iq@type=get", received(of("iq"), cls))
    assert not check("iq@type=get", received(of("iq", type="get", kind="other"), cls))


def test_a_child_that_says_the_type() -> None:
    cls = make(Iq, name="iq", namespace=CLIENT, plugin_attrib="iq")
    child(cls, overrides=["get_type"], get_type=lambda self: "get")
    assert path_requirements("iq@type=get")[0].types is None
    assert check("iq@type=get", received(of("iq", type="set"), cls))


def test_a_class_that_knows_fewer_types() -> None:
    cls = make(Message, name="message", namespace=CLIENT, plugin_attrib="message", types={"normal"})
    assert not path_requirements("message@type=chat")[0].sufficient
    assert not check("message@type=chat", received(of("message", type="chat"), cls))


# --- all at once ------------------------------------------------------------------------------------------------------

Plain = make(name="plain", plugin_attrib="prop_plain", interfaces={"a"})
Extension = make(name="extension", plugin_attrib="prop_extension", is_extension=True, interfaces={"prop_extension"})
Item = make(name="item", plugin_attrib="prop_item", plugin_multi_attrib="prop_items", interfaces={"a"})
Nested = make(name="plain/nested", plugin_attrib="prop_nested")
for kind in (Iq, Message, Presence):
    register_stanza_plugin(kind, Plain)
    register_stanza_plugin(kind, Extension)
    register_stanza_plugin(kind, Item, iterable=True)
register_stanza_plugin(Message, Nested)
register_stanza_plugin(Plain, Item, iterable=True)

steps = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "", "", "{urn:test:paths}", "{jabber:client}", "{}"]),
    st.sampled_from(
        ["prop_plain", "prop_extension", "prop_item", "prop_items", "prop_nested", "item", "body", "", "*"]
    ),
    st.sampled_from(["", "", "@a=1", "@a", "@a=", "@lang=de"]),
)
paths = st.builds(
    lambda space, name, conditions, rest: "/".join([space + name + conditions, *rest]),
    st.sampled_from(["", "", "", "{jabber:client}", "{jabber:server}", "{urn:other}", "{}"]),
    st.sampled_from(["iq", "message", "presence", "prop_plain", "*", ""]),
    st.sampled_from(
        ["", "", "@type=get", "@type=chat", "@type=normal", "@type=away", "@type=available", "@type=unavailable",
         "@type=error", "@type=", "@type", "@type=get@id=1", "@id=1", "@lang=de", "@show=away"]
    ),
    st.lists(steps, max_size=2),
)  # fmt: skip


@st.composite
def stanzas(draw: st.DrawFn) -> Any:
    space = draw(st.sampled_from([CLIENT, CLIENT, "jabber:server", "urn:other", ""]))
    local = draw(st.sampled_from(["iq", "message", "presence", "other"]))
    xml = Element(f"{{{space}}}{local}" if space else local)
    said = draw(st.sampled_from([None, "", "get", "chat", "normal", "away", "available", "unavailable", "error", "x"]))
    if said is not None:
        xml.set("type", said)
    if draw(st.booleans()):
        xml.set("id", "1")
    for tag in draw(st.lists(st.sampled_from(["plain", "extension", "item", "body", "show", "strange"]), max_size=3)):
        inner = SubElement(xml, f"{{{space}}}{tag}" if tag in ("body", "show") and space else f"{{{NS}}}{tag}")
        inner.text = draw(st.sampled_from([None, "away", "text"]))
        inner.attrib.update(draw(st.sampled_from([{}, {"a": "1"}, {"a": "2"}])))
        if draw(st.booleans()):
            SubElement(inner, f"{{{NS}}}" + draw(st.sampled_from(["item", "nested"])))
    cls = {"iq": Iq, "message": Message, "presence": Presence}.get(local)
    return (cls if cls is not None and space in (CLIENT, "jabber:server") else StanzaBase)(None, xml, recv=True)


@given(paths, stanzas())
def test_what_is_required_never_excludes_what_is_accepted(path: str, stanza: Any) -> None:
    check(path, stanza)
