# SPDX-License-Identifier: MIT
"""XMLStream: what a program holds of a connection. Driver and hub, without protocol logic.

The engine (`xmppkit.protocol`) knows XMPP, the driver (`xmppkit.drivers`) moves its bytes, and this class joins them with
handlers, events, filters, schedules and IQ futures (`xmppkit.dispatch`). The rest is in the files beside it: ``hub``
(handlers, events, filters, schedules, tasks), ``connector`` (attempts to connect), ``sending``, ``receiving``, ``security``.

From received bytes to action: elements become stanza objects by qualified name; those pass the ``in`` filters and go to all
handlers that match, in order of registration; callbacks are called at once, coroutines become tasks; handlers of the
library raise events, and event handlers are called the same way.

Nothing here is safe to call from a thread other than the event loop's.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar
from xml.etree import ElementTree as ET

from xmppkit.dispatch.filters import Pipeline
from xmppkit.drivers.asyncio import AsyncioDriver
from xmppkit.exceptions import (
    CertificateInvalid,
    InvalidCABundle,
    LocalProtocolError,
    NotConnectedError,
    RemoteError,
)
from xmppkit.jid.address import JID
from xmppkit.protocol import events
from xmppkit.protocol.connection import Connection
from xmppkit.stanza.base import StanzaBase
from xmppkit.transports.endpoints import Endpoint, explicit_endpoint, find_endpoints
from xmppkit.transports.resolver import DnsResolver, Resolver
from xmppkit.transports.tcp import TcpConnector
from xmppkit.xml import names
from xmppkit.xmlstream.connector import Connector, worth_another
from xmppkit.xmlstream.hub import Hub
from xmppkit.xmlstream.receiving import Intake
from xmppkit.xmlstream.security import CaCerts, Path, applied, own_context, shared_context, tls_policy
from xmppkit.xmlstream.sending import Sender

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from xmppkit.protocol.options import TlsPolicy
    from xmppkit.transports.base import Connector as TransportConnector

__all__ = ["InvalidCABundle", "NotConnectedError", "XMLStream"]

log = logging.getLogger(__name__)

#: Seconds that tasks of the stream may go on after its end before they are cancelled.
TASK_GRACE = 5.0
#: Tasks above which no more is read, and at or below which reading goes on. A program whose handlers start tasks faster
#: than they end would otherwise fill the memory.
MANY_TASKS, FEW_TASKS = 1000, 500
#: Name of the schedule that sends white space. COMPAT(slixmpp 1.17)
KEEPALIVE = "Whitespace Keepalive"


class _Driver(AsyncioDriver):
    """Says when the transport is there, which no event of the engine does."""

    on_connected: Callable[[], object]

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.on_connected()


class XMLStream(Hub):
    """A stream to one server, over one connection after the other.

    :param host: where to connect, with `port`; empty: what DNS says of the domain.
    :param port: see `host`.
    :param ssl_context: the TLS context to use instead of one made from `ca_certs` and its neighbours.
    :param loop: the event loop; None takes the running one when it is first needed.

    ``async with stream:`` connects, waits for the session and disconnects in the end; it raises the `RemoteError` when
    no session comes about.
    """

    is_component: bool = False

    def __init__(
        self,
        host: str = "",
        port: int = 0,
        ssl_context: ssl.SSLContext | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(loop)
        #: The stream's own address, once it has one.
        self.boundjid = JID()
        #: Where to connect: (host, port); None: what DNS says of `default_domain`.
        self.custom_address: tuple[str, int] | None = (host, port) if host and port else None
        self.default_port = 5222
        #: The domain that is looked up, and that the certificate must prove.
        self.default_domain = ""
        #: Use endpoints with TLS from the first byte (XEP-0368).
        self.enable_direct_tls = True
        #: Use endpoints with STARTTLS. Together with `enable_plaintext`: only where it is offered.
        self.enable_starttls = True
        #: Allow connections that are not encrypted.
        self.enable_plaintext = False
        #: The SRV services to look for.
        self.tls_services: set[str] = set()
        self.starttls_services: set[str] = set()
        self.use_ipv6 = True
        #: COMPAT(slixmpp 1.17): accepted and without effect.
        self.use_aiodns = True
        self.use_cdata = False
        #: Authorities to trust instead of the system's: a PEM file, or several of which those that exist count.
        self.ca_certs: CaCerts | None = None
        #: Our own certificate and key, for SASL EXTERNAL.
        self.certfile: Path | None = None
        self.keyfile: Path | None = None
        #: OpenSSL cipher list for TLS 1.2.
        self.ciphers: str | None = None
        #: Send a space now and then, so that a connection that is gone is noticed and one that is idle is kept.
        self.whitespace_keepalive = True
        #: Seconds between two of them.
        self.whitespace_keepalive_interval = 300.0
        #: Connect again when the connection of a session is lost.
        self.auto_reconnect = True
        #: Drop what waits to be sent, and raise ``session_end``, when the connection is lost.
        self.end_session_on_disconnect = True
        #: Why the stream was closed, as it was told to `disconnect`.
        self.disconnect_reason: str | None = None
        #: The `RemoteError` that ended the last connection or attempt; None while there was none.
        self.last_error: Exception | None = None
        self.event_when_connected = "connected"
        self.default_ns = ""
        self.stream_ns = names.STREAM
        self.namespace_map = {names.XML: "xml", names.STREAM: "stream"}
        #: The language of what we send, and of what names none in the stream we receive.
        self.default_lang: str | None = None
        self.peer_default_lang: str | None = None
        self.stream_id: str | None = None
        self.stream_version: str | None = None
        self.use_message_ids = False
        self.use_presence_ids = False
        self.use_origin_id = False
        #: What makes connections and looks up names; None: TCP and the system's name servers.
        self.transport_connector: TransportConnector | None = None
        self.resolver: Resolver | None = None
        self._ssl_context = ssl_context
        self._driver: _Driver | None = None
        self._endpoint: Endpoint | None = None
        self._established: asyncio.Future[None] | None = None
        self._session_started = False
        self._disconnected: asyncio.Future[Any] | None = None
        self._departing: set[asyncio.Future[Any] | None] = set()
        self._connector = Connector(self, self._tasks.wrap)
        self._sender = Sender(self, self._filters, self._tasks.spawn, self._report_unsent)
        self._intake = Intake(
            self, self._filters, self._handlers, self._resolve, self._tasks.spawn, self._report
        )
