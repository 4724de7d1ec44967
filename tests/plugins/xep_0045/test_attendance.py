# SPDX-License-Identifier: MIT
"""Who is in a room: what its presences say, and what is not believed."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0045 import (
    Affiliation,
    Departure,
    Leaving,
    Occupant,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    Role,
    RoomState,
)
from xmppkit.stanza.presence import Show

COVEN = "coven@chat.shakespeare.lit"
PRESENCES = (
    "groupchat_presence", f"muc::{COVEN}::presence", f"muc::{COVEN}::got_online", f"muc::{COVEN}::self-presence",
    f"muc::{COVEN}::got_offline",
)  # fmt: skip
CHANGES = ("muc_occupant_joined", "muc_occupant_left", "muc_occupant_changed", "muc_left")


async def test_an_occupant(play: Any) -> None:
    room = await play.joined()
    play.presence(
        "secondwitch",
        item="affiliation='admin' role='moderator' jid='wiccarocks@shakespeare.lit/laptop'",
        more="<show>xa</show><status>gone where the goblins go</status>",
    )
    witch = room.occupants["secondwitch"]
    assert (witch.nick, witch.role, witch.affiliation) == ("secondwitch", Role.MODERATOR, Affiliation.ADMIN)
    assert (witch.jid, witch.show) == (JID("wiccarocks@shakespeare.lit/laptop"), Show.XA)
    assert (witch.status, witch.occupant_id) == ("gone where the goblins go", None)
    with pytest.raises(AttributeError):
        witch.role = Role.VISITOR
    assert not hasattr(witch, "__dict__")
    assert copy.copy(witch) == witch
    assert repr(witch).startswith("Occupant(nick='secondwitch', role=<Role.MODERATOR")
    assert repr(witch).endswith("status='gone where the goblins go')")
    with pytest.raises(TypeError):
        room.occupants["new"] = witch
    assert "secondwitch" in room
    assert "firstwitch" not in room
    assert (len(room), bool(room)) == (2, True)


async def test_events_of_slixmpp(play: Any) -> None:
    await play.joined()
    play.hear(*PRESENCES)
    play.presence("firstwitch")
    assert play.names() == ["groupchat_presence", f"muc::{COVEN}::presence", f"muc::{COVEN}::got_online"]
    play.presence("firstwitch", more="<show>away</show>")
    assert play.names() == ["groupchat_presence", f"muc::{COVEN}::presence"]
    play.gone("firstwitch")
    assert play.names() == ["groupchat_presence", f"muc::{COVEN}::presence", f"muc::{COVEN}::got_offline"]
    play.gone("firstwitch")
    assert play.names() == []
    play.presence("thirdwitch", 110, more="<show>away</show>")
    assert play.names() == ["groupchat_presence", f"muc::{COVEN}::presence", f"muc::{COVEN}::self-presence"]


async def test_typed_events(play: Any) -> None:
    room = await play.joined()
    play.hear(*CHANGES)
    play.presence("firstwitch")
    joined = room.occupants["firstwitch"]
    play.presence("firstwitch")
    play.presence("firstwitch", item="affiliation='member' role='visitor'")
    changed = room.occupants["firstwitch"]
    play.gone("firstwitch", more="<status>bye</status>")
    assert play.told == [
        ("muc_occupant_joined", OccupantJoined(room.jid, joined)),
        ("muc_occupant_changed", OccupantChanged(room.jid, joined, changed)),
        ("muc_occupant_left", OccupantLeft(room.jid, changed, Departure(Leaving.LEFT, "bye"))),
    ]


async def test_those_who_are_there_before_us_have_not_joined(play: Any) -> None:
    play.hear(*CHANGES)
    await play.joined(others=("firstwitch", "secondwitch"))
    assert play.names() == []


async def test_another_nickname_of_somebody(play: Any) -> None:
    """XEP-0045 §7.6"""
    room = await play.joined(others=("firstwitch",))
    before = room.occupants["firstwitch"]
    play.hear(*PRESENCES, *CHANGES)
    play.gone("firstwitch", 303, item="affiliation='member' role='participant' nick='oldhag'")
    after = room.occupants["oldhag"]
    assert (list(room.occupants), after.nick) == (["thirdwitch", "oldhag"], "oldhag")
    assert play.told[-1] == ("muc_occupant_changed", OccupantChanged(room.jid, before, after))
    assert play.names()[2] == f"muc::{COVEN}::got_offline"
    play.presence("oldhag")
    assert play.names() == ["groupchat_presence", f"muc::{COVEN}::presence", f"muc::{COVEN}::got_online"]
    play.presence("oldhag")
    assert f"muc::{COVEN}::got_online" not in play.names()
    # Without the new nickname, or of somebody unknown, it is a departure like any other.
    play.gone("oldhag", 303)
    play.gone("nobody", 303, item="affiliation='member' role='participant' nick='somebody'")
    assert list(room.occupants) == ["thirdwitch"]


async def test_our_own_nickname_is_changed_by_another_client_or_the_room(play: Any) -> None:
    room = await play.joined()
    play.gone("thirdwitch", 303, item="affiliation='member' role='participant' nick='oldhag'")
    play.presence("oldhag", 110)
    assert (room.nick, room.joined, list(room.occupants)) == ("oldhag", True, ["oldhag"])
    play.presence("older", 110, 210)  # §7.10
    assert room.nick == "older"


@pytest.mark.parametrize(
    ("codes", "why"),
    [
        ((), Leaving.LEFT),
        ((301,), Leaving.BANNED),
        ((307,), Leaving.KICKED),
        ((321,), Leaving.AFFILIATION_LOST),
        ((322,), Leaving.MEMBERS_ONLY),
        ((332,), Leaving.SHUTDOWN),
        ((333,), Leaving.ERROR),
        ((307, 333), Leaving.ERROR),
    ],
)
async def test_why_somebody_has_left(play: Any, codes: tuple[int, ...], why: Leaving) -> None:
    """XEP-0045 §8.2, §9.1, §9.4, §11"""
    room = await play.joined(others=("pistol",))
    play.hear("muc_occupant_left", "muc_left")
    by = "<actor nick='Fluellen'/><reason>Avaunt, you cullion!</reason>"
    play.gone("pistol", *codes, item="affiliation='none' role='none'", inside=by)
    ((name, left),) = play.told
    assert name == "muc_occupant_left"
    assert left.departure == Departure(why, "Avaunt, you cullion!", "Fluellen")
    play.gone("thirdwitch", 110, *codes, inside="<actor jid='admin@shakespeare.lit'/>")
    assert room.departure == Departure(why, "", "admin@shakespeare.lit")
    assert (room.state, len(room)) == (RoomState.LEFT, 0)
    assert play.muc.room(COVEN) is None


async def test_we_have_left_although_the_room_does_not_say_that_it_is_us(play: Any) -> None:
    room = await play.joined()
    play.station.take(f"<presence from='{COVEN}/thirdwitch' type='unavailable'/>")
    assert room.departure == Departure(Leaving.LEFT)


async def test_the_room_is_destroyed(play: Any) -> None:
    """XEP-0045 §10.9"""
    room = await play.joined(others=("firstwitch",))
    play.hear("muc_left")
    destroy = (
        "<destroy jid='heath@chat.shakespeare.lit'><reason>Macbeth doth come.</reason><password>x</password></destroy>"
    )
    play.station.take(
        f"<presence from='{COVEN}/thirdwitch' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'>"
        f"<item affiliation='none' role='none'/>{destroy}</x></presence>"
    )
    assert play.names() == ["muc_left"]
    assert room.departure == Departure(
        Leaving.DESTROYED, "Macbeth doth come.", None, JID("heath@chat.shakespeare.lit"), "x"
    )


async def test_presence_without_what_it_should_have(play: Any) -> None:
    room = await play.joined()
    play.presence("a", item="")
    play.presence("b", item="affiliation='king' role='jester' jid='@@'")
    play.presence("c", item="affiliation='owner' role='moderator' jid='c@shakespeare.lit'")
    play.station.take(f"<presence from='{COVEN}/c'><show>shown</show><status/></presence>")
    play.station.take(f"<presence from='{COVEN}/d'/>")
    unknown = (Role.PARTICIPANT, Affiliation.NONE, None)
    assert [(each.role, each.affiliation, each.jid) for each in room.occupants.values()][1:] == [
        unknown,
        unknown,
        (Role.MODERATOR, Affiliation.OWNER, JID("c@shakespeare.lit")),
        unknown,
    ]
    assert room.occupants["c"].show is None
    play.presence("e", item="affiliation='none' role='visitor'", more="<x xmlns='other'/>")
    play.presence("f", item="affiliation='none' role='visitor'><status code='x'/", more="<x xmlns='other'/>")
    assert play.station.faults == []


async def test_what_is_no_presence_of_an_occupant(play: Any) -> None:
    room = await play.joined()
    play.hear(*PRESENCES)
    for kind in ("", " type='unavailable'", " type='subscribe'", " type='probe'", " type='nonsense'"):
        play.station.take(f"<presence from='{COVEN}'{kind}/>")
    play.station.take(f"<presence from='{COVEN}/a' type='subscribe'/>")
    play.station.take("<presence/>")
    assert play.names() == []
    assert list(room.occupants) == ["thirdwitch"]


async def test_occupants_are_bounded(play: Any, caplog: pytest.LogCaptureFixture) -> None:
    play.muc.max_occupants = 3
    room = await play.joined(others=("a", "b", "c", "d"))
    assert list(room.occupants) == ["a", "b", "c", "thirdwitch"]  # ourselves in any case
    assert caplog.text.count("has more than 3 occupants") == 1
    play.presence("a", item="affiliation='owner' role='moderator'")
    assert room.occupants["a"].role is Role.MODERATOR
    play.gone("a")
    play.gone("b")
    play.presence("e")
    assert list(room.occupants) == ["c", "thirdwitch", "e"]


async def test_occupant_ids_count_when_the_room_has_announced_them(play: Any) -> None:
    """XEP-0421 §4"""
    room = await play.joined()
    element = "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='{}'/>"
    play.presence("firstwitch", more=element.format("dd72"))
    play.presence("secondwitch", more=element.format("x" * 129))
    play.presence("hag", more="<occupant-id xmlns='urn:xmpp:occupant-id:0'/>")
    witch: Occupant = room.occupants["firstwitch"]
    assert (witch.occupant_id, room.features, room.gives_occupant_ids) == (None, None, False)
    room._announced.features = frozenset({"urn:xmpp:occupant-id:0"})
    assert (witch.occupant_id, room.gives_occupant_ids) == ("dd72", True)
    assert room.occupants["secondwitch"].occupant_id is None
    assert room.occupants["hag"].occupant_id is None
    room._announced.features = frozenset()
    assert witch.occupant_id is None


# --- what is not believed -------------------------------------------------------------------------------------------

ALL = (*PRESENCES, *CHANGES, "muc_joined", "groupchat_join", f"muc::{COVEN}::presence-error")
X = "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator'/>{}</x>"
SELF = X.format("<status code='110'/>")


@pytest.mark.parametrize(
    "presence",
    [
        f"<presence from='{COVEN}/firstwitch'>{X.format('')}</presence>",
        f"<presence from='{COVEN}/thirdwitch'>{SELF}</presence>",
        f"<presence from='mallory@evil.lit/thirdwitch'>{SELF}</presence>",
        f"<presence from='{COVEN}/thirdwitch' type='error'><error type='cancel'><gone "
        "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>",
        "<presence from='mallory@evil.lit/x'><x xmlns='http://jabber.org/protocol/muc'/></presence>",
    ],
)
async def test_spoof_of_a_room_that_was_not_joined(play: Any, presence: str) -> None:
    """Nothing is a room because somebody says so."""
    play.hear(*ALL)
    play.station.take(presence)
    assert play.names() == []
    assert (play.muc.rooms, play.muc.our_nicks, play.muc.get_joined_rooms()) == ({}, {}, [])


async def test_spoof_by_others_while_we_are_in_a_room(play: Any) -> None:
    room = await play.joined(others=("firstwitch",))
    play.hear(*ALL)
    for sender in ("mallory@evil.lit/thirdwitch", "coven@chat.shakespeare.lit.evil.lit/thirdwitch",
                   "other@chat.shakespeare.lit/thirdwitch", "chat.shakespeare.lit"):  # fmt: skip
        for kind in ("", " type='unavailable'", " type='error'"):
            codes = "<status code='110'/><status code='301'/>"
            play.station.take(f"<presence from='{sender}'{kind}>{X.format(codes)}</presence>")
    assert play.names() == []
    assert room.joined
    assert list(room.occupants) == ["firstwitch", "thirdwitch"]


async def test_spoof_after_we_have_left(play: Any) -> None:
    room = await play.joined(others=("firstwitch",))
    play.gone("thirdwitch", 110)
    play.hear(*ALL)
    play.presence("firstwitch", 110)
    play.gone("firstwitch")
    assert play.names() == []
    assert (len(room), play.muc.rooms) == (0, {})
