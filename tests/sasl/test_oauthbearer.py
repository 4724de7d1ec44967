# SPDX-License-Identifier: MIT
"""Bearer tokens (RFC 7628): the examples of the RFC, what is wrong with a token, and messages that are none."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl import AccountRecord, Attempt, Challenge, Credentials, Failure, NeedAccount, Success
from xmppkit.sasl.oauthbearer import OAuthBearerClient, OAuthBearerServer

TOKEN = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
ALICE = Credentials("alice", host="localhost", access_token=TOKEN)
ACCOUNT = AccountRecord(bearer=lambda token: "alice" if token == TOKEN else "")


@pytest.fixture
def client(attempt: Callable[..., Attempt]) -> Callable[..., OAuthBearerClient]:
    return lambda who=ALICE: OAuthBearerClient("OAUTHBEARER", who, attempt())


@pytest.fixture
def server(attempt: Callable[..., Attempt]) -> OAuthBearerServer:
    return OAuthBearerServer("OAUTHBEARER", attempt())


class TestClient:
    @pytest.mark.parametrize(
        ("who", "first"),
        [
            (ALICE, f"n,a=alice@localhost,\x01auth=Bearer {TOKEN}\x01\x01"),
            (Credentials(access_token="t"), "n,,\x01auth=Bearer t\x01\x01"),
            (Credentials("alice", access_token="t"), "n,,\x01auth=Bearer t\x01\x01"),
            (Credentials("x", host="h", authzid="b,=@h", access_token="t"), "n,a=b=2C=3D@h,\x01auth=Bearer t\x01\x01"),
        ],
    )
    def test_the_first_message(self, client: Callable[..., OAuthBearerClient], who: Credentials, first: str) -> None:
        made = client(who)
        assert made.initial_response() == first.encode()
        assert made.explanation == ""
        made.success(None)

    @pytest.mark.parametrize(
        ("who", "said"),
        [
            (Credentials("alice"), "needs an access_token"),
            (Credentials("alice", access_token="a b"), "cannot carry this access_token"),
            (Credentials("alice", access_token="a\x01host=evil"), "cannot carry this access_token"),
            (Credentials("alice", access_token="t\n"), "cannot carry this access_token"),
            (Credentials("alice", authzid="a\x01b", access_token="t"), "cannot carry this address"),
            (Credentials("alice", authzid="a\0b", access_token="t"), "cannot carry this address"),
        ],
    )
    def test_what_cannot_be_said(self, client: Callable[..., OAuthBearerClient], who: Credentials, said: str) -> None:
        with pytest.raises(SASLFailed, match=said):
            client(who).initial_response()

    def test_what_is_wrong_with_the_token(self, client: Callable[..., OAuthBearerClient]) -> None:
        # RFC 7628 §4.3
        made = client()
        made.initial_response()
        problem = {"status": "invalid_token", "scope": "example_scope", "openid-configuration": "https://e/x", "y": 1}
        assert made.respond(json.dumps(problem).encode()) == b"\x01"
        assert made.explanation == "invalid_token, scope 'example_scope', openid-configuration 'https://e/x'"
        with pytest.raises(SASLFailed, match="second challenge"):
            made.respond(b"{}")
        with pytest.raises(SASLFailed, match="and then said that it is right"):
            made.success(None)

    @pytest.mark.parametrize(
        "challenge",
        [b"", b"[]", b"{", b'{"status": 5}', b"\xff", b"[" * 100_000, b'{"status": "' + b"x" * 20_000],
    )
    def test_a_challenge_that_says_nothing(self, client: Callable[..., OAuthBearerClient], challenge: bytes) -> None:
        made = client()
        assert made.respond(challenge) == b"\x01"
        assert "does not say what is wrong" in made.explanation

    def test_a_long_status_is_cut(self, client: Callable[..., OAuthBearerClient]) -> None:
        made = client()
        made.respond(json.dumps({"status": "x" * 5000}).encode())
        assert made.explanation == "x" * 200

    def test_nothing_comes_with_success(self, client: Callable[..., OAuthBearerClient]) -> None:
        with pytest.raises(SASLFailed, match="ends without data"):
            client().success(b"x")


class TestServer:
    def test_the_example_of_the_rfc(self, server: OAuthBearerServer) -> None:
        # RFC 7628 §4.1
        first = (
            f"n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer {TOKEN}\x01\x01"
        ).encode()
        assert server.receive(first) == NeedAccount("user@example.com")
        assert server.account(AccountRecord(bearer=lambda token: "user")) == Success("user", "user@example.com")

    @pytest.mark.parametrize("first", [True, False])
    def test_both_halves(
        self,
        client: Callable[..., OAuthBearerClient],
        server: OAuthBearerServer,
        play: Callable[..., object],
        first: bool,
    ) -> None:
        step = play(client(), server, lambda username: ACCOUNT, first=first)
        assert step == Success("alice", "alice@localhost")

    @pytest.mark.parametrize(
        "record", [None, AccountRecord("password"), AccountRecord(bearer=lambda token: "")], ids=["none", "no", "wrong"]
    )
    def test_a_token_that_is_not_good(
        self,
        client: Callable[..., OAuthBearerClient],
        server: OAuthBearerServer,
        play: Callable[..., object],
        record: AccountRecord | None,
    ) -> None:
        made = client()
        assert play(made, server, lambda username: record) == Failure("not-authorized")
        assert made.explanation == "invalid_token"
        # Nothing brings it back.
        assert server.receive(made.initial_response()) == Failure("not-authorized")

    @pytest.mark.parametrize(
        "first",
        [
            b"",
            b"\xff",
            b"\x01",
            b"n,,",
            b"n,,\x01\x01",
            b"n,,\x01auth=Bearer t\x01",
            b"p=tls-unique,,\x01auth=Bearer t\x01\x01",
            b"n,b=x,\x01auth=Bearer t\x01\x01",
            b"n,a=x=y,\x01auth=Bearer t\x01\x01",
            b"n,a=x\0,\x01auth=Bearer t\x01\x01",
            b"n,,x\x01auth=Bearer t\x01\x01",
            b"n,\x01auth=Bearer t\x01\x01",
            b"n,,\x01auth=Basic t\x01\x01",
            b"n,,\x01auth=Bearer \x01\x01",
            b"n,,\x01auth=Bearer a b\x01\x01",
            b"n,,\x01auth=Bearer t\x01auth=Bearer t\x01\x01",
            b"n,,\x01auth=Bearer t\x01host=\x00\x01\x01",
            b"n,,\x01auth=Bearer " + b"t" * 20_000 + b"\x01\x01",
        ],
    )
    def test_messages_that_are_none(self, server: OAuthBearerServer, first: bytes) -> None:
        assert server.receive(first) == server.MALFORMED
        assert server.account(ACCOUNT) == server.MALFORMED

    def test_y_and_another_spelling(self, server: OAuthBearerServer) -> None:
        assert server.receive(b"y,a=a=2Cb=3D,\x01auth=bearer t\x01\x01") == NeedAccount("a,b=")

    def test_nothing_when_asked(self, server: OAuthBearerServer) -> None:
        assert server.receive(None) == Challenge(b"")
        assert server.receive(None) == server.MALFORMED

    @given(st.binary(max_size=60))
    def test_it_raises_nothing(self, data: bytes) -> None:
        made = OAuthBearerServer("OAUTHBEARER", Attempt(nonce=lambda: "n"))
        assert made.receive(data) is not None
