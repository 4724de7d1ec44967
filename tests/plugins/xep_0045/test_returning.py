# SPDX-License-Identifier: MIT
"""Rooms after a connection was lost: a component plays them, at the embedded server; the clock is virtual."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from houses import SETTINGS, House, virtual
from rooms import Rooms

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import PresenceError
from xmppkit.plugins.xep_0045 import XEP_0045, Room
from xmppkit.settings import Settings
from xmppkit.testing.network import Cut

GARDEN, CELLAR = "garden@echo.localhost", "cellar@echo.localhost"


class Guest:
    """Somebody who is in rooms."""

    def __init__(self, client: ClientXMPP) -> None:
        self.client = client
        client.register_plugin("xep_0045")
        self.muc: XEP_0045 = client.plugin["xep_0045"]
        self.heard: list[str] = []
        self.back: list[Room] = []
        self.lost: list[Any] = []
        client.add_event_handler("groupchat_message", lambda message: self.heard.append(message["body"]))
        client.add_event_handler("muc_rejoined", self.back.append)
        client.add_event_handler("muc_rejoin_failed", self.lost.append)


@asynccontextmanager
async def visit(
    *, managed: bool = False, settings: Settings = SETTINGS, **config: Any
) -> AsyncIterator[tuple[House, Rooms, Guest]]:
    house = House()
    rooms, guest = Rooms(house), Guest(house.client(settings=settings, xep_0045=config))
    if managed:
        guest.client.register_plugin("xep_0198")
    async with rooms.component, guest.client:
        yield house, rooms, guest


async def lose(house: House, guest: Guest, seconds: float = 3.0) -> None:
    house.link(guest.client).cut(Cut.RESET)
    await asyncio.sleep(0.1)
    await guest.client.wait_until("connected", timeout=100)
    await asyncio.sleep(seconds)


def here(room: Room) -> bool:
    return room.joined


@virtual
async def test_rooms_are_entered_again() -> None:
    async with visit() as (house, rooms, guest):
        told: list[Room] = []
        garden = await guest.muc.join(
            GARDEN, "gardener", password="rose", presence_options={"pshow": "dnd", "pstatus": "busy"}
        )
        await guest.muc.join_muc_wait(CELLAR, "mouse")
        guest.client.add_event_handler(f"muc::{GARDEN}::rejoined", told.append)
        rooms.speak("before")
        await asyncio.sleep(20)
        rooms.joins.clear()
        rooms.inside.clear()
        house.link(guest.client).cut(Cut.RESET)
        rooms.speak("between")
        await asyncio.sleep(10)
        assert [each[:3] for each in rooms.joins] == [(GARDEN, "gardener", "rose"), (CELLAR, "mouse", None)]
        assert rooms.joins[0][3] == {"seconds": "22"}
        assert [room.jid for room in guest.back] == [GARDEN, CELLAR]
        assert told == [garden]
        assert here(garden)
        assert guest.muc.lost_rooms == []
        # Both rooms have heard everything: "before" was live in each of them, and is not told again.
        assert guest.heard == ["before", "before", "between", "between"]
        assert [message["body"] for message in garden.history] == ["between"]
        assert guest.lost == []


@virtual
async def test_what_was_heard_last_is_not_told_again() -> None:
    async with visit() as (house, rooms, guest):
        garden = await guest.muc.join(GARDEN, "gardener")
        rooms.speak("one")
        rooms.speak("two")
        await asyncio.sleep(0.1)
        assert guest.heard == ["one", "two"]
        await lose(house, guest)
        assert guest.heard == ["one", "two"]
        assert garden.history == []
        await guest.muc.join(GARDEN, "gardener")
        assert guest.heard == ["one", "two", "one", "two"], "whoever asks for it is told"


@virtual
async def test_a_program_that_enters_them_itself() -> None:
    async with visit() as (house, rooms, guest):

        async def enter(_: object) -> None:
            await asyncio.sleep(1)
            await guest.muc.join(GARDEN, "gardener")

        guest.client.add_event_handler("session_start", enter)
        guest.client.add_event_handler("session_start", lambda _: guest.muc.join_muc(CELLAR, "mouse") and None)
        await guest.muc.join(GARDEN, "gardener")
        await guest.muc.join_muc(CELLAR, "mouse")
        rooms.joins.clear()
        await lose(house, guest)
        assert sorted(each[0] for each in rooms.joins) == [CELLAR, GARDEN]
        assert guest.back == []
        assert sorted(map(str, guest.muc.joined_rooms())) == [CELLAR, GARDEN]


@virtual
async def test_a_program_that_is_late() -> None:
    async with visit() as (house, rooms, guest):
        await guest.muc.join(GARDEN, "gardener")
        rooms.joins.clear()
        house.link(guest.client).cut(Cut.RESET)
        await guest.client.wait_until("session_settled", timeout=100)
        joined = await guest.muc.join(GARDEN, "gardener", password="late")
        assert [each[2] for each in rooms.joins] == [None, "late"]
        assert here(joined)
        rooms.joins.clear()
        rooms.refusals.append("conflict")
        await lose(house, guest)
        assert not here(joined)
        joined = await guest.muc.join(GARDEN, "gardener", password="late")
        await asyncio.sleep(100)
        assert [each[2] for each in rooms.joins] == ["late", "late"]
        assert guest.muc.lost_rooms == []
        assert joined.entry.password == "late"


@virtual
async def test_what_was_left_is_left() -> None:
    async with visit() as (house, rooms, guest):
        garden = await guest.muc.join(GARDEN, "gardener")
        await garden.leave()
        rooms.joins.clear()
        await lose(house, guest)
        assert rooms.joins == []


@virtual
async def test_who_says_good_bye_is_not_brought_back() -> None:
    async with visit() as (_, rooms, guest):
        await guest.muc.join(GARDEN, "gardener")
        rooms.joins.clear()
        await guest.client.disconnect()
        assert [room.jid for room in guest.muc.lost_rooms] == [GARDEN]
        guest.client.connect()
        await guest.client.wait_until("session_start", timeout=100)
        await asyncio.sleep(10)
        assert rooms.joins == []


@virtual
async def test_a_room_that_refuses() -> None:
    async with visit() as (house, rooms, guest):
        garden = await guest.muc.join(GARDEN, "gardener")
        rooms.refusals.append("forbidden")
        await lose(house, guest)
        (failed,) = guest.lost
        assert failed.room is garden
        assert isinstance(failed.error, PresenceError)
        assert failed.error.condition == "forbidden"
        assert guest.muc.lost_rooms == []
        await lose(house, guest, 100)
        assert len(rooms.joins) == 2


@virtual
async def test_a_room_that_needs_time() -> None:
    async with visit() as (house, rooms, guest):
        garden = await guest.muc.join(GARDEN, "gardener")
        rooms.refusals += ["conflict", "", "remote-server-timeout"]
        await lose(house, guest, 200)
        assert guest.back == [garden]
        assert here(garden)
        assert len(rooms.joins) == 5
        rooms.refusals += ["conflict"] * 4
        await lose(house, guest, 200)
        assert not here(garden)
        assert len(guest.lost) == 1
        assert guest.muc.lost_rooms == []


@virtual
async def test_sessions_that_are_lost_one_after_the_other() -> None:
    async with visit() as (house, rooms, guest):
        garden = await guest.muc.join(GARDEN, "gardener")
        rooms.refusals += ["", "conflict"]
        await lose(house, guest, 2)  # the room is silent
        await lose(house, guest, 3)  # and then it refuses, and there is time left until the next attempt
        await lose(house, guest, 10)
        assert here(garden)
        assert guest.back == [garden]
        assert guest.lost == []


@virtual
async def test_it_can_be_turned_off() -> None:
    async with visit(rejoin=False) as (house, rooms, guest):
        await guest.muc.join(GARDEN, "gardener")
        await lose(house, guest, 20)
        assert len(rooms.joins) == 1
        assert [room.jid for room in guest.muc.lost_rooms] == [GARDEN]
    async with visit(managed=True, rejoin=False) as (house, rooms, guest):
        await guest.muc.join(GARDEN, "gardener")
        await lose(house, guest, 20)
        assert rooms.pings == 0


@virtual
async def test_the_plugin_goes() -> None:
    async with visit() as (house, rooms, guest):
        await guest.muc.join(GARDEN, "gardener")
        rooms.refusals.append("conflict")
        await lose(house, guest)
        guest.client.plugin.disable("xep_0045")
        await asyncio.sleep(100)
        assert len(rooms.joins) == 2


# --- sessions that go on ------------------------------------------------------------------------------------------


@virtual
async def test_after_a_resumption_rooms_are_asked() -> None:
    async with visit(managed=True) as (house, rooms, guest):
        garden = await guest.muc.join(GARDEN, "gardener")
        await lose(house, guest)
        assert (rooms.pings, len(rooms.joins)) == (1, 1)
        assert here(garden)
        rooms.inside.clear()  # the service was restarted, say
        await lose(house, guest)
        assert (rooms.pings, len(rooms.joins)) == (2, 2)
        assert guest.back == [garden]
        assert here(garden)


@virtual
async def test_answers_that_say_nothing() -> None:
    async with visit(managed=True) as (house, rooms, guest):
        garden = await guest.muc.join(GARDEN, "gardener")
        rooms.inside.clear()
        rooms.fault = "service-unavailable"
        await lose(house, guest)
        assert (rooms.pings, len(rooms.joins)) == (1, 1)
        rooms.answer_pings = False
        await lose(house, guest, 1)
        await lose(house, guest, 100)
        assert (rooms.pings, len(rooms.joins)) == (2, 1), "one question at a time"
        assert here(garden)
        await lose(house, guest, 1)
        await garden.leave()
        await asyncio.sleep(100)
        assert len(rooms.joins) == 1


@virtual
async def test_a_session_that_ends_while_a_room_is_asked() -> None:
    async with visit(managed=True) as (house, rooms, guest):
        garden = await guest.muc.join(GARDEN, "gardener")
        rooms.answer_pings = False
        await lose(house, guest, 1)
        session = guest.client.plugin["xep_0198"].session
        assert session is not None
        session.id = "x" * len(session.id)
        await lose(house, guest, 10)
        assert here(garden), "it was entered again"
        assert len(rooms.joins) == 2


def shut_down(rooms: Rooms, room: Room, code: int = 332) -> None:
    """The server of the rooms ends, and says so (XEP-0045 §10.9); or it cannot reach us."""
    user = "http://jabber.org/protocol/muc#user"
    rooms.component.send_raw(
        f"<presence from='{room.jid}/{room.nick}' to='alice@localhost/here' type='unavailable'><x xmlns='{user}'>"
        f"<item affiliation='none' role='none'/><status code='110'/><status code='{code}'/></x></presence>"
    )


@pytest.mark.parametrize(("code", "why"), [(332, "shutdown"), (333, "error")])
@virtual
async def test_a_room_whose_server_goes_down_and_comes_back(code: int, why: str) -> None:
    async with visit() as (_, rooms, guest):
        garden = await guest.muc.join(GARDEN, "gardener")
        heard: list[str] = []
        garden.on("message")(lambda message: heard.append(message["body"]))
        rooms.joins.clear()
        rooms.refusals = ["service-unavailable"]
        shut_down(rooms, garden, code)
        await asyncio.sleep(1)
        assert not here(garden)
        assert garden.departure is not None
        assert garden.departure.why == why
        assert guest.muc.lost_rooms == [garden]
        assert rooms.joins == []
        await asyncio.sleep(100)
        assert len(rooms.joins) == 2
        assert here(garden)
        assert guest.back == [garden]
        assert guest.muc.lost_rooms == []
        rooms.speak("here again")
        await asyncio.sleep(0.1)
        assert (heard, guest.heard) == (["here again"], ["here again"])


@virtual
async def test_what_hears_of_a_room_that_does_not_let_us_in_again() -> None:
    async with visit() as (_, rooms, guest):
        garden = await guest.muc.join(GARDEN, "gardener")
        garden.on("message")(print)
        rooms.refusals = ["service-unavailable", "forbidden"]
        shut_down(rooms, garden)
        await asyncio.sleep(20)
        assert guest.client.event_handled(f"muc::{GARDEN}::message") == 1
        await asyncio.sleep(100)
        assert [each.room for each in guest.lost] == [garden]
        assert guest.client.event_handled(f"muc::{GARDEN}::message") == 0


@virtual
async def test_a_server_that_goes_down_with_its_rooms() -> None:
    async with visit(managed=True) as (house, rooms, guest):
        garden = await guest.muc.join(GARDEN, "gardener")
        rooms.joins.clear()
        shut_down(rooms, garden)
        await asyncio.sleep(0.1)
        await house.server.restart()
        rooms.component.connect()
        await asyncio.sleep(100)
        assert here(garden)
        assert guest.back == [garden]
        assert len(rooms.joins) == 1


@virtual
async def test_a_program_that_does_not_want_to_come_back_to_it() -> None:
    async with visit(rejoin=False) as (_, rooms, guest):
        garden = await guest.muc.join(GARDEN, "gardener")
        shut_down(rooms, garden)
        await asyncio.sleep(100)
        assert not here(garden)
        assert guest.muc.lost_rooms == [garden]
        assert guest.back == guest.lost == []
