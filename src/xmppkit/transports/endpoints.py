# SPDX-License-Identifier: MIT
"""Where to connect: an address that the user gave, or what DNS says of the domain (RFC 6120 §3.2, XEP-0368).

The records ``_xmpps-client._tcp`` (direct TLS) and ``_xmpp-client._tcp`` (STARTTLS) are taken as one set:
priorities and weights are the operator's word on which to prefer (XEP-0368 §3). An endpoint only ever says
where to connect; the certificate is checked against the domain of the JID, wherever the connection leads.
"""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from itertools import accumulate
from typing import TYPE_CHECKING

from xmppkit.exceptions import ConfigurationError, HostNotFound
from xmppkit.protocol.tls import tls_name
from xmppkit.records import record

if TYPE_CHECKING:
    from xmppkit.transports.resolver import Resolver, SrvRecord

__all__ = [
    "DIRECT_TLS_PORT",
    "PORT",
    "UNIX",
    "Endpoint",
    "TransportKind",
    "explicit_endpoint",
    "find_endpoints",
    "is_url",
    "order_records",
    "url_endpoint",
]

log = logging.getLogger(__name__)

#: Where clients connect when neither the user nor DNS says otherwise (RFC 6120 §14.7).
PORT = 5222
#: The same for direct TLS: never registered, but what servers use.
DIRECT_TLS_PORT = 5223
#: What an address begins with that is a Unix socket.
UNIX = "unix:"


class TransportKind(Enum):
    """What moves the bytes of a stream."""

    TCP = "tcp"
    """RFC 6120, with STARTTLS or direct TLS; Unix sockets too."""
    WEBSOCKET = "websocket"
    """RFC 7395."""
    BOSH = "bosh"
    """XEP-0124 and XEP-0206."""


# The scheme of a URL: the kind of transport, and the port where none is named.
_SCHEMES = {
    "wss": (TransportKind.WEBSOCKET, 443),
    "ws": (TransportKind.WEBSOCKET, 80),
    "https": (TransportKind.BOSH, 443),
    "http": (TransportKind.BOSH, 80),
}


@record(frozen=True, slots=True)
class Endpoint:
    """One place to connect to.

    :ivar host: name or IP address, without brackets.
    :ivar port: TCP port.
    :ivar direct_tls: TLS from the first byte; otherwise STARTTLS, or none.
    :ivar service: the SRV service it was found by, as ``xmpp-client``; empty when DNS was not asked.
    :ivar path: a Unix socket; host and port mean nothing then.
    :ivar kind: what to connect with.
    :ivar url: where, if that is not TCP. Its TLS is the transport's, which checks the certificate against the URL's
        host; `direct_tls` is about streams.
    """

    host: str
    port: int
    direct_tls: bool = False
    service: str = ""
    path: str = ""
    kind: TransportKind = TransportKind.TCP
    url: str = ""

    @property
    def encrypted(self) -> bool:
        """Whether the transport itself has TLS."""
        return self.url.startswith(("wss:", "https:"))

    def __str__(self) -> str:
        if self.url:
            return self.url
        if self.path:
            return UNIX + self.path
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port} (direct TLS)" if self.direct_tls else f"{host}:{self.port}"


def explicit_endpoint(host: str, port: int | None = None, *, direct_tls: bool = False) -> Endpoint:
    """The endpoint that a user named. Nothing is probed: STARTTLS unless `direct_tls`.

    :param host: name or IP address; brackets around an IPv6 address are accepted. ``unix:/path`` is a Unix socket.
    :param port: None takes 5222, or 5223 with direct TLS; without effect with a Unix socket.
    :raises ConfigurationError: the host is empty or the port is none.
    """
    if host.startswith(UNIX) and host != UNIX:
        return Endpoint("", 0, direct_tls, path=host.removeprefix(UNIX))
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    number = (DIRECT_TLS_PORT if direct_tls else PORT) if port is None else port
    if not bare:
        raise ConfigurationError("the host to connect to is empty")
    if not 1 <= number <= 65535:
        raise ConfigurationError(f"port takes 1 to 65535, not {number!r}")
    return Endpoint(bare, number, direct_tls)


def is_url(text: str) -> bool:
    """Whether a place to connect to is given as a URL, as ``wss://example.org/xmpp-websocket``."""
    return text.partition("://")[0] in _SCHEMES and "://" in text


