# SPDX-License-Identifier: MIT
"""BOSH for clients (XEP-0124): a session over HTTP as a connection, through aiohttp (the extra ``http``).

The rules are in `xmppkit.protocol.framing.bosh.session`; here are the requests. At most two are under way, each on a
connection that is kept. Of every connection the certificate is checked, against the host of the URL, before anything
is sent on it; a server that leads elsewhere is not followed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from xmppkit.exceptions import ConnectionLost, ConnectionRefused, HostNotFound, RemoteError
from xmppkit.protocol.framing.bosh.body import CONTENT_TYPE
from xmppkit.protocol.framing.bosh.options import SessionOptions
from xmppkit.protocol.framing.bosh.session import BoshSession, Ending, Outgoing, Phase
from xmppkit.protocol.pins import check_pins
from xmppkit.protocol.tls import transport_of
from xmppkit.transports.base import HIGH, LOW, ReceiverT, water_marks
from xmppkit.transports.http import explain, load_aiohttp, make_session, proxy_options, told_of
from xmppkit.transports.tcp import CONNECT_TIMEOUT
from xmppkit.transports.webconnector import make_connector
from xmppkit.util.looptime import time_of

if TYPE_CHECKING:
    import ssl
    from types import ModuleType

    import aiohttp

    from xmppkit.transports.base import Receiver
    from xmppkit.transports.endpoints import Endpoint
    from xmppkit.transports.proxy import Proxy

__all__ = ["BoshConnector", "BoshTransport"]

log = logging.getLogger(__name__)

#: Seconds that a connection without a request is kept.
KEEP_ALIVE: Final = 60.0
#: Seconds that connections may take to end in order.
CLOSE_TIMEOUT: Final = 1.0
#: Bytes of an answer that nobody reads.
_IGNORED: Final = 64 * 1024


class BoshTransport:
    """One session as a connection; made by `BoshConnector`. It offers `xmppkit.transports.base.Transport`.

    :param receiver: what faces it.
    :param session: the rules.
    :param post: sends a request: its body, and the bytes that the answer may have; gives HTTP status and content, and
        raises `RemoteError` when there is none.
    :param done: awaited when the session has ended: closes what is below.
    :param extra: what is known of the connection, by name.
    """

    def __init__(
        self,
        receiver: Receiver,
        session: BoshSession,
        post: Callable[[bytes, int], Awaitable[tuple[int, bytes]]],
        done: Callable[[], Awaitable[object]],
        extra: dict[str, object],
    ) -> None:
        self._receiver = receiver
        #: The rules, and how far they have come; for reading only.
        self.session = session
        self._post = post
        self._done = done
        self._loop = asyncio.get_running_loop()
        self._time = time_of(self._loop)
        self._extra = extra
        self._high, self._low = HIGH, LOW
        self._writing_paused = False
        self._closing = False
        self._lost = False
        self._woken = False
        self._timer: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None
        self._under_way: dict[int, asyncio.Task[None]] = {}

    # --- what a Transport offers --------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """See `xmppkit.transports.base.Transport`, here and below."""
        if self._closing:
            return
        self.session.send(data)
        self._wake()
        if self.session.unsent > self._high and not self._writing_paused:
            self._writing_paused = True
            self._receiver.pause_writing()

    def pause_reading(self) -> None:
        self.session.pause_reading()
        self._wake()

    def resume_reading(self) -> None:
        self.session.resume_reading()
        self._wake()

    def close(self) -> None:
        """End the connection, after what was written has reached the server. Only a stream that has said that it is
        over ends the session there, too."""
        self._closing = True
        self._wake()

    def abort(self) -> None:
        self._closing = True
        self.session.abandon("aborted")
        self._loop.call_soon(self._lose, None)

    def can_write_eof(self) -> bool:
        return False

    def write_eof(self) -> None:
        raise OSError("BOSH has no end of one direction")

    def is_closing(self) -> bool:
        return self._closing

    def get_write_buffer_size(self) -> int:
        return self.session.unsent

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high, self._low = water_marks(high, low)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._extra.get(name, default)

    # --- inside -------------------------------------------------------------------------------------------

    def _wake(self) -> None:
        if not self._woken and not self._lost:
            self._woken = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        """Bring what has come, send what there is to send, and see when to come back."""
        self._woken = False
        if self._lost:
            return
        session, now = self.session, self._time()
        session.handle_timer(now)
        for data in session.received():
            if not self._closing:
                self._receiver.data_received(data)
        for request in session.requests(now):
            self._begin(request)
        if self._writing_paused and session.unsent <= self._low:
            self._writing_paused = False
            self._receiver.resume_writing()
        if session.ended is not None:
            self._over(session.ended)
        elif self._closing and session.phase is not Phase.LEAVING and not session.unanswered:
            self._lose(None)
        else:
            self._arm(session.deadline())

    def _over(self, ending: Ending) -> None:
        """The session has ended, and everything that came before has been brought."""
        if self._closing:
            self._lose(None)
            return
        self._closing = True
        if ending.reason is not None:
            where = str(self._extra.get("url", ""))
            self._lose(ConnectionLost(ending.reason, where=where))
            return
        self._receiver.eof_received()
        self._lose(None)

    def _lose(self, error: Exception | None) -> None:
        if self._lost:
            return
        self._lost = self._closing = True
        self._arm(None)
        for task in self._under_way.values():
            task.cancel()
        self._ending = self._loop.create_task(self._end(error))

    async def _end(self, error: Exception | None) -> None:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._done()
        except TimeoutError:
            log.debug("the connections to %s do not end in order", self._extra.get("url"))
        self._receiver.connection_lost(error)

    def _arm(self, when: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if when is None else self._loop.call_at(when, self._wake)

    # --- requests -----------------------------------------------------------------------------------------

    def _begin(self, request: Outgoing) -> None:
        before = self._under_way.pop(request.rid, None)
        if before is not None:
            before.cancel()
        task = self._loop.create_task(self._exchange(request))
        self._under_way[request.rid] = task
        task.add_done_callback(lambda task: self._ended(request.rid, task))

    def _ended(self, rid: int, task: asyncio.Task[None]) -> None:
        if self._under_way.get(rid) is task:
            del self._under_way[rid]

    async def _exchange(self, request: Outgoing) -> None:
        session = self.session
        try:
            async with asyncio.timeout(request.timeout):
                status, data = await self._post(request.body, session.options.receive_bytes)
        except (ConnectionRefused, HostNotFound, TimeoutError) as error:
            said = error.reason if isinstance(error, RemoteError) else "the server did not answer in time"
            session.lost(request.rid, request.attempt, said, self._time())
        except RemoteError as error:
            session.abandon(error.reason)  # a certificate that is not right will not be with the next request
        else:
            session.response(request.rid, request.attempt, status, data, self._time())
        self._wake()


class BoshConnector:
    """Makes BOSH sessions at endpoints that are URLs.

    :param ssl_context: makes the TLS context for ``https:``; called when there is something to connect.
    :param timeout: seconds that one connection may take.
    :param use_ipv6: False uses IPv4 addresses only.
    :param proxy: the proxy to connect through.
    :param pins: certificates or keys of which every connection must show one; see `xmppkit.protocol.pins`.
    :param options: what each session asks for. Over ``http:`` it uses keys as well.
    """

    def __init__(
        self,
        ssl_context: Callable[[], ssl.SSLContext],
        *,
        timeout: float = CONNECT_TIMEOUT,
        use_ipv6: bool = True,
        proxy: Proxy | None = None,
        pins: tuple[str, ...] = (),
        options: SessionOptions | None = None,
    ) -> None:
        self._ssl_context = ssl_context
        self._timeout = timeout
        self._use_ipv6 = use_ipv6
        self._proxy = proxy
        self._pins = pins
        self._options = options or SessionOptions()

    async def connect(self, endpoint: Endpoint, receiver_factory: Callable[[], ReceiverT]) -> ReceiverT:
        """See `xmppkit.transports.base.Connector.connect`. It asks the web server a question that means nothing, to see
        that it is there and who it is: a session is made when the stream says what it is about.

        :raises TLSFailed: the certificate is not right, or there is no TLS.
        :raises NotXMPP: the web server sends us elsewhere.
        :raises ConfigurationError: aiohttp is not installed.
        """
        aiohttp = load_aiohttp("BOSH")
        options = proxy_options(self._proxy)
        known: dict[str, object] = {"url": endpoint.url}
        context = self._ssl_context() if endpoint.encrypted else None
        connector = make_connector(
            aiohttp,
            context,
            proxy=self._proxy,
            use_ipv6=self._use_ipv6,
            timeout=self._timeout,
            check=partial(self._judge, endpoint, known),
            limit=self._options.connections,
            keepalive_timeout=KEEP_ALIVE,
        )
        http = make_session(aiohttp, connector, timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._timeout))
        web = _Web(aiohttp, http, endpoint.url, options, self._timeout)
        try:
            await web.knock()
            receiver = receiver_factory()
            session = BoshSession(self._options if endpoint.encrypted else self._options.with_keys())
            transport = BoshTransport(receiver, session, web.post, http.close, known)
            receiver.connection_made(transport)
        except BaseException:
            await http.close()
            raise
        return receiver

    def _judge(self, endpoint: Endpoint, known: dict[str, object], connection: asyncio.BaseTransport) -> None:
        """Look at a connection to the web server, before anything is said there."""
        found: ssl.SSLObject | None = told_of(connection, "ssl_object")
        if found is not None:
            known.setdefault("tls", transport_of(found))
        if self._pins:
            certificate = found.getpeercert(binary_form=True) if found is not None else None
            check_pins(certificate, self._pins, str(endpoint))
        for name in ("socket", "peername", "sockname"):
            known.setdefault(name, told_of(connection, name))


class _Web:
    """The requests of one session."""

    def __init__(
        self, aiohttp: ModuleType, http: aiohttp.ClientSession, url: str, options: dict[str, Any], timeout: float
    ) -> None:
        self._aiohttp = aiohttp
        self._http = http
        self._url = url
        self._options = options
        self._timeout = timeout

    async def knock(self) -> None:
        """Ask something that every web server answers. What it answers does not matter, unless it leads elsewhere."""
        try:
            async with asyncio.timeout(self._timeout), self._http.options(self._url, **self._options) as response:
                await _read(response.content, _IGNORED)
        except Exception as error:
            raise self._explained(error) from error

    async def post(self, body: bytes, limit: int) -> tuple[int, bytes]:
        """Send a request, and wait for HTTP status and content of the answer.

        :param limit: bytes of the content; one of more is cut one byte behind it.
        :raises RemoteError: there is none.
        """
        try:
            async with self._http.post(
                self._url, data=body, headers={"Content-Type": CONTENT_TYPE}, allow_redirects=False, **self._options
            ) as response:
                return response.status, await _read(response.content, limit)
        except Exception as error:
            raise self._explained(error) from error

    def _explained(self, error: Exception) -> Exception:
        return explain(self._aiohttp, error, self._url, self._timeout) or error


async def _read(content: aiohttp.StreamReader, limit: int) -> bytes:
    data = bytearray()
    while len(data) <= limit and (piece := await content.read(limit + 1 - len(data))):
        data += piece
    return bytes(data)
