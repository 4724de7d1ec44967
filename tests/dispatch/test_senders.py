# SPDX-License-Identifier: MIT
"""RFC 6120 §8.1.2.1: an answer counts only from the address that was asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.dispatch.senders import may_answer
from xmppkit.jid.address import JID

OWN = JID("romeo@montague.lit/orchard")
OTHER = "juliet@capulet.lit/balcony"


@pytest.mark.parametrize("asked", [None, JID(""), JID("romeo@montague.lit")])
@pytest.mark.parametrize(
    ("sender", "accepted"),
    [
        (None, True),
        ("", True),
        ("romeo@montague.lit", True),
        ("Romeo@MONTAGUE.lit", True),
        ("romeo@montague.lit/orchard", False),
        ("montague.lit", False),
        (OTHER, False),
        ("@@", False),
        ("romeo@montague.lit/", False),
    ],
)
def test_the_account_was_asked(asked: JID | None, sender: str | None, accepted: bool) -> None:
    assert may_answer(sender, asked, OWN) == accepted


@pytest.mark.parametrize(
    "asked", [OTHER, "juliet@capulet.lit", "capulet.lit", "romeo@montague.lit/orchard", "montague.lit"]
)
def test_somebody_else_was_asked(asked: str) -> None:
    for sender in (
        None,
        "",
        OTHER,
        "juliet@capulet.lit",
        "capulet.lit",
        "montague.lit",
        "romeo@montague.lit",
        OWN.full,
    ):
        assert may_answer(sender, JID(asked), OWN) == (sender == asked)


def test_a_sender_that_is_written_in_another_way() -> None:
    assert may_answer("JULIET@Capulet.LIT/balcony", JID(OTHER), OWN)
    assert not may_answer("juliet@capulet.lit/Balcony", JID(OTHER), OWN)


@pytest.mark.parametrize("own", [None, JID("")])
def test_before_the_own_address_is_known(own: JID | None) -> None:
    for sender in (None, "anybody", OTHER, "@@"):
        assert may_answer(sender, JID(OTHER), own)
        assert may_answer(sender, None, own)


@given(st.text(max_size=30), st.sampled_from([None, JID(OTHER), OWN, JID("montague.lit")]))
def test_whatever_a_peer_writes_is_judged(sender: str, asked: JID | None) -> None:
    accepted = may_answer(sender, asked, OWN)
    if asked is not None and accepted:
        assert JID(sender) == asked
