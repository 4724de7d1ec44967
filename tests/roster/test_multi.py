# SPDX-License-Identifier: MIT
"""The rosters of a stream."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from xmppkit.jid.address import JID
from xmppkit.roster import multi as module
from xmppkit.roster.multi import Roster

OWNER = "me@example.org"
OTHER = "other@example.org"


def test_nodes(client: Any) -> None:
    roster = Roster(client)
    assert repr(roster) == "<Roster of nobody>"
    node = roster[OWNER]
    assert roster[JID(OWNER + "/r")] is roster[OWNER + "/s"] is roster[None] is node
    assert node.jid == OWNER
    roster.add(OTHER)
    assert roster.keys() == list(roster) == [OWNER, OTHER]
    assert len(roster) == 2
    assert OTHER in roster
    assert JID(OTHER) in roster
    assert "third@example.org" not in roster
    assert 3 not in roster
    assert repr(roster) == "<Roster of me@example.org, other@example.org>"


def test_policies_reach_all_nodes(client: Any) -> None:
    roster = Roster(client)
    early = roster[OWNER]
    assert (roster.auto_authorize, roster.auto_subscribe) == (True, True)
    assert (early.auto_authorize, early.auto_subscribe) == (True, True)
    roster.auto_authorize = None
    roster.auto_subscribe = False
    late = roster[OTHER]
    for each in (roster, early, late):
        assert (each.auto_authorize, each.auto_subscribe) == (None, False)


def test_a_backend(client: Any, memory: Any) -> None:
    memory.rows[OWNER, "juliet@example.net"] = {"name": "Juliet"}
    memory.rows[OTHER, "romeo@example.net"] = {"name": "Romeo"}
    roster = Roster(client)
    roster[OWNER]
    roster.set_backend(memory)
    assert roster[OWNER].keys() == ["juliet@example.net"]
    assert roster[OTHER].keys() == ["romeo@example.net"]
    assert Roster(client, memory)[OTHER].keys() == ["romeo@example.net"]
    roster.set_backend(roster.db)
    roster.set_backend(None)
    assert roster[OWNER].db is None


async def test_a_backend_that_is_awaited(client: Any, slow: Any) -> None:
    slow.inner.rows[OWNER, "juliet@example.net"] = {"name": "Juliet"}
    roster = Roster(client)
    await roster.settled()
    roster.set_backend(slow)
    roster[OWNER].add("romeo@example.net", "Romeo", save=True)
    await roster.settled()
    assert sorted(roster[OWNER]) == ["juliet@example.net", "romeo@example.net"]
    assert slow.inner.rows[OWNER, "romeo@example.net"]["name"] == "Romeo"


def test_addresses_that_others_have_chosen_are_forgotten(
    component: Any, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PASSING", 50)
    memory.rows["kept0@comp.example.org", "juliet@example.net"] = {"name": "Juliet"}
    roster = Roster(component, memory)
    mine = roster["mine@comp.example.org"]
    assert roster.passing("mine@comp.example.org") is mine
    grown = roster.passing("grown@comp.example.org")
    grown.add("romeo@example.net")
    asked = roster.passing("asked@comp.example.org")
    assert roster["asked@comp.example.org"] is asked, "the program has asked for it"
    first = roster.passing("x0@comp.example.org")
    first.anybody("evil@example.net")
    assert roster.passing("x0@comp.example.org") is first
    for number in range(51):
        roster.passing(f"x{number}@comp.example.org").anybody("evil@example.net")
    assert roster.passing("kept0@comp.example.org").keys() == ["juliet@example.net"]
    assert sorted(roster) == [
        "asked@comp.example.org",
        "grown@comp.example.org",
        "kept0@comp.example.org",
        "mine@comp.example.org",
    ]
    assert roster["grown@comp.example.org"] is grown
    assert roster.passing("x0@comp.example.org") is not first
    assert "evil@example.net" not in first
    roster.auto_authorize = False
    assert roster.passing("x9@comp.example.org").auto_authorize is False
    assert roster.passing(None).jid == "comp.example.org"


def test_a_backend_waits_for_a_loop(client: Any, slow: Any) -> None:
    slow.inner.rows[OWNER, "juliet@example.net"] = {"name": "Juliet"}
    roster = Roster(client)
    roster.wake()
    assert roster.backlog == 0
    roster.set_backend(slow)
    roster[OWNER]["romeo@example.net"].save()
    assert roster.backlog == 3

    async def main() -> None:
        roster.wake()
        roster.wake()
        await roster.settled()

    asyncio.run(main())
    assert sorted(roster[OWNER]) == ["juliet@example.net", "romeo@example.net"]
    assert len(slow.inner.rows) == 2


def test_presence(client: Any, component: Any) -> None:
    Roster(client).send_presence(ptype="away")
    Roster(component).send_presence(ptype="away")
    Roster(component).send_presence(pfrom="bot@comp.example.org")
    assert client.take() == [("away", "", "")]
    assert component.take() == [("away", "", "comp.example.org"), ("available", "", "bot@comp.example.org")]


def test_reset(client: Any) -> None:
    roster = Roster(client)
    item = roster[OWNER]["juliet@example.net"]
    item.resources["r"] = {"status": "", "show": "", "priority": 0}
    roster.reset()
    assert item.resources == {}
    assert "juliet@example.net" in roster[OWNER]
