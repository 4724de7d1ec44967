# SPDX-License-Identifier: MIT
"""DIGEST-MD5 by the examples of RFC 2831 §4, both halves, and what neither accepts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import SASLFailed, SASLMutualAuthFailed
from xmppkit.sasl.base import Attempt, Challenge, Failure, NeedAccount, Success
from xmppkit.sasl.credentials import AccountRecord, Credentials
from xmppkit.sasl.digest import DigestClient, DigestServer
from xmppkit.sasl.scram import make_scram_record

MALFORMED = Failure("malformed-request")
REFUSED = Failure("not-authorized")
NONCE = "OA6MG9tEQGm2hh"
CNONCE = "OA6MHXh6VqTrRk"
HOST = "elwood.innosoft.com"
CHALLENGE = f'realm="{HOST}",nonce="{NONCE}",qop="auth",algorithm=md5-sess,charset=utf-8'.encode()
ACAP = ("6084c6db3fede7352c551284490fd0fc", "2f0b3d7c3c2e486600ef710726aa2eae")
RSPAUTH = b"rspauth=ea40f60335c427b5527b84dbabcdfffd"
CHRIS = AccountRecord("secret")


def make_client(password: str | None = "secret", nonce: str = CNONCE, **more: Any) -> DigestClient:
    who = {"username": "chris", "host": HOST, "service": "imap", **more}
    return DigestClient("DIGEST-MD5", Credentials(password=password, **who), Attempt(nonce=lambda: nonce))


def make_server(domain: str = HOST) -> DigestServer:
    return DigestServer("DIGEST-MD5", Attempt(nonce=lambda: NONCE, domain=domain))


def response(**changes: str) -> bytes:
    """A response to `make_server`, with directives changed; an empty one is left out."""
    directives = {
        "charset": "utf-8",
        "username": '"chris"',
        "realm": f'"{HOST}"',
        "nonce": f'"{NONCE}"',
        "nc": "00000001",
        "cnonce": f'"{CNONCE}"',
        "digest-uri": f'"xmpp/{HOST}"',
        "response": "0" * 32,
        "qop": "auth",
    }
    directives.update({name.replace("_", "-"): value for name, value in changes.items()})
    return ",".join(f"{name}={value}" for name, value in directives.items() if value).encode()


@pytest.mark.parametrize(
    ("service", "nonce", "cnonce", "proof", "rspauth"),
    [
        ("imap", NONCE, CNONCE, "d388dad90d4bbd760a152321f2143af7", "ea40f60335c427b5527b84dbabcdfffd"),
        ("acap", "OA9BSXrbuRhWay", "OA9BSuZWMSpW8m", *ACAP),
    ],
)
def test_the_examples(service: str, nonce: str, cnonce: str, proof: str, rspauth: str) -> None:
    client = make_client(nonce=cnonce, service=service)
    assert client.initial_response() is None
    said = client.respond(CHALLENGE.replace(NONCE.encode(), nonce.encode()))
    assert said.decode() == (
        f'charset=utf-8,username="chris",realm="{HOST}",nonce="{nonce}",nc=00000001,cnonce="{cnonce}",'
        f'digest-uri="{service}/{HOST}",response={proof},qop=auth'
    )
    assert client.respond(f"rspauth={rspauth}".encode()) == b""
    client.success(None)


@pytest.mark.parametrize("final_in_challenge", [False, True])
@pytest.mark.parametrize("domain", [HOST, ""])
@pytest.mark.parametrize("authzid", ["", 'chris"@x'])
def test_log_in(domain: str, authzid: str, final_in_challenge: bool, play: Callable[..., object]) -> None:
    client = make_client(service="xmpp", authzid=authzid)
    step = play(client, make_server(domain), {"chris": CHRIS}.get, final_in_challenge=final_in_challenge)
    assert isinstance(step, Success)
    assert (step.username, step.authzid) == ("chris", authzid)


@given(st.text(min_size=1), st.text(min_size=1))
def test_any_name_and_password(username: str, password: str) -> None:
    client = make_client(password, username=username, service="xmpp")
    server = make_server()
    challenge = server.receive(None)
    assert isinstance(challenge, Challenge)
    assert server.receive(client.respond(challenge.data)) == NeedAccount(username)
    step = server.account(AccountRecord(password))
    assert isinstance(step, Success)
    client.success(step.data)


@pytest.mark.parametrize(
    ("password", "record"),
    [
        ("guess", CHRIS),
        ("secret", None),
        ("secret", AccountRecord(scram={"SCRAM-SHA-1": make_scram_record("SCRAM-SHA-1", "secret")})),
        ("", AccountRecord("")),
    ],
)
def test_refused(password: str, record: AccountRecord | None, play: Callable[..., object]) -> None:
    assert play(make_client(password, service="xmpp"), make_server(), lambda name: record) == REFUSED


class TestClient:
    def test_without_a_password(self) -> None:
        with pytest.raises(SASLFailed, match="needs a password"):
            make_client(None).initial_response()

    @pytest.mark.parametrize(
        ("realms", "credentials", "realm"),
        [
            ("", {}, None),
            ("", {"realm": "mine"}, "mine"),
            ('realm="a",realm="b",', {}, "a"),
            ('realm="a",realm="b",', {"realm": "b"}, "b"),
            (f'realm="a",realm="{HOST}",', {}, HOST),
            ('realm="a \\"b\\" \\\\",', {}, 'a \\"b\\" \\\\'),
        ],
    )
    def test_the_realm(self, realms: str, credentials: dict[str, str], realm: str | None) -> None:
        said = make_client(**credentials).respond(f'{realms}nonce="{NONCE}",algorithm=md5-sess'.encode()).decode()
        assert (f'realm="{realm}"' in said) if realm is not None else ("realm" not in said)

    def test_the_uri(self) -> None:
        said = make_client(service="xmpp", service_name="example.org").respond(CHALLENGE)
        assert f'digest-uri="xmpp/{HOST}/example.org"'.encode() in said

    @pytest.mark.parametrize(
        "challenge",
        [
            b' , \tqop = auth , nonce = "n" ,, algorithm = md5-sess ,',
            b'qop="auth-int, auth",NONCE="n",algorithm=md5-sess,stale=true,maxbuf=1',
            b"nonce=n,algorithm=md5-sess",
        ],
    )
    def test_other_ways_to_say_it(self, challenge: bytes) -> None:
        assert b'nonce="n"' in make_client().respond(challenge)

    @pytest.mark.parametrize(
        ("challenge", "reason"),
        [
            (b"", "one nonce"),
            (b"x" * 5000, "malformed"),
            (b"nonce", "malformed"),
            (b'nonce="n', "malformed"),
            (b'nonce="n"x,algorithm=md5-sess', "malformed"),
            (b'nonce="",algorithm=md5-sess', "one nonce"),
            ('nonce="ö",algorithm=md5-sess'.encode(), "one nonce"),
            (b'nonce="a",nonce="b",algorithm=md5-sess', "one nonce"),
            (b'nonce="a"', "md5-sess"),
            (b'nonce="a",algorithm=md5', "md5-sess"),
            (b'nonce="a",algorithm=md5-sess,algorithm=md5-sess', "md5-sess"),
            (b'nonce="a",algorithm=md5-sess,qop="auth-int,auth-conf"', "quality of protection"),
            (b'nonce="a",algorithm=md5-sess,qop=auth,qop=auth', "quality of protection"),
            (b'nonce="a",algorithm=md5-sess,charset=latin-1', "charset"),
            (b'nonce="a",algorithm=md5-sess,charset=utf-8,charset=utf-8', "charset"),
            (b'nonce="a",algorithm=md5-sess,realm="other"', "does not have the realm 'mine'"),
        ],
    )
    def test_a_challenge_that_is_none(self, challenge: bytes, reason: str) -> None:
        with pytest.raises(SASLFailed, match=reason):
            make_client(realm="mine").respond(challenge)

    @pytest.mark.parametrize(
        ("more", "readable"),
        [
            ({"username": "ü"}, True),
            ({"username": "ł"}, False),
            ({"password": "ł"}, False),
            ({"host": "ü.example"}, False),
            ({"authzid": "ü"}, False),
        ],
    )
    def test_a_server_without_unicode(self, more: dict[str, str], readable: bool) -> None:
        challenge = 'realm="é",nonce="a",algorithm=md5-sess'.encode("iso-8859-1")
        if readable:
            assert 'username="ü",realm="é"' in make_client(**more).respond(challenge).decode("iso-8859-1")
        else:
            with pytest.raises(SASLFailed, match="cannot read the characters"):
                make_client(**more).respond(challenge)

    def test_a_success_needs_the_servers_proof(self) -> None:
        # A10: whoever does not know the password cannot let us in.
        client = make_client()
        with pytest.raises(SASLMutualAuthFailed, match="too early"):
            client.success(RSPAUTH)
        client.respond(CHALLENGE)
        with pytest.raises(SASLMutualAuthFailed, match="did not show"):
            client.success(None)
        for wrong in (b"rspauth=" + b"0" * 32, b"nothing", b"x=1", RSPAUTH + b"," + RSPAUTH, "rspauth=ü".encode()):
            with pytest.raises(SASLMutualAuthFailed, match="does not know"):
                client.success(wrong)
        client.success(RSPAUTH)
        with pytest.raises(SASLMutualAuthFailed, match="twice"):
            client.respond(RSPAUTH)


class TestServer:
    def test_it_speaks_first(self) -> None:
        assert make_server().receive(response()) == MALFORMED
        server = make_server()
        assert server.account(CHRIS) == MALFORMED
        said = f'realm="{HOST}",nonce="{NONCE}",qop="auth",charset=utf-8,algorithm=md5-sess'
        assert server.receive(b"") == Challenge(said.encode())
        assert server.receive(response()) == NeedAccount("chris")
        assert server.receive(response()) == MALFORMED
        assert server.account(CHRIS) == REFUSED
        assert server.account(CHRIS) == MALFORMED

    @pytest.mark.parametrize(
        "data",
        [
            None,
            b"",
            b"username",
            response(username=""),
            response(username='"chris",username="chris"'),
            response(cnonce=""),
            response(digest_uri=""),
            response(response=""),
            response(response="x" * 32),
            response(realm='"a",realm="b"'),
            response(authzid='"a",authzid="b"'),
            response(nonce='"other"'),
            response(nc="00000002"),
            response(qop="auth-int"),
            response(realm='"elsewhere"'),
            response(digest_uri=f'"imap/{HOST}"'),
            response(digest_uri='"xmpp/elsewhere"'),
        ],
    )
    def test_malformed(self, data: bytes | None) -> None:
        server = make_server()
        server.receive(None)
        assert server.receive(data) == MALFORMED
        assert server.account(CHRIS) == MALFORMED

    def test_proofs_are_compared_in_constant_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        compared: list[str] = []

        def compare(one: str, other: str) -> bool:
            compared.append(other)
            return False

        monkeypatch.setattr("hmac.compare_digest", compare)
        server = make_server()
        server.receive(None)
        server.receive(response())
        assert server.account(CHRIS) == REFUSED
        assert compared == ["0" * 32]


def test_no_secret_shows() -> None:
    client = make_client()
    client.respond(CHALLENGE)
    assert "secret" not in repr(client) + repr(client.credentials)
