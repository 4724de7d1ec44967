# SPDX-License-Identifier: MIT
"""The connections below HTTP: a connector of aiohttp that looks at each of them before a request goes there, and that
goes through SOCKS5 (RFC 1928) where a proxy is one, which aiohttp by itself does not.

Through SOCKS5 the connection is made as that of every stream is (`xmppkit.transports.proxy`): the proxy gets the name
of the host and looks it up. Inside it TLS begins with the server, whose certificate must be one for the host of the
URL. Of aiohttp only that is overridden which its documentation says is there for that: `BaseConnector.connect` and
`BaseConnector._create_connection`. HTTP proxies are aiohttp's own: see `xmppkit.transports.http.proxy_options`.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from xmppkit.exceptions import ConnectionRefused
from xmppkit.protocol.tls import handshake_error
from xmppkit.transports.endpoints import Endpoint
from xmppkit.transports.proxy import Proxy, ProxyConnector, ProxyKind
from xmppkit.transports.tcp import CONNECT_TIMEOUT, TcpConnector

if TYPE_CHECKING:
    from types import ModuleType

    from aiohttp import BaseConnector

__all__ = ["make_connector"]

#: Seconds that TLS may take to end in order.
_SHUTDOWN_TIMEOUT: Final = 1.0


def make_connector(
    aiohttp: ModuleType,
    context: ssl.SSLContext | None,
    *,
    proxy: Proxy | None = None,
    use_ipv6: bool = True,
    timeout: float = CONNECT_TIMEOUT,
    check: Callable[[asyncio.BaseTransport], None] | None = None,
    **options: Any,
) -> BaseConnector:
    """A connector for one `aiohttp.ClientSession`.

    :param context: for TLS; None: there is none.
    :param proxy: goes through this one if it is for SOCKS5. For others see `proxy_options`.
    :param use_ipv6: False uses IPv4 addresses only.
    :param timeout: seconds for the connection to a SOCKS5 proxy, and as many for TLS through it.
    :param check: called with each connection before a request goes there; what it raises ends the connection.
    :param options: more of what `aiohttp.BaseConnector` takes.
    """
    if proxy is not None and proxy.kind is ProxyKind.SOCKS5:
        kind = _tunnelling(aiohttp, _Way(proxy, context, use_ipv6=use_ipv6, timeout=timeout))
    else:
        kind = aiohttp.TCPConnector
        options.update(ssl=context or False, family=socket.AF_UNSPEC if use_ipv6 else socket.AF_INET)
    connector: BaseConnector = (kind if check is None else _checking(kind, check))(**options)
    return connector


def _checking(kind: type[Any], check: Callable[[asyncio.BaseTransport], None]) -> type[Any]:
    class Connector(kind):  # type: ignore[misc]  # aiohttp's classes are there when it is
        async def connect(self, *arguments: Any, **options: Any) -> Any:
            connection = await super().connect(*arguments, **options)
            try:
                check(connection.transport)
            except BaseException:
                connection.close()
                raise
            return connection

    return Connector


def _tunnelling(aiohttp: ModuleType, way: _Way) -> type[Any]:
    # What reads answers; in the package since 3.0, and made by each of its own connectors.
    handler_class = import_module(f"{aiohttp.__name__}.client_proto").ResponseHandler

    class Connector(aiohttp.BaseConnector):  # type: ignore[name-defined, misc]
        async def _create_connection(self, req: Any, traces: object, timeout: object) -> Any:
            handler = handler_class(asyncio.get_running_loop())
            await way.lead(req.url.raw_host, req.url.port, handler, encrypted=req.url.scheme in ("https", "wss"))
            return handler

    return Connector


class _Way:
    """How a connection is made through SOCKS5."""

    def __init__(self, proxy: Proxy, context: ssl.SSLContext | None, *, use_ipv6: bool, timeout: float) -> None:
        self._connector = ProxyConnector(proxy, TcpConnector(timeout=timeout, use_ipv6=use_ipv6))
        self._context = context
        self._timeout = timeout

    async def lead(self, host: str, port: int, handler: Any, *, encrypted: bool) -> None:
        """Connect `handler` to a web server.

        :raises TLSFailed: the certificate is not right, or there is no TLS.
        """
        place = Endpoint(host, port)
        held = await self._connector.connect(place, _Held)
        transport = held.transport
        try:
            if held.over:
                raise ConnectionRefused("the connection through the proxy ended at once", where=str(place))
            if encrypted:
                transport = await self._encrypt(transport, handler, place)
            else:
                transport.set_protocol(handler)
        except BaseException:
            held.transport.abort()
            raise
        handler.connection_made(transport)

    async def _encrypt(self, transport: asyncio.Transport, handler: Any, place: Endpoint) -> asyncio.Transport:
        assert self._context is not None  # who connects to https: has made one
        try:
            found = await asyncio.get_running_loop().start_tls(
                transport,
                handler,
                self._context,
                server_hostname=place.host.rstrip("."),
                ssl_handshake_timeout=self._timeout,
                ssl_shutdown_timeout=_SHUTDOWN_TIMEOUT,
            )
        except ssl.SSLError as error:
            raise handshake_error(error, str(place)) from error
        except OSError as error:
            said = f"the connection through the proxy ended within the TLS handshake: {error}".removesuffix(": ")
            raise ConnectionRefused(said, where=str(place)) from error
        if found is None:  # the connection ended while TLS began
            raise ConnectionRefused("the connection through the proxy ended within the TLS handshake", where=str(place))
        return found


class _Held:
    """Faces the web server until aiohttp does. In HTTP, as in TLS, the server is not the first to speak."""

    def __init__(self) -> None:
        self.transport: Any = None
        #: Nothing comes of this connection.
        self.over = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.over = True

    def eof_received(self) -> bool | None:
        self.over = True
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        self.over = True

    def pause_writing(self) -> None:
        """Nothing is written here."""

    def resume_writing(self) -> None:
        """See `pause_writing`."""
