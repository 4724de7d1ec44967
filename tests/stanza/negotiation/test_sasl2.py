# SPDX-License-Identifier: MIT
"""The elements of XEP-0388."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.jid.address import JID
from xmppkit.stanza.negotiation import sasl
from xmppkit.stanza.negotiation.sasl2 import (
    Abort,
    Authenticate,
    Challenge,
    Continue,
    Failure,
    Next,
    Response,
    Success,
    TaskData,
)
from xmppkit.stanza.registry import build_stanza
from xmppkit.stanza.stream_features import StreamFeatures

NAMESPACE = "urn:xmpp:sasl:2"


def element(text: str) -> ET.Element:
    return ET.fromstring(text.replace(" ", f" xmlns='{NAMESPACE}' ", 1))


def test_the_offer() -> None:
    features: Any = StreamFeatures()
    features["authentication"]["mechanisms"] = ["SCRAM-SHA-1", "PLAIN"]
    features["authentication"].enable("inline")
    assert features["authentication"].mechanisms == ["SCRAM-SHA-1", "PLAIN"]
    assert str(features["authentication"]) == (
        f'<authentication xmlns="{NAMESPACE}"><mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism><inline />'
        "</authentication>"
    )


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        (
            "<authenticate mechanism='PLAIN'><initial-response>QUJD</initial-response></authenticate>",
            Authenticate,
            {"mechanism": "PLAIN", "initial_response": b"ABC"},
        ),
        ("<authenticate ><initial-response/></authenticate>", Authenticate, {"initial_response": b""}),
        ("<authenticate />", Authenticate, {"mechanism": None, "initial_response": None}),
        ("<challenge >QUJD</challenge>", Challenge, {"value": b"ABC"}),
        ("<response >QUJD</response>", Response, {"value": b"ABC"}),
        (
            "<success ><additional-data>QUJD</additional-data>"
            "<authorization-identifier>a@localhost/x</authorization-identifier></success>",
            Success,
            {"value": b"ABC", "authorization_identifier": JID("a@localhost/x")},
        ),
        ("<success />", Success, {"value": None, "authorization_identifier": None}),
        (
            "<continue ><additional-data>QUJD</additional-data><text>more</text></continue>",
            Continue,
            {"additional_data": b"ABC", "text": "more"},
        ),
        ("<next task='TOTP-EXAMPLE'/>", Next, {"task": "TOTP-EXAMPLE"}),
        ("<task-data />", TaskData, {}),
        ("<abort ><text>why</text></abort>", Abort, {"text": "why"}),
    ],
)
def test_reading(text: str, kind: type[Any], values: dict[str, Any]) -> None:
    stanza: Any = build_stanza(element(text))
    assert type(stanza) is kind
    for name, value in values.items():
        assert getattr(stanza, name) == value
        assert stanza[name] == (value if value is not None else stanza[name])


def test_the_user_agent() -> None:
    request = Authenticate()
    agent: Any = request["user_agent"]
    agent["id"], agent["software"], agent["device"] = "an-id", "A Program", "A Device"
    assert str(agent) == (
        f'<user-agent xmlns="{NAMESPACE}" id="an-id"><software>A Program</software><device>A Device</device>'
        "</user-agent>"
    )


def test_the_tasks() -> None:
    stanza = build_stanza(element("<continue ><tasks><task>A</task><task>B</task></tasks></continue>"))
    assert stanza["tasks"]["tasks"] == ["A", "B"]


@pytest.mark.parametrize("namespace", [sasl.SASL, NAMESPACE])
def test_a_failure(namespace: str) -> None:
    text = f"<failure ><x xmlns='urn:example:x'/><aborted xmlns='{namespace}'/><text>why</text></failure>"
    stanza = build_stanza(element(text))
    assert isinstance(stanza, Failure)
    assert isinstance(stanza, sasl.Failure)
    assert (stanza["condition"], stanza["text"]) == ("aborted", "why")


def test_a_failure_that_says_nothing() -> None:
    assert Failure()["condition"] == "not-authorized"


def test_writing_a_failure() -> None:
    stanza = Failure()
    stanza["text"] = "why"
    stanza["condition"] = "no-such-condition"
    assert stanza["condition"] == "not-authorized"
    for condition in ("aborted", "account-disabled"):
        stanza["condition"] = condition
    assert str(stanza) == (
        f'<failure xmlns="{NAMESPACE}"><account-disabled xmlns="{sasl.SASL}" /><text>why</text></failure>'
    )
    del stanza["condition"]
    assert str(stanza) == f'<failure xmlns="{NAMESPACE}"><text>why</text></failure>'


def test_a_success_is_one_of_sasl() -> None:
    assert isinstance(Success(), sasl.Success)
