# SPDX-License-Identifier: MIT
"""Entering, another nickname, leaving; and that whoever waits gets an answer."""

from __future__ import annotations

import asyncio
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue, LocalProtocolError, NotConnectedError, PresenceError, UnserializableXML
from xmppkit.plugins.xep_0045 import Leaving, RoomState, StatusCode
from xmppkit.plugins.xep_0045.visit import SETTLING, UNANSWERED
from xmppkit.plugins.xep_0045.waiting import HISTORY
from xmppkit.stanza.presence import Show
from xmppkit.testing import clock

COVEN = "coven@chat.shakespeare.lit"
HAG = "hag66@shakespeare.lit/pda"
MUC = "http://jabber.org/protocol/muc"
OTHERS = ("firstwitch", "secondwitch")


async def knock(play: Any, nick: str = "thirdwitch", **options: Any) -> tuple[asyncio.Task[Any], ET.Element]:
    """We want to enter; the presence that says so."""
    joining = asyncio.ensure_future(play.muc.join(COVEN, nick, **options))
    return joining, await play.asked()


async def test_entering(play: Any) -> None:
    """XEP-0045 §7.1: occupants, ourselves, history, subject."""
    play.hear("muc_joined")
    joining, presence = await knock(play, password="cauldronburn", maxstanzas=20)
    assert (presence.get("to"), presence.get("type")) == (f"{COVEN}/thirdwitch", None)
    join = presence.find(f"{{{MUC}}}x")
    assert join is not None
    assert join.findtext(f"{{{MUC}}}password") == "cauldronburn"
    assert [child.attrib for child in join.iterfind(f"{{{MUC}}}history")] == [{"maxstanzas": "20"}]
    assert play.muc.room(COVEN).state is RoomState.JOINING
    assert play.muc.get_joined_rooms() == []

    play.presence("firstwitch", item="affiliation='owner' role='moderator'")
    play.presence("secondwitch", item="affiliation='admin' role='moderator' jid='crone1@shakespeare.lit/desktop'")
    play.presence("thirdwitch", 110, 100, 170)
    play.say("firstwitch", "Thrice the brinded cat hath mew'd.", before=True)
    await play.station.settle()
    assert not joining.done()
    play.message("<subject>Fire Burn and Cauldron Bubble!</subject>", "secondwitch")

    room = await joining
    assert (room.state, room.joined, room.nick, str(room.address)) == (
        RoomState.JOINED, True, "thirdwitch", f"{COVEN}/thirdwitch",
    )  # fmt: skip
    assert list(room.occupants) == [*OTHERS, "thirdwitch"]
    assert room.codes == {StatusCode.SELF_PRESENCE, StatusCode.NOT_ANONYMOUS_HERE, StatusCode.LOGGED}
    assert not room.created
    assert (room.subject, room.subject_by) == ("Fire Burn and Cauldron Bubble!", "secondwitch")
    assert [message["body"] for message in room.history] == ["Thrice the brinded cat hath mew'd."]
    assert room.entry.password == "cauldronburn"
    assert "cauldronburn" not in repr(room.entry)
    assert play.told == [("muc_joined", room)]
    assert play.muc.room(COVEN) is room
    assert play.muc.get_joined_rooms() == [COVEN]
    assert repr(room) == f"<Room {COVEN} as 'thirdwitch': joined, 3 occupants>"


async def test_what_slixmpp_gets(play: Any) -> None:
    joining = asyncio.ensure_future(play.muc.join_muc_wait(COVEN, "thirdwitch", maxchars=0, seconds=180))
    (history,) = (await play.asked()).iter(f"{{{MUC}}}history")
    assert history.attrib == {"maxchars": "0", "seconds": "180"}
    play.station.take(f"<presence from='{COVEN}'><x xmlns='vcard-temp:x:update'><photo/></x></presence>")
    for other in OTHERS:
        play.presence(other)
    play.presence("thirdwitch", 110)
    play.presence("hag")
    play.say("firstwitch", "Thrice the brinded cat hath mew'd.", before=True)
    play.message("<subject>Fire Burn</subject>")
    presence, subject, occupants, history_ = await joining
    assert presence["muc"]["status_codes"] == {110}
    assert subject["subject"] == "Fire Burn"
    assert [each["from"].resource for each in occupants] == list(OTHERS)
    assert [each["body"] for each in history_] == ["Thrice the brinded cat hath mew'd."]
    assert (await joining).history == history_