def url_endpoint(url: str) -> Endpoint:
    """The endpoint that a URL names: ``wss:`` and ``ws:`` are WebSockets, ``https:`` and ``http:`` are BOSH.

    :raises ConfigurationError: it is no such URL, or has a name and a password in it, which no part of XMPP asks for.
    """
    from urllib.parse import urlsplit  # it takes longer to load than all of this

    try:
        parts = urlsplit(url)
        known = parts.scheme in _SCHEMES and parts.hostname and parts.port != 0
    except ValueError:  # brackets without an end, or a port that is no number
        known = False
    if not known or "@" in parts.netloc or parts.fragment:
        raise ConfigurationError("a URL to connect to is wss://host/path, or https://host/path for BOSH")
    if not url.isprintable() or " " in url:
        raise ConfigurationError("a URL to connect to has no blanks and no control characters")
    kind, port = _SCHEMES[parts.scheme]
    return Endpoint(parts.hostname or "", parts.port or port, kind=kind, url=url)


def _randint(low: int, high: int) -> int:
    import random  # only who looks up SRV records pays for loading it

    return random.randint(low, high)  # noqa: S311 - nothing secret


def order_records(records: Iterable[SrvRecord], randint: Callable[[int, int], int] = _randint) -> list[SrvRecord]:
    """The order in which to try SRV records (RFC 2782, "Usage rules"): by priority, and among equals at
    random, in proportion to the weights.

    :param randint: a whole number between two, both included.
    """
    found = list(records)
    return [found[position] for position in _order(found, randint)]


def _order(records: Sequence[SrvRecord], randint: Callable[[int, int], int]) -> list[int]:
    """`order_records`, by positions: two services may have equal records."""
    groups: dict[int, list[int]] = {}
    for position, srv in enumerate(records):
        groups.setdefault(srv.priority, []).append(position)
    ordered: list[int] = []
    for _, group in sorted(groups.items()):
        # Weight 0 first: it is to have a small chance, not none.
        waiting = sorted(group, key=lambda position: records[position].weight != 0)
        while waiting:
            sums = list(accumulate(records[position].weight for position in waiting))
            # The first whose running sum reaches a number drawn from 0 to the sum of all.
            ordered.append(waiting.pop(bisect_left(sums, randint(0, sums[-1]))))
    return ordered


async def find_endpoints(
    domain: str,
    resolver: Resolver,
    *,
    direct_tls: bool = True,
    starttls: bool = True,
    port: int = PORT,
    tls_services: Sequence[str] = ("xmpps-client",),
    starttls_services: Sequence[str] = ("xmpp-client",),
    randint: Callable[[int, int], int] = _randint,
) -> list[Endpoint]:
    """Where the server of a domain is, in the order to try.

    An IP address and ``localhost`` are not looked up. Without SRV records it is the domain itself (RFC 6120
    §3.2.2), which is not resolved here.

    :param domain: the domain of the JID.
    :param direct_tls: look for services with direct TLS.
    :param starttls: look for services without.
    :param port: where to connect without SRV records.
    :param tls_services: SRV services with direct TLS.
    :param starttls_services: SRV services without.
    :param randint: decides among records of one priority.
    :raises HostNotFound: the domain says that it has no such service.
    :raises ConfigurationError: both kinds are off.
    """
    if not direct_tls and not starttls:
        raise ConfigurationError("no way to connect is enabled: enable_direct_tls and enable_starttls are off")
    name = tls_name(domain)
    services = [(service, True) for service in tls_services if direct_tls]
    services += [(service, False) for service in starttls_services if starttls]
    if _is_local(name):
        services = []
    answers = await asyncio.gather(*(_look_up(resolver, service, name) for service, _ in services))
    found: list[SrvRecord] = []
    endpoints: list[Endpoint] = []
    refused = False
    for (service, direct), records in zip(services, answers, strict=True):
        for srv in records:
            if srv.target in (".", ""):
                refused = True  # RFC 2782: the service is decidedly not available at this domain
            else:
                found.append(srv)
                endpoints.append(Endpoint(srv.target.rstrip("."), srv.port, direct, service))
    if found:
        return [endpoints[position] for position in _order(found, randint)]
    if refused:  # XEP-0368 §5: no fallback to the domain itself, even if only one of the services says so
        raise HostNotFound("the domain says that it has no XMPP service for clients", where=domain)
    if starttls:
        return [Endpoint(name, port)]
    return [Endpoint(name, DIRECT_TLS_PORT if port == PORT else port, True)]


def _is_local(name: str) -> bool:
    """Whether DNS knows nothing of the name: an address, or what RFC 6761 §6.3 keeps from DNS."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    import ipaddress

    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def _look_up(resolver: Resolver, service: str, name: str) -> list[SrvRecord]:
    try:
        return await resolver.srv(f"_{service}._tcp.{name}")
    except HostNotFound as error:
        # RFC 6120 §3.2.1: without a response to the SRV query, the domain itself is tried.
        log.warning("no answer to the SRV query for %s at %s: %s", service, name, error)
        return []
