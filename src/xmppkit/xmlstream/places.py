# SPDX-License-Identifier: MIT
"""Where a stream connects to: an address or a URL that the program gave, or what DNS (RFC 6120 §3.2) and the domain's
host-meta (XEP-0156) say."""

from __future__ import annotations

import asyncio
import logging
import socket
import warnings
from functools import partial
from typing import TYPE_CHECKING

from xmppkit.exceptions import ConfigurationError, HostNotFound, InvalidJID
from xmppkit.jid.address import JID
from xmppkit.transports.endpoints import (
    Endpoint,
    TransportKind,
    explicit_endpoint,
    find_endpoints,
    is_url,
    url_endpoint,
)
from xmppkit.xml.limits import Limits
from xmppkit.xmlstream.security import TlsWishes

if TYPE_CHECKING:
    import ssl

    from xmppkit.settings.settings import Settings
    from xmppkit.transports.base import Connector
    from xmppkit.transports.hostmeta import Alternatives
    from xmppkit.transports.resolver import Resolver

__all__ = ["Places", "host_and_port"]

log = logging.getLogger(__name__)


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
    #: Where to connect, as ``wss://host/xmpp-websocket``; goes before `custom_address`. None: no URL was given.
    custom_url: str | None = None
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
        tcp = partial(self._tcp_connector, loop)
        if self.custom_url is None and self.settings.transports == ("tcp",):
            return tcp()
        from xmppkit.xmlstream.wires import ByKind

        return ByKind({
            TransportKind.TCP: tcp,
            TransportKind.WEBSOCKET: self._websocket_connector,
            TransportKind.BOSH: self._bosh_connector,
        })  # fmt: skip

    def _tcp_connector(self, loop: asyncio.AbstractEventLoop) -> Connector:
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

    def _websocket_connector(self) -> Connector:
        from xmppkit.transports.proxy import Proxy
        from xmppkit.transports.websocket import MARGIN, WebSocketConnector

        settings = self.settings
        return WebSocketConnector(
            self.web_context,
            timeout=settings.connect_timeout,
            use_ipv6=self.use_ipv6,
            proxy=Proxy.parse(self.proxy) if self.proxy is not None else None,
            pins=settings.pins or (),
            max_message=settings.limits(Limits.client()).stanza_bytes + MARGIN,
        )

    def _bosh_connector(self) -> Connector:
        from xmppkit.protocol.framing.bosh.options import SessionOptions
        from xmppkit.transports.bosh import BoshConnector
        from xmppkit.transports.proxy import Proxy

        settings = self.settings
        return BoshConnector(
            self.web_context,
            timeout=settings.connect_timeout,
            use_ipv6=self.use_ipv6,
            proxy=Proxy.parse(self.proxy) if self.proxy is not None else None,
            pins=settings.pins or (),
            options=SessionOptions(limits=settings.limits(Limits.client())),
        )

    def lead_to(self, place: str) -> bool:
        """Connect there from now on, as a server says (RFC 6120 §4.9.3.19, RFC 7395 §3.6.1).

        :param place: host, host and port, or a URL.
        :returns: False, and nothing changes, if it is no place, or a URL without TLS.
        """
        if is_url(place):
            try:
                endpoint = url_endpoint(place)
            except ConfigurationError:
                return False
            if endpoint.encrypted:
                self.custom_url = place
            return endpoint.encrypted
        address = host_and_port(place, self.default_port)
        if address is None:
            return False
        self.custom_address, self.custom_url = address, None
        return True

    async def find_endpoints(self) -> list[Endpoint]:
        """Where to connect, in the order to try.

        :raises HostNotFound: nobody says where that is.
        :raises ConfigurationError: a URL without TLS, and `enable_plaintext` is off.
        """
        if self.custom_url is not None:
            endpoint = url_endpoint(self.custom_url)
            if not endpoint.encrypted and not self.enable_plaintext:
                raise ConfigurationError(
                    f"{endpoint} is not encrypted: take wss:// or https://, or set enable_plaintext on your own machine"
                )
            return [endpoint]
        if self.custom_address is not None:
            only_direct = self.enable_direct_tls and not (self.enable_starttls or self.enable_plaintext)
            return [explicit_endpoint(*self.custom_address, direct_tls=only_direct)]
        if self.settings.transports == ("tcp",):
            return await self._by_dns()
        return await self._look_up_all()

    async def _look_up_all(self) -> list[Endpoint]:
        """The endpoints of all kinds that `Settings.transports` names, in its order."""
        kinds = self.settings.transports
        tcp, web = await asyncio.gather(
            self._by_dns() if "tcp" in kinds else _nothing(),
            self._web_endpoints(),
            return_exceptions=True,
        )
        errors = [each for each in (tcp, web) if isinstance(each, BaseException)]
        for error in errors:
            if not isinstance(error, HostNotFound):
                raise error
        found = [endpoint for each in (tcp, web) if not isinstance(each, BaseException) for endpoint in each]
        if not found:
            said = f"the domain's host-meta names no {' and no '.join(kinds)}"
            raise errors[0] if errors else HostNotFound(said, where=self.default_domain)
        for error in errors:
            log.warning("a way to the server was not found: %s", error)
        return sorted(found, key=lambda endpoint: kinds.index(endpoint.kind.value))

    async def _web_endpoints(self) -> list[Endpoint]:
        """What the domain's host-meta names, of the kinds that are wanted."""
        found = await self.find_alternatives()
        urls = {"websocket": found.websocket, "bosh": found.bosh}
        return [url_endpoint(url) for kind in self.settings.transports for url in urls.get(kind, ())]

    async def _by_dns(self) -> list[Endpoint]:
        """What DNS says of the domain, or the program, if it overrides `get_dns_records`."""
        domain = self.default_domain
        if getattr(self.get_dns_records, "__func__", None) is Places.get_dns_records:
            return await self._look_up(domain, self.default_port)
        found = [
            Endpoint(address or host, port, direct_tls=service in self.tls_services, service=service)
            for service, host, address, port in await self.get_dns_records(domain, self.default_port)
        ]
        if not found:
            raise HostNotFound("get_dns_records names no server", where=domain)
        return found

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
        :raises ConfigurationError: aiohttp is not installed.
        """
        from xmppkit.transports.certificates import client_context  # who does not ask need not wait for it
        from xmppkit.transports.hostmeta import find_alternatives
        from xmppkit.transports.proxy import Proxy

        return await find_alternatives(
            self.default_domain,
            # Without our own certificate: that is for the XMPP server.
            ssl_context=client_context(
                ca_certs=self.ca_certs, ciphers=self.ciphers, minimum=self.settings.tls_minimum, http=True
            ),
            timeout=self.settings.host_meta_timeout,
            proxy=Proxy.parse(self.proxy) if self.proxy is not None else None,
        )

    async def get_dns_records(self, domain: str, port: int | None = None) -> list[tuple[str, str, str, int]]:
        """Where the server of a domain is, with addresses, in the order to try. Where a program overrides it,
        `connect` goes there.

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


def host_and_port(text: str, default: int) -> tuple[str, int] | None:
    """The host and port of ``see-other-host`` (RFC 6120 §4.9.3.19); None when it is no host."""
    host, _, rest = text.partition("]")
    if text.startswith("["):
        host, port = host[1:], rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    try:
        JID(f"[{host}]" if ":" in host else host)
        number = int(port) if port else default
    except (InvalidJID, ValueError):
        return None
    return (host, number) if 0 < number < 65536 else None


async def _nothing() -> list[Endpoint]:
    return []


def _deprecated(name: str, instead: str) -> None:
    warnings.warn(f"{name} is deprecated: {instead}", DeprecationWarning, stacklevel=3)
