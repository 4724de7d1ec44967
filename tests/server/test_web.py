# SPDX-License-Identifier: MIT
"""The web side of the embedded server: WebSockets and host-meta, and what it does not take. BOSH is in test_bosh.py."""

from __future__ import annotations

import asyncio
import logging
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from xml.etree.ElementTree import fromstring

import aiohttp
import pytest

from xmppkit import ClientXMPP
from xmppkit.exceptions import ConfigurationError, ConnectionRefused, NegotiationTimeout, StreamErrorReceived
from xmppkit.server import EmbeddedServer, web
from xmppkit.server.limits import ServerLimits
from xmppkit.transports.certificates import client_context
from xmppkit.transports.hostmeta import find_alternatives, read_json, read_xrd

PATIENCE = 60.0
OPEN = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>"


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[EmbeddedServer]:
    options = {"users": {"alice": "alice", "bob": "bob"}, "http_port": 0, **options}
    async with asyncio.timeout(PATIENCE), EmbeddedServer(**options) as server:
        yield server


def url_of(server: EmbeddedServer, path: str = web.WEBSOCKET_PATH, kind: str = "ws") -> str:
    return f"{kind}{'s' if server._tls else ''}://localhost:{server.http_port}{path}"


def make_client(server: EmbeddedServer, name: str = "alice") -> ClientXMPP:
    client = ClientXMPP(f"{name}@localhost/here", name)
    if server._tls:
        client.ca_certs = server.ca_file
    else:
        client.enable_plaintext = True
        client["feature_mechanisms"].unencrypted_scram = True
    client.custom_url = url_of(server)
    return client


@asynccontextmanager
async def by_hand(server: EmbeddedServer, **headers: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A WebSocket to a server without TLS."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url_of(server), protocols=("xmpp",), headers=headers) as socket,
    ):
        yield socket


async def status(server: EmbeddedServer, path: str = web.WEBSOCKET_PATH, **headers: str) -> int:
    """The answer to a request."""
    async with aiohttp.ClientSession() as session, session.get(url_of(server, path, "http"), headers=headers) as answer:
        return answer.status


async def said(socket: aiohttp.ClientWebSocketResponse) -> list[str]:
    """The names of all that the server says until it closes the WebSocket."""
    found = []
    async for message in socket:
        found.append(fromstring(message.data).tag.partition("}")[2])
    return found


# --- sessions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", [True, False])
async def test_two_clients_talk(tls: bool) -> None:
    async with serving(tls=tls) as server, make_client(server) as alice, make_client(server, "bob") as bob:
        got: asyncio.Queue[Any] = asyncio.Queue()
        bob.add_event_handler("message", got.put_nowait)
        alice.send_message(bob.boundjid, "hello")
        assert (await got.get())["body"] == "hello"
        assert (alice.tls_info is not None) is tls
        if tls:
            assert alice.mechanism.endswith("-PLUS")  # bound to the certificate


async def test_a_server_that_stops_says_so() -> None:
    async with serving() as server:
        client = make_client(server)
        client.auto_reconnect = False
        async with client:
            ended = client.disconnected
            await server.restart()
            error = await ended
        assert isinstance(error, StreamErrorReceived)
        assert error.condition == "system-shutdown"
        async with make_client(server):
            assert server.sessions


async def test_a_session_goes_on_over_tcp() -> None:
    async with serving() as server:
        client = make_client(server)
        client.register_plugin("xep_0198")
        client._return_delay = client._connector.first = 0.01
        resumed: asyncio.Queue[Any] = asyncio.Queue()
        client.add_event_handler("session_resumed", resumed.put_nowait)
        async with client:
            client.custom_url, client.custom_address = None, (server.host, server.port)
            client.transport.abort()
            await resumed.get()
            assert client.transport.get_extra_info("socket") is not None
            client.custom_url = url_of(server)
            client.transport.abort()
            await resumed.get()
            assert client.engine is not None
            assert client.engine.options.framing.messages


# --- host-meta --------------------------------------------------------------------------------------------------


async def test_host_meta() -> None:
    async with serving() as server:
        found = await find_alternatives(
            "localhost", ssl_context=client_context(ca_certs=server.ca_file, http=True), port=server.http_port or 0
        )
        assert found.websocket == (url_of(server),)
        context = ssl.create_default_context(cafile=str(server.ca_file))
        async with aiohttp.ClientSession() as session:
            for path, read in (("host-meta", read_xrd), ("host-meta.json", read_json)):
                url = url_of(server, f"/.well-known/{path}", "http")
                async with session.get(url, ssl=context, headers={"Origin": "https://elsewhere.example"}) as answer:
                    assert answer.headers["Access-Control-Allow-Origin"] == "*"
                    assert read(await answer.read()).websocket == (url_of(server),)


# --- who is not let in ------------------------------------------------------------------------------------------


async def test_what_is_not_there() -> None:
    async with serving(tls=False) as server:
        assert await status(server, "/") == 404
        assert await status(server) == 400


