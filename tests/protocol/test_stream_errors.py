# SPDX-License-Identifier: MIT
"""Stream errors, as elements that are sent and as exceptions that are raised for received ones."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

from xmppkit.exceptions import ConnectionLost, MalformedStream, NotXMPP, StreamErrorReceived, TLSFailed
from xmppkit.protocol.state import Step
from xmppkit.protocol.stream_errors import (
    ERROR_TAG,
    error_element,
    lost_connection,
    no_xmpp,
    received_error,
    wrong_stream,
)
from xmppkit.stanza.stream_error import STREAM_CONDITIONS, StreamError
from xmppkit.xml import names
from xmppkit.xml.parser import StreamHeader
from xmppkit.xml.serializer import serialize


@pytest.mark.parametrize("condition", sorted(STREAM_CONDITIONS))
@pytest.mark.parametrize("text", ["", "too much <&>"])
def test_what_is_sent_is_read_back(condition: str, text: str) -> None:
    element = error_element(condition, text)
    assert element.tag == ERROR_TAG
    assert len(element) == 1 + bool(text)
    error = received_error(StreamError(xml=element), "localhost", initiating=True)
    assert isinstance(error, StreamErrorReceived)
    assert (error.condition, error.text, error.where) == (condition, text, "localhost")
    assert error.see_other_host == ""
    said = str(error)
    assert said.startswith(f"localhost: the server closed the stream: {condition}")
    assert text in said


@pytest.mark.parametrize("condition", ["conflict", "host-unknown", "not-authorized", "system-shutdown"])
def test_where_something_can_be_done_it_says_what(condition: str) -> None:
    error = received_error(StreamError(xml=error_element(condition)), "localhost", initiating=True)
    assert error.advice
    assert str(error).endswith(f"({error.advice})")


def test_as_the_rfc_writes_it() -> None:
    assert serialize(error_element("reset", "again"), default_namespace="jabber:client") == (
        '<stream:error><reset xmlns="urn:ietf:params:xml:ns:xmpp-streams" />'
        '<text xmlns="urn:ietf:params:xml:ns:xmpp-streams">again</text></stream:error>'
    )


def received(inside: str) -> StreamErrorReceived:
    stream = "http://etherx.jabber.org/streams"
    element = fromstring(f"<s:error xmlns:s='{stream}'>{inside}</s:error>")
    return received_error(StreamError(xml=element), "localhost", initiating=True)


def test_another_host_is_named_and_no_more() -> None:
    name = "x" * 1000
    error = received(f"<see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{name}</see-other-host>")
    assert error.condition == "see-other-host"
    assert error.see_other_host == name
    assert "as the host to connect to instead" in error.advice
    assert len(error.advice) < 400


def test_an_error_that_says_nothing() -> None:
    error = received("")
    assert error.condition == "undefined-condition"
    assert error.advice == ""


def test_a_condition_of_an_applications_own() -> None:
    element = error_element("undefined-condition", "no", Element("{urn:example}too-high"))
    assert [child.tag.rpartition("}")[2] for child in element] == ["undefined-condition", "text", "too-high"]


@pytest.mark.parametrize("silent", [True, False])
@pytest.mark.parametrize("step", [step for step in Step if step is not Step.SECURING])
def test_a_connection_that_is_lost(step: Step, silent: bool) -> None:
    error = lost_connection(step, "localhost", silent=silent, initiating=True)
    assert isinstance(error, ConnectionLost)
    assert error.where == "localhost"
    nothing_came = silent and step is not Step.READY
    assert ("before it sent anything" in str(error)) is nothing_came
    assert (step.value in str(error)) is not nothing_came
    assert error.advice


def test_a_connection_that_is_lost_in_the_handshake() -> None:
    error = lost_connection(Step.SECURING, "localhost", silent=True, initiating=True)
    assert isinstance(error, TLSFailed)
    assert error.advice


@pytest.mark.parametrize("silent", [True, False])
@pytest.mark.parametrize("step", [Step.SECURING, Step.HEADER, Step.READY])
def test_a_server_that_loses_a_client_is_not_told_to_check_its_port(step: Step, silent: bool) -> None:
    assert lost_connection(step, "", silent=silent, initiating=False).advice == ""


@pytest.mark.parametrize("condition", ["conflict", "not-well-formed", "host-unknown"])
def test_a_client_that_closes_is_no_server(condition: str) -> None:
    error = received_error(StreamError(xml=error_element(condition, "no")), "", initiating=False)
    assert str(error) == f"the peer closed the stream: {condition}, no"


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (b"HTTP/1.1 400 Bad Request", "the peer speaks HTTP, not XMPP"),
        (b"  SSH-2.0-x", "the peer speaks SSH, not XMPP"),
        (b"hello", "the peer does not speak XMPP"),
        (b"", "the peer does not speak XMPP"),
        (b" \n<a", None),
    ],
)
def test_who_speaks_something_else(first: bytes, said: str | None) -> None:
    error = no_xmpp(first, "example.com")
    if said is None:
        assert error is None
    else:
        assert error is not None
        assert (error.reason, error.where) == (said, "example.com")


def test_a_stream_of_our_kind() -> None:
    header = StreamHeader(names.STREAM_ROOT, {}, names.CLIENT)
    assert wrong_stream(header, names.CLIENT, "localhost", initiating=True) is None


@pytest.mark.parametrize(
    ("tag", "content", "condition", "said", "advice"),
    [
        ("{http://www.w3.org/1999/xhtml}html", None, "invalid-namespace", "HTTP", ""),
        ("{urn:example}door", names.CLIENT, "bad-format", "the element 'door'", ""),
        ("{urn:example}stream", names.CLIENT, "invalid-namespace", "the namespace 'urn:example'", ""),
        (names.STREAM_ROOT, names.COMPONENT, "invalid-namespace", repr(names.COMPONENT), "this port is for components"),
        (names.STREAM_ROOT, None, "invalid-namespace", "the namespace ''", "clients use 5222"),
    ],
)
@pytest.mark.parametrize("initiating", [True, False])
def test_a_stream_of_another_kind(
    tag: str, content: str | None, condition: str, said: str, advice: str, initiating: bool
) -> None:
    found = wrong_stream(StreamHeader(tag, {}, content), names.CLIENT, "localhost", initiating=initiating)
    assert found is not None
    error, answer = found
    assert answer == condition
    assert isinstance(error, NotXMPP if said == "HTTP" else MalformedStream)
    assert said in str(error)
    if advice:
        assert (advice in str(error)) is initiating


def test_names_of_the_peer_are_cut() -> None:
    found = wrong_stream(StreamHeader("x" * 5000, {}, None), names.CLIENT, "localhost", initiating=True)
    assert found is not None
    assert len(str(found[0])) < 600
