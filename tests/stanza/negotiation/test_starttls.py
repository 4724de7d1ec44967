# SPDX-License-Identifier: MIT
"""STARTTLS (RFC 6120 §5.4)."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.stanza.negotiation.starttls import STARTTLS, Failure, Proceed
from xmppkit.stanza.registry import build_stanza
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import STREAM, TLS


@pytest.mark.parametrize(("inside", "required"), [("<required/>", True), ("", False), ("<required xmlns='x'/>", False)])
def test_the_offer(inside: str, required: bool) -> None:
    text = f"<s:features xmlns:s='{STREAM}'><starttls xmlns='{TLS}'>{inside}</starttls></s:features>"
    features: Any = StreamFeatures(xml=ET.fromstring(text), recv=True)
    assert isinstance(features["starttls"], STARTTLS)
    assert features["starttls"].required is features["starttls"]["required"] is required
    assert bool(features["required"]) is required


def test_the_request() -> None:
    assert str(STARTTLS()) == f'<starttls xmlns="{TLS}" />'


@pytest.mark.parametrize(("name", "cls"), [("proceed", Proceed), ("failure", Failure)])
def test_the_answers(name: str, cls: type[Any]) -> None:
    answer = build_stanza(ET.fromstring(f"<{name} xmlns='{TLS}'/>"))
    assert type(answer) is cls
    assert str(cls()) == f'<{name} xmlns="{TLS}" />'