async def test_pages_of_other_sites() -> None:
    async with serving(tls=False) as server:
        own = f"http://localhost:{server.http_port}"
        for origin in ("http://elsewhere.example", "null", "https://localhost", "http://localhost", "http://["):
            assert await status(server, Origin=origin) == 403
        assert await status(server, Origin=own) == 400  # let in, and no WebSocket
        # A name that leads here, and is not ours: what a page can have its browser believe.
        other = f"rebound.example:{server.http_port}"
        assert await status(server, Origin=f"http://{other}", Host=other) == 403
    async with serving(tls=False, web_origins=["http://chat.example"]) as server:
        assert await status(server, Origin="http://chat.example") == 400
        assert await status(server, Origin="http://elsewhere.example") == 403
    async with serving(tls=False, web_origins=["*"]) as server, by_hand(server, Origin="http://chat.example") as socket:
        await socket.send_str(OPEN)
        assert "open" in await socket.receive_str()


async def test_too_many_connections() -> None:
    async with serving(tls=False, limits=ServerLimits(connections=2)) as server:
        async with by_hand(server), by_hand(server):
            with pytest.raises(aiohttp.ClientError):
                await status(server)
        async with make_client(server), make_client(server, "bob"):
            pass
        # Those that came otherwise count as well.
        for name in ("alice", "bob"):
            client = make_client(server, name)
            client.custom_url, client.custom_address, client.enable_starttls = None, (server.host, server.port), False
            client.connect()
            await client.wait_until("session_start", PATIENCE)
        late = make_client(server)
        with pytest.raises(ConnectionRefused, match="503"):
            await late._connect(retry=False)
        for session in list(server._connections):
            session.driver.abort()


async def test_who_asks_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "REQUEST_TIMEOUT", 0.05)
    async with serving(tls=False) as server:
        for begun in (b"", b"GET /.well-known/host-meta HTTP/1.1\r\nHost: localhost\r\nX: "):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.http_port)
            writer.write(begun)
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
            writer.close()
        async with make_client(server) as client:  # which has asked for something
            await client.get_roster()


# --- hostile messages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        "<a xmlns='urn:x'/><b xmlns='urn:x'/>",
        "<a xmlns='urn:x'>",
        " ",
        "<!DOCTYPE a><a/>",
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + "A" * 70_000 + "</auth>",
        "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client' to='localhost'>",
    ],
)
async def test_messages_that_are_none(message: str) -> None:
    async with serving(tls=False) as server, by_hand(server) as socket:
        await socket.send_str(OPEN)
        await socket.send_str(message)
        assert await said(socket) == ["open", "features", "error", "close"]
        await status(server)
        assert not server._connections


@pytest.fixture
def ends() -> Iterator[asyncio.Queue[str]]:
    """What the log says of connections."""
    lines: asyncio.Queue[str] = asyncio.Queue()
    handler = logging.Handler()
    handler.emit = lambda record: lines.put_nowait(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("xmppkit.server.sessions")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lines
    logger.removeHandler(handler)
    logger.setLevel(before)


async def test_a_binary_message(ends: asyncio.Queue[str]) -> None:
    async with serving(tls=False) as server, by_hand(server) as socket:
        await socket.send_bytes(OPEN.encode())
        assert await said(socket) == []
        assert socket.close_code == 1003
        assert await ends.get() == "a connection: the peer sent a binary message"


async def test_a_client_that_closes_with_an_error_is_no_server(ends: asyncio.Queue[str]) -> None:
    error = (
        "<stream:error xmlns:stream='http://etherx.jabber.org/streams'>"
        "<reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
    )
    async with serving(tls=False) as server, by_hand(server) as socket:
        await socket.send_str(OPEN)
        await socket.send_str(error)
        assert await said(socket) == ["open", "features", "close"]
        assert await ends.get() == "a connection: the peer closed the stream: reset"


async def test_a_message_that_is_larger_than_any(ends: asyncio.Queue[str]) -> None:
    async with serving(tls=False) as server, by_hand(server) as socket:
        await socket.send_str("<a>" + "x" * 300_000)
        assert await said(socket) == []
        assert socket.close_code == 1009
        assert (await ends.get()).startswith("a connection: the peer sent a message that is too large: ")


async def test_who_does_not_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[Any] = []
    async with serving(tls=False) as server:
        accept = server.accept_web

        def hasty(framing: Any) -> Any:
            driver: Any = accept(framing)
            driver.stream.options = driver.stream.options.replace(negotiation_timeout=0.05)
            ends.append(driver.stream)
            return driver

        monkeypatch.setattr(server, "accept_web", hasty)
        async with by_hand(server) as socket:
            await socket.send_str(OPEN)
            assert await said(socket) == ["open", "features", "error", "close"]
        assert isinstance(ends[0].error, NegotiationTimeout)


async def test_without_aiohttp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(ConfigurationError, match=r"serving HTTP needs aiohttp: pip install xmppkit\[http\]"):
        async with serving(tls=False):
            raise AssertionError("it was to refuse")
