# SPDX-License-Identifier: MIT
"""The IQs of a negotiation, as bare elements."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

from xmppkit.exceptions import XMPPError
from xmppkit.jid.address import JID
from xmppkit.protocol.iq import error_answer, is_answer, is_request, read_error

TAG = "{jabber:client}iq"


def parse(text: str) -> Element:
    return fromstring(text.replace(" ", " xmlns='jabber:client' ", 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<iq type='result' id='1'/>", True),
        ("<iq type='error' id='1'/>", True),
        ("<iq type='result' id='2'/>", False),
        ("<iq type='result'/>", False),
        ("<iq type='set' id='1'/>", False),
        ("<message type='result' id='1'/>", False),
    ],
)
def test_is_answer(text: str, expected: bool) -> None:
    assert is_answer(parse(text), TAG, "1", JID("alice@localhost/here")) is expected


@pytest.mark.parametrize(
    ("account", "sender", "expected"),
    [
        ("alice@localhost", "", True),
        ("alice@localhost", "localhost", True),
        ("alice@localhost", "alice@localhost", True),
        ("alice@localhost", "alice@localhost/chosen", True),
        ("localhost", "made-up@localhost/chosen", True),
        ("alice@localhost", "bob@localhost", False),
        ("alice@localhost", "alice@evil.example", False),
        ("alice@localhost", "evil.example", False),
        ("alice@localhost", "alice@localhost.evil.example", False),
        ("alice@localhost", "@localhost", False),
    ],
)
def test_only_the_server_answers(account: str, sender: str, expected: bool) -> None:
    answer = Element(TAG, {"type": "result", "id": "1", "from": sender})
    assert is_answer(answer, TAG, "1", JID(account)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<iq type='set'><x xmlns='a'/></iq>", True),
        ("<iq type='get'><x xmlns='a'/></iq>", False),
        ("<iq type='set'><x xmlns='b'/></iq>", False),
        ("<iq type='set'/>", False),
        ("<message type='set'><x xmlns='a'/></message>", False),
    ],
)
def test_is_request(text: str, expected: bool) -> None:
    assert is_request(parse(text), TAG, "{a}x") is expected


@pytest.mark.parametrize(
    ("children", "expected"),
    [
        ("", ("undefined-condition", "")),
        ("<error/>", ("undefined-condition", "")),
        ("<error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>", ("conflict", "")),
        (
            "<error><odd xmlns='urn:odd'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>why</text>"
            "<conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
            ("conflict", "why"),
        ),
        ("<error><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>", ("undefined-condition", "")),
    ],
)
def test_read_error(children: str, expected: tuple[str, str]) -> None:
    assert read_error(parse(f"<iq type='error'>{children}</iq>")) == expected


@pytest.mark.parametrize("condition", XMPPError.default_types)
def test_error_answer_is_read_back(condition: str) -> None:
    answer = error_answer(TAG, "7", condition)
    assert is_answer(answer, TAG, "7", JID("localhost"))
    assert read_error(answer) == (condition, "")
    assert answer[0].get("type") == XMPPError.default_types[condition]


def test_error_answer_knows_its_conditions() -> None:
    with pytest.raises(ValueError, match="'nonsense' is no stanza error condition"):
        error_answer(TAG, "7", "nonsense")
