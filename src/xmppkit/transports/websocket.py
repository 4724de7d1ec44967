# SPDX-License-Identifier: MIT
"""WebSockets (RFC 6455) through aiohttp, as RFC 7395 uses them: each message is a text of its own.

A `WebSocketTransport` is one of messages: `write` sends one, and `Receiver.data_received` brings one. There is no
half-closing: `close` is all there is.

Over ``wss:`` TLS is the transport's. The certificate must be one for the host of the URL, as with every web server;
that this host speaks for the domain of the JID was said by the user, who gave the URL, or by the domain itself, over
HTTPS (`xmppkit.transports.hostmeta`). What TLS has negotiated is `get_extra_info("tls")`.

aiohttp answers pings while the application reads. Messages are not compressed: what is secret and what others have
chosen stand beside each other in a stream.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, cast

from xmppkit.exceptions import ConnectionLost, NotXMPP
from xmppkit.protocol.framing.websocket import SUBPROTOCOL
from xmppkit.protocol.pins import check_pins
from xmppkit.protocol.tls import transport_of
from xmppkit.transports.base import HIGH, LOW, water_marks
from xmppkit.transports.http import explain, load_aiohttp, make_session, proxy_options, told_of
from xmppkit.transports.tcp import CONNECT_TIMEOUT
from xmppkit.transports.webconnector import make_connector
from xmppkit.xml.limits import KIB, MIB

if TYPE_CHECKING:
    from types import ModuleType

    from aiohttp import ClientWebSocketResponse, web

    from xmppkit.protocol.events import SecureTransport
    from xmppkit.transports.base import Receiver, ReceiverT
    from xmppkit.transports.endpoints import Endpoint
    from xmppkit.transports.proxy import Proxy

__all__ = ["MARGIN", "MAX_MESSAGE", "WebSocketConnector", "WebSocketTransport", "accept"]

#: Bytes that a message may have beside the stanza in it, so that who says too much is told so by the stream.
MARGIN: Final = 4 * KIB
#: Bytes of one message, at most: what a client takes from its server.
MAX_MESSAGE: Final = MIB + MARGIN
#: Seconds that a client has to answer when the server closes a WebSocket.
CLOSE_TIMEOUT: Final = 2.0

# Close codes of RFC 6455 §7.4.1.
_NOT_TEXT: Final = 1003
_POLICY: Final = 1008
_TOO_LARGE: Final = 1009
#: With which a WebSocket ends in order; 0 and 1005: there was none.
_IN_ORDER: Final = (0, 1000, 1001, 1005)


class WebSocketTransport:
    """One WebSocket; made by `WebSocketConnector` and `accept`. It offers `xmppkit.transports.base.Transport`.

    :param aiohttp: the module.
    :param socket: what moves the messages.
    :param raw: the connection below it.
    :param receiver: what faces this side.
    :param tls: what that connection's TLS has negotiated.
    """

    def __init__(
        self,
        aiohttp: ModuleType,
        socket: ClientWebSocketResponse[Any] | web.WebSocketResponse[Any],
        raw: asyncio.Transport,
        receiver: Receiver,
        tls: SecureTransport | None,
    ) -> None:
        self._types = aiohttp.WSMsgType
        self._socket = socket
        self._raw = raw
        self._receiver = receiver
        self._known = {name: told_of(raw, name) for name in ("socket", "peername", "sockname")} | {"tls": tls}
        #: What was written and has not been given to aiohttp.
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._high, self._low = HIGH, LOW
        self._writing_paused = False
        self._news = asyncio.Event()  # for the task that writes
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._closing = False
        self._aborted = False

    # --- what a Transport offers --------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """See `xmppkit.transports.base.Transport`, here and below."""
        if self._closing:
            return
        self._queue.append(data)
        self._queued += len(data)
        self._news.set()
        if not self._writing_paused and self.get_write_buffer_size() > self._high:
            self._writing_paused = True
            self._receiver.pause_writing()

    def pause_reading(self) -> None:
        self._may_read.clear()

    def resume_reading(self) -> None:
        self._may_read.set()

    def close(self) -> None:
        self._closing = True
        self._news.set()
        self._may_read.set()  # the peer's own close has to be read

    def abort(self) -> None:
        self._closing = self._aborted = True
        self._queue.clear()
        self._queued = 0
        self._raw.abort()
        self._news.set()
        self._may_read.set()

    def can_write_eof(self) -> bool:
        return False

    def write_eof(self) -> None:
        """A WebSocket has no such thing: the same as `close`."""
        self.close()

    def is_closing(self) -> bool:
        return self._closing

    def get_write_buffer_size(self) -> int:
        # Of TLS that has closed asyncio cannot say it; what waited there will not leave.
        return self._queued + (0 if self._raw.is_closing() else self._raw.get_write_buffer_size())

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high, self._low = water_marks(high, low)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Also ``tls``: a `SecureTransport`, of a WebSocket that has TLS."""
        found = self._known[name] if name in self._known else told_of(self._raw, name)
        return default if found is None else found

    # --- the messages -------------------------------------------------------------------------------------

    async def run(self, finish: Callable[[], Awaitable[object]] | None = None) -> None:
        """Move messages until the WebSocket is over; `Receiver.connection_made` was called before, and
        `Receiver.connection_lost` is called in the end.

        :param finish: awaited before that.
        """
        if not self._raw.is_closing():
            self._raw.set_write_buffer_limits(high=1, low=0)  # asyncio's TLS is stuck with a limit of 0
            self._raw.set_protocol(cast("asyncio.BaseProtocol", _Watch(self._raw.get_protocol(), self._settle)))
        writing = asyncio.ensure_future(self._write_all())
        failure: Exception | None = None
        try:
            failure = await self._read_all()
            if not self._closing:
                writing.cancel()
            self._closing = True
            await asyncio.wait((writing,))
        except Exception as error:
            failure = error
        finally:
            self._closing = True
            writing.cancel()
            if failure is not None or self._aborted:
                self._raw.abort()
            if finish is not None:
                await finish()
            self._receiver.connection_lost(None if self._aborted else failure)

    async def _read_all(self) -> Exception | None:
        """Bring messages until there are no more; what was wrong with the end, if anything was."""
        types, socket, receiver = self._types, self._socket, self._receiver
        while True:
            message = await socket.receive()
            await self._may_read.wait()
            kind = message.type
            if kind is types.TEXT and message.data:
                if not self._closing:
                    receiver.data_received(message.data.encode())
            elif kind in (types.CLOSE, types.CLOSING, types.CLOSED):
                return self._over(kind is types.CLOSE)
            elif kind is types.ERROR:
                return self._broken(message.data)
            elif not self._closing:
                binary = kind is types.BINARY
                await socket.close(code=_NOT_TEXT if binary else _POLICY)
                return ConnectionLost(f"the peer sent {'a binary' if binary else 'an empty'} message")

    @staticmethod
    def _broken(error: object) -> Exception:
        """What the peer has done that no WebSocket allows, or ours does not."""
        if getattr(error, "code", None) == _TOO_LARGE:
            return ConnectionLost(f"the peer sent a message that is too large: {error}")
        return ConnectionLost(f"the WebSocket broke: {error}")

    def _over(self, said: bool) -> Exception | None:
        """There are no more messages.

        :param said: the peer has closed the WebSocket, and not only the connection.
        """
        if self._closing:
            return None
        code = self._socket.close_code
        if not said:
            return ConnectionLost("the connection ended, and the WebSocket was not closed")
        if code not in _IN_ORDER:
            return ConnectionLost(f"the peer closed the WebSocket with code {code}")
        self._receiver.eof_received()
        return None

    async def _write_all(self) -> None:
        """Send messages until the transport is closed, and then close the WebSocket."""
        try:
            while True:
                while self._queue:
                    message = self._queue.popleft()
                    self._queued -= len(message)
                    await self._socket.send_str(message.decode())
                    self._settle()
                if self._closing:
                    break
                self._news.clear()
                await self._news.wait()
            if not self._aborted:
                await self._socket.close()
        except (ConnectionError, RuntimeError):
            self._raw.abort()  # who reads finds out, and why

    def _settle(self) -> None:
        """Some of what was waiting has left."""
        if self._writing_paused and not self._closing and self.get_write_buffer_size() <= self._low:
            self._writing_paused = False
            self._receiver.resume_writing()


