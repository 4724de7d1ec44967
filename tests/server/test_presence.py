# SPDX-License-Identifier: MIT
"""Tests of `xmppkit.server.presence`: RFC 6121 §4."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.server import ServerLimits

THERE = "<presence/>"


async def test_initial_presence_is_told_and_answered(place: Any, tools: Any) -> None:
    await place.friends("alice", "bob")
    bob = await place.login("bob", "b", presence="<presence><show>away</show></presence>")
    alice = await place.login("alice", "a")
    alice.send("<presence><status>here</status></presence>")
    await tools.settle(alice, bob)
    (told,) = bob.take()
    assert tools.brief(told) == "presence alice@localhost/a"
    assert (told.get("to"), told.findtext("{*}status")) == ("bob@localhost", "here")
    own, seen = alice.take()
    assert tools.brief(own) == "presence alice@localhost/a"  # §4.2.2: also to itself
    assert (tools.brief(seen), seen.findtext("{*}show")) == ("presence bob@localhost/b", "away")


async def test_the_answer_to_a_probe_is_for_who_asked(place: Any, tools: Any) -> None:
    await place.friends("alice", "bob")
    bob = await place.login("bob", "b", presence=THERE)
    first = await place.login("alice", "first", presence=THERE)
    second = await place.login("alice", "second", presence=THERE)
    await tools.settle(first, second, bob)
    assert first.brief() == ["presence alice@localhost/second"]
    assert bob.brief() == ["presence alice@localhost/first", "presence alice@localhost/second"]


async def test_a_probe_for_who_is_not_there(place: Any) -> None:
    await place.friends("alice", "bob")
    alice = await place.login("alice", "a")
    alice.send(THERE)
    await alice.ping()
    assert alice.brief() == ["presence alice@localhost/a", "presence[unavailable] bob@localhost"]


async def test_own_resources_see_each_other(place: Any, tools: Any) -> None:
    first = await place.login("alice", "first", presence=THERE)
    second = await place.login("alice", "second")
    mute = await place.login("alice", "mute")
    second.send(THERE)
    await tools.settle(first, second, mute)
    assert first.brief() == ["presence alice@localhost/second"]
    assert second.brief() == ["presence alice@localhost/second", "presence alice@localhost/first"]
    second.send("<presence><show>dnd</show></presence>")
    await tools.settle(second, first)
    assert first.brief() == second.brief() == ["presence alice@localhost/second"]
    second.send("<presence type='unavailable'/>")
    await tools.settle(second, first, mute)
    assert first.brief() == ["presence[unavailable] alice@localhost/second"]
    assert second.brief() == mute.brief() == []


async def test_only_who_was_seen_is_seen_no_more(place: Any, tools: Any) -> None:
    await place.friends("alice", "bob")
    bob = await place.login("bob", "b", presence=THERE)
    alice = await place.login("alice", "a", presence=THERE)
    mute = await place.login("alice", "mute")
    bob.take()
    alice.send("<presence to='bob@localhost' type='unsubscribed'/>")
    await tools.settle(alice, mute, bob)
    assert bob.brief() == ["presence[unsubscribed] alice@localhost", "presence[unavailable] alice@localhost/a"]


async def test_strangers_see_nothing(place: Any, tools: Any) -> None:
    carol = await place.login("carol", "c", presence=THERE)
    alice = await place.login("alice", "a", presence=THERE)
    alice.send("<presence type='unavailable'/>")
    await tools.settle(alice, carol)
    assert carol.brief() == []


@pytest.mark.parametrize("how", ["unavailable", "closing", "the connection breaks"])
async def test_leaving_is_told(place: Any, tools: Any, how: str) -> None:
    await place.friends("alice", "bob")
    bob = await place.login("bob", "b", presence=THERE)
    alice = await place.login("alice", "a", presence=THERE)
    bob.take()
    if how == "unavailable":
        alice.send("<presence type='unavailable'><status>bye</status></presence>")
        await alice.ping()
    elif how == "closing":
        await alice.leave()
    else:
        alice.driver.abort()
        await place.without(alice.jid)
    await bob.ping()
    (told,) = bob.take()
    assert tools.brief(told) == "presence[unavailable] alice@localhost/a"
    assert told.findtext("{*}status") == ("bye" if how == "unavailable" else None)
    if how == "unavailable":
        alice.send("<presence type='unavailable'/>")  # it was told already
        await alice.leave()
        await bob.ping()
        assert bob.brief() == []


async def test_directed_presence_is_followed_by_the_news_that_one_has_left(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    bob = await place.login("bob", "b", presence=THERE)
    carol = await place.login("carol", "c", presence=THERE)
    alice.send("<presence to='bob@localhost/b'/>", "<presence to='carol@localhost'/>")
    alice.send("<presence to='carol@localhost' type='unavailable'/>")
    await tools.settle(alice, bob, carol)
    assert bob.brief() == ["presence alice@localhost/a"]
    assert carol.brief() == ["presence alice@localhost/a", "presence[unavailable] alice@localhost/a"]
    await alice.leave()
    await tools.settle(bob, carol)
    assert bob.brief() == ["presence[unavailable] alice@localhost/a"]
    assert carol.brief() == []


async def test_who_never_said_it_was_there_may_take_directed_presence_back(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    bob = await place.login("bob", "b", presence=THERE)
    alice.send("<presence to='bob@localhost/b'/>", "<presence type='unavailable'/>", "<presence type='unavailable'/>")
    await tools.settle(alice, bob)
    assert bob.brief() == ["presence alice@localhost/a", "presence[unavailable] alice@localhost/a"]


async def test_a_contact_is_told_once_that_one_has_left(place: Any, tools: Any) -> None:
    await place.friends("alice", "bob")
    bob = await place.login("bob", "b", presence=THERE)
    alice = await place.login("alice", "a", presence=THERE)
    alice.send("<presence to='bob@localhost/b'/>", "<presence type='unavailable'/>")
    await tools.settle(alice, bob)
    assert bob.brief() == [
        "presence alice@localhost/a",
        "presence alice@localhost/a",
        "presence[unavailable] alice@localhost/a",
    ]


async def test_a_resource_that_was_told_directly_hears_of_the_end_though_it_is_not_available(
    place: Any, tools: Any
) -> None:
    await place.friends("alice", "bob")
    bob = await place.login("bob", "b")
    alice = await place.login("alice", "a", presence=THERE)
    alice.send("<presence to='bob@localhost/b'/>", "<presence to='bob@localhost'/>", "<presence type='unavailable'/>")
    await tools.settle(alice, bob)
    assert bob.brief() == ["presence alice@localhost/a", "presence[unavailable] alice@localhost/a"]


async def test_clients_do_not_probe(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a", presence=THERE)
    bob = await place.login("bob", "b", presence=THERE)
    alice.send("<presence to='bob@localhost' type='probe'/>", "<presence type='probe'/>", "<presence type='error'/>")
    await tools.settle(alice, bob)
    assert alice.brief() == bob.brief() == []


async def test_a_component_probes(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a", presence=THERE)
    component = await place.component("echo.localhost")
    component.send("<presence from='x@echo.localhost' to='alice@localhost' type='probe'/>")
    await tools.settle(component, alice)
    assert component.brief() == ["presence[unsubscribed] alice@localhost"]
    component.send("<presence from='x@echo.localhost' to='alice@localhost' type='subscribe'/>")
    await tools.settle(component, alice)
    alice.send("<presence to='x@echo.localhost' type='subscribed'/>")
    await tools.settle(alice, component)
    assert component.brief() == ["presence[subscribed] alice@localhost", "presence alice@localhost/a"]
    component.send("<presence from='x@echo.localhost/1' to='alice@localhost' type='probe'/>")
    await tools.settle(component, alice)
    (seen,) = component.take()
    assert (tools.brief(seen), seen.get("to")) == ("presence alice@localhost/a", "x@echo.localhost/1")


@pytest.mark.parametrize("text", ["", "high", "128", "-129", "1.5"])
async def test_a_priority_that_is_none_is_0(place: Any, tools: Any, text: str) -> None:
    alice = await place.login("alice", "a")
    low = await place.login("bob", "low", presence="<presence><priority>-1</priority></presence>")
    bob = await place.login("bob", "b", presence=f"<presence><priority>{text}</priority></presence>")
    await tools.settle(bob, low)
    low.take()
    alice.send("<message to='bob@localhost'><body>hello</body></message>")
    await tools.settle(alice, bob, low)
    assert bob.brief() == ["message alice@localhost/a hello"]
    assert low.brief() == []


async def test_how_many_may_be_told_directly(enter: Any, tools: Any) -> None:
    place = await enter(limits=ServerLimits(directed=1))
    alice = await place.login("alice", "a")
    bob = await place.login("bob", "b")
    carol = await place.login("carol", "c")
    for to in ("bob@localhost/b", "carol@localhost/c", "bob@localhost/b"):
        alice.send(f"<presence to='{to}'/>")
    await tools.settle(alice, bob, carol)
    assert bob.brief() == ["presence alice@localhost/a"] * 2
    assert carol.brief() == []
    assert alice.brief() == ["presence[error] carol@localhost/c resource-constraint"]
