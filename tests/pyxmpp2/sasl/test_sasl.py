# SPDX-License-Identifier: MIT
"""SASL with PyXMPP2's surface: both halves against each other, against vectors, and the registry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from xmppkit.exceptions import SASLFailed, SASLNoAppropriateMechanism
from xmppkit.pyxmpp2 import sasl
from xmppkit.pyxmpp2.exceptions import StringprepError
from xmppkit.pyxmpp2.sasl import core
from xmppkit.pyxmpp2.sasl.core import decode_base64
from xmppkit.pyxmpp2.sasl.saslprep import SASLPREP
from xmppkit.pyxmpp2.sasl.scram import SCRAMClientAuthenticator, SCRAMOperations
from xmppkit.sasl import ClientMechanism, Credentials, SaslPolicy, choose, unregister_mechanism
from xmppkit.sasl.scram import make_scram_record

SECURE = {"security-layer": "TLS", "channel-binding": {"tls-exporter": b"x" * 32}}
WHO = {"username": "user", "password": "pencil", "service-type": "xmpp", "service-domain": "example.org"}
SCRAM = [f"SCRAM-{name}{plus}" for name in ("SHA-1", "SHA-256", "SHA-512") for plus in ("", "-PLUS")]


class Database(sasl.PasswordDatabase):
    """Knows one account, in one format."""

    def __init__(self, password: Any = "pencil", format_: str = "plain") -> None:
        self.password, self.format = password, format_
        self.asked: list[Any] = []

    def get_password(
        self, username: str, acceptable_formats: Iterable[str], properties: core.Properties
    ) -> tuple[Any, str | None]:
        self.asked.append((username, tuple(acceptable_formats)))
        if username != "user" or self.format not in acceptable_formats:
            return None, None
        return self.password, self.format


def exchange(
    name: str, database: sasl.PasswordDatabase, who: dict[str, Any] = WHO, properties: dict[str, Any] = SECURE
) -> tuple[sasl.Reply, sasl.Reply | None]:
    """A whole login: what the server and then the client think of it."""
    client = sasl.client_authenticator_factory(name)
    server = sasl.server_authenticator_factory(name, database)
    said = {**properties, "available_mechanisms": [name], "enabled_mechanisms": [name]}
    answer: Any = client.start({**who, **said})
    if isinstance(answer, sasl.Failure):
        return answer, None
    reply = server.start({"service-domain": "example.org", **said}, answer.data)
    while isinstance(reply, sasl.Challenge):
        answer = client.challenge(reply.data or b"")
        if isinstance(answer, sasl.Failure):
            return answer, None
        reply = server.response(answer.data or b"")
    return reply, client.finish(reply.data) if isinstance(reply, sasl.Success) else None


@pytest.mark.parametrize("name", [*SCRAM, "PLAIN", "DIGEST-MD5"])
def test_both_halves(name: str) -> None:
    server, client = exchange(name, Database(), {**WHO, "authzid": "user@example.org"})
    assert isinstance(server, sasl.Success)
    assert isinstance(client, sasl.Success)
    for side in (server, client):
        assert side.properties == {"username": "user", "authzid": "user@example.org"}


@pytest.mark.parametrize("name", [*SCRAM, "PLAIN", "DIGEST-MD5"])
@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"username": "nobody"}])
def test_wrong_credentials(name: str, wrong: dict[str, str]) -> None:
    server, client = exchange(name, Database(), {**WHO, **wrong})
    assert isinstance(server, sasl.Failure)
    assert server.reason == "not-authorized"
    assert client is None


@pytest.mark.parametrize("name", SCRAM)
@pytest.mark.parametrize("kind", ["SaltedPassword", "Keys"])
def test_passwords_that_are_not_known_in_the_clear(name: str, kind: str) -> None:
    plain = name.removesuffix("-PLUS")
    operations = SCRAMOperations(plain.removeprefix("SCRAM-"))
    salted = operations.Hi(operations.Normalize("pencil"), b"salt", 4096)
    password: Any = (b"salt", 4096, salted)
    if kind == "Keys":
        record = operations.record(*password)
        password = (b"salt", 4096, record.stored_key, record.server_key)
    database = Database(password, f"{plain}-{kind}")
    server, client = exchange(name, database)
    assert isinstance(server, sasl.Success)
    assert isinstance(client, sasl.Success)
    assert database.asked == [("user", ("plain", f"{plain}-SaltedPassword", f"{plain}-Keys"))]
    failed, _ = exchange(name, database, {**WHO, "password": "wrong"})
    assert isinstance(failed, sasl.Failure)


def test_the_salt_may_be_said() -> None:
    server = sasl.server_authenticator_factory("SCRAM-SHA-1", Database())
    challenge: Any = server.start({"SCRAM-salt": b"salt", "SCRAM-iteration-count": 5000}, b"n,,n=user,r=abc")
    assert b"s=c2FsdA==,i=5000" in challenge.data


def test_plain_asks_for_a_check() -> None:
    class Directory(sasl.PasswordDatabase):
        def get_password(self, username: str, acceptable_formats: Iterable[str], properties: Any) -> tuple[Any, Any]:
            raise AssertionError("passwords are not to be had")

        def check_password(self, username: str, password: str, properties: Any) -> bool:
            return (username, password) == ("user", "pencil")

    assert isinstance(exchange("PLAIN", Directory())[0], sasl.Success)
    assert isinstance(exchange("PLAIN", Directory(), {**WHO, "password": "wrong"})[0], sasl.Failure)


@pytest.mark.parametrize(
    ("password", "format_", "right"),
    [("pencil", "plain", True), ("wrong", "plain", False), (None, "plain", False), ("pencil", "other", False)],
)
def test_checking_a_password(password: str | None, format_: str, right: bool) -> None:
    assert Database(password, format_).check_password("user", "pencil", {}) is right


def test_scram_sha_1_is_that_of_rfc_5802() -> None:
    """The exchange of §5."""
    client = sasl.client_authenticator_factory("SCRAM-SHA-1")
    first: Any = client.start({**WHO, "nonce_factory": lambda: b"fyko+d2lbbFgONRv9qkxdawL"})
    assert first.data == b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL"
    final: Any = client.challenge(b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096")
    assert final.data.endswith(b"p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=")
    assert isinstance(client.finish(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), sasl.Success)
    assert isinstance(client.finish(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), sasl.Failure)


def test_the_operations_of_scram() -> None:
    operations = SCRAMOperations("SHA-256")
    assert operations.H(b"x") == hashlib.sha256(b"x").digest()
    assert operations.XOR(b"\x01\x02", b"\x03\x02") == b"\x02\x00"
    assert operations.unescape(operations.escape(b"a,b=c")) == b"a,b=c"
    with pytest.raises(SASLFailed):
        operations.Normalize("\x00ü")
    record = make_scram_record("SCRAM-SHA-256", "pencil", b"salt", 4096)
    assert operations.record(b"salt", 4096, operations.Hi(b"pencil", b"salt", 4096)) == record


def test_a_server_that_does_not_know_the_password() -> None:
    client = sasl.client_authenticator_factory("SCRAM-SHA-1")
    client.start(dict(WHO))
    failed = client.finish(b"v=abcd")
    assert isinstance(failed, sasl.Failure)
    assert failed.reason == "bad-success"
    assert failed.text


def test_too_much_work_is_refused() -> None:
    client = sasl.client_authenticator_factory("SCRAM-SHA-1")
    first: Any = client.start({**WHO, "nonce_factory": lambda: "abc"})
    assert first.data
    failed = client.challenge(b"r=abcdef,s=c2FsdA==,i=99999999")
    assert isinstance(failed, sasl.Failure)
    assert (failed.reason, failed.data) == ("bad-challenge", None)
    assert repr(failed) == "<Failure bad-challenge>"


@pytest.mark.parametrize("name", sasl.CLIENT_MECHANISMS)
def test_replies_in_the_wrong_order(name: str) -> None:
    client = sasl.client_authenticator_factory(name)
    assert isinstance(client.challenge(b"x"), sasl.Failure)
    assert isinstance(client.finish(b"x"), sasl.Failure)


@pytest.mark.parametrize("name", sasl.SERVER_MECHANISMS)
def test_nonsense_from_a_client(name: str) -> None:
    server = sasl.server_authenticator_factory(name, Database())
    assert isinstance(server.response(b"x"), sasl.Failure)
    reply = server.start({**SECURE, "enabled_mechanisms": [name]}, b"\xff\x00nonsense")
    if isinstance(reply, sasl.Challenge):
        reply = server.response(b"\xff\x00nonsense")
    assert isinstance(reply, sasl.Failure)


def test_channel_binding_needs_a_channel() -> None:
    name = "SCRAM-SHA-1-PLUS"
    reply = sasl.server_authenticator_factory(name, Database()).start({}, b"p=tls-unique,,n=user,r=abc")
    assert isinstance(reply, sasl.Failure)
    assert reply.reason == "invalid-mechanism"
    failed = sasl.client_authenticator_factory(name).start(dict(WHO))
    assert isinstance(failed, sasl.Failure)


def test_external() -> None:
    client = sasl.client_authenticator_factory("EXTERNAL")
    assert type(client).are_properties_sufficient(SECURE)
    assert not type(client).are_properties_sufficient(WHO)
    response: Any = client.start({"authzid": "me@example.org", **SECURE})
    assert response.data == b"me@example.org"
    assert isinstance(client.finish(None), sasl.Success)


# --- replies --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("data", "text"), [(None, ""), (b"", "="), (b"abc", "YWJj")])
def test_base64(data: bytes | None, text: str) -> None:
    assert sasl.Response(data).encode() == text
    assert decode_base64(text) == data


def test_what_is_no_base64() -> None:
    for text in ("%%%", "ü"):
        with pytest.raises(ValueError):
            decode_base64(text)


def test_replies_do_not_show_what_is_in_them() -> None:
    assert "secret" not in repr(sasl.Response(b"secret"))
    assert sasl.Success().properties == {}
    assert sasl.default_nonce_factory() != sasl.default_nonce_factory()


# --- the registry ---------------------------------------------------------------------------------------


def test_the_lists() -> None:
    assert sasl.CLIENT_MECHANISMS[0] == "SCRAM-SHA-512-PLUS"
    assert sasl.CLIENT_MECHANISMS[-1] == "PLAIN"
    for name in ("PLAIN", "DIGEST-MD5"):
        assert name not in sasl.SECURE_CLIENT_MECHANISMS
        assert name not in sasl.SECURE_SERVER_MECHANISMS
        assert name in sasl.CLIENT_MECHANISMS
        assert name in sasl.SERVER_MECHANISMS
    with pytest.raises(KeyError):
        sasl.client_authenticator_factory("NO-SUCH")
    with pytest.raises(KeyError):
        sasl.server_authenticator_factory("NO-SUCH", Database())


@pytest.mark.parametrize(
    ("properties", "arguments", "expected"),
    [
        (WHO, {}, ["SCRAM-SHA-1"]),
        (WHO, {"allow_insecure": True}, ["PLAIN", "SCRAM-SHA-1", "DIGEST-MD5"]),
        ({**WHO, "security-layer": "TLS"}, {}, ["PLAIN", "SCRAM-SHA-1", "EXTERNAL", "DIGEST-MD5"]),
        ({**WHO, **SECURE}, {}, ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "EXTERNAL", "DIGEST-MD5"]),
        ({}, {"server_side": True}, ["SCRAM-SHA-1"]),
        (SECURE, {"server_side": True}, ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "DIGEST-MD5"]),
        ({}, {}, []),
    ],
)
def test_what_can_be_used(properties: dict[str, Any], arguments: dict[str, bool], expected: list[str]) -> None:
    offered = ["NO-SUCH", "PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "EXTERNAL", "DIGEST-MD5"]
    assert sasl.filter_mechanism_list(offered, properties, **arguments) == expected


@pytest.fixture
def registry() -> Iterator[None]:
    tables: list[Any] = [
        sasl.CLIENT_MECHANISMS,
        sasl.SECURE_CLIENT_MECHANISMS,
        sasl.CLIENT_MECHANISMS_D,
        sasl.SERVER_MECHANISMS,
        sasl.SECURE_SERVER_MECHANISMS,
        sasl.SERVER_MECHANISMS_D,
    ]
    before = [table.copy() for table in tables]
    yield
    unregister_mechanism("X-MINE")
    for table, old in zip(tables, before, strict=True):
        table.clear()
        table.update(old) if isinstance(table, dict) else table.extend(old)


@pytest.mark.usefixtures("registry")
def test_streams_use_a_mechanism_of_the_program() -> None:
    @sasl.sasl_mechanism("X-MINE", False, 60)
    class Mine(sasl.ClientAuthenticator):
        """Says who it is; the server says yes."""

        def start(self, properties: core.Properties) -> sasl.Response | sasl.Failure:
            said = (properties["username"], properties["service-domain"], properties["extra"])
            return sasl.Response(" ".join(said).encode())

        def challenge(self, challenge: bytes) -> sasl.Response | sasl.Failure:
            return sasl.Response() if challenge == b"sure?" else sasl.Failure("bad-challenge")

        def finish(self, data: bytes | None) -> sasl.Success | sasl.Failure:
            return sasl.Success() if data == b"yes" else sasl.Failure("bad-success")

    def chosen(who: Credentials, *, secure: bool = True) -> ClientMechanism:
        policy = SaslPolicy(allowed=("X-MINE", "PLAIN"))
        return choose(["X-MINE", "PLAIN"], who, policy, secure=secure)

    who = Credentials("user", "pencil", host="example.org", more={"extra": "more"})
    half = chosen(who)
    assert half.name == "X-MINE"
    assert half.initial_response() == b"user example.org more"
    assert half.respond(b"sure?") == b""
    half.success(b"yes")
    for wrong in (lambda: half.respond(b"x"), lambda: half.success(b"no")):
        with pytest.raises(SASLFailed, match="X-MINE: bad"):
            wrong()
    with pytest.raises(SASLNoAppropriateMechanism, match="there is no TLS"):
        chosen(who, secure=False)
    Mine.are_properties_sufficient = classmethod(lambda cls, properties: False)  # type: ignore[method-assign,assignment]
    assert chosen(who).name == "PLAIN"


@pytest.mark.usefixtures("registry")
def test_a_mechanism_of_the_program() -> None:
    @sasl.sasl_mechanism("X-MINE", True, 99)
    class Mine(SCRAMClientAuthenticator):
        def __init__(self) -> None:
            super().__init__("SHA-256")

    assert sasl.CLIENT_MECHANISMS[0] == sasl.SECURE_CLIENT_MECHANISMS[0] == "X-MINE"
    assert isinstance(sasl.client_authenticator_factory("X-MINE"), Mine)
    with pytest.raises(TypeError, match="neither"):
        sasl.sasl_mechanism("X-MINE", True)(dict)


def test_what_every_client_needs() -> None:
    assert sasl.ClientAuthenticator.are_properties_sufficient(WHO)
    assert not sasl.ClientAuthenticator.are_properties_sufficient({"username": "user"})


# --- SASLprep -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "prepared"), [("I\u00adX", "IX"), ("user", "user"), ("USER", "USER"), ("\u00aa", "a"), ("\u2168", "IX")]
)
def test_saslprep(text: str, prepared: str) -> None:
    """RFC 4013 §3."""
    assert SASLPREP.prepare(text) == SASLPREP.prepare_query(text) == prepared


@pytest.mark.parametrize("text", ["\u0007ü", "\u0627\u0031"])
def test_what_saslprep_refuses(text: str) -> None:
    with pytest.raises(StringprepError):
        SASLPREP.prepare(text)
