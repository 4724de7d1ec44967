# SPDX-License-Identifier: MIT
"""Connecting through a proxy: SOCKS5 (RFC 1928, with passwords of RFC 1929) or HTTP CONNECT (RFC 9110 §9.3.6).

The proxy gets the name of the host and looks it up itself. It sees where the connection leads, and bytes of a stream
that is encrypted from end to end: the certificate is checked as it is without a proxy.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import re
from collections.abc import Callable, Generator
from dataclasses import field
from enum import Enum
from typing import Any, Generic
from urllib.parse import SplitResult, unquote, urlsplit

from xmppkit.exceptions import ConfigurationError, ConnectionRefused, HostNotFound, ProxyRefused, RemoteError
from xmppkit.protocol.tls import tls_name
from xmppkit.records import record
from xmppkit.transports.base import Connector, ReceiverT
from xmppkit.transports.endpoints import Endpoint

__all__ = ["PROXY_TIMEOUT", "Proxy", "ProxyConnector", "ProxyKind"]

#: Seconds that a proxy may take, from the connection to it until the one through it.
PROXY_TIMEOUT = 10.0
#: Bytes of the head of a proxy's answer over HTTP.
HEAD = 16384

#: Yields what to send, and is resumed when more has come; ends when the connection is through.
Dialogue = Generator[bytes, None, None]


class ProxyKind(Enum):
    """How a proxy is asked."""

    SOCKS5 = "socks5"
    HTTP = "http"


_PORTS = {ProxyKind.SOCKS5: 1080, ProxyKind.HTTP: 8080}
_KINDS = {"socks5": ProxyKind.SOCKS5, "socks5h": ProxyKind.SOCKS5, "http": ProxyKind.HTTP}


@record(frozen=True, slots=True)
class Proxy:
    """Where a proxy is, and how it knows us. Neither ``repr()`` nor ``str()`` shows the password.

    :ivar host: name or IP address, without brackets.
    :ivar username: empty: we do not log in.
    :raises ConfigurationError: a username or password that the kind of proxy cannot be told.
    """

    kind: ProxyKind
    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.kind is ProxyKind.SOCKS5 and max(len(self.username.encode()), len(self.password.encode())) > 255:
            raise ConfigurationError("proxy: username and password have at most 255 bytes with SOCKS5 (RFC 1929)")
        if self.kind is ProxyKind.HTTP and ":" in self.username:
            raise ConfigurationError("proxy: a username has no colon with HTTP (RFC 7617)")

    @classmethod
    def parse(cls, url: str) -> Proxy:
        """The proxy that a URL names: ``socks5://host:1080``, ``http://user:password@host:8080``. Special characters in
        username and password are percent-encoded.

        :raises ConfigurationError: it names none. The text does not repeat the URL, which may hold a password.
        """
        try:
            parts = urlsplit(url)
            kind, port = _KINDS.get(parts.scheme), parts.port
        except ValueError:  # brackets without an end, or a port that is no number
            kind = None
        if kind is None or not parts.hostname or port == 0 or _more(parts):
            raise ConfigurationError(
                "proxy takes socks5://host:port or http://host:port, with user:password@ if it asks"
            )
        name, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(kind, parts.hostname, port or _PORTS[kind], name, password)

    def __str__(self) -> str:
        return f"{self.kind.value}://{Endpoint(self.host, self.port)}"


def _more(parts: SplitResult) -> bool:
    """Whether a URL says more than where something is."""
    return parts.path not in ("", "/") or bool(parts.query or parts.fragment)


# --- what is said to a proxy ----------------------------------------------------------------------------


def _take(received: bytearray, count: int) -> Generator[bytes, None, bytes]:
    while len(received) < count:
        yield b""
    taken = bytes(received[:count])
    del received[:count]
    return taken


# RFC 1928 §6; what may pass by itself is a ConnectionRefused.
_REPLIES = {
    1: "it has failed", 2: "its rules do not allow it", 3: "the network cannot be reached",
    4: "the host cannot be reached, or has no such name", 5: "nothing listens there", 6: "it took too long",
    7: "it does not know the command", 8: "it does not know the type of address",
}  # fmt: skip
_FOR_GOOD = frozenset({2, 7, 8})


def _socks5(proxy: Proxy, endpoint: Endpoint, received: bytearray) -> Dialogue:
    methods = b"\x00\x02" if proxy.username else b"\x00"
    yield bytes((5, len(methods))) + methods
    version, method = yield from _take(received, 2)
    if version != 5:
        raise ProxyRefused("it does not speak SOCKS5", where=str(proxy))
    if method == 2 and proxy.username:
        name, password = proxy.username.encode(), proxy.password.encode()
        yield bytes((1, len(name))) + name + bytes((len(password),)) + password
        _, status = yield from _take(received, 2)
        if status:
            raise ProxyRefused("it refused username and password", where=str(proxy))
    elif method != 0:
        said = "none of our ways to log in pleases it" if proxy.username else "it wants username and password"
        raise ProxyRefused(said, where=str(proxy))
    yield b"\x05\x01\x00" + _socks_address(endpoint) + endpoint.port.to_bytes(2)
    version, reply, _, kind = yield from _take(received, 4)
    if version != 5 or (reply == 0 and kind not in (1, 3, 4)):
        raise ProxyRefused("it does not speak SOCKS5", where=str(proxy))
    if reply:
        kind_of_error = ProxyRefused if reply in _FOR_GOOD else ConnectionRefused
        said = _REPLIES.get(reply, f"it answered {reply}")
        raise kind_of_error(f"the proxy did not connect: {said}", where=_both(endpoint, proxy))
    length = {1: 4, 4: 16}.get(kind) or (yield from _take(received, 1))[0]
    yield from _take(received, length + 2)  # from where it has connected: nobody cares


def _socks_address(endpoint: Endpoint) -> bytes:
    try:
        address = ipaddress.ip_address(endpoint.host)
    except ValueError:
        name = _name(endpoint)
        if not 0 < len(name) < 256:
            raise HostNotFound("this is no host name", where=str(endpoint)) from None
        return bytes((3, len(name))) + name
    return bytes((1 if address.version == 4 else 4,)) + address.packed


def _name(endpoint: Endpoint) -> bytes:
    try:
        name = tls_name(endpoint.host).encode("ascii")
    except UnicodeEncodeError:
        name = b""
    if not re.fullmatch(rb"[!-~]+", name):  # a line break would be a header of our making
        raise HostNotFound("this is no host name", where=str(endpoint))
    return name


_STATUS = re.compile(rb"HTTP/1\.[0-9] ([0-9]{3})(?: ([^\r\n]*))?\r?\n")


def _http(proxy: Proxy, endpoint: Endpoint, received: bytearray) -> Dialogue:
    host = _name(endpoint)
    place = (b"[%s]:%d" if b":" in host else b"%s:%d") % (host, endpoint.port)
    asking = b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n" % (place, place)
    if proxy.username:
        token = base64.b64encode(f"{proxy.username}:{proxy.password}".encode())
        asking += b"Proxy-Authorization: Basic %s\r\n" % token
    yield asking + b"\r\n"
    while (end := received.find(b"\r\n\r\n")) < 0:
        if len(received) > HEAD or (len(received) >= 5 and not received.startswith(b"HTTP/")):
            raise ProxyRefused("it does not speak HTTP", where=str(proxy))
        yield b""
    status = _STATUS.match(bytes(received[: end + 4]))
    del received[: end + 4]
    if status is None:
        raise ProxyRefused("it does not speak HTTP", where=str(proxy))
    code = int(status[1])
    if not 200 <= code < 300:
        words = f"{code} {(status[2] or b'').decode('latin-1')[:80]}".strip()
        kind = ConnectionRefused if code >= 500 else ProxyRefused
        raise kind(f"the proxy did not connect: {words}", where=_both(endpoint, proxy))


def _both(endpoint: Endpoint, proxy: Proxy) -> str:
    return f"{endpoint} through {proxy}"


_DIALOGUES = {ProxyKind.SOCKS5: _socks5, ProxyKind.HTTP: _http}


# --- connecting -------------------------------------------------------------------------------------------


class _Tunnel(Generic[ReceiverT]):
    """Faces the proxy: talks to it, then gives everything to the receiver that the connection is for.

    :param dialogue: what to say to the proxy.
    :param received: what it reads.
    :param done: gets the receiver, or why there is none.
    """

    def __init__(
        self,
        dialogue: Dialogue,
        received: bytearray,
        make_receiver: Callable[[], ReceiverT],
        done: asyncio.Future[ReceiverT],
        where: str,
    ) -> None:
        self._dialogue = dialogue
        self._received = received
        self._make_receiver = make_receiver
        self._done = done
        self._where = where
        self._receiver: ReceiverT | None = None
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._go_on()

    def data_received(self, data: bytes) -> None:
        if self._receiver is not None:
            self._receiver.data_received(data)
        elif not self._done.done():
            self._received += data
            self._go_on()

    def _go_on(self) -> None:
        try:
            while asked := next(self._dialogue):
                self._transport.write(asked)
        except StopIteration:
            self._through()
        except RemoteError as error:
            self._done.set_exception(error)

    def _through(self) -> None:
        try:
            self._receiver = receiver = self._make_receiver()
        except Exception as error:
            self._done.set_exception(error)
            return
        receiver.connection_made(self._transport)
        self._done.set_result(receiver)
        if self._received:  # what came behind the proxy's words is the server's
            receiver.data_received(bytes(self._received))

    def eof_received(self) -> bool | None:
        return self._receiver.eof_received() if self._receiver is not None else None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._receiver is not None:
            self._receiver.connection_lost(exc)
        elif not self._done.done():
            self._done.set_exception(ConnectionRefused("the proxy closed the connection", where=self._where))

    def pause_writing(self) -> None:
        if self._receiver is not None:
            self._receiver.pause_writing()

    def resume_writing(self) -> None:
        if self._receiver is not None:
            self._receiver.resume_writing()

    def abort(self) -> None:
        self._transport.abort()


class ProxyConnector:
    """Makes connections through a proxy; those to Unix sockets do without.

    :param proxy: which one.
    :param inner: makes the connection to the proxy.
    :param timeout: seconds from then until the proxy has connected.
    """

    def __init__(self, proxy: Proxy, inner: Connector, *, timeout: float = PROXY_TIMEOUT) -> None:
        self.proxy = proxy
        self._inner = inner
        self._timeout = timeout

    async def connect(self, endpoint: Endpoint, receiver_factory: Callable[[], ReceiverT]) -> ReceiverT:
        """See `xmppkit.transports.base.Connector.connect`.

        :raises ProxyRefused: the proxy does not want us, or is none.
        """
        if endpoint.path:
            return await self._inner.connect(endpoint, receiver_factory)
        where = _both(endpoint, self.proxy)
        done: asyncio.Future[ReceiverT] = asyncio.get_running_loop().create_future()
        received = bytearray()
        dialogue = _DIALOGUES[self.proxy.kind](self.proxy, endpoint, received)
        tunnel = _Tunnel(dialogue, received, receiver_factory, done, where)
        try:
            await self._inner.connect(Endpoint(self.proxy.host, self.proxy.port), lambda: tunnel)
        except (HostNotFound, ConnectionRefused) as error:
            raise type(error)(f"the proxy cannot be reached: {error.reason}", where=where) from error
        try:
            async with asyncio.timeout(self._timeout):
                return await done
        except TimeoutError:
            tunnel.abort()
            raise ConnectionRefused(f"the proxy did not connect within {self._timeout:g} s", where=where) from None
        except BaseException:
            tunnel.abort()
            raise
