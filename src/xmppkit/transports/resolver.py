# SPDX-License-Identifier: MIT
"""Looking up SRV records (RFC 2782). Host names are left to the operating system, which does it when
connecting.

`DnsResolver` asks the system's name servers through dnspython; a test, or an application with a name
service of its own, offers another `Resolver`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from xmppkit.exceptions import HostNotFound
from xmppkit.records import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dns.asyncresolver import Resolver as AsyncResolver

__all__ = ["DNS_TIMEOUT", "DnsResolver", "Resolver", "SrvRecord", "StaticResolver"]

#: Seconds that one look-up may take, with all name servers and repetitions.
DNS_TIMEOUT = 5.0


@record(frozen=True, slots=True)
class SrvRecord:
    """One SRV record.

    :ivar priority: lower is tried first.
    :ivar weight: among equal priorities, a larger one is tried first more often.
    :ivar target: host name; ``.`` says that the service is not available.
    """

    priority: int
    weight: int
    port: int
    target: str


class Resolver(Protocol):
    """Looks up SRV records."""

    async def srv(self, name: str, /) -> list[SrvRecord]:
        """The SRV records of a name such as ``_xmpp-client._tcp.example.org``, in any order; empty if it
        has none.

        :raises HostNotFound: there was no answer.
        """


class StaticResolver:
    """Knows the records it was given, and no others. For tests, and for networks without DNS.

    :param records: name to records.
    """

    def __init__(self, records: dict[str, list[SrvRecord]] | None = None) -> None:
        self.records = dict(records or {})

    async def srv(self, name: str) -> list[SrvRecord]:
        """See `Resolver.srv`; never fails."""
        return list(self.records.get(name, ()))


class DnsResolver:
    """Asks name servers. dnspython is imported with the first look-up.

    :param timeout: seconds for one look-up.
    :param nameservers: IP addresses to ask; None takes the system's configuration.
    :param port: the port of those name servers.
    """

    def __init__(
        self, *, timeout: float = DNS_TIMEOUT, nameservers: Sequence[str] | None = None, port: int = 53
    ) -> None:
        self._timeout = timeout
        self._nameservers = list(nameservers) if nameservers is not None else None
        self._port = port
        self._resolver: AsyncResolver | None = None

    def _backend(self) -> AsyncResolver:
        if self._resolver is None:
            from dns.asyncresolver import Resolver as AsyncResolver

            resolver = AsyncResolver(configure=self._nameservers is None)
            if self._nameservers is not None:
                resolver.nameservers = self._nameservers
                resolver.port = self._port
            self._resolver = resolver
        return self._resolver

    async def srv(self, name: str) -> list[SrvRecord]:
        """See `Resolver.srv`."""
        from dns.exception import DNSException
        from dns.rdatatype import SRV
        from dns.resolver import NXDOMAIN, NoAnswer

        try:
            answer = await self._backend().resolve(name.rstrip(".") + ".", SRV, lifetime=self._timeout, search=False)
        except (NXDOMAIN, NoAnswer):
            return []
        except (DNSException, OSError) as error:
            raise HostNotFound(
                f"DNS did not answer: {error}",
                where=name,
                advice="check this machine's name servers, or give host and port to connect()",
            ) from error
        return [SrvRecord(item.priority, item.weight, item.port, item.target.to_text()) for item in answer]