async def test_entering_without_waiting(play: Any, caplog: pytest.LogCaptureFixture) -> None:
    joining = play.muc.join_groupchat(COVEN, "thirdwitch")
    presence = await play.asked()
    assert presence.findtext("show") == "chat"
    assert [each.attrib for each in presence.iter(f"{{{MUC}}}history")] == [{"maxchars": "0"}]
    play.presence("thirdwitch", 110)
    play.message("<subject/>")
    assert (await joining).presence["from"] == f"{COVEN}/thirdwitch"
    play.muc.leave_muc(COVEN, "thirdwitch", "bye")
    play.gone("thirdwitch", 110)
    play.sent()

    refused = play.muc.join_muc(COVEN, "thirdwitch", maxhistory="7", password="x", pstatus="here", pshow="")
    presence = await play.asked()
    assert presence.findtext("status") == "here"
    assert [each.attrib for each in presence.iter(f"{{{MUC}}}history")] == [{"maxstanzas": "7"}]
    play.refuse("thirdwitch", "forbidden")
    await play.station.settle()
    assert refused.done()
    assert f"{COVEN} could not be joined as 'thirdwitch': cancel: forbidden" in caplog.text
    del refused  # nobody has asked for its result, and nothing complains of that


@pytest.mark.parametrize(
    "condition",
    ["not-authorized", "registration-required", "forbidden", "conflict", "service-unavailable", "item-not-found",
     "not-allowed", "not-acceptable", "jid-malformed"],
)  # fmt: skip
async def test_refusals(play: Any, condition: str) -> None:
    """XEP-0045 §7.2.17"""
    play.hear(f"muc::{COVEN}::presence-error", "muc_left", "groupchat_presence")
    joining, presence = await knock(play)
    play.refuse("thirdwitch", condition, presence.get("id", ""))
    with pytest.raises(PresenceError) as caught:
        await joining
    assert caught.value.condition == condition
    assert play.names() == [f"muc::{COVEN}::presence-error"]
    assert play.muc.room(COVEN) is None


async def test_a_nickname_that_is_taken(play: Any) -> None:
    """XEP-0045 §7.2.8"""
    joining, presence = await knock(play, "thirdwitch", alternatives=("hag", "oldhag"))
    play.refuse("thirdwitch", "conflict", presence.get("id", ""))
    presence = await play.asked()
    assert presence.get("to") == f"{COVEN}/hag"
    play.refuse("hag", "conflict")
    assert (await play.asked()).get("to") == f"{COVEN}/oldhag"
    play.presence("oldhag", 110)
    play.message("<subject/>")
    assert (await joining).nick == "oldhag"


async def test_other_refusals_do_not_try_further(play: Any) -> None:
    joining, _ = await knock(play, alternatives=["hag"])
    play.refuse("thirdwitch", "forbidden")
    with pytest.raises(PresenceError, match="forbidden"):
        await joining
    assert play.sent() == []


async def test_a_nickname_that_the_room_gives(play: Any) -> None:
    """XEP-0045 §7.2.2: status 210"""
    joining, _ = await knock(play, "ThirdWitch")
    play.presence("thirdwitch", 110, 210)
    play.message("<subject/>")
    room = await joining
    assert (room.nick, room.entry.nick) == ("thirdwitch", "ThirdWitch")
    assert StatusCode.NICK_ASSIGNED in room.codes
    assert room.me == room.occupants["thirdwitch"]


async def test_a_new_room(play: Any) -> None:
    """XEP-0045 §10.1"""
    assert (await play.joined("firstwitch", 201)).created


async def test_a_room_without_a_subject(play: Any) -> None:
    """What is said live comes after the subject; if there was none, there is none."""
    joining, _ = await knock(play)
    play.presence("thirdwitch", 110)
    play.say("firstwitch", "live")
    room = await joining
    assert (room.subject, room.subject_by, room.history) == ("", None, [])
    async for message in room:
        assert message["body"] == "live"
        break


async def test_a_message_with_subject_and_body_is_no_subject(play: Any) -> None:
    """XEP-0045 §7.2.15"""
    joining, _ = await knock(play)
    play.presence("thirdwitch", 110)
    play.message(
        "<subject>no</subject><body>yes</body><delay xmlns='urn:xmpp:delay' stamp='2002-10-13T23:58:37Z'/>", "x"
    )
    play.message("<subject>no</subject><thread>t</thread>", "x")
    await play.station.settle()
    assert not joining.done()
    play.message("<subject>yes</subject>")
    assert (await joining).subject == "yes"


