# SPDX-License-Identifier: MIT
"""The elements of XEP-0386, and those of stream management in them."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from xmppkit.stanza.negotiation import sm
from xmppkit.stanza.negotiation.bind2 import Bind, Bound, Feature
from xmppkit.stanza.negotiation.sasl2 import Authenticate, Inline, Success


def test_the_offer() -> None:
    inline: Any = Inline(
        ET.fromstring(
            "<inline xmlns='urn:xmpp:sasl:2'><sm xmlns='urn:xmpp:sm:3'/><bind xmlns='urn:xmpp:bind:0'><inline>"
            "<feature var='urn:xmpp:carbons:2'/><feature var='urn:xmpp:sm:3'/></inline></bind></inline>"
        )
    )
    bind = inline["bind2"]
    assert isinstance(bind, Bind)
    assert isinstance(inline["sm"], sm.StreamManagement)
    assert [feature.var for feature in bind.inline.features] == ["urn:xmpp:carbons:2", "urn:xmpp:sm:3"]
    assert all(isinstance(feature, Feature) for feature in bind.inline.features)


def test_the_request() -> None:
    request: Any = Authenticate()
    request["bind2"]["tag"] = "weather"
    request["bind2"]["enable"]["resume"] = True
    request["resume"]["previd"] = "earlier"
    assert request["bind2"].tag_ == "weather"
    assert str(request) == (
        '<authenticate xmlns="urn:xmpp:sasl:2"><bind xmlns="urn:xmpp:bind:0"><tag>weather</tag>'
        '<enable xmlns="urn:xmpp:sm:3" resume="true" /></bind><resume xmlns="urn:xmpp:sm:3" previd="earlier" />'
        "</authenticate>"
    )


def test_the_answer() -> None:
    success: Any = Success(
        xml=ET.fromstring(
            "<success xmlns='urn:xmpp:sasl:2'><bound xmlns='urn:xmpp:bind:0'>"
            "<enabled xmlns='urn:xmpp:sm:3' id='x'/></bound>"
            "<resumed xmlns='urn:xmpp:sm:3' h='3'/></success>"
        )
    )
    assert isinstance(success["bound"], Bound)
    assert success["bound"]["enabled"].id == "x"
    assert success["resumed"].h == 3
