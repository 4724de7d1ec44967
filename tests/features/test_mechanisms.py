# SPDX-License-Identifier: MIT
"""feature_mechanisms: every option, and logins with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import AuthenticationFailed, ConfigurationError, NotConnectedError, XMPPKitError
from xmppkit.features.feature_mechanisms import FeatureMechanisms, stanza
from xmppkit.jid.address import JID
from xmppkit.sasl.policy import MECHANISMS, SaslPolicy
from xmppkit.stanza.negotiation import sasl
from xmppkit.testing import clock

Make = Callable[..., ClientXMPP]
ALICE = JID("alice@localhost/r")


def plugin(**config: Any) -> FeatureMechanisms:
    client = ClientXMPP(ALICE, "secret", plugin_config={"feature_mechanisms": config})
    made: FeatureMechanisms = client.plugin["feature_mechanisms"]
    return made


# --- the policy -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "allowed"),
    [
        ({}, None),
        ({"use_mech": ""}, None),
        ({"use_mechs": []}, None),
        ({"use_mech": "PLAIN", "use_mechs": ["SCRAM-SHA-1"]}, ("PLAIN",)),
        ({"use_mechs": {"SCRAM-SHA-1"}}, ("SCRAM-SHA-1",)),
        ({"min_mech": "SCRAM-SHA-512"}, ("EXTERNAL", "SCRAM-SHA-512-PLUS")),
        ({"min_mech": "EXTERNAL"}, ()),
        ({"min_mech": "PLAIN", "use_mech": "PLAIN"}, ()),
        ({"min_mech": "SCRAM-SHA-1", "use_mech": "PLAIN", "encrypted_plain": False}, ()),
        ({"encrypted_plain": False}, tuple(name for name in MECHANISMS if name != "PLAIN")),
        ({"encrypted_plain": False, "use_mech": "PLAIN"}, ()),
        ({"use_mech": "LOGIN"}, ("LOGIN",)),
        ({"encrypted_plain": False, "use_mechs": ["LOGIN", "X-OAUTH2"]}, ("X-OAUTH2",)),
        ({"min_mech": "CRAM-MD5", "use_mechs": ["LOGIN", "DIGEST-MD5"]}, ("DIGEST-MD5",)),
    ],
)
async def test_which_mechanisms_are_allowed(config: dict[str, Any], allowed: tuple[str, ...] | None) -> None:
    assert plugin(**config).make_policy().allowed == allowed


async def test_nothing_is_allowed_without_tls_unless_it_is_said() -> None:
    plain = plugin().make_policy()
    assert (plain.plain_without_tls, plain.scram_without_tls) == (False, False)
    assert plugin(unencrypted_plain=True).make_policy().plain_without_tls
    assert plugin(unencrypted_scram=True).make_policy().scram_without_tls


async def test_what_is_used_over_tls_only_stays_there(caplog: pytest.LogCaptureFixture) -> None:
    made = plugin(unencrypted_digest=True, unencrypted_cram=True, use_mechs=["DIGEST-MD5", "CRAM-MD5"])
    policy = made.make_policy()
    assert all(policy.refusal(name, secure=False) for name in ("DIGEST-MD5", "CRAM-MD5"))
    assert "unencrypted_digest has no effect" in caplog.text
    assert "unencrypted_cram has no effect" in caplog.text


async def test_what_the_options_do_not_say_is_as_it_was() -> None:
    base = SaslPolicy(("PLAIN", "SCRAM-SHA-1"), True, True, 5000, 6000)
    assert plugin().make_policy(base) == base
    assert plugin(encrypted_plain=False).make_policy(base).allowed == ("SCRAM-SHA-1",)
    assert plugin(use_mech="EXTERNAL").make_policy(base).allowed == ("EXTERNAL",)


@pytest.mark.parametrize("config", [{"use_mech": "X"}, {"min_mech": "X"}, {"use_mechs": ["PLAIN", "X"]}])
async def test_a_name_that_there_is_not(config: dict[str, Any]) -> None:
    (option,) = config
    with pytest.raises(ConfigurationError, match=f"feature_mechanisms.{option}: .*'X'.*SCRAM-SHA-1"):
        plugin(**config).make_policy()


# --- the credentials ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "certificate", "expected"),
    [
        ({}, False, ("alice", None, "", False)),
        ({"password": ""}, True, ("alice", None, "", True)),
        ({"password": "p", "username": "u", "authzid": "z@localhost"}, False, ("u", "p", "z@localhost", False)),
    ],
)
async def test_credentials(stated: dict[str, str], certificate: bool, expected: tuple[Any, ...]) -> None:
    made = plugin().make_credentials(stated, ALICE, certificate)
    assert made is not None
    assert (made.username, made.password, made.authzid, made.external) == expected


async def test_the_password_is_one_of_them() -> None:
    client = ClientXMPP(ALICE, "secret")
    assert client.password == client.credentials["password"] == "secret"
    client.credentials.clear()
    assert client.password == ""


async def test_with_a_callback_there_are_none_until_they_are_needed() -> None:
    asked: list[tuple[set[str], set[str]]] = []

    def ask(required: set[str], optional: set[str]) -> dict[str, str]:
        asked.append((required, optional))
        return {"password": "asked"}

    made = plugin(sasl_callback=ask)
    stated = {"username": "stated", "password": "stated"}
    assert made.make_credentials(stated, ALICE, True) is None
    assert asked == []
    given = made.ask_credentials(stated, ALICE)
    assert (given.username, given.password) == ("stated", "asked")
    assert asked == [({"username", "password"}, {"authzid"})]


TOLD = {
    "authzid": "z@localhost",
    "realm": "r",
    "host": "h",
    "service": "s",
    "service-name": "n",
    "email": "e@localhost",
    "access_token": "t",
    "api_key": "k",
    "pin": "77",
    "empty": "",
}


async def test_every_credential_reaches_the_mechanisms() -> None:
    made = plugin().make_credentials({"password": "p", **TOLD}, ALICE, False)
    assert made is not None
    assert {name: made.value(name) for name in TOLD} == {**TOLD, "empty": None}
    assert (made.username, made.password) == ("alice", "p")
    assert made.more == {"pin": "77"}


async def test_what_is_not_told_follows_from_the_address() -> None:
    made = plugin().make_credentials({}, ALICE, False)
    assert made is not None
    assert (made.host, made.service, made.email) == ("localhost", "xmpp", "alice@localhost")


@pytest.mark.parametrize(("option", "external"), [("EXTERNAL", True), ("PLAIN", False)])
async def test_who_names_external_has_a_certificate(option: str, external: bool) -> None:
    made = plugin(use_mech=option).make_credentials({}, ALICE, False)
    assert made is not None
    assert made.external is external


@pytest.mark.parametrize(
    ("offered", "config", "certificate", "asked"),
    [
        (["PLAIN"], {}, False, {"username", "password", "authzid"}),
        (["X-OAUTH2"], {"use_mech": "X-OAUTH2"}, False, {"username", "password", "authzid"}),  # there is no TLS
        (["EXTERNAL", "PLAIN"], {"unencrypted_plain": True}, True, {"username", "password", "authzid"}),
    ],
)
async def test_what_is_asked_for(
    offered: list[str], config: dict[str, Any], certificate: bool, asked: set[str]
) -> None:
    seen: list[set[str]] = []

    def ask(required: set[str], optional: set[str]) -> dict[str, str]:
        seen.append(required | optional)
        return {}

    plugin(sasl_callback=ask, **config).ask_credentials({}, ALICE, offered, certificate)
    assert seen == [asked]


# --- the settings ---------------------------------------------------------------------------------------------


async def test_a_callback_decides_in_place_of_the_options() -> None:
    asked: list[set[str]] = []

    def decide(names: set[str]) -> dict[str, bool]:
        asked.append(names)
        return {"encrypted_plain": False, "unencrypted_scram": True}

    policy = plugin(security_callback=decide, unencrypted_plain=True).make_policy()
    assert "PLAIN" not in (policy.allowed or ())
    assert (policy.plain_without_tls, policy.scram_without_tls) == (True, True)
    assert len(asked[0]) == 5
    assert policy.security is not None
    assert policy.security(frozenset({"encrypted_plain", "else"})) == {
        "encrypted_plain": False,
        "else": False,
        "unencrypted_scram": True,
    }


async def test_a_callback_that_would_have_to_be_awaited() -> None:
    async def decide(names: set[str]) -> dict[str, bool]:
        return {}

    with pytest.raises(ConfigurationError, match="security_callback must be a plain function"):
        plugin(security_callback=decide).make_policy()


@pytest.mark.parametrize("told", [None, "TLSv1.2"])
async def test_the_version_of_tls(told: str | None) -> None:
    security = plugin(tls_version=told).make_policy().security
    assert security is not None
    assert security(frozenset({"tls_version"})) == {"tls_version": told}


# --- logins ---------------------------------------------------------------------------------------------------


def note(seen: list[Any], name: str, payload: object) -> None:
    seen.append(name)


def log_in(client: ClientXMPP) -> list[Any]:
    """What a login comes to: the names of its events, and the error if there is one."""
    seen: list[Any] = []
    for name in ("no_auth", "failed_auth", "failed_all_auth", "auth_success", "session_start"):
        client.add_event_handler(name, partial(note, seen, name))

    async def main() -> None:
        try:
            async with asyncio.timeout(60), client:
                assert client.authenticated
                assert client.mechanism == "PLAIN"
        except XMPPKitError as error:
            seen.append(error)
        assert asyncio.get_running_loop().time() < 20
        assert not client.is_connected()

    clock.run(main())
    return seen


def test_a_login(script: Any, make_client: Make) -> None:
    assert log_in(make_client()) == ["auth_success", "session_start"]
    assert script.logins == [("", "alice", "secret")]


def test_a_login_in_the_name_of_another(script: Any, make_client: Make) -> None:
    client = make_client()
    client.credentials.update(username="admin", authzid="alice@localhost")
    assert log_in(client)[-1] == "session_start"
    assert script.logins == [("alice@localhost", "admin", "secret")]


def test_the_program_is_asked_when_the_server_asks(script: Any, make_client: Make) -> None:
    script.passwords = {"typed in"}
    streams: list[int] = []

    def ask(required: set[str], optional: set[str]) -> dict[str, str]:
        streams.append(script.streams)
        return {"password": "typed in"}

    assert log_in(make_client(sasl_callback=ask)) == ["auth_success", "session_start"]
    assert streams == [1], "once, after the server has said what it offers"
    assert script.logins == [("", "alice", "typed in")]


def test_the_program_may_ask_somebody_first(script: Any, make_client: Make) -> None:
    script.passwords = {"typed in"}

    async def ask(required: set[str], optional: set[str]) -> dict[str, str]:
        await asyncio.sleep(5)
        return {"password": "typed in"}

    assert log_in(make_client(sasl_callback=ask)) == ["auth_success", "session_start"]
    assert script.logins == [("", "alice", "typed in")]


@pytest.mark.parametrize("fails", [False, True])
def test_an_answer_that_comes_too_late_is_for_nobody(
    script: Any, make_client: Make, fails: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask(required: set[str], optional: set[str]) -> dict[str, str]:
        client.disconnect(reason="changed my mind")
        await asyncio.sleep(0.5)
        if fails:
            raise RuntimeError("the dialog was closed")
        return {"password": "typed in"}

    client = make_client(sasl_callback=ask)

    async def main() -> None:
        over = client.disconnected
        client.connect()
        assert await over == "changed my mind"
        await asyncio.sleep(10)
        assert client.disconnect_reason == "changed my mind"

    clock.run(main())
    assert script.logins == []
    assert ("the dialog was closed" in caplog.text) is fails


def test_a_coroutine_that_fails_ends_the_attempt(script: Any, make_client: Make) -> None:
    async def ask(required: set[str], optional: set[str]) -> dict[str, str]:
        raise RuntimeError("the dialog was closed")

    client = make_client(sasl_callback=ask)
    (error,) = log_in(client)
    assert isinstance(error, NotConnectedError)
    assert client.disconnect_reason == "sasl_callback has failed"


def test_the_program_may_try_another_password(script: Any, make_client: Make) -> None:
    typed = ["wrong", "typed in"]
    script.passwords = {"typed in"}

    def ask(required: set[str], optional: set[str]) -> dict[str, str]:
        return {"password": typed.pop(0)}

    assert log_in(make_client(sasl_callback=ask)) == ["failed_auth", "auth_success", "session_start"]
    assert [password for _, _, password in script.logins] == ["wrong", "typed in"]


def test_a_callback_that_fails_ends_the_attempt(
    script: Any, make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    def ask(required: set[str], optional: set[str]) -> dict[str, str]:
        raise RuntimeError("the dialog was closed")

    client = make_client(sasl_callback=ask)
    (error,) = log_in(client)
    assert isinstance(error, NotConnectedError)
    assert client.disconnect_reason == "sasl_callback has failed"
    assert "the dialog was closed" in caplog.text
    assert script.logins == []


def test_a_password_that_is_refused(script: Any, make_client: Make) -> None:
    script.passwords = set()
    *events, error = log_in(make_client())
    assert events == ["failed_auth", "failed_all_auth"]
    assert isinstance(error, AuthenticationFailed)
    assert error.condition == "not-authorized"


@pytest.mark.parametrize("config", [{"unencrypted_plain": False}, {"use_mech": "SCRAM-SHA-1"}])
def test_nothing_that_is_offered_may_be_used(script: Any, make_client: Make, config: dict[str, Any]) -> None:
    *events, error = log_in(make_client(**config))
    assert events == ["failed_all_auth", "no_auth"]
    assert isinstance(error, AuthenticationFailed)
    assert "PLAIN" in str(error)
    assert script.logins == []


def test_nothing_is_offered_at_all(script: Any, make_client: Make) -> None:
    script.mechanisms = ""
    *events, error = log_in(make_client())
    assert events == ["failed_all_auth", "no_auth"]
    assert isinstance(error, AuthenticationFailed)


def test_the_names_of_its_stanzas() -> None:
    for name in stanza.__all__:
        assert getattr(stanza, name) is getattr(sasl, name)
