# SPDX-License-Identifier: MIT
"""xmppkit.transports.webconnector, with web servers and SOCKS5 proxies on loopback."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from xmppkit.exceptions import (
    CertificateUntrusted,
    CertificateWrongHost,
    ConnectionRefused,
    HostNotFound,
    ProxyRefused,
    RemoteError,
    TLSFailed,
)
from xmppkit.testing.proxies import LoopbackProxy
from xmppkit.transports.certificates import client_context, make_authority, make_certificate, server_context
from xmppkit.transports.http import explain
from xmppkit.transports.proxy import Proxy, ProxyKind
from xmppkit.transports.webconnector import _Held, make_connector

#: A name that only the proxy knows.
NAME = "chat.example"
HOSTS = {NAME: "127.0.0.1", "other.example": "127.0.0.1", "xn--bcher-kva.example": "127.0.0.1"}
Contexts = tuple[ssl.SSLContext, ssl.SSLContext]


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> Contexts:
    """The server's, which has a certificate for `NAME`, and a client's that trusts it."""
    directory = tmp_path_factory.mktemp("certificates")
    authority = make_authority(directory)
    files = make_certificate(authority, directory, NAME, "xn--bcher-kva.example")
    return server_context(files.certificate, files.key), client_context(ca_certs=authority.files.certificate, http=True)


@asynccontextmanager
async def serving(context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A web server that says where a request has come from, and which host it was for; its port."""

    async def answer(request: web.BaseRequest) -> web.Response:
        assert request.transport is not None
        return web.Response(text=f"{request.host} {request.transport.get_extra_info('peername')[1]}")

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def get(url: str, proxy: Proxy | None, context: ssl.SSLContext | None = None, **options: Any) -> list[str]:
    """Ask twice; what was answered."""
    connector = make_connector(aiohttp, context, proxy=proxy, use_ipv6=False, timeout=5.0, **options)
    async with asyncio.timeout(60), aiohttp.ClientSession(connector=connector) as session:
        return [await (await session.get(url)).text() for _ in range(2)]


async def failure(url: str, proxy: Proxy, context: ssl.SSLContext | None = None, **options: Any) -> RemoteError:
    with pytest.raises((RemoteError, aiohttp.ClientError)) as caught:
        await get(url, proxy, context, **options)
    found = explain(aiohttp, caught.value, url, 5.0)
    assert found is not None
    return found


def raw(talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> Any:
    """Something that listens on loopback; its port."""

    @asynccontextmanager
    async def listen() -> AsyncIterator[int]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await talk(reader, writer)
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]

    return listen()


# --- the way through SOCKS5 -------------------------------------------------------------------------------------


