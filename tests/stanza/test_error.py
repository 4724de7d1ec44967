# SPDX-License-Identifier: MIT
"""Stanza errors (RFC 6120 §8.3)."""

from __future__ import annotations

import logging
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidJID, InvalidValue, XMPPError
from xmppkit.jid.address import JID
from xmppkit.stanza.error import Error, ErrorType
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.xml.names import CLIENT, COMPONENT, STANZA_ERRORS

#: The examples of RFC 6120 §8.3, as they stand in the section named: the XML and the values.
EXAMPLES: list[tuple[str, str, dict[str, str]]] = [
    (
        "8.3.1",
        """<error by='example.net' type='cancel'>
             <gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>xmpp:romeo@afterlife.example.net</gone>
           </error>""",
        {"by": "example.net", "type": "cancel", "condition": "gone", "gone": "xmpp:romeo@afterlife.example.net"},
    ),
    (
        "8.3.3.1",
        "<error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
        {"type": "modify", "condition": "bad-request"},
    ),
    (
        "8.3.3.14",
        """<error type='modify'>
             <redirect xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>
               xmpp:characters@conference.example.org
             </redirect>
           </error>""",
        {"type": "modify", "condition": "redirect", "redirect": "xmpp:characters@conference.example.org"},
    ),
    (
        "8.3.4",
        """<error type='modify'>
             <bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>
             <text xml:lang='en' xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>[...]</text>
             <too-many-parameters xmlns='http://example.org/ns'/>
           </error>""",
        {"type": "modify", "condition": "bad-request", "text": "[...]"},
    ),
    (
        "XEP-0086 §3, before RFC 3920",
        "<error code='404' type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
        {"code": "404", "type": "cancel", "condition": "item-not-found"},
    ),
    ("nothing", "<error/>", {}),
    ("what is not defined", "<error><odd xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>", {"condition": "odd"}),
    ("an unknown type", "<error type='odd'/>", {"type": "odd"}),
    ("an address that is none", "<error by='@'/>", {"by": "@"}),
]

EMPTY = {"code": "", "condition": "", "text": "", "type": "", "gone": "", "redirect": "", "by": ""}


def received(inside: str, namespace: str = CLIENT) -> Any:
    return Message(xml=ET.fromstring(f"<message xmlns='{namespace}' type='error'>{inside}</message>"), recv=True)


@pytest.mark.parametrize("namespace", [CLIENT, COMPONENT])
@pytest.mark.parametrize(("where", "inside", "values"), EXAMPLES, ids=[row[0] for row in EXAMPLES])
def test_reading(where: str, inside: str, values: dict[str, str], namespace: str) -> None:
    stanza = received(inside, namespace)
    assert "error" in stanza
    error = stanza["error"]
    assert {key: error[key] for key in EMPTY} == EMPTY | values
    assert error.tag == f"{{{namespace}}}error"


def test_the_typed_view() -> None:
    error = received(EXAMPLES[0][1])["error"]
    assert error.type_ is ErrorType.CANCEL
    assert error.by == JID("example.net")
    assert error.code is error.text is None
    error = received("<error type='odd' by='@'/>")["error"]
    assert error.type_ is error.by is None


def test_a_new_one() -> None:
    assert str(Error()) == (
        f'<error xmlns="jabber:client" type="cancel"><feature-not-implemented xmlns="{STANZA_ERRORS}" /></error>'
    )


@pytest.mark.parametrize("cls", [Iq, Message, Presence])
def test_a_new_one_makes_its_stanza_an_error(cls: type[Any], stream: Any, component: Any) -> None:
    for one in (stream, component):
        stanza = cls(one)
        stanza["error"]["condition"] = "gone"
        assert stanza.xml.get("type") == "error"
        assert stanza["error"].tag == f"{{{one.default_ns}}}error"
        assert stanza["error"].xml[0].tag == f"{{{STANZA_ERRORS}}}gone"


def test_reading_an_error_makes_no_error_of_a_received_one() -> None:
    stanza = received("<error/>")
    stanza["error"]
    assert str(stanza) == '<message xmlns="jabber:client" type="error"><error /></message>'


@pytest.mark.parametrize("condition", sorted(XMPPError.default_types))
def test_the_defined_conditions(condition: str) -> None:
    error: Any = Error()
    error["condition"] = condition
    assert error["condition"] == condition
    assert len(error.xml) == 1


