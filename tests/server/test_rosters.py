# SPDX-License-Identifier: MIT
"""Tests of `xmppkit.server.rosters`: RFC 6121 §2."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

import pytest

from xmppkit.server import ServerLimits
from xmppkit.server.rosters import Contact, Roster, RosterError

BOB = "bob@localhost"


def query(*items: str, ver: str | None = None) -> str:
    version = "" if ver is None else f" ver='{ver}'"
    return f"<query xmlns='jabber:iq:roster'{version}>{''.join(items)}</query>"


async def change(peer: Any, *items: str) -> Element:
    answer: Element = await peer.ask(query(*items), kind="set")
    return answer


async def test_a_roster_is_empty_at_first(place: Any) -> None:
    alice = await place.login("alice", "a")
    assert await alice.roster() == {}


async def test_add_change_and_remove(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    other = await place.login("alice", "b")
    mute = await place.login("alice", "mute")
    assert await alice.roster() == await other.roster() == {}
    answer = await change(alice, f"<item jid='{BOB}' name='Bob'><group>Friends</group><group>Work</group></item>")
    assert (answer.get("type"), len(answer)) == ("result", 0)
    expected = {"name": "Bob", "subscription": "none", "groups": ("Friends", "Work")}
    await tools.settle(alice, other, mute)
    # §2.1.6: to all who asked for the roster, who did it included
    assert alice.pushes() == other.pushes() == [(BOB, expected)]
    assert mute.take() == []
    assert await alice.roster() == {BOB: expected}
    await change(alice, f"<item jid='{BOB}'/>")  # §2.4: it replaces all
    assert await alice.roster() == {BOB: {"subscription": "none"}}
    await change(alice, f"<item jid='{BOB}' subscription='remove'/>")
    await tools.settle(alice, other)
    assert other.pushes() == [(BOB, {"subscription": "none"}), (BOB, {"subscription": "remove"})]
    assert await alice.roster() == {}


async def test_a_client_cannot_grant_itself_a_subscription(place: Any) -> None:
    alice = await place.login("alice", "a")
    await change(alice, f"<item jid='{BOB}' subscription='both' ask='subscribe' approved='true'/>")
    assert await alice.roster() == {BOB: {"subscription": "none"}}


async def test_a_contact_is_an_account(place: Any) -> None:
    alice = await place.login("alice", "a")
    await change(alice, "<item jid='BOB@localhost/somewhere'/>")
    assert list(await alice.roster()) == [BOB]


@pytest.mark.parametrize(
    ("items", "condition"),
    [
        ((), "bad-request"),
        (("<item jid='a@b'/>", "<item jid='c@d'/>"), "bad-request"),
        (("<item/>",), "bad-request"),
        (("<item jid='@'/>",), "jid-malformed"),
        (("<item jid='a@b'><group>x</group><group>x</group></item>",), "bad-request"),
        (("<item jid='a@b'><group/></item>",), "not-acceptable"),
        (("<item jid='a@b' subscription='remove'/>",), "item-not-found"),
        (("<item jid='a@b' name='12345'/>",), "not-acceptable"),
        (("<item jid='a@b'><group>12345</group></item>",), "not-acceptable"),
        (("<item jid='a@b'><group>1</group><group>2</group><group>3</group></item>",), "not-acceptable"),
    ],
)
async def test_changes_that_are_refused(enter: Any, tools: Any, items: tuple[str, ...], condition: str) -> None:
    place = await enter(limits=ServerLimits(name_length=4, groups=2))
    alice = await place.login("alice", "a")
    answer = await change(alice, *items)
    assert tools.brief(answer) == f"iq[error] {condition}"
    assert await alice.roster() == {}


async def test_the_rosters_of_others(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    item = "<item jid='carol@localhost'/>"
    for kind in ("get", "set"):
        assert tools.brief(await alice.ask(query(item), to=BOB, kind=kind)) == f"iq[error] {BOB} forbidden"
    assert tools.brief(await alice.ask(query(), to="localhost")) == "iq[error] localhost service-unavailable"
    component = await place.component("echo.localhost")
    assert tools.brief(await component.ask(query(), to=BOB)) == f"iq[error] {BOB} forbidden"
    answer = await alice.ask(query(), to="alice@localhost")  # its own, by name
    assert tools.brief(answer) == "iq[result] alice@localhost"


async def test_versions(place: Any) -> None:
    """§2.6."""
    alice = await place.login("alice", "a")
    first = await alice.ask(query(ver=""))
    version = first[0].get("ver", "")
    assert len(await alice.ask(query(ver=version))) == 0
    await change(alice, f"<item jid='{BOB}'/>")
    (push,) = alice.take()
    newer = push[0].get("ver", "")
    assert newer != version
    assert len((await alice.ask(query(ver=version)))[0]) == 1
    assert len(await alice.ask(query(ver=newer))) == 0
    # Another server's numbers are not taken for ours.
    assert Roster(ServerLimits()).version != version


async def test_a_thousand_contacts(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    queries = [query(f"<item jid='c{number}@localhost'/>") for number in range(1010)]
    alice.send(*(f"<iq type='set' id='{number}'>{each}</iq>" for number, each in enumerate(queries)))
    await alice.ping()
    answers = alice.take()
    assert len(answers) == 1010
    assert [tools.brief(each) for each in answers[1000:]] == ["iq[error] resource-constraint"] * 10
    roster = await alice.roster()
    assert len(roster) == 1000
    # Who is there may be changed still.
    assert (await change(alice, "<item jid='c5@localhost' name='Five'/>")).get("type") == "result"


def test_the_four_subscriptions() -> None:
    shown = {(to, from_): Contact("a@b", to=to, from_=from_).subscription for to in (0, 1) for from_ in (0, 1)}
    assert shown == {(0, 0): "none", (0, 1): "from", (1, 0): "to", (1, 1): "both"}


def test_dropping() -> None:
    roster = Roster(ServerLimits(roster_items=1))
    contact = roster.make("a@b", listed=False)
    contact.request = Element("presence")
    roster.drop_if_empty(contact)
    assert roster.get("a@b") is contact
    with pytest.raises(RosterError, match="resource-constraint"):
        roster.make("c@d", listed=True)
    contact.request = None
    roster.drop_if_empty(contact)
    assert roster.get("a@b") is None
    roster.drop("a@b")
