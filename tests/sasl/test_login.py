# SPDX-License-Identifier: MIT
"""LOGIN: both halves, and what neither accepts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.base import Attempt, Challenge, Failure, NeedAccount, Success
from xmppkit.sasl.credentials import AccountRecord, Credentials
from xmppkit.sasl.login import LoginClient, LoginServer
from xmppkit.sasl.scram import make_scram_record

MALFORMED = Failure("malformed-request")
ATTEMPT = Attempt(nonce=lambda: "unused")
RECORD = make_scram_record("SCRAM-SHA-256", "tanstaaf", b"salt", 4096)


def make_client(password: str | None = "tanstaaf") -> LoginClient:
    return LoginClient("LOGIN", Credentials("tim", password), ATTEMPT)


def make_server() -> LoginServer:
    return LoginServer("LOGIN", ATTEMPT)


@pytest.mark.parametrize("record", [AccountRecord("tanstaaf"), AccountRecord(scram={"SCRAM-SHA-256": RECORD})])
def test_log_in(record: AccountRecord, play: Callable[..., object]) -> None:
    assert play(make_client(), make_server(), {"tim": record}.get) == Success("tim")


def test_a_wrong_password(play: Callable[..., object]) -> None:
    assert play(make_client("guess"), make_server(), {"tim": AccountRecord("tanstaaf")}.get) == Failure(
        "not-authorized"
    )


def test_the_client_answers_two_questions_whatever_they_are_called() -> None:
    client = make_client()
    assert client.initial_response() is None
    with pytest.raises(SASLFailed, match="before it knew"):
        client.success(None)
    assert client.respond(b"User Name\0") == b"tim"
    assert client.respond(b"") == b"tanstaaf"
    with pytest.raises(SASLFailed, match="a third"):
        client.respond(b"Again:")


def test_a_success_has_no_data() -> None:
    client = make_client()
    client.respond(b"Username:")
    client.respond(b"Password:")
    with pytest.raises(SASLFailed, match="without data"):
        client.success(b"x")
    client.success(None)


def test_without_a_password() -> None:
    with pytest.raises(SASLFailed, match="needs a password"):
        make_client(None).initial_response()


def test_the_name_may_come_at_once() -> None:
    server = make_server()
    assert server.receive(b"tim") == Challenge(b"Password:")
    assert server.receive(b"tanstaaf") == NeedAccount("tim")
    assert server.receive(b"tanstaaf") == MALFORMED
    assert server.account(AccountRecord("tanstaaf")) == Success("tim")
    assert server.receive(b"tanstaaf") == MALFORMED


@pytest.mark.parametrize("data", [None, b"", b"\xff", b"x" * 1025])
def test_malformed(data: bytes | None) -> None:
    server = make_server()
    assert server.receive(None) == Challenge(b"Username:")
    assert server.receive(data) == MALFORMED
    assert server.receive(b"tim") == Challenge(b"Password:")
    assert server.receive(data) == MALFORMED
    assert server.account(AccountRecord("")) != Success("tim")
