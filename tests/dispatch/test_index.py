# SPDX-License-Identifier: MIT
"""The index finds exactly the handlers that asking every one of them would find."""

from __future__ import annotations

import gc
import itertools
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmppkit.dispatch import index as module
from xmppkit.dispatch.handlers import BaseHandler, Callback, Collector
from xmppkit.dispatch.index import MAX_PLANS, MAX_SHAPE, CompiledIndex, HandlerIndex, compiled_index
from xmppkit.dispatch.matchers import (
    MatcherBase,
    MatcherId,
    MatchIDSender,
    MatchMany,
    MatchXMLMask,
    MatchXPath,
    Requirement,
    StanzaPath,
)
from xmppkit.exceptions import LocalProtocolError
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.registry import register_stanza_plugin

NS = "urn:test:index"
CLIENT = "jabber:client"
SPACES = [CLIENT, CLIENT, CLIENT, "jabber:server", "urn:other", ""]
numbers = itertools.count()


def stanza(cls: Any, *children: str, space: str = CLIENT, local: str = "", **attributes: str) -> Any:
    xml = Element(f"{{{space}}}{local or cls.name}", attributes)
    for tag in children:
        SubElement(xml, tag)
    return cls(None, xml, recv=True)


def handler(name: str, matcher: Any) -> BaseHandler:
    return Collector(name, matcher)


def names(found: Any) -> list[str]:
    return [each.name for each in found]


class Everything(MatcherBase):
    """Says nothing of itself."""

    def __init__(self) -> None:
        super().__init__(None)

    def match(self, xml: Any) -> bool:
        return True


# --- order ------------------------------------------------------------------------------------------------------------


def test_order_of_registration() -> None:
    index = HandlerIndex()
    for name, matcher in (
        ("a", MatcherId("1")), ("b", StanzaPath("message")), ("c", MatcherId("1")), ("d", Everything()),
        ("e", MatchXPath(f"{{{CLIENT}}}message/{{{NS}}}x")), ("f", StanzaPath("message/body")), ("g", MatcherId("2")),
    ):  # fmt: skip
        index.add(handler(name, matcher))
    assert names(index.matching(stanza(Message, f"{{{NS}}}x", id="1"))) == ["a", "b", "c", "d", "e"]
    assert names(index.matching(stanza(Message, id="2"))) == ["b", "d", "g"]
    assert names(index.matching(stanza(Message, id="3"))) == ["b", "d"]
    assert names(index) == list("abcdefg")
    assert len(index) == 7


def test_before_and_after() -> None:
    index = HandlerIndex()
    index.add(handler("a", Everything()))
    index.add(handler("b", MatcherId("1")))
    index.add(handler("c", Everything()))
    index.add(handler("d", Everything()), before="c")
    index.add(handler("e", Everything()), after="a")
    index.add(handler("f", Everything()), after="e", before="c")
    assert names(index) == ["a", "e", "b", "d", "f", "c"]
    index.add(handler("i", Everything()), before="b")
    index.add(handler("j", Everything()), after="b")
    assert names(index) == ["a", "e", "i", "b", "j", "d", "f", "c"]
    index.add(handler("g", Everything()), before="nobody", after="nobody")
    index.add(handler("h", MatcherId("1")), before="a")
    assert names(index)[0] == "h"
    assert names(index)[-1] == "g"
    assert names(index.matching(stanza(Iq, id="1"))) == names(index)


def test_wishes_that_contradict_each_other() -> None:
    index = HandlerIndex()
    for name in "ab":
        index.add(handler(name, Everything()))
    with pytest.raises(LocalProtocolError, match="no handler can come after 'b' and before 'a'"):
        index.add(handler("c", Everything()), before="a", after="b")
    with pytest.raises(LocalProtocolError):
        index.add(handler("c", Everything()), before="a", after="a")
    assert names(index) == ["a", "b"]


# --- removal ----------------------------------------------------------------------------------------------------------


def test_removal() -> None:
    index = HandlerIndex()
    handlers = [handler(name, matcher) for name, matcher in
                (("a", Everything()), ("a", Everything()), ("b", MatcherId("1")), ("b", MatcherId("1")))]  # fmt: skip
    for each in handlers:
        index.add(each)
    assert "a" in index
    assert handlers[3] in index
    assert index.remove("a")
    assert list(index) == handlers[1:]
    assert index.remove(handlers[3])
    assert list(index) == handlers[1:3]
    assert not index.remove(handlers[3])
    assert names(index.matching(stanza(Iq, id="1"))) == ["a", "b"]
    assert index.remove("b")
    assert not index.remove("b")
    assert index.remove("a")
    assert not index.remove("a")
    assert len(index) == 0
    assert index.matching(stanza(Iq, id="1")) == []