async def test_what_comes_before_ourselves_is_not_heard(play: Any) -> None:
    """XEP-0045 §7.1"""
    play.hear("groupchat_message", "groupchat_subject", "groupchat_config_status")
    joining, _ = await knock(play)
    play.say("firstwitch", "early", before=True)
    play.message("<subject>early</subject>")
    play.notice("<status code='104'/>")
    await play.station.settle()
    assert play.names() == []
    assert not joining.done()
    joining.cancel()


async def test_a_room_is_heard_from_its_word_on(play: Any) -> None:
    def heard(sender: str = f"{COVEN}/firstwitch") -> bool:
        message = play.station.make_message(HAG, mfrom=sender)
        return bool(play.muc.is_heard(message))

    assert not heard()
    joining, _ = await knock(play)
    assert not heard()
    play.presence("thirdwitch", 110)
    assert heard()
    assert not heard("other@chat.shakespeare.lit/firstwitch")
    play.message("<subject/>")
    await joining
    assert heard()


async def test_history_is_bounded(play: Any) -> None:
    joining, _ = await knock(play)
    play.presence("thirdwitch", 110)
    for number in range(HISTORY + 5):
        play.say("firstwitch", str(number), before=True)
    play.message("<subject/>")
    history = (await joining).history
    assert (len(history), history[0]["body"]) == (HISTORY, "5")


async def test_removed_while_entering(play: Any) -> None:
    joining, _ = await knock(play)
    play.gone("thirdwitch", 110, 301, item="affiliation='outcast' role='none'", inside="<reason>no witches</reason>")
    with pytest.raises(PresenceError) as caught:
        await joining
    assert (caught.value.condition, caught.value.text) == ("forbidden", "no witches")

    joining, _ = await knock(play)
    play.presence("thirdwitch", 110)
    play.gone("thirdwitch", 110, 307)
    with pytest.raises(PresenceError, match="not-allowed"):
        await joining
    assert play.muc.room(COVEN) is None


async def test_how_we_left_before_does_not_end_the_entering(play: Any) -> None:
    joining, _ = await knock(play)
    play.gone("thirdwitch", 110)
    await play.station.settle()
    assert not joining.done()
    play.presence("thirdwitch", 110)
    play.message("<subject/>")
    assert (await joining).joined


async def test_errors_of_something_else_do_not_end_the_entering(play: Any) -> None:
    joining, _ = await knock(play)
    play.refuse("thirdwitch", "conflict", "another")
    await play.station.settle()
    assert not joining.done()
    joining.cancel()


async def test_cancelling_leaves_nothing_half_done(play: Any) -> None:
    joining, _ = await knock(play)
    joining.cancel()
    with pytest.raises(asyncio.CancelledError):
        await joining
    goodbye = await play.asked()
    assert (goodbye.get("to"), goodbye.get("type")) == (f"{COVEN}/thirdwitch", "unavailable")
    play.presence("thirdwitch", 110)
    play.message("<subject/>")
    assert play.muc.get_joined_rooms() == []
    assert play.muc.rooms == {}
    play.gone("thirdwitch", 110)
    assert play.muc.room(COVEN) is None


async def test_entering_twice_at_once(play: Any) -> None:
    joining, _ = await knock(play)
    with pytest.raises(LocalProtocolError, match="is being entered already"):
        await play.muc.join(COVEN, "other")
    joining.cancel()


async def test_entering_again_from_inside(play: Any) -> None:
    """XEP-0045 §7.2.1: everything comes anew."""
    room = await play.joined(others=OTHERS)
    joining, _ = await knock(play)
    assert len(room) == 0
    play.presence("firstwitch")
    play.presence("thirdwitch", 110)
    play.message("<subject/>")
    assert await joining is room
    assert list(room.occupants) == ["firstwitch", "thirdwitch"]


