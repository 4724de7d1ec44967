# SPDX-License-Identifier: MIT
"""The server has versions of rosters (RFC 6121 §2.6.1)."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from xmppkit.stanza.negotiation.rosterver import RosterVer
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import ROSTER_VERSIONING, STREAM


def test_the_offer() -> None:
    text = f"<s:features xmlns:s='{STREAM}'><ver xmlns='{ROSTER_VERSIONING}'/></s:features>"
    features: Any = StreamFeatures(xml=ET.fromstring(text), recv=True)
    assert "rosterver" in features
    assert isinstance(features["rosterver"], RosterVer)
    assert list(features["features"]) == ["rosterver"]
    assert features["required"] == []


def test_no_offer() -> None:
    assert "rosterver" not in StreamFeatures()
    assert RosterVer.interfaces == set()


def test_offering() -> None:
    features = StreamFeatures()
    features.enable("rosterver")
    assert str(features) == f'<stream:features><ver xmlns="{ROSTER_VERSIONING}" /></stream:features>'
