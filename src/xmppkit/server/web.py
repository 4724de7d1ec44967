# SPDX-License-Identifier: MIT
"""The embedded server's web side, through aiohttp: WebSocket (RFC 7395) and BOSH (XEP-0206), and host-meta, which tells
where they are (XEP-0156).

========================================  ==============================================================================
path                                      what is there
========================================  ==============================================================================
``/xmpp-websocket``                       WebSockets with the subprotocol ``xmpp``
``/http-bind``                            BOSH; see `xmppkit.server.bosh`
``/.well-known/host-meta``                where these are, as XRD, for everybody
``/.well-known/host-meta.json``           the same in JSON
========================================  ==============================================================================

It has TLS, with the server's certificate, if the server has. A page of another site that is open in a browser of this
machine could speak to it, too: who sends an ``Origin`` is let in if that is the server's own, or one that it was told
of. Programs send none.

A connection that has not asked for anything whole within `REQUEST_TIMEOUT` is closed, as is one that has been answered
and asks no more.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from xmppkit.protocol.framing.bosh.framing import BoshFraming
from xmppkit.protocol.framing.websocket import WebSocketFraming
from xmppkit.transports.http import load_aiohttp
from xmppkit.transports.websocket import MARGIN, accept
from xmppkit.xml.limits import Limits
from xmppkit.xml.serializer import escape_attribute

if TYPE_CHECKING:
    import ssl

    from aiohttp import web

    from xmppkit.protocol.framing.base import FramingKind
    from xmppkit.server.bosh import BoshService
    from xmppkit.server.limits import ServerLimits
    from xmppkit.transports.base import Receiver

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

__all__ = ["REQUEST_TIMEOUT", "WEBSOCKET_PATH", "WebHost", "WebListener"]

log = logging.getLogger(__name__)

#: Seconds that a connection may take for its first request, and for the next.
REQUEST_TIMEOUT = 30.0
WEBSOCKET_PATH = "/xmpp-websocket"
#: Seconds that aiohttp may take in the end.
_GRACE = 1.0


class WebHost(Protocol):
    """What the web side needs of the server."""

    @property
    def domain(self) -> str: ...

    @property
    def limits(self) -> ServerLimits: ...

    @property
    def full(self) -> bool:
        """Whether there are too many connections of clients."""

    def accept_web(self, framing: FramingKind) -> Receiver:
        """What faces a client that comes by HTTP."""


class WebListener:
    """Listens for HTTP.

    :param host: the server.
    :param context: its TLS; None: none.
    :param origins: the origins of pages that may connect beside the server's own, as ``https://chat.example``; ``*``
        is everybody.
    :raises ConfigurationError: aiohttp is not installed.
    """

    def __init__(self, host: WebHost, context: ssl.SSLContext | None, origins: Iterable[str] = ()) -> None:
        load_aiohttp("serving HTTP")
        self._host = host
        self._context = context
        self._origins = frozenset(origins)
        #: By the protocol of aiohttp that a connection has.
        self._guards: dict[object, _Guard] = {}
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None
        self._bosh: BoshService | None = None
        self.port = 0

    # --- life -----------------------------------------------------------------------------------------------

    async def start(self, address: str, port: int) -> int:
        """Listen.

        :returns: the port.
        :raises OSError: the address cannot be bound.
        """
        from aiohttp import web

        from xmppkit.server.bosh import BoshService

        self._bosh = BoshService(partial(self._host.accept_web, BoshFraming), self._host.limits)
        application = web.Application(middlewares=[self._middleware()])
        for path, handler in self._routes().items():
            application.router.add_route("*", path, handler)
        self._runner = web.AppRunner(
            application, access_log=None, keepalive_timeout=REQUEST_TIMEOUT, shutdown_timeout=_GRACE
        )
        await self._runner.setup()
        options: dict[str, Any] = {}
        if self._context is not None:
            options.update(ssl=self._context, ssl_handshake_timeout=REQUEST_TIMEOUT)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, address, port, **options)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    def stop_listening(self) -> None:
        """Take no more connections."""
        if self._bosh is not None:
            self._bosh.stop()
        if self._server is not None:
            self._server.close()
            self._server = None

    async def close(self) -> None:
        """End what there is. May be repeated."""
        self.stop_listening()
        if self._bosh is not None:
            self._bosh.close()
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    # --- connections ----------------------------------------------------------------------------------------

    def _connection(self) -> asyncio.BaseProtocol:
        assert self._runner is not None
        assert self._runner.server is not None
        return _Guard(self, self._runner.server())

    def admit(self, guard: _Guard) -> bool:
        """There is a connection; whether there are not too many."""
        if len(self._guards) >= self._host.limits.connections:
            log.warning("a connection was refused: there are %d already", len(self._guards))
            return False
        self._guards[guard.inner] = guard
        return True

    def forget(self, guard: _Guard) -> None:
        """A connection has ended."""
        del self._guards[guard.inner]

    def _middleware(self) -> Any:
        from aiohttp import web

        @web.middleware
        async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
            guard = self._guards[request.protocol]
            guard.busy(True)
            try:
                if not self._welcome(request):
                    log.warning("a page of %s wants to connect, and is not let in", request.headers["Origin"][:255])
                    return web.Response(status=403, text="Pages of that origin are not let in.\n")
                return await handler(request)
            finally:
                guard.busy(False)

        return watch

    def _welcome(self, request: web.Request) -> bool:
        """Whether who asks is no page, or one that may."""
        origin = request.headers.get("Origin")
        if origin is None or not {"*", origin}.isdisjoint(self._origins) or request.path.startswith("/.well-known/"):
            return True
        try:
            parts = urlsplit(origin)
        except ValueError:  # brackets without an end
            return False
        scheme = "https" if self._context is not None else "http"
        return parts.scheme == scheme and parts.netloc == request.host and parts.hostname == self._host.domain

    # --- what there is --------------------------------------------------------------------------------------

    def _routes(self) -> dict[str, Handler]:
        """Path to handler."""
        return {
            WEBSOCKET_PATH: self._websocket,
            "/http-bind": self._ask,
            "/.well-known/host-meta": self._host_meta,
            "/.well-known/host-meta.json": self._host_meta_json,
        }

    def _links(self) -> dict[str, str]:
        """What host-meta names: relation to URL."""
        secure = "s" if self._context is not None else ""
        place = f"{self._host.domain}:{self.port}"
        return {
            "urn:xmpp:alt-connections:websocket": f"ws{secure}://{place}{WEBSOCKET_PATH}",
            "urn:xmpp:alt-connections:xbosh": f"http{secure}://{place}/http-bind",
        }

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web

        if self._host.full:
            return web.Response(status=503, text="There are too many connections.\n")
        make = partial(self._host.accept_web, WebSocketFraming)
        return await accept(request, make, max_message=Limits.server().stanza_bytes + MARGIN)

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        assert self._bosh is not None
        with self._guards[request.protocol].ends(asyncio.current_task()):  # a session is to know who is gone
            return await self._bosh.handle(request)

    async def _host_meta(self, _: web.Request) -> web.StreamResponse:
        links = "".join(f"<Link rel='{rel}' href='{escape_attribute(url)}'/>" for rel, url in self._links().items())
        text = f"<?xml version='1.0'?>\n<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>{links}</XRD>\n"
        return _public(text, "application/xrd+xml")

    async def _host_meta_json(self, _: web.Request) -> web.StreamResponse:
        links = [{"rel": rel, "href": url} for rel, url in self._links().items()]
        return _public(json.dumps({"links": links}), "application/json")


def _public(text: str, kind: str) -> web.StreamResponse:
    """What pages of everywhere may read (XEP-0156 §3)."""
    from aiohttp import web

    return web.Response(text=text, content_type=kind, headers={"Access-Control-Allow-Origin": "*"})


class _Guard(asyncio.Protocol):
    """Stands between a connection and aiohttp: counts it, and closes it if nothing is asked.

    :param inner: aiohttp's protocol, which gets all calls.
    """

    def __init__(self, listener: WebListener, inner: Any) -> None:
        self._listener = listener
        self.inner = inner
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[Any] | None = None
        self._refused = False

    def connection_made(self, transport: Any) -> None:
        if not self._listener.admit(self):
            self._refused = True
            transport.abort()
            return
        self._transport = transport
        self.inner.connection_made(transport)
        self.busy(False)

    def busy(self, busy: bool) -> None:
        """Whether a request is being answered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not busy and self._transport is not None:
            self._timer = asyncio.get_running_loop().call_later(REQUEST_TIMEOUT, self._transport.abort)

    @contextmanager
    def ends(self, task: asyncio.Task[Any] | None) -> Iterator[None]:
        """While this lasts, the end of the connection is the end of `task`."""
        self._task = task
        try:
            yield
        finally:
            self._task = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._refused:
            return
        if self._task is not None:
            self._task.cancel()
        self._listener.forget(self)
        self._transport = None
        self.busy(True)
        self.inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._refused:
            self.inner.data_received(data)

    def eof_received(self) -> bool | None:
        return None if self._refused else self.inner.eof_received()

    def pause_writing(self) -> None:
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        self.inner.resume_writing()
