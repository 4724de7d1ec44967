# SPDX-License-Identifier: MIT
"""Tests of `xmppkit.server.elements`."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import XMPPError
from xmppkit.server.elements import IQ, MESSAGE, PRESENCE, answer, copy_to, error_answer, presence


def test_a_copy_shares_the_children_and_nothing_else() -> None:
    original = ET.fromstring("<m from='a' to='b' id='1'>text<body/></m>")
    copy = copy_to(original, "c", sender="d")
    assert (copy.attrib, copy.text) == ({"from": "d", "to": "c", "id": "1"}, "text")
    assert copy[0] is original[0]
    assert original.attrib == {"from": "a", "to": "b", "id": "1"}
    assert copy_to(original).attrib == original.attrib


def test_presence() -> None:
    assert presence(None, "a", "b").attrib == {"from": "a", "to": "b"}
    assert presence("probe", "a", "b").attrib == {"from": "a", "to": "b", "type": "probe"}


def test_answers() -> None:
    request = ET.Element(IQ, {"id": "1", "type": "get", "from": "a", "to": "b"})
    assert answer(request).attrib == {"id": "1", "type": "result", "from": "b", "to": "a"}
    assert answer(ET.Element(IQ, {"id": "1"}), ET.Element("x"))[0].tag == "x"


@pytest.mark.parametrize("condition", sorted(XMPPError.default_types))
def test_errors(condition: str) -> None:
    error = error_answer(ET.Element(MESSAGE, {"id": "1", "from": "a", "to": "b"}), condition, payload=[ET.Element("x")])
    assert error is not None
    assert error.attrib == {"id": "1", "type": "error", "from": "b", "to": "a"}
    assert error[0].tag == "x"
    assert error[1].get("type") == XMPPError.default_types[condition]
    assert error[1][0].tag == f"{{urn:ietf:params:xml:ns:xmpp-stanzas}}{condition}"


def test_what_is_not_answered() -> None:
    for tag, kind in ((MESSAGE, "error"), (PRESENCE, "error"), (IQ, "error"), (IQ, "result")):
        assert error_answer(ET.Element(tag, {"type": kind}), "bad-request") is None
