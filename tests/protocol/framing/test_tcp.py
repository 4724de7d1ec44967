# SPDX-License-Identifier: MIT
"""RFC 6120's framing."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest

from xmppkit.protocol.framing.tcp import TcpFraming, foreign_protocol
from xmppkit.xml.limits import Limits
from xmppkit.xml.parser import Malformed, Refused, StreamFooter, StreamHeader


def framing(limits: Limits | None = None) -> TcpFraming:
    return TcpFraming("jabber:client", limits or Limits())


def test_what_one_end_writes_the_other_reads() -> None:
    one, two = framing(), framing()
    text = one.header({"to": "localhost", "xml:lang": "de"}) + "<presence/>" + one.footer()
    header, presence, footer = two.feed(text.encode())
    assert isinstance(header, StreamHeader)
    assert header.tag == "{http://etherx.jabber.org/streams}stream"
    assert header.default_namespace == "jabber:client"
    assert header.attributes == {"to": "localhost", "{http://www.w3.org/XML/1998/namespace}lang": "de"}
    assert isinstance(presence, Element)
    assert presence.tag == "{jabber:client}presence"
    assert isinstance(footer, StreamFooter)


def test_restart_begins_a_document_with_the_same_limits() -> None:
    one = framing(Limits(stanza_bytes=100))
    header = one.header({}).encode()
    assert len(one.feed(header)) == 1
    two = one.restarted()
    assert two is not one
    assert two.limits is one.limits
    assert len(two.feed(header)) == 1
    (malformed,) = two.feed(b"<a>" + b"x" * 200)
    assert isinstance(malformed, Malformed)
    assert malformed.condition == "policy-violation"


def test_a_stanza_past_a_limit_may_be_passed_over() -> None:
    one = framing(Limits(attributes=1))
    header, stanza = one.header({}).encode(), b"<a b='' c=''/>"
    assert not one.passes_over
    one.passes_over = True
    two = one.restarted()
    assert two.passes_over
    two.feed(header)
    (refused,) = two.feed(stanza)
    assert isinstance(refused, Refused)
    two.passes_over = False
    (malformed,) = two.feed(stanza)
    assert isinstance(malformed, Malformed)


def test_limits_can_be_raised() -> None:
    one = framing(Limits(stanza_bytes=100))
    one.feed(one.header({}).encode())
    one.limits = Limits(stanza_bytes=1000)
    assert one.limits.stanza_bytes == 1000
    (element,) = one.feed(b"<a>" + b"x" * 200 + b"</a>")
    assert isinstance(element, Element)


def test_between_stanzas() -> None:
    one = framing()
    one.feed(one.header({}).encode() + b"<a/>")
    assert one.between_stanzas
    assert one.idle
    one.feed(b" ")
    assert not one.between_stanzas
    assert one.idle
    one.feed(b"<b")
    assert not one.idle


def test_prime() -> None:
    one = TcpFraming("urn:example:primed", Limits())  # which no other test has
    one.prime()
    (element,) = one.feed(b"<a/>")
    assert isinstance(element, Element)
    assert element.tag == "{urn:example:primed}a"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "HTTP"),
        (b"\r\n\r\nGET / HTTP/1.1\r\n", "HTTP"),
        (b"<!DOCTYPE html>", "HTTP"),
        (b"SSH-2.0-OpenSSH_9.2", "SSH"),
        (b"220 mail.example.org ESMTP", "SMTP or FTP"),
        (b"\x16\x03\x01\x02\x00\x01", "TLS"),
        (b"<?xml version='1.0'?>", None),
        (b"hello", None),
        (b"", None),
    ],
)
def test_foreign_protocol(data: bytes, name: str | None) -> None:
    assert foreign_protocol(data) == name


def test_text_of_the_program_is_written_as_it_is() -> None:
    assert framing().texts(" <a/>") == (" <a/>",)


def test_channel() -> None:
    channel = framing().channel()
    channel.out.append("<a/>")
    channel.out.append("<b/>")
    assert channel.data_to_send() == b"<a/><b/>"
