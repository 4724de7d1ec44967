# SPDX-License-Identifier: MIT
"""Stream features (RFC 6120 §4.3.2)."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from xmppkit.stanza.negotiation.bind import Bind
from xmppkit.stanza.negotiation.sasl import Mechanisms
from xmppkit.stanza.negotiation.session import Session
from xmppkit.stanza.negotiation.starttls import STARTTLS
from xmppkit.stanza.registry import build_stanza
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import BIND, SASL, SESSION, STREAM, TLS


def received(inside: str) -> Any:
    return build_stanza(ET.fromstring(f"<stream:features xmlns:stream='{STREAM}'>{inside}</stream:features>"))


FIRST = f"""
<starttls xmlns='{TLS}'><required/></starttls>
<mechanisms xmlns='{SASL}'><mechanism>EXTERNAL</mechanism><mechanism>SCRAM-SHA-1</mechanism></mechanisms>
"""
SECOND = f"<bind xmlns='{BIND}'/><unknown xmlns='urn:x'/><session xmlns='{SESSION}'><optional/></session>"


def test_what_is_offered() -> None:
    # RFC 6120 §9.1.1, both in one announcement
    features = received(FIRST)
    assert type(features) is StreamFeatures
    assert {name: type(feature) for name, feature in features["features"].items()} == {
        "starttls": STARTTLS,
        "mechanisms": Mechanisms,
    }
    assert features["required"] == list(features["features"].values())
    assert features["optional"] == []
    assert features["starttls"].required
    assert features["mechanisms"] == ["EXTERNAL", "SCRAM-SHA-1"]


def test_what_is_offered_after_authentication() -> None:
    features = received(SECOND)
    assert {name: type(feature) for name, feature in features["features"].items()} == {"bind": Bind, "session": Session}
    assert features["required"] == []
    assert [type(feature) for feature in features["optional"]] == [Bind, Session]
    assert features["features"]["session"] is features["session"]


def test_what_is_not_offered() -> None:
    features = received("")
    assert (features["features"], features["required"], features["optional"]) == ({}, [], [])
    assert "starttls" not in features
    assert "mechanisms" not in features
    assert str(features) == "<stream:features />"


def test_of_a_feature_that_is_offered_twice_the_first_counts() -> None:
    features = received(f"<starttls xmlns='{TLS}'><required/></starttls><starttls xmlns='{TLS}'/>")
    assert features["features"]["starttls"].required
    assert len(features["features"]) == 1


def test_offering() -> None:
    features: Any = StreamFeatures()
    features["starttls"]["required"] = True
    features["mechanisms"] = ["SCRAM-SHA-256", "PLAIN"]
    features.enable("bind")
    assert str(features) == (
        f'<stream:features><starttls xmlns="{TLS}"><required /></starttls><mechanisms xmlns="{SASL}">'
        f"<mechanism>PLAIN</mechanism><mechanism>SCRAM-SHA-256</mechanism></mechanisms>"
        f'<bind xmlns="{BIND}" /></stream:features>'
    )


def test_the_lists_follow_from_the_children() -> None:
    features = received(FIRST + SECOND)
    before = str(features)
    for key in ("features", "required", "optional"):
        features[key] = {}
        del features[key]
    assert str(features) == before


def test_values_make_the_round() -> None:
    features = received(FIRST + SECOND)
    again: Any = StreamFeatures()
    again.values = features.values
    assert again["mechanisms"] == ["EXTERNAL", "SCRAM-SHA-1"]
    assert list(again["features"]) == ["starttls", "mechanisms", "bind", "session"]
    assert again["session"].optional


def test_the_typed_view() -> None:
    features = received(FIRST + SECOND)
    assert features.features == features["features"]
    assert list(features.features) == ["starttls", "mechanisms", "bind", "session"]
    assert features.required == [features["features"]["starttls"], features["features"]["mechanisms"]]
    assert [type(feature) for feature in features.optional] == [Bind, Session]
    assert features["features"]["mechanisms"].required is True
