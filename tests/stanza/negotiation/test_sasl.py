# SPDX-License-Identifier: MIT
"""SASL (RFC 6120 §6.4)."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.stanza.negotiation.sasl import (
    SASL_CONDITIONS,
    Abort,
    Auth,
    Challenge,
    Failure,
    Mechanisms,
    Response,
    Success,
)
from xmppkit.stanza.registry import build_stanza
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import SASL

# RFC 6120 §9.1.2
FIRST = b"n,,n=juliet,r=oMsTAAwAAAAMAAAANP0TAAAAAABPU0AA"
FIRST_TEXT = "biwsbj1qdWxpZXQscj1vTXNUQUF3QUFBQU1BQUFBTlAwVEFBQUFBQUJQVTBBQQ=="
SUCCESS = b"v=pNNDFVEQxuXxCoSEiW8GEZ+1RSo="
SUCCESS_TEXT = "dj1wTk5ERlZFUXh1WHhDb1NFaVc4R0VaKzFSU289"


def parse(cls: type[Any], text: str) -> Any:
    return cls(xml=ET.fromstring(text), recv=True)


def test_the_offer() -> None:
    mechanisms = parse(
        Mechanisms,
        f"<mechanisms xmlns='{SASL}'><mechanism>SCRAM-SHA-1-PLUS</mechanism><mechanism>SCRAM-SHA-1</mechanism>"
        "<mechanism>PLAIN</mechanism><hostname xmlns='urn:xmpp:domain-based-name:1'>x</hostname></mechanisms>",
    )
    assert mechanisms.mechanisms == mechanisms["mechanisms"] == ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "PLAIN"]
    assert mechanisms["required"] is True
    mechanisms["required"] = False
    assert mechanisms["required"] is True


def test_offering() -> None:
    features: Any = StreamFeatures()
    features["mechanisms"] = {"PLAIN", "EXTERNAL"}
    assert features["mechanisms"] == ["EXTERNAL", "PLAIN"]
    mechanisms: Any = features.get_plugin("mechanisms")
    mechanisms["mechanisms"] = ["B", "A", "B"]
    assert features["mechanisms"] == ["A", "B"]
    mechanisms.mechanisms = ["B", "A"]
    assert mechanisms.mechanisms == ["B", "A"]
    del features["mechanisms"]
    assert "mechanisms" not in features


def test_the_choice() -> None:
    auth: Any = Auth()
    auth["mechanism"] = "SCRAM-SHA-1"
    auth["value"] = FIRST
    assert str(auth) == f'<auth xmlns="{SASL}" mechanism="SCRAM-SHA-1">{FIRST_TEXT}</auth>'
    again = parse(Auth, str(auth))
    assert (again.mechanism, again.value) == ("SCRAM-SHA-1", FIRST)
    assert (again["mechanism"], again["value"]) == ("SCRAM-SHA-1", FIRST)


@pytest.mark.parametrize(
    ("cls", "name", "value", "text"),
    [
        (Auth, "auth", FIRST, FIRST_TEXT),
        (Challenge, "challenge", b"c", "Yw=="),
        (Response, "response", b"\x00\xff", "AP8="),
        (Success, "success", SUCCESS, SUCCESS_TEXT),
    ],
)
def test_what_is_said_in_turn(cls: type[Any], name: str, value: bytes, text: str) -> None:
    stanza = cls()
    assert str(stanza) == f'<{name} xmlns="{SASL}" />'
    assert stanza.value is None
    assert stanza["value"] == b""
    stanza.value = value
    assert str(stanza) == f'<{name} xmlns="{SASL}">{text}</{name}>'
    assert parse(cls, str(stanza)).value == value
    # RFC 6120 §6.4.2: a message without content is a single equals sign
    stanza.value = b""
    assert stanza.xml.text == "="
    assert parse(cls, str(stanza)).value == b""
    stanza.value = None
    assert stanza.xml.text is None
    with pytest.raises(InvalidValue):
        stanza.value = 5


@pytest.mark.parametrize("text", ["!!!", "A", "==", "QQ==QQ=="])
def test_what_is_no_base64(text: str) -> None:
    challenge = parse(Challenge, f"<challenge xmlns='{SASL}'>{text}</challenge>")
    assert challenge.value is None
    assert challenge["value"] == b""
    assert "value" in challenge


@pytest.mark.parametrize(("name", "cls"), [("challenge", Challenge), ("success", Success), ("failure", Failure)])
def test_what_the_server_says_is_known(name: str, cls: type[Any]) -> None:
    assert type(build_stanza(ET.fromstring(f"<{name} xmlns='{SASL}'/>"))) is cls


def test_giving_up() -> None:
    assert str(Abort()) == f'<abort xmlns="{SASL}" />'


@pytest.mark.parametrize("condition", sorted(SASL_CONDITIONS))
def test_failures(condition: str) -> None:
    failure: Any = Failure()
    failure["text"] = "x"
    assert failure.set_condition(condition) is failure
    assert failure["condition"] == condition
    assert failure.xml[1].tag == f"{{{SASL}}}{condition}"
    failure["condition"] = "aborted"
    assert [child.tag for child in failure.xml] == [f"{{{SASL}}}text", f"{{{SASL}}}aborted"]
    assert failure["text"] == failure.text == "x"
    del failure["condition"]
    assert [child.tag for child in failure.xml] == [f"{{{SASL}}}text"]


def test_a_failure_of_the_rfc() -> None:
    # §6.5.1
    failure = parse(
        Failure,
        f"<failure xmlns='{SASL}'><account-disabled/>"
        "<text xml:lang='en'>Call 212-555-1212 for assistance.</text></failure>",
    )
    assert failure["condition"] == "account-disabled"
    assert failure["text|en"] == "Call 212-555-1212 for assistance."


@pytest.mark.parametrize("inside", ["", "<odd/>", "<aborted xmlns='x'/>", "<text>x</text>"])
def test_a_failure_without_a_defined_condition(inside: str) -> None:
    failure = parse(Failure, f"<failure xmlns='{SASL}'>{inside}</failure>")
    assert failure["condition"] == "not-authorized"


def test_a_condition_that_is_not_defined_is_not_set() -> None:
    failure: Any = Failure()
    failure["condition"] = "odd"
    assert list(failure.xml) == []


def test_the_typed_view_of_a_failure() -> None:
    failure = Failure()
    assert failure.condition == "not-authorized"  # where none is said
    failure.condition = "mechanism-too-weak"
    assert failure["condition"] == "mechanism-too-weak"
    with pytest.raises(ValueError, match=r"Failure\.condition"):
        failure.condition = "odd"
    assert failure.condition == "mechanism-too-weak"
    assert Mechanisms().required is True
