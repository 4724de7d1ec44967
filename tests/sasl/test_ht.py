# SPDX-License-Identifier: MIT
"""HT-SHA-256-…: both halves against each other, and what neither lets pass."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from xmppkit.exceptions import SASLFailed, SASLMutualAuthFailed
from xmppkit.sasl.base import Attempt, Failure, NeedAccount, ServerMechanism, ServerStep, Success
from xmppkit.sasl.credentials import AccountRecord, Credentials
from xmppkit.sasl.ht import BINDINGS, HtClient, HtServer, TokenRecord, usable
from xmppkit.sasl.policy import Binding

TOKEN = "secret-token:fast-0123456789"
CHANNEL = {"tls-exporter": b"exported", "tls-unique": b"unique", "tls-server-end-point": b"end point"}


def attempt(**channel: bytes | None) -> Attempt:
    """One with these channel bindings, else with all."""
    known = {name.replace("_", "-"): data for name, data in channel.items()} if channel else CHANNEL
    return Attempt(lambda: "nonce", binding=known.get, secure=True)


def client(name: str = "HT-SHA-256-NONE", token: str = TOKEN, username: str = "alice") -> HtClient:
    return HtClient(name, Credentials(username, access_token=token), attempt())


def served(
    data: bytes | None, *tokens: TokenRecord, name: str = "HT-SHA-256-NONE", count: int | None = None
) -> tuple[HtServer, ServerStep]:
    """The server's half after the client's message and the account."""
    server = HtServer(name, attempt())
    server.count = count
    step = server.receive(data)
    return server, server.account(AccountRecord(tokens=tokens)) if isinstance(step, NeedAccount) else step


@pytest.mark.parametrize("name", BINDINGS)
def test_both_halves(name: str) -> None:
    half = client(name)
    first = half.initial_response()
    record = TokenRecord(TOKEN, name)
    server, step = served(first, record, name=name)
    assert isinstance(step, Success)
    assert (step.username, step.authzid) == ("alice", "")
    assert server.used is record
    half.success(step.data)
    assert TOKEN.encode() not in first + (step.data or b"")


def test_the_bytes() -> None:
    # draft-schmaus-kitten-sasl-ht-09 §3.
    bound = CHANNEL["tls-exporter"]
    first = client("HT-SHA-256-EXPR").initial_response()
    assert first == b"alice\0" + hmac.new(TOKEN.encode(), b"Initiator" + bound, hashlib.sha256).digest()
    _, step = served(first, TokenRecord(TOKEN, "HT-SHA-256-EXPR"), name="HT-SHA-256-EXPR")
    assert isinstance(step, Success)
    assert step.data == hmac.new(TOKEN.encode(), b"Responder" + bound, hashlib.sha256).digest()


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (CHANNEL, ["HT-SHA-256-EXPR", "HT-SHA-256-UNIQ", "HT-SHA-256-ENDP", "HT-SHA-256-NONE"]),
        ({"tls-server-end-point": b"x", "tls-unique": None}, ["HT-SHA-256-ENDP", "HT-SHA-256-NONE"]),
        (None, ["HT-SHA-256-NONE"]),
    ],
)
def test_what_a_channel_can_bind(channel: dict[str, bytes | None] | None, expected: list[str]) -> None:
    assert usable(["HT-SHA-256-NONE", "HT-SHA-512-NONE", *BINDINGS], channel.get if channel else None) == expected
    assert usable([], CHANNEL.get) == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Binding.NEVER, ["HT-SHA-256-NONE"]),
        (Binding.IF_OFFERED, ["HT-SHA-256-ENDP", "HT-SHA-256-NONE"]),
        (Binding.REQUIRED, ["HT-SHA-256-ENDP"]),
    ],
)
def test_what_the_policy_wants(wanted: Binding, expected: list[str]) -> None:
    assert usable(BINDINGS, {"tls-server-end-point": b"x"}.get, wanted) == expected


class TestClient:
    @pytest.mark.parametrize("binding", [{}.get, None])
    def test_a_channel_that_is_not_bound(self, binding: object) -> None:
        half = HtClient("HT-SHA-256-EXPR", Credentials("alice", access_token=TOKEN), attempt(tls_unique=b"x"))
        half.attempt = Attempt(lambda: "nonce", binding=binding)  # type: ignore[arg-type]
        with pytest.raises(SASLFailed, match="needs tls-exporter"):
            half.initial_response()

    @pytest.mark.parametrize("data", [None, b"", b"\0" * 32, hmac.digest(TOKEN.encode(), b"Initiator", "sha256")])
    def test_a_server_that_does_not_know_the_token(self, data: bytes | None) -> None:
        half = client()
        half.initial_response()
        with pytest.raises(SASLMutualAuthFailed, match="did not show that it knows the token"):
            half.success(data)

    def test_the_proof_of_another_channel(self) -> None:
        half = client("HT-SHA-256-EXPR")
        half.initial_response()
        with pytest.raises(SASLMutualAuthFailed):
            half.success(hmac.digest(TOKEN.encode(), b"Responder" + b"another", "sha256"))

    def test_there_is_no_challenge(self) -> None:
        with pytest.raises(SASLFailed, match="no challenge"):
            client().respond(b"")


class TestServer:
    def test_the_newer_of_two(self) -> None:
        new, old = TokenRecord("new", "HT-SHA-256-NONE"), TokenRecord(TOKEN, "HT-SHA-256-NONE")
        for token, used in (("new", new), (TOKEN, old)):
            server, step = served(client(token=token).initial_response(), new, old)
            assert isinstance(step, Success)
            assert server.used is used

    @pytest.mark.parametrize(
        "record",
        [
            TokenRecord("another", "HT-SHA-256-NONE"),
            TokenRecord(TOKEN, "HT-SHA-256-EXPR"),  # XEP-0484 §3.4: a token is for one mechanism
        ],
    )
    def test_a_token_that_is_not_this_one(self, record: TokenRecord) -> None:
        server, step = served(client().initial_response(), record)
        assert step == ServerMechanism.REFUSED
        assert server.used is None

    def test_no_token_and_no_account(self) -> None:
        assert served(client().initial_response())[1] == ServerMechanism.REFUSED
        server = HtServer("HT-SHA-256-NONE", attempt())
        server.receive(client().initial_response())
        assert server.account(None) == ServerMechanism.REFUSED

    def test_an_empty_token_is_none(self) -> None:
        assert served(client(token="").initial_response(), TokenRecord("", "HT-SHA-256-NONE"))[1] == (
            ServerMechanism.REFUSED
        )

    def test_one_whose_time_is_over(self) -> None:
        record = TokenRecord(TOKEN, "HT-SHA-256-NONE", expired=True)
        assert served(client().initial_response(), record)[1] == Failure("credentials-expired", "the token has expired")

    @pytest.mark.parametrize(
        ("known", "said", "good"),
        [(None, None, True), (None, 0, True), (3, None, True), (3, 4, True), (3, 3, False), (3, 2, False)],
    )
    def test_the_count(self, known: int | None, said: int | None, good: bool) -> None:
        record = TokenRecord(TOKEN, "HT-SHA-256-NONE", count=known)
        assert isinstance(served(client().initial_response(), record, count=said)[1], Success) is good

    @pytest.mark.parametrize(
        "data",
        [
            None,
            b"",
            b"alice",
            b"alice\0",
            b"\0" + b"x" * 32,
            b"alice\0" + b"x" * 31,
            b"alice\0" + b"x" * 33,
            b"\xff\0" + b"x" * 32,
            b"a\xcc\x88" * 9000,
            "al\u0007ice\0".encode() + b"x" * 32,
        ],
    )
    def test_what_is_no_message(self, data: bytes | None) -> None:
        assert served(data, TokenRecord(TOKEN, "HT-SHA-256-NONE"))[1] == ServerMechanism.MALFORMED

    def test_out_of_turn(self) -> None:
        server = HtServer("HT-SHA-256-NONE", attempt())
        assert server.account(AccountRecord()) == ServerMechanism.MALFORMED
        first = client().initial_response()
        assert server.receive(first) == NeedAccount("alice")
        assert server.receive(first) == ServerMechanism.MALFORMED

    def test_a_channel_that_is_not_bound(self) -> None:
        server = HtServer("HT-SHA-256-EXPR", Attempt(lambda: "nonce"))
        server.receive(client().initial_response())
        assert server.account(AccountRecord()) == ServerMechanism.MALFORMED


def test_nothing_shows_a_token() -> None:
    assert TOKEN not in repr(TokenRecord(TOKEN, "HT-SHA-256-NONE"))
    assert TOKEN not in repr(client())
