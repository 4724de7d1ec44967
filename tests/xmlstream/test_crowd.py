# SPDX-License-Identifier: MIT
"""Those who have lost one server; the clock is virtual."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

from houses import SETTINGS, House, virtual

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import HostNotFound
from xmppkit.testing.network import Cut
from xmppkit.testing.wire import RecordingTransport
from xmppkit.transports.endpoints import Endpoint
from xmppkit.xmlstream.connector import Connector
from xmppkit.xmlstream.crowd import pause_after


class Somebody:
    """Has lost a server."""


@virtual
async def test_one_alone_waits_for_its_own_pause() -> None:
    loop, one = asyncio.get_running_loop(), Somebody()
    assert [pause_after(one, loop, "localhost", 1.0) for _ in range(50)] == [1.0] * 50
    assert pause_after(one, loop, "localhost", 0.01) == 0.25


@virtual
async def test_a_crowd_is_spread() -> None:
    loop, crowd = asyncio.get_running_loop(), [Somebody() for _ in range(200)]
    pauses = [pause_after(one, loop, "localhost", 1.0) for one in crowd]
    assert pauses[:4] == [1.0] * 4
    assert pauses[19] == 5.0
    assert pauses[99:] == [25.0] * 101
    assert pause_after(crowd[0], loop, "localhost", 40.0) == 40.0
    assert pause_after(crowd[0], loop, "elsewhere", 1.0) == 1.0, "that is another server"
    await asyncio.sleep(61)
    assert pause_after(crowd[0], loop, "localhost", 1.0) == 1.0, "and that another time"


class Lost(ClientXMPP):
    """Has a session, loses it, and notes when it tries to find the server again."""

    def __init__(self, number: int, back: list[float]) -> None:
        super().__init__(f"user{number}@localhost/here", "secret", settings=SETTINGS)
        self.back = back
        self.adopt(RecordingTransport())
        self._endpoint = Endpoint("localhost", 5222)

    async def find_endpoints(self) -> list[Endpoint]:
        self.back.append(self.loop.time())
        raise HostNotFound("localhost")

    def lose(self) -> None:
        assert self._driver is not None
        self._driver.connection_lost(None)


@virtual
async def test_a_thousand_clients_of_one_process_lose_one_server() -> None:
    random.seed(6)
    back: list[float] = []
    clients = [Lost(number, back) for number in range(1000)]
    for client in clients:
        client.lose()
    await asyncio.sleep(60)
    seconds = Counter(int(time) for time in back)
    assert max(seconds.values()) <= 100, "never more than a tenth of them in one second, nor in the first"
    assert len(back) >= 1000
    assert sum(seconds[second] for second in range(60)) < 3000, "nor later, while there is none"
    for client in clients:
        client.abort()


@virtual
async def test_a_server_that_accepts_and_closes() -> None:
    house = House()
    for seed in range(20):
        random.seed(seed)
        client = house.client()
        client._connector.jitter = Connector(client).jitter
        times: list[float] = []

        def closed(_: object, times: list[float] = times, client: ClientXMPP = client) -> None:
            times.append(client.loop.time())
            client.transport.abort()

        async with client:
            await asyncio.sleep(100)
            client.add_event_handler("connected", closed)
            house.network.links[0].cut(Cut.RESET)
            await asyncio.sleep(600)
            assert len([time for time in times if time <= times[0] + 60]) <= 10
            assert len(times) > 10, "it does not give up"


@virtual
async def test_the_pause_begins_anew_after_a_good_session_only() -> None:
    house = House()
    client = house.client(settings=SETTINGS)
    pauses: list[float] = []
    client.add_event_handler("reconnect_delay", pauses.append)
    async with client:
        for seconds in (1, 59, 61, 1):
            await asyncio.sleep(seconds)
            house.network.links[0].cut(Cut.RESET)
            await client.wait_until("session_start", timeout=100)
    assert pauses == [1.0, 3.0, 1.0, 3.0]
