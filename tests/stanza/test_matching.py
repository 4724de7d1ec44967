# SPDX-License-Identifier: MIT
"""StanzaPath, and paths of element names."""

from __future__ import annotations

from enum import Enum
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Flag, LangText
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.matching import Step, fix_ns, matches, parse_path, split_path
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.registry import register_stanza_plugin


class Level(Enum):
    LOW = "low"


class Leaf(ElementBase):
    name, namespace, plugin_attrib, plugin_multi_attrib = "leaf", "urn:leaf", "leaf", "leaves"
    x = Attr(str)


class Branch(ElementBase):
    name, namespace, plugin_attrib = "branch", "urn:branch", "bough"
    x = Attr(str)
    zero = Attr(int)
    flag = Flag()
    note = LangText()
    interfaces = {"level", "nothing", "list"}

    def get_level(self) -> Level:
        return Level.LOW

    def get_nothing(self) -> None:
        return None

    def get_list(self) -> list[str]:
        return []


class Ghost(ElementBase):
    """A virtual extension: it has no XML of its own."""

    name, namespace, plugin_attrib = "ghost", "", "ghost"
    is_extension = True
    interfaces = {"ghost"}

    def setup(self, xml: ET.Element | None = None) -> bool:
        self.xml = ET.Element("")
        return True

    def get_ghost(self) -> str:
        return "boo"


class Trunk(ElementBase):
    name, namespace, plugin_attrib = "trunk", "urn:trunk", "tree"
    x = Attr(str)


register_stanza_plugin(Trunk, Branch)
register_stanza_plugin(Trunk, Leaf, iterable=True)
register_stanza_plugin(Trunk, Ghost)
register_stanza_plugin(Branch, Leaf, iterable=True)

TREE = """
<trunk xmlns='urn:trunk' x='1' xml:lang='en'>
  <branch xmlns='urn:branch' x='a' zero='0'>
    <flag/><note>hear</note>
    <leaf xmlns='urn:leaf' x='l1'/><leaf xmlns='urn:leaf' x='l2'/>
  </branch>
  <branch xmlns='urn:branch' x='b'/>
  <leaf xmlns='urn:leaf' x='l3'/>
</trunk>
"""


def tree() -> Trunk:
    return Trunk(xml=ET.fromstring(TREE))


@pytest.mark.parametrize(
    ("path", "matched"),
    [
        # the stanza itself
        ("trunk", True),
        ("tree", True),
        ("*", True),
        ("{urn:trunk}trunk", True),
        ("{urn:trunk}*", True),
        ("{urn:trunk}", True),
        ("{urn:other}trunk", False),
        ("bough", True),  # a child may stand for it
        ("trun", False),  # slixmpp takes any part of the name
        ("branch", False),  # an element's name is no key
        ("", False),
        ("/", False),
        # conditions
        ("trunk@x=1", True),
        ("trunk@x=2", False),
        ("trunk@x", True),
        ("trunk@y", False),
        ("trunk@y=", True),
        ("trunk@lang=en", True),
        ("trunk@lang", True),
        # children
        ("trunk/bough", True),
        ("trunk/bough@x=a", True),
        ("trunk/bough@x=b", True),  # any of several
        ("trunk/bough@x=c", False),
        ("trunk/bough@x=a@zero=0", True),
        ("trunk/bough@x=b@zero=0", False),
        ("trunk/{urn:branch}bough", True),
        ("trunk/{urn:other}bough", False),
        ("trunk/leaf@x=l3", True),
        ("trunk/leaf@x=l1", False),
        ("trunk/leaves@x=l3", True),
        ("trunk/bough/leaf@x=l2", True),
        ("trunk/bough/leaves", True),
        ("trunk/bough/leaf/leaf", False),
        ("trunk/none", False),
        # of what kind the values are
        ("trunk/bough@flag=true", True),
        ("trunk/bough@flag=1", True),
        ("trunk/bough@x=a@flag=False", False),
        ("trunk/bough@flag", True),
        ("trunk/bough@x=b@flag=false", True),
        ("trunk/bough@x=b@flag", False),
        ("trunk/bough@zero", True),  # 0 is a value
        ("trunk/bough@x=b@zero", False),
        ("trunk/bough@level=low", True),
        ("trunk/bough@nothing=", True),
        ("trunk/bough@nothing", False),
        ("trunk/bough@list", False),
        # texts at the end
        ("trunk/bough/note", True),
        ("trunk/bough@x=b/note", False),
        ("trunk/bough/note@x=1", False),
        ("trunk/bough/note/x", False),
        ("trunk/bough/x", False),
    ],
)
def test_paths(path: str, matched: bool) -> None:
    stanza = tree()
    before = str(stanza)
    assert stanza.match(path) is matched
    assert stanza.match(path.split("/")) is matched or "{" in path
    assert matches(stanza, parse_path(path)) is matched
    assert str(stanza) == before


