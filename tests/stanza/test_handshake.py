# SPDX-License-Identifier: MIT
"""The handshake of a component (XEP-0114 §3)."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from xmppkit.stanza.handshake import Handshake
from xmppkit.stanza.registry import build_stanza
from xmppkit.xml.names import COMPONENT

DIGEST = "aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e"


def test_the_components_proof(component: Any) -> None:
    handshake: Any = Handshake(component)
    handshake["value"] = DIGEST
    assert str(handshake) == f'<handshake xmlns="{COMPONENT}">{DIGEST}</handshake>'
    assert handshake.value == handshake["value"] == DIGEST
    handshake["value"] = None
    assert handshake.xml.text is None


def test_the_servers_consent() -> None:
    handshake: Any = build_stanza(ET.fromstring(f"<handshake xmlns='{COMPONENT}'/>"))
    assert type(handshake) is Handshake
    assert handshake.value is None
    assert handshake["value"] == ""
    assert "value" not in handshake
