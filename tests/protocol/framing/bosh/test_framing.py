# SPDX-License-Identifier: MIT
"""What the engine reads and writes over BOSH."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

import pytest

from xmppkit.exceptions import UnserializableXML
from xmppkit.protocol.framing.bosh.body import mark, write_body
from xmppkit.protocol.framing.bosh.framing import BoshFraming
from xmppkit.protocol.framing.messages import MessageChannel
from xmppkit.xml.limits import Limits
from xmppkit.xml.names import CLIENT, STREAM_ROOT, XML_LANG
from xmppkit.xml.parser import Item, Malformed, StreamFooter, StreamHeader

MESSAGE = "<message xmlns='jabber:client'/>"
FEATURES = "<stream:features/>"
CREATED = {"sid": "s", "authid": "a", "from": "localhost", "xmpp:version": "1.0", "xml:lang": "en"}


def framing() -> BoshFraming:
    return BoshFraming(CLIENT, Limits())


def feed(framing: BoshFraming, attributes: dict[str, Any], payload: str = "") -> list[Item]:
    return framing.feed(write_body(attributes, payload))


def names(items: list[Item]) -> list[str]:
    return [each.tag.rpartition("}")[2] if isinstance(each, Element) else type(each).__name__ for each in items]


def test_a_client_reads() -> None:
    it = framing()
    header, features = feed(it, CREATED, FEATURES)
    assert header == StreamHeader(
        STREAM_ROOT, {"id": "a", "version": "1.0", "from": "localhost", XML_LANG: "en"}, CLIENT
    )
    assert isinstance(features, Element)
    assert names(feed(it, {}, MESSAGE * 2)) == ["message", "message"]
    assert feed(it, {"type": "terminate"}) == [StreamFooter()]
    assert it.between_stanzas
    assert it.idle


def test_a_client_reads_features_later() -> None:
    it = framing()
    assert names(feed(it, CREATED)) == ["StreamHeader"]
    assert names(feed(it, {}, FEATURES)) == ["features"]


def test_a_server_that_says_little() -> None:
    """Neither ID nor version: the session's own ID is a secret and is not shown."""
    (header,) = feed(framing(), {"sid": "secret"})
    assert isinstance(header, StreamHeader)
    assert header.attributes == {"id": "bosh", "version": "1.0"}


def test_a_client_restarts() -> None:
    it = framing()
    feed(it, CREATED, FEATURES)
    it = it.restarted()
    items = feed(it, {}, FEATURES)
    assert names(items) == ["StreamHeader", "features"]
    assert isinstance(items[0], StreamHeader)
    assert items[0].attributes["id"] == "a"
    (header,) = feed(it.restarted(), {"authid": "b", "xml:lang": "de"})
    assert isinstance(header, StreamHeader)
    assert (header.attributes["id"], header.attributes[XML_LANG]) == ("b", "de")


def test_a_server_reads() -> None:
    it = framing()
    (header,) = feed(it, {"to": "localhost", "from": "a@localhost", "xmpp:version": "1.0", "rid": 1})
    assert header == StreamHeader(STREAM_ROOT, {"to": "localhost", "from": "a@localhost", "version": "1.0"}, CLIENT)
    assert names(feed(it, {"sid": "s"}, MESSAGE)) == ["message"]
    assert names(feed(it, {"sid": "s", "type": "terminate"}, MESSAGE)) == ["message", "StreamFooter"]


def test_a_server_without_a_version() -> None:
    (header,) = feed(framing(), {"to": "localhost"})
    assert isinstance(header, StreamHeader)
    assert header.attributes == {"to": "localhost"}


def test_a_server_restarts() -> None:
    it = framing()
    feed(it, {"to": "localhost", "xmpp:version": "1.0", "rid": 1})
    it = it.restarted()
    items = feed(it, {"sid": "s", "xmpp:restart": "true", "xml:lang": "de"}, MESSAGE)
    assert names(items) == ["StreamHeader"], "what stands in a restart is ignored"
    assert isinstance(items[0], StreamHeader)
    assert items[0].attributes == {"to": "localhost", "version": "1.0", XML_LANG: "de"}
    assert names(feed(it, {"sid": "s"}, MESSAGE)) == ["message"]