@pytest.mark.parametrize("encrypted", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("username", ["", "me"])
async def test_names_are_looked_up_by_the_proxy(
    contexts: Contexts, encrypted: bool, username: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[object] = []
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *more: Any, **named: Any) -> Any:
        looked_up.append(host)
        return resolve(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    async with (
        LoopbackProxy(ProxyKind.SOCKS5, username, "p:ss", hosts=HOSTS) as proxy,
        serving(contexts[0] if encrypted else None) as port,
    ):
        url = f"http{'s' if encrypted else ''}://{NAME}:{port}/"
        seen: list[asyncio.BaseTransport] = []
        first, again = await get(url, proxy.proxy, contexts[1] if encrypted else None, check=seen.append)
        assert first.startswith(f"{NAME}:{port} ")
        assert again == first, "the connection is kept"
        assert proxy.asked == [(NAME, port)]
    assert len(seen) == 2
    assert bool(seen[0].get_extra_info("ssl_object")) is encrypted
    assert NAME in HOSTS
    # The proxy is in this process: it looks up what it knows, and nobody asks for the name itself.
    assert NAME not in [each.decode() if isinstance(each, bytes) else each for each in looked_up]


async def test_names_and_addresses(contexts: Contexts) -> None:
    async with LoopbackProxy(ProxyKind.SOCKS5, hosts=HOSTS) as proxy:
        async with serving() as port:
            await get(f"http://127.0.0.1:{port}/", proxy.proxy)
            assert proxy.asked.pop() == ("127.0.0.1", port)
        async with serving(contexts[0]) as port:
            for name in ("bücher.example", f"{NAME.upper()}"):
                await get(f"https://{name}:{port}/", proxy.proxy, contexts[1])
            assert proxy.asked == [("xn--bcher-kva.example", port), (NAME, port)]


async def test_without_a_proxy_and_through_an_http_proxy() -> None:
    async with serving() as port:
        for proxy in (None, Proxy(ProxyKind.HTTP, "127.0.0.1", 1)):  # that is for the request to say
            assert len(await get(f"http://127.0.0.1:{port}/", proxy)) == 2


# --- what is not believed ---------------------------------------------------------------------------------------


async def test_certificates_are_checked_for_the_host_of_the_url(contexts: Contexts) -> None:
    async with LoopbackProxy(ProxyKind.SOCKS5, hosts=HOSTS) as proxy, serving(contexts[0]) as port:
        wrong = await failure(f"https://other.example:{port}/", proxy.proxy, contexts[1])
        assert isinstance(wrong, CertificateWrongHost)
        unknown = await failure(f"https://{NAME}:{port}/", proxy.proxy, client_context(http=True))
        assert isinstance(unknown, CertificateUntrusted)


async def test_a_server_without_tls(contexts: Contexts) -> None:
    async with LoopbackProxy(ProxyKind.SOCKS5, hosts=HOSTS) as proxy, serving() as port:
        error = await failure(f"https://{NAME}:{port}/", proxy.proxy, contexts[1])
        assert type(error) is TLSFailed


async def test_what_a_check_does_not_let_pass() -> None:
    def refuse(connection: asyncio.BaseTransport) -> None:
        raise CertificateUntrusted("not this one")

    async with LoopbackProxy(ProxyKind.SOCKS5, hosts=HOSTS) as proxy, serving() as port:
        for way in (proxy.proxy, None):
            host = NAME if way is not None else "127.0.0.1"
            with pytest.raises(CertificateUntrusted, match="not this one"):
                await get(f"http://{host}:{port}/", way, check=refuse)


# --- what goes wrong --------------------------------------------------------------------------------------------


async def test_a_proxy_that_refuses() -> None:
    async with LoopbackProxy(ProxyKind.SOCKS5, "me", "right", hosts=HOSTS) as proxy, serving() as port:
        url = f"http://{NAME}:{port}/"
        wrong = Proxy(ProxyKind.SOCKS5, proxy.proxy.host, proxy.proxy.port, "me", "wrong")
        assert isinstance(await failure(url, wrong), ProxyRefused)
        nobody = Proxy(ProxyKind.SOCKS5, proxy.proxy.host, proxy.proxy.port)
        assert isinstance(await failure(url, nobody), ProxyRefused)
        assert proxy.asked == []


async def test_nobody_there(contexts: Contexts) -> None:
    async with LoopbackProxy(ProxyKind.SOCKS5, hosts=HOSTS) as proxy:
        async with serving() as port:
            free = port
        there = await failure(f"https://{NAME}:{free}/", proxy.proxy, contexts[1])
        assert isinstance(there, ConnectionRefused)
        assert "nothing listens there" in str(there)
        assert str(there).startswith(f"{NAME}:{free} through socks5://")
        gone = proxy.proxy
    nowhere = await failure(f"https://{NAME}:{free}/", gone, contexts[1])
    assert isinstance(nowhere, ConnectionRefused)
    assert "the proxy cannot be reached" in str(nowhere)


async def test_a_name_that_is_none() -> None:
    async with LoopbackProxy(ProxyKind.SOCKS5) as proxy:
        assert isinstance(await failure(f"http://{'a' * 300}/", proxy.proxy), HostNotFound)


async def talk_socks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, more: bytes = b"") -> None:
    """A proxy that says it has connected, and this behind it."""
    await reader.readexactly(3)
    writer.write(b"\x05\x00")
    await reader.readexactly(4)
    await reader.readexactly((await reader.readexactly(1))[0] + 2)
    writer.write(b"\x05\x00\x00\x01" + bytes(6) + more)


async def test_a_proxy_that_dies_within_the_handshake(contexts: Contexts) -> None:
    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await talk_socks(reader, writer)
        await reader.readexactly(1)  # TLS has begun
        writer.transport.abort()

    async with raw(die) as port:
        error = await failure(f"https://{NAME}/", Proxy(ProxyKind.SOCKS5, "127.0.0.1", port), contexts[1])
        assert isinstance(error, ConnectionRefused)
        assert "within the TLS handshake" in str(error)


async def test_a_server_that_speaks_first(contexts: Contexts) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await talk_socks(reader, writer, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await reader.read()

    async with raw(speak) as port:
        for kind, context in (("http", None), ("https", contexts[1])):
            error = await failure(f"{kind}://{NAME}/", Proxy(ProxyKind.SOCKS5, "127.0.0.1", port), context)
            assert isinstance(error, ConnectionRefused)
            assert "ended at once" in str(error)


async def test_tls_that_never_began(contexts: Contexts, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object, **__: object) -> None:
        """What event loops say of a connection that ended meanwhile."""

    async with LoopbackProxy(ProxyKind.SOCKS5, hosts=HOSTS) as proxy, serving(contexts[0]) as port:
        monkeypatch.setattr(asyncio.get_running_loop(), "start_tls", nothing)
        error = await failure(f"https://{NAME}:{port}/", proxy.proxy, contexts[1])
        assert "within the TLS handshake" in str(error)


@pytest.mark.parametrize(
    ("call", "arguments"), [("data_received", (b"x",)), ("eof_received", ()), ("connection_lost", (None,))]
)
def test_who_waits_for_aiohttp(call: str, arguments: tuple[Any, ...]) -> None:
    held = _Held()
    held.connection_made("a transport")
    held.pause_writing()
    held.resume_writing()
    assert (held.transport, held.over) == ("a transport", False)
    assert getattr(held, call)(*arguments) is None
    assert held.over
