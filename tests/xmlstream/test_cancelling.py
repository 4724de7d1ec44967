# SPDX-License-Identifier: MIT
"""Tasks of a program that are cancelled, at any moment: nothing is left half done, and nobody waits for ever. The clock
is virtual, so that every moment can be met."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from houses import SETTINGS, House, virtual
from rooms import Rooms

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.plugins.xep_0045 import XEP_0045
from xmppkit.storage.base import Storage
from xmppkit.storage.memory import MemoryStorage
from xmppkit.storage.sqlite import SQLiteStorage

QUICK = SETTINGS.replace(sasl_mechanisms=("PLAIN",), plain_without_tls=True)
GARDEN = "garden@echo.localhost"


class World:
    """A server, rooms, and a client; each moment has its own."""

    def __init__(self, storage: Storage | None) -> None:
        self.house = House()
        self.rooms = Rooms(self.house)
        self.client: ClientXMPP = self.house.client(settings=QUICK)
        self.client.register_plugin("xep_0045")
        if storage is not None:
            self.client.use_storage(storage)
            self.client.register_plugin("xep_0198")

    @property
    def muc(self) -> XEP_0045:
        return self.client.plugin["xep_0045"]

    async def ask(self) -> None:
        """The stream is whole, and nobody has lost an answer."""
        iq = self.client.make_iq_get(ito="localhost", queryxmlns="http://jabber.org/protocol/disco#info")
        answer = await iq.send(timeout=5)
        assert answer["type"] == "result"


async def connect(world: World) -> None:
    async with world.client:
        await world.ask()


async def ask(world: World) -> None:
    for _ in range(3):
        await world.ask()


async def join(world: World) -> None:
    room = await world.muc.join(GARDEN, "gardener", timeout=5)
    await room.change_nick("digger", timeout=5)
    await room.leave()


async def wait(world: World) -> None:
    for _ in range(4):
        world.client.send_message(world.client.boundjid, "to myself", mtype="chat")
        await world.client.wait_until("message", timeout=5)


async def flood(world: World) -> None:
    async def slow(stanza: Any) -> Any:
        await asyncio.sleep(0.005)
        return stanza

    world.client.add_filter("out", slow)
    for _ in range(20):
        await world.client.send_soon(world.client.make_message("bob@localhost", "x" * 500))
        await world.client.drain()


async def leave(world: World) -> None:
    await world.client.disconnect()


async def roster(world: World) -> None:
    await world.client.get_roster()
    await world.client.update_roster("bob@localhost", name="Bob")


#: What is cancelled, for how long that takes, and whether a connection is there before.
WORK: tuple[tuple[Callable[[World], Awaitable[None]], float, bool], ...] = (
    (connect, 0.2, False),
    (ask, 0.08, True),
    (join, 0.15, True),
    (wait, 0.1, True),
    (flood, 0.12, True),
    (leave, 0.04, True),
    (roster, 0.08, True),
)
#: Where the session is kept; none: there is no stream management.
STORAGES = ("none", "memory", "sqlite")
#: Seconds between two moments: a byte is under way for 10 ms.
STEP = 0.002


def storage_of(kind: str, path: Path) -> Storage | None:
    if kind == "none":
        return None
    return SQLiteStorage(path) if kind == "sqlite" else MemoryStorage()


def moments(seconds: float) -> list[float]:
    return [0.0, *(number * STEP + 0.0001 for number in range(int(seconds / STEP)))]


def test_there_are_enough_moments() -> None:
    assert len(STORAGES) * sum(len(moments(seconds)) for _, seconds, _ in WORK) >= 500


async def nothing_is_left(world: World) -> None:
    """No task, no timer, no request, no handler."""
    world.client.abort()
    world.rooms.component.abort()
    await asyncio.sleep(400)
    await world.client._background_over()
    loop = asyncio.get_running_loop()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert [timer for timer in loop._scheduled if not timer.cancelled()] == []  # type: ignore[attr-defined]
    assert world.client._pending_iqs is None or len(world.client._pending_iqs) == 0
    assert not world.client._tasks.running()
    assert world.client.event_handled("message") == 0


@pytest.mark.parametrize("kind", STORAGES)
@pytest.mark.parametrize(("work", "seconds", "connected"), WORK)
def test_cancelled_at_any_moment(
    work: Callable[[World], Awaitable[None]], seconds: float, connected: bool, kind: str, tmp_path: Path
) -> None:
    ended = 0
    for moment in moments(seconds):

        @virtual
        async def meet(moment: float = moment) -> None:
            nonlocal ended
            storage = storage_of(kind, tmp_path / str(moment))
            world = World(storage)
            async with world.rooms.component:
                if connected:
                    world.client.connect()
                    await world.client.wait_until("session_start", timeout=5)
                    await asyncio.sleep(1)
                task = asyncio.ensure_future(work(world))
                await asyncio.sleep(moment)
                ended += task.done()
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await asyncio.wait_for(task, 30)
                await asyncio.sleep(0.2)
                if not world.client.is_connected():
                    world.client.connect()
                    await world.client.wait_until("session_start", timeout=100)
                await world.ask()
                await world.muc.join("another@echo.localhost", "me", timeout=30)
                await world.client.drain()
                await world.client.disconnect()
            await nothing_is_left(world)
            if storage is not None:
                await storage.close()
            assert not [each for each in threading.enumerate() if each.name.startswith("xmppkit-sqlite")]

        meet()
    assert ended < len(moments(seconds)) / 2, "as a rule it was at work"
