# SPDX-License-Identifier: MIT
"""One contact: facts, persistence, subscriptions, presence."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.jid.address import JID
from xmppkit.roster import item as module
from xmppkit.roster.item import RosterItem
from xmppkit.stanza.presence import Presence

OWNER = "bot@comp.example.org"
JULIET = "juliet@example.net"


class Node:
    """What an item needs of its node."""

    jid = OWNER
    last_status: Any = None

    def __init__(self) -> None:
        self.dropped: list[str] = []

    def discard(self, jid: str) -> None:
        self.dropped.append(jid)


def make(host: Any, **facts: Any) -> RosterItem:
    item = RosterItem(host, JID(JULIET), roster=Node())
    for key, value in facts.items():
        item[key.removesuffix("_")] = value
    return item


def received(kind: str = "available", resource: str = "balcony", **more: Any) -> Presence:
    presence = Presence(sfrom=f"{JULIET}/{resource}" if resource else JULIET, sto=OWNER)
    presence["type"] = kind
    for key, value in more.items():
        presence[key] = value
    return presence


def facts(item: RosterItem) -> set[str]:
    return {key for key in ("from", "to", "pending_in", "pending_out") if item[key]}


# --- facts ----------------------------------------------------------------------------------------------


def test_facts(client: Any) -> None:
    item = RosterItem(client, JULIET, owner=JID("me@example.org"))
    assert item.owner == "me@example.org"
    assert item.jid == JULIET
    assert item.state() == {
        "from": False,
        "to": False,
        "pending_in": False,
        "pending_out": False,
        "whitelisted": False,
        "subscription": "none",
        "name": "",
        "groups": [],
        "removed": False,
    }
    for subscription, expected in (
        ("to", {"to"}),
        ("from", {"from"}),
        ("both", {"to", "from"}),
        ("none", set()),
    ):
        item["subscription"] = subscription
        assert facts(item) == expected
        assert item["subscription"] == subscription
    item["name"] = "Juliet"
    item["groups"] = ("Capulet", "Verona")
    item["groups"].append("Friends")
    assert (item["name"], item["groups"]) == ("Juliet", ["Capulet", "Verona", "Friends"])
    item["name"] = item["groups"] = None
    assert (item["name"], item["groups"]) == ("", [])
    assert repr(item) == f"<RosterItem {JULIET} of me@example.org: none>"
    assert RosterItem(client, JULIET).owner == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), ("true", True), ("1", True), (0, False), ("false", False), ("", False)],
)
def test_flags_from_texts(client: Any, value: Any, expected: bool) -> None:
    item = RosterItem(client, JULIET)
    item["whitelisted"] = value
    assert item["whitelisted"] is expected


def test_unknown_keys(client: Any) -> None:
    item = RosterItem(client, JULIET)
    assert "groups" in item
    assert "pending_in" in item
    assert "colour" not in item
    with pytest.raises(KeyError):
        item["colour"]
    with pytest.raises(KeyError):
        item["colour"] = "red"


def test_a_state_to_begin_with(client: Any, memory: Any) -> None:
    state = {"from": True, "subscription": "to", "to": False, "name": "J", "unknown": 1}
    item = RosterItem(client, JULIET, state=state)  # type: ignore[arg-type]
    assert facts(item) == {"from"}
    assert item["name"] == "J"
    memory.rows["me@example.org", JULIET] = {"subscription": "both"}
    item = RosterItem(client, JULIET, owner="me@example.org", db=memory)
    assert item["subscription"] == "both"


# --- persistence ----------------------------------------------------------------------------------------


def test_saving_and_loading(client: Any, memory: Any) -> None:
    item = make(client, name="Juliet")
    item.load()
    item.save()
    item.set_backend(memory)
    assert memory.rows[OWNER, JULIET]["name"] == "Juliet"
    item["name"] = "J"
    item.load()
    assert item["name"] == "Juliet"
    item.set_backend(item.db, save=False)
    item.save(remove=True)
    assert memory.rows == {}
    assert item["removed"]
    assert item.roster is not None
    assert item.roster.dropped == [JULIET]
    item.load()  # nothing is there
    assert item["name"] == "Juliet"
    item.set_backend(None)
    assert item.db is None
    RosterItem(client, JULIET).save(remove=True)


async def test_a_backend_that_is_awaited(client: Any, slow: Any) -> None:
    item = make(client, name="Juliet")
    item.set_backend(slow)
    assert item.db is not None
    assert slow.inner.rows == {}
    item["name"] = "changed before it was written"
    await item.db.settled()
    assert slow.inner.rows[OWNER, JULIET]["name"] == "Juliet"
    assert item["name"] == "changed before it was written"
    assert client.exceptions == []


async def test_a_backend_that_takes_its_time_loses_no_change(client: Any, slow: Any) -> None:
    kept = {"name": "Juliet", "to": True, "from": False, "subscription": "to", "groups": ["Capulet"]}
    slow.inner.rows[OWNER, JULIET] = dict(kept)
    item = make(client)
    item.set_backend(slow, save=False)
    item["groups"] = ["Montague"]
    item.save()
    item["from"] = True
    item.save()
    assert item.db is not None
    await item.db.settled()
    assert (item["name"], item["groups"], item["subscription"]) == ("Juliet", ["Montague"], "both")
    saved = slow.inner.rows[OWNER, JULIET]
    assert (saved["name"], saved["groups"], saved["subscription"]) == ("Juliet", ["Montague"], "both")
    item["name"] = "J"
    item.save()
    item["name"] = "not saved"
    await item.db.settled()
    assert slow.inner.rows[OWNER, JULIET]["name"] == "J"


async def test_what_is_said_meanwhile_counts_even_if_it_changes_nothing(client: Any, slow: Any) -> None:
    slow.inner.rows[OWNER, JULIET] = {"name": "Juliet", "subscription": "both", "whitelisted": True}
    item = make(client)
    item.set_backend(slow, save=False)
    item["name"], item["subscription"] = "", "none"
    assert item.db is not None
    await item.db.settled()
    assert (item["name"], item["subscription"], item["whitelisted"]) == ("", "none", True)


async def test_what_a_server_says_meanwhile_counts(client: Any, slow: Any) -> None:
    slow.inner.rows[OWNER, JULIET] = {
        "name": "Juliet",
        "groups": ["Capulet"],
        "subscription": "both",
        "pending_out": True,
        "whitelisted": True,
    }
    item = make(client)
    item.set_backend(slow, save=False)
    item.assign("", (), "none", pending_out=False)
    assert item.db is not None
    await item.db.settled()
    assert (item["name"], item["groups"], item["subscription"]) == ("", [], "none")
    assert (item["pending_out"], item["whitelisted"]) == (False, True)
    item.assign("J", ("Capulet",), "to", pending_out=True)
    assert (item["name"], item["groups"], item["subscription"]) == ("J", ["Capulet"], "to")
    assert (item["pending_out"], item.state()["groups"], item.group_names) == (True, ["Capulet"], ["Capulet"])
    item.assign("J", (), "from", pending_out=False)
    assert item["subscription"] == "from"
    assert item["groups"] is item["groups"], "it may be changed"


async def test_saving_what_is_loaded_again_meanwhile(client: Any, slow: Any) -> None:
    item = make(client)
    item.set_backend(slow, save=False)
    item.load()
    item["name"] = "Juliet"
    item.save()
    assert item.db is not None
    await item.db.settled()
    assert slow.inner.rows[OWNER, JULIET]["name"] == "Juliet"


def test_what_is_remembered_of_a_contact_is_bounded(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_RESOURCES", 2)
    item = make(client)
    for resource in "abc":
        item.handle_available(Presence(sfrom=f"{JULIET}/{resource}"))
    assert list(item.resources) == ["b", "c"]
    presence = Presence(sfrom=f"{JULIET}/c")
    presence["status"] = "x" * 5000
    item.handle_available(presence)
    assert len(item.resources["c"]["status"]) == module.MAX_STATUS


# --- a component decides itself: RFC 6121 Appendix A -----------------------------------------------------

STATES = ["", "pending_in", "pending_out", "pending_in pending_out", "to", "to pending_in"]
STATES += ["from", "from pending_out", "from to"]

GREETED = ("available", JULIET, OWNER)
SUBSCRIBED = ("subscribed", JULIET, OWNER)
UNSUBSCRIBED = ("unsubscribed", JULIET, OWNER)
GONE = ("unavailable", JULIET, OWNER)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", ["subscribe", "subscribed", "unsubscribe", "unsubscribed"])
def test_what_is_received(component: Any, state: str, kind: str) -> None:
    before = set(state.split())
    item = make(component, **dict.fromkeys(before, True))
    getattr(item, f"handle_{kind}")(received(kind, resource=""))
    event: list[str] = []
    sent: list[Any] = []
    after = set(before)
    if kind == "subscribe":
        if "from" in before:
            sent = [SUBSCRIBED]
        elif "pending_in" not in before:
            after, event = before | {"pending_in"}, ["roster_subscription_request"]
    elif kind == "unsubscribe":
        if before & {"from", "pending_in"}:
            after, event = before - {"from", "pending_in"}, ["roster_subscription_remove"]
            sent = [GONE, UNSUBSCRIBED] if "from" in before else [UNSUBSCRIBED]
    elif kind == "subscribed":
        if "pending_out" in before:
            after, event = before - {"pending_out"} | {"to"}, ["roster_subscription_authorized"]
    elif before & {"to", "pending_out"}:
        after, event = before - {"to", "pending_out"}, ["roster_subscription_removed"]
    assert facts(item) == after
    assert component.raised() == event
    assert component.take() == sent


@pytest.mark.parametrize("state", STATES)
def test_what_is_asked_for(component: Any, state: str) -> None:
    before = set(state.split())

    def fresh() -> RosterItem:
        return make(component, **dict.fromkeys(before, True))

    item = fresh()
    item.subscribe()
    assert facts(item) == (before if "to" in before else before | {"pending_out"})
    assert component.take() == [("subscribe", JULIET, OWNER)]

    item = fresh()
    item.unsubscribe()
    assert facts(item) == before - {"to", "pending_out"}
    assert component.take() == [("unsubscribe", JULIET, OWNER)]

    item = fresh()
    item.authorize()
    assert facts(item) == before - {"pending_in"} | {"from"}
    assert component.take() == [SUBSCRIBED, GREETED]

    item = fresh()
    item.unauthorize()
    assert facts(item) == before - {"pending_in", "from"}
    assert component.take() == ([GONE, UNSUBSCRIBED] if "from" in before else [UNSUBSCRIBED])

    item = fresh()
    item["whitelisted"] = True
    item.remove()
    assert facts(item) == before - {"to", "pending_out"}
    assert item["whitelisted"] is False
    assert component.take() == ([("unsubscribe", JULIET, OWNER)] if before & {"to", "pending_out"} else [])
    assert component.raised() == []


def test_probes(component: Any) -> None:
    item = make(component)
    item.handle_probe(received("probe"))
    assert component.take() == [UNSUBSCRIBED]
    item["from"] = item["pending_out"] = True
    item.handle_probe(received("probe"))
    assert component.take() == [GREETED, ("subscribe", JULIET, OWNER)]


# --- for a client its server decides: what was asked for is known at once, and what it pushes counts ------


@pytest.mark.parametrize("state", STATES)
def test_what_a_client_receives(client: Any, state: str) -> None:
    before = set(state.split())
    for kind, event, after in (
        ("subscribe", "roster_subscription_request", before if "from" in before else before | {"pending_in"}),
        ("subscribed", "roster_subscription_authorized", before),
        ("unsubscribe", "roster_subscription_remove", before - {"from", "pending_in"}),
        ("unsubscribed", "roster_subscription_removed", before),
    ):
        item = make(client, **dict.fromkeys(before, True))
        presence = received(kind, resource="")
        getattr(item, f"handle_{kind}")(presence)
        assert client.events == [(event, presence)]
        assert facts(item) == after
        client.events.clear()
    assert client.take() == []


@pytest.mark.parametrize("state", STATES)
def test_what_a_client_asks_for(client: Any, state: str) -> None:
    before = set(state.split())
    shown = [("available", JULIET, "")] if "pending_in" in before else []
    for method, kind, after, more in (
        ("subscribe", "subscribe", before if "to" in before else before | {"pending_out"}, []),
        ("unsubscribe", "unsubscribe", before, []),
        ("authorize", "subscribed", before - {"pending_in"} | {"from"} if shown else before, shown),
        ("unauthorize", "unsubscribed", before - {"from", "pending_in"}, []),
    ):
        item = make(client, **dict.fromkeys(before, True))
        getattr(item, method)()
        assert facts(item) == after
        assert client.take() == [(kind, JULIET, ""), *more]


def test_a_request_that_the_server_says_is_granted_waits_no_more(client: Any) -> None:
    item = make(client, pending_in=True)
    item.assign("", (), "to", pending_out=False)
    assert facts(item) == {"to", "pending_in"}
    item.assign("", (), "both", pending_out=False)
    assert facts(item) == {"to", "from"}


@pytest.mark.parametrize("stranger", [False, True])
def test_a_client_saves_no_request_of_a_stranger(client: Any, memory: Any, stranger: bool) -> None:
    item = make(client)
    item.set_backend(memory, save=False)
    item.stranger = stranger
    item.handle_subscribe(received("subscribe", resource=""))
    assert memory.entries(item.owner, {}) == ([] if stranger else [JULIET])
    assert item["pending_in"] is True


# --- presence -------------------------------------------------------------------------------------------


def test_presence_of_resources(client: Any) -> None:
    item = make(client)
    item.handle_available(received(show="away", status="reading", priority=3))
    assert item.resources == {"balcony": {"status": "reading", "show": "away", "priority": 3}}
    assert client.raised() == ["got_online", "changed_status"]
    item.handle_available(received(show="away", status="reading", priority=4))
    assert client.raised() == []
    assert item.resources["balcony"]["priority"] == 4
    item.handle_available(received(status="reading"))
    assert client.raised() == ["changed_status"]
    item.handle_available(received(resource="garden"))
    assert client.raised() == ["changed_status"]
    item.handle_unavailable(received("unavailable", resource="nowhere"))
    assert client.raised() == []
    item.handle_unavailable(received("unavailable"))
    assert client.raised() == ["changed_status"]
    item.handle_unavailable(received("unavailable", resource="garden"))
    assert client.raised() == ["changed_status", "got_offline"]
    item.handle_unavailable(received("unavailable", resource=""))
    assert client.raised() == []


def test_unavailable_from_the_bare_jid_is_all_of_them(client: Any) -> None:
    item = make(client)
    item.handle_available(received(resource="a"))
    item.handle_available(received(resource="b"))
    client.raised()
    item.handle_unavailable(received("unavailable", resource=""))
    assert item.resources == {}
    assert client.raised() == ["changed_status", "got_offline"]


def test_sending_presence(component: Any, client: Any) -> None:
    make(component).send_presence(ptype="away")
    make(component).send_presence(pfrom="other@comp.example.org", pto="ignored@example.org")
    assert component.take() == [("away", JULIET, OWNER), ("available", JULIET, "other@comp.example.org")]
    make(client).send_presence(ptype="away")
    assert client.take() == [("away", JULIET, "")]


def test_the_last_presence(component: Any, client: Any) -> None:
    for host, sender in ((component, OWNER), (client, "")):
        item = make(host)
        assert item.roster is not None
        item.send_last_presence()
        assert host.take() == [("available", JULIET, sender)]
        item.roster.last_status = host.make_presence(ptype="dnd", pfrom="old@comp.example.org")
        item.send_last_presence()
        assert host.take() == [("dnd", JULIET, sender)]
        item.last_status = host.make_presence(ptype="xa", pto=JULIET)
        item.send_last_presence()
        assert host.take() == [("xa", JULIET, sender)]
        item.reset()
        item.send_last_presence()
        assert host.take() == [("dnd", JULIET, sender)]
        assert item.roster.last_status["to"] == ""  # a copy was sent
    alone = RosterItem(client, JULIET)
    alone.send_last_presence()
    assert client.take() == [("available", JULIET, "")]


def test_reset(client: Any) -> None:
    item = make(client, from_=True)
    item.handle_available(received())
    item.reset()
    assert item.resources == {}
    assert facts(item) == {"from"}


def test_the_resources_of_a_stranger_are_told_to_the_node(client: Any) -> None:
    class Noting(Node):
        def note_stranger(self, item: RosterItem) -> None:
            self.dropped.append(f"{item.jid} {len(item.resources)}")

    node = Noting()
    item = RosterItem(client, JULIET, roster=node)
    item.handle_available(Presence(sfrom=f"{JULIET}/a"))
    item.stranger = True
    item.handle_available(Presence(sfrom=f"{JULIET}/a"))
    item.handle_available(Presence(sfrom=f"{JULIET}/b"))
    assert node.dropped == [f"{JULIET} 2"]
