# SPDX-License-Identifier: MIT
"""Looking up names, with slixmpp's functions: `resolve`, `get_SRV`, `get_A`, `get_AAAA`.

Streams do not use them: they ask a `xmppkit.transports.resolver.Resolver`, and leave host names to the operating
system. They are for programs that look something up themselves.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from xmppkit.exceptions import HostNotFound
from xmppkit.transports.endpoints import order_records
from xmppkit.transports.resolver import DnsResolver, SrvRecord

__all__ = ["ResolverProtocol", "SRVAnswer", "default_resolver", "get_A", "get_AAAA", "get_SRV", "resolve"]


@dataclass(slots=True)
class SRVAnswer:
    """An SRV record (RFC 2782).

    :ivar host: where the service is.
    :ivar priority: lower is tried first.
    :ivar weight: among equal priorities, a larger one is tried first more often.
    """

    host: str
    priority: int
    weight: int
    port: int


class _Addresses(Protocol):
    """The addresses of a host."""

    addresses: Sequence[str]


class ResolverProtocol(Protocol):
    """What looks names up; aiodns' ``DNSResolver`` is one. Failures are `OSError` or `HostNotFound`."""

    def gethostbyname(self, host: str, family: socket.AddressFamily) -> Awaitable[_Addresses]:
        """The addresses of a host, of one family."""

    def query(self, host: str, qtype: Literal["SRV"]) -> Awaitable[Sequence[SRVAnswer]]:
        """The SRV records of a name."""


@dataclass(slots=True)
class _Answer:
    addresses: Sequence[str]


class _Default:
    """The system's name service, and its name servers for SRV records.

    :param loop: where the look-ups run; None: the one that is running.
    """

    def __init__(self, loop: AbstractEventLoop | None = None) -> None:
        self._loop = loop
        self._dns = DnsResolver()

    async def gethostbyname(self, host: str, family: socket.AddressFamily) -> _Answer:
        loop = self._loop or asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, None, family=family, type=socket.SOCK_STREAM)
        return _Answer(list(dict.fromkeys(str(place[0]) for *_, place in found)))

    async def query(self, host: str, qtype: Literal["SRV"]) -> list[SRVAnswer]:
        records = await self._dns.srv(host)
        return [SRVAnswer(record.target, record.priority, record.weight, record.port) for record in records]


def default_resolver(loop: AbstractEventLoop | None = None) -> ResolverProtocol:
    """What these functions ask when they are not told whom.

    :param loop: the loop in which it will be used; None: the one that is running then.
    """
    return _Default(loop)


def _address(host: str, version: int) -> str | None:
    """`host` if it is an IP address of that version, without brackets; None if not."""
    bare = host[1:-1] if host[:1] == "[" and host[-1:] == "]" else host
    try:
        return bare if ipaddress.ip_address(bare).version == version else None
    except ValueError:
        return None


async def _addresses(
    host: str, family: socket.AddressFamily, loop: AbstractEventLoop | None, resolver: ResolverProtocol | None
) -> list[str]:
    literal = _address(host, 4 if family is socket.AF_INET else 6)
    if literal is not None:
        return [literal]
    if _address(host, 6 if family is socket.AF_INET else 4) is not None:
        return []
    try:
        return list((await (resolver or default_resolver(loop)).gethostbyname(host, family)).addresses)
    except (OSError, HostNotFound):
        return []


async def get_A(  # noqa: N802 (its name in slixmpp)
    host: str,
    *,
    loop: AbstractEventLoop | None = None,
    resolver: ResolverProtocol | None = None,
    use_aiodns: bool = True,
) -> list[str]:
    """The IPv4 addresses of a host; empty if it has none, or nobody knows.

    :param host: a name, or an address, which is its own answer.
    :param loop: where to look up; None: the one that is running.
    :param resolver: whom to ask; None: the system.
    :param use_aiodns: COMPAT(slixmpp 1.17): without effect: `resolver` says whom to ask.
    """
    return await _addresses(host, socket.AF_INET, loop, resolver)


async def get_AAAA(  # noqa: N802 (its name in slixmpp)
    host: str,
    *,
    loop: AbstractEventLoop | None = None,
    resolver: ResolverProtocol | None = None,
    use_aiodns: bool = True,
) -> list[str]:
    """The IPv6 addresses of a host; see `get_A`."""
    return await _addresses(host, socket.AF_INET6, loop, resolver)


async def get_SRV(  # noqa: N802 (its name in slixmpp)
    host: str,
    port: int,
    services: Sequence[str],
    proto: str = "tcp",
    resolver: ResolverProtocol | None = None,
    use_aiodns: bool = True,
) -> list[tuple[str, str, int]]:
    """Where a domain has its services, in the order to try: by priority, and by chance among equals (RFC 2782).

    :param host: the domain.
    :param port: where it is without SRV records.
    :param services: as ``['xmpps-client', 'xmpp-client']``; their records are taken as one set (XEP-0368 §3).
    :param resolver: see `get_A`, as for `use_aiodns`.
    :returns: service, host and port; without SRV records, the domain itself for the service ``''``. Empty if the domain
        says that it has none of them.
    """
    asked = resolver or default_resolver()
    found: dict[int, tuple[str, SrvRecord]] = {}
    refused = False
    for service in services:
        try:
            answers = await asked.query(f"_{service}._{proto}.{host}", "SRV")
        except (OSError, HostNotFound):
            continue
        for answer in answers:
            target = answer.host.rstrip(".")
            refused = refused or not target  # the target is the root: decidedly not available
            if target:
                record = SrvRecord(answer.priority, answer.weight, answer.port, target)
                found[id(record)] = (service, record)
    if not found:
        return [] if refused else [("", host, port)]
    ordered = order_records(record for _, record in found.values())
    return [(found[id(record)][0], record.target, record.port) for record in ordered]


async def resolve(
    host: str,
    port: int,
    *,
    loop: AbstractEventLoop | None = None,
    services: Sequence[str] | None = None,
    proto: str = "tcp",
    resolver: ResolverProtocol | None = None,
    use_ipv6: bool = True,
    use_aiodns: bool = True,
) -> list[tuple[str, str, str, int]]:
    """Where to connect to, with addresses, in the order to try.

    :param host: a domain, a host or an IP address.
    :param port: of the host itself.
    :param services: SRV services to look for; None: only the host itself.
    :param proto: of those services.
    :param loop: see `get_A`, as for `resolver` and `use_aiodns`.
    :param use_ipv6: IPv6 addresses too, before the others.
    :returns: service (``''`` for the host itself), host, IP address and port.
    """
    bare = _address(host, 4) or _address(host, 6)
    if bare is not None:
        allowed = use_ipv6 or _address(host, 4) is not None
        return [("", bare, bare, port)] if allowed else []
    asked = resolver or default_resolver(loop)
    places = await get_SRV(host, port, services, proto, asked) if services else [("", host, port)]
    families = (socket.AF_INET6, socket.AF_INET) if use_ipv6 else (socket.AF_INET,)
    return [
        (service, name, address, number)
        for service, name, number in places
        for family in families
        for address in await _addresses(name, family, loop, asked)
    ]