class _Watch:
    """Stands between a connection and aiohttp, to hear that everything has left.

    :param inner: aiohttp's protocol, which gets all calls.
    """

    def __init__(self, inner: Any, settle: Callable[[], None]) -> None:
        self._inner = inner
        self._settle = settle

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def resume_writing(self) -> None:
        self._inner.resume_writing()
        self._settle()


class WebSocketConnector:
    """Makes WebSockets to endpoints that are URLs.

    :param ssl_context: makes the TLS context for ``wss:``; called when there is something to connect.
    :param timeout: seconds for one endpoint.
    :param use_ipv6: False uses IPv4 addresses only.
    :param proxy: the proxy to connect through.
    :param pins: see `xmppkit.protocol.pins`.
    :param max_message: bytes of one message; past it the WebSocket is closed with 1009.
    :param heartbeat: seconds between pings, in half of which the server must answer; 0: none are sent.
    """

    def __init__(
        self,
        ssl_context: Callable[[], ssl.SSLContext],
        *,
        timeout: float = CONNECT_TIMEOUT,
        use_ipv6: bool = True,
        proxy: Proxy | None = None,
        pins: tuple[str, ...] = (),
        max_message: int = MAX_MESSAGE,
        heartbeat: float = 0.0,
    ) -> None:
        self._ssl_context = ssl_context
        self._timeout = timeout
        self._use_ipv6 = use_ipv6
        self._proxy = proxy
        self._pins = pins
        self._max_message = max_message
        self._heartbeat = heartbeat or None

    async def connect(self, endpoint: Endpoint, receiver_factory: Callable[[], ReceiverT]) -> ReceiverT:
        """See `xmppkit.transports.base.Connector.connect`.

        :raises NotXMPP: there is a web server, and no WebSocket for XMPP.
        :raises TLSFailed: the certificate is not one for the URL's host, among other things.
        :raises ConfigurationError: aiohttp is not installed.
        """
        aiohttp = load_aiohttp("a WebSocket")
        options = proxy_options(self._proxy)
        options.update(max_msg_size=self._max_message, heartbeat=self._heartbeat)
        context = self._ssl_context() if endpoint.encrypted else None
        connector = make_connector(aiohttp, context, proxy=self._proxy, use_ipv6=self._use_ipv6, timeout=self._timeout)
        session = make_session(aiohttp, connector, ws_response_class=_class_with_raw(aiohttp))
        found: Any = None
        try:
            async with asyncio.timeout(self._timeout):
                found = await session.ws_connect(endpoint.url, protocols=(SUBPROTOCOL,), **options)
            tls = self._judge(found, endpoint)
            receiver = receiver_factory()
            transport = WebSocketTransport(aiohttp, found, found.raw, receiver, tls)
            receiver.connection_made(transport)
        except BaseException as error:
            if found is not None:
                found.answer.close()  # aiohttp's own close() would wait for the other end
            await session.close()
            told = explain(aiohttp, error, str(endpoint), self._timeout)
            if told is None or told is error:
                raise
            raise told from error
        task = asyncio.ensure_future(transport.run(session.close))
        _running.add(task)
        task.add_done_callback(_running.discard)
        return receiver

    def _judge(self, found: Any, endpoint: Endpoint) -> SecureTransport | None:
        """What TLS has negotiated, if this is the WebSocket that we want."""
        if found.protocol != SUBPROTOCOL:
            raise NotXMPP("there is a WebSocket, and it is not one for XMPP (RFC 7395 §3.1)", where=str(endpoint))
        tls = _tls_of(found.raw)
        if self._pins:
            check_pins(tls.certificate if tls is not None else None, self._pins, str(endpoint))
        return tls