def test_the_place_of_ids_stays_when_others_go() -> None:
    index = HandlerIndex()
    for name in "ab":
        index.add(handler(name, Everything()))
    index.add(handler("id", MatcherId("1")))
    index.add(handler("c", Everything()))
    assert index.remove("a")
    assert names(index) == ["b", "id", "c"]
    index.remove("c")
    index.remove("b")
    index.add(handler("d", Everything()))
    assert names(index.matching(stanza(Iq, id="1"))) == ["id", "d"]


# --- ids --------------------------------------------------------------------------------------------------------------


def test_ids_stay_out_of_the_compiled_index() -> None:
    index = HandlerIndex()
    index.add(handler("a", StanzaPath("iq")))
    index.matching(stanza(Iq))
    compiled = index._compiled
    index.add(handler("b", MatcherId("1")))
    index.add(handler("c", MatchIDSender({"id": "1", "peer": "p@h/r", "self": "me@h/r"})))
    assert names(index.matching(stanza(Iq, **{"id": "1", "from": "p@h/r"}))) == ["a", "b", "c"]
    assert names(index.matching(stanza(Iq, **{"id": "1", "from": "q@h/r"}))) == ["a", "b"]
    index.remove("b")
    assert names(index.matching(stanza(Iq, **{"id": "1", "from": "q@h/r"}))) == ["a"]
    assert names(index.matching(stanza(Iq))) == ["a"]
    assert index._compiled is compiled


def test_who_decides_for_himself_is_asked() -> None:
    class OwnWay(Collector):
        def match(self, xml: Any) -> bool:
            return xml.xml.get("id") == "other"  # type: ignore[no-any-return]

    class OwnId(MatcherId):
        def match(self, xml: Any) -> bool:
            return True

    index = HandlerIndex()
    index.add(OwnWay("a", MatcherId("1")))
    index.add(OwnWay("b", StanzaPath("iq")))
    index.add(handler("c", OwnId("1")))
    assert names(index.matching(stanza(Message, id="other"))) == ["a", "b", "c"]
    assert names(index.matching(stanza(Iq, id="1"))) == ["c"]


# --- the compiled index -----------------------------------------------------------------------------------------------


def test_streams_with_the_same_handlers_share() -> None:
    one, other = HandlerIndex(), HandlerIndex()
    for index in (one, other):
        index.add(handler("a", StanzaPath("iq@type=get")))
        index.add(handler("b", MatchXPath(f"{{{NS}}}x")))
        index.matching(stanza(Iq))
    assert one._compiled is other._compiled is not None
    assert one._needs is other._needs
    other.add(handler("c", Everything()))
    assert names(one.matching(stanza(Iq, type="get"))) == ["a"]
    assert names(other.matching(stanza(Iq, type="get"))) == ["a", "c"]


def test_indexes_that_nobody_uses_are_kept_for_a_while_and_no_longer() -> None:
    first = compiled_index(((Requirement(frozenset({"kept"})),),))
    needs = first.needs
    del first
    assert (needs, None) in module._shared
    for number in range(module.KEPT_INDEXES):
        compiled_index(((Requirement(frozenset({f"kept_{number}"})),),))
    gc.collect()
    assert (needs, None) not in module._shared
    assert len(module._kept) == module.KEPT_INDEXES


