# SPDX-License-Identifier: MIT
"""xmppkit.transports.bosh: the transport with a listener in memory, the connector with web servers on loopback."""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from xmppkit.exceptions import (
    CertificateInvalid,
    CertificateUntrusted,
    ConfigurationError,
    ConnectionLost,
    ConnectionRefused,
    NotXMPP,
    TLSFailed,
)
from xmppkit.protocol.events import SecureTransport
from xmppkit.protocol.framing.bosh.body import mark, write_body
from xmppkit.protocol.framing.bosh.manager import BoshManager
from xmppkit.protocol.framing.bosh.options import SessionOptions
from xmppkit.protocol.framing.bosh.served import ServedLimits
from xmppkit.protocol.framing.bosh.session import BoshSession
from xmppkit.protocol.pins import certificate_pin
from xmppkit.testing import clock
from xmppkit.testing.proxies import LoopbackProxy
from xmppkit.transports.bosh import BoshConnector, BoshTransport
from xmppkit.transports.boshserver import BoshListener
from xmppkit.transports.certificates import client_context, make_authority, make_certificate, server_context
from xmppkit.transports.endpoints import url_endpoint
from xmppkit.transports.proxy import ProxyKind

HEADER = mark({"to": "localhost", "xmpp:version": "1.0"}).encode()
FOOTER = mark(None).encode()
FEATURES = b"<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>"
MESSAGE = b"<message xmlns='jabber:client'/>"


