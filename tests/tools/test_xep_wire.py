# SPDX-License-Identifier: MIT
"""tools/xep_wire.py: it finds what is wrong, and nothing else."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any, ClassVar

import pytest
import xep_wire
from xep_wire import Known

from xmppkit.jid.address import JID
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Base64Text, Child, Children, ChildText, ChildTexts, LangText

TEA = "urn:example:tea"


class Message(ElementBase):
    """What the others are in; it is not the plugin's."""

    name = "message"
    interfaces: ClassVar[set[str]] = set()


Message.__module__ = "elsewhere"


class Leaf(ElementBase):
    """Several in a cup."""

    name = "leaf"
    namespace = TEA
    plugin_attrib = "leaf"
    plugin_multi_attrib = "leaves"

    size = Attr(int)


class Sugar(ElementBase):
    """One or several, beside leaves."""

    name = "sugar"
    namespace = TEA
    plugin_attrib = "sugar"
    plugin_multi_attrib = "sugars"


class Spoon(ElementBase):
    """At most one."""

    name = "spoon"
    namespace = TEA
    plugin_attrib = "spoon"

    material = LangText()


class Cup(ElementBase, parents=(Message,)):
    """A cup of tea, in which everything works."""

    name = "cup"
    namespace = TEA
    plugin_attrib = "cup"

    hot = Attr(bool, default=True)
    made = Attr(datetime.datetime)
    whose = Attr(JID)
    note = ChildText(str)
    words = ChildTexts(str, name="word")
    numbers = ChildTexts(int, name="number")
    leaves = Children(Leaf)
    sugars = Children(Sugar)
    spoon = Child(Spoon)


class Picture(ElementBase, parents=(Message,)):
    """Data."""

    name = "picture"
    namespace = TEA
    plugin_attrib = "picture"

    data = Base64Text()


class Broken(ElementBase, parents=(Message,)):
    """A class with a fault of each kind, one at a time."""

    name = "broken"
    namespace = TEA
    plugin_attrib = "broken"
    interfaces: ClassVar[set[str]] = {"fault"}
    fault: ClassVar[str] = ""

    def get_fault(self) -> str:
        if self.fault == "reading raises":
            raise RuntimeError("no")
        if self.fault == "reading changes":
            self.xml.set("read", "1")
        return self.xml.get("fault", "")

    def set_fault(self, value: Any) -> None:
        if self.fault == "writing raises":
            raise RuntimeError("no")
        self.xml.set("fault", f"{value}!" if self.fault == "writing differs" else value)


OWN = Known(
    __name__,
    frozenset({TEA}),
    {"{jabber:client}message": Message, f"{{{TEA}}}cup": Cup, f"{{{TEA}}}leaf": Leaf},
)


def verdict(content: str) -> xep_wire.Verdict:
    """What is said of what is in a message; its first element is ours."""
    content = re.sub(r"^<(\w+)", rf"<\1 xmlns='{TEA}'", content)
    return xep_wire.judge_text(f"<message>{content}</message>", OWN)


@pytest.mark.parametrize(
    "content",
    [
        "<cup/>",
        "<cup hot='1'/>",
        "<cup hot='true' made='2026-01-01T12:00:00+01:00' whose='Alice@Example.ORG'/>",
        "<cup><note>\n  in\n  lines </note></cup>",
        "<cup>...<leaf size='1'/>\n[...]\n<leaf size='2'/>…</cup>",
        "<cup><leaf size='1'/><sugar/><leaf size='2'/></cup>",
        "<cup><word>b</word><word>a</word><note>x</note></cup>",
        "<cup><note/></cup>",
        "<picture>YWJj\n  ZGVm</picture>",
        "<cup><spoon><material xml:lang='de'>Holz</material><material>x</material></spoon></cup>",
        "<cup><unknown xmlns='urn:example:other'/></cup>",
        "<cup><spoon><x xmlns='urn:example:other'/></spoon></cup>",
    ],
)
def test_what_is_right(content: str) -> None:
    found = verdict(content)
    assert found.holds
    assert found.faults == []


def test_what_stands_alone() -> None:
    text = f"<?xml version='1.0'?>\nC: <cup xmlns='{TEA}'/>\nS: <w xmlns='urn:example:other'><leaf xmlns='{TEA}'/></w>"
    found = xep_wire.judge_text(text, OWN)
    assert (found.holds, found.faults) == (True, [])


@pytest.mark.parametrize(
    "text", ["<message/>", "<message><x xmlns='urn:example:other'/></message>", "GET / HTTP/1.1 <"]
)
def test_what_is_about_something_else(text: str) -> None:
    assert not xep_wire.judge_text(text, OWN).holds


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("<pot/>", "no class stands for <pot xmlns='urn:example:tea'/>"),
        ("<cup hot='maybe'/>", "Cup.hot cannot be read"),
        ("<picture>[base64]</picture>", "Picture.data cannot be read"),
        ("<cup><number>x</number></cup>", "Cup.numbers cannot be read"),
        ("<cup other='x'/>", "rebuilt from its values it differs: other of"),
        ("<cup other='x'/>", "rebuilt from its fields it differs: other of"),
        (
            "<cup><leaf>green</leaf></cup>",
            "the text of <leaf xmlns='urn:example:tea'/> was 'green'",
        ),
        ("<cup><lid/></cup>", "were lid and are none"),
        ("<cup><spoon/><spoon/></cup>", "were spoon, spoon and are spoon"),
        (
            "<cup/><cup xmlns='urn:example:tea'/>",
            "there are several <cup xmlns='urn:example:tea'/>",
        ),
        ("<leaf/>", "Leaf is not registered with Message"),
        ("<cup", "it is no XML"),
    ],
)
def test_what_is_wrong(content: str, fault: str) -> None:
    found = verdict(content)
    assert found.holds
    assert any(fault in each for each in found.faults), found.faults


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("", ""),
        ("reading raises", "Broken['fault'] raises RuntimeError('no')"),
        ("reading changes", "reading has changed it"),
        ("writing raises", "it cannot be rebuilt from its values: RuntimeError('no')"),
        ("writing differs", "rebuilt from its values it differs: fault of"),
    ],
)
def test_what_a_class_does_wrong(monkeypatch: pytest.MonkeyPatch, fault: str, said: str) -> None:
    monkeypatch.setattr(Broken, "fault", fault)
    found = verdict("<broken fault='x'/>")
    if said:
        assert any(said in each for each in found.faults), found.faults
    else:
        assert found.faults == [
            "<broken xmlns='urn:example:tea'/>: rebuilt from its fields it differs: "
            "fault of <broken xmlns='urn:example:tea'/> was 'x' and is None"
        ]


def test_the_table_of_those_left_out(tmp_path: Path) -> None:
    path = tmp_path / "left_out.toml"
    path.write_text('[0045]\n3 = "elided"\n20 = "broken"\n', encoding="utf-8")
    assert xep_wire.left_out(path) == {("0045", 3): "elided", ("0045", 20): "broken"}


def test_a_xep_has_its_classes() -> None:
    [xep] = [each for each in xep_wire.all_xeps() if each.number == "0199"]
    own = xep_wire.known(xep)
    assert own.namespaces == {"urn:xmpp:ping"}
    assert own.alone["{urn:xmpp:ping}ping"].__name__ == "Ping"
    assert own.owns(own.alone["{urn:xmpp:ping}ping"])
    assert not own.owns(own.alone["{jabber:client}iq"])
