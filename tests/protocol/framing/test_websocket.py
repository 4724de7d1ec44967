# SPDX-License-Identifier: MIT
"""RFC 7395's framing."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmppkit.exceptions import UnserializableXML
from xmppkit.protocol.framing.messages import standalone
from xmppkit.protocol.framing.websocket import WebSocketFraming
from xmppkit.xml.limits import Limits
from xmppkit.xml.parser import Item, Malformed, Refused, StreamFooter, StreamHeader

OPEN = b"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0' xml:lang='de'/>"
CLOSE = b"<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"
MANY = "more than 1 attributes of an element"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def framing(limits: Limits | None = None) -> WebSocketFraming:
    return WebSocketFraming("jabber:client", limits or Limits())


def opened(limits: Limits | None = None) -> WebSocketFraming:
    one = framing(limits)
    one.prime()
    return one


def only(items: list[Item]) -> Item:
    (item,) = items
    return item


def refused(items: list[Item]) -> Malformed:
    item = only(items)
    assert isinstance(item, Malformed)
    return item


def test_what_one_end_writes_the_other_reads() -> None:
    one, two = framing(), framing()
    header = only(two.feed(one.header({"to": "localhost", "xml:lang": "de", "version": "1.0"}).encode()))
    assert header == StreamHeader(
        "{http://etherx.jabber.org/streams}stream", {"to": "localhost", "version": "1.0", LANG: "de"}, "jabber:client"
    )
    presence = only(two.feed(standalone("<presence/>", "jabber:client").encode()))
    assert isinstance(presence, Element)
    assert presence.tag == "{jabber:client}presence"
    assert only(two.feed(one.footer().encode())) == StreamFooter()


def test_the_wire_is_that_of_the_rfc() -> None:
    one = framing()
    assert one.header({"to": "example.com", "version": "1.0"}) == (
        '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="example.com" version="1.0" />'
    )
    assert one.footer() == '<close xmlns="urn:ietf:params:xml:ns:xmpp-framing" />'


def test_nothing_is_between_messages() -> None:
    one = opened()
    one.feed(b"<a/>\n")
    assert one.between_stanzas
    assert one.idle


def test_restart_waits_for_another_opening_with_the_same_limits() -> None:
    one = opened(Limits(stanza_bytes=300))
    two = one.restarted()
    assert two is not one
    assert two.limits is one.limits
    assert isinstance(only(two.feed(OPEN)), StreamHeader)
    assert refused(two.feed(b"<a>" + b"x" * 400 + b"</a>")).condition == "policy-violation"


def test_a_stanza_past_a_limit_may_be_passed_over() -> None:
    one = opened(Limits(attributes=1))
    assert not one.passes_over
    one.passes_over = True
    two = one.restarted()
    assert two.passes_over
    two.prime()
    message = b"<message xmlns='jabber:client' id='1' b=''><body/></message>"
    assert only(two.feed(message)) == Refused("{jabber:client}message", {"id": "1"}, MANY)
    assert isinstance(only(two.feed(b"<a/>")), Element)
    assert refused(two.feed(message + b"<a/>")).condition == "not-well-formed"
    assert refused(one.restarted().feed(b"<open/>" + message)).condition == "not-well-formed"


def test_limits_can_be_raised() -> None:
    one = opened(Limits(stanza_bytes=100))
    one.limits = Limits(stanza_bytes=1000)
    assert one.limits.stanza_bytes == 1000
    assert isinstance(only(one.feed(b"<a>" + b"x" * 400 + b"</a>")), Element)


def test_the_opening_has_a_limit_of_its_own() -> None:
    found = refused(framing(Limits(header_bytes=100)).feed(OPEN.replace(b"localhost", b"x" * 100)))
    assert found == Malformed("policy-violation", "opening tag larger than 100 bytes")


def test_a_second_opening_is_a_stream_in_the_stream() -> None:
    one = framing()
    one.feed(OPEN)
    found = only(one.feed(OPEN))
    assert isinstance(found, Element)
    assert found.tag == "{http://etherx.jabber.org/streams}stream"


@pytest.mark.parametrize(
    ("message", "condition"),
    [
        (b"", "bad-format"),
        (b" ", "bad-format"),
        (b" <a/>", "bad-format"),
        (b"\n<a/>", "bad-format"),
        (b"\xef\xbb\xbf<a/>", "bad-format"),
        (b"hello", "bad-format"),
        (b"\x00", "bad-format"),
        (b"<a", "not-well-formed"),
        (b"<a>", "not-well-formed"),
        (b"<a><b/>", "not-well-formed"),
        (b"<a>text", "not-well-formed"),
        (b"</a>", "not-well-formed"),
        (b"</message-of-a-websocket>", "not-well-formed"),
        (b"<a/></message-of-a-websocket>", "not-well-formed"),
        (b"</message-of-a-websocket><message-of-a-websocket>", "not-well-formed"),
        (b"<a/></message-of-a-websocket><message-of-a-websocket><a/>", "not-well-formed"),
        (b"<a/><b/>", "not-well-formed"),
        (b"<a/> <b/>", "not-well-formed"),
        (b"<a/><b", "bad-format"),
        (b"<a/>text", "bad-format"),
        (b"<a></b>", "not-well-formed"),
        (b"<stream:a/>", "bad-namespace-prefix"),
        (b"<!-- a --><a/>", "restricted-xml"),
        (b"<a><!-- a --></a>", "restricted-xml"),
        (b"<?xml version='1.0'?><a/>", "restricted-xml"),
        (b"<?target data?>", "restricted-xml"),
        (b"<!DOCTYPE a><a/>", "restricted-xml"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "restricted-xml"),
        (b"<a>&b;</a>", "restricted-xml"),
        (b"<a>\xff</a>", "not-well-formed"),
        (b"<a>\x00</a>", "not-well-formed"),
        (b"<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client'>", "invalid-namespace"),
        (b"<?xml version='1.0'?>\n<stream:stream xmlns='jabber:client'>", "invalid-namespace"),
        (b"<open xmlns='jabber:client'/>", None),
        (b"<other xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>", "unsupported-stanza-type"),
    ],
)
def test_what_is_no_message(message: bytes, condition: str | None) -> None:
    one = opened()
    found = only(one.feed(message))
    if condition is None:
        assert isinstance(found, Element)
        return
    assert isinstance(found, Malformed)
    assert found.condition == condition
    # It is the last item ever.
    assert refused(one.feed(b"<a/>")).text == "a message behind the closing tag"


@pytest.mark.parametrize(
    ("message", "condition", "words"),
    [
        (b"<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>", "invalid-namespace", "RFC 7395"),
        (b"<stream xmlns='http://etherx.jabber.org/streams'/>", "invalid-namespace", "etherx"),
        (b"<open xmlns='jabber:client' to='localhost'/>", "invalid-namespace", "'jabber:client'"),
        (b"<open to='localhost'/>", "invalid-namespace", "''"),
        (b"<message xmlns='jabber:client'/>", "bad-format", "'message' before"),
        (b"<other xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>", "bad-format", "'other' before"),
        (b"<html/>", "bad-format", "'html' before"),
    ],
)
def test_what_does_not_open_a_stream(message: bytes, condition: str, words: str) -> None:
    found = refused(framing().feed(message))
    assert found.condition == condition
    assert words in found.text


def test_names_of_the_peer_are_not_repeated_whole() -> None:
    found = refused(framing().feed(b"<open xmlns='" + b"x" * 1000 + b"'/>"))
    assert len(found.text) < 400


def test_nothing_comes_behind_the_close() -> None:
    one = opened()
    assert only(one.feed(CLOSE)) == StreamFooter()
    assert refused(one.feed(b"<a/>")) == Malformed("not-well-formed", "a message behind the closing tag")


ELSEWHERE = CLOSE.replace(b"/>", b" see-other-uri='wss://other.example/ws'/>")


def test_a_close_can_lead_elsewhere() -> None:
    error, footer = opened().feed(ELSEWHERE)
    assert isinstance(error, Element)
    assert error.tag == "{http://etherx.jabber.org/streams}error"
    assert error[0].tag == "{urn:ietf:params:xml:ns:xmpp-streams}see-other-host"
    assert error[0].text == "wss://other.example/ws"
    assert footer == StreamFooter()


def test_a_server_may_close_instead_of_opening() -> None:
    header, footer = framing().feed(CLOSE)
    assert isinstance(header, StreamHeader)
    assert header.attributes["id"] == ""
    assert footer == StreamFooter()
    header, error, footer = framing().feed(ELSEWHERE)
    assert isinstance(header, StreamHeader)
    assert isinstance(error, Element)
    assert footer == StreamFooter()


def test_a_server_may_complain_instead_of_opening() -> None:
    one = framing()
    header, error = one.feed(b"<error xmlns='http://etherx.jabber.org/streams'/>")
    assert isinstance(header, StreamHeader)
    assert isinstance(error, Element)
    assert only(one.feed(CLOSE)) == StreamFooter()


@pytest.mark.parametrize(
    "message",
    [
        b"<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
        b"<stream:error xml:lang='en'\n><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
        b"<stream:error xmlns:stream = 'http://etherx.jabber.org/streams'>"
        b"<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
        b"<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams' xmlns:stream='a'/></stream:error>",
    ],
)
def test_an_error_may_lack_the_declaration_of_its_prefix(message: bytes) -> None:
    error = only(opened().feed(message))
    assert isinstance(error, Element)
    assert error.tag == "{http://etherx.jabber.org/streams}error"
    assert error[0].tag == "{urn:ietf:params:xml:ns:xmpp-streams}conflict"


def test_of_an_error_only() -> None:
    assert refused(opened().feed(b"<stream:errors/>")).condition == "bad-namespace-prefix"
    assert refused(opened().feed(b"<stream:features/>")).condition == "bad-namespace-prefix"
    within = only(opened().feed(b"<stream:a xmlns:stream='urn:b'><stream:error/></stream:a>"))
    assert isinstance(within, Element)
    assert within[0].tag == "{urn:b}error", "the prefix is what was declared around it"


def test_texts() -> None:
    one = framing()
    assert one.texts(" ") == []
    assert one.texts("<message/><iq/>") == ["<message />", "<iq />"]
    with pytest.raises(UnserializableXML):
        one.texts("<message>")


def test_channel() -> None:
    channel = framing().channel()
    channel.out.append("<a/>")
    assert channel.data_to_send() == b"<a xmlns='jabber:client'/>"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 20_000), st.booleans()),
        min_size=1,
        max_size=6,
    )
)
def test_messages_of_any_size_are_whole(shapes: list[tuple[int, int, bool]]) -> None:
    """However large a message is, and whatever its parser does inside, it is one element at its end."""
    one = opened()
    for depth, size, attribute in shapes:
        text = "x" * size
        inner = f"<b c='{text}'/>" if attribute else f"<b>{text}</b>"
        for _ in range(depth):
            inner = f"<a>{inner}</a>"
        element = only(one.feed(f"<message xmlns='jabber:client'>{inner}</message>".encode()))
        assert isinstance(element, Element)
        found = next(element.iter("{jabber:client}b"))
        assert (found.get("c", "") if attribute else found.text or "") == text


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([b"<a>", b"</a>", b"<a/>", b"x", b" ", b"<", b">", b"<!--", b"<?", b"&", CLOSE, OPEN])))
def test_hostile_messages_never_raise(pieces: list[bytes]) -> None:
    for one in (framing(), opened()):
        items = one.feed(b"".join(pieces))
        assert items
        assert all(not isinstance(item, Malformed) for item in items[:-1])
