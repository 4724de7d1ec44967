# SPDX-License-Identifier: MIT
"""Where a stream connects to."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import ConfigurationError, HostNotFound
from xmppkit.settings import Settings
from xmppkit.transports.bosh import BoshConnector
from xmppkit.transports.endpoints import url_endpoint
from xmppkit.transports.hostmeta import Alternatives
from xmppkit.transports.proxy import Proxy, ProxyKind
from xmppkit.transports.resolver import DnsResolver, SrvRecord, StaticResolver
from xmppkit.transports.tcp import TcpConnector
from xmppkit.transports.websocket import WebSocketConnector
from xmppkit.xmlstream.wires import ByKind

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


@pytest.mark.parametrize("transports", [("tcp",), ("tcp", "bosh")])
async def test_a_program_may_say_itself_where_the_server_is(
    transports: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Knowing(ClientXMPP):
        async def get_dns_records(self, domain: str, port: int | None = None) -> list[tuple[str, str, str, int]]:
            assert (domain, port) == ("example.org", 5222)
            return records

    async def nowhere(self: Any) -> Alternatives:
        return Alternatives((), ())

    client = Knowing("alice@example.org", "x", settings=Settings(transports=transports))
    monkeypatch.setattr(Knowing, "find_alternatives", nowhere)
    records = [("xmpps-client", "a.example", "127.0.0.4", 5223), ("", "b.example", "", 5222)]
    found = await client.find_endpoints()
    assert [str(endpoint) for endpoint in found] == ["127.0.0.4:5223 (direct TLS)", "b.example:5222"]
    assert [endpoint.service for endpoint in found] == ["xmpps-client", ""]
    records.clear()
    with pytest.raises(HostNotFound, match="get_dns_records names no server"):
        await client.find_endpoints()


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


# --- URLs ---------------------------------------------------------------------------------------------------


async def test_a_url_goes_before_an_address(client: ClientXMPP) -> None:
    client.custom_address, client.custom_url = ("localhost", 5222), "wss://example.net/ws"
    (endpoint,) = await client.find_endpoints()
    assert endpoint == url_endpoint("wss://example.net/ws")


@pytest.mark.parametrize("url", ["ws://localhost/ws", "http://localhost/http-bind"])
async def test_a_url_without_tls_is_for_who_allows_it(client: ClientXMPP, url: str) -> None:
    client.custom_url = url
    with pytest.raises(ConfigurationError, match="enable_plaintext"):
        await client.find_endpoints()
    client.enable_plaintext = True
    assert await client.find_endpoints() == [url_endpoint(url)]


@pytest.mark.parametrize(
    ("place", "address", "url"),
    [
        ("other.example", ("other.example", 5222), None),
        ("other.example:99", ("other.example", 99), None),
        ("wss://other.example/ws", ("localhost", 1), "wss://other.example/ws"),
        ("https://other.example/bind", ("localhost", 1), "https://other.example/bind"),
        ("ws://other.example/ws", None, None),
        ("http://other.example/bind", None, None),
        ("wss://user:password@other.example/ws", None, None),
        ("no host", None, None),
    ],
)
async def test_where_a_server_leads(
    client: ClientXMPP, place: str, address: tuple[str, int] | None, url: str | None
) -> None:
    client.custom_address, client.custom_url = ("localhost", 1), "wss://example.org/ws"
    assert client.lead_to(place) is (address is not None)
    if address is not None:
        assert (client.custom_address, client.custom_url) == (address, url)
    else:
        assert (client.custom_address, client.custom_url) == (("localhost", 1), "wss://example.org/ws")


async def test_connect_takes_a_url(client: ClientXMPP, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_connect", lambda after=0.0: None)
    client.connect("wss://example.org/ws")
    assert client.custom_url == "wss://example.org/ws"
    client.connect("localhost", 99)
    assert (client.custom_address, client.custom_url) == (("localhost", 99), None)
    with pytest.raises(ConfigurationError, match="a URL to connect to"):
        client.connect("wss://")
    assert client.custom_url is None


@pytest.fixture
def host_meta(monkeypatch: pytest.MonkeyPatch) -> list[Alternatives | Exception]:
    """What the domain's host-meta says: the last of them."""
    answers: list[Alternatives | Exception] = [
        Alternatives(("wss://web.example/1", "wss://web.example/2"), ("https://web.example/bind",))
    ]

    async def find(domain: str, **options: Any) -> Alternatives:
        answer = answers[-1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr("xmppkit.transports.hostmeta.find_alternatives", find)
    return answers


def looking(*kinds: str) -> ClientXMPP:
    client = ClientXMPP("alice@example.org", "x", settings=Settings(transports=kinds))
    client.resolver = StaticResolver(RECORDS)
    return client


TCP = ["localhost:443 (direct TLS)", "127.0.0.1:5222", "nowhere.invalid:5222"]
WEBSOCKET = ["wss://web.example/1", "wss://web.example/2"]
BOSH = ["https://web.example/bind"]


@pytest.mark.parametrize(
    ("kinds", "found"),
    [
        (("tcp",), TCP),
        (("tcp", "websocket"), TCP + WEBSOCKET),
        (("websocket", "tcp"), WEBSOCKET + TCP),
        (("bosh", "websocket"), BOSH + WEBSOCKET),
        (("bosh",), BOSH),
    ],
)
async def test_the_kinds_of_transports_that_are_wanted(
    host_meta: Any, kinds: tuple[str, ...], found: list[str]
) -> None:
    assert [str(each) for each in await looking(*kinds).find_endpoints()] == found


async def test_what_is_not_found_is_not_missed_where_there_is_another_way(
    host_meta: Any, caplog: pytest.LogCaptureFixture
) -> None:
    host_meta.append(HostNotFound("no web server", where="example.org"))
    assert [str(each) for each in await looking("websocket", "tcp").find_endpoints()] == TCP
    assert "no web server" in caplog.text
    with pytest.raises(HostNotFound, match="no web server"):
        await looking("websocket").find_endpoints()
    host_meta.append(Alternatives())
    with pytest.raises(HostNotFound, match="host-meta names no websocket and no bosh"):
        await looking("websocket", "bosh").find_endpoints()
    host_meta.append(ConfigurationError("aiohttp is missing"))
    with pytest.raises(ConfigurationError, match="aiohttp is missing"):
        await looking("tcp", "websocket").find_endpoints()


async def test_each_kind_has_its_connector(client: ClientXMPP) -> None:
    assert isinstance(client.make_connector(client.loop), TcpConnector)
    client.custom_url = "wss://localhost/ws"
    assert isinstance(client.make_connector(client.loop), ByKind)
    client.proxy = "http://localhost:8080"
    assert isinstance(client._websocket_connector(), WebSocketConnector)
    assert isinstance(client._bosh_connector(), BoshConnector)
    client.transport_connector = TcpConnector()
    assert client.make_connector(client.loop) is client.transport_connector