def test_handlers_that_come_with_a_payload() -> None:
    index = HandlerIndex()
    late = handler("late", StanzaPath("message"))
    woken: list[tuple[str, ...]] = []
    index.add(handler("first", StanzaPath("message")))
    place = index.count
    index.add(handler("second", StanzaPath("message")))
    index.add(handler("id", MatcherId("7")))
    index.add(handler("third", StanzaPath("message")))

    def wake(names: tuple[str, ...]) -> None:
        woken.append(names)
        index.expect((), {}, wake)
        assert index.place(place) is None
        index.add(late)
        index.add(handler("later", StanzaPath("message")))
        assert index.place(None) == place + 2
        index.add(handler("last", StanzaPath("message")))

    def useless(names: tuple[str, ...]) -> None:
        woken.append(names)

    index.expect(("a",), {"{urn:x}x": ("b", "a"), "{urn:y}y": ("a",)}, useless)
    for _ in range(2):
        assert names(index.matching(stanza(Message, "{urn:z}z"))) == ["first", "second", "third"]
    assert woken == []
    assert names(index.matching(stanza(Message, "{urn:x}x"))) == ["first", "second", "third"]
    assert woken == [("a", "b")]
    index.expect(("a",), {"{urn:y}y": ("a",)}, wake)
    assert names(index.matching(stanza(Message, "{urn:y}y", id="7"))) == [
        "first",
        "late",
        "later",
        "second",
        "id",
        "third",
        "last",
    ]
    assert woken == [("a", "b"), ("a",)]
    assert names(index.matching(stanza(Message, "{urn:y}y"))) == ["first", "late", "later", "second", "third", "last"]
    assert len(woken) == 2


def test_who_waits_for_a_payload_does_not_share_with_who_does_not() -> None:
    woken: list[tuple[str, ...]] = []
    awake, sleeping = HandlerIndex(), HandlerIndex()
    for each in (awake, sleeping):
        each.add(handler("all", StanzaPath("message")))
    sleeping.expect(("a",), {"{urn:x}x": ("a",)}, woken.append)
    assert names(awake.matching(stanza(Message, "{urn:x}x"))) == ["all"]
    assert names(sleeping.matching(stanza(Message, "{urn:x}x"))) == ["all"]
    assert woken == [("a",)]


def test_shapes_are_remembered_within_bounds() -> None:
    compiled = CompiledIndex(((Requirement(frozenset({"iq"})),),))
    assert compiled.plan(("{x}iq", None)) == ((0, False),)
    assert compiled.plans == {("{x}iq", None): ((0, False),)}
    long = ("{x}iq", None, *["{x}y"] * (MAX_SHAPE + 1))
    assert compiled.plan(long) == ((0, False),)
    assert long not in compiled.plans
    for number in range(MAX_PLANS + 1):
        assert compiled.plan((f"{{x}}{number}", None)) == ()
    assert len(compiled.plans) <= MAX_PLANS


def test_what_the_parts_of_a_requirement_mean() -> None:
    compiled = CompiledIndex(
        (
            (Requirement(frozenset({"{x}iq"}), frozenset({"get", None})),),
            (Requirement(None, None, frozenset({"{x}p"}), True),),
            (Requirement(frozenset({"iq"}), None, frozenset({"{x}p", "{x}q"})),),
            (Requirement(None, frozenset({"set"})),),
            (Requirement(frozenset({"{x}iq"}), None, None, True), Requirement(frozenset({"iq"}))),
            (),
        )
    )
    assert compiled.plan(("{x}iq", "get")) == ((0, False), (4, True))
    assert compiled.plan(("{x}iq", None, "{x}p")) == ((0, False), (1, True), (2, False), (4, True))
    assert compiled.plan(("{y}iq", "set", "{x}q", "{x}q")) == ((2, False), (3, False), (4, False))
    assert compiled.plan(("message", "get", "{x}p")) == ((1, True),)
    assert compiled.plan(("iq", "get")) == ((4, False),)


def test_children_without_a_tag_of_their_own_do_no_harm() -> None:
    index = HandlerIndex()
    index.add(handler("a", StanzaPath("iq")))
    iq = stanza(Iq)
    iq.xml.append(Element(""))
    assert names(index.matching(iq)) == ["a"]


# --- dispatch ---------------------------------------------------------------------------------------------------------


def test_dispatch_runs_all_in_two_rounds() -> None:
    seen: list[str] = []

    class Told(BaseHandler):
        def prerun(self, payload: Any) -> None:
            seen.append("prerun " + self.name)

        def run(self, payload: Any) -> None:
            seen.append("run " + self.name)

    index = HandlerIndex()
    for name in "ab":
        index.add(Told(name, StanzaPath("iq")))
    assert index.dispatch(stanza(Iq), lambda *_: seen.append("report"))
    assert seen == ["prerun a", "prerun b", "run a", "run b"]
    assert not index.dispatch(stanza(Message), lambda *_: seen.append("report"))
    assert len(seen) == 4


