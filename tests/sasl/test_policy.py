# SPDX-License-Identifier: MIT
"""Which mechanisms may be used on which connection, and settings that make no sense."""

from __future__ import annotations

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
from xmppkit.sasl.policy import MECHANISMS, ON_REQUEST, SCORES, SaslPolicy, known_mechanisms, score

SCRAM = [name for name in MECHANISMS if name.startswith("SCRAM-")]


def test_mechanisms_that_do_not_exist_here() -> None:
    for name in ("NTLM", "X-OWN", "plain"):
        assert SaslPolicy().objection(name, secure=True) == "xmppkit does not have it"
        with pytest.raises(ConfigurationError, match=f"no SASL mechanism '{name}'; there are EXTERNAL, SCRAM"):
            SaslPolicy(allowed=(name,))


@pytest.mark.parametrize("name", ON_REQUEST)
def test_only_who_names_them_has_them_and_only_over_tls(name: str) -> None:
    # A4, A10, A23: nothing but its name brings one of them back, and nothing at all without TLS.
    everything = {"plain_without_tls": True, "scram_without_tls": True}
    assert SaslPolicy(**everything).objection(name, secure=True) == "it is used only when it is named, as with use_mech"
    assert SaslPolicy(MECHANISMS).objection(name, secure=True) == "the policy does not allow it"
    assert SaslPolicy((name,)).objection(name, secure=True) == ""
    assert SaslPolicy((name,), **everything).objection(name, secure=False).startswith("it is used over TLS only")


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
        assert policy.objection("X-OWN", secure=True) == ""
        assert (policy.objection("X-OWN", secure=False) == "") is allowed
        assert SaslPolicy(("X-OWN",)).objection("PLAIN", secure=True) == "the policy does not allow it"
    finally:
        unregister_mechanism("X-OWN")


@pytest.mark.parametrize("server", [Exposure.NOTHING, Exposure.GUESSABLE, Exposure.SECRET])
def test_of_two_halves_the_one_counts_that_shows_more(server: Exposure) -> None:
    register_mechanism(CustomMechanism("X-OWN", 7, PlainClient, exposure=Exposure.GUESSABLE))
    register_server_mechanism(CustomServerMechanism("X-OWN", 7, PlainServer, server))
    try:
        guessable = SaslPolicy(scram_without_tls=True).objection("X-OWN", secure=False) == ""
        assert guessable is (server is not Exposure.SECRET)
        assert SaslPolicy().objection("X-OWN", secure=False) != ""
    finally:
        unregister_mechanism("X-OWN")
        unregister_server_mechanism("X-OWN")


@pytest.mark.parametrize("name", MECHANISMS)
def test_inside_tls_everything_that_is_allowed(name: str) -> None:
    assert SaslPolicy().objection(name, secure=True) == ""
    assert SaslPolicy(allowed=(name,)).objection(name, secure=True) == ""
    others = tuple(other for other in MECHANISMS if other != name)
    assert SaslPolicy(allowed=others).objection(name, secure=True) == "the policy does not allow it"
    assert SaslPolicy(allowed=()).objection(name, secure=True) == "the policy does not allow it"


def test_without_tls_only_anonymous() -> None:
    policy = SaslPolicy()
    assert policy.objection("PLAIN", secure=False) == "it shows the password, and there is no TLS"
    assert policy.objection("EXTERNAL", secure=False) == "it needs a certificate, and there is no TLS"
    assert {policy.objection(name, secure=False) for name in SCRAM} == {"there is no TLS"}
    assert policy.objection("ANONYMOUS", secure=False) == ""


def test_what_can_be_allowed_without_tls() -> None:
    policy = SaslPolicy(plain_without_tls=True)
    assert policy.objection("PLAIN", secure=False) == ""
    assert policy.objection("SCRAM-SHA-1", secure=False) != ""
    policy = SaslPolicy(scram_without_tls=True)
    assert {policy.objection(name, secure=False) for name in SCRAM} == {""}
    assert policy.objection("PLAIN", secure=False) != ""
    assert SaslPolicy(plain_without_tls=True, scram_without_tls=True).objection("EXTERNAL", secure=False) != ""


def test_bounds() -> None:
    policy = SaslPolicy()
    assert (policy.min_iterations, policy.max_iterations) == (4096, 1_000_000)
    assert SaslPolicy(min_iterations=5, max_iterations=5).max_iterations == 5


@pytest.mark.parametrize(("minimum", "maximum"), [(0, 5), (-1, 5), (6, 5)])
def test_bounds_that_make_no_sense(minimum: int, maximum: int) -> None:
    with pytest.raises(ConfigurationError, match="min_iterations"):
        SaslPolicy(min_iterations=minimum, max_iterations=maximum)
