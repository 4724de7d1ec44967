# SPDX-License-Identifier: MIT
"""Which mechanisms may be used on which connection, and settings that make no sense."""

from __future__ import annotations

import re

import pytest

from xmppkit.exceptions import ConfigurationError
from xmppkit.sasl.custom import (
    CustomMechanism,
    CustomServerMechanism,
    Exposure,
    register_mechanism,
    register_server_mechanism,
    unregister_mechanism,
    unregister_server_mechanism,
)
from xmppkit.sasl.plain import PlainClient, PlainServer
from xmppkit.sasl.policy import (
    MECHANISMS,
    ON_REQUEST,
    SCORES,
    Binding,
    SaslPolicy,
    known_mechanisms,
    proves_password,
    score,
)
from xmppkit.sasl.rules import Rule


def why(policy: SaslPolicy, name: str, *, secure: bool) -> str:
    """Why `policy` refuses; empty when it does not."""
    refusal = policy.refusal(name, secure=secure)
    assert refusal is None or refusal.name == name
    return "" if refusal is None else refusal.reason


SCRAM = [name for name in MECHANISMS if name.startswith("SCRAM-")]


def test_what_proves_something_else_than_a_password() -> None:
    others = {name for name in known_mechanisms() if not proves_password(name)}
    assert others == {"EXTERNAL", "OAUTHBEARER", "ANONYMOUS", *(name for name in ON_REQUEST if name.startswith("X-"))}
    assert proves_password("of-somebody")


def test_mechanisms_that_do_not_exist_here() -> None:
    for name in ("NTLM", "X-OWN", "plain"):
        assert why(SaslPolicy(), name, secure=True) == "xmppkit does not have it"
        with pytest.raises(ConfigurationError, match=f"no SASL mechanism '{name}'; there are EXTERNAL, SCRAM"):
            SaslPolicy(allowed=(name,))


@pytest.mark.parametrize("name", ON_REQUEST)
def test_only_who_names_them_has_them_and_only_over_tls(name: str) -> None:
    # A4, A10, A23: nothing but its name brings one of them back, and nothing at all without TLS.
    everything = {"plain_without_tls": True, "scram_without_tls": True}
    assert why(SaslPolicy(**everything), name, secure=True) == "it is used only when it is named, as with use_mech"
    assert why(SaslPolicy(MECHANISMS), name, secure=True) == "the policy does not allow it"
    assert why(SaslPolicy((name,)), name, secure=True) == ""
    assert why(SaslPolicy((name,), **everything), name, secure=False).startswith("it is used over TLS only")


def test_scores_are_the_order() -> None:
    for names in (MECHANISMS, ON_REQUEST):
        assert sorted(names, key=score, reverse=True) == list(names)
    assert set(SCORES) == {*MECHANISMS, *ON_REQUEST}
    assert score("NTLM") == -1


@pytest.mark.parametrize(
    ("exposure", "plain", "scram", "allowed"),
    [
        (Exposure.NOTHING, False, False, True),
        (Exposure.GUESSABLE, True, False, False),
        (Exposure.GUESSABLE, False, True, True),
        (Exposure.SECRET, False, True, False),
        (Exposure.SECRET, True, False, True),
    ],
)
def test_a_mechanism_of_the_program(exposure: Exposure, plain: bool, scram: bool, allowed: bool) -> None:
    register_mechanism(CustomMechanism("X-OWN", 7, PlainClient, exposure=exposure))
    try:
        policy = SaslPolicy(plain_without_tls=plain, scram_without_tls=scram)
        assert score("X-OWN") == 7
        assert known_mechanisms()[-1] == "X-OWN"
        assert why(policy, "X-OWN", secure=True) == ""
        assert (why(policy, "X-OWN", secure=False) == "") is allowed
        assert why(SaslPolicy(("X-OWN",)), "PLAIN", secure=True) == "the policy does not allow it"
    finally:
        unregister_mechanism("X-OWN")


@pytest.mark.parametrize("server", [Exposure.NOTHING, Exposure.GUESSABLE, Exposure.SECRET])
def test_of_two_halves_the_one_counts_that_shows_more(server: Exposure) -> None:
    register_mechanism(CustomMechanism("X-OWN", 7, PlainClient, exposure=Exposure.GUESSABLE))
    register_server_mechanism(CustomServerMechanism("X-OWN", 7, PlainServer, server))
    try:
        guessable = why(SaslPolicy(scram_without_tls=True), "X-OWN", secure=False) == ""
        assert guessable is (server is not Exposure.SECRET)
        assert why(SaslPolicy(), "X-OWN", secure=False) != ""
    finally:
        unregister_mechanism("X-OWN")
        unregister_server_mechanism("X-OWN")


@pytest.mark.parametrize("name", MECHANISMS)
def test_inside_tls_everything_that_is_allowed(name: str) -> None:
    assert why(SaslPolicy(), name, secure=True) == ""
    assert why(SaslPolicy(allowed=(name,)), name, secure=True) == ""
    others = tuple(other for other in MECHANISMS if other != name)
    assert why(SaslPolicy(allowed=others), name, secure=True) == "the policy does not allow it"
    assert why(SaslPolicy(allowed=()), name, secure=True) == "the policy does not allow it"


