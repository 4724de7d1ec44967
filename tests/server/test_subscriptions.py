# SPDX-License-Identifier: MIT
"""Tests of `xmppkit.server.subscriptions`: RFC 6121 §3, and how rosters show it."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.server import ServerLimits

THERE = "<presence/>"
ALICE, BOB = "alice@localhost", "bob@localhost"


def to(jid: str, kind: str) -> str:
    return f"<presence to='{jid}' type='{kind}'/>"


async def both(place: Any, tools: Any, *, presence: str | None = THERE) -> tuple[Any, Any]:
    """Alice and Bob, with their rosters."""
    alice = await place.login("alice", "a", presence=presence)
    bob = await place.login("bob", "b", presence=presence)
    await alice.roster()
    await bob.roster()
    await tools.settle(alice, bob)
    alice.take()
    bob.take()
    return alice, bob


def split(peer: Any) -> tuple[list[str], list[str]]:
    """What came: the presences in short, and what the roster pushes say."""
    presences, pushes = [], []
    for stanza in peer.take():
        if stanza.tag.endswith("iq"):
            entry = stanza[0][0]
            words = [entry.get("subscription", "")]
            words += [name for name in ("ask", "approved") if entry.get(name)]
            pushes.append(" ".join(words))
        else:
            presences.append(f"{stanza.get('type') or 'available'} {stanza.get('from')}")
    return presences, pushes


async def test_a_subscription_from_beginning_to_end(place: Any, tools: Any) -> None:
    alice, bob = await both(place, tools)
    # §3.1.1 to §3.1.3: the request
    alice.send(f"<presence to='{BOB}/somewhere' type='subscribe' id='r1'><status>It is me</status></presence>")
    await tools.settle(alice, bob)
    assert split(alice) == ([], ["none ask"])
    (request,) = bob.take()
    assert tools.brief(request) == f"presence[subscribe] {ALICE}"
    assert (request.get("to"), request.get("id"), request.findtext("{*}status")) == (BOB, "r1", "It is me")
    assert await bob.roster() == {}  # who has only asked is not in it
    # §3.1.4 to §3.1.6: the approval
    bob.send(to(ALICE, "subscribed"))
    await tools.settle(bob, alice)
    assert split(bob) == ([], ["from"])
    assert split(alice) == ([f"subscribed {BOB}", f"available {BOB}/b"], ["to"])
    assert await alice.roster() == {BOB: {"subscription": "to"}}
    assert await bob.roster() == {ALICE: {"subscription": "from"}}
    # and the same the other way
    bob.send(to(ALICE, "subscribe"))
    await tools.settle(bob, alice)
    alice.send(to(BOB, "subscribed"))
    await tools.settle(alice, bob)
    assert split(alice) == ([f"subscribe {BOB}"], ["both"])
    assert split(bob) == ([f"subscribed {ALICE}", f"available {ALICE}/a"], ["from ask", "both"])
    # §3.3: Alice wants to see it no more
    alice.send(to(BOB, "unsubscribe"))
    await tools.settle(alice, bob)
    assert split(alice) == ([f"unavailable {BOB}/b"], ["from"])
    assert split(bob) == ([f"unsubscribe {ALICE}"], ["to"])
    # §3.2: and no more be seen
    alice.send(to(BOB, "unsubscribed"))
    await tools.settle(alice, bob)
    assert split(alice) == ([], ["none"])
    assert split(bob) == ([f"unsubscribed {ALICE}", f"unavailable {ALICE}/a"], ["none"])
    assert await alice.roster() == {BOB: {"subscription": "none"}}


async def test_a_request_waits_for_who_is_not_there(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a", presence=THERE)
    alice.send("<presence to='bob@localhost' type='subscribe'><status>It is me</status></presence>")
    alice.send(to(BOB, "subscribe"))
    await alice.ping()
    mute = await place.login("bob", "mute")
    await mute.ping()
    assert mute.brief() == []
    for resource in ("one", "two"):  # §3.1.3: with each initial presence, until it is answered
        bob = await place.login("bob", resource)
        bob.send(THERE)
        await bob.ping()
        requests = [each for each in bob.take() if each.get("type") == "subscribe"]
        assert [(each.get("from"), each.findtext("{*}status")) for each in requests] == [(ALICE, "It is me")]
    bob.send(to(ALICE, "subscribed"))
    await tools.settle(bob, alice)
    assert "presence[subscribed] bob@localhost" in alice.brief()
    three = await place.login("bob", "three")
    three.send(THERE)
    await three.ping()
    assert not [each for each in three.brief() if "subscribe" in each]


async def test_a_request_is_refused(place: Any, tools: Any) -> None:
    alice, bob = await both(place, tools)
    alice.send(to(BOB, "subscribe"))
    await tools.settle(alice, bob)
    alice.take()
    bob.take()
    bob.send(to(ALICE, "unsubscribed"))
    await tools.settle(bob, alice)
    # Nothing tells Alice which resources Bob has.
    assert split(alice) == ([f"unsubscribed {BOB}"], ["none"])
    assert split(bob) == ([], [])
    assert await bob.roster() == {}


async def test_a_request_is_taken_back(place: Any, tools: Any) -> None:
    alice, bob = await both(place, tools)
    alice.send(to(BOB, "subscribe"), to(BOB, "unsubscribe"))
    await tools.settle(alice, bob)
    assert split(alice) == ([], ["none ask", "none"])
    assert split(bob) == ([f"subscribe {ALICE}", f"unsubscribe {ALICE}"], [])
    bob.send(to(ALICE, "subscribed"))  # too late, but good for the next time
    await tools.settle(bob, alice)
    assert split(bob) == ([], ["none approved"])
    assert split(alice) == ([], [])


async def test_approval_beforehand(place: Any, tools: Any) -> None:
    """§3.4."""
    alice, bob = await both(place, tools)
    bob.send(to(ALICE, "subscribed"))
    await tools.settle(bob, alice)
    assert split(bob) == ([], ["none approved"])
    assert split(alice) == ([], [])
    assert await bob.roster() == {ALICE: {"subscription": "none", "approved": "true"}}
    alice.send(to(BOB, "subscribe"))
    await tools.settle(alice, bob)
    assert split(alice) == ([f"subscribed {BOB}", f"available {BOB}/b"], ["none ask", "to"])
    assert split(bob) == ([], ["from approved"])
    bob.send(to(ALICE, "unsubscribed"))
    await tools.settle(bob, alice)
    assert split(bob) == ([], ["none"])
    assert split(alice)[0] == [f"unsubscribed {BOB}", f"unavailable {BOB}/b"]


async def test_approval_beforehand_is_taken_back(place: Any, tools: Any) -> None:
    alice, bob = await both(place, tools)
    bob.send(to(ALICE, "subscribed"), to(ALICE, "unsubscribed"))
    await tools.settle(bob, alice)
    assert split(bob) == ([], ["none approved", "none"])
    assert split(alice) == ([], [])
    alice.send(to(BOB, "subscribe"))
    await tools.settle(alice, bob)
    assert split(bob) == ([f"subscribe {ALICE}"], [])


async def test_what_changes_nothing_is_not_passed_on(place: Any, tools: Any) -> None:
    alice, bob = await both(place, tools)
    alice.send(to(BOB, "unsubscribed"))  # who never asked
    alice.send(to(BOB, "unsubscribe"))  # what never was: passed on, and dropped there
    alice.send(to(ALICE, "subscribe"), to(f"{ALICE}/a", "subscribed"), "<presence type='subscribe'/>")
    await tools.settle(alice, bob)
    assert split(alice) == split(bob) == ([], [])
    await place.friends("alice", "bob")
    await tools.settle(alice, bob)
    alice.take()
    bob.take()
    alice.send(to(BOB, "subscribed"))  # it is let see already
    alice.send(to(BOB, "subscribe"))  # it sees already: the answer comes again
    await tools.settle(alice, bob)
    assert split(bob) == ([], [])
    assert split(alice) == ([f"available {BOB}/b"], [])


async def test_an_answer_to_nothing_is_dropped(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a", presence=THERE)
    component = await place.component("echo.localhost")
    for kind in ("subscribed", "unsubscribed", "unsubscribe"):
        component.send(f"<presence from='x@echo.localhost' to='alice@localhost' type='{kind}'/>")
    await tools.settle(component, alice)
    assert alice.brief() == []
    assert await alice.roster() == {}


async def test_nobody_there(place: Any, tools: Any) -> None:
    alice, _ = await both(place, tools)
    alice.send(to("nobody@localhost", "subscribe"), to("nobody@localhost", "unsubscribe"))
    await alice.ping()
    assert split(alice) == (["unsubscribed nobody@localhost"], ["none ask", "none"])
    alice.send(to("x@elsewhere.test", "subscribe"))
    await alice.ping()
    assert split(alice) == ([], ["none ask"])


async def test_a_component_is_subscribed_to(place: Any, tools: Any) -> None:
    alice, _ = await both(place, tools)
    component = await place.component("echo.localhost")
    alice.send(to("x@echo.localhost", "subscribe"))
    await tools.settle(alice, component)
    assert component.brief() == [f"presence[subscribe] {ALICE}"]
    # A component may say more of its address than a subscription has.
    component.send(f"<presence from='x@echo.localhost/1' to='{ALICE}/a' type='subscribed'/>")
    component.send(f"<presence from='x@echo.localhost/1' to='{ALICE}'/>")
    await tools.settle(component, alice)
    assert split(alice) == (["subscribed x@echo.localhost", "available x@echo.localhost/1"], ["none ask", "to"])
    again = await place.login("alice", "again")
    again.send(THERE)
    await tools.settle(again, component)
    (probe,) = component.take()
    assert tools.brief(probe) == f"presence[probe] {ALICE}/again"


async def test_pushes_go_to_who_asked_for_the_roster_and_answers_too(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    other = await place.login("alice", "b", presence=THERE)
    bob = await place.login("bob", "b", presence=THERE)
    await alice.roster()
    alice.send(to(BOB, "subscribe"))
    await tools.settle(alice, bob)
    bob.send(to(ALICE, "subscribed"))
    await tools.settle(bob, alice, other)
    assert split(alice) == ([f"subscribed {BOB}"], ["none ask", "to"])  # it is not available
    assert split(other) == ([f"subscribed {BOB}", f"available {BOB}/b"], [])  # it has not asked for the roster


async def test_taking_a_contact_out_ends_everything(place: Any, tools: Any) -> None:
    await place.friends("alice", "bob")
    alice, bob = await both(place, tools)
    remove = f"<query xmlns='jabber:iq:roster'><item jid='{BOB}' subscription='remove'/></query>"
    answer = await alice.ask(remove, kind="set")
    assert answer.get("type") == "result"
    await tools.settle(alice, bob)
    assert split(alice) == ([f"unavailable {BOB}/b"], ["remove"])
    presences, pushes = split(bob)
    assert presences == [f"unsubscribe {ALICE}", f"unsubscribed {ALICE}", f"unavailable {ALICE}/a"]
    assert pushes == ["to", "none"]
    assert await alice.roster() == {}


async def test_taking_out_who_has_only_asked_shows_no_resources(place: Any, tools: Any) -> None:
    alice, bob = await both(place, tools)
    alice.send(to(BOB, "subscribe"))
    await tools.settle(alice, bob)
    query = "<query xmlns='jabber:iq:roster'><item jid='alice@localhost'{}/></query>"
    await bob.ask(query.format(""), kind="set")
    await bob.ask(query.format(" subscription='remove'"), kind="set")
    await tools.settle(bob, alice)
    assert split(alice) == ([f"unsubscribed {BOB}"], ["none ask", "none"])
    assert split(bob) == ([f"subscribe {ALICE}"], ["none", "remove"])


@pytest.mark.parametrize("size", [100, 5000])
async def test_a_long_request_is_kept_without_what_it_says(enter: Any, size: int) -> None:
    place = await enter(limits=ServerLimits(request_bytes=1000))
    alice = await place.login("alice", "a")
    alice.send(f"<presence to='{BOB}' type='subscribe'><status>{'x' * size}</status></presence>")
    await alice.ping()
    bob = await place.login("bob", "b")
    bob.send(THERE)
    await bob.ping()
    (request,) = (each for each in bob.take() if each.get("type") == "subscribe")
    assert len(request.findtext("{*}status", "")) == (size if size < 1000 else 0)


async def test_a_roster_that_is_full(enter: Any, tools: Any) -> None:
    place = await enter(limits=ServerLimits(roster_items=1))
    alice = await place.login("alice", "a", presence=THERE)
    bob = await place.login("bob", "b", presence=THERE)
    carol = await place.login("carol", "c", presence=THERE)
    alice.send(to(BOB, "subscribe"), to("carol@localhost", "subscribe"), to("carol@localhost", "subscribed"))
    await tools.settle(alice, bob, carol)
    assert alice.brief() == ["presence[error] carol@localhost resource-constraint"] * 2
    assert bob.brief() == [f"presence[subscribe] {ALICE}"]
    carol.send(to(BOB, "subscribe"))  # there is no room for it at the other end
    await tools.settle(carol, bob)
    assert carol.brief() == bob.brief() == []
