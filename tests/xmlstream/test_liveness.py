# SPDX-License-Identifier: MIT
"""Connections that are half open, on a network that swallows everything; the clock is virtual."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from houses import SETTINGS, House, virtual

from xmppkit.basexmpp import BaseXMPP
from xmppkit.exceptions import ConnectionLost
from xmppkit.settings import Settings
from xmppkit.testing.network import Cut

NEVER = SETTINGS.replace(ack_timeout=None, idle_timeout=None)


def make(house: House, kind: str, settings: Settings = SETTINGS) -> BaseXMPP:
    if kind == "component":
        return house.component(settings)
    client = house.client(settings=settings)
    if kind == "managed":
        client.register_plugin("xep_0198")
    return client


KINDS = pytest.mark.parametrize("kind", ["plain", "managed", "component"])


async def lost(stream: BaseXMPP, seconds: float = 1000.0) -> float:
    """After how long the connection is found to be gone."""
    stream.auto_reconnect = False
    before = stream.loop.time()
    payload = await asyncio.wait_for(asyncio.shield(stream.disconnected), seconds)
    assert isinstance(payload, ConnectionLost)
    return stream.loop.time() - before


def speak(stream: BaseXMPP) -> None:
    stream.send_message("bob@localhost", "hello")


@KINDS
@pytest.mark.parametrize("bound", [15.0, 2.0])
@virtual
async def test_what_was_sent_and_not_answered(kind: str, bound: float) -> None:
    house = House()
    async with make(house, kind, SETTINGS.replace(ack_timeout=bound)) as stream:
        await asyncio.sleep(100)
        house.network.links[0].cut(Cut.SILENCE)
        speak(stream)
        assert bound / 2 < await lost(stream) <= bound + 0.1


@KINDS
@pytest.mark.parametrize("bound", [60.0, 2.0])
@virtual
async def test_silence(kind: str, bound: float) -> None:
    house = House()
    settings = SETTINGS.replace(idle_timeout=bound, whitespace_keepalive=False)
    async with make(house, kind, settings) as stream:
        await asyncio.sleep(100)
        house.network.links[0].cut(Cut.SILENCE)
        assert bound / 5 < await lost(stream) <= bound + 0.1


@KINDS
@virtual
async def test_whoever_answers_is_there(kind: str) -> None:
    house = House()
    async with make(house, kind) as stream:
        ends: list[Any] = []
        stream.add_event_handler("disconnected", ends.append)
        for _ in range(5):
            speak(stream)
            await asyncio.sleep(10)
        asked = house.network.links[0]
        await asyncio.sleep(1000)
        assert house.network.links == [asked]
        assert stream.is_connected()
        assert ends == []


@virtual
async def test_who_is_quiet_is_asked_seldom() -> None:
    house = House()
    async with make(house, "plain", SETTINGS.replace(whitespace_keepalive=False)) as stream:
        sent: list[Any] = []

        def note(stanza: Any) -> Any:
            sent.append(stanza)
            return stanza

        stream.add_filter("out", note)
        await asyncio.sleep(46 * 10)
        assert len(sent) == 10


@KINDS
@virtual
async def test_it_can_be_turned_off(kind: str) -> None:
    house = House()
    async with make(house, kind, NEVER) as stream:
        house.network.links[0].cut(Cut.SILENCE)
        speak(stream)
        stream.auto_reconnect = False
        await asyncio.sleep(3600)
        assert stream.is_connected()
        stream.abort()


@virtual
async def test_one_of_both() -> None:
    house = House()
    async with make(house, "plain", SETTINGS.replace(idle_timeout=None, whitespace_keepalive=False)) as stream:
        await asyncio.sleep(1000)
        speak(stream)
        await asyncio.sleep(1000)
        assert stream.is_connected()
        house.network.links[0].cut(Cut.SILENCE)
        await asyncio.sleep(200)
        assert stream.is_connected(), "nothing was sent"
        speak(stream)
        assert await lost(stream) <= 15.1


@KINDS
@virtual
async def test_who_does_not_listen_blames_nobody(kind: str) -> None:
    house = House()
    async with make(house, kind) as stream:
        await asyncio.sleep(1)
        assert stream._driver is not None
        stream._driver.pause_reading()
        speak(stream)
        await asyncio.sleep(1000)
        assert stream.is_connected()
        stream._driver.resume_reading()
        await asyncio.sleep(100)
        assert stream.is_connected()
        house.network.links[0].cut(Cut.SILENCE)
        speak(stream)
        assert await lost(stream) <= 15.1


@virtual
async def test_who_takes_what_is_sent_is_there() -> None:
    house = House()
    async with make(house, "plain") as stream:
        await asyncio.sleep(1)
        unsent = iter(range(100_000, 0, -1000))
        driver = stream._driver
        assert driver is not None
        link = house.network.links[0]
        link.cut(Cut.SILENCE)
        transport: Any = driver.transport
        transport.get_write_buffer_size = lambda: next(unsent, 0)
        speak(stream)
        assert await lost(stream) > 100


@pytest.mark.parametrize("bound", ["ack_timeout", "idle_timeout"])
@virtual
async def test_what_leaves_a_moment_after_it_was_written_says_nothing(bound: str) -> None:
    # As over WebSocket, whose transport writes in a turn of its own.
    house = House()
    async with make(house, "plain", NEVER.replace(**{bound: 2.0})) as stream:
        await asyncio.sleep(1)
        assert stream._driver is not None
        transport: Any = stream._driver.transport
        write, waiting = transport.write, 0

        def left(size: int) -> None:
            nonlocal waiting
            waiting -= size

        def later(data: bytes) -> None:
            nonlocal waiting
            waiting += len(data)
            stream.loop.call_later(0.001, left, len(data))
            write(data)

        transport.write, transport.get_write_buffer_size = later, lambda: waiting
        house.network.links[0].cut(Cut.SILENCE)
        speak(stream)
        assert await lost(stream) <= 2.1


@virtual
async def test_a_server_that_has_closed_is_not_asked() -> None:
    house = House()
    async with make(house, "plain") as stream:
        driver, watch = stream._driver, stream._watch
        assert driver is not None
        assert watch is not None
        stream.auto_reconnect = False
        asked: list[float] = []

        def ask() -> None:
            asked.append(stream.loop.time())
            stream.abort()

        stream.ask_server = ask  # type: ignore[method-assign]
        speak(stream)
        house.network.links[0].cut(Cut.SILENCE)
        await asyncio.sleep(100)
        assert len(asked) == 1
        assert not stream.is_connected()
        watch.stop()


@virtual
async def test_there_is_nobody_to_ask() -> None:
    stream = make(House(), "plain")
    stream.ask_server()
    assert not stream.is_connected()