def virtual(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test on a virtual clock."""

    @wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        clock.run(test(*arguments, **named))

    return run


class Line:
    """A transport whose requests go to a listener in the same process, or where a test leads them."""

    def __init__(self, recorder: type, **limits: Any) -> None:
        self.there: Any = None
        self.here = recorder()
        self._recorder = recorder
        self.listener = BoshListener(self._accept, BoshManager(ServedLimits(**limits)))
        self.closed = 0
        self.stuck = False
        self.posts = 0
        self.under_way = 0
        self.fault: Callable[[], Awaitable[None]] | None = None
        self.instead: tuple[int, bytes] | None = None
        self.session = BoshSession(SessionOptions(moment=0.0, apart=0.0, headstart=0.0))
        self.transport = BoshTransport(self.here, self.session, self._post, self._close, {"url": "https://x/"})
        self.here.connection_made(self.transport)

    def _accept(self) -> Any:
        self.there = self._recorder()
        return self.there

    async def _close(self) -> None:
        self.closed += 1
        if self.stuck:
            await asyncio.sleep(10_000)

    async def _post(self, body: bytes, limit: int) -> tuple[int, bytes]:
        self.posts += 1
        self.under_way += 1
        assert self.under_way <= 2
        try:
            if self.fault is not None:
                await self.fault()
            if self.instead is not None:
                return self.instead
            answer = await self.listener.handle(body, address="::1", secure=True)
            return answer.status, answer.body
        finally:
            self.under_way -= 1

    async def open(self) -> None:
        self.transport.write(HEADER)
        await self.turns()
        self.there.transport.write(HEADER)
        self.there.transport.write(FEATURES)
        await self.here.called("data")

    @staticmethod
    async def turns() -> None:
        for _ in range(10):
            await asyncio.sleep(0)


# --- the transport --------------------------------------------------------------------------------------------------


@virtual
async def test_both_ways(recorder) -> None:
    line = Line(recorder)
    await line.open()
    assert b"features" in line.here.data
    assert b"rid=" in line.there.data
    line.transport.write(MESSAGE)
    line.transport.write(MESSAGE)
    assert line.there.data.count(MESSAGE) == 0, "nobody is called from within"
    assert line.transport.get_write_buffer_size() == 2 * len(MESSAGE)
    await line.turns()
    assert line.there.data.count(MESSAGE) == 2
    assert line.transport.get_write_buffer_size() == 0
    line.there.transport.write(MESSAGE)
    await line.turns()
    assert line.here.data.count(MESSAGE) == 1
    assert line.transport.get_extra_info("url") == "https://x/"
    assert line.transport.get_extra_info("tls", 5) == 5
    line.transport.abort()
    await line.turns()


@virtual
async def test_an_idle_connection(recorder) -> None:
    line = Line(recorder)
    await line.open()
    await asyncio.sleep(3600)
    assert line.here.calls == ["made", "data"]
    assert 75 < line.posts < 90
    line.transport.abort()
    await line.turns()


@virtual
async def test_closing_in_order(recorder) -> None:
    line = Line(recorder)
    await line.open()
    line.transport.write(MESSAGE)
    line.transport.write(FOOTER)
    line.transport.write(MESSAGE)
    line.transport.close()
    assert line.transport.is_closing()
    await line.turns()
    assert line.there.data.count(MESSAGE) == 1
    assert b"terminate" in line.there.data
    line.there.transport.write(FOOTER)
    await line.turns()
    assert line.here.calls[-1] == "lost"
    assert (line.here.error, line.closed) == (None, 1)
    line.transport.write(MESSAGE)
    line.transport.close()
    line.transport.abort()
    line.transport.resume_reading()
    await line.turns()
    assert line.here.calls.count("lost") == 1


@virtual
async def test_closing_without_a_word(recorder) -> None:
    """What was written goes out; the session is left to itself, for it may be resumed as a stream (XEP-0198)."""
    line = Line(recorder, inactivity=30)
    await line.open()
    line.transport.write(MESSAGE)
    line.transport.close()
    await line.turns()
    assert line.there.data.count(MESSAGE) == 1
    assert "lost" not in line.here.calls, "the server has not said that it has it"
    line.there.transport.write(MESSAGE)
    await line.turns()
    assert (line.here.calls[-1], line.here.error) == ("lost", None)
    assert MESSAGE not in line.here.data, "who has closed reads no more"
    await asyncio.sleep(31)
    assert isinstance(line.there.error, ConnectionLost)


@virtual
async def test_the_server_closes(recorder) -> None:
    line = Line(recorder)
    await line.open()
    line.there.transport.write(MESSAGE)
    line.there.transport.write(FOOTER)
    line.there.transport.close()
    await line.turns()
    assert line.here.calls[-2:] == ["eof", "lost"]
    assert line.here.data.count(MESSAGE) == 1
    assert line.here.error is None


@virtual
async def test_the_session_is_lost(recorder) -> None:
    line = Line(recorder)
    await line.open()
    line.there.transport.abort()
    await line.turns()
    assert line.here.calls[-1] == "lost"
    assert "item-not-found" in str(line.here.error)
    assert isinstance(line.here.error, ConnectionLost)
    assert line.closed == 1


@virtual
async def test_aborting(recorder) -> None:
    line = Line(recorder)
    await line.open()
    await line.turns()
    line.transport.abort()
    assert "lost" not in line.here.calls
    await line.turns()
    assert (line.here.calls[-1], line.here.error) == ("lost", None)
    assert line.under_way == 0


@virtual
async def test_connections_that_do_not_end(recorder) -> None:
    line = Line(recorder)
    await line.open()
    line.stuck = True
    line.transport.abort()
    await asyncio.sleep(2)
    assert (line.here.calls[-1], line.here.error) == ("lost", None)


@virtual
async def test_a_network_that_fails_for_a_while(recorder) -> None:
    line = Line(recorder, inactivity=60)
    await line.open()
    broken = True

    async def fault() -> None:
        if broken:
            raise ConnectionRefused("nothing listens there")

    line.fault = fault
    line.transport.write(MESSAGE)
    await asyncio.sleep(20)
    assert line.here.calls == ["made", "data"]
    assert 3 < line.posts < 20, "it tries again, and not without a pause"
    broken = False
    await asyncio.sleep(20)
    assert line.there.data.count(MESSAGE) == 1
    line.transport.abort()
    await line.turns()


@virtual
async def test_a_network_that_does_not_recover(recorder) -> None:
    line = Line(recorder, inactivity=30)
    await line.open()

    async def fault() -> None:
        raise ConnectionRefused("nothing listens there")

    line.fault = fault
    line.there.transport.write(MESSAGE)
    await asyncio.sleep(120)
    assert isinstance(line.here.error, ConnectionLost)
    assert "nothing listens there" in str(line.here.error)


@virtual
async def test_a_server_that_says_nothing(recorder) -> None:
    """A request is given up when it should have been answered; the one after it is another attempt."""
    line = Line(recorder, wait=20, inactivity=120)
    await line.open()
    silent = True

    async def fault() -> None:
        if silent:
            await asyncio.sleep(10_000)

    line.fault = fault
    line.there.transport.write(MESSAGE)
    posts = line.posts
    await asyncio.sleep(31)
    assert line.posts == posts + 2
    silent = False
    await asyncio.sleep(31)
    line.there.transport.write(MESSAGE)
    await line.turns()
    assert line.here.data.count(MESSAGE) == 2
    line.transport.abort()
    await line.turns()


@virtual
async def test_a_certificate_that_is_no_longer_right(recorder) -> None:
    line = Line(recorder)
    await line.open()

    async def fault() -> None:
        raise CertificateInvalid("the certificate is not valid")

    line.fault = fault
    line.there.transport.write(MESSAGE)
    line.transport.write(MESSAGE)
    await line.turns()
    assert "certificate" in str(line.here.error)


@virtual
async def test_a_report_repeats_what_is_under_way(recorder) -> None:
    line = Line(recorder)
    await line.open()
    line.transport.write(MESSAGE)
    await line.turns()
    line.transport.write(MESSAGE)
    await line.turns()
    before = line.posts
    line.session.lost(line.session._read + 1, 1, "a report says so", asyncio.get_running_loop().time())
    line.transport.resume_reading()
    await line.turns()
    assert line.posts == before + 1
    assert line.there.data.count(MESSAGE) == 2
    line.transport.abort()
    await line.turns()


@virtual
async def test_reading_pauses(recorder) -> None:
    line = Line(recorder)
    await line.open()
    line.transport.pause_reading()
    line.there.transport.write(MESSAGE)
    await asyncio.sleep(300)
    assert MESSAGE not in line.here.data
    assert "lost" not in line.there.calls, "it is asked now and then"
    line.transport.resume_reading()
    await line.turns()
    assert line.here.data.count(MESSAGE) == 1
    line.transport.abort()
    await line.turns()


@virtual
async def test_writing_pauses(recorder) -> None:
    line = Line(recorder)
    line.transport.set_write_buffer_limits(high=200)
    await line.open()
    for _ in range(10):
        line.transport.write(MESSAGE)
    assert line.here.calls.count("pause") == 1
    await line.turns()
    assert line.here.calls.count("resume") == 1
    line.transport.abort()
    await line.turns()


@virtual
async def test_limits_of_the_buffer(recorder) -> None:
    transport = Line(recorder).transport
    transport.set_write_buffer_limits(low=10)
    assert (transport._high, transport._low) == (40, 10)
    transport.set_write_buffer_limits(high=40, low=20)
    assert (transport._high, transport._low) == (40, 20)
    transport.set_write_buffer_limits()
    assert (transport._high, transport._low) == (65536, 16384)
    assert not transport.can_write_eof()
    with pytest.raises(OSError, match="one direction"):
        transport.write_eof()


# --- the connector --------------------------------------------------------------------------------------------------


class Site:
    """A web server with BOSH."""

    def __init__(self, recorder: type) -> None:
        self.receivers: list[Any] = []
        self.asked: list[str] = []
        self.port = 0
        self._recorder = recorder
        self.listener = BoshListener(self._accept)

    def _accept(self) -> Any:
        self.receivers.append(self._recorder())
        return self.receivers[-1]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if request.path == "/elsewhere":
            raise web.HTTPFound("https://example.org/")
        if request.method != "POST":
            return web.Response(text="nothing")
        if request.path == "/cut" and request.transport is not None:
            request.transport.abort()
        if request.path == "/large":
            return web.Response(body=b"x" * 5000)
        answer = await self.listener.handle(await request.read(), address="::1", secure=True)
        return web.Response(status=answer.status, body=answer.body)


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext, Path]:
    """Of the server and of a client; and the certificate in PEM."""
    directory = tmp_path_factory.mktemp("certificates")
    authority = make_authority(directory)
    files = make_certificate(authority, directory, "localhost")
    return (
        server_context(files.certificate, files.key),
        client_context(ca_certs=authority.files.certificate, http=True),
        files.certificate,
    )


@pytest.fixture
async def serve_site(recorder) -> AsyncIterator[Callable[..., Awaitable[Site]]]:
    runners = []

    async def start(context: ssl.SSLContext | None = None) -> Site:
        site = Site(recorder)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", site.answer)
        runner = web.AppRunner(app, handler_cancellation=True)
        await runner.setup()
        runners.append((site, runner))
        listening = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await listening.start()
        site.port = runner.addresses[0][1]
        return site

    yield start
    for site, runner in runners:
        site.listener.abort()
        await runner.cleanup()


def no_context() -> ssl.SSLContext:
    raise AssertionError("no TLS was asked for")


async def until(reached: Callable[[], object]) -> None:
    """Let the network go on until `reached()` is true."""
    for _ in range(12_000):
        if reached():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it was not reached in a minute")


async def finish(receiver: Any) -> None:
    receiver.transport.abort()
    await receiver.called("lost")


@pytest.mark.parametrize("secure", [True, False])
async def test_a_session(recorder, serve_site, contexts, secure: bool) -> None:
    server, client, certificate = contexts
    site = await serve_site(server if secure else None)
    url = f"{'https' if secure else 'http'}://localhost:{site.port}/http-bind"
    pins = (certificate_pin(ssl.PEM_cert_to_DER_cert(certificate.read_text())),) if secure else ()
    connector = BoshConnector((lambda: client) if secure else no_context, pins=pins, use_ipv6=False)
    ours = await connector.connect(url_endpoint(url), recorder)
    assert ours.calls == ["made"]
    assert site.asked == ["OPTIONS /http-bind"]
    tls = ours.transport.get_extra_info("tls")
    assert isinstance(tls, SecureTransport) if secure else tls is None
    assert ours.transport.get_extra_info("peername")[1] == site.port
    ours.transport.write(HEADER)
    await until(lambda: site.receivers and site.receivers[0].data)
    theirs = site.receivers[0]
    assert (b"newkey=" in theirs.data) is not secure, "keys protect what is not encrypted"
    theirs.transport.write(HEADER)
    theirs.transport.write(FEATURES)
    await ours.called("data")
    ours.transport.write(MESSAGE)
    await until(lambda: MESSAGE in theirs.data)
    theirs.transport.write(MESSAGE)
    await until(lambda: MESSAGE in ours.data)
    ours.transport.write(FOOTER)
    await until(lambda: b"terminate" in theirs.data)
    theirs.transport.write(FOOTER)
    await ours.called("lost")
    assert ours.error is None


async def test_certificates_are_checked(recorder, serve_site, contexts) -> None:
    site = await serve_site(contexts[0])
    url = url_endpoint(f"https://localhost:{site.port}/http-bind")
    with pytest.raises(CertificateUntrusted):
        await BoshConnector(lambda: client_context(http=True)).connect(url, recorder)
    with pytest.raises(TLSFailed, match="pin"):
        await BoshConnector(lambda: contexts[1], pins=("sha256:" + "0" * 64,)).connect(url, recorder)
    assert site.asked == [], "nothing is said before"


async def test_pins_where_there_is_no_tls(recorder, serve_site) -> None:
    site = await serve_site()
    connector = BoshConnector(no_context, pins=("sha256:" + "0" * 64,))
    with pytest.raises(TLSFailed):
        await connector.connect(url_endpoint(f"http://localhost:{site.port}/"), recorder)
    assert site.asked == []


async def test_nothing_listens() -> None:
    made = []
    with pytest.raises(ConnectionRefused, match="nothing listens"):
        await BoshConnector(no_context).connect(url_endpoint("http://127.0.0.1:1/"), lambda: made.append(1))
    assert made == []


async def test_a_web_server_that_says_nothing(recorder, serve) -> None:
    port = await serve(asyncio.Protocol)
    with pytest.raises(ConnectionRefused, match=r"within 0\.2 s"):
        await BoshConnector(no_context, timeout=0.2).connect(url_endpoint(f"http://127.0.0.1:{port}/"), recorder)


async def test_redirects_are_not_followed(recorder, serve_site) -> None:
    site = await serve_site()
    with pytest.raises(NotXMPP, match=r"example\.org"):
        await BoshConnector(no_context).connect(url_endpoint(f"http://127.0.0.1:{site.port}/elsewhere"), recorder)


async def test_a_receiver_that_cannot_be_made(serve_site) -> None:
    site = await serve_site()

    def fail() -> Any:
        raise RuntimeError("no receiver")

    with pytest.raises(RuntimeError, match="no receiver"):
        await BoshConnector(no_context).connect(url_endpoint(f"http://127.0.0.1:{site.port}/"), fail)


async def test_an_answer_that_is_too_large(recorder, serve_site) -> None:
    site = await serve_site()
    connector = BoshConnector(no_context, options=SessionOptions(receive_bytes=1000))
    ours = await connector.connect(url_endpoint(f"http://127.0.0.1:{site.port}/large"), recorder)
    ours.transport.write(HEADER)
    await ours.called("lost")
    assert "1000 bytes" in str(ours.error)


async def test_a_server_that_is_gone(recorder, serve_site) -> None:
    site = await serve_site()
    url = url_endpoint(f"http://127.0.0.1:{site.port}/http-bind")
    ours = await BoshConnector(no_context).connect(url, recorder)
    site.listener.abort()
    ours.transport.write(HEADER)
    await ours.called("lost")
    assert b"system-shutdown" in ours.data


async def test_a_server_that_cuts_the_connection(recorder, serve_site) -> None:
    site = await serve_site()
    ours = await BoshConnector(no_context).connect(url_endpoint(f"http://127.0.0.1:{site.port}/cut"), recorder)
    ours.transport.write(HEADER)
    await ours.called("lost")
    assert isinstance(ours.error, ConnectionLost)
    assert site.asked.count("POST /cut") == 2, "the connection might have been an old one"


@pytest.mark.parametrize("kind", list(ProxyKind), ids=lambda kind: kind.value)
async def test_through_a_proxy(recorder, serve_site, contexts, kind: ProxyKind) -> None:
    site = await serve_site(contexts[0])
    pins = (certificate_pin(ssl.PEM_cert_to_DER_cert(contexts[2].read_text())),)
    async with LoopbackProxy(kind, username="me") as proxy:
        connector = BoshConnector(lambda: contexts[1], proxy=proxy.proxy, pins=pins)
        ours = await connector.connect(url_endpoint(f"https://localhost:{site.port}/http-bind"), recorder)
        ours.transport.write(HEADER)
        await until(lambda: site.receivers)
        assert set(proxy.asked) == {("localhost", site.port)}
        other = BoshConnector(lambda: contexts[1], proxy=proxy.proxy, pins=("cert-sha256:" + "00" * 32,))
        with pytest.raises(CertificateUntrusted, match="pinned"):
            await other.connect(url_endpoint(f"https://localhost:{site.port}/http-bind"), recorder)
        assert site.asked.count("OPTIONS /http-bind") == 1, "nothing was said to the wrong one"
        await finish(ours)


async def test_a_proxy_that_dies_and_comes_back(recorder, serve_site) -> None:
    site = await serve_site()
    url = url_endpoint(f"http://chat.example:{site.port}/http-bind")
    hosts = {"chat.example": "127.0.0.1"}
    async with LoopbackProxy(ProxyKind.SOCKS5, hosts=hosts) as proxy:
        place = proxy.proxy
        connector = BoshConnector(no_context, proxy=place)
        ours = await connector.connect(url, recorder)
        ours.transport.write(HEADER)
        await until(lambda: site.receivers)
        (there,) = site.receivers
        there.transport.write(HEADER)
        there.transport.write(FEATURES)
        await ours.called("data")
    with pytest.raises(ConnectionRefused, match="the proxy cannot be reached"):
        await connector.connect(url, recorder)
    ours.transport.write(MESSAGE)
    async with LoopbackProxy(ProxyKind.SOCKS5, hosts=hosts, port=place.port) as again:
        await there.until(lambda: MESSAGE in there.data)
        assert there.data.count(MESSAGE) == 1
        assert set(again.asked) == {("chat.example", site.port)}
        await finish(ours)


async def test_without_aiohttp(recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(ConfigurationError, match=r"BOSH needs aiohttp: pip install xmppkit\[http\]"):
        await BoshConnector(no_context).connect(url_endpoint("http://localhost:5280/http-bind"), recorder)


def test_a_body_for_the_record() -> None:
    """What the tests above call a header is one."""
    assert b"to='localhost'" in write_body({}, more=HEADER.decode().strip("\x1e"))