async def test_another_nickname_from_inside_is_asked_for_first(play: Any) -> None:
    """Rooms take the presence for a change of the nickname, after which not all of them send the subject (§7.6)."""
    room = await play.joined(others=OTHERS)
    joining, presence = await knock(play, "oldhag")
    assert presence.get("to") == f"{COVEN}/oldhag"
    assert presence.find("{http://jabber.org/protocol/muc}x") is None
    assert room.joined
    play.gone("thirdwitch", 110, 303, item="affiliation='member' role='participant' nick='oldhag_'")
    play.presence("oldhag_", 110, 210)
    knocked = await play.asked()
    assert knocked.get("to") == f"{COVEN}/oldhag_", "the nickname that the room has chosen"
    assert knocked.find("{http://jabber.org/protocol/muc}x") is not None
    play.presence("firstwitch")
    play.presence("oldhag_", 110)
    play.message("<subject/>")
    assert await joining is room
    assert (room.nick, list(room.occupants)) == ("oldhag_", ["firstwitch", "oldhag_"])

    # What was asked for before is no other nickname, although the room has chosen one.
    joining, presence = await knock(play, "oldhag")
    assert presence.find("{http://jabber.org/protocol/muc}x") is not None
    joining.cancel()


async def test_another_nickname_from_inside_is_refused(play: Any) -> None:
    room = await play.joined(others=OTHERS)
    joining = asyncio.ensure_future(play.muc.join(COVEN, "firstwitch", alternatives=["secondwitch"]))
    for nick in ("firstwitch", "secondwitch"):
        play.refuse(nick, "conflict", (await play.asked()).get("id"))
    with pytest.raises(PresenceError) as caught:
        await joining
    assert caught.value.condition == "conflict"
    assert play.muc.room(COVEN) is room
    assert (room.joined, room.nick, list(room.occupants)) == (True, "thirdwitch", [*OTHERS, "thirdwitch"])
    assert play.sent() == []


async def test_another_nickname_where_we_are_not_any_more(play: Any) -> None:
    """The room answers the change as one that does not know us: it is entered."""
    room = await play.joined()
    joining, _ = await knock(play, "oldhag")
    play.gone("thirdwitch", 110, 333)
    presence = await play.asked()
    assert presence.find("{http://jabber.org/protocol/muc}x") is not None
    play.presence("oldhag", 110)
    play.message("<subject/>")
    assert await joining is room
    assert room.joined


async def test_what_cannot_be_written_is_not_sent(play: Any) -> None:
    with pytest.raises(UnserializableXML):
        await play.muc.join(COVEN, "thirdwitch", password="\x00")
    assert play.sent() == []
    assert play.muc.room(COVEN) is None


async def test_presences_have_ids_although_the_stream_gives_none(play: Any) -> None:
    play.station.use_presence_ids = False
    joining, presence = await knock(play)
    assert presence.get("id")
    play.presence("thirdwitch", 110)
    play.message("<subject/>")
    room = await joining
    for options in ({}, {"pstatus": "x"}):
        changing = asyncio.ensure_future(play.muc.set_self_nick(COVEN, "hag", presence_options=options))
        assert (await play.asked()).get("id")
        changing.cancel()
        await play.station.settle()
    room.go()
    assert play.sent()[0].get("id")


@pytest.mark.parametrize("event", ["session_end", "disconnected"])
async def test_the_end_of_the_session(play: Any, event: str) -> None:
    joining, _ = await knock(play)
    play.station.event(event)
    with pytest.raises(NotConnectedError, match="the session has ended"):
        await joining
    assert play.muc.lost_rooms == []

    room = await play.joined(password="cauldronburn")
    renaming = asyncio.ensure_future(room.change_nick("oldhag"))
    await play.station.settle()
    play.hear("muc_left")
    play.station.event(event)
    with pytest.raises(NotConnectedError):
        await renaming
    assert play.told == [("muc_left", room)]
    assert room.departure is not None
    assert room.departure.why is Leaving.DISCONNECTED
    assert (room.joined, len(room), room.me) == (False, 0, None)
    assert play.muc.room(COVEN) is None
    # What it takes to enter again is kept, and whoever holds the room gets it back.
    assert play.muc.lost_rooms == [room]
    assert (room.entry.nick, room.entry.password) == ("thirdwitch", "cauldronburn")
    assert await play.joined() is room
    assert play.muc.lost_rooms == []
    assert room.departure is None


async def test_a_lost_room_can_be_given_up(play: Any) -> None:
    room = await play.joined()
    play.station.event("session_end")
    await room.leave()
    assert play.muc.lost_rooms == []
    assert play.sent() == []


async def test_the_end_of_a_connection_is_not_that_of_a_session_that_goes_on(play: Any) -> None:
    """XEP-0198: it is resumed, or it ends; or there is a new one and nobody has said that the old one is over."""
    play.station.end_session_on_disconnect = False
    room = await play.joined()
    joining = asyncio.ensure_future(play.muc.join("other@chat.shakespeare.lit", "thirdwitch"))
    await play.station.settle()
    play.station.event("disconnected")
    play.station.event("session_resumed")
    assert room.joined
    play.station.event("session_start")
    assert (room.joined, play.muc.lost_rooms) == (False, [room])
    await play.station.settle()
    assert not joining.done()
    joining.cancel()


