# SPDX-License-Identifier: MIT
"""Ten thousand occupants over a stream: what it takes, and that nothing of it stays."""

from __future__ import annotations

import asyncio
import gc
import weakref

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.plugins.xep_0045 import Occupant, Room
from xmppkit.testing.wire import Wire

ME = "hag66@shakespeare.lit/pda"
COVEN = "coven@chat.shakespeare.lit"
USER = "http://jabber.org/protocol/muc#user"
MANY = 10_000


def presence(nick: str, code: str = "", kind: str = "") -> str:
    return (
        f"<presence from='{COVEN}/{nick}' to='{ME}'{kind}><x xmlns='{USER}'>"
        f"<item affiliation='member' role='participant' jid='{nick}@shakespeare.lit/x'/>{code}</x></presence>"
    )


async def in_a_large_room() -> tuple[Wire, Room]:
    client = ClientXMPP(ME, "secret")
    client.auto_reconnect = False
    client.register_plugin("xep_0045")
    wire = Wire(client, ME)
    joining = asyncio.ensure_future(client.plugin["xep_0045"].join(COVEN, "hag"))
    await asyncio.sleep(0)
    tasks = len(asyncio.all_tasks())
    for first in range(0, MANY, 100):
        wire.receive("".join(presence(f"witch{number}") for number in range(first, first + 100)))
        assert len(asyncio.all_tasks()) == tasks  # none for a presence
    wire.receive(
        presence("hag", "<status code='110'/>"), f"<message from='{COVEN}' type='groupchat'><subject/></message>"
    )
    return wire, await joining


async def test_nothing_stays() -> None:
    wire, room = await in_a_large_room()
    assert len(room) == MANY + 1
    assert room.occupants["witch9999"].jid == "witch9999@shakespeare.lit/x"
    gone = weakref.ref(room)
    leaving = asyncio.ensure_future(room.leave())
    await asyncio.sleep(0)
    assert len(room) == 0
    wire.receive(presence("hag", "<status code='110'/>", " type='unavailable'"))
    await leaving
    muc = wire.stream.plugin["xep_0045"]
    assert (muc._rooms, muc.lost_rooms) == ({}, [])
    del room, leaving
    gc.collect()
    assert gone() is None
    assert not any(isinstance(each, Occupant) for each in gc.get_objects())
    await wire.end()


async def test_the_end_of_the_session_frees_the_occupants() -> None:
    wire, room = await in_a_large_room()
    await wire.end()
    assert (len(room), room.joined) == (0, False)
    gc.collect()
    assert not any(isinstance(each, Occupant) for each in gc.get_objects())
    assert wire.stream.plugin["xep_0045"].lost_rooms == [room]
