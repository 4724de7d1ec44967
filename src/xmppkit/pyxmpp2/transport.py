# SPDX-License-Identifier: MIT
"""`TCPTransport`: finds the server, connects, and carries a stream's bytes; for any main loop.

The bytes go through `xmppkit.drivers.blocking`; TLS is in the engine. Before there is a connection the states are those
of `State`, each of which `TCPTransport.prepare` goes on from.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import logging
import math
import os
import select
import socket
import threading
import time
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

from xmppkit.drivers.blocking import BlockingDriver
from xmppkit.drivers.pollers import Ready
from xmppkit.pyxmpp2 import resolver as resolver  # declares the setting dns_resolver
from xmppkit.pyxmpp2 import streamevents
from xmppkit.pyxmpp2.exceptions import DNSError, PyXMPPIOError
from xmppkit.pyxmpp2.interfaces import Resolver, XMPPTransport
from xmppkit.pyxmpp2.mainloop.interfaces import HandlerReady, IOHandlerPrepareResult, PrepareAgain, TimedIOHandler
from xmppkit.pyxmpp2.settings import XMPPSettings

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from xmppkit.pyxmpp2.mainloop.interfaces import Event
    from xmppkit.pyxmpp2.streambase import StreamBase

__all__ = ["BLOCKING_ERRORS", "State", "TCPTransport"]

log = logging.getLogger("pyxmpp2.transport")

BLOCKING_ERRORS = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EINPROGRESS, errno.EINTR}

#: Seconds after which a resolver that answers from another thread is asked again.
RESOLVING_PAUSE = 0.02
#: Seconds that a thread waits before it looks again, where nothing wakes it.
THREAD_PAUSE = 0.25


class State(Enum):
    """How far a transport has come. The value is PyXMPP2's name for it."""

    NEW = None
    RESOLVE_SRV = "resolve-srv"
    RESOLVING_SRV = "resolving-srv"
    RESOLVE_HOSTNAME = "resolve-hostname"
    RESOLVING_HOSTNAME = "resolving-hostname"
    CONNECT = "connect"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    CLOSED = "closed"
    ABORTED = "aborted"


_OVER = (State.CLOSED, State.ABORTED)
_RESOLVING = (State.RESOLVING_SRV, State.RESOLVING_HOSTNAME)
_NEXT = (State.RESOLVE_HOSTNAME, State.CONNECT)