# --- another nickname -----------------------------------------------------------------------------------------------


async def test_another_nickname(play: Any) -> None:
    """XEP-0045 §7.6"""
    room = await play.joined(presence_options={"pshow": "away", "pstatus": "brewing"})
    assert room.entry.show is Show.AWAY
    assert not room.changing_nick
    changing = asyncio.ensure_future(room.change_nick("oldhag"))
    presence = await play.asked()
    assert room.changing_nick
    assert presence.get("to") == f"{COVEN}/oldhag"
    assert [child.text for child in presence] == ["away", "brewing"]
    play.presence("thirdwitch", 110, item="affiliation='member' role='visitor'")  # something else, meanwhile
    play.gone("thirdwitch", 303, 110, item="affiliation='member' role='participant' nick='oldhag'")
    await play.station.settle()
    assert not changing.done()
    play.presence("oldhag", 110)
    assert (await changing)["from"] == f"{COVEN}/oldhag"
    assert (room.nick, list(room.occupants), room.joined) == ("oldhag", ["oldhag"], True)
    assert (room.entry.nick, room.changing_nick) == ("oldhag", False)


async def test_the_room_gives_another_than_was_asked_for(play: Any) -> None:
    await play.joined()
    changing = asyncio.ensure_future(play.muc.set_self_nick(COVEN, "OldHag", presence_options={"pstatus": "old"}))
    presence = await play.asked()
    assert presence.findtext("status") == "old"
    play.gone("thirdwitch", 303, 110, item="affiliation='member' role='participant' nick='oldhag'")
    play.presence("oldhag", 110, 210)
    await changing
    assert play.muc.our_nicks == {None: {COVEN: "oldhag"}}
    assert play.muc.get_our_jid_in_room(COVEN) == f"{COVEN}/oldhag"


@pytest.mark.parametrize("with_id", [True, False])
async def test_a_nickname_is_refused(play: Any, with_id: bool) -> None:
    room = await play.joined()
    changing = asyncio.ensure_future(room.change_nick("firstwitch"))
    presence = await play.asked()
    play.refuse("firstwitch", "conflict", "another")
    play.refuse("firstwitch", "conflict", presence.get("id", "") if with_id else "")
    with pytest.raises(PresenceError, match="conflict"):
        await changing
    assert (room.nick, room.joined, room.changing_nick) == ("thirdwitch", True, False)
    play.refuse("firstwitch", "conflict")  # nobody waits


async def test_a_nickname_that_is_the_same_in_an_address(play: Any) -> None:
    room = await play.joined("h\u00e4g")
    changing = asyncio.ensure_future(room.change_nick("ha\u0308g"))
    assert (await play.asked()).get("to") == f"{COVEN}/h\u00e4g"
    play.presence("h\u00e4g", 110)
    await play.station.settle()
    assert changing.done()
    assert room.nick == "h\u00e4g"


async def test_there_must_be_a_nickname(play: Any) -> None:
    with pytest.raises(InvalidValue, match="nick: it takes one"):
        await play.muc.join(COVEN, "")
    room = await play.joined()
    with pytest.raises(InvalidValue, match="nick: it cannot be empty"):
        await room.change_nick("")
    assert play.sent() == []


async def test_no_two_nicknames_at_once(play: Any) -> None:
    room = await play.joined()
    changing = asyncio.ensure_future(room.change_nick("oldhag"))
    await play.station.settle()
    with pytest.raises(LocalProtocolError, match="being changed already"):
        await room.change_nick("older")
    play.gone("thirdwitch", 110, 307)
    with pytest.raises(PresenceError):
        await changing
    with pytest.raises(LocalProtocolError, match="not in"):
        await room.change_nick("older")
    with pytest.raises(LocalProtocolError, match="not in"):
        await play.muc.set_self_nick(COVEN, "older")


# --- leaving --------------------------------------------------------------------------------------------------------


