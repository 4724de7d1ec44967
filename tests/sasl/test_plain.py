# SPDX-License-Identifier: MIT
"""PLAIN by the examples of RFC 4616 §4, both halves, and what the server half lets nobody learn."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl import plain
from xmppkit.sasl.base import Attempt, Challenge, Failure, NeedAccount, Success
from xmppkit.sasl.credentials import AccountRecord, Credentials
from xmppkit.sasl.derivation import AT_ONCE, Derivation, Pending
from xmppkit.sasl.plain import PlainClient, PlainServer
from xmppkit.sasl.scram import make_scram_record

MALFORMED = Failure("malformed-request")
REFUSED = Failure("not-authorized")
RECORD = make_scram_record("SCRAM-SHA-256", "tanstaaftanstaaf", b"salt", 4096)
ATTEMPT = Attempt(nonce=lambda: "unused")


def make_client(username: str = "tim", password: str | None = "tanstaaftanstaaf", authzid: str = "") -> PlainClient:
    return PlainClient("PLAIN", Credentials(username, password, authzid), ATTEMPT)


def make_server() -> PlainServer:
    return PlainServer("PLAIN", ATTEMPT)


@pytest.mark.parametrize(
    ("client", "message"),
    [
        (make_client(), b"\0tim\0tanstaaftanstaaf"),
        (make_client("Kurt", "xipj3plmq", "Ursel"), b"Ursel\0Kurt\0xipj3plmq"),
        (make_client("ü", "ß♥"), "\0ü\0ß♥".encode()),
    ],
)
def test_what_goes_over_the_wire(client: PlainClient, message: bytes) -> None:
    assert client.initial_response() == message


@pytest.mark.parametrize(
    ("client", "reason"),
    [
        (make_client(password=None), "needs a password"),
        (make_client(username="a\0b"), "NUL"),
        (make_client(password="a\0b"), "NUL"),
        (make_client(authzid="a\0b"), "NUL"),
    ],
)
def test_what_the_client_cannot_say(client: PlainClient, reason: str) -> None:
    with pytest.raises(SASLFailed, match=reason):
        client.initial_response()


def test_the_client_takes_no_challenge_and_no_data() -> None:
    client = make_client()
    client.initial_response()
    with pytest.raises(SASLFailed, match="PLAIN has no challenge"):
        client.respond(b"")
    with pytest.raises(SASLFailed, match="ends without data"):
        client.success(b"x")
    client.success(None)
    client.success(b"")


def test_who_can_only_tell_whether_it_is_right(play: Callable[..., object]) -> None:
    asked: list[str] = []

    def check(password: str) -> bool:
        asked.append(password)
        return password == "tanstaaftanstaaf"

    account = AccountRecord("another", check=check)  # it goes before what else is known
    assert play(make_client(), make_server(), {"tim": account}.get) == Success("tim")
    assert play(make_client(password="another"), make_server(), {"tim": account}.get) == REFUSED
    assert asked == ["tanstaaftanstaaf", "another"]


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    "account",
    [
        AccountRecord("tanstaaftanstaaf"),
        AccountRecord("tanstaaf\u00adtanstaaf"),
        AccountRecord(scram={"SCRAM-SHA-256": RECORD}),
        # the password in the clear counts when there are both
        AccountRecord("tanstaaftanstaaf", {"SCRAM-SHA-256": make_scram_record("SCRAM-SHA-256", "x", b"salt", 4096)}),
    ],
)
def test_log_in(account: AccountRecord, first: bool, play: Callable[..., object]) -> None:
    assert play(make_client(), make_server(), {"tim": account}.get, first=first) == Success("tim")


def test_the_authorization_identity_arrives(play: Callable[..., object]) -> None:
    step = play(make_client("Kurt", "xipj3plmq", "Ursel"), make_server(), {"Kurt": AccountRecord("xipj3plmq")}.get)
    assert step == Success("Kurt", "Ursel")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"tim",
        b"tim\0tanstaaftanstaaf",
        b"\0tim\0",
        b"\0\0tanstaaftanstaaf",
        b"\0tim\0tanstaaf\0tanstaaf",
        b"\0tim\0\xff",
        b"\0tim\0" + b"x" * 4096,
    ],
)
def test_a_malformed_message(data: bytes) -> None:
    server = make_server()
    assert server.receive(data) == MALFORMED
    assert server.account(AccountRecord("tanstaaftanstaaf")) == MALFORMED


def test_the_server_asks_once() -> None:
    server = make_server()
    assert server.receive(None) == Challenge(b"")
    assert server.receive(None) == MALFORMED


@pytest.mark.parametrize(
    ("password", "account"),
    [
        ("pen", AccountRecord("tanstaaftanstaaf")),
        ("tanstaaftanstaaf", None),
        ("tanstaaftanstaaf", AccountRecord()),
        ("tanstaaftanstaaf", AccountRecord("a\0b")),
        ("pen", AccountRecord(scram={"SCRAM-SHA-256": RECORD})),
        # RFC 4616 §2: what preparation leaves nothing of is no password, even when both sides have it
        ("\u00ad", AccountRecord("\u00ad")),
    ],
)
def test_each_refusal_costs_one_derivation(
    password: str, account: AccountRecord | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    derived: list[str] = []
    compute = Derivation.compute

    def count(derivation: Derivation) -> bytes:
        derived.append(derivation.hash_name)
        return compute(derivation)

    monkeypatch.setattr(Derivation, "compute", count)
    server = make_server()
    assert server.receive(f"\0tim\0{password}".encode()) == NeedAccount("tim")
    assert server.account(account) == REFUSED
    assert len(derived) == 1


@pytest.mark.parametrize(("password", "outcome"), [("tanstaaftanstaaf", Success("tim")), ("pen", REFUSED)])
def test_a_record_with_many_rounds_is_left_to_the_caller(password: str, outcome: object) -> None:
    record = make_scram_record("SCRAM-SHA-1", "tanstaaftanstaaf", b"salt", AT_ONCE + 1)
    server = make_server()
    server.receive(f"\0tim\0{password}".encode())
    step = server.account(AccountRecord(scram={"SCRAM-SHA-1": record}))
    assert isinstance(step, Pending)
    assert step.derivation == Derivation("sha1", password.encode(), b"salt", AT_ONCE + 1)
    assert step.then(step.derivation.compute()) == outcome


def test_a_password_that_cannot_be_prepared() -> None:
    server = make_server()
    assert server.receive("\0tim\0\ue000".encode()) == NeedAccount("tim")
    assert server.account(AccountRecord("\ue000")) == REFUSED


def test_an_answer_of_the_host_counts_once() -> None:
    server = make_server()
    assert server.account(AccountRecord("")) == MALFORMED
    server.receive(b"\0tim\0tanstaaftanstaaf")
    assert server.account(AccountRecord("tanstaaftanstaaf")) == Success("tim")
    assert server.account(AccountRecord("")) == MALFORMED


def test_passwords_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(plain.hmac, "compare_digest", compare)
    server = make_server()
    server.receive("\0tim\0ß".encode())
    assert server.account(AccountRecord("ß")) == Success("tim")
    assert compared == [("ß".encode(), "ß".encode())]


@given(username=st.text(min_size=1), password=st.text(min_size=1), authzid=st.text())
def test_whatever_the_client_can_say_the_server_reads(username: str, password: str, authzid: str) -> None:
    try:
        data = make_client(username, password, authzid).initial_response()
    except SASLFailed:
        return
    server = make_server()
    assert server.receive(data) == (NeedAccount(username) if len(data or b"") <= 4096 else MALFORMED)


def test_no_secret_shows() -> None:
    client, server = make_client(), make_server()
    server.receive(client.initial_response())
    assert "tanstaaf" not in repr(client) + repr(server) + repr(client.credentials)
