# SPDX-License-Identifier: MIT
"""Group D, logins at the embedded server: guessing passwords, tokens, certificates, accounts in masses.

Each test is named after its entry; the first sentence of its docstring is what docs/security.md says of it.
"""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from xmppkit.protocol.events import AccountNeeded
from xmppkit.sasl import Attempt
from xmppkit.sasl.oauthbearer import OAuthBearerServer
from xmppkit.server import EmbeddedServer, ServerLimits
from xmppkit.server.throttle import Throttle


def test_d15_guessing() -> None:
    """Past 30 failed logins from one address in a minute the embedded server looks at no further one, right or wrong,
    until some time has passed; other addresses are not affected."""
    server = EmbeddedServer(users={"alice": "wonderland"})
    assert (server.limits.failed_logins, server.limits.failed_logins_seconds) == (30, 60)
    now = 1000.0
    for _ in range(30):
        assert not server.login_blocked("192.0.2.1", now)
        server.login_failed("192.0.2.1", now)
    assert server.login_blocked("192.0.2.1", now + 1)
    assert not server.login_blocked("192.0.2.2", now + 1)
    # At this pace a guess every two seconds is all that an address has.
    assert not server.login_blocked("192.0.2.1", now + 3)


def test_d15_guessing_from_everywhere() -> None:
    """What it remembers of addresses is bounded; of IPv6 a whole network counts as one."""
    throttle = Throttle(30, 60.0)
    tracemalloc.start()
    try:
        for number in range(100_000):
            throttle.note(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0.0)
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()
    assert len(throttle) == 1000
    for number in range(30):
        throttle.note(f"2001:db8::{number:x}", 0.0)
    assert throttle.blocks("2001:db8::ffff", 0.0)


def test_d15_accounts_in_masses() -> None:
    """Clients make accounts only where that is allowed, over TLS, few from one address, and not without end."""
    limits = ServerLimits()
    assert (limits.registrations, limits.registrations_seconds, limits.accounts) == (5, 3600, 10_000)
    assert EmbeddedServer(users={})._features == ()
    [feature] = EmbeddedServer(users={}, allow_registration=True)._features
    assert [fact.name for fact in feature.needs] == ["SECURE"]


@pytest.mark.parametrize(
    ("authzid", "certificate"), [("", None), ("alice@localhost", None), ("alice@localhost", b"no certificate")]
)
def test_d15_certificates_that_were_not_shown(authzid: str, certificate: bytes | None) -> None:
    """EXTERNAL proves nothing without a certificate that TLS has verified, whatever the client claims."""
    server = EmbeddedServer(users={"alice": "wonderland"})
    assert server.account_record(AccountNeeded(authzid, "EXTERNAL"), certificate) is None


def test_d14_tokens_and_their_owners() -> None:
    """What is wrong with a bearer token is not told: unknown, expired and of nobody look the same."""
    answers = set()
    for owner in (lambda token: "", lambda token: "nobody"):
        server: Any = EmbeddedServer(users={"alice": "wonderland"}, bearer=owner)
        half = OAuthBearerServer("OAUTHBEARER", Attempt(nonce=lambda: "n"))
        half.receive(b"n,a=alice@localhost,\x01auth=Bearer t\x01\x01")
        record = server.account_record(AccountNeeded("alice@localhost", "OAUTHBEARER"), None)
        answers.add((repr(half.account(record)), repr(half.receive(b"\x01"))))
    assert len(answers) == 1
    assert "wonderland" not in str(answers)
