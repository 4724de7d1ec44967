# SPDX-License-Identifier: MIT
"""The way out: what is parked, what is filtered, what is lost, in which order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.dispatch.filters import Filters
from xmppkit.exceptions import LocalProtocolError, NotConnectedError, UnserializableXML
from xmppkit.stanza.message import Message
from xmppkit.testing.wire import Wire
from xmppkit.xmlstream import sending
from xmppkit.xmlstream.sending import Sender


class Engine:
    """Takes what is sent, while it is ready."""

    ready = True
    session = None

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, data: Any) -> None:
        if not self.ready:
            raise LocalProtocolError("the stream is over")
        self.sent.append(data)


class Host:
    default_ns = "jabber:client"

    def __init__(self) -> None:
        self.engine: Any = Engine()
        self.events: list[tuple[str, Any]] = []
        self.flushed = 0
        self.connecting = True
        self.reported: list[Exception] = []
        self.filters = Filters()
        self.sender = Sender(self, self.filters, asyncio.ensure_future, lambda exc, data: self.reported.append(exc))

    def flush(self) -> None:
        self.flushed += 1

    def is_connecting(self) -> bool:
        return self.connecting

    def waker(self) -> Callable[[], None]:
        return self.flush

    def event(self, name: str, data: Any = None, /) -> None:
        self.events.append((name, data))

    def send(self, *texts: str) -> None:
        for text in texts:
            self.sender.send(text, use_filters=False)


async def slow(stanza: Any) -> Any:
    await asyncio.sleep(0)
    return stanza


def message(body: str) -> Message:
    made = Message()
    made["body"] = body
    return made


async def turns(number: int = 5) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_what_is_parked_is_sent_in_order_when_the_session_starts() -> None:
    host = Host()
    host.send("<a/>", "<b/>")
    assert host.sender.is_open is False
    assert host.events == [("stanza_not_sent", "<a/>"), ("stanza_not_sent", "<b/>")]
    assert host.engine.sent == []
    host.sender.open()
    host.send("<c/>")
    assert host.engine.sent == ["<a/>", "<b/>", "<c/>"]
    assert host.flushed == 3


async def test_what_is_parked_must_be_xml() -> None:
    host = Host()
    for bad in (message("\x00"), ET.Element("a", {"b": "\x00"})):
        with pytest.raises(UnserializableXML):
            host.sender.send(bad, use_filters=True)
    host.sender.open()
    assert host.engine.sent == []


async def test_the_number_of_those_that_wait_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "MAX_PARKED", 2)
    host = Host()
    host.send("<a/>", "<b/>")
    with pytest.raises(NotConnectedError, match="2 stanzas"):
        host.send("<c/>")
    host.sender.open()
    host.sender.close(drop=False)
    host.send("<c/>")


@pytest.mark.parametrize("size", [True, False])
async def test_who_can_wait_waits_for_the_session(monkeypatch: pytest.MonkeyPatch, size: bool) -> None:
    monkeypatch.setattr(sending, "MAX_PARKED_SIZE" if size else "MAX_PARKED", 2)
    host = Host()
    await host.sender.room()
    host.send("<a/>", "<b/>") if not size else host.send("<a/>")
    waiting = asyncio.ensure_future(host.sender.room())
    await turns()
    assert not waiting.done()
    host.sender.close(drop=False)  # an attempt has failed, and another one follows
    await turns()
    assert not waiting.done()
    host.sender.open()
    await waiting
    host.send("<c/>")
    assert host.engine.sent[-1] == "<c/>"


@pytest.mark.parametrize("drop", [True, False])
async def test_who_waits_for_a_session_that_does_not_come(monkeypatch: pytest.MonkeyPatch, drop: bool) -> None:
    monkeypatch.setattr(sending, "MAX_PARKED", 1)
    host = Host()
    host.send("<a/>")
    waiting = asyncio.ensure_future(host.sender.room())
    await turns()
    host.connecting = False
    host.sender.close(drop=drop)
    await waiting
    if not drop:
        with pytest.raises(NotConnectedError):
            host.send("<b/>")


async def test_only_stanzas_are_filtered() -> None:
    host = Host()
    seen: list[Any] = []

    def note(stanza: Any) -> Any:
        seen.append(stanza)
        return stanza

    host.filters.add("out", note)
    host.sender.open()
    one, two, element = message("one"), message("two"), ET.Element("a")
    host.sender.send(one, use_filters=True)
    host.sender.send(two, use_filters=False)
    host.sender.send(element, use_filters=True)
    host.sender.send("<b/>", use_filters=True)
    assert seen == [one]
    assert host.engine.sent == [one, two, element, "<b/>"]


async def test_parked_stanzas_keep_whether_they_are_filtered() -> None:
    host = Host()
    host.filters.add("out_sce", lambda stanza: None)
    host.sender.send(message("one"), use_filters=True)
    two = message("two")
    host.sender.send(two, use_filters=False)
    host.sender.open()
    assert host.engine.sent == [two]


@pytest.mark.parametrize("drop", [False, True])
async def test_the_end_of_a_session(drop: bool) -> None:
    host = Host()
    host.filters.add("out", slow)
    host.sender.open()
    for body in ("first", "second"):
        host.sender.send(message(body), use_filters=True)
    await asyncio.sleep(0)  # the filter is at work on the first
    host.sender.close(drop=drop)
    host.engine.ready = False
    await turns()
    host.sender.send(message("third"), use_filters=True)
    host.engine.ready = True
    host.sender.open()
    await turns(20)
    expected = ["third"] if drop else ["first", "second", "third"]
    assert [each["body"] for each in host.engine.sent] == expected
    assert host.reported == []


@pytest.mark.parametrize("gone", [False, True])
async def test_a_connection_that_goes_while_a_filter_works(gone: bool) -> None:
    host = Host()
    host.filters.add("out", slow)
    host.sender.open()
    late = message("late")
    host.sender.send(late, use_filters=True)
    host.engine.ready = False
    if gone:
        host.sender.close(drop=True)
    await turns()
    assert host.engine.sent == []
    assert host.events == [("stanza_not_sent", late)]
    assert host.reported == []


@pytest.mark.parametrize("drop", [False, True])
async def test_what_is_sent_between_the_end_of_the_stream_and_that_of_the_session(drop: bool) -> None:
    host = Host()
    host.filters.add("out", slow)
    host.sender.open()
    host.engine.ready = False
    host.send("<a/>", "<b/>")
    host.sender.send(message("first"), use_filters=True)
    host.send("<c/>")
    assert host.events == [("stanza_not_sent", "<a/>"), ("stanza_not_sent", "<b/>")]
    await asyncio.sleep(0)  # the filter is at work on the first
    host.sender.close(drop=drop)
    host.send("<d/>")
    await turns()
    host.engine.ready = True
    host.sender.open()
    await turns()
    sent = [each if isinstance(each, str) else each["body"] for each in host.engine.sent]
    assert sent == (["<d/>"] if drop else ["<a/>", "<b/>", "first", "<c/>", "<d/>"])


async def test_what_waits_for_the_next_session_keeps_whether_it_is_filtered() -> None:
    host = Host()
    host.filters.add("out", slow)
    host.sender.open()
    host.sender.send(message("first"), use_filters=True)
    host.sender.send(message("past the filters"), use_filters=False)
    await asyncio.sleep(0)  # the filter is at work on the first
    host.sender.close(drop=False)
    await turns()
    host.filters.add("out", lambda stanza: None)
    host.sender.open()
    await turns()
    assert [each["body"] for each in host.engine.sent] == ["first", "past the filters"]


async def test_what_is_sent_after_the_end_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "MAX_PARKED", 1)
    host = Host()
    host.sender.open()
    host.engine.ready = False
    host.send("<a/>", "<b/>")
    host.sender.close(drop=False)
    host.engine.ready = True
    host.sender.open()
    assert host.engine.sent == ["<a/>"]
    assert host.events == [("stanza_not_sent", "<a/>"), ("stanza_not_sent", "<b/>")]


async def test_a_filter_that_fails_stops_its_stanza_only() -> None:
    host = Host()

    def fail(stanza: Any) -> Any:
        if stanza["body"] == "one":
            raise RuntimeError("bug")
        return stanza

    host.filters.add("out", fail)
    host.sender.open()
    host.sender.send(message("one"), use_filters=True)
    host.sender.send(two := message("two"), use_filters=True)
    assert host.engine.sent == [two]
    assert [str(each) for each in host.reported] == ["bug"]


async def test_nothing_is_negotiated_in_a_session(wire: Wire) -> None:
    wire.stream._sender.close(drop=True)
    assert wire.stream._sender._negotiate(ET.Element("{urn:x}a")) is False


async def test_text_is_never_a_negotiation(client: ClientXMPP) -> None:
    assert client._sender._negotiate("<a/>") is False
