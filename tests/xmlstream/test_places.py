# SPDX-License-Identifier: MIT
"""Where a stream connects to."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import HostNotFound
from xmppkit.transports.hostmeta import Alternatives
from xmppkit.transports.proxy import Proxy, ProxyKind
from xmppkit.transports.resolver import DnsResolver, SrvRecord, StaticResolver

RECORDS = {
    "_xmpps-client._tcp.example.org": [SrvRecord(1, 1, 443, "localhost.")],
    "_xmpp-client._tcp.example.org": [SrvRecord(2, 1, 5222, "127.0.0.1."), SrvRecord(3, 1, 5222, "nowhere.invalid.")],
    "_xmpp-client._tcp.refused.example": [SrvRecord(1, 1, 1, ".")],
}


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> ClientXMPP:
    client = ClientXMPP("alice@example.org", "x")
    client.resolver = StaticResolver(RECORDS)

    async def getaddrinfo(host: str, port: int, *, family: int, **kwargs: Any) -> list[Any]:
        known = {"localhost": ["::1", "127.0.0.2"], "127.0.0.1": ["127.0.0.1"], "example.net": ["127.0.0.3"]}
        if host not in known:
            raise socket.gaierror(host)
        return [
            (family, 0, 0, "", (address, port))
            for address in known[host]
            if family != socket.AF_INET or ":" not in address
        ]

    monkeypatch.setattr(client.loop, "getaddrinfo", getaddrinfo)
    return client


async def test_records_with_addresses(client: ClientXMPP) -> None:
    assert await client.get_dns_records("example.org") == [
        ("xmpps-client", "localhost", "::1", 443),
        ("xmpps-client", "localhost", "127.0.0.2", 443),
        ("xmpp-client", "127.0.0.1", "127.0.0.1", 5222),
    ]
    client.use_ipv6 = False
    client.enable_starttls = False
    assert await client.get_dns_records("example.org") == [("xmpps-client", "localhost", "127.0.0.2", 443)]


async def test_without_records_it_is_the_domain_itself(client: ClientXMPP) -> None:
    assert await client.get_dns_records("example.net") == [("", "example.net", "127.0.0.3", 5222)]
    assert await client.get_dns_records("example.net", 99) == [("", "example.net", "127.0.0.3", 99)]
    with pytest.raises(HostNotFound):
        await client.get_dns_records("refused.example")


async def test_look_ups_may_be_adjusted() -> None:
    seen: list[Any] = []

    class Adjusting(ClientXMPP):
        def configure_dns(self, resolver: Any, domain: str, port: int) -> None:
            seen.append((type(resolver), domain, port))

    client = Adjusting("alice@localhost", "x")
    assert [str(each) for each in await client.find_endpoints()] == ["localhost:5222"]
    assert seen == [(DnsResolver, "localhost", 5222)]
    client.custom_address = ("localhost", 1)
    await client.find_endpoints()
    assert len(seen) == 1, "nothing is looked up"


async def test_names_of_older_programs(client: ClientXMPP) -> None:
    with pytest.warns(DeprecationWarning, match="address is deprecated"):
        assert client.address == ("example.org", 5222)
    with pytest.warns(DeprecationWarning, match="address"):
        client.address = ("host", 1)  # type: ignore[misc]
    assert client.custom_address == ("host", 1)
    with pytest.warns(DeprecationWarning, match="address"):
        assert client.address == ("host", 1)
    with pytest.warns(DeprecationWarning, match="address"):
        client.address = ()
    assert client.custom_address is None
    with pytest.warns(DeprecationWarning, match="dns_service is deprecated"):
        assert client.dns_service == "xmpp-client"
    with pytest.warns(DeprecationWarning, match="dns_service"):
        client.dns_service = "other"
    assert (client.starttls_services, client.tls_services) == ({"other"}, {"xmpps-client"})
    with pytest.warns(DeprecationWarning, match="dns_service"):
        client.dns_service = None
    assert (client.starttls_services, client.tls_services) == (set(), set())
    with pytest.warns(DeprecationWarning, match="dns_service"):
        assert client.dns_service is None


async def test_alternatives(client: ClientXMPP, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    async def find(domain: str, **options: Any) -> Alternatives:
        asked.append((domain, options["timeout"], options["proxy"]))
        assert options["ssl_context"].check_hostname
        return Alternatives(("wss://example.org/ws",))

    monkeypatch.setattr("xmppkit.transports.hostmeta.find_alternatives", find)
    assert (await client.find_alternatives()).websocket == ("wss://example.org/ws",)
    client.proxy = "http://localhost:8080"
    await client.find_alternatives()
    assert asked == [("example.org", 10.0, None), ("example.org", 10.0, Proxy(ProxyKind.HTTP, "localhost", 8080))]
