# SPDX-License-Identifier: MIT
"""The built-in features, all together."""

from __future__ import annotations

from xmppkit.protocol.features import BUILT_IN
from xmppkit.protocol.features.channel_binding import CHANNEL_BINDING
from xmppkit.protocol.features.management import RESUME
from xmppkit.protocol.state import Fact


def test_each_has_both_halves_and_a_tag_of_its_own() -> None:
    assert len({feature.name for feature in BUILT_IN}) == len({feature.tag for feature in BUILT_IN}) == 10
    for feature in BUILT_IN:
        # What is announced of channel binding is read by who logs in.
        assert (feature.initiator is None) is (feature is CHANNEL_BINDING)
        # A client that resumes takes up the same offer as one that enables.
        assert (feature.receiver is None) is (feature is RESUME)


def test_only_starttls_is_negotiated_in_the_clear_and_only_sasl_before_the_login() -> None:
    assert [feature.name for feature in BUILT_IN if feature.in_clear] == ["starttls"]
    assert [feature.name for feature in BUILT_IN if feature.permitted(frozenset({Fact.SECURE}))] == [
        "sasl-channel-binding",
        "sasl2",
        "mechanisms",
        "limits",
    ]
