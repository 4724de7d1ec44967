# SPDX-License-Identifier: MIT
"""xmppkit.transports.websocket, with web servers on loopback. What holds for every transport is in
tests/testing/conformance/test_transport.py."""

from __future__ import annotations

import asyncio
import gc
import ssl
import sys
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from xmppkit.exceptions import (
    CertificateUntrusted,
    CertificateWrongHost,
    ConfigurationError,
    ConnectionLost,
    ConnectionRefused,
    NotXMPP,
    ProxyRefused,
)
from xmppkit.protocol.pins import certificate_pin
from xmppkit.testing.proxies import LoopbackProxy
from xmppkit.transports.certificates import client_context, make_authority, make_certificate, server_context
from xmppkit.transports.endpoints import url_endpoint
from xmppkit.transports.proxy import Proxy, ProxyKind
from xmppkit.transports.websocket import WebSocketConnector, WebSocketTransport, accept

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A web server whose ``/ws`` is `handler`; its port."""
    application = web.Application()
    application.router.add_get("/ws", handler)
    runner = web.AppRunner(application, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def accepting(factory: Callable[[], Any], **options: Any) -> Handler:
    """A WebSocket as ours."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await accept(request, factory, **options)

    return handle


def saying(*what: str | bytes, code: int | None = None, abort: bool = False) -> Handler:
    """A WebSocket that says this, and then ends."""

    async def handle(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(protocols=("xmpp",), timeout=1)
        await socket.prepare(request)
        for each in what:
            await (socket.send_bytes(each) if isinstance(each, bytes) else socket.send_str(each))
        if abort:
            assert request.transport is not None
            request.transport.abort()
        elif code is not None:
            await socket.close(code=code)
        else:
            await socket.receive()
        return socket

    return handle


async def babbling(request: web.Request) -> web.StreamResponse:
    """A WebSocket on which comes what is no frame."""
    socket = web.WebSocketResponse(protocols=("xmpp",), timeout=1)
    await socket.prepare(request)
    assert request.transport is not None
    request.transport.write(b"\xff" * 100)
    await socket.receive()
    return socket


async def connect(port: int, recorder: Any, **options: Any) -> Any:
    connector = WebSocketConnector(client_context, **options)
    return await connector.connect(url_endpoint(f"ws://127.0.0.1:{port}/ws"), recorder)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """The authority, a certificate for localhost, its key."""
    directory = tmp_path_factory.mktemp("tls")
    authority = make_authority(directory)
    made = make_certificate(authority, directory, "localhost")
    return authority.files.certificate, made.certificate, made.key


# --- messages -------------------------------------------------------------------------------------------------


async def test_messages_both_ways(recorder) -> None:
    accepted = recorder()
    async with serving(accepting(lambda: accepted)) as port:
        ours = await connect(port, recorder)
        await accepted.called("made")
        for text in ("<a/>", "<ä/>", "<c/>"):
            ours.transport.write(text.encode())
        await accepted.until(lambda: accepted.calls.count("data") == 3)
        assert accepted.data == "<a/><ä/><c/>".encode()
        accepted.transport.write(b"<b/>")
        await ours.called("data")
        assert ours.data == b"<b/>"
        assert ours.transport.get_extra_info("tls") is None
        assert ours.transport.get_extra_info("tls", "none") == "none"
        assert ours.transport.get_extra_info("peername")[1] == port
        assert not ours.transport.can_write_eof()
        ours.transport.write_eof()
        await accepted.called("lost")
        await ours.called("lost")
        assert accepted.calls[-2:] == ["eof", "lost"]
        assert ours.error is accepted.error is None


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (saying(b"<a/>"), "a binary message"),
        (saying(""), "an empty message"),
        (saying(code=1008), "the peer closed the WebSocket with code 1008"),
        (saying(abort=True), "the WebSocket was not closed"),
        (saying("x" * 1000), "the peer sent a message that is too large: "),
        (babbling, "the WebSocket broke"),
    ],
    ids=["binary", "empty", "code", "cut", "large", "noise"],
)
async def test_what_a_server_does_wrong(recorder, handler: Handler, words: str) -> None:
    async with serving(handler) as port:
        ours = await connect(port, recorder, max_message=100)
        await ours.called("lost")
        assert isinstance(ours.error, ConnectionLost)
        assert words in str(ours.error)
        assert not ours.data
        assert "eof" not in ours.calls  # it is no ordinary end