def test_exceptions_are_reported_once_each_and_the_others_run() -> None:
    class Broken(BaseHandler):
        def prerun(self, payload: Any) -> None:
            raise ValueError("prerun")

        def run(self, payload: Any) -> None:
            raise ValueError("run")

    index = HandlerIndex()
    index.add(Broken("a", StanzaPath("iq")))
    last = Collector("b", StanzaPath("iq"))
    index.add(last)
    reports: list[Any] = []
    iq = stanza(Iq)
    assert index.dispatch(iq, lambda *report: reports.append(report))
    assert [(str(exc), which is iq) for exc, which in reports] == [("prerun", True), ("run", True)]
    assert last.stop() == [iq]


def test_what_ends_the_program_is_not_held_up() -> None:
    def stop(_: Any) -> None:
        raise KeyboardInterrupt

    index = HandlerIndex()
    index.add(Callback("a", StanzaPath("iq"), stop))
    with pytest.raises(KeyboardInterrupt):
        index.dispatch(stanza(Iq), lambda *_: None)


def test_a_handler_for_once_runs_once_even_when_it_brings_the_next_stanza() -> None:
    index = HandlerIndex()
    calls: list[str] = []

    def again(iq: Any) -> None:
        calls.append(iq["id"])
        if iq["id"] == "1":
            index.dispatch(stanza(Iq, id="2"), lambda *_: None)

    index.add(Callback("a", StanzaPath("iq"), again, once=True))
    index.dispatch(stanza(Iq, id="1"), lambda *_: None)
    assert "a" not in index
    index.dispatch(stanza(Iq, id="3"), lambda *_: None)
    assert calls == ["1"]


def test_a_handler_that_is_removed_meanwhile_does_not_hide_others() -> None:
    index = HandlerIndex()
    seen: list[str] = []
    index.add(Callback("a", StanzaPath("iq"), lambda _: index.remove("a")))
    index.add(Callback("b", StanzaPath("iq"), lambda _: seen.append("b"), once=True))
    index.add(Callback("c", StanzaPath("iq"), lambda _: index.add(handler("d", Everything()), before="c")))
    assert index.dispatch(stanza(Iq), lambda *_: None)
    assert seen == ["b"]
    assert names(index) == ["d", "c"]


# --- classes that come later ------------------------------------------------------------------------------------------


def test_a_payload_that_is_registered_later() -> None:
    number = next(numbers)
    index = HandlerIndex()
    index.add(handler("a", StanzaPath(f"iq/late_{number}")))
    tag = f"{{{NS}}}late{number}"
    assert names(index.matching(stanza(Iq, tag))) == []
    plugin: Any = type("Late", (ElementBase,), {"name": f"late{number}", "namespace": NS,
                                                "plugin_attrib": f"late_{number}"})  # fmt: skip
    register_stanza_plugin(Iq, plugin)
    assert names(index.matching(stanza(Iq, tag))) == ["a"]
    again: Any = type("Later", (plugin,), {"name": f"later{number}"})
    register_stanza_plugin(Iq, again)
    assert names(index.matching(stanza(Iq, f"{{{NS}}}later{number}"))) == ["a"]


def test_a_class_that_is_made_later() -> None:
    index = HandlerIndex()
    index.add(handler("a", StanzaPath("message@type=chat")))
    assert names(index.matching(stanza(Message))) == []
    strange: Any = type("Strange", (Message,), {"get_type": lambda self: "chat"})
    assert names(index.matching(stanza(strange))) == ["a"]


# --- everything at random ---------------------------------------------------------------------------------------------


def make(name: str, **attributes: Any) -> Any:
    return type(name, (ElementBase,), {"name": name, "namespace": NS, "plugin_attrib": "index_" + name,
                                       "interfaces": {"a"}, **attributes})  # fmt: skip


P, Q, R, S, T = (make(name) for name in "pqrst")
I = make("i", plugin_multi_attrib="index_is")  # noqa: E741
X = make("x", is_extension=True, interfaces={"index_x"})
for root in (Iq, Message, Presence):
    register_stanza_plugin(root, P)
    register_stanza_plugin(root, I, iterable=True)
    register_stanza_plugin(root, X)
register_stanza_plugin(Iq, Q)
register_stanza_plugin(P, Q)

tags = st.sampled_from([f"{{{NS}}}{name}" for name in "pqrstix"] + [f"{{{CLIENT}}}body", f"{{{CLIENT}}}show", "loose"])
types = st.sampled_from([None, "get", "set", "chat", "normal", "unavailable", "away", "error", ""])
ids = st.sampled_from(["1", "2", "3"])

