# SPDX-License-Identifier: MIT
"""xmppkit.pyxmpp2.streamsasl: what a server knows of accounts: a database that only checks, and certificates."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.pyxmpp2.exceptions import SASLAuthenticationFailed, SASLMechanismNotAvailable
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.sasl import PasswordDatabase
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.streambase import StreamBase
from xmppkit.pyxmpp2.streamsasl import DefaultPasswordDatabase, StreamSASLHandler
from xmppkit.sasl import server_mechanism, server_mechanisms
from xmppkit.sasl.base import Challenge
from xmppkit.sasl.derivation import at_once
from xmppkit.sasl.scram import check_password
from xmppkit.transports.certificates import make_authority, make_certificate


def leave(event: Any) -> None:
    if event.stream.initiator:
        event.stream.disconnect()


class Checker(PasswordDatabase):
    def check_password(self, username: str, password: str, properties: Any) -> bool:
        return (username, password) == ("alice", "secret")


@pytest.mark.parametrize("mechanisms", [..., None, ["SCRAM-SHA-256", "PLAIN"]])
def test_a_database_that_has_no_passwords_is_shown_them(polled, mechanisms) -> None:
    polled.server_settings["password_database"] = Checker()
    if mechanisms is not ...:
        polled.server_settings["sasl_mechanisms"] = mechanisms
    polled.recorder.acts["AuthorizedEvent"] = leave
    client = polled.client()
    polled.run()
    assert client.auth_method_used == "PLAIN"
    assert client.authenticated
    assert Checker().get_password("alice", ("plain",), {}) == (None, None)


class Owner(PasswordDatabase):
    """Has passwords, and says of accounts that it does not know what `nothing` is."""

    nothing: Any = (None, None)

    def get_password(self, username: str, acceptable_formats: Any, properties: Any) -> Any:
        return ("secret", "plain") if username == "alice" else self.nothing


class Silent(Owner):
    nothing = None


class Both(Owner, Checker):
    pass


class Keys(Owner):
    formats = ("SCRAM-SHA-1-Keys",)


class Salted(Owner):
    formats = ("SCRAM-SHA-256-SaltedPassword", "plain")


class Few(PasswordDatabase):
    """Keeps salted passwords, with other numbers than ours."""

    scram_shape = (4096, 12)

    def get_password(self, username: str, acceptable_formats: Any, properties: Any) -> Any:
        form = next(name for name in acceptable_formats if name.endswith("-SaltedPassword"))
        return ((b"salt-of-them", 4096, bytes(32)), form) if username == "alice" else (None, None)


class Stranger:
    """No subclass, and without anything."""


def offered(database: Any, **settings: Any) -> list[str]:
    """What a server offers over TLS that has this database."""
    told = XMPPSettings({"password_database": database, **settings})
    stream = StreamBase("jabber:client", None, [])
    return server_mechanisms(StreamSASLHandler(told).policy(stream), secure=True)


SCRAM = ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"]
LEGACY = {"sasl_mechanisms": ["SCRAM-SHA-256", "PLAIN", "DIGEST-MD5", "EXTERNAL"]}


@pytest.mark.parametrize(
    ("database", "settings", "names"),
    [
        (Owner(), {}, [*SCRAM, "PLAIN"]),
        (Both(), {}, [*SCRAM, "PLAIN"]),
        (Checker(), {}, ["PLAIN"]),
        (PasswordDatabase(), {}, []),
        (Stranger(), {}, []),
        (Keys(), {}, ["SCRAM-SHA-1"]),
        (Salted(), {}, [*SCRAM, "PLAIN"]),
        (Owner(), LEGACY, ["EXTERNAL", "SCRAM-SHA-256", "PLAIN", "DIGEST-MD5"]),
        (Checker(), LEGACY, ["EXTERNAL", "PLAIN"]),
        (PasswordDatabase(), LEGACY, ["EXTERNAL"]),
        (Checker(), {"sasl_mechanisms": ["SCRAM-SHA-256"]}, []),
    ],
)
def test_what_nobody_can_be_let_in_by_is_not_offered(database: Any, settings: Any, names: list[str]) -> None:
    assert offered(database, **settings) == names


@pytest.mark.parametrize(
    ("users", "names"),
    [
        ({}, []),
        ({"username": "alice"}, []),
        ({"username": "alice", "password": ""}, [*SCRAM, "PLAIN"]),
        ({"user_passwords": {"alice": "secret"}}, [*SCRAM, "PLAIN"]),
    ],
)
def test_without_any_password(users: dict[str, Any], names: list[str]) -> None:
    settings = XMPPSettings(users)
    assert offered(DefaultPasswordDatabase(settings)) == names
    assert DefaultPasswordDatabase(settings).get_password("alice", ("SCRAM-SHA-1-Keys",), {}) == (None, None)


def test_a_server_that_knows_nobody_lets_nobody_in(polled) -> None:
    polled.server_settings["password_database"] = PasswordDatabase()
    polled.client()
    with pytest.raises(SASLMechanismNotAvailable):
        polled.run()


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "PLAIN"])
@pytest.mark.parametrize("database", [Owner, Silent])
@pytest.mark.parametrize(("who", "password"), [("alice@localhost", "wrong"), ("nobody@localhost", "secret")])
def test_who_is_not_known_looks_like_who_is(polled, mechanism, database, who, password) -> None:
    polled.server_settings["password_database"] = database()
    polled.server_settings["sasl_mechanisms"] = polled.client_settings["sasl_mechanisms"] = [mechanism]
    polled.client_settings["password"] = password
    polled.client(who)
    with pytest.raises(SASLAuthenticationFailed, match="not-authorized"):
        polled.run()


@pytest.mark.parametrize(("database", "rounds"), [(Silent, b"i=10000"), (Few, b"i=4096")])
def test_the_salt_of_who_is_not_known(database: Any, rounds: bytes) -> None:
    # As of an account that there is: of one length, and the same each time.
    stream = StreamBase("jabber:client", None, [])
    handler = StreamSASLHandler(XMPPSettings({"password_database": database()}))
    said = []
    for name in ("nobody", "nobody", "alice", "bob"):
        half = server_mechanism("SCRAM-SHA-256", handler.policy(stream), secure=True)
        assert half is not None
        half.receive(f"n,,n={name},r=nonce".encode())
        step = half.account(handler.account(stream, name, "SCRAM-SHA-256"))
        assert isinstance(step, Challenge)
        said.append([part for part in step.data.split(b",") if part[:2] in (b"s=", b"i=")])
    assert said[0] == said[1]
    assert len({tuple(each) for each in said}) == 3
    assert {(len(salt), seen) for salt, seen in said} == {(len(said[0][0]), rounds)}
    unknown = handler.account(stream, "nobody", "SCRAM-SHA-256")
    assert unknown is not None
    assert not at_once(check_password("SCRAM-SHA-256", "", unknown.scram["SCRAM-SHA-256"]))


# --- EXTERNAL -------------------------------------------------------------------------------------------


@pytest.fixture
def certified(polled, tmp_path) -> Any:
    """Has the client show a certificate that names accounts."""
    authority = make_authority(tmp_path)
    polled.server_settings["sasl_mechanisms"] = polled.client_settings["sasl_mechanisms"] = ["EXTERNAL"]
    polled.server_settings["tls_cacert_file"] = str(authority.ca_file)
    polled.recorder.acts["AuthorizedEvent"] = leave

    def show(*accounts: str, authzid: str = "", who: str = "alice@localhost") -> Any:
        files = make_certificate(authority, tmp_path, *accounts)
        polled.client_settings["tls_cert_file"] = str(files.certificate)
        polled.client_settings["tls_key_file"] = str(files.key)
        polled.client_settings["authzid"] = authzid
        return polled.client(who)

    return show


@pytest.mark.parametrize(
    ("accounts", "authzid", "known"),
    [
        (["alice@localhost"], "", "alice@localhost"),
        (["alice@localhost", "alice@elsewhere.example"], "", "alice@localhost"),
        (["alice@localhost", "bob@localhost"], "bob@localhost", "bob@localhost"),
    ],
)
def test_a_client_with_a_certificate(polled, certified, accounts, authzid, known) -> None:
    certified(*accounts, authzid=authzid, who=known)
    polled.run()
    assert polled.names()[-2:] == ["Authorized", "Disconnected"]
    [server] = polled.accepted
    assert server.peer.bare() == JID(known)
    assert server.auth_method_used == "EXTERNAL"


@pytest.mark.parametrize(
    ("accounts", "authzid"),
    [
        (["alice@localhost", "bob@localhost"], ""),
        (["alice@elsewhere.example"], ""),
        (["localhost"], ""),
        (["alice@localhost"], "bob@localhost"),
        (["alice@localhost"], "a@b@c"),
    ],
)
def test_spoof_a_certificate_for_somebody_else(polled, certified, accounts, authzid) -> None:
    certified(*accounts, authzid=authzid)
    with pytest.raises(SASLAuthenticationFailed):
        polled.run()
    assert not polled.accepted[0].peer_authenticated


def test_external_without_a_certificate_is_not_offered(polled) -> None:
    polled.server_settings["sasl_mechanisms"] = polled.client_settings["sasl_mechanisms"] = ["EXTERNAL"]
    polled.client()
    with pytest.raises(SASLMechanismNotAvailable):
        polled.run()
    stream = StreamBase("jabber:client", None, [])
    assert StreamSASLHandler().account(stream, "", "EXTERNAL") is None
