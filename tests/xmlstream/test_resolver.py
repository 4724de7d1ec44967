# SPDX-License-Identifier: MIT
"""slixmpp's functions that look up names."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

import pytest

from xmppkit.exceptions import HostNotFound
from xmppkit.transports.resolver import SrvRecord
from xmppkit.xmlstream import resolver as module
from xmppkit.xmlstream.resolver import SRVAnswer, default_resolver, get_A, get_AAAA, get_SRV, resolve


class Answer:
    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = addresses


class Known:
    """Knows what it was given; what else it is asked, it fails as aiodns does."""

    def __init__(
        self, hosts: dict[tuple[str, int], list[str]] | None = None, records: dict[str, list[SRVAnswer]] | None = None
    ) -> None:
        self.hosts, self.records = hosts or {}, records or {}
        self.asked: list[str] = []

    async def gethostbyname(self, host: str, family: socket.AddressFamily) -> Answer:
        self.asked.append(host)
        try:
            return Answer(self.hosts[host, 4 if family is socket.AF_INET else 6])
        except KeyError:
            raise OSError(4, "Domain name not found") from None

    async def query(self, host: str, qtype: str) -> list[SRVAnswer]:
        assert qtype == "SRV"
        self.asked.append(host)
        try:
            return self.records[host]
        except KeyError:
            raise HostNotFound("no answer", where=host) from None


HOSTS = {
    ("a.test", 4): ["192.0.2.1", "192.0.2.2"],
    ("a.test", 6): ["2001:db8::1"],
    ("b.test", 4): ["192.0.2.3"],
}
RECORDS = {
    "_xmpps-client._tcp.example.test": [SRVAnswer("b.test.", 20, 0, 5223)],
    "_xmpp-client._tcp.example.test": [SRVAnswer("a.test.", 10, 5, 5222), SRVAnswer("a.test.", 30, 5, 5224)],
    "_xmpp-client._tcp.closed.test": [SRVAnswer(".", 0, 0, 0)],
}


async def test_addresses() -> None:
    known = Known(HOSTS)
    assert await get_A("a.test", resolver=known) == ["192.0.2.1", "192.0.2.2"]
    assert await get_AAAA("a.test", resolver=known) == ["2001:db8::1"]
    assert await get_AAAA("b.test", resolver=known, use_aiodns=False) == []
    assert await get_A("nowhere.test", resolver=known) == []


async def test_an_address_is_its_own_answer() -> None:
    known = Known()
    assert await get_A("127.0.0.1", resolver=known) == ["127.0.0.1"]
    assert await get_AAAA("::1", resolver=known) == ["::1"]
    assert await get_AAAA("[::1]", resolver=known) == ["::1"]
    assert await get_A("::1", resolver=known) == []
    assert await get_AAAA("127.0.0.1", resolver=known) == []
    assert known.asked == []


async def test_services_in_the_order_to_try() -> None:
    known = Known(records=RECORDS)
    assert await get_SRV("example.test", 5222, ["xmpps-client", "xmpp-client"], resolver=known) == [
        ("xmpp-client", "a.test", 5222),
        ("xmpps-client", "b.test", 5223),
        ("xmpp-client", "a.test", 5224),
    ]
    assert await get_SRV("other.test", 5222, ["xmpp-client"], "udp", known) == [("", "other.test", 5222)]
    assert known.asked[-1] == "_xmpp-client._udp.other.test"
    assert await get_SRV("closed.test", 5222, ["xmpp-client"], resolver=known) == []


async def test_equal_records_of_two_services() -> None:
    one = [SRVAnswer("a.test", 10, 5, 5222)]
    known = Known(records={"_x._tcp.d.test": one, "_y._tcp.d.test": one})
    found = await get_SRV("d.test", 1, ["x", "y"], resolver=known)
    assert sorted(found) == [("x", "a.test", 5222), ("y", "a.test", 5222)]


async def test_everything_at_once() -> None:
    known = Known(HOSTS, RECORDS)
    found = await resolve("example.test", 5222, services=["xmpps-client", "xmpp-client"], resolver=known)
    assert found[:4] == [
        ("xmpp-client", "a.test", "2001:db8::1", 5222),
        ("xmpp-client", "a.test", "192.0.2.1", 5222),
        ("xmpp-client", "a.test", "192.0.2.2", 5222),
        ("xmpps-client", "b.test", "192.0.2.3", 5223),
    ]
    assert len(found) == 7
    assert await resolve("a.test", 80, resolver=known, use_ipv6=False) == [
        ("", "a.test", "192.0.2.1", 80),
        ("", "a.test", "192.0.2.2", 80),
    ]


@pytest.mark.parametrize(
    ("host", "ipv6", "expected"),
    [
        ("127.0.0.1", True, [("", "127.0.0.1", "127.0.0.1", 5222)]),
        ("127.0.0.1", False, [("", "127.0.0.1", "127.0.0.1", 5222)]),
        ("[::1]", True, [("", "::1", "::1", 5222)]),
        ("::1", False, []),
    ],
)
async def test_addresses_are_not_looked_up(host: str, ipv6: bool, expected: list[Any]) -> None:
    known = Known()
    assert await resolve(host, 5222, services=["xmpp-client"], resolver=known, use_ipv6=ipv6) == expected
    assert known.asked == []


async def test_the_system_is_asked_when_nobody_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Records:
        async def srv(self, name: str) -> list[SrvRecord]:
            return [SrvRecord(1, 2, 3, f"to.{name}")]

    monkeypatch.setattr(module, "DnsResolver", Records)
    assert await get_A("localhost", loop=asyncio.get_running_loop()) == ["127.0.0.1"]
    assert await get_A("localhost") == ["127.0.0.1"]
    assert await get_SRV("d.test", 1, ["x"]) == [("x", "to._x._tcp.d.test", 3)]
    assert ("", "localhost", "127.0.0.1", 80) in await resolve("localhost", 80)
    answers = await default_resolver().query("name", "SRV")
    assert answers == [SRVAnswer("to.name", 1, 2, 3)]
