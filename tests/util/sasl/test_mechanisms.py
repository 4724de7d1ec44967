# SPDX-License-Identifier: MIT
"""The mechanisms of the library, driven by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from xmppkit.exceptions import SASLCancelled, SASLFailed, SASLMutualAuthFailed, SASLNoAppropriateMechanism
from xmppkit.sasl import AccountRecord, Attempt, Credentials, NeedAccount, SaslPolicy, Success
from xmppkit.sasl import choose as choose_for_stream
from xmppkit.sasl.policy import SCORES
from xmppkit.sasl.scram import ScramServer
from xmppkit.util.sasl import MECHANISMS, Mech, choose, mechanisms, sasl_mech
from xmppkit.util.sasl.mechanisms import PLAIN, SCRAM

pytestmark = pytest.mark.usefixtures("forget_mechanisms")

VALUES = {
    "username": "tim",
    "password": "tanstaaftanstaaf",
    "realm": "",
    "host": "h",
    "service": "xmpp",
    "access_token": "tok",
    "api_key": "key",
    "email": "tim@h",
}


def make(name: str, secure: bool = True) -> Mech:
    return choose(
        [name],
        lambda required, optional: {key: value for key, value in VALUES.items() if key in required | optional},
        lambda names: {key: secure if key == "encrypted" else key.startswith("encrypted") for key in names},
        limit=[name],
    )


@pytest.mark.parametrize(
    ("name", "exchange"),
    [
        ("ANONYMOUS", [(b"", None), (b"", b"")]),
        ("PLAIN", [(b"", b"\0tim\0tanstaaftanstaaf")]),
        ("EXTERNAL", [(b"", b"")]),
        ("LOGIN", [(b"", None), (b"Username:", b"tim"), (b"Password:", b"tanstaaftanstaaf")]),
        (
            "CRAM-MD5",
            [(b"<1896.697170952@postoffice.reston.mci.net>", b"tim b913a602c7eda7a495b4e6e7334d3890")],
        ),
        ("X-OAUTH2", [(b"", b"\0tim\0tok")]),
        ("X-GOOGLE-TOKEN", [(b"", b"\0tim@h\0tok")]),
        ("X-MESSENGER-OAUTH2", [(b"", b"tok")]),
        (
            "X-FACEBOOK-PLATFORM",
            [
                (b"", None),
                (b"method=m&nonce=n", b"method=m&v=1.0&call_id=1.0&nonce=n&access_token=tok&api_key=key"),
            ],
        ),
    ],
)
def test_the_messages(name: str, exchange: list[tuple[bytes, bytes | None]]) -> None:
    made = make(name)
    assert [made.process(challenge) for challenge, _ in exchange] == [answer for _, answer in exchange]
    made.finish(b"")


@pytest.mark.parametrize("name", sorted(set(SCORES) - {"ANONYMOUS", "EXTERNAL"}))
def test_without_tls_there_is_none(name: str) -> None:
    with pytest.raises(SASLNoAppropriateMechanism, match="without TLS is not allowed"):
        make(name, secure=False)


@pytest.mark.parametrize("name", ["PLAIN", "LOGIN"])
def test_a_password_that_may_not_be_shown(name: str) -> None:
    with pytest.raises(SASLCancelled, match="even with TLS"):
        MECHANISMS[name](name, {}, {"encrypted": True, "encrypted_plain": False})


@pytest.mark.parametrize(("mech", "setting"), [(PLAIN, "unencrypted_plain"), (SCRAM, "unencrypted_scram")])
def test_what_may_be_allowed_without_tls(mech: type[Mech], setting: str) -> None:
    name = "PLAIN" if mech is PLAIN else "SCRAM-SHA-1"
    made = mech(name, {"username": b"tim", "password": b"x"}, {setting: True})
    assert made.process() is not None


def test_digest() -> None:
    made = make("DIGEST-MD5")
    assert made.process() is None
    answer = made.process(b'realm="r",nonce="n",algorithm=md5-sess,charset=utf-8')
    assert answer is not None
    assert b'digest-uri="xmpp/h"' in answer
    with pytest.raises(SASLMutualAuthFailed):
        made.process(b"rspauth=ea40f60335c427b5527b84dbabcdfffd")


@pytest.mark.parametrize("at_the_end", [False, True])
def test_scram(at_the_end: bool) -> None:
    made, server = make("SCRAM-SHA-256"), ScramServer("SCRAM-SHA-256", Attempt(nonce=lambda: "server"))
    assert server.receive(made.process()) == NeedAccount("tim")
    challenge = server.account(AccountRecord("tanstaaftanstaaf"))
    step = server.receive(made.process(challenge.data))  # type: ignore[union-attr]
    assert isinstance(step, Success)
    assert step.data is not None
    assert not made._mutual_auth  # type: ignore[attr-defined]
    with pytest.raises(SASLMutualAuthFailed):
        made.finish(b"")
    if at_the_end:
        made.finish(step.data)
    else:
        assert made.process(step.data) == b""
        made.finish(b"")
    assert made._mutual_auth  # type: ignore[attr-defined]


def test_scram_with_a_hash_that_there_is_not() -> None:
    with pytest.raises(SASLCancelled, match="there is no SCRAM-MD5; there are SCRAM-SHA-512"):
        SCRAM("SCRAM-MD5", {}, {})


@pytest.mark.parametrize(
    ("version", "kind"), [("TLSv1.3", "tls-exporter"), ("TLSv1.2", "tls-unique"), (None, "tls-unique")]
)
def test_scram_with_channel_binding(version: str | None, kind: str) -> None:
    credentials = {"username": b"tim", "password": b"x", "channel_binding": b"bound"}
    made = SCRAM("SCRAM-SHA-1-PLUS", credentials, {"encrypted": True, "tls_version": version})
    first = made.process()
    assert first is not None
    assert first.startswith(f"p={kind},,n=tim".encode())
    nonce = first.rpartition(b"r=")[2]
    final = made.process(b"r=" + nonce + b"x,s=c2FsdA==,i=4096")
    assert final is not None
    assert final.startswith(b"c=" + base64.b64encode(f"p={kind},,bound".encode()))


def test_scram_sees_that_somebody_took_the_binding_away() -> None:
    credentials = {"username": b"tim", "password": b"x", "channel_binding": b"bound"}
    made = SCRAM("SCRAM-SHA-1", credentials, {"encrypted": True, "binding_proposed": False})
    first = made.process()
    assert first is not None
    assert first.startswith(b"y,,")


def test_a_class_derived_from_ours_is_used_by_streams() -> None:
    @sasl_mech(101)
    class Token(PLAIN):
        name = "X-TOKEN"

        def process(self, challenge: bytes = b"") -> bytes:
            code = hmac.digest(self.credentials["password"], b"hour", hashlib.sha256)
            return (super().process(challenge) or b"") + code

    half = choose_for_stream(["X-TOKEN", "SCRAM-SHA-512"], Credentials("tim", "x"), SaslPolicy(), secure=True)
    first = half.initial_response()
    assert first is not None
    assert first.startswith(b"\0tim\0x")
    with pytest.raises(SASLFailed, match="no challenge"):
        half.respond(b"")
    half.success(None)


def test_each_has_its_class() -> None:
    for name in mechanisms.__all__:
        mech = getattr(mechanisms, name)
        assert mech in MECHANISMS.values()
        assert mech.score >= 0
    assert SCRAM.score == SCORES["SCRAM-SHA-1"]