def test_virtual_extensions_match_once_they_are_there() -> None:
    stanza = tree()
    assert not stanza.match("trunk/ghost")
    assert not stanza.match("ghost")
    stanza.enable("ghost")
    assert stanza.match("trunk/ghost")
    assert stanza.match("trunk/ghost@ghost=boo")


@pytest.mark.parametrize(
    ("stanza", "path", "matched"),
    [
        (lambda: Presence(stype="away"), "presence@type=away", True),
        (lambda: Presence(), "presence@type=available", True),
        (lambda: Presence(), "presence@priority=0", True),
        (lambda: Iq(stype="get"), "iq@type=get", True),
        (lambda: Iq(stype="get"), "iq@type=set", False),
        (lambda: Message(), "message@type=normal", True),
        (lambda: Message(), "message@to", False),
        (
            lambda: Message(sto="a@b"),
            "message@to=a@b",
            False,
        ),  # an address cannot stand in a path: @ begins a condition
        (lambda: Message(sto="b"), "message@to=b", True),
    ],
)
def test_conditions_compare_what_the_dict_view_has(stanza: Any, path: str, matched: bool) -> None:
    assert stanza().match(path) is matched


def test_a_peers_mistake_in_an_address_is_compared_as_it_stands() -> None:
    message = Message(xml=ET.fromstring("<message xmlns='jabber:client' from='@' type='groupchat'/>"))
    assert message.match("message@from")
    assert message.match("message@from=") is False
    assert message.match("message@mucroom") is False


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("", []),
        ("a", ["a"]),
        ("a/b", ["a", "b"]),
        ("/a//b/", ["a", "b"]),
        ("{http://x/y}a/{http://x/z}b", ["{http://x/y}a", "{http://x/z}b"]),
        ("a@x={b/c}/d", ["a@x={b/c}", "d"]),
        ("a}/b", ["a}", "b"]),
    ],
)
def test_splitting(path: str, steps: list[str]) -> None:
    assert split_path(path) == steps


def test_parsing() -> None:
    assert parse_path("{urn:x}a@b=c@d/e@f=g=h/@i") == (
        Step("a", "urn:x", (("b", "c"), ("d", None))),
        Step("e", None, (("f", "g=h"),)),
        Step("", None, (("i", None),)),
    )
    assert parse_path("a") is parse_path("a")


@pytest.mark.parametrize(
    ("arguments", "fixed"),
    [
        (("a/b",), "a/b"),
        (("{ns}a/b",), "{ns}a/{ns}b"),
        (("{ns}a/{other}b/c",), "{ns}a/{other}b/{other}c"),
        (("{ns}a/b", False, False), "{ns}a/b"),
        (("{ns}a/b", False, False, "d"), "{ns}a/{d}b"),
        (("a/b", False, True, "d"), "{d}a/{d}b"),
        (("a/b", True, True, "d"), ["{d}a", "{d}b"]),
        (("{http://x/y}a/b", True), ["{http://x/y}a", "{http://x/y}b"]),
        (("a/*/b", False, True, "d"), "{d}a/*/{d}b"),
        (("a/@b", False, True, "d"), "{d}a/@b"),
        (("",), ""),
        (("", True), []),
    ],
)
def test_fixing_namespaces(arguments: tuple[Any, ...], fixed: str | list[str]) -> None:
    assert fix_ns(*arguments) == fixed


@given(st.text("ab@=/{}*|", max_size=12))
def test_no_path_does_harm(path: str) -> None:
    stanza = tree()
    before = str(stanza)
    assert stanza.match(path) in (True, False)
    assert str(stanza) == before
