# SPDX-License-Identifier: MIT
"""The rooms that we are in, as slixmpp's programs ask for them; and components that are several people in one room."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0045 import BadPfromUsage

COVEN = "coven@chat.shakespeare.lit"
HAG = "hag@shakespeare.lit"


async def test_the_tables(play: Any) -> None:
    await play.joined(others=("firstwitch",))
    play.presence("hag", item=f"affiliation='owner' role='moderator' jid='{HAG}/pda'", more="<show>dnd</show>")
    rooms = play.muc.rooms[None][COVEN]
    assert list(rooms) == ["firstwitch", "thirdwitch", "hag"]
    assert len(rooms) == 3
    assert rooms["hag"] == {
        "nick": "hag", "role": "moderator", "affiliation": "owner", "jid": JID(f"{HAG}/pda"), "show": "dnd",
        "status": "",
    }  # fmt: skip
    assert repr(rooms["hag"]) in repr(rooms)
    assert rooms["firstwitch"]["jid"] == ""
    assert rooms["firstwitch"]["show"] is None
    assert play.muc.rooms["nobody"] == {}
    assert play.muc.our_nicks[None] == {COVEN: "thirdwitch"}


async def test_the_questions(play: Any) -> None:
    muc = play.muc
    empty = (
        muc.get_joined_rooms(), muc.get_roster(COVEN), muc.get_nick(COVEN, HAG), muc.jid_in_room(COVEN, HAG),
        muc.get_our_jid_in_room(COVEN), muc.get_jid_property(COVEN, "hag", "role"),
    )  # fmt: skip
    assert empty == ([], [], None, False, "", None)
    await play.joined(others=("firstwitch",))
    play.presence("hag", item=f"affiliation='owner' role='moderator' jid='{HAG}/pda'")
    assert muc.get_joined_rooms() == [COVEN] == muc.joined_rooms()
    assert muc.get_roster(COVEN) == ["firstwitch", "thirdwitch", "hag"]
    assert muc.get_nick(COVEN, HAG) == muc.get_nick(COVEN, f"{HAG}/pda") == "hag"
    assert muc.get_nick(COVEN, f"{HAG}/other") is None
    assert muc.jid_in_room(COVEN, HAG)
    assert muc.get_our_jid_in_room(COVEN) == f"{COVEN}/thirdwitch"
    assert muc.get_jid_property(COVEN, "hag", "role") == "moderator"
    assert muc.get_jid_property(COVEN, "hag", "alt_nick") is None
    assert muc.get_jid_property(COVEN, "nobody", "role") is None


async def test_without_several_addresses_none_is_given(play: Any) -> None:
    for ask, arguments in (
        (play.muc.get_joined_rooms, ()),
        (play.muc.get_roster, (COVEN,)),
        (play.muc.room, (COVEN,)),
    ):
        with pytest.raises(BadPfromUsage, match="without multi_from"):
            ask(*arguments, pfrom="a@b")
    play.muc.multi_from = True  # which is nothing for clients
    assert play.muc.get_joined_rooms() == []


ROMEO, JULIET = "romeo@puppets.lit/x", "juliet@puppets.lit/y"


def present(component: Any, to: str, nick: str, *codes: int, kind: str = "") -> None:
    statuses = "".join(f"<status code='{code}'/>" for code in codes)
    component.take(
        f"<presence from='{COVEN}/{nick}' to='{to}'{kind}><x xmlns='http://jabber.org/protocol/muc#user'>"
        f"<item affiliation='none' role='participant'/>{statuses}</x></presence>"
    )


async def test_several_people_in_one_room(network: Any) -> None:
    puppets = network.join("puppets.lit", "xep_0045", component=True)
    muc = puppets.plugin["xep_0045"]
    muc.multi_from = True
    with pytest.raises(BadPfromUsage, match="give pfrom"):
        await muc.join(COVEN, "nobody")
    with pytest.raises(BadPfromUsage, match="give pfrom"):
        muc.get_joined_rooms()
    joining = [
        asyncio.ensure_future(muc.join(COVEN, nick, presence_options={"pfrom": own}))
        for nick, own in (("romeo", ROMEO), ("juliet", JULIET))
    ]
    await puppets.settle()
    assert [f'from="{own}"' in text for own, text in zip((ROMEO, JULIET), network.sent, strict=True)] == [True, True]
    for own, nick in ((ROMEO, "romeo"), (JULIET, "juliet")):
        present(puppets, own, "other")
        present(puppets, own, nick, 110)
        puppets.take(f"<message from='{COVEN}' to='{own}' type='groupchat'><subject/></message>")
    romeo, juliet = await asyncio.gather(*joining)
    assert romeo is not juliet
    assert muc.get_joined_rooms(ROMEO) == [COVEN]
    assert muc.our_nicks == {ROMEO: {COVEN: "romeo"}, JULIET: {COVEN: "juliet"}}
    assert list(muc.rooms[JULIET][COVEN]) == ["other", "juliet"]
    assert muc.room(COVEN, JULIET) is juliet
    assert muc.find_room(f"{COVEN}/juliet", JULIET) is juliet
    present(puppets, ROMEO, "late")
    assert ("late" in romeo, "late" in juliet) == (True, False)
    network.sent.clear()
    romeo.send("hello")
    assert f'from="{ROMEO}"' in network.sent[-1]
    changing = asyncio.ensure_future(
        muc.set_self_nick(COVEN, "jules", presence_options={"pfrom": JULIET, "pstatus": "new"})
    )
    await puppets.settle()
    assert f'from="{JULIET}"' in network.sent[-1]
    present(puppets, JULIET, "jules", 110)
    await changing
    assert juliet.nick == "jules"
    with pytest.raises(ValueError, match="is not known"):
        await muc.set_affiliation(COVEN, "member", nick="other", ifrom=ROMEO)
    muc.leave_muc(COVEN, "romeo", pfrom=ROMEO)
    present(puppets, ROMEO, "romeo", 110, kind=" type='unavailable'")
    assert (romeo.joined, juliet.joined) == (False, True)
    puppets.event("session_end")
    assert muc.lost_rooms == [juliet]
