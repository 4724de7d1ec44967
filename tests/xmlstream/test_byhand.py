# SPDX-License-Identifier: MIT
"""A stream as an asyncio protocol: a transport, or a test, calls its methods."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.exceptions import ConnectionLost, NotConnectedError
from xmppkit.server import EmbeddedServer
from xmppkit.testing.wire import RecordingTransport, Wire
from xmppkit.xmlstream.byhand import ByHand
from xmppkit.xmlstream.xmlstream import XMLStream

HEADER = (
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='s1' from='localhost' "
    "version='1.0' xml:lang='eo'>"
)
STARTTLS = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"


class Watching(ClientXMPP):
    """Notes which of its hooks are called."""

    def __init__(self) -> None:
        super().__init__("bot@localhost/here", "secret", lang=None)
        self.auto_reconnect = False
        self.calls: list[Any] = []
        for name in ("connected", "connecting", "disconnected", "eof_received"):
            self.add_event_handler(name, lambda data, name=name: self.calls.append(name))

    def configure_socket(self) -> None:
        self.calls.append("socket")

    def start_stream_handler(self, xml: Element) -> None:
        self.calls.append((xml.tag, dict(xml.attrib)))


async def test_bytes_and_text_are_taken() -> None:
    client = Watching()
    transport = RecordingTransport()
    assert (client.xml_root, client.xml_depth, client.parser) == (None, 0, None)
    client.connection_made(transport)
    assert client.calls == ["socket", "connected"]
    assert client.transport is transport
    assert transport.written[0].startswith(b"<?xml version='1.0'?><stream:stream ")
    assert client.parser is not None
    client.data_received(HEADER[:20])
    assert client.xml_depth == 0
    client.data_received(HEADER[20:].encode())
    attributes = {"id": "s1", "from": "localhost", "version": "1.0", "{http://www.w3.org/XML/1998/namespace}lang": "eo"}
    assert client.calls[2:] == [("{http://etherx.jabber.org/streams}stream", attributes)]
    assert (client.xml_depth, client.stream_id, client.peer_default_lang) == (1, "s1", "eo")
    assert client.xml_root is not None
    assert client.xml_root.get("id") == "s1"
    client.data_received(STARTTLS)
    assert b"<starttls" in transport.written[-1]
    client.resume_writing()
    assert client.eof_received() is False
    transport.closed = True
    client.connection_lost(OSError("gone"))
    assert client.calls[3:] == ["eof_received", "disconnected"]
    assert isinstance(client.last_error, ConnectionLost)
    assert client.xml_depth == 0


async def test_a_connection_that_nobody_is_told_of() -> None:
    client = Watching()
    client.connection_made(RecordingTransport(), send_event=False)
    assert client.calls == ["socket"]
    client.abort()


async def test_without_a_connection() -> None:
    client = Watching()
    with pytest.raises(NotConnectedError, match="connection_made"):
        client.data_received(b"<")
    with pytest.raises(NotConnectedError):
        await client.start_tls()
    assert client.eof_received() is False
    client.connection_lost(None)
    client.resume_writing()
    assert client.calls == []


async def test_the_end_may_be_told_more_than_once() -> None:
    client = Watching()
    transport = RecordingTransport()
    client.connection_made(transport)
    client.disconnect()
    await asyncio.sleep(0)
    client.data_received("</stream:stream>")
    transport.closed = True
    for _ in range(2):
        client.connection_lost(None)
    assert client.calls == ["socket", "connected", "disconnected"]


async def test_as_a_protocol_of_asyncio() -> None:
    async with EmbeddedServer(users={"bot": "secret"}) as server:
        client = Watching()
        client.ca_certs = server.ca_file
        assert isinstance(client, asyncio.Protocol)
        started = client.loop.create_task(client.wait_until("session_start"))
        await client.loop.create_connection(lambda: client, server.host, server.port)
        await started
        assert client.authenticated
        assert await client.start_tls()
        assert client.socket.getpeercert()["subjectAltName"]
        assert client.transport.get_extra_info("socket").getpeername() == (server.host, server.port)
        client.send_message(client.boundjid, "to myself")
        assert (await client.wait_until("message"))["body"] == "to myself"
        await client.drain()
        await client.disconnect()


@pytest.mark.parametrize(
    ("event", "secure"), [("tls_success", True), ("session_start", False), ("disconnected", False)]
)
async def test_waiting_for_tls(event: str, secure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Watching()
    client.connection_made(RecordingTransport())
    waiting = client.loop.create_task(client.start_tls())
    await asyncio.sleep(0)
    assert not waiting.done()
    monkeypatch.setattr(type(client.engine), "secure", secure)
    client.event(event)
    client.event("disconnected")
    assert await waiting is secure
    assert client.event_handled("tls_success") == 0
    client.abort()


async def test_a_session_without_tls_gets_none(wire: Wire) -> None:
    assert await wire.stream.start_tls() is False


async def test_what_waits_for_a_filter(wire: Wire) -> None:
    client, gate = wire.stream, asyncio.Event()

    async def slow(stanza: Any) -> Any:
        await gate.wait()
        return stanza

    assert client.waiting_queue.empty()
    await client.waiting_queue.join()
    client.add_filter("out", slow)
    await client.waiting_queue.put((client.make_message("a@localhost", "one"), True))
    client.waiting_queue.put_nowait((client.make_message("a@localhost", "two"), False))
    assert not client.waiting_queue.empty()
    client.loop.call_soon(gate.set)
    await client.run_filters()
    assert client.waiting_queue.empty()
    assert [each.findtext("{jabber:client}body") for each in await wire.stanzas()] == ["one", "two"]


@pytest.mark.parametrize(
    ("make", "header"),
    [
        (
            lambda: ClientXMPP("a@localhost", "x"),
            "<stream:stream to='localhost' xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client' "
            "xml:lang='en' version='1.0'>",
        ),
        (
            lambda: ComponentXMPP("echo.localhost", "x"),
            "<stream:stream to='echo.localhost' xmlns:stream='http://etherx.jabber.org/streams' "
            "xmlns='jabber:component:accept'>",
        ),
        (
            lambda: ComponentXMPP("echo.localhost", "x", use_jc_ns=True),
            "<stream:stream to='echo.localhost' xmlns:stream='http://etherx.jabber.org/streams' "
            "xmlns='jabber:component:accept'>",
        ),
    ],
)
async def test_the_tags_of_our_stream(make: Callable[[], XMLStream], header: str) -> None:
    stream = make()
    assert (stream.stream_header, stream.stream_footer) == (header, "</stream:stream>")


async def test_the_base_sends_nothing() -> None:
    with pytest.raises(NotImplementedError):
        ByHand().send("")


@pytest.mark.parametrize(
    ("refuse", "told"),
    [
        (lambda client: client.disconnect(reason="no"), "no"),
        (lambda client: client.cancel_connection_attempt(), None),
        (lambda client: client.abort(), None),
    ],
    ids=["disconnect", "cancel_connection_attempt", "abort"],
)
@pytest.mark.parametrize("direct", [False, True])
async def test_a_handler_may_refuse_a_certificate(
    refuse: Callable[[Watching], object], told: str | None, direct: bool
) -> None:
    async with EmbeddedServer(users={"bot": "secret"}) as server:
        client = Watching()
        client.ca_certs = server.ca_file
        client.enable_starttls = not direct
        seen: list[str] = []
        client.add_event_handler("ssl_cert", lambda pem: (seen.append(pem[:27]), refuse(client)))
        client.add_event_handler("tls_success", lambda _: seen.append("tls_success"))
        client.add_event_handler("auth_success", lambda _: seen.append("auth_success"))
        over = client.disconnected
        client.connect(server.host, server.direct_tls_port if direct else server.port)
        assert await over == told
        assert seen == ["-----BEGIN CERTIFICATE-----"]
        assert not client.is_connected()
        assert not client.is_connecting()


async def test_an_attempt_that_is_over_cannot_be_cancelled() -> None:
    async with EmbeddedServer(users={"bot": "secret"}) as server:
        client = Watching()
        client.ca_certs = server.ca_file
        client.connect(server.host, server.port)
        await client.wait_until("session_start", timeout=60)
        client.cancel_connection_attempt()
        assert client.is_connected()
        await client.disconnect()
