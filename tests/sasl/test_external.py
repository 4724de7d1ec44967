# SPDX-License-Identifier: MIT
"""EXTERNAL: the client names whom to act as, the host says whom the certificate proves (XEP-0178)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.base import Attempt, Challenge, Failure, NeedAccount, Success
from xmppkit.sasl.credentials import AccountRecord, Credentials
from xmppkit.sasl.external import ExternalClient, ExternalServer

ATTEMPT = Attempt(nonce=lambda: "unused")
MALFORMED = Failure("malformed-request")
REFUSED = Failure("not-authorized")


def make_client(authzid: str = "") -> ExternalClient:
    return ExternalClient("EXTERNAL", Credentials("juliet", authzid=authzid, external=True), ATTEMPT)


def make_server() -> ExternalServer:
    return ExternalServer("EXTERNAL", ATTEMPT)


@pytest.mark.parametrize("authzid", ["", "juliet@example.org"])
@pytest.mark.parametrize("first", [True, False])
def test_log_in(authzid: str, first: bool, play: Callable[..., object]) -> None:
    accounts = {authzid: AccountRecord(certified="juliet")}
    step = play(make_client(authzid), make_server(), accounts.get, first=first)
    assert step == Success("juliet", authzid)


@pytest.mark.parametrize(
    "account",
    [None, AccountRecord(), AccountRecord("password of the account that was asked for")],
)
def test_an_account_alone_proves_nothing(account: AccountRecord | None, play: Callable[..., object]) -> None:
    # A host that only looks the name up must not let everybody in.
    assert play(make_client("juliet@example.org"), make_server(), lambda name: account) == REFUSED


def test_the_empty_challenge_is_answered_once() -> None:
    client = make_client("juliet@example.org")
    assert client.respond(b"") == b"juliet@example.org"
    with pytest.raises(SASLFailed, match="has no challenge"):
        client.respond(b"")


def test_a_challenge_with_data() -> None:
    with pytest.raises(SASLFailed, match="has no challenge"):
        make_client().respond(b"x")


def test_the_server_asks_once_and_then_takes_nothing_for_nobody() -> None:
    server = make_server()
    assert server.receive(None) == Challenge(b"")
    assert server.receive(None) == NeedAccount("")


@pytest.mark.parametrize("data", [b"\xff", b"juliet\0example.org"])
def test_a_malformed_message(data: bytes) -> None:
    assert make_server().receive(data) == MALFORMED
