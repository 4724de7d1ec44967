# SPDX-License-Identifier: MIT
"""What SCRAM is for: a server that does not know the password is not believed, a client learns of no account."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import SASLError, SASLFailed, SASLMutualAuthFailed
from xmppkit.sasl import scram
from xmppkit.sasl.base import Attempt, Challenge, Failure, NeedAccount, Success
from xmppkit.sasl.credentials import AccountRecord, Credentials
from xmppkit.sasl.derivation import Derivation
from xmppkit.sasl.scram import (
    DEFAULT_ITERATIONS,
    ScramClient,
    ScramServer,
    make_scram_record,
)

CREDENTIALS = Credentials("user", "pencil")
FEW = 4096
SALT = b"0123456789abcdef"
# One derivation for all the tests that do not need another.
RECORD = make_scram_record("SCRAM-SHA-1", "pencil", SALT, FEW)
ACCOUNT = AccountRecord(scram={"SCRAM-SHA-1": RECORD})
REFUSED = Failure("not-authorized")


def make_attempt(nonce: str, **more: object) -> Attempt:
    return Attempt(nonce=lambda: nonce, **more)  # type: ignore[arg-type]


def make_client(name: str = "SCRAM-SHA-1", credentials: Credentials = CREDENTIALS, **more: object) -> ScramClient:
    return ScramClient(name, credentials, make_attempt("CLIENT", **more))


def make_server(name: str = "SCRAM-SHA-1", **more: object) -> ScramServer:
    return ScramServer(name, make_attempt("SERVER", **more))


def challenge(
    *, nonce: str = "CLIENTSERVER", salt: str = "MDEyMzQ1Njc4OWFiY2RlZg==", iterations: object = FEW
) -> bytes:
    return f"r={nonce},s={salt},i={iterations}".encode()


def begun_client(**more: object) -> ScramClient:
    client = make_client(**more)
    client.initial_response()
    return client


def challenged_server(account: AccountRecord | None = ACCOUNT, **more: object) -> tuple[ScramServer, bytes]:
    """A server that waits for the proof, and the challenge that it sent."""
    server = make_server(**more)
    assert server.receive(b"n,,n=user,r=CLIENT") == NeedAccount("user")
    step = server.account(account)
    assert isinstance(step, Challenge)
    return server, step.data


def good_proof(data: bytes) -> bytes:
    return begun_client().respond(data)


class TestSuccessIsNotBelieved:
    """A9, A11: only a server that knows the password ends the exchange."""

    @pytest.mark.parametrize("data", [None, b"", b"v=", b"v=AAAA", challenge(iterations=1), b"r=CLIENT,s=MDEy,i=1"])
    def test_at_once(self, data: bytes | None) -> None:
        with pytest.raises(SASLMutualAuthFailed):
            begun_client().success(data)

    @pytest.mark.parametrize("data", [None, b""])
    def test_without_a_signature(self, data: bytes | None) -> None:
        client = begun_client()
        client.respond(challenge())
        with pytest.raises(SASLMutualAuthFailed, match="did not show"):
            client.success(data)

    @pytest.mark.parametrize(
        "data",
        [
            b"v=",
            b"v=AAAA",
            b"v=!",
            b"v=\xff",
            b"x=AAAA",
            b"e=other-error",
            b"v=" + base64.b64encode(bytes(20)),
            challenge(),
        ],
    )
    @pytest.mark.parametrize("as_challenge", [True, False])
    def test_with_a_wrong_signature(self, data: bytes, as_challenge: bool) -> None:
        client = begun_client()
        client.respond(challenge())
        with pytest.raises(SASLFailed):
            client.respond(data) if as_challenge else client.success(data)
        with pytest.raises(SASLMutualAuthFailed):
            client.success(None)

    def test_every_changed_bit_of_the_signature_counts(self) -> None:
        server, data = challenged_server()
        client = begun_client()
        step = server.receive(client.respond(data))
        assert isinstance(step, Success)
        assert step.data is not None
        signature = base64.b64decode(step.data[2:])
        for position in range(len(signature) * 8):
            changed = bytearray(signature)
            changed[position // 8] ^= 1 << position % 8
            with pytest.raises(SASLMutualAuthFailed, match="does not know the password"):
                client.success(b"v=" + base64.b64encode(changed))
        client.success(step.data)

    def test_a_server_that_only_heard_the_proof(self) -> None:
        # It has what went over the wire and makes up keys of its own.
        client = begun_client()
        proof = client.respond(challenge())
        with pytest.raises(SASLMutualAuthFailed):
            client.success(b"v=" + proof.rpartition(b"p=")[2])

    def test_twice(self) -> None:
        server, data = challenged_server()
        client = begun_client()
        step = server.receive(client.respond(data))
        assert isinstance(step, Success)
        assert step.data is not None
        assert client.respond(step.data) == b""
        with pytest.raises(SASLMutualAuthFailed, match="too early or twice"):
            client.respond(step.data)
        with pytest.raises(SASLMutualAuthFailed, match="too early or twice"):
            client.success(step.data)
        client.success(None)


class TestUnknownAccounts:
    """D15: nobody learns by logging in which accounts there are."""

    STRANGERS = (None, AccountRecord(), AccountRecord(scram={"SCRAM-SHA-256": RECORD}))

    @pytest.mark.parametrize("account", STRANGERS)
    def test_the_challenge_has_the_form_of_any_other(self, account: AccountRecord | None) -> None:
        _, real = challenged_server(AccountRecord(scram={"SCRAM-SHA-1": make_scram_record("SCRAM-SHA-1", "pencil")}))
        _, made_up = challenged_server(account)
        for data in (real, made_up):
            nonce, salt, iterations = data.split(b",")
            assert nonce == b"r=CLIENTSERVER"
            assert len(base64.b64decode(salt[2:], validate=True)) == 16
            assert iterations == b"i=%d" % DEFAULT_ITERATIONS
        assert len(real) == len(made_up)

    @pytest.mark.parametrize("account", [*STRANGERS, AccountRecord("pencil")])
    def test_the_challenge_is_the_same_at_each_attempt(self, account: AccountRecord | None) -> None:
        assert challenged_server(account)[1] == challenged_server(account)[1]

    def test_the_salt_depends_on_the_name_and_the_mechanism_only(self) -> None:
        def salt(username: bytes, name: str = "SCRAM-SHA-1", account: AccountRecord | None = None) -> bytes:
            server = make_server(name)
            server.receive(b"n,,n=" + username + b",r=CLIENT")
            step = server.account(account)
            assert isinstance(step, Challenge)
            return step.data.split(b",")[1]

        assert salt(b"user") == salt(b"USER") == salt(b"user", account=AccountRecord("pencil"))
        assert salt(b"user") != salt(b"other")
        assert salt(b"user") != salt(b"user", "SCRAM-SHA-256")

    def test_the_salt_is_no_function_of_the_name_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = challenged_server(None)[1]
        monkeypatch.setattr(scram, "_SALTS", b"another server")
        assert challenged_server(None)[1] != before

    @pytest.mark.parametrize("account", [*STRANGERS, ACCOUNT, AccountRecord("pencil")])
    def test_each_refusal_costs_one_derivation_and_the_challenge_none(
        self, account: AccountRecord | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server, data = challenged_server(account)
        proof = good_proof(data).rpartition(b"p=")[0] + b"p=" + base64.b64encode(bytes(20))
        derived: list[int] = []
        compute = Derivation.compute

        def count(derivation: Derivation) -> bytes:
            derived.append(derivation.iterations)
            return compute(derivation)

        monkeypatch.setattr(Derivation, "compute", count)
        assert server.receive(proof) == REFUSED
        assert derived == [int(data.rpartition(b"i=")[2])]
        derived.clear()
        assert isinstance(challenged_server(account)[0], ScramServer)
        assert derived == []

    @pytest.mark.parametrize("password", ["pencil", "", "nothing"])
    def test_no_password_opens_one(self, password: str) -> None:
        server, data = challenged_server(None)
        client = begun_client(credentials=Credentials("user", password))
        assert server.receive(client.respond(data)) == REFUSED


@given(data=st.binary(max_size=80))
def test_no_bytes_confuse_a_client(data: bytes) -> None:
    client = begun_client()
    with pytest.raises(SASLError):
        client.respond(data)
    with pytest.raises(SASLMutualAuthFailed):
        client.success(data)


@given(data=st.lists(st.one_of(st.none(), st.binary(max_size=60)), max_size=4))
def test_no_bytes_let_a_client_in(data: list[bytes | None]) -> None:
    server = make_server()
    for message in data:
        step = server.receive(message)
        if isinstance(step, NeedAccount):
            step = server.account(None)
        assert not isinstance(step, Success)


def test_what_looks_like_the_record_of_nobody() -> None:
    one, again, other = (scram.unknown_record("SCRAM-SHA-512", name) for name in ("nobody", "NOBODY", "bob"))
    assert one.salt == again.salt != other.salt
    assert (len(one.salt), one.iterations, len(one.stored_key)) == (16, DEFAULT_ITERATIONS, 64)
    assert one.stored_key != again.stored_key
    few = scram.unknown_record("SCRAM-SHA-1", "nobody", FEW, 40)
    assert (len(few.salt), few.iterations, len(few.server_key)) == (40, FEW, 20)
    assert challenged_server(AccountRecord(scram={"SCRAM-SHA-1": few}))[1].endswith(b",i=4096")
