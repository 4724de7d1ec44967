# SPDX-License-Identifier: MIT
"""xmppkit.transports.resolver: dnspython's resolver is replaced; its answers and errors are dnspython's own."""

from __future__ import annotations

from typing import Any

import dns.asyncresolver
import dns.exception
import dns.message
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import pytest

from xmppkit.exceptions import HostNotFound
from xmppkit.transports.resolver import DnsResolver, SrvRecord, StaticResolver

NAME = "_xmpp-client._tcp.example.org"


class Fake:
    """Stands for `dns.asyncresolver.Resolver`."""

    made: list[Fake]
    outcome: Any

    def __init__(self, configure: bool = True) -> None:
        self.configure = configure
        self.nameservers: list[str] = []
        self.port = 53
        self.asked: list[tuple[str, Any, dict[str, Any]]] = []
        self.made.append(self)

    async def resolve(self, name: str, kind: Any, **options: Any) -> Any:
        self.asked.append((name, kind, options))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return [dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.SRV, text) for text in self.outcome]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[Fake]:
    Fake.made = []
    Fake.outcome = []
    monkeypatch.setattr(dns.asyncresolver, "Resolver", Fake)
    return Fake


async def test_records(fake: type[Fake]) -> None:
    fake.outcome = ["10 5 5222 a.example.", "0 0 0 ."]
    resolver = DnsResolver(timeout=2.5)
    assert fake.made == []  # nothing is read before the first question
    assert await resolver.srv(NAME) == [SrvRecord(10, 5, 5222, "a.example."), SrvRecord(0, 0, 0, ".")]
    assert fake.made[0].asked == [(NAME + ".", dns.rdatatype.SRV, {"lifetime": 2.5, "search": False})]


async def test_one_backend_serves_all_questions(fake: type[Fake]) -> None:
    resolver = DnsResolver()
    await resolver.srv(NAME)
    await resolver.srv(NAME + ".")
    (backend,) = fake.made
    assert backend.configure
    assert [name for name, _, _ in backend.asked] == [NAME + ".", NAME + "."]


async def test_nameservers_of_ones_own(fake: type[Fake]) -> None:
    await DnsResolver(nameservers=["192.0.2.53"], port=5353).srv(NAME)
    (backend,) = fake.made
    assert (backend.configure, backend.nameservers, backend.port) == (False, ["192.0.2.53"], 5353)


NO_ANSWER = dns.resolver.NoAnswer(response=dns.message.make_response(dns.message.make_query(NAME, "SRV")))


@pytest.mark.parametrize("error", [dns.resolver.NXDOMAIN(), NO_ANSWER])
async def test_no_records(fake: type[Fake], error: Exception) -> None:
    fake.outcome = error
    assert await DnsResolver().srv(NAME) == []


@pytest.mark.parametrize(
    "error",
    [dns.exception.Timeout(), dns.resolver.NoNameservers(), dns.resolver.NoResolverConfiguration(), OSError("down")],
)
async def test_no_answer(fake: type[Fake], error: Exception) -> None:
    fake.outcome = error
    with pytest.raises(
        HostNotFound, match=f"{NAME}: DNS did not answer: .*name servers, or give host and port"
    ) as caught:
        await DnsResolver().srv(NAME)
    assert caught.value.__cause__ is error


async def test_static() -> None:
    record = SrvRecord(1, 2, 3, "a.")
    known = {NAME: [record]}
    resolver = StaticResolver(known)
    known.clear()
    found = await resolver.srv(NAME)
    found.clear()
    assert await resolver.srv(NAME) == [record]
    assert await resolver.srv("_xmpp-client._tcp.elsewhere.example") == []
    assert await StaticResolver().srv(NAME) == []