def test_without_tls_only_anonymous() -> None:
    policy = SaslPolicy()
    assert why(policy, "PLAIN", secure=False) == "it shows the password, and there is no TLS"
    assert why(policy, "EXTERNAL", secure=False) == "it needs a certificate, and there is no TLS"
    assert {why(policy, name, secure=False) for name in SCRAM} == {"there is no TLS"}
    assert why(policy, "ANONYMOUS", secure=False) == ""
    anyway = SaslPolicy(plain_without_tls=True, scram_without_tls=True)
    assert why(anyway, "OAUTHBEARER", secure=False) == "it is used over TLS only, and there is none"


def test_what_can_be_allowed_without_tls() -> None:
    policy = SaslPolicy(plain_without_tls=True)
    assert why(policy, "PLAIN", secure=False) == ""
    assert why(policy, "SCRAM-SHA-1", secure=False) != ""
    policy = SaslPolicy(scram_without_tls=True)
    assert {why(policy, name, secure=False) for name in SCRAM} == {""}
    assert why(policy, "PLAIN", secure=False) != ""
    assert why(SaslPolicy(plain_without_tls=True, scram_without_tls=True), "EXTERNAL", secure=False) != ""


def test_bounds() -> None:
    policy = SaslPolicy()
    assert (policy.min_iterations, policy.max_iterations) == (4096, 1_000_000)
    assert SaslPolicy(min_iterations=5, max_iterations=5).max_iterations == 5


@pytest.mark.parametrize(("minimum", "maximum"), [(0, 5), (-1, 5), (6, 5)])
def test_bounds_that_make_no_sense(minimum: int, maximum: int) -> None:
    with pytest.raises(ConfigurationError, match="min_iterations"):
        SaslPolicy(min_iterations=minimum, max_iterations=maximum)


class TestTheObject:
    def test_the_weakest(self) -> None:
        policy = SaslPolicy(minimum="SCRAM-SHA-256")
        assert why(policy, "SCRAM-SHA-256", secure=True) == ""
        assert why(policy, "SCRAM-SHA-1", secure=True) == "it is weaker than SCRAM-SHA-256"
        assert policy.order() == MECHANISMS[:5]
        with pytest.raises(ConfigurationError, match="no SASL mechanism 'NTLM'"):
            SaslPolicy(minimum="NTLM")

    @pytest.mark.parametrize("name", ["PLAIN", "LOGIN", "ANONYMOUS"])
    def test_once_scram_and_never_less(self, name: str) -> None:
        named = (name,) if name == "LOGIN" else None
        assert why(SaslPolicy(named, pinned="PLAIN"), name, secure=True) == ""
        pinned = SaslPolicy(pinned="SCRAM-SHA-1")
        refusal = pinned.refusal(name, secure=True)
        assert refusal is not None
        assert refusal.rule is (Rule.BY_NAME if named else Rule.PINNED)
        assert why(SaslPolicy((name,), pinned="SCRAM-SHA-1"), name, secure=True) == ""  # the program knows better
        assert why(pinned, "SCRAM-SHA-1", secure=True) == ""

    def test_binding(self) -> None:
        never, required = SaslPolicy(channel_binding=Binding.NEVER), SaslPolicy(channel_binding=Binding.REQUIRED)
        assert why(never, "SCRAM-SHA-1-PLUS", secure=True) == "the policy wants no channel binding"
        assert why(never, "SCRAM-SHA-1", secure=True) == ""
        assert why(required, "SCRAM-SHA-1-PLUS", secure=True) == ""
        for name in ("SCRAM-SHA-1", "PLAIN"):
            assert why(required, name, secure=True) == "the policy wants channel binding, which it does not have"
        for name in ("EXTERNAL", "OAUTHBEARER", "ANONYMOUS"):
            assert why(required, name, secure=True) == ""

    def test_the_order(self) -> None:
        assert SaslPolicy().order() == MECHANISMS
        assert SaslPolicy().order(secure=False) == ("ANONYMOUS",)
        assert SaslPolicy(("PLAIN", "LOGIN", "EXTERNAL")).order() == ("EXTERNAL", "PLAIN", "LOGIN")

    def test_as_text(self) -> None:
        lines = str(SaslPolicy()).splitlines()
        assert re.split("  +", lines[0]) == ["mechanism", "strength", "over TLS", "without TLS"]
        rows = {line.split()[0]: line for line in lines}
        assert rows["EXTERNAL"].split(maxsplit=3)[1:] == ["100", "yes", "no: tls"]
        assert rows["PLAIN"].split(maxsplit=3)[1:] == ["2", "yes", "no: plain_without_tls"]
        assert "no: by_name" in rows["LOGIN"]
        assert lines[-2:] == ["channel binding: if offered", "rounds of PBKDF2: 4096 to 1000000"]
        assert len(lines) == 1 + len(known_mechanisms()) + 2
        more = str(SaslPolicy(minimum="SCRAM-SHA-1", pinned="EXTERNAL")).splitlines()
        assert more[-2:] == ["weakest: SCRAM-SHA-1", "used before: EXTERNAL"]

    def test_every_refusal_names_its_rule(self) -> None:
        refusal = SaslPolicy().refusal("PLAIN", secure=False)
        assert refusal is not None
        assert refusal.rule is Rule.PLAIN_WITHOUT_TLS
        said = "it shows the password, and there is no TLS"
        assert str(refusal) == f"PLAIN: refused by rule plain_without_tls: {said}"
