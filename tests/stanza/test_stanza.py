# SPDX-License-Identifier: MIT
"""All stanza classes together: whatever a peer sends, reading it does no harm."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xmppkit import stanza as package
from xmppkit.exceptions import InvalidJID
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Field, LangText
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.negotiation.sasl import Failure, Mechanisms, Success
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.registry import build_stanza
from xmppkit.stanza.roster import Roster
from xmppkit.stanza.stream_error import StreamError
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import (
    BIND,
    CLIENT,
    COMPONENT,
    ROSTER,
    SASL,
    SESSION,
    STANZA_ERRORS,
    STREAM,
    STREAM_ERRORS,
    STREAM_LIMITS,
    TLS,
    XML_LANG,
)

NAMESPACES = [
    CLIENT, COMPONENT, STREAM, STANZA_ERRORS, STREAM_ERRORS, ROSTER, SASL, TLS, BIND, SESSION, STREAM_LIMITS,
    "urn:xmpp:sid:0", "urn:unknown", "",
]  # fmt: skip
TAGS = [
    "message", "iq", "presence", "error", "body", "subject", "thread", "text", "show", "status", "priority", "query",
    "item", "group", "bind", "resource", "jid", "session", "optional", "starttls", "required", "mechanisms",
    "mechanism", "features", "gone", "redirect", "see-other-host", "conflict", "limits", "max-bytes", "origin-id",
    "failure", "success", "challenge", "unknown",
]  # fmt: skip
ATTRIBUTES = [
    "to", "from", "id", "type", "jid", "name", "subscription", "ask", "approved", "ver", "by", "code", "parent",
    "mechanism", XML_LANG, "unknown", "{urn:unknown}attribute",
]  # fmt: skip
FIRST_LEVEL = [
    f"{{{CLIENT}}}message", f"{{{CLIENT}}}iq", f"{{{CLIENT}}}presence", f"{{{COMPONENT}}}iq",
    f"{{{COMPONENT}}}handshake", f"{{{STREAM}}}error", f"{{{STREAM}}}features", f"{{{SASL}}}failure",
    f"{{{SASL}}}success", f"{{{SASL}}}challenge", f"{{{TLS}}}proceed", "{urn:unknown}unknown", "unknown",
]  # fmt: skip
TEXTS = st.sampled_from([
    "", " ", "@", "a@b", "a@b/c", "a@b/", "\u200e@b", "x" * 1100, "chat", "groupchat", "error", "result", "get",
    "subscribe", "both", "true", "maybe", "-129", "5", "1" * 400, "AP8=", "=", "!", "de", "*", "dnd", "ä\U0001f600",
]) | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=8)  # fmt: skip
PATHS = [
    "message", "*", "iq@type=get", "presence@type=away", "iq/roster@ver", "message/body", "message@mucroom",
    "*@from@to", "*/error@condition=gone", "*/error@by", "iq/roster/item@jid", "iq/bind@jid", "features/mechanisms",
    "{jabber:client}message@lang=de", "*/substanzas", "*/payload",
]  # fmt: skip


@st.composite
def elements(draw: st.DrawFn, depth: int = 2, tag: str | None = None) -> ET.Element:
    """What a peer may send: elements with the names that our classes look for, in and out of their places."""
    if tag is None:
        namespace = draw(st.sampled_from(NAMESPACES))
        local = draw(st.sampled_from(TAGS))
        tag = f"{{{namespace}}}{local}" if namespace else local
    element = ET.Element(tag, draw(st.dictionaries(st.sampled_from(ATTRIBUTES), TEXTS, max_size=4)))
    element.text = draw(st.none() | TEXTS)
    if depth:
        element.extend(draw(st.lists(elements(depth - 1), max_size=3)))
    return element


def canonical(element: ET.Element) -> str:
    return ET.canonicalize(ET.tostring(element, encoding="unicode"), rewrite_prefixes=True)


def behind_the_wire(text: str) -> ET.Element:
    """The element that a peer reads from the text of one, within a stream."""
    return ET.fromstring(f"<stream:stream xmlns:stream='{STREAM}'>{text}</stream:stream>")[0]


FIRST = st.sampled_from(FIRST_LEVEL).flatmap(lambda tag: elements(tag=tag))


def all_of(stanza: ElementBase) -> Iterator[ElementBase]:
    """A stanza, its children and theirs, as far as there are classes for them."""
    yield stanza
    for child in [*stanza.plugins.values(), *stanza.iterables]:
        yield from all_of(child)


@cache
def fields_of(cls: type[ElementBase]) -> dict[str, Field[Any]]:
    found = {name: getattr(cls, name, None) for name in dir(cls)}
    return {name: field for name, field in found.items() if isinstance(field, Field)}


def read_everything(stanza: Any) -> None:
    cls = type(stanza)
    for name, field in fields_of(cls).items():
        getattr(stanza, name)
        field.present(stanza)
        if isinstance(field, LangText):
            field.all(stanza)
            field.get_in(stanza, "de")
    for key in [*cls.interfaces, "lang", "substanzas"]:
        for asked in (key, f"{key}|de", f"{key}|*"):
            try:
                stanza[asked]
                stanza.get(asked, "default")
                asked in stanza  # noqa: B015  # it must not raise
            except InvalidJID:
                assert key in ("to", "from", "mucroom", "mucnick")  # an address surfaces as what it is


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)
@given(FIRST)
def test_reading_does_no_harm(element: ET.Element) -> None:
    before = ET.tostring(element)
    stanza = build_stanza(element)
    for one in all_of(stanza):
        read_everything(one)
    assert stanza.values == stanza.values or "payload" in stanza.interfaces
    assert set(stanza.keys()) >= {"lang"}
    assert len(stanza) == len(list(stanza))
    for path in PATHS:
        assert stanza.match(path) in (True, False)
    assert stanza.get_lang() == (element.get(XML_LANG) or "")
    assert ET.tostring(element) == before


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)
@given(FIRST)
def test_what_was_received_can_be_written_copied_and_answered(element: ET.Element) -> None:
    stanza = build_stanza(element)
    before = canonical(element)
    again = build_stanza(behind_the_wire(str(stanza)))
    assert type(again) is type(stanza)
    assert canonical(again.xml) == before
    assert canonical(copy.copy(stanza).xml) == before
    assert canonical(behind_the_wire(repr(stanza))) == before
    for clear in (True, False):
        answer = stanza.reply(clear=clear)
        assert type(answer) is type(stanza)
        assert canonical(behind_the_wire(str(answer)))
    assert canonical(element) == before
    while len(stanza):
        stanza.pop()
    stanza.clear()
    assert list(stanza.xml) == []


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)
@given(FIRST)
def test_what_is_equal_has_equal_values(element: ET.Element) -> None:
    one, other = build_stanza(element), build_stanza(copy.deepcopy(element))
    if "payload" not in one.interfaces and not isinstance(one, StreamFeatures):
        assert one == other
        for child in all_of(one):
            read_everything(child)  # what was looked at is as it was
        assert one == other


def test_the_package_exports_what_it_names() -> None:
    for name in package.__all__:
        assert getattr(package, name) is not None
    assert package.Message is Message
    assert package.bind.Bind in Iq.plugin_attrib_map.values()


@pytest.mark.parametrize(
    ("parent", "keys"),
    [
        (Iq, {"error", "roster", "bind", "session"}),
        (Message, {"error"}),
        (Presence, {"error"}),
        (Roster, {"item"}),
        (StreamFeatures, {"starttls", "mechanisms", "bind", "session", "rosterver", "preapproval", "limits"}),
    ],
)
def test_what_importing_the_package_registers(parent: type[ElementBase], keys: set[str]) -> None:
    assert keys <= parent.plugin_attrib_map.keys()


@pytest.mark.parametrize(
    "cls", [Iq, Message, Presence, Roster, StreamError, StreamFeatures, Failure, Mechanisms, Success]
)
def test_our_classes_hold_no_attributes_of_their_own(cls: type[ElementBase]) -> None:
    assert not hasattr(cls(), "__dict__")
    with pytest.raises(AttributeError):
        cls().surprise = 1  # type: ignore[attr-defined]
