# SPDX-License-Identifier: MIT
"""Resource binding (RFC 6120 §7)."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidJID
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.negotiation.bind import Bind
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import BIND


def test_the_request() -> None:
    # §7.6.1 and §7.7.1
    iq: Any = Iq(stype="set", sid="tn281v37")
    iq.enable("bind")
    assert str(iq) == f'<iq xmlns="jabber:client" type="set" id="tn281v37"><bind xmlns="{BIND}" /></iq>'
    iq["bind"]["resource"] = "balcony"
    assert str(iq["bind"]) == f'<bind xmlns="{BIND}"><resource>balcony</resource></bind>'
    assert iq["bind"].resource == "balcony"


def test_the_answer() -> None:
    # §7.6.1
    bind: Any = Bind(xml=ET.fromstring(f"<bind xmlns='{BIND}'><jid>juliet@im.example.com/4db06f06-1ea4</jid></bind>"))
    assert bind.jid == bind["jid"] == "juliet@im.example.com/4db06f06-1ea4"
    assert bind["jid"].resource == "4db06f06-1ea4"
    assert bind.resource is None


@pytest.mark.parametrize("text", ["", "@", "a@b/"])
def test_an_address_that_is_none(text: str) -> None:
    bind: Any = Bind(xml=ET.fromstring(f"<bind xmlns='{BIND}'><jid>{text}</jid></bind>"))
    assert bind.jid is None
    assert bind["jid"] == text
    with pytest.raises(InvalidJID):
        bind.jid = "@"


def test_the_offer() -> None:
    features: Any = StreamFeatures()
    features.enable("bind")
    assert isinstance(features["features"]["bind"], Bind)
    assert features["required"] == []
