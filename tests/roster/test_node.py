# SPDX-License-Identifier: MIT
"""The roster of one own address."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.jid.address import JID
from xmppkit.roster import node as module
from xmppkit.roster.node import RosterNode
from xmppkit.roster.strangers import Strangers
from xmppkit.stanza.presence import Presence

OWNER = "me@example.org"
JULIET = "juliet@example.net"
ROMEO = "romeo@example.net"


@pytest.fixture
def node(client: Any) -> RosterNode:
    return RosterNode(client, JID(OWNER))


@pytest.fixture
def component_node(component: Any) -> RosterNode:
    return RosterNode(component, "bot@comp.example.org")


def test_contacts(node: RosterNode) -> None:
    node.add(JULIET, "Juliet", ["Capulet"], afrom=True, ato=True)
    node.add(JID(ROMEO + "/orchard"), pending_in=True, pending_out=True, whitelisted=True)
    assert node.keys() == list(node) == [JULIET, ROMEO]
    assert len(node) == 2
    assert node[JULIET]["subscription"] == "both"
    assert (node[ROMEO]["pending_in"], node[ROMEO]["pending_out"], node[ROMEO]["whitelisted"]) == (True,) * 3
    assert node[JID(JULIET + "/balcony")] is node[JULIET]
    assert JULIET in node
    assert JID(ROMEO) in node
    assert node.has_jid(JULIET)
    assert "nurse@example.net" not in node
    assert None not in node
    assert node.groups() == {"Capulet": [JULIET], "": [ROMEO]}
    assert repr(node) == "<RosterNode me@example.org: 2 contacts>"
    del node[JULIET]
    del node[JULIET]
    assert node.keys() == [ROMEO]
    assert node[None].jid == OWNER


def test_reading_writes_nothing(client: Any, memory: Any) -> None:
    node = RosterNode(client, OWNER, memory)
    assert node[JULIET]["subscription"] == "none"
    assert JULIET in node
    assert memory.rows == {}
    node.add(ROMEO, save=True)
    assert list(memory.rows) == [(OWNER, ROMEO)]


def test_a_backend(client: Any, memory: Any) -> None:
    memory.rows[OWNER, JULIET] = {"name": "Juliet", "subscription": "to"}
    memory.rows["other@example.org", ROMEO] = {"name": "Romeo"}
    memory.versions[OWNER] = "v1"
    node = RosterNode(client, OWNER)
    node.add("nurse@example.net", "Nurse")
    node.version = "v0"
    node.set_backend(memory)
    assert node.version == "v1"
    assert node.keys() == ["nurse@example.net", JULIET]
    assert node[JULIET]["name"] == "Juliet"
    assert memory.rows[OWNER, "nurse@example.net"]["name"] == "Nurse"
    node.version = "v2"
    assert memory.versions == {OWNER: "v2"}
    node.set_backend(node.db)
    assert len(node) == 2
    node.set_backend(None)
    assert node[JULIET].db is None
    node.version = "v3"
    assert memory.versions == {OWNER: "v2"}


async def test_a_backend_that_is_awaited(client: Any, slow: Any) -> None:
    slow.inner.rows[OWNER, JULIET] = {"name": "Juliet"}
    node = RosterNode(client, OWNER, slow)
    assert len(node) == 0
    await node.settled()
    assert node[JULIET]["name"] == "Juliet"
    node.version = "v1"  # it keeps no versions
    assert node.version == "v1"
    node.set_backend(None)
    await node.settled()


def test_subscriptions(component: Any, component_node: RosterNode) -> None:
    component_node.subscribe(JULIET)
    component_node.unsubscribe(JULIET)
    assert component.take() == [
        ("subscribe", JULIET, "bot@comp.example.org"),
        ("unsubscribe", JULIET, "bot@comp.example.org"),
    ]


async def test_a_client_updates_at_the_server(client: Any, node: RosterNode) -> None:
    done = node.update(JULIET + "/x", name="Juliet", groups=["Capulet"], timeout=3, callback=print)
    assert not done.done()
    [(iq, callback, timeout)] = client.iqs
    assert (callback, timeout) == (print, 3)
    assert iq["type"] == "set"
    entry = iq["roster"]["items"][JID(JULIET)]
    assert (entry["name"], entry["groups"]) == ("Juliet", ["Capulet"])
    node.update(JULIET, subscription="none")
    entry = client.iqs[-1][0]["roster"]["items"][JID(JULIET)]
    assert (entry["name"], entry["groups"]) == ("Juliet", ["Capulet"])
    node.update(JULIET, groups=[])
    entry = client.iqs[-1][0]["roster"]["items"][JID(JULIET)]
    assert (entry["name"], entry["groups"]) == ("Juliet", [])
    node.remove(JULIET)
    entry = client.iqs[-1][0]["roster"]["items"][JID(JULIET)]
    assert entry["subscription"] == "remove"
    assert JULIET in node  # until the server says so


async def test_a_component_keeps_its_own(component: Any, component_node: RosterNode, memory: Any) -> None:
    node = component_node
    node.set_backend(memory)
    assert await node.update(JULIET, name="Juliet") is None
    assert memory.rows["bot@comp.example.org", JULIET]["name"] == "Juliet"
    node[JULIET]["subscription"] = "both"
    assert await node.remove(JULIET) is None
    assert [kind for kind, *_ in component.take()] == ["unavailable", "unsubscribed", "unsubscribe"]
    assert len(node) == 0
    assert memory.rows == {}
    await node.remove(ROMEO)
    assert component.take() == []
    node.add(ROMEO)
    await node.update(ROMEO, subscription="remove")
    assert len(node) == 0


def test_what_the_server_says(node: RosterNode, client: Any) -> None:
    node.receive(
        {
            JID(JULIET): {"subscription": "both", "name": "Juliet", "groups": ["Capulet"], "ask": ""},
            ROMEO: {"ask": "subscribe"},
            "nurse@example.net": {"subscription": "some day"},
        }
    )
    assert node.keys() == [JULIET, ROMEO]
    assert (node[JULIET]["subscription"], node[JULIET]["name"]) == ("both", "Juliet")
    assert node[ROMEO]["pending_out"] is True
    node.receive({JULIET: {"subscription": "remove"}, "nobody@example.net": {"subscription": "remove"}})
    assert node.keys() == [ROMEO]
    node.ignore_updates = True
    node.receive({ROMEO: {"subscription": "remove"}})
    assert node.keys() == [ROMEO]


def test_a_whole_roster_drops_what_it_does_not_name(node: RosterNode, memory: Any) -> None:
    node.set_backend(memory)
    node.add("a@example.net", ato=True, save=True)
    node.add("b@example.net", pending_out=True)
    node.add("c@example.net", name="C")
    node.add("d@example.net", groups=["D"])
    node.add("asked@example.net", pending_in=True)
    node.add(JULIET)
    node.receive({JULIET: {"subscription": "to"}}, complete=True)
    assert sorted(node) == ["asked@example.net", JULIET]
    assert list(memory.rows) == [(OWNER, JULIET)]


def many(count: int, **change: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(f"c{number}@example.net", {"subscription": "both", **change}) for number in range(count)]


def test_a_whole_roster_in_steps(node: RosterNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLICE", 2)
    steps = node.receiving(many(5, groups=["A", "B"]), complete=True, version="7")
    assert len(node) == 0
    sizes = [len(node) for _ in steps]
    assert sizes == [2, 4]
    assert len(node) == 5
    assert node.version == "7"
    assert node["c0@example.net"].group_names is node["c4@example.net"].group_names, "they share one"
    node["c0@example.net"]["groups"].append("C")
    assert node["c4@example.net"]["groups"] == ["A", "B"]
    assert node.groups()["C"] == ["c0@example.net"]

    steps = node.receiving(many(1), complete=True, version="8")
    next(steps)
    assert node.version == "7", "not yet"
    assert len(node) == 3
    del node["c4@example.net"]
    assert len(list(steps)) == 1
    assert node.keys() == ["c0@example.net"]
    assert node.version == "8"
    node.receive(dict(many(5)), complete=True)
    assert len(node) == 5


def test_the_version_counts_where_the_contacts_are_ignored(node: RosterNode) -> None:
    node.ignore_updates = True
    assert list(node.receiving(many(1), complete=True, version="7")) == []
    assert (len(node), node.version) == (0, "7")


async def test_a_backend_finds_its_contacts_between_two_steps(
    client: Any, slow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SLICE", 2)
    for name in ("c0", "c3", "old"):
        slow.inner.save(OWNER, f"{name}@example.net", {"name": name, "subscription": "to", "removed": False}, {})
    node = RosterNode(client, OWNER, slow)
    steps = node.receiving(many(4, name="new"), complete=True)
    next(steps)
    await node.settled()
    assert len(node) == 4
    assert node["old@example.net"]["name"] == "old"
    assert sum(1 for _ in steps) == 1
    await node.settled()
    expected = [f"c{number}@example.net" for number in range(4)]
    assert sorted(node) == sorted(jid for _, jid in slow.inner.rows) == expected
    assert {row["name"] for row in slow.inner.rows.values()} == {"new"}


def test_a_backend_that_fails_ends_the_steps(node: RosterNode, memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    node.set_backend(memory)

    def fail(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(memory, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        list(node.receiving(many(2), complete=True, version="7"))
    assert node.version == ""
    monkeypatch.undo()
    node.receive(dict(many(2)), complete=True)
    assert len(memory.rows) == 2


def test_presence_of_contacts_and_strangers(client: Any) -> None:
    node = RosterNode(client, OWNER, strangers=Strangers(limit=4))
    node.add(JULIET)
    for jid in (JULIET, "a@example.net", "b@example.net", "c@example.net"):
        node.anybody(jid).handle_available(Presence(sfrom=f"{jid}/r"))
    gone = {"status": "", "show": "", "priority": 0}
    here = {"status": "", "show": "", "priority": 0}
    assert node.presence(JULIET) == {"r": here}
    assert node.presence("c@example.net", "r") == here
    assert node.presence("c@example.net", "s") == gone
    assert node.presence("a@example.net") == {}  # forgotten for the others
    assert node.keys() == [JULIET]
    assert node.anybody(JULIET) is node[JULIET]
    stranger = node.anybody("c@example.net")
    assert node["c@example.net"] is stranger
    assert node.keys() == [JULIET, "c@example.net"]
    node.reset()
    assert node.presence(JULIET) == node.presence("b@example.net") == {}
    assert node.keys() == [JULIET, "c@example.net"]


def test_strangers_are_remembered_for_all_nodes_together(client: Any) -> None:
    strangers = Strangers(limit=3)
    nodes = [RosterNode(client, f"{name}@example.org", strangers=strangers) for name in "abc"]
    for node in nodes:
        for jid in (JULIET, ROMEO):
            node.anybody(jid)
    assert (len(strangers), strangers.weight) == (3, 3)
    nodes[2][JULIET].handle_available(Presence(sfrom=JULIET + "/r"))
    assert (len(strangers), strangers.weight) == (2, 2), "a contact is no stranger"
    nodes[2].anybody(ROMEO).handle_available(Presence(sfrom=ROMEO + "/r"))
    assert (len(strangers), strangers.weight) == (2, 3)
    nodes[2].forget_strangers()
    nodes[1].forget_stranger(ROMEO)
    nodes[1].forget_stranger(ROMEO)
    assert (len(strangers), strangers.weight) == (0, 0)


async def test_what_changes_while_a_backend_is_asked_for_its_contacts(client: Any, slow: Any) -> None:
    for name in ("stays", "deleted", "pushed", "again", "unknown"):
        slow.inner.save(OWNER, f"{name}@example.net", {"name": name, "removed": False}, {})
    node = RosterNode(client, OWNER, slow)
    del node["deleted@example.net"]
    node.receive({"pushed@example.net": {"subscription": "remove"}})
    node["again@example.net"].save(remove=True)
    node["again@example.net"]["name"] = "back"
    node["again@example.net"].save()
    await node.settled()
    assert sorted(node) == ["again@example.net", "stays@example.net", "unknown@example.net"]
    assert sorted(jid for _, jid in slow.inner.rows) == sorted(node)
    assert node["again@example.net"]["name"] == slow.inner.rows[OWNER, "again@example.net"]["name"] == "back"
    node.set_backend(slow, save=False)
    node.receive({"new@example.net": {"subscription": "to"}}, complete=True)
    await node.settled()
    assert sorted(node) == ["new@example.net"]
    assert sorted(jid for _, jid in slow.inner.rows) == ["new@example.net"]


def test_our_presence(client: Any, node: RosterNode, component: Any, component_node: RosterNode) -> None:
    node.send_presence(ptype="away")
    component_node.send_presence(ptype="away")
    component_node.send_presence(pfrom="else@comp.example.org")
    node.send_last_presence()
    assert client.take() == [("away", "", ""), ("available", "", "")]
    assert component.take() == [
        ("away", "", "bot@comp.example.org"),
        ("available", "", "else@comp.example.org"),
    ]

    node.add(JULIET)
    node.note_sent(client.make_presence(pto=JULIET, ptype="dnd"))
    node.note_sent(client.make_presence(pto=ROMEO + "/x", ptype="chat"))
    assert node[JULIET].last_status["type"] == "dnd"
    assert node.anybody(ROMEO).last_status["type"] == "chat"
    assert node.last_status is None
    node.note_sent(client.make_presence(ptype="xa"))
    assert node[JULIET].last_status is None
    assert node.anybody(ROMEO).last_status is None
    node.send_last_presence()
    assert client.take() == [("xa", "", "")]
