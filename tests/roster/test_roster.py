# SPDX-License-Identifier: MIT
"""The facade of the rosters."""

from __future__ import annotations

import pytest

from xmppkit import roster
from xmppkit.roster import backend, item, multi, node


def test_names_lead_to_their_homes() -> None:
    for name, home in (
        ("Roster", multi),
        ("RosterNode", node),
        ("RosterItem", item),
        ("RosterBackend", backend),
        ("RosterState", backend),
    ):
        roster.__dict__.pop(name, None)
        assert getattr(roster, name) is getattr(home, name)
        assert name in dir(roster)
        assert name in roster.__all__


def test_nothing_else() -> None:
    with pytest.raises(AttributeError, match="no_such"):
        roster.no_such  # noqa: B018
