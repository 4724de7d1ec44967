# SPDX-License-Identifier: MIT
"""SCRAM with so many rounds that somebody else should compute them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from xmppkit.exceptions import SASLFailed, SASLMutualAuthFailed
from xmppkit.sasl.base import Attempt, Challenge, Failure, Success
from xmppkit.sasl.credentials import AccountRecord, Credentials
from xmppkit.sasl.derivation import AT_ONCE, Derivation, Pending, at_once
from xmppkit.sasl.scram import HASHES, ScramClient, ScramServer, check_password, make_scram_record

MANY = AT_ONCE + 1
NAMES = [*HASHES, *(f"{name}-PLUS" for name in HASHES)]


def record(name: str) -> AccountRecord:
    plain = name.removesuffix("-PLUS")
    return AccountRecord(scram={plain: make_scram_record(plain, "pencil", b"salt", MANY)})


def halves(name: str, password: str = "pencil") -> tuple[ScramClient, ScramServer, bytes]:
    """Both, and the server's challenge."""
    told: dict[str, Any] = {"binding": {"tls-exporter": b"bytes"}.get, "peer_binds": name.endswith("-PLUS")}
    client = ScramClient(name, Credentials("user", password), Attempt(lambda: "CLIENT", **told))
    server = ScramServer(name, Attempt(lambda: "SERVER", **told))
    server.receive(client.initial_response())
    step = server.account(record(name))
    assert isinstance(step, Challenge)
    return client, server, step.data


@pytest.mark.parametrize("name", NAMES)
def test_the_client_is_told_the_key(name: str) -> None:
    client, server, challenge = halves(name)
    step = client.respond(challenge)
    assert isinstance(step, Pending)
    assert step.derivation == Derivation(HASHES[name.removesuffix("-PLUS")], b"pencil", b"salt", MANY)
    success = server.receive(step.then(step.derivation.compute()))
    assert isinstance(success, Success)
    client.success(success.data)


def test_nothing_is_believed_before_the_key_is_there() -> None:
    client, _, challenge = halves("SCRAM-SHA-256")
    client.respond(challenge)
    for data in (None, b"v=", b"v=" + base64.b64encode(bytes(32))):
        with pytest.raises(SASLMutualAuthFailed):
            client.success(data)
    with pytest.raises(SASLFailed):
        client.respond(b"v=" + base64.b64encode(bytes(32)))


def test_a_refusal_takes_as_long_as_the_rounds_of_the_account() -> None:
    client, server, challenge = halves("SCRAM-SHA-256", "pen")
    step = server.receive(at_once(client.respond(challenge)))
    assert isinstance(step, Pending)
    assert step.derivation.iterations == MANY
    assert at_once(step) == Failure("not-authorized")


@pytest.mark.parametrize(("password", "right"), [("pencil", True), ("pen", False)])
def test_checking_a_password(password: str, right: bool) -> None:
    step = check_password("SCRAM-SHA-256", password, record("SCRAM-SHA-256").scram["SCRAM-SHA-256"])
    assert isinstance(step, Pending)
    assert at_once(step) is right
