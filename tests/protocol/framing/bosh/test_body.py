# SPDX-License-Identifier: MIT
"""The wrapper and the conditions."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest

from xmppkit.protocol.framing.bosh.body import (
    MAX_RID,
    Body,
    Condition,
    lower_version,
    mark,
    read_body,
    split_marks,
    write_body,
)
from xmppkit.xml.limits import Limits
from xmppkit.xml.parser import Malformed, Refused

NS = "xmlns='http://jabber.org/protocol/httpbind'"


def read(text: str) -> Body:
    body = read_body(text.encode(), Limits())
    assert isinstance(body, Body), body
    return body


def test_attributes() -> None:
    """XEP-0206, example 1."""
    body = read(
        f"<body content='text/xml; charset=utf-8' from='user@example.com' hold='1' rid='1573741820' to='example.com'"
        f" route='xmpp:example.com:9999' wait='60' xml:lang='en' xmpp:version='1.0' {NS} xmlns:xmpp='urn:xmpp:xbosh'/>"
    )
    assert (body.number("rid"), body.number("hold"), body.number("wait")) == (1573741820, 1, 60)
    assert (body.get("to"), body.get("sid"), body.lang, body.version) == ("example.com", None, "en", "1.0")
    assert (body.type_, body.restarts, body.elements) == ("", False, [])


@pytest.mark.parametrize(("value", "restarts"), [("true", True), ("1", True), ("false", False), ("yes", False)])
def test_restart(value: str, restarts: bool) -> None:
    assert read(f"<body xmpp:restart='{value}' xmlns:xmpp='urn:xmpp:xbosh' {NS}/>").restarts is restarts


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("007", 7),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("1e3", None),
        (" 1", None),
        ("٣", None),
        (str(MAX_RID), MAX_RID),
        (str(MAX_RID + 1), MAX_RID + 1),
        ("9" * 20, MAX_RID + 1),
        ("9" * 5000, MAX_RID + 1),
    ],
)
def test_numbers(text: str, number: int | None) -> None:
    assert read(f"<body rid='{text}' {NS}/>").number("rid") == number


def test_payload() -> None:
    body = read(f"<body {NS}> <message xmlns='jabber:client'><body>a</body></message>\n<x xmlns='urn:x'/> </body>")
    assert [each.tag for each in body.elements] == ["{jabber:client}message", "{urn:x}x"]


def test_stanzas_without_a_namespace() -> None:
    """XEP-0206 §2: some leave it out, and mean jabber:client."""
    body = read(f"<body {NS}><message><body>a</body><x xmlns='urn:x'/></message></body>")
    message = body.elements[0]
    assert isinstance(message, Element)
    assert [message.tag, *(each.tag for each in message)] == [
        "{jabber:client}message",
        "{jabber:client}body",
        "{urn:x}x",
    ]


def test_stanzas_that_are_past_a_limit() -> None:
    """Where they are passed over, they stand in their place, in the namespace of stanzas as well."""
    text = f"<body {NS}><message id='1' b=''/><message xmlns='jabber:client' id='2' b=''/><x xmlns='urn:x'/></body>"
    limits = Limits(attributes=1)
    assert isinstance(read_body(text.encode(), limits), Malformed)
    body = read_body(text.encode(), limits, passes_over=True)
    assert isinstance(body, Body)
    assert [(each.tag, type(each)) for each in body.elements] == [
        ("{jabber:client}message", Refused),
        ("{jabber:client}message", Refused),
        ("{urn:x}x", Element),
    ]


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("", "not-well-formed"),
        ("<body", "not-well-formed"),
        (f"<body {NS}>", "not-well-formed"),
        (f"<body {NS}><a xmlns='b'></body>", "not-well-formed"),
        (f"<body {NS}/><body {NS}/>", "not-well-formed"),
        ("<body/>", "invalid-namespace"),
        ("<html xmlns='http://www.w3.org/1999/xhtml'/>", "invalid-namespace"),
        (f"<body {NS}>text</body>", "bad-format"),
        (f"<body {NS}><!-- a --></body>", "restricted-xml"),
        (f"<body {NS}><?a b?></body>", "restricted-xml"),
        (f"<!DOCTYPE body [<!ENTITY e 'x'>]><body {NS}>&e;</body>", "restricted-xml"),
        (f"<?xml version='1.0' encoding='iso-8859-1'?><body {NS}/>", "unsupported-encoding"),
        (f"<body {NS}><a xmlns='b'>{'x' * 400}</a></body>", "policy-violation"),
    ],
)
def test_what_is_none(text: str, condition: str) -> None:
    body = read_body(text.encode(), Limits(stanza_bytes=256))
    assert isinstance(body, Malformed)
    assert body.condition == condition


def test_writing() -> None:
    assert write_body({}) == f"<body {NS}/>".encode()
    data = write_body({"rid": 7, "sid": "a'<", "key": None}, "<message xmlns='jabber:client'/>")
    body = read(data.decode())
    assert (body.attributes, len(body.elements)) == ({"rid": "7", "sid": "a'<"}, 1)


def test_writing_declares_prefixes() -> None:
    data = write_body({"xmpp:restart": "true"}, "<stream:features/>", " xml:lang='de'").decode()
    assert read(data).restarts
    assert read(data).lang == "de"
    assert read(data).elements[0].tag == "{http://etherx.jabber.org/streams}features"


def test_marks() -> None:
    data = (mark({"to": "a'b"}) + "<a/>" + " " + mark(None)).encode()
    assert list(split_marks(data)) == [(True, " to='a&apos;b'"), (False, "<a/> "), (True, "")]
    assert list(split_marks(b"<a/>")) == [(False, "<a/>")]
    assert list(split_marks(b" \n")) == []


@pytest.mark.parametrize(
    ("theirs", "lower"),
    [("1.6", "1.6"), ("1.11", "1.11"), ("1.12", "1.11"), ("2.0", "1.11"), ("0.9", "0.9"), ("x", "1.11"), ("1", "1.11"),
     ("1.6.1", "1.11"), ("١.٦", "1.11"), ("1." + "0" * 5000, "1.11")],
)  # fmt: skip
def test_versions(theirs: str, lower: str) -> None:
    assert lower_version(theirs) == lower


def test_conditions() -> None:
    assert {each: each.status for each in Condition if each.status != 200} == {
        Condition.BAD_REQUEST: 400,
        Condition.POLICY_VIOLATION: 403,
        Condition.ITEM_NOT_FOUND: 404,
    }
    assert Condition.HOST_UNKNOWN.of_the_stream
    assert not Condition.ITEM_NOT_FOUND.of_the_stream
    assert Condition.named("host-gone") is Condition.HOST_GONE
    assert Condition.named("my-own") is Condition.named(None) is Condition.UNDEFINED_CONDITION
