# SPDX-License-Identifier: MIT
"""What a stream is told about logins by SASL2."""

from __future__ import annotations

import pytest

from xmppkit.exceptions import ConfigurationError
from xmppkit.protocol.logins import UPGRADES, FastToken, LoginOffer, Sasl2Options, UserAgent
from xmppkit.sasl.policy import SaslPolicy


def test_what_it_is_by_itself() -> None:
    options = Sasl2Options()
    assert (options.bind, options.fast, options.carbons, options.invalidate) == (True, True, False, False)
    assert (options.user_agent, options.token, options.offer, options.tag, options.upgrades) == (None, None, "", "", ())


def test_upgrades() -> None:
    assert Sasl2Options(upgrades=UPGRADES).upgrades == UPGRADES
    with pytest.raises(ConfigurationError, match="no upgrade to 'SCRAM-SHA-1'"):
        Sasl2Options(upgrades=("SCRAM-SHA-1",))
    assert LoginOffer(SaslPolicy(), UPGRADES).upgrades == UPGRADES
    with pytest.raises(ConfigurationError, match="no upgrade to 'PLAIN'"):
        LoginOffer(SaslPolicy(), ("PLAIN",))


def test_no_secret_shows() -> None:
    token = FastToken("a-secret", "HT-SHA-256-NONE", None, 3)
    shown = repr(Sasl2Options(token=token, user_agent=UserAgent("an-id", "A Program"), offer="an-offer"))
    assert "a-secret" not in shown + str(token)
    assert "an-id" not in shown
    assert "A Program" in shown