@pytest.mark.parametrize("code", [1000, 1001])
async def test_a_server_that_closes(recorder, code: int) -> None:
    async with serving(saying("<a/>", code=code)) as port:
        ours = await connect(port, recorder)
        await ours.called("lost")
        assert ours.calls == ["made", "data", "eof", "lost"]
        assert ours.error is None


async def test_what_a_client_says_too_much(recorder) -> None:
    accepted = recorder()
    async with serving(accepting(lambda: accepted, max_message=100)) as port:
        ours = await connect(port, recorder)
        ours.transport.write(b"x" * 200)
        await accepted.called("lost")
        assert isinstance(accepted.error, ConnectionLost)
        await ours.called("lost")
        assert "1009" in str(ours.error)


async def test_what_comes_after_our_close_is_dropped(recorder) -> None:
    accepted = recorder()
    async with serving(accepting(lambda: accepted)) as port:
        ours = await connect(port, recorder)
        await accepted.called("made")
        ours.transport.pause_reading()
        accepted.transport.write(b"<a/>")
        await asyncio.sleep(0)
        ours.transport.close()
        await ours.called("lost")
        assert ours.calls == ["made", "lost"]


async def test_limits_of_the_buffer(recorder) -> None:
    accepted = recorder()
    async with serving(accepting(lambda: accepted)) as port:
        ours = await connect(port, recorder)
        ours.transport.set_write_buffer_limits(low=10)
        ours.transport.write(b"x" * 100)
        assert ours.calls == ["made", "pause"]
        await ours.called("resume")
        ours.transport.set_write_buffer_limits()
        ours.transport.write(b"x" * 100)
        assert ours.calls.count("pause") == 1
        ours.transport.abort()
        await ours.called("lost")
        await accepted.called("lost")


async def test_a_receiver_that_fails(recorder) -> None:
    class Failing(recorder):  # type: ignore[misc]
        def data_received(self, data: bytes) -> None:
            raise ZeroDivisionError

    async with serving(saying("<a/>")) as port:
        ours = await connect(port, Failing)
        await ours.called("lost")
        assert isinstance(ours.error, ZeroDivisionError)


async def test_pings_keep_a_silent_connection(recorder) -> None:
    """A server that answers none is found dead."""

    async def deaf(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(protocols=("xmpp",), autoping=False, timeout=1)
        await socket.prepare(request)
        while (await socket.receive()).type is aiohttp.WSMsgType.PING:
            pass
        return socket

    async with serving(deaf) as port:
        ours = await connect(port, recorder, heartbeat=0.02)
        await ours.called("lost")
        assert isinstance(ours.error, ConnectionLost)


# --- moments that a network does not bring at will ------------------------------------------------------------


class Raw:
    """The connection below a WebSocket."""

    def __init__(self) -> None:
        self.waiting = 0
        self.aborted = self.closed = False
        self.protocol: Any = self
        self.calls: list[str] = []

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str) -> Any:
        assert not self.closed, "asyncio's TLS has forgotten it"
        return f"its {name}"

    def get_write_buffer_size(self) -> int:
        assert not self.closed, "asyncio's TLS has forgotten it"
        return self.waiting

    def set_write_buffer_limits(self, high: int, low: int) -> None:
        assert not self.closed, "asyncio's TLS has forgotten it"
        self.calls.append(f"limits {high} {low}")

    def get_protocol(self) -> Any:
        return self

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def abort(self) -> None:
        self.aborted = True

    def resume_writing(self) -> None:
        self.calls.append("resume")

    def data_received(self, data: bytes) -> None:
        self.calls.append("data")


