# SPDX-License-Identifier: MIT
"""Group A, the other half: a hostile server, or somebody between it and us, during a login.

Each test is named after its entry; the first sentence of its docstring is what docs/security.md says of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from attacker import SASL, SECRET, Attacked, client, encoded, features

from xmppkit.exceptions import (
    AuthenticationFailed,
    SASLNoAppropriateMechanism,
)
from xmppkit.protocol.options import StreamOptions
from xmppkit.sasl import (
    Credentials,
    SaslPolicy,
    choose,
    server_mechanisms,
)
from xmppkit.sasl.policy import MECHANISMS

# --- SCRAM ------------------------------------------------------------------------------------------------------

NONCE = "cnonce1"  # what the client draws, in these tests
SALT = b"salt-of-alice"
ROUNDS = 4096


def challenge(text: str) -> str:
    return f"<challenge xmlns='{SASL}'>{encoded(text)}</challenge>"


def success(text: str | None = None) -> str:
    return f"<success xmlns='{SASL}'/>" if text is None else f"<success xmlns='{SASL}'>{encoded(text)}</success>"


def server_first(nonce: str = f"{NONCE}server", salt: bytes = SALT, rounds: object = ROUNDS) -> str:
    return f"r={nonce},s={encoded(salt)},i={rounds}"


def scram(*answers: str, mechanism: str = "SCRAM-SHA-256") -> Attacked:
    """A client in SCRAM, to which the server says `answers`."""
    attacked = client()
    assert "<auth" in attacked.hear(features(mechanism))
    for answer in answers:
        attacked.hear(answer)
    return attacked


def given_up(attacked: Attacked) -> bool:
    """Whether the login was given up, without a second try and without a session."""
    assert SECRET not in f"{attacked.error}{attacked.error!r}"
    return (
        isinstance(attacked.error, AuthenticationFailed)
        and attacked.wrote.count(b"<auth") == 1
        and not attacked.stanzas
    )


def true_signature(attacked: Attacked, first: str) -> str:
    """What a server that knows the password says last, to what the client has sent."""
    text = attacked.wrote.decode().rpartition("<response")[2].partition(">")[2].partition("<")[0]
    without_proof = base64.b64decode(text).decode().rpartition(",p=")[0]
    message = f"n=alice,r={NONCE},{first},{without_proof}".encode()
    salted = hashlib.pbkdf2_hmac("sha256", SECRET.encode(), SALT, ROUNDS)
    key = hmac.digest(salted, b"Server Key", "sha256")
    return f"v={encoded(hmac.digest(key, message, 'sha256'))}"


def test_a09_success_with_the_first_message() -> None:
    """A `<success/>` with the server's first message is no proof: success counts only in the mechanism's last step,
    with the signature that shows that the server knows the password."""
    assert given_up(scram(success(server_first())))
    first = server_first()
    honest = scram(challenge(first))
    honest.hear(success(true_signature(honest, first)))
    assert b"<auth" in honest.wrote
    assert honest.wrote.count(b"<stream:stream") == 2  # the check above is able to say yes


def test_a10_digest_md5() -> None:
    """DIGEST-MD5 is not used unless it is named, and over TLS: where it alone is offered there is no login."""
    assert "DIGEST-MD5" not in MECHANISMS
    attacked = client()
    attacked.hear(features("DIGEST-MD5"))
    assert isinstance(attacked.error, AuthenticationFailed)
    assert b"<auth" not in attacked.wrote


@pytest.mark.parametrize(
    "answers",
    [
        (success(),),
        (success("v=AAAA"),),
        (challenge(server_first()), success()),
        (challenge(server_first()), success("v=")),
        (challenge(server_first()), success(f"v={encoded(bytes(32))}")),
        (challenge(server_first()), challenge(f"v={encoded(bytes(32))}")),
        (challenge(server_first()), challenge(server_first())),
    ],
)
def test_a11_success_without_proof(answers: tuple[str, ...]) -> None:
    """A signature that is wrong, empty or early ends the login: the server does not know the password."""
    assert given_up(scram(*answers))


@pytest.mark.parametrize("nonce", [NONCE, "", "server", "x" + NONCE, NONCE + "x,y", NONCE + "\u00fc", NONCE + " x"])
def test_a12_the_nonce(nonce: str) -> None:
    """A server's nonce must begin with ours and go on; ours has 192 random bits."""
    attacked = scram(challenge(server_first(nonce)))
    assert given_up(attacked)
    assert b"<response" not in attacked.wrote
    assert len(base64.urlsafe_b64decode(StreamOptions().nonce_factory())) * 8 == 192


@pytest.mark.parametrize("rounds", [1, 4095, 1_000_001, 2**31 - 1, 10**9])
def test_a13_rounds(rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer than 4096 rounds are not believed and more than a million not computed; both bounds are settings."""
    computed: list[int] = []

    def compute(name: str, password: bytes, salt: bytes, rounds: int) -> bytes:
        computed.append(rounds)
        return bytes(32)

    monkeypatch.setattr("hashlib.pbkdf2_hmac", compute)
    attacked = scram(challenge(server_first(rounds=rounds)))
    assert given_up(attacked)
    assert computed == []


@pytest.mark.parametrize(
    "first",
    [
        "r=zz,s=!!!,i=abc",
        f"r={NONCE}s,s=!!!,i=4096",
        f"r={NONCE}s,s=,i=4096",
        f"r={NONCE}s,s=QQ==,i=0",
        f"r={NONCE}s,s=QQ==,i=-4096",
        f"r={NONCE}s,s=QQ==,i=4096.0",
        f"m=ext,r={NONCE}s,s=QQ==,i=4096",
        f"r={NONCE}s,s=QQ==,i=4096,m=ext",
        "",
        "x" * 9000,
    ],
)
def test_a14_junk(first: str) -> None:
    """What is no challenge of SCRAM, or demands an extension, aborts the login with a clear error."""
    attacked = scram(challenge(first))
    assert given_up(attacked)
    assert b"<response" not in attacked.wrote
    assert given_up(scram(f"<challenge xmlns='{SASL}'>not base64</challenge>"))


@pytest.mark.parametrize("condition", ["not-authorized", "temporary-auth-failure", "invalid-mechanism", "x"])
def test_a15_downgrade_by_failures(condition: str) -> None:
    """After a failure nothing weaker is tried: who can make the best mechanism fail cannot choose another."""
    attacked = client(sasl=SaslPolicy(scram_without_tls=True, plain_without_tls=True))
    attacked.hear(features("PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"))
    assert b"SCRAM-SHA-512" in attacked.wrote
    attacked.hear(f"<failure xmlns='{SASL}'><{condition}/></failure>")
    assert given_up(attacked)


@pytest.mark.parametrize("mechanism", ["LOGIN", "X-OAUTH2", "X-GOOGLE-TOKEN", "X-FACEBOOK-PLATFORM", "CRAM-MD5"])
def test_a23_mechanisms_of_vendors(mechanism: str) -> None:
    """Obsolete mechanisms and those of vendors are not used, over TLS either, unless the program names them; a server
    does not offer them."""
    credentials = Credentials("alice", SECRET, email="alice@localhost", access_token=SECRET, api_key=SECRET)
    with pytest.raises(SASLNoAppropriateMechanism):
        choose([mechanism], credentials, SaslPolicy(), secure=True)
    assert mechanism not in server_mechanisms(SaslPolicy(), secure=True)
