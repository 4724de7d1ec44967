# SPDX-License-Identifier: MIT
"""xmppkit.transports.http: errors of aiohttp in our words. Its sessions are tested by who uses them."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import sys
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from xmppkit.exceptions import (
    CertificateInvalid,
    ConfigurationError,
    ConnectionRefused,
    HostNotFound,
    NotXMPP,
    ProxyRefused,
    TLSFailed,
)
from xmppkit.transports.http import explain, load_aiohttp, make_session, proxy_options, told_of
from xmppkit.transports.proxy import Proxy, ProxyKind

KEY: Any = SimpleNamespace(host="chat.example", port=443, ssl=True, is_ssl=True)
REQUEST: Any = SimpleNamespace(real_url="https://chat.example/ws")


def of_ssl(kind: type[ssl.SSLError]) -> ssl.SSLError:
    """An error with what the `ssl` module itself sets."""
    error: Any = kind(1, "said so")
    error.reason, error.verify_code, error.verify_message = "WRONG_VERSION_NUMBER", 1, "of no use"
    made: ssl.SSLError = error
    return made


def response(kind: type[aiohttp.ClientResponseError], status: int) -> aiohttp.ClientResponseError:
    return kind(REQUEST, (), status=status, message="said so")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (NotXMPP("ours"), NotXMPP, "ours"),
        (
            aiohttp.ClientConnectorCertificateError(KEY, of_ssl(ssl.SSLCertVerificationError)),
            CertificateInvalid,
            "not valid",
        ),
        (aiohttp.ClientConnectorSSLError(KEY, of_ssl(ssl.SSLError)), TLSFailed, "wrong version"),
        (response(aiohttp.ClientHttpProxyError, 407), ProxyRefused, "407 said so"),
        (response(aiohttp.ClientHttpProxyError, 502), ConnectionRefused, "502"),
        (
            aiohttp.ClientProxyConnectionError(KEY, OSError(errno.EHOSTUNREACH, "no way")),
            ConnectionRefused,
            "the proxy",
        ),
        (response(aiohttp.WSServerHandshakeError, 404), NotXMPP, "404 said so"),
        (response(aiohttp.WSServerHandshakeError, 429), ConnectionRefused, "429"),
        (
            aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(-2, "Name or service not known")),
            HostNotFound,
            "not known",
        ),
        (TimeoutError(), ConnectionRefused, "within 3 s"),
        (aiohttp.InvalidURL("wss://"), HostNotFound, "no URL"),
        (UnicodeError("label too long"), HostNotFound, "label too long"),
        (
            aiohttp.ClientConnectorError(KEY, ConnectionRefusedError(errno.ECONNREFUSED, "refused")),
            ConnectionRefused,
            "nothing listens there",
        ),
        (ConnectionRefusedError(), ConnectionRefused, "nothing listens there"),
        (aiohttp.ServerDisconnectedError(), ConnectionRefused, "disconnected"),
        (OSError("no way"), ConnectionRefused, "no way"),
    ],
)
def test_explain(error: Exception, kind: type[Exception], words: str) -> None:
    found = explain(aiohttp, error, "there", 3.0)
    assert type(found) is kind
    assert words in str(found)


def test_what_aiohttp_has_wrapped() -> None:
    ours = ConnectionRefused("the proxy cannot be reached", where="here")
    wrapped = aiohttp.ClientOSError("the proxy")
    wrapped.__cause__ = ours
    assert explain(aiohttp, wrapped, "there", 3.0) is ours


def test_what_is_nobody_elses_fault() -> None:
    assert explain(aiohttp, ZeroDivisionError(), "there", 3.0) is None
    assert explain(aiohttp, asyncio.CancelledError(), "there", 3.0) is None


def test_load_aiohttp(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_aiohttp("this") is aiohttp
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(ConfigurationError, match=r"this needs aiohttp: pip install xmppkit\[http\]"):
        load_aiohttp("this")


def test_proxy_options() -> None:
    assert proxy_options(None) == {}
    assert proxy_options(Proxy(ProxyKind.HTTP, "::1", 8080)) == {"proxy": "http://[::1]:8080"}
    named = Proxy(ProxyKind.HTTP, "proxy", 8080, "user", "word")
    assert proxy_options(named)["proxy_headers"] == {"Proxy-Authorization": "Basic dXNlcjp3b3Jk"}
    assert proxy_options(Proxy(ProxyKind.SOCKS5, "proxy", 1080)) == {}, "the connector goes through that"


def test_a_connection_is_asked_while_it_is_open() -> None:
    connection: Any = SimpleNamespace(is_closing=lambda: False, get_extra_info=lambda name: f"its {name}")
    assert told_of(connection, "peername") == "its peername"
    connection.is_closing = lambda: True
    assert told_of(connection, "peername") is None
    assert told_of(None, "peername") is None


async def test_a_session_tells_nothing_and_follows_nobody() -> None:
    seen: list[dict[str, str]] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        seen.append(dict(request.headers))
        return web.Response(status=302, headers={"Location": "/elsewhere", "Set-Cookie": "a=b"})

    application = web.Application()
    application.router.add_get("/", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        async with make_session(aiohttp, aiohttp.TCPConnector()) as session:
            for _ in range(2):
                with pytest.raises(NotXMPP, match="302 and sends us to '/elsewhere'"):
                    await session.get(url)
    finally:
        await runner.cleanup()
    assert len(seen) == 2
    for headers in seen:
        assert not headers.keys() & {"User-Agent", "Cookie", "Origin"}
        assert headers["Accept-Encoding"] == "identity"
