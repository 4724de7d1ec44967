# SPDX-License-Identifier: MIT
"""xmppkit.transports.endpoints: the rules of RFC 2782, RFC 6120 §3.2 and XEP-0368."""

from __future__ import annotations

import logging
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import ConfigurationError, HostNotFound
from xmppkit.transports.endpoints import (
    Endpoint,
    TransportKind,
    explicit_endpoint,
    find_endpoints,
    is_url,
    order_records,
    url_endpoint,
)
from xmppkit.transports.resolver import SrvRecord, StaticResolver

CLIENT, DIRECT = "_xmpp-client._tcp.example.org", "_xmpps-client._tcp.example.org"


class Broken:
    """A resolver that gets no answer, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def srv(self, name: str) -> list[SrvRecord]:
        self.asked.append(name)
        raise HostNotFound("DNS did not answer", where=name)


# --- an endpoint ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "text"),
    [
        (Endpoint("example.org", 5222), "example.org:5222"),
        (Endpoint("example.org", 5223, True), "example.org:5223 (direct TLS)"),
        (Endpoint("2001:db8::1", 5222), "[2001:db8::1]:5222"),
    ],
)
def test_how_an_endpoint_reads(endpoint: Endpoint, text: str) -> None:
    assert str(endpoint) == text


@pytest.mark.parametrize(
    ("arguments", "options", "expected"),
    [
        (("example.org",), {}, Endpoint("example.org", 5222)),
        (("example.org",), {"direct_tls": True}, Endpoint("example.org", 5223, True)),
        (("example.org", 443), {"direct_tls": True}, Endpoint("example.org", 443, True)),
        (("[::1]", 1), {}, Endpoint("::1", 1)),
        (("::1", 65535), {}, Endpoint("::1", 65535)),
    ],
)
def test_explicit_endpoint(arguments, options, expected: Endpoint) -> None:
    assert explicit_endpoint(*arguments, **options) == expected


@pytest.mark.parametrize(
    ("host", "port", "said"), [("", 1, "host"), ("[]", 1, "host"), ("a", 0, "0"), ("a", 65536, "65536")]
)
def test_explicit_endpoint_that_cannot_be(host: str, port: int, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        explicit_endpoint(host, port)


# --- the order (RFC 2782) -----------------------------------------------------------------------------------


def test_lower_priorities_first() -> None:
    records = [SrvRecord(priority, 0, 5222, f"{priority}.example") for priority in (30, 10, 20)]
    assert [record.priority for record in order_records(records)] == [10, 20, 30]


@pytest.mark.parametrize(
    ("draws", "expected"),
    [
        # Weights 0, 1, 3: running sums 0, 1, 4. The first that reaches the number drawn.
        ([0, 0, 0], ["zero", "one", "three"]),
        ([1, 1, 0], ["one", "three", "zero"]),
        ([2, 0, 0], ["three", "zero", "one"]),
        ([4, 1, 0], ["three", "one", "zero"]),
    ],
)
def test_weights(draws: list[int], expected: list[str]) -> None:
    bounds: list[tuple[int, int]] = []
    rest = iter(draws)

    def randint(low: int, high: int) -> int:
        bounds.append((low, high))
        return next(rest)

    records = [SrvRecord(1, 1, 1, "one"), SrvRecord(1, 0, 1, "zero"), SrvRecord(1, 3, 1, "three")]
    assert [record.target for record in order_records(records, randint)] == expected
    assert bounds[0] == (0, 4)


def test_weights_decide_how_often() -> None:
    draw = random.Random(2782)
    records = [SrvRecord(1, 10, 1, "light"), SrvRecord(1, 90, 1, "heavy"), SrvRecord(1, 0, 1, "spare")]
    first = Counter(order_records(records, draw.randint)[0].target for _ in range(2000))
    assert first["heavy"] > 1700
    assert 100 < first["light"] < 300
    assert 0 < first["spare"] < 60


@given(st.lists(st.builds(SrvRecord, st.integers(0, 3), st.integers(0, 5), st.integers(1, 9), st.just("h.example"))))
def test_order_loses_and_invents_nothing(records: list[SrvRecord]) -> None:
    ordered = order_records(records)
    assert Counter(ordered) == Counter(records)
    assert [record.priority for record in ordered] == sorted(record.priority for record in records)


# --- finding (RFC 6120 §3.2, XEP-0368) ------------------------------------------------------------------------


async def find(records: dict[str, list[SrvRecord]], domain: str = "example.org", **options) -> list[Endpoint]:
    return await find_endpoints(domain, StaticResolver(records), **options)


async def test_both_services_are_one_set() -> None:
    found = await find(
        {
            CLIENT: [SrvRecord(10, 0, 5222, "a.example."), SrvRecord(30, 0, 5222, "b.example.")],
            DIRECT: [SrvRecord(20, 0, 443, "a.example.")],
        }
    )
    assert found == [
        Endpoint("a.example", 5222, False, "xmpp-client"),
        Endpoint("a.example", 443, True, "xmpps-client"),
        Endpoint("b.example", 5222, False, "xmpp-client"),
    ]


async def test_equal_records_of_both_services_stay_two() -> None:
    record = SrvRecord(5, 0, 443, "one.example.")
    found = await find({CLIENT: [record], DIRECT: [record]})
    assert {endpoint.direct_tls for endpoint in found} == {True, False}
    assert {(endpoint.host, endpoint.port) for endpoint in found} == {("one.example", 443)}


async def test_weights_are_drawn_over_both() -> None:
    records = {CLIENT: [SrvRecord(5, 1, 1, "a.")], DIRECT: [SrvRecord(5, 1, 2, "b.")]}
    assert [each.host for each in await find(records, randint=lambda low, high: low)] == ["b", "a"]
    assert [each.host for each in await find(records, randint=lambda low, high: high)] == ["a", "b"]


async def test_only_the_kind_that_is_wished() -> None:
    records = {CLIENT: [SrvRecord(1, 0, 5222, "a.")], DIRECT: [SrvRecord(1, 0, 443, "b.")]}
    assert [each.host for each in await find(records, direct_tls=False)] == ["a"]
    assert [each.host for each in await find(records, starttls=False)] == ["b"]
    with pytest.raises(ConfigurationError, match="enable_direct_tls and enable_starttls are off"):
        await find(records, direct_tls=False, starttls=False)


async def test_other_services() -> None:
    records = {"_jabber._tcp.example.org": [SrvRecord(1, 0, 5347, "c.")]}
    assert await find(records, starttls_services=("jabber",), tls_services=()) == [Endpoint("c", 5347, False, "jabber")]


async def test_without_records_it_is_the_domain() -> None:
    assert await find({}) == [Endpoint("example.org", 5222)]
    assert await find({}, port=5269) == [Endpoint("example.org", 5269)]
    assert await find({}, starttls=False) == [Endpoint("example.org", 5223, True)]
    assert await find({}, starttls=False, port=443) == [Endpoint("example.org", 443, True)]


async def test_a_dot_says_that_there_is_no_service() -> None:
    nothing = [SrvRecord(0, 0, 0, ".")]
    for records in ({CLIENT: nothing, DIRECT: nothing}, {CLIENT: nothing}, {DIRECT: nothing}):
        with pytest.raises(HostNotFound, match=r"example\.org: the domain says that it has no XMPP service"):
            await find(records)


async def test_a_dot_for_one_service_leaves_the_other() -> None:
    records = {CLIENT: [SrvRecord(1, 0, 5222, "a.")], DIRECT: [SrvRecord(0, 0, 0, ".")]}
    assert await find(records) == [Endpoint("a", 5222, False, "xmpp-client")]


async def test_without_an_answer_it_is_the_domain_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    resolver = Broken()
    with caplog.at_level(logging.WARNING):
        assert await find_endpoints("example.org", resolver) == [Endpoint("example.org", 5222)]
    assert sorted(resolver.asked) == [CLIENT, DIRECT]
    assert "no answer to the SRV query for xmpp-client at example.org" in caplog.text


@pytest.mark.parametrize(
    ("domain", "host"),
    [
        ("localhost", "localhost"),
        ("xmpp.localhost", "xmpp.localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
    ],
)
async def test_what_dns_does_not_know_is_not_looked_up(domain: str, host: str) -> None:
    resolver = Broken()
    assert await find_endpoints(domain, resolver) == [Endpoint(host, 5222)]
    assert resolver.asked == []


async def test_internationalised_domains_are_looked_up_as_dns_spells_them() -> None:
    name = "xn--bcher-kva.example"
    records = {f"_xmpp-client._tcp.{name}": [SrvRecord(1, 0, 5222, "a.")]}
    assert [each.host for each in await find(records, "bücher.example")] == ["a"]
    assert await find({}, "bücher.example") == [Endpoint(name, 5222)]


def test_unix_sockets() -> None:
    endpoint = explicit_endpoint("unix:/run/prosody/component.sock", 5347)
    assert endpoint == Endpoint("", 0, path="/run/prosody/component.sock")
    assert str(endpoint) == "unix:/run/prosody/component.sock"


# --- URLs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "kind", "host", "port", "encrypted"),
    [
        ("wss://chat.example/ws", TransportKind.WEBSOCKET, "chat.example", 443, True),
        ("ws://localhost:5280/ws?a=b", TransportKind.WEBSOCKET, "localhost", 5280, False),
        ("https://[::1]:5281/http-bind", TransportKind.BOSH, "::1", 5281, True),
        ("http://127.0.0.1", TransportKind.BOSH, "127.0.0.1", 80, False),
    ],
)
def test_url_endpoint(url: str, kind: TransportKind, host: str, port: int, encrypted: bool) -> None:
    found = url_endpoint(url)
    assert (found.kind, found.host, found.port, found.encrypted) == (kind, host, port, encrypted)
    assert found.url == str(found) == url
    assert not found.direct_tls
    assert is_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "example.org", "xmpp://example.org", "wss://", "wss:///ws", "wss://host:0/", "wss://host:x/", "wss://[::1/",
        "wss://user:secret@host/", "wss://host/#part", "wss://host/a b", "wss://host/a\nb", "",
    ],
)  # fmt: skip
def test_what_is_no_url_to_connect_to(url: str) -> None:
    with pytest.raises(ConfigurationError, match="a URL to connect to") as caught:
        url_endpoint(url)
    assert "secret" not in str(caught.value)


def test_a_host_is_no_url() -> None:
    assert not is_url("example.org")
    assert not is_url("unix:/run/xmpp")
    assert not is_url("wss")
    assert not explicit_endpoint("example.org").encrypted
