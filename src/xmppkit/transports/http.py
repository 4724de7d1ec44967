# SPDX-License-Identifier: MIT
"""What the transports over HTTP have in common: aiohttp, which the extra ``http`` brings, and its errors in our words.

Nothing here imports aiohttp before somebody connects, and nothing follows a redirect: where a URL leads was said by the
user or, over HTTPS, by the domain; not by who happens to answer.
"""

from __future__ import annotations

import asyncio
import base64
import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from xmppkit.exceptions import (
    ConfigurationError,
    ConnectionRefused,
    HostNotFound,
    NotXMPP,
    ProxyRefused,
    RemoteError,
)
from xmppkit.protocol.tls import handshake_error
from xmppkit.transports.proxy import Proxy, ProxyKind

if TYPE_CHECKING:
    from aiohttp import BaseConnector, ClientSession

__all__ = ["explain", "load_aiohttp", "make_session", "proxy_options", "told_of"]


def load_aiohttp(purpose: str) -> ModuleType:
    """The module aiohttp.

    :param purpose: what needs it, for the error.
    :raises ConfigurationError: it is not installed.
    """
    try:
        return importlib.import_module("aiohttp")
    except ImportError:
        raise ConfigurationError(f"{purpose} needs aiohttp: pip install xmppkit[http]") from None


def told_of(connection: asyncio.BaseTransport | None, name: str) -> Any:
    """What a connection below HTTP knows of itself, such as ``peername`` or ``ssl_object``; None of one that has
    closed: asyncio's TLS cannot be asked any more then (an AttributeError in Python 3.11)."""
    if connection is None or connection.is_closing():
        return None
    return connection.get_extra_info(name)


def make_session(aiohttp: ModuleType, connector: BaseConnector, **options: Any) -> ClientSession:
    """A session that tells a server nothing about us, and believes it nothing: no cookies, no redirects, no name of a
    program, nothing that is compressed.

    :param options: more of what `aiohttp.ClientSession` takes.
    """

    async def refuse(_session: object, _context: object, told: Any) -> NoReturn:
        location = str(told.response.headers.get("Location", ""))[:255]
        raise NotXMPP(
            f"the web server answered {told.response.status} and sends us to {location!r}, which is not followed",
            where=str(told.url),
            advice="if that is where the server is, connect to it by name",
        )

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(refuse)
    session: ClientSession = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent",),
        auto_decompress=False,  # a few bytes could become many
        headers={"Accept-Encoding": "identity"},
        trace_configs=[trace],
        **options,
    )
    return session


def proxy_options(proxy: Proxy | None) -> dict[str, Any]:
    """What a request is told of the HTTP proxy that it goes through; nothing of another one, which the connector knows
    (`xmppkit.transports.webconnector`)."""
    if proxy is None or proxy.kind is not ProxyKind.HTTP:
        return {}
    options: dict[str, Any] = {"proxy": f"http://{str(proxy).removeprefix('http://')}"}
    if proxy.username:
        token = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()
        options["proxy_headers"] = {"Proxy-Authorization": f"Basic {token}"}
    return options


def explain(aiohttp: ModuleType, error: BaseException, where: str, timeout: float) -> RemoteError | None:
    """Our error for one that a request to a web server has raised; None: it has nothing to do with the server."""
    for each in (error, error.__cause__):  # aiohttp wraps what is an OSError, too
        if isinstance(each, RemoteError):
            return each
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return handshake_error(error.certificate_error, where)
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return handshake_error(error.os_error, where)
    if isinstance(error, aiohttp.ClientHttpProxyError) and error.status < 500:
        return ProxyRefused(f"the proxy did not connect: {error.status} {error.message[:80]}".strip(), where=where)
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return ConnectionRefused(f"the proxy cannot be reached: {error.os_error}", where=where)
    if isinstance(error, aiohttp.ClientResponseError):
        return _refused(error.status, error.message, where)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return HostNotFound(f"the host name does not resolve: {error.os_error.strerror}", where=where)
    if isinstance(error, asyncio.TimeoutError):
        return ConnectionRefused(
            f"no connection within {timeout:g} s",
            where=where,
            advice="check host and port, and whether a firewall drops the packets",
        )
    if isinstance(error, aiohttp.InvalidURL | UnicodeError):
        return HostNotFound(f"this is no URL: {error}", where=where)
    if isinstance(error, ConnectionRefusedError) or isinstance(
        getattr(error, "os_error", None), ConnectionRefusedError
    ):
        return ConnectionRefused("nothing listens there", where=where)
    if isinstance(error, aiohttp.ClientError | OSError):
        return ConnectionRefused(f"cannot connect: {error}", where=where)
    return None


def _refused(status: int, said: str, where: str) -> RemoteError:
    """A web server, or a proxy, answered something else than it was asked for."""
    words = f"{status} {said[:80]}".strip()
    if status >= 500 or status in (408, 429):
        return ConnectionRefused(f"the web server answered {words}", where=where)
    advice = "check the address; what a domain offers is in https://DOMAIN/.well-known/host-meta"
    return NotXMPP(f"the web server answered {words}", where=where, advice=advice)
