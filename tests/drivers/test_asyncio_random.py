# SPDX-License-Identifier: MIT
"""Whatever is received, sent, paused and written in whatever order: everything arrives once, and in order."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from xmppkit.drivers import pump


class Script:
    """A session in which everything happens at random.

    :ivar sent: what the program has sent.
    :ivar fed: what the peer has sent.
    """

    def __init__(self, seed: int, tools: Any, drive: Any) -> None:
        self.chance = random.Random(seed)
        self.tools = tools
        self.sent: list[str] = []
        self.fed: list[str] = []
        stream = self.chance.choice([tools.ready_client, tools.ready_receiver])()
        self.station = drive(stream, lambda stream, event: self.answer(), write_limit=self.chance.choice([10, 10**6]))
        self.transport = self.station.connect()
        self.driver = self.station.driver

    def answer(self) -> None:
        """What a handler does."""
        for _ in range(self.chance.choice([0, 0, 1, 2])):
            self.send()
        match self.chance.randrange(20):
            case 0:
                self.driver.pause_reading()
            case 1:
                self.driver.resume_reading()
            case 2:
                self.driver.pause_reading()
                self.driver.resume_reading()
            case 3:
                raise RuntimeError("bug")

    def send(self) -> None:
        text = f"<a n='{len(self.sent)}'/>"
        self.sent.append(text)
        if self.chance.random() < 0.5:
            self.driver.send(text)
        else:
            self.driver.stream.send(text)
            self.driver.wake()

    def receive(self) -> None:
        count = self.chance.choice([1, 1, 3, 6])
        bodies = [str(len(self.fed) + number) for number in range(count)]
        self.fed += bodies
        data = b"".join(map(self.tools.message, bodies))
        cut = self.chance.randrange(len(data))
        for piece in (data[:cut], data[cut:]):
            if piece:
                self.driver.data_received(piece)

    def stick(self) -> None:
        self.transport.stuck = True

    def flush(self) -> None:
        if self.transport.stuck:
            self.transport.flush()

    async def run(self) -> None:
        steps = [self.receive, self.send, self.driver.pause_reading, self.driver.resume_reading, self.stick, self.flush]
        for _ in range(self.chance.randint(1, 25)):
            if self.chance.random() < 0.1:
                await asyncio.sleep(0)
            self.chance.choices(steps, [6, 6, 1, 2, 1, 1])[0]()
        left = 2 * len(self.fed) + 10
        while left:
            left -= 1
            self.flush()
            self.driver.resume_reading()
            await asyncio.sleep(0)


@pytest.mark.parametrize("burst", [1, 2, 500])
@pytest.mark.parametrize("part", range(5))
async def test_everything_once_and_in_order(
    part: int, burst: int, tools: Any, drive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump, "BURST", burst)
    for seed in range(20 * part, 20 * part + 20):
        script = Script(seed, tools, drive)
        await script.run()
        assert script.station.brief == script.fed, seed
        assert b"".join(script.transport.writes).decode() == "".join(script.sent), seed
        reading = [call for call in script.transport.calls if call in ("pause", "resume")]
        assert reading[-1:] in ([], ["resume"]), seed
        script.driver.close()
        await asyncio.sleep(0)
        assert script.transport.writes[-1].endswith(b"</stream:stream>"), seed
        assert script.driver._timer is not None, seed
        script.driver.abort()
        await asyncio.sleep(0)
