# SPDX-License-Identifier: MIT
"""Both halves of SCRAM by the vectors of RFC 5802 §5 and RFC 7677 §3, against each other, and against attackers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmppkit.exceptions import SASLFailed, SASLMutualAuthFailed
from xmppkit.sasl import scram
from xmppkit.sasl.base import Attempt, Challenge, Failure, NeedAccount, Success
from xmppkit.sasl.channel_binding import offer_hash
from xmppkit.sasl.credentials import AccountRecord, Credentials
from xmppkit.sasl.derivation import Derivation
from xmppkit.sasl.policy import SaslPolicy
from xmppkit.sasl.scram import (
    DEFAULT_ITERATIONS,
    HASHES,
    ScramClient,
    ScramServer,
    check_password,
    make_scram_record,
)

CREDENTIALS = Credentials("user", "pencil")
FEW = 4096
SALT = b"0123456789abcdef"
# One derivation for all the tests that do not need another.
RECORD = make_scram_record("SCRAM-SHA-1", "pencil", SALT, FEW)
ACCOUNT = AccountRecord(scram={"SCRAM-SHA-1": RECORD})
MALFORMED = Failure("malformed-request")
REFUSED = Failure("not-authorized")
UNBOUND = Failure("malformed-request", "the channel binding does not match")

# mechanism, salt, client's nonce, server's nonce, the four messages
VECTORS = [
    pytest.param(
        "SCRAM-SHA-1",
        "QSXCR+Q6sek8bf92",
        "fyko+d2lbbFgONRv9qkxdawL",
        "3rfcNHYJY1ZVvWVs7j",
        b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
        b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
        id="RFC 5802 §5",
    ),
    pytest.param(
        "SCRAM-SHA-256",
        "W22ZaJ0SNY7soEsUEjb6gQ==",
        "rOprNGfwEbeRWgbNEkqO",
        "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
        b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        id="RFC 7677 §3",
    ),
]


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


class TestVectors:
    @pytest.mark.parametrize(("name", "salt", "ours", "theirs", "one", "two", "three", "four"), VECTORS)
    def test_the_client_says_what_the_rfc_says(
        self, name: str, salt: str, ours: str, theirs: str, one: bytes, two: bytes, three: bytes, four: bytes
    ) -> None:
        client = ScramClient(name, CREDENTIALS, make_attempt(ours))
        assert client.initial_response() == one
        assert client.respond(two) == three
        client.success(four)

    @pytest.mark.parametrize(("name", "salt", "ours", "theirs", "one", "two", "three", "four"), VECTORS)
    def test_the_server_says_what_the_rfc_says(
        self, name: str, salt: str, ours: str, theirs: str, one: bytes, two: bytes, three: bytes, four: bytes
    ) -> None:
        server = ScramServer(name, make_attempt(theirs))
        record = make_scram_record(name, "pencil", base64.b64decode(salt), 4096)
        assert server.receive(one) == NeedAccount("user")
        assert server.account(AccountRecord(scram={name: record})) == Challenge(two)
        assert server.receive(three) == Success("user", "", four)

    @pytest.mark.parametrize(("name", "hash_name"), HASHES.items())
    def test_a_record_is_what_the_rfc_defines(self, name: str, hash_name: str) -> None:
        # RFC 5802 §3 written down again, without the functions that the module has.
        salted = hashlib.pbkdf2_hmac(hash_name, b"pencil", SALT, FEW)

        def hmac(key: bytes, message: bytes) -> bytes:
            size = hashlib.new(hash_name).block_size
            key = (key if len(key) <= size else hashlib.new(hash_name, key).digest()).ljust(size, b"\0")
            inner = hashlib.new(hash_name, bytes(byte ^ 0x36 for byte in key) + message).digest()
            return hashlib.new(hash_name, bytes(byte ^ 0x5C for byte in key) + inner).digest()

        record = make_scram_record(name, "pencil", SALT, FEW)
        assert record.stored_key == hashlib.new(hash_name, hmac(salted, b"Client Key")).digest()
        assert record.server_key == hmac(salted, b"Server Key")


class TestRecords:
    def test_the_salt_is_random_and_the_rounds_are_the_default(self) -> None:
        one, other = make_scram_record("SCRAM-SHA-1", "pencil"), make_scram_record("SCRAM-SHA-1", "pencil")
        assert len(one.salt) == 16
        assert one.salt != other.salt
        assert one.iterations == DEFAULT_ITERATIONS >= 4096

    def test_a_password_that_cannot_be_prepared(self) -> None:
        with pytest.raises(SASLFailed, match="U\\+0000"):
            make_scram_record("SCRAM-SHA-1", "a\0b")

    def test_check_password(self) -> None:
        assert check_password("SCRAM-SHA-1", "pencil", RECORD)
        assert not check_password("SCRAM-SHA-1", "pen", RECORD)


NAMES = [*HASHES, *(f"{name}-PLUS" for name in HASHES)]


class TestBothHalves:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("first", [True, False])
    @pytest.mark.parametrize("final_in_challenge", [True, False])
    def test_log_in(self, name: str, first: bool, final_in_challenge: bool, play: Callable[..., object]) -> None:
        binding = {"binding": lambda kind: b"bytes of the channel" if kind == "tls-exporter" else None}
        more = {**binding, "peer_binds": True} if name.endswith("-PLUS") else {}
        record = make_scram_record(name.removesuffix("-PLUS"), "pencil", SALT, FEW)
        account = AccountRecord(scram={name.removesuffix("-PLUS"): record})
        step = play(
            make_client(name, **more),
            make_server(name, **more),
            {"user": account}.get,
            first=first,
            final_in_challenge=final_in_challenge,
        )
        assert isinstance(step, Success)
        assert (step.username, step.authzid) == ("user", "")

    @pytest.mark.parametrize("name", HASHES)
    def test_a_password_in_the_clear_serves_every_hash(self, name: str, play: Callable[..., object]) -> None:
        accounts = {"user": AccountRecord("pencil")}
        assert isinstance(play(make_client(name), make_server(name), accounts.get), Success)

    @pytest.mark.parametrize(
        ("username", "prepared"),
        [("a,b", "a,b"), ("a=2Cb", "a=2Cb"), ("=", "="), ("I\u00adX", "IX"), ("ª", "a"), ("juliet ♥", "juliet ♥")],
    )
    def test_user_names_survive(self, username: str, prepared: str, play: Callable[..., object]) -> None:
        client = make_client(credentials=Credentials(username, "pencil"))
        step = play(client, make_server(), {prepared: ACCOUNT}.get)
        assert isinstance(step, Success)
        assert step.username == prepared

    def test_passwords_are_prepared_on_both_sides(self, play: Callable[..., object]) -> None:
        client = make_client(credentials=Credentials("user", "\u2168\u00a0x"))
        assert isinstance(play(client, make_server(), {"user": AccountRecord("IX x\u00ad")}.get), Success)

    def test_the_authorization_identity_arrives(self, play: Callable[..., object]) -> None:
        client = make_client(credentials=Credentials("user", "pencil", authzid="other,=@example.org"))
        step = play(client, make_server(), {"user": ACCOUNT}.get)
        assert isinstance(step, Success)
        assert step.authzid == "other,=@example.org"

    @given(username=st.text(min_size=1, max_size=20), password=st.text(min_size=1, max_size=20))
    @settings(max_examples=40, deadline=None)
    def test_any_name_and_password_work_or_are_refused_by_saslprep(self, username: str, password: str) -> None:
        client = make_client(credentials=Credentials(username, password))
        server = make_server()
        try:
            first = client.initial_response()
            record = make_scram_record("SCRAM-SHA-1", password, SALT, FEW)
        except SASLFailed:
            return
        step = server.receive(first)
        assert isinstance(step, NeedAccount)
        question = server.account(AccountRecord(scram={"SCRAM-SHA-1": record}))
        assert isinstance(question, Challenge)
        done = server.receive(client.respond(question.data))
        assert isinstance(done, Success)
        client.success(done.data)


class TestClientRefuses:
    def test_without_a_password(self) -> None:
        with pytest.raises(SASLFailed, match="needs a password"):
            make_client(credentials=Credentials("user")).initial_response()

    def test_a_name_of_which_nothing_is_left(self) -> None:
        with pytest.raises(SASLFailed, match="nothing of this user name"):
            make_client(credentials=Credentials("\u00ad", "pencil")).initial_response()

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            # A14: junk
            (b"", "malformed"),
            (b"r=zz,s=!!!,i=abc", "malformed"),
            (b"\xff\xfe", "malformed"),
            (b"r=CLIENTSERVER,i=4096,s=MDEy", "malformed"),
            (b"r=CLIENTSERVER,s=MDEy", "malformed"),
            (b"r=CLIENTSERVER", "malformed"),
            (challenge(salt=""), "malformed"),
            (challenge(salt="M"), "malformed"),
            (challenge(salt="MDEy\u00e9"), "malformed"),
            (challenge(iterations="04096"), "malformed"),
            (challenge(iterations="-4096"), "malformed"),
            (challenge(iterations="٤٠٩٦"), "malformed"),
            (challenge(iterations="4096 "), "malformed"),
            (challenge(iterations="9" * 4000), "malformed"),
            (challenge() + b",x=" + b"a" * 8192, "malformed"),
            # an extension that must be understood
            (b"m=ext," + challenge(), "demands an extension"),
            (challenge() + b",m=ext", "demands an extension"),
            (challenge() + b",x=y,m=ext", "demands an extension"),
            # A12: the nonce
            (challenge(nonce="CLIENT"), "does not extend"),
            (challenge(nonce="OTHERSERVER"), "does not extend"),
            (challenge(nonce="clientSERVER"), "does not extend"),
            (challenge(nonce="xCLIENTSERVER"), "does not extend"),
            (challenge(nonce="CLIENTSER VER"), "does not extend"),
            (challenge(nonce="CLIENTSER\u00fcVER"), "does not extend"),
            # A13: rounds
            (challenge(iterations=1), "min_iterations: the server asks for 1 rounds, and 4096 are the fewest"),
            (challenge(iterations=4095), "asks for 4095 rounds"),
            (
                challenge(iterations=1_000_001),
                "max_iterations: .* 1000001 rounds, and 1000000 are the most",
            ),
            (challenge(iterations=2147483647), "asks for 2147483647 rounds"),
        ],
    )
    def test_a_challenge(self, data: bytes, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
        client = begun_client()

        def no_work(*_: object) -> None:
            raise AssertionError("a key was derived for a challenge that is refused")

        monkeypatch.setattr(Derivation, "compute", no_work)
        with pytest.raises(SASLFailed, match=reason):
            client.respond(data)
        with pytest.raises(SASLMutualAuthFailed):
            client.success(None)

    def test_bounds_of_the_policy(self) -> None:
        client = begun_client(policy=SaslPolicy(min_iterations=1, max_iterations=2))
        assert client.respond(challenge(iterations=2))
        with pytest.raises(SASLFailed, match="2 are the most"):
            begun_client(policy=SaslPolicy(min_iterations=1, max_iterations=2)).respond(challenge(iterations=3))

    def test_extensions_that_may_be_skipped_are_skipped(self) -> None:
        client = begun_client()
        assert client.respond(challenge() + b",x=unknown").startswith(b"c=biws,r=CLIENTSERVER,p=")

    def test_a_second_challenge(self) -> None:
        client = begun_client()
        client.respond(challenge())
        with pytest.raises(SASLFailed, match="second challenge"):
            client.respond(challenge())


class TestServerRefuses:
    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"n",
            b"n,,",
            b"\xff,,n=user,r=CLIENT",
            b",,n=user,r=CLIENT",
            b"x,,n=user,r=CLIENT",
            b"nn,,n=user,r=CLIENT",
            b"n,b=x,n=user,r=CLIENT",
            b"n,a=x=y,n=user,r=CLIENT",
            b"n,,r=CLIENT,n=user",
            b"n,,n=,r=CLIENT",
            b"n,,n=us=er,r=CLIENT",
            b"n,,n=us=2cer,r=CLIENT",
            b"n,,n=user,r=",
            b"n,,n=user,r=CLI ENT",
            b"n,,n=user,r=CLI\x7fENT",
            b"n,,n=\0,r=CLIENT",
            "n,,n=\u00ad,r=CLIENT".encode(),
            b"n,,m=ext,n=user,r=CLIENT",
            b"n,,n=user,r=CLIENT,m=ext",
            b"n,,n=" + b"u" * 8192 + b",r=CLIENT",
        ],
    )
    def test_a_first_message(self, data: bytes) -> None:
        server = make_server()
        assert server.receive(data) == MALFORMED
        assert server.account(ACCOUNT) == MALFORMED
        assert server.receive(b"n,,n=user,r=CLIENT") == MALFORMED

    def test_no_first_message_when_asked(self) -> None:
        server = make_server()
        assert server.receive(None) == Challenge(b"")
        assert server.receive(None) == MALFORMED

    def test_messages_out_of_turn(self) -> None:
        server = make_server()
        assert server.account(ACCOUNT) == MALFORMED
        server = make_server()
        server.receive(b"n,,n=user,r=CLIENT")
        assert server.receive(b"n,,n=user,r=CLIENT") == MALFORMED
        assert server.account(ACCOUNT) == MALFORMED

    def test_two_answers_of_the_host(self) -> None:
        server, data = challenged_server()
        assert server.account(ACCOUNT) == MALFORMED
        assert server.receive(good_proof(data)) == MALFORMED

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (lambda data: b"", MALFORMED),
            (lambda data: b"\xff" + data, MALFORMED),
            (lambda data: data.replace(b",p=", b",x="), MALFORMED),
            (lambda data: data.rpartition(b",p=")[0], MALFORMED),
            (lambda data: data + b"=", MALFORMED),
            (lambda data: data.rpartition(b",p=")[0] + b",p=" + base64.b64encode(bytes(19)), MALFORMED),
            (lambda data: data.rpartition(b",p=")[0] + b",p=" + base64.b64encode(bytes(32)), MALFORMED),
            (lambda data: data.replace(b",p=", b",m=ext,p="), MALFORMED),
            (lambda data: data.replace(b"r=CLIENTSERVER", b"r=CLIENTSERVEr"), MALFORMED),
            (lambda data: data.replace(b"r=CLIENTSERVER", b"r=CLIENT"), MALFORMED),
            (lambda data: data.replace(b"r=CLIENTSERVER", "r=CLIENT\u00fcSERVER".encode()), MALFORMED),
            (lambda data: data.replace(b"c=biws", b"c=eSws"), UNBOUND),
            (lambda data: data.replace(b"c=biws", b"c=!"), UNBOUND),
            # an extension belongs to what is proved
            (lambda data: data.replace(b",p=", b",x=y,p="), REFUSED),
            (lambda data: data.rpartition(b",p=")[0] + b",p=" + base64.b64encode(bytes(20)), REFUSED),
        ],
    )
    def test_a_final_message(self, change: Callable[[bytes], bytes], expected: Failure) -> None:
        server, data = challenged_server()
        assert server.receive(change(good_proof(data))) == expected
        assert server.receive(good_proof(data)) == MALFORMED

    def test_a_proof_is_good_once(self) -> None:
        server, data = challenged_server()
        proof = good_proof(data)
        assert isinstance(server.receive(proof), Success)
        assert server.receive(proof) == MALFORMED

    def test_a_proof_of_another_exchange(self) -> None:
        proof = good_proof(challenged_server()[1])
        other = ScramServer("SCRAM-SHA-1", make_attempt("DIFFER"))
        other.receive(b"n,,n=user,r=CLIENT")
        other.account(ACCOUNT)
        assert other.receive(proof) == MALFORMED
        assert other.receive(proof) == MALFORMED

    def test_a_wrong_password(self, play: Callable[..., object]) -> None:
        client = make_client(credentials=Credentials("user", "pen"))
        assert play(client, make_server(), {"user": ACCOUNT}.get) == REFUSED

    def test_an_unprepared_password_of_the_account(self) -> None:
        server, data = challenged_server(AccountRecord("a\0b"))
        assert server.receive(good_proof(data)) == REFUSED


def exporter(kind: str) -> bytes | None:
    return b"bytes of the channel" if kind == "tls-exporter" else None


def end_point(kind: str) -> bytes | None:
    return b"hash of the certificate" if kind == "tls-server-end-point" else None


class TestChannelBinding:
    """A16, A15: both ends see the same channel, and nobody in between takes the offer away."""

    def test_what_the_client_says(self) -> None:
        both = {"binding": exporter, "peer_binds": True}
        assert make_client("SCRAM-SHA-1-PLUS", **both).initial_response() == b"p=tls-exporter,,n=user,r=CLIENT"
        assert make_client(**both).initial_response() == b"n,,n=user,r=CLIENT"
        assert make_client(binding=exporter).initial_response() == b"y,,n=user,r=CLIENT"
        # TLS always has tls-server-end-point, so that the kinds need not be looked at for saying that we could.
        assert make_client(binding=lambda kind: None).initial_response() == b"y,,n=user,r=CLIENT"
        agreed = make_client("SCRAM-SHA-1-PLUS", **both, bound=("tls-unique", b"u"))
        assert agreed.initial_response() == b"p=tls-unique,,n=user,r=CLIENT"
        assert make_client().initial_response() == b"n,,n=user,r=CLIENT"
        client = make_client(credentials=Credentials("user", "pencil", authzid="a,b"), binding=exporter)
        assert client.initial_response() == b"y,a=a=2Cb,n=user,r=CLIENT"

    def test_plus_without_binding(self) -> None:
        with pytest.raises(SASLFailed, match="needs channel binding"):
            make_client("SCRAM-SHA-1-PLUS").initial_response()

    def test_another_channel(self, play: Callable[..., object]) -> None:
        client = make_client("SCRAM-SHA-1-PLUS", binding=exporter, peer_binds=True)
        server = make_server("SCRAM-SHA-1-PLUS", binding=lambda kind: b"another channel", peer_binds=True)
        step = play(client, server, {"user": ACCOUNT}.get)
        assert step == Failure("malformed-request", "the channel binding does not match")

    @pytest.mark.parametrize("kind", ["tls-server-end-point", "tls-unique", "made-up", ""])
    def test_a_kind_that_the_server_does_not_have(self, kind: str) -> None:
        server = make_server("SCRAM-SHA-1-PLUS", binding=exporter, peer_binds=True)
        step = server.receive(f"p={kind},,n=user,r=CLIENT".encode())
        assert step == Failure("malformed-request", "this channel binding is not supported")
        assert server.account(ACCOUNT) == MALFORMED

    def test_the_server_asks_for_known_kinds_only(self) -> None:
        asked: list[str] = []

        def binding(kind: str) -> bytes:
            asked.append(kind)
            return b"bytes"

        server = make_server("SCRAM-SHA-1-PLUS", binding=binding)
        assert isinstance(server.receive(b"p=../etc,,n=user,r=CLIENT"), Failure)
        assert asked == []

    def test_binding_where_the_mechanism_has_none(self) -> None:
        step = make_server(binding=exporter, peer_binds=True).receive(b"p=tls-exporter,,n=user,r=CLIENT")
        assert step == Failure("malformed-request", "this channel binding is not supported")

    def test_plus_on_a_server_without_tls(self) -> None:
        step = make_server("SCRAM-SHA-1-PLUS").receive(b"p=tls-exporter,,n=user,r=CLIENT")
        assert step == Failure("malformed-request", "this channel binding is not supported")

    @pytest.mark.parametrize("flag", [b"n", b"y"])
    def test_plus_without_using_it(self, flag: bytes) -> None:
        server = make_server("SCRAM-SHA-1-PLUS", binding=exporter, peer_binds=True)
        assert server.receive(flag + b",,n=user,r=CLIENT") == MALFORMED

    def test_the_offer_was_taken_away(self, play: Callable[..., object]) -> None:
        # The server offered -PLUS; the client, which could bind, saw no such offer.
        server = make_server(binding=exporter, peer_binds=True)
        step = play(make_client(binding=exporter, peer_binds=False), server, {"user": ACCOUNT}.get)
        assert step == Failure("not-authorized", "the offer of channel binding was tampered with")

    def test_the_flag_was_changed_on_the_way(self) -> None:
        # Who takes the offer away cannot hide it by saying n for the client: the flag is part of what is proved.
        client = make_client(binding=exporter, peer_binds=False)
        server = make_server(binding=exporter, peer_binds=True)
        first = client.initial_response()
        assert first is not None
        server.receive(b"n" + first[1:])
        step = server.account(ACCOUNT)
        assert isinstance(step, Challenge)
        assert isinstance(server.receive(client.respond(step.data)), Failure)

    @pytest.mark.parametrize("binds", [True, False])
    def test_a_client_that_cannot_bind_may_log_in(self, binds: bool, play: Callable[..., object]) -> None:
        server = make_server(binding=exporter if binds else None, peer_binds=binds)
        assert isinstance(play(make_client(), server, {"user": ACCOUNT}.get), Success)

    def test_the_kinds_are_bound_too(self) -> None:
        client = make_client("SCRAM-SHA-1-PLUS", binding=end_point, peer_binds=True)
        assert client.initial_response() == b"p=tls-server-end-point,,n=user,r=CLIENT"
        final = client.respond(challenge())
        bound = base64.b64decode(final.split(b",")[0][2:])
        assert bound == b"p=tls-server-end-point,,hash of the certificate"


def test_a_success_is_proved(play: Callable[..., object]) -> None:
    # test_scram_secrets.py has the attacks; here, that there is a check at all.
    client = begun_client()
    with pytest.raises(SASLMutualAuthFailed, match="too early"):
        client.success(b"v=AAAA")
    client.respond(challenge())
    with pytest.raises(SASLMutualAuthFailed, match="does not know"):
        client.success(b"v=AAAA")
    with pytest.raises(SASLMutualAuthFailed, match="did not show"):
        client.success(None)


def test_an_unknown_account(play: Callable[..., object]) -> None:
    assert play(make_client(), make_server(), {}.get) == REFUSED


class TestTheOffer:
    """XEP-0474: the hash of what the server offers, in the server's first message."""

    OFFER = ("SCRAM-SHA-1", "SCRAM-SHA-1-PLUS")
    KINDS = ("tls-server-end-point", "tls-exporter")

    def test_the_example_of_the_xep(self) -> None:
        server = make_server("SCRAM-SHA-1-PLUS", binding=exporter, offered=self.OFFER, announced=self.KINDS)
        server.receive(b"p=tls-exporter,,n=user,r=CLIENT")
        challenge = server.account(ACCOUNT)
        assert isinstance(challenge, Challenge)
        assert challenge.data.endswith(b",h=G6k/rBLDqgOhRRaCuuatSDFkJ08=")

    @pytest.mark.parametrize("name", ["SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512", "SCRAM-SHA-256-PLUS"])
    @pytest.mark.parametrize("announced", [None, KINDS])
    def test_both_have_the_same(self, name: str, announced: object, play: Callable[..., object]) -> None:
        both = {"offered": (name, "PLAIN"), "announced": announced, "binding": exporter, "peer_binds": True}
        client = make_client(name, **both)
        server = make_server(name, **{**both, "offered": ("PLAIN", name)})
        assert isinstance(play(client, server, {"user": AccountRecord("pencil")}.get), Success)

    @pytest.mark.parametrize(
        ("offered", "announced"),
        [
            (("SCRAM-SHA-1",), None),
            (OFFER, None),
            (OFFER, ("tls-server-end-point",)),
            ((*OFFER, "PLAIN"), KINDS),
            (OFFER, (*KINDS, "x")),
        ],
    )
    def test_somebody_has_changed_it(self, offered: object, announced: object, play: Callable[..., object]) -> None:
        client = make_client(binding=exporter, peer_binds=True, offered=offered, announced=announced)
        server = make_server(binding=exporter, peer_binds=True, offered=self.OFFER, announced=self.KINDS)
        with pytest.raises(SASLFailed, match="refused by rule offer_hash: somebody has changed"):
            play(client, server, {"user": ACCOUNT}.get)

    @pytest.mark.parametrize("mark", [b",h=!!!", b",h=", b",h=\xc3\xbc"])
    def test_what_is_no_hash(self, mark: bytes) -> None:
        client = begun_client(offered=self.OFFER)
        with pytest.raises(SASLFailed, match="offer_hash"):
            client.respond(challenge() + mark)

    def test_who_changes_the_hash_as_well_changes_what_is_proved(self) -> None:
        client = make_client(offered=("SCRAM-SHA-1",))
        server = make_server(offered=self.OFFER)
        server.receive(client.initial_response())
        first = server.account(ACCOUNT)
        assert isinstance(first, Challenge)
        changed = (
            first.data.rpartition(b",h=")[0] + b",h=" + base64.b64encode(offer_hash("sha1", ("SCRAM-SHA-1",), None))
        )
        assert server.receive(client.respond(changed)) == server.REFUSED

    def test_a_server_that_says_nothing_of_it(self) -> None:
        assert begun_client(offered=self.OFFER).respond(challenge())
        # Where there is a doubt (XEP-0474 §7), it has to.
        with pytest.raises(SASLFailed, match=r"refused by rule announced_bindings: .* does not prove that it is so"):
            begun_client(offered=self.OFFER, doubtful=True).respond(challenge())

    def test_an_offer_that_is_doubtful_and_proved(self, play: Callable[..., object]) -> None:
        both = {"offered": self.OFFER, "announced": ("made-up",), "binding": exporter, "peer_binds": True}
        client, server = make_client(doubtful=True, **both), make_server(**both)
        assert isinstance(play(client, server, {"user": ACCOUNT}.get), Success)


def test_a_record_from_the_salted_password() -> None:
    # What a client tells of its password when its server wants another hash (XEP-0480).
    salted = scram.derivation("SCRAM-SHA-256", "pencil", b"salt", 4096).compute()
    made = scram.record_from_salted("SCRAM-SHA-256", salted, b"salt", 4096)
    assert made == scram.make_scram_record("SCRAM-SHA-256", "pencil", b"salt", 4096)
    assert scram.record_from_salted("SCRAM-SHA-512", salted, b"salt", 4096) is None
