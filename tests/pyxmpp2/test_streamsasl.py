# SPDX-License-Identifier: MIT
"""xmppkit.pyxmpp2.streamsasl: what a server knows of accounts: a database that only checks, and certificates."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.pyxmpp2.exceptions import SASLAuthenticationFailed, SASLMechanismNotAvailable
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.sasl import PasswordDatabase
from xmppkit.pyxmpp2.streambase import StreamBase
from xmppkit.pyxmpp2.streamsasl import StreamSASLHandler
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