#: The tasks of WebSockets that are open: an event loop keeps no task alive.
_running: set[asyncio.Future[None]] = set()


def _class_with_raw(aiohttp: ModuleType) -> type[Any]:
    """A class of WebSockets that show the connection below them, which aiohttp's own keeps to itself."""

    class Socket(aiohttp.ClientWebSocketResponse):  # type: ignore[name-defined, misc]
        def __init__(self, reader: Any, writer: Any, protocol: Any, response: Any, *more: Any, **options: Any) -> None:
            super().__init__(reader, writer, protocol, response, *more, **options)
            self.raw = response.connection.transport
            self.answer = response

    return Socket


def _tls_of(raw: asyncio.BaseTransport) -> SecureTransport | None:
    found = told_of(raw, "ssl_object")
    return transport_of(found) if found is not None else None


async def accept(
    request: web.Request,
    receiver_factory: Callable[[], Receiver],
    *,
    max_message: int = MAX_MESSAGE,
    heartbeat: float = 0.0,
) -> web.StreamResponse:
    """Answer a request for a WebSocket, as a handler of `aiohttp.web`; returns when the WebSocket is over.

    :param receiver_factory: makes what faces the client.
    :param max_message: bytes of one message; past it the WebSocket is closed with 1009.
    :param heartbeat: seconds between pings, in half of which the client must answer; 0: none are sent.
    :returns: 400 without a receiver having been made, if that is no request for a WebSocket of RFC 7395.
    """
    aiohttp = load_aiohttp("a WebSocket")
    from aiohttp import web

    offered = ",".join(request.headers.getall("Sec-WebSocket-Protocol", ()))
    found = web.WebSocketResponse(
        protocols=(SUBPROTOCOL,),
        max_msg_size=max_message,
        heartbeat=heartbeat or None,
        compress=False,
        timeout=CLOSE_TIMEOUT,
    )
    if SUBPROTOCOL not in (each.strip() for each in offered.split(",")) or not found.can_prepare(request):
        return web.Response(status=400, text="This is for WebSockets with the subprotocol xmpp (RFC 7395).\n")
    await found.prepare(request)
    raw = request.transport
    if raw is None:
        return found
    try:
        receiver = receiver_factory()
        transport = WebSocketTransport(aiohttp, found, raw, receiver, _tls_of(raw))
        receiver.connection_made(transport)
    except BaseException:
        raw.abort()
        raise
    await transport.run()
    return found
