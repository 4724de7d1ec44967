# SPDX-License-Identifier: MIT
"""The server keeps approvals (RFC 6121 §3.4.1)."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from xmppkit.stanza.negotiation.preapproval import PreApproval
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import PRE_APPROVAL, STREAM


def test_the_offer() -> None:
    text = f"<s:features xmlns:s='{STREAM}'><sub xmlns='{PRE_APPROVAL}'/></s:features>"
    features: Any = StreamFeatures(xml=ET.fromstring(text), recv=True)
    assert "preapproval" in features
    assert isinstance(features["preapproval"], PreApproval)
    assert list(features["features"]) == ["preapproval"]
    assert features["required"] == []


def test_no_offer() -> None:
    assert "preapproval" not in StreamFeatures()
    assert PreApproval.interfaces == set()


def test_offering() -> None:
    features = StreamFeatures()
    features.enable("preapproval")
    assert str(features) == f'<stream:features><sub xmlns="{PRE_APPROVAL}" /></stream:features>'