def test_a_condition_that_is_not_defined(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    error: Any = Error()
    assert error.set_condition("odd") is error
    assert error["condition"] == "feature-not-implemented"
    error["type"] = "odd"
    assert error["type"] == "cancel"
    assert caplog.messages == ["Error has no condition 'odd'", "Error has no type 'odd'"]


@pytest.mark.parametrize("kind", list(ErrorType))
def test_types(kind: ErrorType) -> None:
    error: Any = Error()
    error["type"] = kind
    assert error.xml.get("type") == kind.value
    error["type"] = None
    assert error["type"] == ""


def test_removing_conditions() -> None:
    error: Any = received(EXAMPLES[3][1])["error"]
    del error["condition"]
    assert error["condition"] == ""
    assert error["text"] == "[...]"
    assert [child.tag for child in error.xml] == [
        f"{{{STANZA_ERRORS}}}text",
        "{http://example.org/ns}too-many-parameters",
    ]
    error["condition"] = "gone"
    assert error.xml[0].tag == f"{{{STANZA_ERRORS}}}gone"


def test_texts() -> None:
    error: Any = Error()
    error["text"] = "No."
    error["text|de"] = "Nein."
    assert error["text|*"] == {"": "No.", "de": "Nein."}
    assert error.text == "No."
    assert error.xml[1].tag == f"{{{STANZA_ERRORS}}}text"


@pytest.mark.parametrize("condition", ["gone", "redirect"])
def test_addresses_in_conditions(condition: str) -> None:
    error: Any = Error()
    error[condition] = "xmpp:a@b"
    assert error["condition"] == condition
    assert error[condition] == "xmpp:a@b"
    error[condition] = JID("c@d")
    assert error[condition] == "c@d"
    assert len(error.xml) == 1
    error[condition] = ""
    assert (error["condition"], error[condition]) == (condition, "")
    error[condition] = "x"
    del error[condition]
    assert (error["condition"], error[condition]) == (condition, "")
    error["condition"] = "conflict"
    del error[condition]
    assert error["condition"] == "conflict"


def test_an_address_in_a_condition_that_the_class_does_not_define() -> None:
    class Narrow(Error):
        conditions = {"conflict"}

    error: Any = Narrow()
    error["gone"] = "x"
    assert (error["gone"], error["condition"]) == ("", "")
    error["condition"] = "conflict"
    error["gone"] = "x"
    assert (error["gone"], error["condition"]) == ("", "conflict")
    assert error.xml[0].text is None


def test_who_found_it() -> None:
    error: Any = Error()
    error["by"] = "Example.net"
    assert error.by == "example.net"
    with pytest.raises(InvalidJID):
        error["by"] = "@"
    error["by"] = None
    assert error["by"] == ""


@pytest.mark.parametrize(("where", "inside", "values"), EXAMPLES[:5], ids=[row[0] for row in EXAMPLES[:5]])
def test_values_make_the_round(where: str, inside: str, values: dict[str, str]) -> None:
    error = received(inside)["error"]
    again = Error()
    again.values = error.values
    assert {key: again[key] for key in EMPTY} == EMPTY | values
    assert again == error


def test_the_typed_view_of_conditions() -> None:
    error = Error()
    assert (error.condition, error.gone, error.redirect) == ("feature-not-implemented", None, None)
    error.condition = "conflict"
    assert error["condition"] == "conflict"
    with pytest.raises(InvalidValue, match=r"Error\.condition: 'odd' is none of conditions"):
        error.condition = "odd"
    error.gone = "xmpp:x@y"
    assert (error.condition, error.gone) == ("gone", "xmpp:x@y")
    error.redirect = "xmpp:z@y"
    assert (error.condition, error.gone, error.redirect) == ("redirect", None, "xmpp:z@y")
    error.redirect = None
    assert (error.condition, error.redirect) == ("redirect", None)
    del error.condition
    assert error.condition is None
    assert "condition" not in error


def test_the_typed_view_of_what_a_peer_said() -> None:
    error = Error(xml=ET.fromstring(f"<error xmlns='{CLIENT}'><odd xmlns='{STANZA_ERRORS}'/></error>"))
    assert error.condition == "odd"
