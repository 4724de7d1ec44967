# SPDX-License-Identifier: MIT
"""Whole logins, over TLS with the embedded server and without it by a script: which mechanism, and which events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import SASLFailed, XMPPKitError
from xmppkit.features.feature_mechanisms import Failure, Success
from xmppkit.sasl import SaslPolicy
from xmppkit.sasl.policy import MECHANISMS
from xmppkit.server.server import EmbeddedServer
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.testing import clock
from xmppkit.transports.memory import MemoryConnector
from xmppkit.util.sasl import PLAIN, Mech, sasl_mech

Make = Callable[..., ClientXMPP]
pytestmark = pytest.mark.usefixtures("forget_mechanisms")

EVENTS = ("auth_success", "failed_auth", "failed_all_auth", "no_auth")


def note(client: ClientXMPP) -> list[tuple[str, Any]]:
    """The events of the login, as they come."""
    seen: list[tuple[str, Any]] = []
    for name in EVENTS:
        client.add_event_handler(name, lambda payload, name=name: seen.append((name, payload)))
    return seen


async def log_in(
    offered: tuple[str, ...] | None, password: str = "secret", policy: dict[str, Any] | None = None, **config: Any
) -> tuple[ClientXMPP, list[tuple[str, Any]]]:
    """A client that has tried to log in over TLS to a server which offers just those mechanisms."""
    server = EmbeddedServer(users={"alice": "secret"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xmppkit.server.logins.SaslPolicy", lambda *_, **__: SaslPolicy(offered))
        async with server:
            client = ClientXMPP("alice@localhost/r", password, plugin_config={"feature_mechanisms": config})
            client.enable_direct_tls = client.auto_reconnect = False
            client.ca_certs = server.ca_file
            client.transport_connector = MemoryConnector({("server", 5222): server._accept_client})
            client.custom_address = ("server", 5222)
            seen = note(client)
            try:
                async with asyncio.timeout(60), client:
                    assert client.authenticated
            except XMPPKitError:
                assert not client.authenticated
            await asyncio.sleep(0)
            return client, seen


# --- over TLS -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["DIGEST-MD5", "CRAM-MD5", "LOGIN"])
async def test_one_that_is_named(name: str) -> None:
    client, seen = await log_in((*MECHANISMS, name), use_mech=name)
    assert client.mechanism == name
    [(event, payload)] = seen
    assert event == "auth_success"
    assert isinstance(payload, Success)


@pytest.mark.parametrize("name", ["DIGEST-MD5", "CRAM-MD5", "LOGIN"])
async def test_one_that_is_not_named(name: str) -> None:
    client, seen = await log_in((name,))
    assert client.mechanism is None
    assert seen == [("failed_all_auth", {}), ("no_auth", {})]


@pytest.mark.parametrize("name", ["DIGEST-MD5", "CRAM-MD5", "LOGIN", "PLAIN", "SCRAM-SHA-256"])
async def test_a_wrong_password(name: str) -> None:
    # A15: a failure is no reason to try what is weaker.
    _, seen = await log_in((name, "LOGIN", "PLAIN"), "guess", use_mechs=[name, "LOGIN", "PLAIN"])
    assert [event for event, _ in seen] == ["failed_auth", "failed_all_auth"]
    failure = seen[0][1]
    assert isinstance(failure, Failure)
    assert failure["condition"] == "not-authorized"
    assert seen[1][1] == {}


@pytest.mark.parametrize(
    ("config", "mechanism"),
    [
        ({}, "SCRAM-SHA-512"),
        ({"use_mechs": ["SCRAM-SHA-1", "SCRAM-SHA-256"]}, "SCRAM-SHA-256"),
        ({"min_mech": "SCRAM-SHA-256"}, "SCRAM-SHA-512"),
        ({"use_mech": "PLAIN"}, "PLAIN"),
        ({"use_mech": "PLAIN", "encrypted_plain": False}, None),
        ({"use_mech": "PLAIN", "security_callback": lambda names: {"encrypted_plain": False}}, None),
    ],
)
async def test_what_the_options_choose(config: dict[str, Any], mechanism: str | None) -> None:
    client, seen = await log_in(None, **config)
    assert (client.mechanism or "").removesuffix("-PLUS") == (mechanism or "")
    assert [event for event, _ in seen] == (["auth_success"] if mechanism else ["failed_all_auth", "no_auth"])


async def test_what_a_callback_gives_is_for_the_mechanism_that_is_used() -> None:
    asked: list[tuple[set[str], set[str]]] = []

    async def ask(required: set[str], optional: set[str]) -> dict[str, str]:
        asked.append((required, optional))
        return {"password": "secret"}

    client, _ = await log_in(("DIGEST-MD5",), "guess", use_mech="DIGEST-MD5", sasl_callback=ask)
    assert client.mechanism == "DIGEST-MD5"
    assert asked == [({"username", "password"}, {"authzid", "realm", "host", "service", "service-name"})]


async def test_a_mechanism_of_the_program() -> None:
    made: list[Mech] = []

    @sasl_mech(200)
    class Own(PLAIN):
        security: ClassVar[set[str]] = {"encrypted", "encrypted_plain", "tls_version"}

        def setup(self, name: str) -> None:
            super().setup(name)
            made.append(self)

    client, seen = await log_in(None)
    assert client.mechanism == "PLAIN"
    assert [event for event, _ in seen] == ["auth_success"]
    [mech] = made
    assert mech.security_settings == {"encrypted": True, "encrypted_plain": True, "tls_version": "TLSv1.3"}
    assert mech.credentials == {"username": b"alice", "password": b"secret", "authzid": b""}


# --- without TLS ----------------------------------------------------------------------------------------------


def play(client: ClientXMPP) -> list[tuple[str, Any]]:
    """A login to the script."""
    seen = note(client)

    async def main() -> None:
        try:
            async with asyncio.timeout(60), client:
                assert client.authenticated
        except XMPPKitError:
            assert not client.authenticated

    clock.run(main())
    return seen


def declare(**attributes: Any) -> None:
    """A mechanism of the program, which says what PLAIN would with the credential ``pin``."""

    class Own(Mech):
        name = "X-OWN"
        required_credentials: ClassVar[set[str]] = {"username", "pin"}
        failing: ClassVar[Exception | None] = None

        def process(self, challenge: bytes = b"") -> bytes:
            if self.failing is not None:
                raise self.failing
            return b"\0" + self.credentials["username"] + b"\0" + self.credentials["pin"]

    for name, value in attributes.items():
        setattr(Own, name, value)
    sasl_mech(90)(Own)


@pytest.fixture
def own(script: Any, make_client: Make) -> ClientXMPP:
    """A client with a pin, and a script that offers ``X-OWN``."""
    script.mechanisms = script.mechanisms.replace("</mechanisms>", "<mechanism>X-OWN</mechanism></mechanisms>")
    script.passwords = {"77"}
    client = make_client()
    client.credentials["pin"] = "77"
    return client


def test_a_mechanism_of_the_program_without_tls(script: Any, own: ClientXMPP) -> None:
    declare()
    assert [event for event, _ in play(own)] == ["auth_success"]
    assert own.mechanism == "X-OWN"
    assert script.logins == [("", "alice", "77")]


def test_it_keeps_its_secrets_without_tls(script: Any, own: ClientXMPP) -> None:
    declare()
    own.plugin["feature_mechanisms"].unencrypted_plain = False
    assert play(own) == [("failed_all_auth", {}), ("no_auth", {})]
    assert script.logins == []


def test_without_its_credential_it_is_not_used(script: Any, own: ClientXMPP) -> None:
    declare()
    script.passwords = {"secret"}
    del own.credentials["pin"]
    assert [event for event, _ in play(own)] == ["auth_success"]
    assert own.mechanism == "PLAIN"


def test_a_login_that_we_give_up_has_a_failure_too(script: Any, own: ClientXMPP) -> None:
    declare(failing=SASLFailed("the pin has expired"))
    (first, failure), last = play(own)
    assert (first, last) == ("failed_auth", ("failed_all_auth", {}))
    assert isinstance(failure, Failure)
    assert (failure["condition"], failure["text"]) == ("malformed-request", "the pin has expired")
    assert script.logins == []


@pytest.mark.parametrize(("order", "before"), [(100, [False, True]), (10, [True]), (20000, [False, True])])
def test_the_turn_of_the_login(script: Any, make_client: Make, order: int, before: list[bool]) -> None:
    script.first = script.then = "<sub xmlns='urn:xmpp:features:pre-approval'/>"
    client = make_client(order=order)
    seen: list[bool] = []

    def handle(features: StreamFeatures) -> None:
        seen.append(client.authenticated)

    client.register_feature("preapproval", handle, order=50)
    assert [event for event, _ in play(client)] == ["auth_success"]
    assert seen == before
