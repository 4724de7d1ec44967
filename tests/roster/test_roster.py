# SPDX-License-Identifier: MIT
"""The facade of the rosters."""

from __future__ import annotations

from importlib import import_module

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


@pytest.mark.parametrize("name", ["item", "multi", "single"])
def test_modules_are_reached_as_attributes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in slixmpp, whether somebody has imported them or not."""
    module = import_module(f"xmppkit.roster.{name}")
    monkeypatch.delattr(roster, name)
    assert getattr(roster, name) is module


def test_nothing_else() -> None:
    with pytest.raises(AttributeError, match="no_such"):
        roster.no_such  # noqa: B018
