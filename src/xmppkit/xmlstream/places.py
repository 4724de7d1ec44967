# SPDX-License-Identifier: MIT
"""Where a stream connects to: an address that the program gave, or what DNS says of the domain (RFC 6120 §3.2)."""

from __future__ import annotations

import asyncio
import socket
import warnings
from typing import TYPE_CHECKING

from xmppkit.transports.endpoints import Endpoint, explicit_endpoint, find_endpoints
from xmppkit.xmlstream.security import TlsWishes

if TYPE_CHECKING:
    import ssl

    from xmppkit.settings.settings import Settings
    from xmppkit.transports.base import Connector
    from xmppkit.transports.hostmeta import Alternatives
    from xmppkit.transports.resolver import Resolver

__all__ = ["Places"]


class Places(TlsWishes):
    """The part of a stream that says where its connections lead.

    :param host: where to connect, with `port`; empty: what DNS says of the domain.
    :param ssl_context: see `TlsWishes`.
    :param settings: see `xmppkit.settings`.
    """

    default_port = 5222
    #: The domain that is looked up, and that the certificate must prove.
    default_domain = ""
    use_ipv6 = True
    #: What looks up SRV records; None: the system's name servers.
    resolver: Resolver | None = None
    #: The proxy to connect through, as ``socks5://host:port`` or ``http://user:password@host:port``; None: none.
    proxy: str | None = None
    #: What makes connections; None: TCP, through `proxy` if there is one.
    transport_connector: Connector | None = None

    def __init__(self, host: str, port: int, ssl_context: ssl.SSLContext | None, settings: Settings) -> None:
        super().__init__(ssl_context)
        #: What the stream was told; see `xmppkit.settings`.
        self.settings = settings
        #: Where to connect: (host, port); None: what DNS says of `default_domain`.
        self.custom_address: tuple[str, int] | None = (host, port) if host and port else None
        #: The SRV services to look for.
        self.tls_services: set[str] = set()
        self.starttls_services: set[str] = set()

    def configure_dns(self, resolver: Resolver, domain: str, port: int) -> None:
        """Called before the SRV records of a domain are looked up. Does nothing; may be overridden.

        :param resolver: what will be asked, for adjusting.
        """

    def make_connector(self, loop: asyncio.AbstractEventLoop) -> Connector:
        """What makes the next connection.

        :raises ConfigurationError: `proxy` names no proxy.
        """
        if self.transport_connector is not None:
            return self.transport_connector
        from xmppkit.transports.tcp import TcpConnector  # with the first connection is soon enough

        settings = self.settings
        direct = TcpConnector(
            timeout=settings.connect_timeout,
            use_ipv6=self.use_ipv6,
            happy_eyeballs_delay=settings.happy_eyeballs_delay,
            loop=loop,
        )
        if self.proxy is None:
            return direct
        from xmppkit.transports.proxy import Proxy, ProxyConnector

        return ProxyConnector(Proxy.parse(self.proxy), direct, timeout=settings.connect_timeout)

    async def find_endpoints(self) -> list[Endpoint]:
        """Where to connect, in the order to try. Raises `HostNotFound`."""
        if self.custom_address is not None:
            only_direct = self.enable_direct_tls and not (self.enable_starttls or self.enable_plaintext)
            return [explicit_endpoint(*self.custom_address, direct_tls=only_direct)]
        return await self._look_up(self.default_domain, self.default_port)

    async def _look_up(self, domain: str, port: int) -> list[Endpoint]:
        if self.resolver is None:
            from xmppkit.transports.resolver import DnsResolver

            self.resolver = DnsResolver(timeout=self.settings.dns_timeout)
        self.configure_dns(self.resolver, domain, port)
        return await find_endpoints(
            domain,
            self.resolver,
            direct_tls=self.enable_direct_tls,
            starttls=self.enable_starttls or self.enable_plaintext,
            port=port,
            tls_services=sorted(self.tls_services),
            starttls_services=sorted(self.starttls_services),
        )

    async def find_alternatives(self) -> Alternatives:
        """Where the server has WebSocket and BOSH (XEP-0156), by the domain's word over HTTPS.

        :raises HostNotFound: no web server of the domain answered in time.
        :raises ConfigurationError: aiohttp is not installed, or `proxy` is a SOCKS5 proxy.
        """
        from xmppkit.transports.certificates import client_context  # who does not ask need not wait for it
        from xmppkit.transports.hostmeta import find_alternatives
        from xmppkit.transports.proxy import Proxy

        return await find_alternatives(
            self.default_domain,
            # Without our own certificate: that is for the XMPP server.
            ssl_context=client_context(ca_certs=self.ca_certs, ciphers=self.ciphers, minimum=self.settings.tls_minimum),
            timeout=self.settings.host_meta_timeout,
            proxy=Proxy.parse(self.proxy) if self.proxy is not None else None,
        )

    async def get_dns_records(self, domain: str, port: int | None = None) -> list[tuple[str, str, str, int]]:
        """Where the server of a domain is, with addresses, in the order to try.

        :param port: where it is if DNS has no SRV records; None: `default_port`.
        :returns: service (as ``xmpp-client``; empty without SRV records), host, IP address and port. A host that does
            not resolve is left out.
        :raises HostNotFound: the domain says that it has no such service.
        """
        loop = asyncio.get_running_loop()
        family = socket.AF_UNSPEC if self.use_ipv6 else socket.AF_INET
        found = []
        for endpoint in await self._look_up(domain, self.default_port if port is None else port):
            try:
                answers = await loop.getaddrinfo(
                    endpoint.host, endpoint.port, family=family, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
                )
            except OSError:
                continue
            found += [(endpoint.service, endpoint.host, str(place[0]), endpoint.port) for *_, place in answers]
        return found

    # --- names of older programs ------------------------------------------------------------------------

    @property
    def address(self) -> tuple[str, int]:
        """COMPAT(slixmpp 1.8): `custom_address`, or the domain and `default_port`. Setting it to something empty leaves
        the choice to DNS."""
        _deprecated("address", "custom_address")
        return self.custom_address or (self.default_domain, self.default_port)

    @address.setter
    def address(self, value: tuple[str, int] | tuple[()] | None) -> None:
        _deprecated("address", "custom_address")
        self.custom_address = (value[0], value[1]) if value else None

    @property
    def dns_service(self) -> str | None:
        """COMPAT(slixmpp 1.8): the SRV service to look for; None: none is."""
        _deprecated("dns_service", "starttls_services")
        return next(iter(sorted(self.starttls_services)), None)

    @dns_service.setter
    def dns_service(self, value: str | None) -> None:
        _deprecated("dns_service", "starttls_services")
        self.starttls_services = {value} if value else set()
        self.tls_services = self.tls_services if value else set()


def _deprecated(name: str, instead: str) -> None:
    warnings.warn(f"{name} is deprecated: {instead}", DeprecationWarning, stacklevel=3)
