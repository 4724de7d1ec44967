# SPDX-License-Identifier: MIT
"""Whose word a notification is."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.plugins.xep_0163 import owner_of, tells_own_account
from xmppkit.stanza.message import Message

JULIET = "juliet@capulet.lit/balcony"

#: The sender, the type, whose it is, whether it is the own account's.
ROWS = [
    ("juliet@capulet.lit", "headline", "juliet@capulet.lit", True),
    ("", "headline", "juliet@capulet.lit", True),
    ("romeo@montague.lit", "headline", "romeo@montague.lit", False),
    ("romeo@montague.lit", "normal", "romeo@montague.lit", False),
    ("capulet.lit", "headline", "capulet.lit", False),
    ("room@chat.example", "headline", "room@chat.example", False),
    ("romeo@montague.lit/orchard", "headline", None, False),
    ("juliet@capulet.lit/chamber", "headline", None, False),
    ("juliet@capulet.lit/balcony", "headline", None, False),
    ("juliet@capulet.lit", "error", None, False),
    ("room@chat.example", "groupchat", None, False),
    ("", "error", None, False),
]


@pytest.mark.parametrize(("sender", "kind", "owner", "own"), ROWS)
def test_spoof_whose_it_is(network: Any, sender: str, kind: str, owner: str | None, own: bool) -> None:
    juliet = network.join(JULIET)
    message = Message()
    message["from"], message["to"], message["type"] = sender, JULIET, kind
    assert owner_of(message) == owner
    assert tells_own_account(juliet, message) is own
