# SPDX-License-Identifier: MIT
"""The connections of a stream, one after the other: how they begin and how they end.

`XMLStream` is the only class that builds on it.

========================  ==================================================================================
event                     when, and its payload
========================  ==================================================================================
``connecting``            `connect` was called: {}
``reconnect_delay``       before a pause between two attempts: its seconds
``connection_failed``     an endpoint could not be reached, or its TLS was not right: the `RemoteError`
``connected``             the transport is connected, and with direct TLS, and where the server has several
                          endpoints, has TLS: {}
``ssl_cert``              TLS is up: the server's certificate in PEM
``tls_success``           after that: {}
``ssl_invalid_chain``     the certificate was refused: the `CertificateInvalid`
``eof_received``          the server has closed its direction of the connection: {}
``legacy_protocol``       the server's stream is older than XMPP 1.0, and ends for that: {}
``stream_error``          the server closed the stream with an error: the `StreamError`
``killed``                `abort` was called: {}
``session_end``           a session that had started is over, unless `end_session_on_disconnect` is off: {}
``disconnected``          the connection, or the attempt to get one, is over: the `RemoteError`, else the reason
                          that was given to `disconnect`, else None
========================  ==================================================================================

A failure is logged once, and kept in ``last_error``.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Final

from xmppkit.exceptions import (
    CertificateInvalid,
    LocalProtocolError,
    MalformedStream,
    NotConnectedError,
    StreamClosed,
)
from xmppkit.protocol import events
from xmppkit.protocol.connection import Connection
from xmppkit.protocol.framing.tcp import TcpFraming
from xmppkit.protocol.options import TlsPolicy
from xmppkit.settings.settings import Settings
from xmppkit.stanza.base import StanzaBase
from xmppkit.transports.endpoints import Endpoint, TransportKind, is_url, url_endpoint
from xmppkit.xmlstream.connector import Connector, next_delay, worth_another
from xmppkit.xmlstream.crowd import pause_after
from xmppkit.xmlstream.link import LinkDriver
from xmppkit.xmlstream.opening import Opening
from xmppkit.xmlstream.security import tls_policy

if TYPE_CHECKING:
    from xmppkit.protocol.framing.base import FramingKind

__all__ = ["Lifecycle"]

log = logging.getLogger(__name__)

#: Seconds that tasks of the stream may go on after its end before they are cancelled.
TASK_GRACE = 5.0
#: Seconds after which a session was a good one, and the next pause begins anew: a server that throws us out at once is
#: not asked every second.
GOOD_SESSION = 60.0


#: Each call of frozenset() makes a new one.
_NOBODY: Final[frozenset[asyncio.Future[Any] | None]] = frozenset()


class Lifecycle(Opening):
    """The connections of a stream.

    :param host: where to connect, with `port`; empty: what DNS says of the domain.
    :param ssl_context: the TLS context to use instead of one made from `ca_certs` and its neighbours.
    :param loop: the event loop.
    :param settings: see `xmppkit.settings`.
    """

    #: Connect again when the connection of a session is lost.
    auto_reconnect = True
    #: A session ends with its connection: what waits to be sent is dropped. Who can resume it turns this off.
    end_session_on_disconnect = True
    #: Why the stream was closed: what `disconnect` was told, or that the server has closed it.
    disconnect_reason: str | None = None
    #: What ended the last connection or attempt, a `RemoteError` as a rule; None: nothing went wrong.
    last_error: Exception | None = None
    event_when_connected = "connected"
    #: How the stream that is being made will be framed.
    _framing: FramingKind = TcpFraming
    #: That of the last stream that has ended, whose transport may take a moment longer.
    _ending: LinkDriver | None = None
    _session_started, _session_since = False, 0.0
    #: Whether handlers are looking at the certificate: until they have, the attempt is not over.
    _judging = False
    #: Whether the present attempt comes after a session that was lost.
    _returning = False
    #: When to connect next, at the earliest: a program that connects whenever it is disconnected is no storm.
    _next_at = 0.0
    _disconnected: asyncio.Future[Any] | None = None

    def __init__(
        self,
        host: str = "",
        port: int = 0,
        ssl_context: ssl.SSLContext | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(host, port, ssl_context, settings or Settings.defaults(), loop)
        self._return_delay = self.settings.reconnect_delay
        #: Tasks that have called `disconnect`: they go on after the end.
        self._departing = _NOBODY
        self._connector = Connector(self)
        self._connector.limit = self.settings.reconnect_attempts
        self._connector.first = self.settings.reconnect_delay
        self._connector.most = self.settings.max_reconnect_delay

    # --- what subclasses provide ----------------------------------------------------------------------

    take_stanza: Callable[[StanzaBase], None]
    """Takes each stanza that comes."""

    def _make_engine(self, policy: TlsPolicy) -> Connection:
        """A new engine, which is not open yet."""
        raise LocalProtocolError(f"{type(self).__name__} speaks no protocol by itself: use ClientXMPP or ComponentXMPP")

    def _stream_opened(self, event: events.StreamOpened) -> None:
        """The server has opened its stream, or opened it again."""
        raise NotImplementedError

    def _session_ended(self) -> None:
        """The session has lost its connection."""
        raise NotImplementedError

    def _session_over(self, error: Exception) -> None:
        """The session will not be resumed; what waits for answers fails with `error`. May be repeated."""
        raise NotImplementedError

    def _stream_error(self, event: events.StreamErrorReceived) -> None:
        """The server has closed the stream with an error."""
        raise NotImplementedError

    # --- state ----------------------------------------------------------------------------------------

    @property
    def engine(self) -> Connection | None:
        """The engine of the present connection; None when there is none."""
        return self._driver.stream if self._driver is not None else None

    @property
    def transport(self) -> Any:
        """The transport of the present connection; None when there is none."""
        return self._driver.transport if self._driver is not None else None

    @property
    def socket(self) -> Any:
        """What the present connection is made of, for looking at: with TLS the `ssl.SSLObject`, else the socket; None
        when there is none."""
        transport, engine = self.transport, self.engine
        if engine is not None and engine.ssl_object is not None:
            return engine.ssl_object
        return transport.get_extra_info("socket") if transport is not None else None

    @property
    def disconnected(self) -> asyncio.Future[Any]:
        """A future that is done when the present connection is over, or the attempt to get one; its result is the
        payload of the event ``disconnected``. After that there is a new one."""
        future = self._disconnected
        if future is None or future.get_loop() is not self.loop:
            future = self._disconnected = self.loop.create_future()
        return future

    @property
    def tls_info(self) -> events.SecureTransport | None:
        """Version, cipher and certificate of the present connection's TLS; None where there is none."""
        engine = self.engine
        return engine.tls_info if engine is not None else None

    def is_connected(self) -> bool:
        """Whether there is a connection; it need not have a session yet."""
        return self._driver is not None and self._driver.connected

    def is_connecting(self) -> bool:
        """Whether an attempt to connect is under way, or waits."""
        return self._connector.active

    # --- connecting -----------------------------------------------------------------------------------

    def connect(
        self,
        host: str | tuple[str, int] | tuple[()] | None = None,
        port: int | None = None,
        *old: bool,
        address: tuple[str, int] | tuple[()] | None = None,
        **wishes: bool,
    ) -> asyncio.Future[bool]:
        """Connect, and log in when connected. Does not block; what is under way is given up first.

        :param host: where to connect, with `port`; both None: what DNS says of the domain. No probing: STARTTLS, unless
            only direct TLS is enabled. A URL is connected to by WebSocket (``wss:``) or BOSH (``https:``).
        :param port: see `host`.
        :returns: a future that is done when the transport is connected, which is before the session has started: see
            the event ``session_start``. It raises the `RemoteError` when there will be no connection. After a network
            failure there is another attempt after a pause, for ever (event ``reconnect_delay``). The first attempt
            has a pause too when the last connection to the same place has just failed.

        COMPAT(slixmpp 1.8): ``connect((host, port), use_ssl, force_starttls, disable_starttls)`` and
        ``connect(host, port, use_ssl, …)`` work, by position or by name, with a DeprecationWarning.
        """
        if isinstance(host, tuple | list):
            address, old, host, port = host, (old if port is None else (bool(port), *old)), None, None
        if address is not None or old or wishes:
            warnings.warn(
                "connect((host, port), use_ssl=…) is deprecated: connect(host, port), and the enable_… attributes",
                DeprecationWarning,
                stacklevel=2,
            )
            self._old_wishes(*old, **wishes)
            host, port = address or (host, port)
        if host and is_url(host):
            url_endpoint(host)  # a mistake is told here
            elsewhere, self.custom_url = host != self.custom_url, host
        else:
            elsewhere = bool(host and port) and ((host, port) != self.custom_address or self.custom_url is not None)
            if host and port:
                self.custom_address, self.custom_url = (host, port), None
        self._returning = False
        left = self._next_at - self.loop.time()
        if elsewhere or left < -GOOD_SESSION:
            self._return_delay = self.settings.reconnect_delay
        return self._connect(after=0.0 if elsewhere else max(0.0, left))

    def _connect(self, *, retry: bool = True, after: float = 0.0) -> asyncio.Future[bool]:
        self._give_up_connection()
        self.disconnect_reason = None
        self.last_error = None
        started = self._connector.start(retry=retry, after=after, returning=self._returning)
        self.event("connecting")
        return started

    def _give_up_connection(self) -> None:
        """End the present connection, if there is one, in favour of another."""
        driver, self._driver = self._driver, None
        if driver is None:
            return
        driver.discard()
        started = self._lost_session(NotConnectedError("the connection was given up for a new one"))
        self._over(None, started=started)

    def _lost_session(self, error: Exception) -> bool:
        """There is no connection any more; whether there had been a session."""
        started, self._session_started = self._session_started, False
        self._session_ended()
        if self.end_session_on_disconnect:
            self._session_over(error)
        return started

    def _give_up_attempt(self) -> bool:
        """End the attempt to connect that is under way or waits, and tell; whether there was one."""
        if not self._connector.active:
            return False
        self._connector.cancel()
        self._returning = False
        driver, self._driver = self._driver, None
        if driver is not None:
            # It may have a transport already, and the attempt have more to do: nobody else would end it now.
            self._ending = driver
            driver.discard()
        self._over(None, started=False)
        return True

    def cancel_connection_attempt(self) -> None:
        """Give up the attempt to connect that is under way or waits; the event ``disconnected`` tells. May be repeated.
        For a handler of ``ssl_cert`` it is under way: nothing that is secret has been sent yet."""
        if not self._give_up_attempt() and self._judging and self._driver is not None:
            self._driver.abort()

    def reschedule_connection_attempt(self) -> None:
        """Make the next attempt now, if one waits."""
        self._connector.hurry()

    def _make_driver(self, endpoint: Endpoint) -> LinkDriver:
        if endpoint.url:
            policy = TlsPolicy.TRANSPORT if endpoint.encrypted else TlsPolicy.DISABLED
        else:
            starttls, plaintext = self.enable_starttls, self.enable_plaintext
            policy = tls_policy(direct=endpoint.direct_tls, starttls=starttls, plaintext=plaintext)
        if endpoint.kind is not TransportKind.TCP:
            from xmppkit.xmlstream.wires import framing_of

            self._framing = framing_of(endpoint.kind)
        try:
            return LinkDriver(self._make_engine(policy), self, self.loop)
        finally:
            self._framing = TcpFraming

    def _adopt(self, engine: Connection, transport: Any) -> None:
        """Take over a connection, with an engine that is past its negotiation."""
        self._give_up_connection()
        self._connector.cancel()
        self._endpoint = None
        driver = LinkDriver(engine, self, self.loop)
        driver.connection_made(transport)

    def transport_up(self, driver: LinkDriver) -> None:
        """Called by the driver: the transport is connected."""
        self._driver = driver
        if self._established is None:
            self._connector.arrived()
            self.event(self.event_when_connected)

    # --- what the engine reports ----------------------------------------------------------------------

    #: The method for each kind of event.
    _reactions: ClassVar[dict[type, str]] = {
        events.StreamOpened: "_stream_opened",
        events.SecureTransport: "_secured",
        events.StreamErrorReceived: "_stream_error",
        events.StanzaRefused: "_stanza_refused",
        events.StreamEnded: "_ended",
    }

    def take_event(self, event: events.Event | StanzaBase) -> None:
        """Called by the driver with everything that the engine reports, but for stanzas."""
        reaction = self._reactions.get(type(event))
        if reaction is not None:
            getattr(self, reaction)(event)

    def _arrive(self) -> None:
        """The endpoint has taken us, if that was waited for."""
        established, self._established = self._established, None
        if established is not None:
            if not established.done():
                established.set_result(None)
            self._connector.arrived()
            self.event(self.event_when_connected)

    def _secured(self, event: events.SecureTransport) -> None:
        self._arrive()
        if event.certificate is not None:
            driver = self._driver
            self._judging = True
            self.event("ssl_cert", ssl.DER_cert_to_PEM_cert(event.certificate))
            self._judging = False
            if driver is None or self._driver is not driver or driver.closing or driver.stream.closed:
                return  # a handler does not like it
        self.event("tls_success")

    def _ended(self, event: events.StreamEnded) -> None:
        error: Exception | None = event.error
        if error is None and self._driver is not None:
            error = self._driver.failure  # the program's, or ours
        established = self._established
        if isinstance(error, CertificateInvalid):
            self.event("ssl_invalid_chain", error)
        elif isinstance(error, MalformedStream) and error.condition == "unsupported-version":
            self.event("legacy_protocol")
        elif isinstance(error, StreamClosed):
            self.disconnect_reason = "End of stream"
        if established is not None:
            # There may be other endpoints.
            if not established.done():
                established.set_exception(error or NotConnectedError(event.reason))
            return
        self._ending, self._driver = self._driver, None
        started = self._lost_session(error or NotConnectedError("the stream was closed"))
        if error is not None:
            log.error("%s", error)
        self._over(error, started=started)

    def attempt_failed(self, error: Exception) -> None:
        """There will be no connection."""
        self._over(error, started=False)

    def _over(self, error: Exception | None, *, started: bool) -> None:
        """The connection, or the attempt to get one, has ended."""
        self.last_error = error
        now, tasks = self.loop.time(), self._tasks.running()
        if started and now - self._session_since >= GOOD_SESSION:
            self._return_delay = self.settings.reconnect_delay
        delay = 0.0
        if error is not None:
            delay = pause_after(self, self.loop, self.default_domain, self._return_delay)
            self._return_delay = next_delay(self._return_delay, self._connector.first, self._connector.most)
        self._next_at = now + delay
        payload = error if error is not None else self.disconnect_reason
        finished, self._disconnected = self.disconnected, None
        if started and self.end_session_on_disconnect:
            self.event("session_end")
        self.event("disconnected", payload)
        if not finished.done():
            finished.set_result(payload)
        if self._connector.active or self._driver is not None:
            return  # a handler has connected again
        known = started or self._returning
        if known and self.auto_reconnect and self._endpoint is not None and worth_another(error):
            self._returning = True
            self._connect(after=delay)
            return
        self._returning = False
        self._session_over(error or NotConnectedError("the stream was closed"))
        spared = tasks & self._departing
        self._departing = _NOBODY
        self.loop.call_later(TASK_GRACE, self._end_tasks, tasks - spared)

    def _end_tasks(self, tasks: frozenset[asyncio.Future[Any]]) -> None:
        if self._driver is None and not self._connector.active:
            self._tasks.cancel(tasks)

    # --- disconnecting --------------------------------------------------------------------------------

    def disconnect(
        self, wait: float = 2.0, reason: str | None = None, ignore_send_queue: bool = False
    ) -> asyncio.Future[Any]:
        """Close the stream in order, and then the connection. May be repeated.

        :param wait: seconds that what waits to be sent may take, and seconds that the server has to close its
            direction.
        :param reason: the payload of the event ``disconnected``.
        :param ignore_send_queue: do not wait for what is being filtered.
        :returns: `disconnected`. Without a connection that event comes at once.
        """
        self._departing |= {_current_task()}
        self.disconnect_reason = reason
        finished = self.disconnected
        if self._give_up_attempt():
            return finished
        self._returning = False
        driver = self._driver
        if driver is None or driver.stream.closed:
            if driver is None:
                self._over(None, started=False)
            return finished
        driver.end_with_loop()
        if ignore_send_queue or not self._queued():
            self._close(driver, wait)
        else:
            self.spawn(self._close_later(driver, wait))
        return finished

    def _queued(self) -> bool:
        """Whether something waits to be sent."""
        raise NotImplementedError

    async def _sent(self) -> None:
        """Wait until nothing does."""
        raise NotImplementedError

    async def _close_later(self, driver: LinkDriver, wait: float) -> None:
        try:
            await asyncio.wait_for(self._sent(), wait)
        except TimeoutError:
            log.warning("closing although something still waits to be sent after %g s", wait)
        self._close(driver, wait)

    def _close(self, driver: LinkDriver, wait: float) -> None:
        driver.close()
        self.loop.call_later(wait, self._close_now, driver)

    def _close_now(self, driver: LinkDriver) -> None:
        if not driver.stream.closed:
            driver.abort("the server did not close its direction of the stream")

    def abort(self) -> None:
        """End the connection at once, without a closing tag. What was not sent is lost. May be repeated."""
        attempting = self._give_up_attempt()
        self._returning = False
        driver = self._driver
        if driver is not None:
            driver.abort()
        if driver is not None or attempting:
            self.event("killed")

    def reconnect(self, wait: float = 2.0, reason: str = "Reconnecting") -> None:
        """Disconnect, and connect to the same place again."""
        if self._driver is None:
            self.connect()
            return
        self.del_event_handler("disconnected", self._connect_again)
        self.add_event_handler("disconnected", self._connect_again, disposable=True)
        self.disconnect(wait, reason)

    def _connect_again(self, _: Any) -> None:
        self._connect()


def _current_task() -> asyncio.Future[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
