# SPDX-License-Identifier: MIT
"""The elements of XEP-0198."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.negotiation.sm import (
    Ack,
    Enable,
    Enabled,
    Failed,
    HandledCountTooHigh,
    RequestAck,
    Resume,
    Resumed,
    StreamManagement,
)
from xmppkit.stanza.registry import build_stanza
from xmppkit.stanza.stream_error import StreamError
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import STREAM

NAMESPACE = "urn:xmpp:sm:3"


def element(text: str) -> ET.Element:
    return ET.fromstring(text.replace(" ", f" xmlns='{NAMESPACE}' ", 1))


@pytest.mark.parametrize(("inside", "required", "optional"), [("", 0, 0), ("<required/>", 1, 0), ("<optional/>", 0, 1)])
def test_the_offer(inside: str, required: bool, optional: bool) -> None:
    text = f"<s:features xmlns:s='{STREAM}'><sm xmlns='{NAMESPACE}'>{inside}</sm></s:features>"
    features: Any = StreamFeatures(xml=ET.fromstring(text), recv=True)
    assert isinstance(features["sm"], StreamManagement)
    assert (features["sm"]["required"], features["sm"].optional) == (bool(required), bool(optional))


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("<enable />", Enable, {"max": None, "resume": False}),
        ("<enable max='300' resume='1'/>", Enable, {"max": 300, "resume": True}),
        (
            "<enabled id='long' location='[2001:41D0:1:A49b::1]:9222' max='600' resume='true'/>",
            Enabled,
            {"id": "long", "location": "[2001:41D0:1:A49b::1]:9222", "max": 600, "resume": True},
        ),
        ("<enabled max='-1' resume='perhaps'/>", Enabled, {"id": None, "location": None, "max": None, "resume": False}),
        ("<resume h='4294967295' previd='long'/>", Resume, {"h": 2**32 - 1, "previd": "long"}),
        ("<resumed h='4294967296' previd='long'/>", Resumed, {"h": None, "previd": "long"}),
        ("<r />", RequestAck, {}),
        ("<a h='7'/>", Ack, {"h": 7}),
        ("<a h='x'/>", Ack, {"h": None}),
    ],
)
def test_what_is_said(text: str, kind: type[StanzaBase], values: dict[str, object]) -> None:
    stanza = build_stanza(element(text))
    assert type(stanza) is kind
    assert {name: getattr(stanza, name) for name in values} == values
    if all(value is not None for value in values.values()):
        again: Any = kind()
        for name, value in values.items():
            again[name] = value
        assert {name: again[name] for name in values} == values


@pytest.mark.parametrize(
    ("inside", "condition", "text"),
    [
        ("", "", ""),
        ("<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>", "item-not-found", ""),
        (
            "<feature-not-implemented xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
            "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no</text>",
            "feature-not-implemented",
            "no",
        ),
    ],
)
def test_failures(inside: str, condition: str, text: str) -> None:
    failed = build_stanza(element(f"<failed h='3'>{inside}</failed>"))
    assert isinstance(failed, Failed)
    assert (failed["condition"], failed["text"], failed.h) == (condition, text, 3)


def test_a_failure_is_written() -> None:
    failed = Failed()
    assert str(failed) == f'<failed xmlns="{NAMESPACE}" />'
    failed["condition"] = "unexpected-request"
    assert [child.tag for child in failed.xml] == ["{urn:ietf:params:xml:ns:xmpp-stanzas}unexpected-request"]


def test_more_was_acknowledged_than_sent() -> None:
    text = f"<s:error xmlns:s='{STREAM}'><handled-count-too-high xmlns='{NAMESPACE}' h='10' send-count='8'/></s:error>"
    told = HandledCountTooHigh.of(StreamError(xml=ET.fromstring(text), recv=True))
    assert told is not None
    assert (told.h, told.send_count, told["send_count"]) == (10, 8, 8)