class TCPTransport(XMPPTransport, TimedIOHandler):
    """Carries one stream over TCP.

    :param settings: ``dns_resolver``, ``ipv4``, ``ipv6``, ``prefer_ipv6``, ``connect_timeout``, ``write_limit``.
    :param sock: a connection that there is already, as an accepted one.
    """

    def __init__(self, settings: XMPPSettings | None = None, sock: socket.socket | None = None) -> None:
        self.settings = XMPPSettings() if settings is None else settings
        self.lock = threading.RLock()
        self.state = State.NEW
        self._changed = threading.Condition(self.lock)
        self._target: StreamBase | None = None
        self._waiting: list[Event] = []
        self._driver: BlockingDriver | None = None
        self._socket: socket.socket | None = sock
        self._peer: Any = None
        self._domain = self._host = ""
        self._service: str | None = None
        self._port: int | None = None
        self._hosts: list[tuple[str, int]] = []
        self._addresses: list[tuple[int, str]] = []
        self._until: float | None = None
        self._failure: OSError | None = None
        self._in_threads = False
        if sock is not None:
            sock.setblocking(False)
            with contextlib.suppress(OSError):
                self._peer = sock.getpeername()
            self.state = State.CONNECTED

    # --- what programs and streams call ---------------------------------------------------------------

    def connect(self, addr: str, port: int | None = None, service: str | None = None) -> None:
        """Connect as soon as the transport is in a main loop.

        :param addr: a domain, host name or IP address.
        :param port: None: what the SRV records of `service` say.
        :param service: the service to look up, as ``xmpp-client``; where that fails `port` counts.
        :raises ValueError: the transport was used before; or an IP address, or no service, without a port.
        """
        if self.state is not State.NEW:
            raise ValueError("a transport is used once: make another one")
        literal = _family(addr)
        if port is None and (literal is not None or service is None):
            raise ValueError(f"the port of {addr} is missing")
        self._domain, self._service, self._port = addr, service, port
        if literal is not None:
            self._host, self._addresses, self.state = addr, [(literal, addr)], State.CONNECT
        elif service is not None and not (port is not None and _is_local(addr)):
            self.state = State.RESOLVE_SRV
        else:
            assert port is not None  # looked at above
            self._hosts = [(addr, port)]
            self.state = State.RESOLVE_HOSTNAME

    def set_target(self, stream: StreamBase) -> None:
        if self._target is not None:
            raise ValueError("a transport carries one stream")
        self._target = stream
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            stream.event(event)

    carry = set_target  # what a stream tells a transport of bytes by

    def event(self, event: Event) -> bool:
        """Report an event, as the stream's."""
        if self._target is None:
            self._waiting.append(event)
            return False
        return self._target.event(event)

    def is_connected(self) -> bool:
        return self.state is State.CONNECTED

    def disconnect(self) -> None:
        """End the stream, if there is one, and the connection in order."""
        engine = self._target.engine if self._target is not None else None
        if self._driver is not None and engine is not None:
            engine.close()
            self.wake()
        elif self.state not in _OVER:
            self.close()

    def close(self) -> None:
        """End the connection at once."""
        if self._driver is not None:
            if not self._driver.closed:
                self._driver.abort()
        elif self.state not in _OVER:
            self._finish(State.ABORTED)

    def wake(self) -> None:
        """Something was called on the stream: write what it made."""
        if self._driver is not None:
            self._driver.wake()
            with self._changed:
                self._changed.notify_all()

    def send_stream_head(
        self,
        stanza_namespace: str,
        stream_from: str | None,
        stream_to: str | None,
        stream_id: str | None = None,
        version: str = "1.0",
        language: str | None = None,
    ) -> None:
        """Does nothing: the stream writes its own opening tags, when it is their time."""

    def restart(self) -> None:
        """The stream begins anew; see `StreamBase.restart_stream`."""
        if self._target is not None:
            self._target.restart_stream()

    def send_stream_tail(self) -> None:
        """End the stream in order."""
        self.disconnect()

    def send_element(self, element: Element) -> None:
        """Send an element. Without a connection it is dropped."""
        if self._target is not None and self.is_connected():
            self._target.write_element(element)

    def starttls(self, **options: Any) -> None:
        """Not done by hand: the stream negotiates TLS, as the settings say.

        :raises ValueError: always.
        """
        raise ValueError("TLS is negotiated by the stream: use the settings starttls and tls_require")

    def getpeercert(self) -> Any:
        """The certificate of the other end, as `CertificateData`.

        :raises ValueError: there is no TLS, or no certificate.
        """
        from xmppkit.pyxmpp2.cert import CertificateData

        engine = self._target.engine if self._target is not None else None
        if engine is None or engine.tls_info is None or engine.tls_info.certificate is None:
            raise ValueError("there is no TLS, or no certificate")
        found = CertificateData.from_der_data(engine.tls_info.certificate)
        found.validated = bool(self.settings["tls_verify_peer"])
        return found

    @property
    def auth_properties(self) -> Mapping[str, Any]:
        engine = self._target.engine if self._target is not None else None
        found: dict[str, Any] = {}
        if isinstance(self._peer, tuple):
            found["remote-ip"] = self._peer[0]
        if self._service is not None:
            found["service-domain"] = self._domain
        if self._host:
            found["service-hostname"] = self._host
        if engine is not None and engine.secure:
            found["security-layer"] = "TLS"
            kinds = ("tls-unique", "tls-exporter", "tls-server-end-point")
            data = {kind: engine.channel_binding(kind) for kind in kinds}
            found["channel-binding"] = {kind: value for kind, value in data.items() if value is not None}
        else:
            found["security-layer"] = None
        return found

    # --- what main loops call -------------------------------------------------------------------------

    def prepare(self) -> IOHandlerPrepareResult:
        """Go on towards a connection.

        :raises DNSError: a look-up failed.
        :raises OSError: no address can be reached.
        """
        self._advance()
        if self.state is State.NEW or self.state in _RESOLVING:
            return PrepareAgain(RESOLVING_PAUSE)
        if self.state is State.CONNECTED:
            self._start()
        return HandlerReady()

    def _advance(self) -> None:
        """Go on until somebody else has to do something."""
        steps = {
            State.RESOLVE_SRV: self._resolve_srv,
            State.RESOLVE_HOSTNAME: self._resolve_hostname,
            State.CONNECT: self._connect,
        }
        while self.state in steps:
            steps[self.state]()

    def fileno(self) -> int | None:
        sock = self._socket
        if sock is None or self.state in _OVER:
            return None
        number = sock.fileno()
        return None if number < 0 else number

    def is_readable(self) -> bool:
        return self._driver is not None and bool(self._driver.wanted & Ready.READ)

    def is_writable(self) -> bool:
        if self.state is State.CONNECTING:
            return True
        return self._driver is not None and bool(self._driver.wanted & Ready.WRITE)

    def handle_read(self) -> None:
        if self._driver is not None and not self._driver.closed:
            self._driver.handle_read()

    def handle_write(self) -> None:
        if self.state is State.CONNECTING:
            self._connected()
        elif self._driver is not None and not self._driver.closed:
            if self._in_threads:
                self._driver.wake()  # handlers run in the thread that reads
            else:
                self._driver.handle_write()

    def handle_hup(self) -> None:
        self.handle_err()

    def handle_err(self) -> None:
        if self.state is State.CONNECTING:
            self._connected()
        else:
            self.handle_read()

    def handle_nval(self) -> None:
        """The socket was closed by somebody else.

        :raises PyXMPPIOError: always, once.
        """
        if self.state not in _OVER:
            self.close()
            raise PyXMPPIOError("the socket was closed by somebody else")

    def deadline(self) -> float | None:
        if self._driver is not None:
            return self._driver.deadline()
        if self.state in _RESOLVING:
            return time.monotonic() + RESOLVING_PAUSE
        return -math.inf if self.state in _NEXT else self._until

    def handle_timer(self) -> None:
        if self._driver is not None:
            self._driver.handle_timer()
        elif self.state in _NEXT:
            self._advance()
        elif self._until is not None and time.monotonic() >= self._until:
            self._next(errno.ETIMEDOUT)

    def wait_for_readability(self) -> bool:
        self._in_threads = True
        fd = self.fileno()
        if self.state in _OVER:
            return False
        if fd is None or not self.is_readable():
            with self._changed:
                self._changed.wait(THREAD_PAUSE)
            return self.state not in _OVER
        when = self.deadline()
        left = THREAD_PAUSE if when is None else min(THREAD_PAUSE, max(0.0, when - time.monotonic()))
        with contextlib.suppress(OSError, ValueError):  # closed meanwhile
            select.select([fd], [], [], left)
        return self.state not in _OVER

    def wait_for_writability(self) -> bool:
        self._in_threads = True
        fd = self.fileno()
        if self.state in _OVER:
            return False
        if fd is None or not self.is_writable():
            with self._changed:
                self._changed.wait(THREAD_PAUSE)
            return self.state not in _OVER
        with contextlib.suppress(OSError, ValueError):
            select.select([], [fd], [], THREAD_PAUSE)
        return self.state not in _OVER

    # --- towards a connection -------------------------------------------------------------------------

    def _resolve_srv(self) -> None:
        assert self._service is not None  # else nothing is looked up
        self.state = State.RESOLVING_SRV
        self.event(streamevents.ResolvingSRVEvent(self._domain, self._service))
        self._resolver().resolve_srv(self._domain, self._service, "tcp", self._got_srv)

    def _got_srv(self, found: list[tuple[str, int]]) -> None:
        if found and found[0][0] == ".":
            self._fail_later(DNSError(f"{self._domain} says that it has no service {self._service!r}"))
        elif found:
            self._hosts = list(found)
        elif self._port is not None:
            self._hosts = [(self._domain, self._port)]
        else:
            self._fail_later(DNSError(f"{self._domain} has no SRV records for {self._service!r}"))
        self._go_to(State.RESOLVE_HOSTNAME)

    def _resolve_hostname(self) -> None:
        if not self._hosts:
            self._give_up()
        self._host, self._port = self._hosts.pop(0)
        self.state = State.RESOLVING_HOSTNAME
        self.event(streamevents.ResolvingAddressEvent(self._host))
        self._resolver().resolve_address(self._host, self._got_addresses)

    def _got_addresses(self, found: list[tuple[int, str]]) -> None:
        self._addresses = list(found)
        if not found:
            self._fail_later(DNSError(f"the host {self._host} was not found"))
        self._go_to(State.CONNECT if found else State.RESOLVE_HOSTNAME)

    def _resolver(self) -> Resolver:
        found: Resolver = self.settings["dns_resolver"]
        return found

    def _go_to(self, state: State) -> None:
        """A resolver has answered, in whatever thread."""
        with self._changed:
            if self.state not in _OVER:
                self.state = state
            self._changed.notify_all()

    def _connect(self) -> None:
        """Try the next address, or the next host."""
        while self._addresses:
            family, address = self._addresses.pop(0)
            sock = socket.socket(family, socket.SOCK_STREAM)
            sock.setblocking(False)
            self._socket, self._peer = sock, (address, self._port)
            self._until = time.monotonic() + self.settings["connect_timeout"]
            self.state = State.CONNECTING
            self.event(streamevents.ConnectingEvent(self._peer))
            number = sock.connect_ex(self._peer)
            if number in BLOCKING_ERRORS or number == 0:
                return
            self._note(number)
        self.state = State.RESOLVE_HOSTNAME

    def _connected(self) -> None:
        """There is a connection, or there will be none."""
        assert self._socket is not None
        number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            self._next(number)
            return
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._until = None
        self._go_to(State.CONNECTED)
        self._start()

    def _next(self, number: int) -> None:
        self._note(number)
        self._until = None
        self.state = State.CONNECT
        self._advance()

    def _note(self, number: int) -> None:
        """An address cannot be reached, for the reason with this number."""
        address, port = self._peer[:2]
        where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        self._failure = OSError(number, os.strerror(number), where)
        log.info("an address cannot be reached: %s", self._failure)
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _fail_later(self, error: DNSError) -> None:
        self._dns_failure = error

    _dns_failure: DNSError | None = None

    def _give_up(self) -> None:
        self._finish(State.ABORTED)
        raise self._failure or self._dns_failure or PyXMPPIOError("there is nothing to connect to")

    def _start(self) -> None:
        """There is a connection: the stream begins, if there is one."""
        target, sock = self._target, self._socket
        if self._driver is not None or target is None or sock is None or target.engine is None:
            return
        accepted = self._host == ""
        kind = streamevents.ConnectionAcceptedEvent if accepted else streamevents.ConnectedEvent
        self.event(kind(self._peer))
        limit = self.settings["write_limit"]
        self._driver = BlockingDriver(target.engine, target.take, sock, on_closed=self._closed, write_limit=limit)
        self._driver.start()

    def _closed(self, error: OSError | None) -> None:
        self._finish(State.CLOSED if error is None else State.ABORTED)
        target = self._target
        if error is not None and target is not None and target.initiator and target.error is not None:
            raise error

    def _finish(self, state: State) -> None:
        with self._changed:
            self.state = state
            self._changed.notify_all()
        if self._socket is not None:
            self._socket.close()
            self.event(streamevents.DisconnectedEvent(self._peer))


def _is_local(name: str) -> bool:
    """Whether DNS knows nothing of a name (RFC 6761 §6.3)."""
    return name == "localhost" or name.endswith(".localhost")


def _family(text: str) -> int | None:
    """Of which family `text` is an address; None if it is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return socket.AF_INET6 if address.version == 6 else socket.AF_INET
