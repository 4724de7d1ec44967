# SPDX-License-Identifier: MIT
"""Which mechanisms may be used on which connection, and settings that make no sense."""

from __future__ import annotations

import pytest

from xmppkit.exceptions import ConfigurationError
from xmppkit.sasl.policy import MECHANISMS, SaslPolicy

SCRAM = [name for name in MECHANISMS if name.startswith("SCRAM-")]


def test_mechanisms_that_do_not_exist_here() -> None:
    # A4, A10, A23: no policy can bring them back.
    for name in ("LOGIN", "CRAM-MD5", "DIGEST-MD5", "X-OAUTH2", "X-GOOGLE-TOKEN", "X-FACEBOOK-PLATFORM", "plain"):
        assert SaslPolicy().objection(name, secure=True) == "xmppkit does not have it"
        with pytest.raises(ConfigurationError, match=f"no SASL mechanism '{name}'; there are EXTERNAL, SCRAM"):
            SaslPolicy(allowed=(name,))


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