async def test_leaving(play: Any) -> None:
    """XEP-0045 §7.14"""
    room = await play.joined(others=OTHERS)
    play.hear("muc_left", "groupchat_message", f"muc::{COVEN}::self-presence")
    leaving = asyncio.ensure_future(room.leave("gone where the goblins go"))
    goodbye = await play.asked()
    assert (goodbye.get("to"), goodbye.get("type")) == (f"{COVEN}/thirdwitch", "unavailable")
    assert goodbye.findtext("status") == "gone where the goblins go"
    assert (room.state, len(room), leaving.done()) == (RoomState.LEAVING, 0, False)
    play.say("firstwitch", "still here?")
    play.presence("secondwitch")
    assert len(room) == 0
    play.gone("thirdwitch", 110)
    await leaving
    assert play.names() == [f"muc::{COVEN}::self-presence", "muc_left"]
    assert room.departure is not None
    assert room.departure.why is Leaving.LEFT
    assert play.muc.room(COVEN) is None
    await room.leave()
    assert play.sent() == []


async def test_entering_waits_until_the_room_has_noticed_our_leaving(play: Any) -> None:
    room = await play.joined()
    room.go()
    play.sent()
    joining = asyncio.ensure_future(play.muc.join(COVEN, "thirdwitch"))
    await play.station.settle()
    assert play.sent() == []
    play.gone("thirdwitch", 110)
    assert (await play.asked()).get("type") is None
    play.presence("thirdwitch", 110)
    play.message("<subject/>")
    assert (await joining).joined
    assert len(play.muc._rooms) == 1


async def test_the_session_ends_while_that_is_waited_for(play: Any) -> None:
    room = await play.joined()
    room.go()
    joining = asyncio.ensure_future(play.muc.join(COVEN, "thirdwitch"))
    await play.station.settle()
    play.station.event("session_end")
    with pytest.raises(NotConnectedError):
        await joining
    assert play.muc.lost_rooms == []


async def test_leaving_before_we_are_there(play: Any) -> None:
    joining, _ = await knock(play)
    play.muc.leave_muc(COVEN, "thirdwitch")
    with pytest.raises(LocalProtocolError, match="was left before it was entered"):
        await joining
    assert (await play.asked()).get("type") == "unavailable"
    play.muc.leave_muc("nowhere@chat.shakespeare.lit", "thirdwitch")
    assert play.sent() == []


def test_the_room_is_silent(network: Any, make_play: Any) -> None:
    async def main() -> float:
        play = make_play(network)
        with pytest.raises(asyncio.TimeoutError):
            await play.muc.join(COVEN, "thirdwitch", timeout=20)
        knocked, goodbye = play.sent()
        assert (knocked.get("type"), goodbye.get("type")) == (None, "unavailable")
        assert play.muc.get_joined_rooms() == []
        # Entering again waits for a moment: perhaps the room is only slow.
        with pytest.raises(TimeoutError):
            await play.muc.join_muc_wait(COVEN, "thirdwitch", timeout=20)
        assert len(play.sent()) == 2
        return asyncio.get_running_loop().time()

    assert clock.run(main()) == 40


@pytest.mark.parametrize("kept", [False, True])
def test_a_room_that_does_not_notice_our_leaving_is_forgotten(network: Any, make_play: Any, kept: bool) -> None:
    async def main() -> float:
        play = make_play(network)
        room = await play.joined()
        play.hear("muc_left")
        room.go()
        await asyncio.sleep(UNANSWERED - 1)
        if kept:  # it answers late, and nothing is forgotten twice
            play.gone("thirdwitch", 110)
        else:
            assert room.state is RoomState.LEAVING
            await room.leave(timeout=60)
        await asyncio.sleep(2)
        assert (room.state, play.muc._rooms) == (RoomState.LEFT, {})
        assert play.names() == ["muc_left"]
        return asyncio.get_running_loop().time()

    assert clock.run(main()) == UNANSWERED + (1 if kept else 2)


def test_the_room_does_not_notice_our_leaving(network: Any, make_play: Any) -> None:
    async def main() -> float:
        play = make_play(network)
        room = await play.joined()
        await room.leave(timeout=7)
        assert not room.joined
        joining = asyncio.ensure_future(play.muc.join(COVEN, "thirdwitch"))
        await asyncio.sleep(SETTLING)
        await play.station.settle()
        play.presence("thirdwitch", 110)
        play.message("<subject/>")
        assert await joining is room
        with pytest.raises(TimeoutError):
            await room.change_nick("oldhag", timeout=3)
        assert (room.joined, room.nick, room.changing_nick) == (True, "thirdwitch", False)
        return asyncio.get_running_loop().time()

    assert clock.run(main()) == 7 + SETTLING + 3
