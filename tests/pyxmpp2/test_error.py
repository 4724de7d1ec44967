# SPDX-License-Identifier: MIT
"""Errors of stanzas and streams as objects."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

from xmppkit.exceptions import XMPPError
from xmppkit.pyxmpp2 import error as errors
from xmppkit.pyxmpp2.error import ErrorElement, StanzaErrorElement, StreamErrorElement
from xmppkit.pyxmpp2.utils import xml_elements_equal
from xmppkit.stanza.stream_error import STREAM_CONDITIONS

STANZA_ERROR = (
    '<error xmlns="jabber:client" type="auth"><forbidden xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>'
    '<text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas" xml:lang="en">no</text><own xmlns="urn:own"/></error>'
)
STREAM_ERROR = (
    '<error xmlns="http://etherx.jabber.org/streams">'
    '<see-other-host xmlns="urn:ietf:params:xml:ns:xmpp-streams">other.example</see-other-host></error>'
)


def test_the_tables_have_every_condition() -> None:
    assert set(errors.STREAM_ERRORS) == STREAM_CONDITIONS
    assert set(errors.STANZA_ERRORS) == set(XMPPError.default_types) - {"payment-required"}
    assert errors.UNDEFINED_STREAM_CONDITION in errors.STREAM_ERRORS_Q
    assert errors.UNDEFINED_STANZA_CONDITION in errors.STANZA_ERRORS_Q


def test_a_stanza_error_is_read_and_written() -> None:
    element = fromstring(STANZA_ERROR)
    found = StanzaErrorElement(element)
    assert (found.condition_name, found.error_type, found.text, found.language) == ("forbidden", "auth", "no", "en")
    assert [custom.tag for custom in found.custom_condition] == ["{urn:own}own"]
    assert found.get_message() == "You are not allowed to do that."
    for again in (found.as_xml(), StanzaErrorElement(found).as_xml()):
        assert xml_elements_equal(again, element)


def test_a_stream_error_is_read_and_written() -> None:
    element = fromstring(STREAM_ERROR)
    found = StreamErrorElement(element)
    assert found.condition_name == "see-other-host"
    assert found.condition.text == "other.example"
    assert found.get_message() == "Connect to another host."
    assert xml_elements_equal(found.as_xml(), element)
    assert repr(found) == "<StreamErrorElement see-other-host>"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [("forbidden", "auth"), ("gone", "modify"), ("policy-violation", "cancel"), ("unexpected-request", "wait")],
)
def test_the_usual_type(condition: str, expected: str) -> None:
    assert StanzaErrorElement(condition).error_type == expected
    assert StanzaErrorElement(condition, error_type="cancel").error_type == "cancel"


def test_a_new_error() -> None:
    error = StanzaErrorElement("conflict", "taken", "en")
    error.add_custom_condition(Element("{urn:own}own"))
    element = error.as_xml("jabber:server")
    assert element.tag == "{jabber:server}error"
    assert [child.tag.rpartition("}")[2] for child in element] == ["conflict", "text", "own"]
    assert "taken" in error.serialize()


@pytest.mark.parametrize(
    ("make", "condition", "now"),
    [
        (StreamErrorElement, "xml-not-well-formed", "not-well-formed"),
        (StreamErrorElement, "invalid-id", "undefined-condition"),
        (StanzaErrorElement, "payment-required", "undefined-condition"),
    ],
)
def test_obsolete_conditions(make: type[ErrorElement], condition: str, now: str) -> None:
    assert make(condition).condition_name == now


def test_no_condition_is_an_undefined_one() -> None:
    assert StanzaErrorElement(Element("{jabber:client}error")).condition_name == "undefined-condition"
    assert ErrorElement(Element("error")).condition_name == "undefined-condition"
    assert ErrorElement("anything").condition_name == "anything"


@pytest.mark.parametrize("make", [StreamErrorElement, StanzaErrorElement])
def test_unknown_conditions(make: type[ErrorElement]) -> None:
    with pytest.raises(ValueError, match="'nonsense' is no condition"):
        make("nonsense")


def test_other_elements() -> None:
    with pytest.raises(ValueError, match="<body/> is no stanza error"):
        StanzaErrorElement(Element("{jabber:client}body"))


def test_an_unknown_type_is_the_usual_one() -> None:
    element = fromstring(STANZA_ERROR.replace('"auth"', '"nonsense"'))
    assert StanzaErrorElement(element).error_type == "auth"
