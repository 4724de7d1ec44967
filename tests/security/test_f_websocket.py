# SPDX-License-Identifier: MIT
"""Group F: WebSocket, where each message is a document, and pages of other sites are on this side of the firewall.

Each test is named after its entry; the first sentence of its docstring is what docs/security.md says of it.
"""

from __future__ import annotations

import asyncio
import tracemalloc
from typing import Any

import aiohttp
import pytest
from aiohttp import web as aioweb

from xmppkit import ClientXMPP
from xmppkit.exceptions import AuthenticationFailed, ConfigurationError, MalformedStream, NotXMPP
from xmppkit.protocol.framing.websocket import WebSocketFraming
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.server import EmbeddedServer, web

NS = "xmlns='urn:ietf:params:xml:ns:xmpp-framing'"
OPEN = f"<open {NS} to='localhost' version='1.0'/>"
PATIENCE = 60.0


async def ended(url: str, *messages: str, **headers: str) -> tuple[str, int | None]:
    """What is said last to who sends these messages, and the code with which the WebSocket is closed."""
    last = ""
    async with (
        asyncio.timeout(PATIENCE),
        aiohttp.ClientSession() as session,
        session.ws_connect(url, protocols=("xmpp",), headers=headers, max_msg_size=0) as socket,
    ):
        for message in messages:
            await socket.send_str(message)
        async for message in socket:
            last = message.data if "<close" not in message.data else last
        return last, socket.close_code


def opened(**options: Any) -> ClientStream:
    """A client whose server has opened its stream over WebSocket."""
    told = StreamOptions(framing=WebSocketFraming, tls=TlsPolicy.DISABLED, **options)
    stream = ClientStream("alice@localhost", told, now=0.0)
    stream.open()
    stream.receive_data(f"<open {NS} from='localhost' id='1' version='1.0'/>".encode())
    return stream


@pytest.mark.parametrize(
    ("message", "condition"),
    [
        ("<a xmlns='urn:x'/><b xmlns='urn:x'/>", "not-well-formed"),
        ("<a xmlns='urn:x'>", "not-well-formed"),
        ("</a>", "not-well-formed"),
        (" ", "bad-format"),
        ("text", "bad-format"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "restricted-xml"),
        ("<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client'>", "invalid-namespace"),
        (OPEN, "bad-format"),
    ],
)
async def test_f01_messages_that_are_no_element(message: str, condition: str) -> None:
    """A message is exactly one element, which is read by the rules of every stream; anything else ends the stream, and
    nothing of it is taken. A peer cannot reach out of its message."""
    async with EmbeddedServer(tls=False, users={"alice": "secret"}, http_port=0) as server:
        url = f"ws://localhost:{server.http_port}{web.WEBSOCKET_PATH}"
        said, code = await ended(url, OPEN, message)
        assert f"<{condition}" in said
        assert code == 1000
    stream = opened()
    stream.receive_data(message.encode())
    assert stream.closed
    assert isinstance(stream.error, MalformedStream)
    assert stream.error.condition == condition


async def test_f02_messages_without_end() -> None:
    """A message has the size of a stanza at most, before the login 64 KiB; one that comes in pieces is cut off when it
    is larger, and what it takes is bounded."""
    async with EmbeddedServer(tls=False, users={"alice": "secret"}, http_port=0) as server:
        url = f"ws://localhost:{server.http_port}{web.WEBSOCKET_PATH}"
        said, _ = await ended(url, OPEN, f"<a xmlns='urn:x'>{'x' * 100_000}</a>")
        assert "<policy-violation" in said
        _, code = await ended(url, "<a>" + "x" * 1_000_000)
        assert code == 1009
        reader, writer = await asyncio.open_connection("127.0.0.1", server.http_port)
        writer.write(
            f"GET {web.WEBSOCKET_PATH} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Protocol: xmpp\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        tracemalloc.start()
        try:
            # Text that is not the last piece, and then pieces of it: 64 KiB each, masked with nothing.
            piece = b"\x00\xff" + (65536).to_bytes(8) + bytes(4) + b"x" * 65536
            writer.write(b"\x01" + piece[1:])
            async with asyncio.timeout(PATIENCE):
                for _ in range(500):
                    writer.write(piece)
                    try:
                        await writer.drain()
                    except ConnectionError:
                        break
                else:
                    raise AssertionError("32 MiB of one message were taken")
            assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
        finally:
            tracemalloc.stop()
            writer.close()


async def test_f03_pages_of_other_sites() -> None:
    """Who sends an Origin is let in only if it is the server's own, or one that the server was told of; a name that
    only leads here does not count."""
    async with EmbeddedServer(tls=False, users={"alice": "secret"}, http_port=0) as server:
        url = f"ws://localhost:{server.http_port}{web.WEBSOCKET_PATH}"
        rebound = f"evil.example:{server.http_port}"
        for headers in ({"Origin": "https://evil.example"}, {"Origin": f"http://{rebound}", "Host": rebound}):
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await ended(url, OPEN, **headers)
            assert caught.value.status == 403
        assert not server._connections


async def test_f04_being_sent_elsewhere() -> None:
    """A redirect is not followed, and says so; where a server sends a client over TLS, there is TLS."""
    asked: list[str] = []

    async def handle(request: aioweb.Request) -> aioweb.StreamResponse:
        asked.append(request.path)
        return aioweb.Response(status=302, headers={"Location": "/elsewhere"})

    application = aioweb.Application()
    application.router.add_get("/{path}", handle)
    runner = aioweb.AppRunner(application)
    await runner.setup()
    try:
        await aioweb.TCPSite(runner, "127.0.0.1", 0).start()
        client = ClientXMPP("alice@localhost", "secret")
        client.enable_plaintext = True
        client.custom_url = f"ws://127.0.0.1:{runner.addresses[0][1]}/ws"
        with pytest.raises(NotXMPP, match="'/elsewhere', which is not followed"):
            await client._connect(retry=False)
    finally:
        await runner.cleanup()
    assert asked == ["/ws"]
    for place in ("ws://evil.example/ws", "http://evil.example/bind", "wss://", "wss://a:b@evil.example/"):
        assert not client.lead_to(place)


async def test_f05_without_tls() -> None:
    """A URL without TLS is refused unless plain text is allowed, and addresses of host-meta have TLS; STARTTLS within a
    WebSocket, which would be no protection, is not taken."""
    client = ClientXMPP("alice@localhost", "secret")
    client.custom_url = "ws://localhost/ws"
    with pytest.raises(ConfigurationError, match="not encrypted"):
        await client.find_endpoints()
    stream = opened()
    stream.data_to_send()
    stream.receive_data(
        b"<features xmlns='http://etherx.jabber.org/streams'>"
        b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></features>"
    )
    said = b""
    while message := stream.data_to_send():
        said += message
    assert b"xmpp-tls" not in said
    assert isinstance(stream.error, AuthenticationFailed)
