# SPDX-License-Identifier: MIT
"""TCP and Unix sockets through asyncio: connecting with happy eyeballs (RFC 8305), and listening.

No TLS: that is the engine's. Errors of the operating system become ours here and nowhere else.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import socket
from collections.abc import Callable
from typing import Any, cast

from xmppkit.exceptions import ConnectionRefused, HostNotFound
from xmppkit.transports.base import Receiver, ReceiverT
from xmppkit.transports.endpoints import Endpoint

__all__ = ["CONNECT_TIMEOUT", "HAPPY_EYEBALLS_DELAY", "TcpConnector", "listen"]

#: Seconds that connecting to one endpoint may take, with all its addresses.
CONNECT_TIMEOUT = 10.0
#: Seconds after which the next address is tried beside the one that has not answered (RFC 8305 §8).
HAPPY_EYEBALLS_DELAY = 0.25


class TcpConnector:
    """Makes TCP connections, and connections to Unix sockets where an endpoint names one.

    :param timeout: seconds for one endpoint.
    :param use_ipv6: False uses IPv4 addresses only.
    :param happy_eyeballs_delay: seconds; None tries one address after the other.
    :param configure: called with the socket of each new connection, to set options on it.
    :param loop: the event loop; None takes the running one.
    """

    def __init__(
        self,
        *,
        timeout: float = CONNECT_TIMEOUT,
        use_ipv6: bool = True,
        happy_eyeballs_delay: float | None = HAPPY_EYEBALLS_DELAY,
        configure: Callable[[socket.socket], object] | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.timeout = timeout
        self.use_ipv6 = use_ipv6
        self.happy_eyeballs_delay = happy_eyeballs_delay
        self.configure = configure
        self._loop = loop

    async def connect(self, endpoint: Endpoint, receiver_factory: Callable[[], ReceiverT]) -> ReceiverT:
        """See `xmppkit.transports.base.Connector.connect`."""
        loop = self._loop or asyncio.get_running_loop()
        options: dict[str, Any] = {"family": socket.AF_UNSPEC if self.use_ipv6 else socket.AF_INET}
        if isinstance(loop, asyncio.BaseEventLoop):
            # Other loops (uvloop) do not know the argument.
            options["happy_eyeballs_delay"] = self.happy_eyeballs_delay
        made: list[ReceiverT] = []
        failures: list[Exception] = []

        def factory() -> asyncio.BaseProtocol:
            try:
                made.append(receiver_factory())
            except Exception as error:
                # Raised in here, it would leave asyncio with a socket that nobody closes.
                failures.append(error)
                return asyncio.Protocol()
            return _as_protocol(made[0])

        scope = asyncio.timeout(self.timeout)
        try:
            async with scope:
                if endpoint.path:
                    transport, _ = await loop.create_unix_connection(factory, endpoint.path)
                else:
                    transport, _ = await loop.create_connection(factory, endpoint.host, endpoint.port, **options)
        except OSError as error:  # TimeoutError is one
            raise _translate(error, endpoint, self.timeout, timed_out=scope.expired()) from error
        except NotImplementedError as error:
            raise ConnectionRefused("this system has no Unix sockets", where=str(endpoint)) from error
        except ValueError as error:  # a label that is empty or too long (UnicodeError), or a NUL
            raise HostNotFound(f"this is no host name: {error}", where=str(endpoint)) from error
        try:
            if failures:
                raise failures[0]
            _configure(transport.get_extra_info("socket"), self.configure)
        except BaseException:
            transport.abort()
            raise
        return made[0]


def _as_protocol(receiver: Receiver) -> asyncio.Protocol:
    """A receiver as asyncio's types want it: it has everything that asyncio calls."""
    return cast("asyncio.Protocol", receiver)


def _configure(sock: socket.socket | None, configure: Callable[[socket.socket], object] | None) -> None:
    if sock is None:
        return
    # A connection that is idle for hours is to be found dead some day even without whitespace keepalive.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if configure is not None:
        configure(sock)


def _translate(
    error: OSError, endpoint: Endpoint, timeout: float, *, timed_out: bool
) -> HostNotFound | ConnectionRefused:
    where = str(endpoint)
    if timed_out:
        return ConnectionRefused(
            f"no connection within {timeout:g} s",
            where=where,
            advice="check host and port, and whether a firewall drops the packets",
        )
    if isinstance(error, socket.gaierror):
        return HostNotFound(f"the host name does not resolve: {error.strerror}", where=where)
    # asyncio's summary of several addresses, each of which has failed, has their numbers in its text only.
    numbers = [error.errno] if error.errno is not None else [int(n) for n in _ERRNO.findall(str(error))]
    if numbers and all(number == errno.ECONNREFUSED for number in numbers):
        return ConnectionRefused("nothing listens there", where=where)
    said = ", ".join(_named(number) for number in dict.fromkeys(numbers)) or str(error)
    return ConnectionRefused(f"cannot connect: {said}", where=where)


_ERRNO = re.compile(r"\[Errno (\d+)\]")


def _named(number: int) -> str:
    return f"{os.strerror(number)} ({errno.errorcode.get(number, number)})"


async def listen(
    receiver_factory: Callable[[], Receiver],
    host: str | None = "127.0.0.1",
    port: int = 0,
    *,
    backlog: int = 100,
    loop: asyncio.AbstractEventLoop | None = None,
) -> asyncio.Server:
    """Accept TCP connections until the server is closed.

    :param receiver_factory: makes the receiver of each connection.
    :param host: the address to bind to; None binds to all.
    :param port: 0 takes a free one: ``server.sockets[0].getsockname()[1]``.
    :param backlog: connections that the operating system may hold until they are accepted.
    :raises OSError: the address cannot be bound.
    """
    loop = loop or asyncio.get_running_loop()
    return await loop.create_server(lambda: _as_protocol(receiver_factory()), host, port, backlog=backlog)
