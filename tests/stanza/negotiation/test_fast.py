# SPDX-License-Identifier: MIT
"""The elements of XEP-0484."""

from __future__ import annotations

import datetime
from typing import Any
from xml.etree import ElementTree as ET

from xmppkit.stanza.negotiation.fast import Fast, Token
from xmppkit.stanza.negotiation.sasl2 import Authenticate, Inline, Success


def test_the_offer() -> None:
    inline: Any = Inline()
    inline["fast"]["mechanisms"] = ["HT-SHA-256-EXPR", "HT-SHA-256-NONE"]
    inline["fast"]["tls_0rtt"] = True
    assert isinstance(inline["fast"], Fast)
    assert str(inline["fast"]) == (
        '<fast xmlns="urn:xmpp:fast:0" tls-0rtt="true"><mechanism>HT-SHA-256-EXPR</mechanism>'
        "<mechanism>HT-SHA-256-NONE</mechanism></fast>"
    )


def test_the_request() -> None:
    request: Any = Authenticate(
        xml=ET.fromstring(
            "<authenticate xmlns='urn:xmpp:sasl:2'><fast xmlns='urn:xmpp:fast:0' count='123' invalidate='1'/>"
            "<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-NONE'/></authenticate>"
        )
    )
    assert (request["fast"].count, request["fast"].invalidate, request["fast"].tls_0rtt) == (123, True, False)
    assert request["request_token"].mechanism == "HT-SHA-256-NONE"


def test_the_token() -> None:
    success: Any = Success(
        xml=ET.fromstring(
            "<success xmlns='urn:xmpp:sasl:2'>"
            "<token xmlns='urn:xmpp:fast:0' expiry='2020-03-12T14:36:15Z' token='WXZz'/></success>"
        )
    )
    assert isinstance(success["token"], Token)
    assert success["token"].token == "WXZz"
    assert success["token"].expiry == datetime.datetime(2020, 3, 12, 14, 36, 15, tzinfo=datetime.UTC)
