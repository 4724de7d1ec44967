# SPDX-License-Identifier: MIT
"""CRAM-MD5 by the example of RFC 2195 §2, both halves, and what neither accepts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.base import Attempt, Challenge, Failure, NeedAccount, Success
from xmppkit.sasl.cram import CramClient, CramServer
from xmppkit.sasl.credentials import AccountRecord, Credentials
from xmppkit.sasl.scram import make_scram_record

MALFORMED = Failure("malformed-request")
REFUSED = Failure("not-authorized")
CHALLENGE = b"<1896.697170952@postoffice.reston.mci.net>"
RESPONSE = b"tim b913a602c7eda7a495b4e6e7334d3890"
RECORD = make_scram_record("SCRAM-SHA-1", "tanstaaftanstaaf")
ATTEMPT = Attempt(nonce=lambda: "1896.697170952", domain="postoffice.reston.mci.net")
TIM = AccountRecord("tanstaaftanstaaf")


def make_client(password: str | None = "tanstaaftanstaaf") -> CramClient:
    return CramClient("CRAM-MD5", Credentials("tim", password), ATTEMPT)


def make_server() -> CramServer:
    return CramServer("CRAM-MD5", ATTEMPT)


def test_the_example() -> None:
    client, server = make_client(), make_server()
    assert client.initial_response() is None
    assert server.receive(None) == Challenge(CHALLENGE)
    assert client.respond(CHALLENGE) == RESPONSE
    assert server.receive(RESPONSE) == NeedAccount("tim")
    assert server.account(TIM) == Success("tim")
    client.success(None)


def test_without_a_domain_and_with_an_empty_first_message() -> None:
    server = CramServer("CRAM-MD5", Attempt(nonce=lambda: "1"))
    assert server.receive(b"") == Challenge(b"<1@localhost>")


@pytest.mark.parametrize(
    ("password", "record"),
    [
        ("guess", TIM),
        ("tanstaaftanstaaf", None),
        (
            "tanstaaftanstaaf",
            AccountRecord(scram={"SCRAM-SHA-1": RECORD}),
        ),
        ("", AccountRecord("")),
    ],
)
def test_refused(password: str, record: AccountRecord | None, play: Callable[..., object]) -> None:
    assert play(make_client(password), make_server(), lambda name: record) == REFUSED


def test_what_the_client_does_not_do() -> None:
    with pytest.raises(SASLFailed, match="needs a password"):
        make_client(None).initial_response()
    client = make_client()
    with pytest.raises(SASLFailed, match="before it had asked"):
        client.success(None)
    for challenge in (b"", b"x" * 5000):
        with pytest.raises(SASLFailed, match="empty, or too long"):
            client.respond(challenge)
    client.respond(CHALLENGE)
    with pytest.raises(SASLFailed, match="a second"):
        client.respond(CHALLENGE)
    with pytest.raises(SASLFailed, match="without data"):
        client.success(b"x")


@pytest.mark.parametrize(
    "data",
    [None, b"", b"tim", RESPONSE[4:], b" " + RESPONSE[4:], RESPONSE + b"0", b"\xff" + RESPONSE, b"x" * 5000 + RESPONSE],
)
def test_malformed(data: bytes | None) -> None:
    server = make_server()
    assert server.receive(RESPONSE) == MALFORMED, "the server speaks first"
    server.receive(None)
    assert server.receive(data) == MALFORMED
    assert server.account(TIM) == MALFORMED


def test_an_answer_counts_once() -> None:
    server = make_server()
    server.receive(None)
    server.receive(RESPONSE)
    assert server.receive(RESPONSE) == MALFORMED
    assert server.account(TIM) == Success("tim")
    assert server.account(TIM) == MALFORMED