def test_a_restart_that_does_not_come() -> None:
    it = framing()
    feed(it, {"to": "localhost", "rid": 1})
    assert names(feed(it.restarted(), {"sid": "s"}, MESSAGE)) == ["message"], "without a header before it"


def test_a_restart_unasked() -> None:
    it = framing()
    feed(it, {"to": "localhost", "rid": 1})
    assert feed(it, {"sid": "s", "xmpp:restart": "true"}, MESSAGE) == []


@pytest.mark.parametrize(
    ("condition", "payload", "said"),
    [
        ("remote-stream-error", "<stream:error/>", ["error"]),
        ("remote-stream-error", MESSAGE, ["message", "error"]),
        ("host-unknown", "", ["error"]),
        ("system-shutdown", MESSAGE, ["message", "error"]),
        ("item-not-found", MESSAGE, ["message"]),
        ("nobody-knows", "", []),
        ("see-other-uri", "<uri>https://example.org/bosh</uri>", ["error"]),
    ],
)
def test_ends(condition: str, payload: str, said: list[str]) -> None:
    it = framing()
    feed(it, CREATED)
    assert names(feed(it, {"type": "terminate", "condition": condition}, payload)) == said


def test_another_uri_is_named() -> None:
    items = feed(
        framing(), {"sid": "s", "type": "terminate", "condition": "see-other-uri"}, "<uri>https://a.example</uri>"
    )
    assert isinstance(items[-1], Element)
    assert "https://a.example" in "".join(items[-1].itertext())


def test_what_is_no_body() -> None:
    assert [type(each) for each in framing().feed(b"<html/>")] == [Malformed]


def test_limits() -> None:
    it = framing()
    it.limits = Limits(stanza_bytes=64)
    items = feed(it, {}, f"<message xmlns='jabber:client'>{'x' * 100}</message>")
    assert isinstance(items[0], Malformed)
    assert it.restarted().limits.stanza_bytes == 64


def test_a_stanza_past_a_limit_may_be_passed_over() -> None:
    it = framing()
    it.limits = Limits(attributes=3)
    payload = f"{MESSAGE}<message xmlns='jabber:client' a='' b='' c='' d=''/>{MESSAGE}"
    it.passes_over = True
    following = it.restarted()
    assert following.passes_over
    following.prime()
    assert names(feed(following, {}, payload)) == ["message", "Refused", "message"]
    following.passes_over = False
    assert names(feed(following, {}, payload)) == ["Malformed"]


def test_an_address_that_was_passed_over_leads_nowhere() -> None:
    it = framing()
    it.limits = Limits(attributes=3)
    it.passes_over = True
    it.prime()
    (error,) = feed(it, {"type": "terminate", "condition": "see-other-uri"}, "<uri a='' b='' c='' d=''>x</uri>")
    assert isinstance(error, Element)
    assert "BOSH is at " in "".join(error.itertext())


def test_writing() -> None:
    it = framing()
    assert it.header({"to": "localhost", "version": "1.0", "id": "a"}) == mark(
        {"to": "localhost", "xmpp:version": "1.0", "authid": "a"}
    )
    assert it.footer() == mark(None)
    assert list(it.texts(" ")) == []
    assert list(it.texts("<presence/><message/>")) == ["<presence />", "<message />"]
    with pytest.raises(UnserializableXML):
        it.texts("<presence")


def test_its_channel_gives_messages() -> None:
    it = framing()
    channel = it.channel()
    assert isinstance(channel, MessageChannel)
    channel.out.append(it.header({"to": "a"}))
    channel.out.append("<presence/>")
    assert channel.data_to_send() == it.header({"to": "a"}).encode()
    assert channel.data_to_send() == b"<presence xmlns='jabber:client'/>"
    assert not it.can_encrypt
    assert it.messages


def test_primed() -> None:
    it = framing()
    it.prime()
    assert names(feed(it, {"sid": "s"}, MESSAGE)) == ["message"]
