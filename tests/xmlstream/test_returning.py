# SPDX-License-Identifier: MIT
"""What is restored in the session after one that was lost; the clock is virtual."""

from __future__ import annotations

import asyncio
from typing import Any

from houses import SETTINGS, House, virtual

from xmppkit.basexmpp import BaseXMPP
from xmppkit.clientxmpp import ClientXMPP
from xmppkit.stanza.presence import Presence
from xmppkit.testing.network import Cut
from xmppkit.xmlstream.returning import HANDLERS


def sent(stream: BaseXMPP) -> list[Presence]:
    """The presences that it sends."""
    found: list[Presence] = []

    def note(stanza: Any) -> Any:
        if isinstance(stanza, Presence):
            found.append(stanza)
        return stanza

    stream.add_filter("out", note)
    return found


async def lose(house: House, client: BaseXMPP) -> None:
    """Another session begins, and what is restored is."""
    house.link(client).cut(Cut.RESET)
    await client.wait_until("session_start", timeout=100)
    await asyncio.sleep(1)


def returned(stream: BaseXMPP) -> bool:
    return stream.session_returned


def texts(presences: list[Presence]) -> list[Any]:
    return [(each["type"], each["status"]) for each in presences]


@virtual
async def test_the_last_presence_is_sent_again() -> None:
    house = House()
    async with house.client() as client:
        presences = sent(client)
        client.send_presence(pstatus="first")
        client.send_presence(pshow="away", pstatus="second")
        client.send_presence(pto="bob@localhost", pstatus="for bob alone")
        presences.clear()
        for _ in range(3):
            await lose(house, client)
        assert texts(presences) == [("away", "second")] * 3
        assert client.session_returned
        assert client.sentpresence


@virtual
async def test_who_was_not_there_is_not_there_again() -> None:
    house = House()
    async with house.client() as client:
        presences = sent(client)
        await lose(house, client)
        assert presences == []
        client.send_presence(pstatus="there")
        client.send_presence(ptype="unavailable")
        await lose(house, client)
        assert texts(presences) == [("available", "there"), ("unavailable", "")]


@virtual
async def test_a_program_that_sends_its_presence_itself() -> None:
    house = House()
    slow = asyncio.Event()

    class Own(ClientXMPP):
        mode = ""

        def begin(self, _: object) -> Any:
            if self.mode == "at once":
                self.send_presence(pstatus="own")
            return self.later() if self.mode in ("later", "too late") else None

        async def later(self) -> None:
            if self.mode == "too late":
                await slow.wait()
            await asyncio.sleep(0.5)
            self.send_presence(pstatus="own")

    own = Own("alice@localhost/here", "secret", settings=SETTINGS)
    house.settle(own)
    own.custom_address = ("localhost", 5222)
    own.add_event_handler("session_start", own.begin)
    async with own as client:
        presences = sent(client)
        client.send_presence(pstatus="before")
        for mode in ("at once", "later"):
            own.mode = mode
            presences.clear()
            await lose(house, client)
            assert texts(presences) == [("available", "own")]
            client.send_presence(pstatus="before")
        own.mode = "too late"
        presences.clear()
        await lose(house, client)
        assert presences == []
        await asyncio.sleep(HANDLERS)
        assert texts(presences) == [("available", "before")]
        slow.set()
        await asyncio.sleep(1)
        assert texts(presences) == [("available", "before"), ("available", "own")]


@virtual
async def test_who_has_said_good_bye_begins_anew() -> None:
    house = House()
    client = house.client()
    async with client:
        client.send_presence(pstatus="before")
        presences = sent(client)
        await client.disconnect()
        client.connect()
        await client.wait_until("session_start", timeout=100)
        await asyncio.sleep(1)
        assert not returned(client)
        assert presences == []
        await lose(house, client)
        assert returned(client)
        assert presences == [], "it was not there in the session that was lost"
        client.send_presence(pstatus="again")
        client.reconnect()
        await client.wait_until("session_start", timeout=100)
        await asyncio.sleep(1)
        assert texts(presences) == [("available", "again")] * 2


@virtual
async def test_it_can_be_turned_off() -> None:
    house = House()
    async with house.client(settings=SETTINGS.replace(restore_presence=False)) as client:
        client.send_presence()
        presences = sent(client)
        settled: list[Any] = []
        client.add_event_handler("session_settled", settled.append)
        await lose(house, client)
        assert presences == []
        assert len(settled) == 1


@virtual
async def test_a_session_that_is_lost_at_once() -> None:
    house = House()
    async with house.client() as client:
        client.send_presence(pstatus="before")
        presences = sent(client)
        settled: list[Any] = []
        client.add_event_handler("session_settled", settled.append)
        client.add_event_handler("session_start", lambda _: house.link(client).cut(Cut.RESET), disposable=True)
        house.link(client).cut(Cut.RESET)
        await asyncio.sleep(30)
        assert texts(presences) == [("available", "before")]
        assert len(settled) == 1


@virtual
async def test_a_component_has_no_presence_of_its_own() -> None:
    house = House()
    async with house.component() as component:
        component.send_presence(pto="alice@localhost")
        component.send_presence()
        presences = sent(component)
        await lose(house, component)
        assert component.session_returned
        assert presences == []


@virtual
async def test_the_first_session_settles_too() -> None:
    house = House()
    client = house.client()
    settled: list[Any] = []
    client.add_event_handler("session_settled", settled.append)
    async with client:
        await asyncio.sleep(1)
        assert len(settled) == 1
        assert not client.session_returned


@virtual
async def test_a_presence_that_waits_for_the_session() -> None:
    house = House()
    async with house.client() as client:
        client.send_presence(pstatus="before")
        presences = sent(client)
        house.link(client).cut(Cut.RESET)
        await asyncio.sleep(0.1)
        assert not client.is_connected()
        client.send_presence(pstatus="meanwhile")
        await client.wait_until("session_start", timeout=100)
        await asyncio.sleep(1)
        assert texts(presences) == [("available", "meanwhile")]


@virtual
async def test_a_session_that_goes_on_needs_nothing() -> None:
    house = House()
    client = house.client()
    client.register_plugin("xep_0198")
    async with client:
        client.send_presence(pstatus="before")
        presences = sent(client)
        house.link(client).cut(Cut.RESET)
        await client.wait_until("session_resumed", timeout=100)
        await asyncio.sleep(1)
        assert presences == []
        assert client.sentpresence
