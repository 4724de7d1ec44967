# SPDX-License-Identifier: MIT
"""Conditions on a stanza, and what each says of itself."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.dispatch.matchers import (
    ANYTHING,
    MatcherBase,
    MatcherId,
    MatchIDSender,
    MatchMany,
    MatchXMLMask,
    MatchXPath,
    Requirement,
    StanzaPath,
    known_requirements,
)
from xmppkit.exceptions import InvalidJID
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message

CLIENT = "jabber:client"
PING = "urn:xmpp:ping"


def element(text: str) -> Element:
    return fromstring(text)  # our own


def message(inner: str = "", **attributes: str) -> Message:
    written = "".join(f" {name}='{value}'" for name, value in attributes.items())
    return Message(None, element(f"<message xmlns='{CLIENT}'{written}>{inner}</message>"), recv=True)


# --- the base -------------------------------------------------------------------------------------------------------


def test_the_base_accepts_nothing_and_says_nothing() -> None:
    matcher = MatcherBase("what")
    assert not matcher.match(message())
    assert matcher.requirements() == ANYTHING
    assert repr(matcher) == "MatcherBase('what')"


def test_whose_word_is_taken() -> None:
    class Duck:
        def match(self, xml: Any) -> bool:
            return True

        def requirements(self) -> tuple[Requirement, ...]:
            return (Requirement(frozenset({"iq"})),)

    class Own(StanzaPath):
        def match(self, xml: Any) -> bool:
            return True

    class OwnBoth(Own):
        def requirements(self) -> tuple[Requirement, ...]:
            return (Requirement(frozenset({"iq"})),)

    class Plain(MatcherBase):
        pass

    class Inherits(StanzaPath):
        pass

    assert known_requirements(Duck()) == ANYTHING
    assert known_requirements(Own("iq")) == ANYTHING
    assert known_requirements(OwnBoth("message")) == (Requirement(frozenset({"iq"})),)
    assert known_requirements(Plain("iq")) == ANYTHING
    assert known_requirements(Inherits("iq")) == StanzaPath("iq").requirements() != ANYTHING


def test_a_class_that_is_no_matcher_beside_a_matcher() -> None:
    class Mixin:
        def match(self, xml: Any) -> bool:
            return True

    class Mixed(Mixin, StanzaPath):
        pass

    assert known_requirements(Mixed("iq")) == ANYTHING


# --- ids ------------------------------------------------------------------------------------------------------------


def test_an_id() -> None:
    matcher = MatcherId("1")
    assert matcher.id == "1"
    assert matcher.match(message(id="1"))
    assert matcher.match(message(id="1").xml)
    assert not matcher.match(message(id="2"))
    assert not matcher.match(message())


@pytest.mark.parametrize(
    ("sender", "accepted"),
    [("juliet@capulet.lit/balcony", True), ("juliet@capulet.lit", False), (None, False), ("@@", False)],
)
def test_an_id_and_its_sender(sender: str | None, accepted: bool) -> None:
    matcher = MatchIDSender({"id": "1", "peer": "juliet@capulet.lit/balcony", "self": "romeo@montague.lit/orchard"})
    assert matcher.id == "1"
    attributes = {"from": sender} if sender else {}
    assert matcher.match(message(id="1", **attributes)) == accepted
    assert not matcher.match(message(id="2", **attributes))


def test_an_id_and_its_sender_when_the_account_was_asked() -> None:
    matcher = MatchIDSender({"id": "1", "peer": "", "self": "romeo@montague.lit/orchard"})
    assert matcher.match(message(id="1"))
    assert matcher.match(message(id="1", **{"from": "romeo@montague.lit"}))
    assert not matcher.match(message(id="1", **{"from": "montague.lit"}))


def test_an_address_of_ours_that_is_none() -> None:
    with pytest.raises(InvalidJID):
        MatchIDSender({"id": "1", "peer": "@@", "self": ""}).match(message(id="1"))


# --- several --------------------------------------------------------------------------------------------------------


def test_any_of_several() -> None:
    matcher = MatchMany(each for each in (StanzaPath("iq"), MatchXPath(f"{{{CLIENT}}}message/body")))
    assert matcher.match(message("<body/>"))
    assert matcher.match(Iq())
    assert not matcher.match(message())
    assert len(matcher.requirements()) == 2
    assert MatchMany([StanzaPath("iq"), MatcherId("1")]).requirements()[1:] == ANYTHING
    assert MatchMany([]).requirements() == ()
    assert not MatchMany([]).match(message())


def test_a_stanza_path() -> None:
    matcher = StanzaPath("message@type=chat/body")
    assert matcher.match(message("<body>hi</body>", type="chat"))
    assert not matcher.match(message("<body>hi</body>"))
    assert matcher.requirements() == (Requirement(frozenset({"message"}), frozenset({"chat"})),)
    assert repr(matcher) == "StanzaPath('message@type=chat/body')"


# --- masks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mask", "accepted"),
    [
        ("<message/>", True),
        (f"<message xmlns='{CLIENT}'/>", True),
        ("<message xmlns='jabber:server'/>", False),
        ("<iq/>", False),
        ("<message type='chat'/>", True),
        ("<message type='normal'/>", False),
        ("<message to='nobody'/>", False),
        ("<message><body/></message>", True),
        ("<message><body> Hi\n</body></message>", True),
        ("<message><body>  </body></message>", True),
        ("<message><body>Ho</body></message>", False),
        (f"<message><ping xmlns='{PING}'>x</ping></message>", False),
        (f"<message><x xmlns='{PING}'><y/></x></message>", True),
        (f"<message><x xmlns='{PING}'><y xmlns='{CLIENT}'/></x></message>", False),
        (f"<message><x xmlns='{PING}'/><body/></message>", True),
        (f"<message><x xmlns='{PING}'><z/></x></message>", False),
    ],
)
def test_a_mask(mask: str, accepted: bool) -> None:
    stanza = message(f"<body>Hi</body><ping xmlns='{PING}'/><x xmlns='{PING}'/><x xmlns='{PING}'><y/></x>", type="chat")
    for matcher in (MatchXMLMask(mask), MatchXMLMask(element(mask))):
        assert matcher.match(stanza) == matcher.match(stanza.xml) == accepted


def test_a_mask_for_another_stream() -> None:
    matcher = MatchXMLMask("<message/>", default_ns="jabber:component:accept")
    assert matcher.match(element("<message xmlns='jabber:component:accept'/>"))
    assert not matcher.match(message())
    assert matcher.match(element("<message/>"))


def test_what_a_mask_requires() -> None:
    assert MatchXMLMask("<iq/>").requirements() == (Requirement(frozenset({"iq", f"{{{CLIENT}}}iq"})),)
    (need,) = MatchXMLMask(f"<iq xmlns='{CLIENT}' type='get'><x xmlns='{PING}'/><y/></iq>").requirements()
    assert need == Requirement(frozenset({f"{{{CLIENT}}}iq"}), frozenset({"get"}), frozenset({f"{{{PING}}}x"}))
    assert MatchXMLMask("<iq type=''/>").requirements()[0].types == frozenset({""})


# --- XPath ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "accepted"),
    [
        (f"{{{CLIENT}}}message", True),
        (f"{{{CLIENT}}}iq", False),
        ("message", False),
        (f"{{{CLIENT}}}message/body", True),
        (f"{{{CLIENT}}}message/{{{CLIENT}}}body", True),
        (f"{{{CLIENT}}}message/{{{PING}}}body", False),
        (f"{{{CLIENT}}}message/{{{PING}}}x/y", True),
        (f"{{{CLIENT}}}message/{{{PING}}}x/z", False),
        (f"{{{CLIENT}}}message/{{{PING}}}x/y/y", False),
        (f"{{{CLIENT}}}message/*", True),
        ("*", True),
        (f"*/{{{PING}}}x", True),
        (f"{{{CLIENT}}}message[@type='chat']", True),
        (f"{{{CLIENT}}}message[@type='normal']", False),
        (f"{{{CLIENT}}}message[@type='chat']/body", True),
        (f"{{{CLIENT}}}message/{{{PING}}}x[@a='b/c']", True),
        (f"{{{CLIENT}}}message/{{{PING}}}x[@a='b']", False),
        (f"{{{CLIENT}}}message/{{{PING}}}x[@a]/y", True),
        (f"{{{CLIENT}}}message/{{http://slashes/in/it}}z", True),
        (f"{{{CLIENT}}}message/{{http://slashes/in/it}}body", False),
        (f"/{{{CLIENT}}}message/body", True),
        (f"//{{{CLIENT}}}body", True),
        (f"//{{{CLIENT}}}thread", False),
        ("{*}message", True),
        ("{*}iq", False),
        (f"{{{CLIENT}}}*/body", True),
        ("{}message", False),
        (f"{{{CLIENT}}}message/{{}}w", True),
        (f"{{{CLIENT}}}message/dotted.name", True),
        (f"{{{CLIENT}}}message.dotted", False),
    ],
)
def test_an_xpath(path: str, accepted: bool) -> None:
    inner = f"<body/><x xmlns='{PING}'/><x xmlns='{PING}' a='b/c'><y/></x><z xmlns='http://slashes/in/it'/>"
    inner += "<w xmlns=''/><dotted.name/>"
    stanza = message(inner, type="chat")
    matcher = MatchXPath(path)
    assert matcher.match(stanza) == matcher.match(stanza.xml) == accepted
    assert path in repr(matcher)


def test_an_xpath_looks_for_descendants() -> None:
    stanza = message(f"<x xmlns='{PING}'><y><z/></y></x>")
    for path in (f"{{{CLIENT}}}message//{{{PING}}}z", f"*//{{{PING}}}z", f"{{{CLIENT}}}message/*/*/{{{PING}}}z"):
        assert MatchXPath(path).match(stanza), path
    assert not MatchXPath(f"{{{CLIENT}}}message//{{{PING}}}w").match(stanza)
    assert not MatchXPath(f"{{{CLIENT}}}iq//{{{PING}}}z").match(stanza)


def test_an_xpath_leaves_the_stanza_as_it_is() -> None:
    stanza = message("<body/>")
    MatchXPath("*/*").match(stanza)
    assert len(stanza.xml) == 1
    assert str(stanza) == str(message("<body/>"))


def test_a_name_with_a_dot() -> None:
    stanza = element(f"<a.b xmlns='{CLIENT}'><c.d/></a.b>")
    assert MatchXPath(f"{{{CLIENT}}}a.b").match(stanza)
    assert MatchXPath(f"{{{CLIENT}}}a.b/c.d").match(stanza)
    assert not MatchXPath(f"{{{CLIENT}}}a").match(stanza)


def test_what_an_xpath_requires() -> None:
    root = frozenset({f"{{{CLIENT}}}message"})
    assert MatchXPath(f"{{{CLIENT}}}message").requirements() == (Requirement(root, None, None, True),)
    assert MatchXPath(f"{{{CLIENT}}}message/{{{PING}}}x").requirements() == (
        Requirement(root, None, frozenset({f"{{{PING}}}x"}), True),
    )
    (deep,) = MatchXPath(f"{{{CLIENT}}}message/{{{PING}}}x/y").requirements()
    assert deep == Requirement(root, None, frozenset({f"{{{PING}}}x"}), False)
    assert MatchXPath("message").requirements() == (Requirement(frozenset({"message"})),)
    assert MatchXPath(f"{{{CLIENT}}}message[@type='chat']").requirements() == (Requirement(root),)
    assert MatchXPath(f"*/{{{PING}}}x").requirements() == ANYTHING
    assert MatchXPath(f"{{{CLIENT}}}message//{{{PING}}}x").requirements() == (Requirement(root),)
    for path in (f"//{{{PING}}}x", f"{{{CLIENT}}}message.dotted", "{*}message", "{}message", f"{{{CLIENT}}}*"):
        assert MatchXPath(path).requirements() == ANYTHING


tags = st.sampled_from([f"{{{CLIENT}}}a", f"{{{CLIENT}}}b", f"{{{PING}}}a", "a"])


def trees(depth: int = 3) -> st.SearchStrategy[Element]:
    def build(tag: str, children: list[Element]) -> Element:
        made = Element(tag)
        made.extend(children)
        return made

    inner = trees(depth - 1) if depth else st.nothing()
    return st.builds(build, tags, st.lists(inner, max_size=2) if depth else st.just([]))


@given(trees(), st.lists(tags, min_size=1, max_size=3))
def test_a_plain_path_is_what_element_tree_finds(tree: Element, steps: list[str]) -> None:
    # A step without a namespace takes that of the step before.
    full, space = [], ""
    for step in steps:
        if step.startswith("{"):
            space = step[: step.index("}") + 1]
            full.append(step)
        else:
            full.append(space + step)
    above = Element("above")
    above.append(tree)
    assert MatchXPath("/".join(steps)).match(tree) == (above.find("/".join(full)) is not None)