class Socket:
    """What aiohttp has for a WebSocket."""

    close_code = 1006

    def __init__(self) -> None:
        self.coming: asyncio.Queue[aiohttp.WSMessage] = asyncio.Queue()
        self.sent: list[str] = []
        self.failure: Exception | None = None

    def bring(self, kind: aiohttp.WSMsgType, data: Any = None) -> None:
        self.coming.put_nowait(aiohttp.WSMessage(kind, data, None))

    async def receive(self) -> aiohttp.WSMessage:
        return await self.coming.get()

    async def send_str(self, text: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.sent.append(text)

    async def close(self, code: int = 1000) -> None:
        self.sent.append(f"close {code}")
        self.bring(aiohttp.WSMsgType.CLOSED)


@asynccontextmanager
async def playing(receiver: Any, *, closed: bool = False) -> AsyncIterator[tuple[WebSocketTransport, Socket, Raw]]:
    """A transport over such a pair; it must have ended in the end."""
    socket, raw = Socket(), Raw()
    raw.closed = closed
    transport = WebSocketTransport(aiohttp, socket, raw, receiver, None)  # type: ignore[arg-type]
    receiver.connection_made(transport)
    running = asyncio.ensure_future(transport.run())
    await asyncio.sleep(0)
    yield transport, socket, raw
    async with asyncio.timeout(60):
        await running
    assert receiver.calls.count("lost") == 1


async def test_resuming_waits_for_the_last_byte(recorder, turns) -> None:
    ours = recorder()
    async with playing(ours) as (transport, _, raw):
        transport.set_write_buffer_limits(high=0)
        raw.waiting = 10
        transport.write(b"a")
        await turns()
        assert ours.calls == ["made", "pause"]
        raw.waiting = 0
        raw.protocol.resume_writing()
        assert ours.calls == ["made", "pause", "resume"]
        raw.protocol.data_received(b"")
        assert raw.calls == ["limits 1 0", "resume", "data"]
        transport.close()
    assert not raw.aborted


async def test_a_connection_that_has_closed_is_asked_nothing(recorder, turns) -> None:
    """It is seen to be closed before aiohttp says that the WebSocket is over."""
    ours = recorder()
    async with playing(ours) as (transport, socket, raw):
        raw.waiting, raw.closed = 10, True
        transport.write(b"a")
        assert transport.get_write_buffer_size() == 1
        assert transport.get_extra_info("peername") == "its peername"
        assert transport.get_extra_info("cipher", "nothing") == "nothing"
        await turns()
        socket.bring(aiohttp.WSMsgType.CLOSED)
    assert isinstance(ours.error, ConnectionLost)


async def test_a_connection_that_closed_before_the_websocket_began(recorder) -> None:
    ours = recorder()
    async with playing(ours, closed=True) as (transport, socket, raw):
        assert transport.get_extra_info("peername", "nobody") == "nobody"
        socket.bring(aiohttp.WSMsgType.CLOSED)
    assert not raw.calls
    assert isinstance(ours.error, ConnectionLost)


async def test_what_is_not_sent_ends_the_connection(recorder, turns) -> None:
    ours = recorder()
    async with playing(ours) as (transport, socket, raw):
        socket.failure = ConnectionResetError()
        transport.write(b"a")
        await turns()
        assert raw.aborted
        socket.bring(aiohttp.WSMsgType.ERROR, "gone")
    assert isinstance(ours.error, ConnectionLost)


@pytest.mark.parametrize(
    ("kind", "data"), [(aiohttp.WSMsgType.TEXT, "late"), (aiohttp.WSMsgType.TEXT, ""), (aiohttp.WSMsgType.BINARY, b"")]
)
async def test_what_comes_while_we_close(recorder, kind: aiohttp.WSMsgType, data: Any) -> None:
    ours = recorder()
    async with playing(ours) as (transport, socket, _):
        transport.close()
        socket.bring(kind, data)
        transport.write(b"too late")
    assert ours.calls == ["made", "lost"]
    assert ours.error is None
    assert socket.sent == ["close 1000"]
    assert transport.is_closing()


async def test_reading_again(recorder, turns) -> None:
    ours = recorder()
    async with playing(ours) as (transport, socket, _):
        transport.pause_reading()
        socket.bring(aiohttp.WSMsgType.TEXT, "a")
        await turns()
        assert not ours.data
        transport.resume_reading()
        await ours.called("data")
        transport.abort()
        socket.bring(aiohttp.WSMsgType.CLOSED)
    assert ours.error is None


# --- connecting -------------------------------------------------------------------------------------------------


def answering(status: int, **headers: str) -> Handler:
    async def handle(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers=headers)

    return handle


async def other_protocol(request: web.Request) -> web.StreamResponse:
    socket = web.WebSocketResponse(protocols=("mqtt",), timeout=1)
    await socket.prepare(request)
    await socket.receive()
    return socket


@pytest.mark.parametrize(
    ("handler", "kind", "words"),
    [
        (answering(404), NotXMPP, "404"),
        (answering(200), NotXMPP, "200"),
        (answering(503), ConnectionRefused, "503"),
        (answering(307, Location="http://127.0.0.1:1/elsewhere"), NotXMPP, "'http://127.0.0.1:1/elsewhere'"),
        (other_protocol, NotXMPP, "not one for XMPP"),
    ],
    ids=["404", "200", "503", "elsewhere", "mqtt"],
)
async def test_a_web_server_that_has_no_xmpp(recorder, handler: Handler, kind: type[Exception], words: str) -> None:
    async with serving(handler) as port:
        with pytest.raises(kind, match=words):
            await connect(port, recorder)


async def test_a_server_that_is_silent(recorder, serve) -> None:
    port = await serve(recorder)
    with pytest.raises(ConnectionRefused, match=r"no connection within 0\.05 s"):
        await connect(port, recorder, timeout=0.05)


async def test_a_receiver_that_cannot_be_made() -> None:
    def factory() -> Any:
        raise ZeroDivisionError

    async with serving(saying()) as port:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            asyncio.get_running_loop().set_debug(True)  # else aiohttp does not say it
            with pytest.raises(ZeroDivisionError):
                await connect(port, factory)
            gc.collect()
        assert [each.message for each in said if issubclass(each.category, ResourceWarning)] == []


async def test_without_aiohttp(recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(ConfigurationError, match=r"a WebSocket needs aiohttp: pip install xmppkit\[http\]"):
        await connect(1, recorder)


async def test_through_a_proxy(recorder) -> None:
    accepted = recorder()
    async with (
        LoopbackProxy(ProxyKind.HTTP, "user", "word", hosts={"chat.example": "127.0.0.1"}) as proxy,
        serving(accepting(lambda: accepted)) as port,
    ):
        connector = WebSocketConnector(client_context, proxy=Proxy.parse(proxy.url), use_ipv6=False)
        # aiohttp asks for a tunnel for wss only; that the proxy was asked is seen by what it answers.
        with pytest.raises((NotXMPP, ConnectionRefused)):
            await connector.connect(url_endpoint(f"ws://chat.example:{port}/ws"), recorder)


async def test_through_socks(recorder) -> None:
    accepted = recorder()
    async with (
        LoopbackProxy(ProxyKind.SOCKS5, "user", "word", hosts={"chat.example": "127.0.0.1"}) as proxy,
        serving(accepting(lambda: accepted)) as port,
    ):
        connector = WebSocketConnector(client_context, proxy=Proxy.parse(proxy.url), use_ipv6=False)
        ours = await connector.connect(url_endpoint(f"ws://chat.example:{port}/ws"), recorder)
        assert proxy.asked == [("chat.example", port)]
        ours.transport.write(b"<a/>")
        await accepted.called("data")
        wrong = Proxy.parse(proxy.url.replace("word", "guess"))
        with pytest.raises(ProxyRefused):
            await connect(port, recorder, proxy=wrong)
    # The proxy is gone, and with it every connection through it.
    await ours.called("lost")
    assert isinstance(ours.error, ConnectionLost)
    with pytest.raises(ConnectionRefused, match="the proxy cannot be reached: nothing listens there"):
        await connector.connect(url_endpoint(f"ws://chat.example:{port}/ws"), recorder)


# --- TLS --------------------------------------------------------------------------------------------------------


async def test_tls(recorder, files: tuple[Path, Path, Path]) -> None:
    authority, certificate, key = files
    accepted, der = recorder(), ssl.PEM_cert_to_DER_cert(certificate.read_text())
    async with (
        serving(accepting(lambda: accepted), server_context(certificate, key)) as port,
        LoopbackProxy(ProxyKind.HTTP) as proxy,
        LoopbackProxy(ProxyKind.SOCKS5) as socks,
    ):
        place, pins = url_endpoint(f"wss://localhost:{port}/ws"), (certificate_pin(der),)
        proxies = [{"proxy": each.proxy, "pins": pins} for each in (proxy, socks)]
        for options in ({}, {"pins": pins}, *proxies):
            connector = WebSocketConnector(lambda: client_context(ca_certs=authority, http=True), **options)
            ours = await connector.connect(place, recorder)
            info = ours.transport.get_extra_info("tls")
            assert info.certificate == der
            assert info.version == "TLSv1.3"
            await accepted.called("made")
            assert accepted.transport.get_extra_info("tls").certificate is None
            ours.transport.close()
            await ours.called("lost")


async def test_tls_that_has_closed(recorder, files: tuple[Path, Path, Path]) -> None:
    authority, certificate, key = files
    accepted = recorder()
    async with serving(accepting(lambda: accepted), server_context(certificate, key)) as port:
        connector = WebSocketConnector(lambda: client_context(ca_certs=authority, http=True))
        ours = await connector.connect(url_endpoint(f"wss://localhost:{port}/ws"), recorder)
        await accepted.called("made")
        for each in (ours, accepted):
            each.transport._raw.close()  # as aiohttp does when the peer is gone
            each.transport.write(b"<presence/>")
            assert each.transport.get_write_buffer_size() == len(b"<presence/>")
            assert each.transport.get_extra_info("peername")[0] == "127.0.0.1"
            assert each.transport.get_extra_info("cipher") is None
        for each in (ours, accepted):
            await each.called("lost")


@pytest.mark.parametrize("socks", [False, True], ids=["straight", "socks5"])
async def test_tls_that_proves_nothing(recorder, files: tuple[Path, Path, Path], socks: bool) -> None:
    authority, certificate, key = files
    async with (
        serving(saying(), server_context(certificate, key)) as port,
        LoopbackProxy(ProxyKind.SOCKS5) as proxy,
    ):

        async def attempt(host: str, context: dict[str, Any], **options: Any) -> None:
            options["proxy"] = proxy.proxy if socks else None
            connector = WebSocketConnector(lambda: client_context(**context), **options)
            await connector.connect(url_endpoint(f"wss://{host}:{port}/ws"), recorder)

        with pytest.raises(CertificateUntrusted):
            await attempt("localhost", context={})
        with pytest.raises(CertificateWrongHost):
            await attempt("127.0.0.1", context={"ca_certs": authority})
        with pytest.raises(CertificateUntrusted, match="pinned"):
            await attempt("localhost", context={"ca_certs": authority}, pins=("cert-sha256:" + "00" * 32,))


async def test_pins_need_tls(recorder) -> None:
    async with serving(saying()) as port:
        with pytest.raises(CertificateUntrusted, match="shows no certificate"):
            await connect(port, recorder, pins=("cert-sha256:" + "00" * 32,))


# --- accepting --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-WebSocket-Protocol": "xmpp"},
        {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"},
        {
            "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "mqtt, xmpps",
        },
    ],
    ids=["nothing", "no upgrade", "no protocol", "another protocol"],
)  # fmt: skip
async def test_a_request_that_is_not_for_us(recorder, headers: dict[str, str]) -> None:
    made: list[Any] = []

    def factory() -> Any:
        made.append(recorder())
        return made[-1]

    async with (
        serving(accepting(factory)) as port,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/ws", headers=headers) as response,
    ):
        assert response.status == 400
        assert "RFC 7395" in await response.text()
        assert not made


async def test_a_server_that_fails(recorder) -> None:
    def factory() -> Any:
        raise ZeroDivisionError

    async with serving(accepting(factory)) as port:
        ours = await connect(port, recorder)
        await ours.called("lost")
        assert isinstance(ours.error, ConnectionLost)


async def test_a_client_that_has_gone_meanwhile(recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    monkeypatch.setattr(web.Request, "transport", None)
    async with serving(accepting(lambda: made.append(1))) as port:
        ours = await connect(port, recorder)
        await ours.called("lost")
    assert not made