paths = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "", "", "{jabber:client}", "{urn:other}"]),
    st.sampled_from(["iq", "message", "presence", "*", "index_p"]),
    st.sampled_from(["", "", "@type=get", "@type=chat", "@type=normal", "@type=away", "@type=unavailable", "@id=1"]),
    st.sampled_from(
        ["", "", "/index_p", "/index_q", "/index_r", "/index_s", "/index_t", "/index_i", "/index_is", "/index_x", "/i",
         "/index_p@a=1", "/index_p/index_q", "/body", "/{urn:test:index}index_p", "/lang"]
    ),
)  # fmt: skip
xpaths = st.sampled_from(
    [f"{{{CLIENT}}}message", f"{{{CLIENT}}}iq/{{{NS}}}p", f"{{{CLIENT}}}iq/{{{NS}}}p/q", f"{{{CLIENT}}}message/body",
     f"{{{CLIENT}}}iq[@type='get']", f"{{{CLIENT}}}message/*", "*", f"*/{{{NS}}}q", "message",
     f"{{{CLIENT}}}*//{{{NS}}}q",
     f"{{{CLIENT}}}presence/{{{NS}}}i[@a='1']"]
)  # fmt: skip
masks = st.sampled_from(
    ["<message/>", "<iq type='get'/>", "<message xmlns='urn:other'/>", f"<iq><p xmlns='{NS}'/></iq>", "<iq id='1'/>",
     f"<message><p xmlns='{NS}' a='1'><q/></p></message>", "<presence><show>away</show></presence>",
     f"<presence><i xmlns='{NS}'/><p xmlns='{NS}'/></presence>"]
)  # fmt: skip
single = st.one_of(
    paths.map(StanzaPath),
    paths.map(StanzaPath),
    xpaths.map(MatchXPath),
    masks.map(MatchXMLMask),
    ids.map(MatcherId),
    ids.map(lambda wanted: MatchIDSender({"id": wanted, "peer": "p@h/r", "self": "me@h/r"})),
    st.builds(Everything),
)
matchers = st.one_of(single, single, st.lists(single, max_size=3).map(MatchMany))


class SubIq(Iq):
    """The subclasses of an application."""


class SubMessage(Message):
    """As above."""


class SubPresence(Presence):
    """As above."""


for sub in (SubIq, SubMessage, SubPresence):
    register_stanza_plugin(sub, R)


@st.composite
def stanzas(draw: st.DrawFn) -> Any:
    space = draw(st.sampled_from(SPACES))
    local = draw(st.sampled_from(["iq", "message", "presence", "odd"]))
    xml = Element(f"{{{space}}}{local}" if space else local)
    for name, value in (("type", draw(types)), ("id", draw(ids | st.none())), ("from", draw(st.sampled_from(
        [None, "p@h/r", "q@h", "@@"])))):  # fmt: skip
        if value is not None:
            xml.set(name, value)
    for tag in draw(st.lists(tags, max_size=4)):
        child = SubElement(xml, tag)
        child.text = draw(st.sampled_from([None, "away"]))
        if draw(st.booleans()):
            child.set("a", "1")
            SubElement(child, f"{{{NS}}}q")
    kinds = {"iq": (Iq, SubIq), "message": (Message, SubMessage), "presence": (Presence, SubPresence)}
    known = local in kinds and space in (CLIENT, "jabber:server")
    cls: Any = draw(st.sampled_from(kinds[local])) if known else StanzaBase
    return cls(None, xml, recv=True)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(matchers, max_size=12),
    st.lists(stanzas(), min_size=1, max_size=6),
    st.data(),
)
def test_exactly_those_that_match_in_order(chosen: Any, given_stanzas: list[Any], data: st.DataObject) -> None:
    index = HandlerIndex()
    expected: list[BaseHandler] = []
    for number, matcher in enumerate(chosen):
        each = handler(f"h{number}", matcher)
        index.add(each)
        expected.append(each)
    for one in given_stanzas:
        if data.draw(st.booleans()) and expected:
            gone = data.draw(st.sampled_from(expected))
            assert index.remove(gone)
            expected.remove(gone)
        if data.draw(st.integers(0, 4)) == 0:
            register_stanza_plugin(
                data.draw(st.sampled_from([Iq, Message, SubMessage])), data.draw(st.sampled_from([S, T]))
            )
        assert list(index) == expected
        assert index.matching(one) == [each for each in expected if each.match(one)]
        assert index.matching(one) == [each for each in expected if each.match(one)]
