# SPDX-License-Identifier: MIT
"""The session of RFC 3921 §3."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.stanza.iq import Iq
from xmppkit.stanza.negotiation.session import Session
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import SESSION, STREAM


@pytest.mark.parametrize(("inside", "optional"), [("", False), ("<optional/>", True)])
def test_the_offer(inside: str, optional: bool) -> None:
    text = f"<s:features xmlns:s='{STREAM}'><session xmlns='{SESSION}'>{inside}</session></s:features>"
    features: Any = StreamFeatures(xml=ET.fromstring(text), recv=True)
    assert isinstance(features["session"], Session)
    assert features["session"].optional is features["session"]["optional"] is optional


def test_the_request() -> None:
    iq: Any = Iq(stype="set", sid="sess_1")
    iq.enable("session")
    assert str(iq) == f'<iq xmlns="jabber:client" type="set" id="sess_1"><session xmlns="{SESSION}" /></iq>'
