# SPDX-License-Identifier: MIT
"""xmppkit.testing.clock."""

from __future__ import annotations

import asyncio
import time

import pytest

from xmppkit.testing.clock import VirtualLoop, run


def test_waiting_takes_no_time() -> None:
    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        seen = [loop.time()]
        await asyncio.gather(*(asyncio.sleep(delay) for delay in (3600, 60)))
        seen.append(loop.time())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 300)
        seen.append(loop.time())
        return seen

    begin = time.monotonic()
    assert run(main()) == pytest.approx([0, 3600, 3900])
    assert time.monotonic() - begin < 60


def test_the_order_is_that_of_the_timers() -> None:
    async def main() -> list[tuple[str, float]]:
        loop = asyncio.get_running_loop()
        seen: list[tuple[str, float]] = []
        loop.call_later(2, lambda: seen.append(("two", loop.time())))
        loop.call_at(1, lambda: seen.append(("one", loop.time())))
        loop.call_soon(lambda: seen.append(("now", loop.time())))
        await asyncio.sleep(3)
        return seen

    assert run(main()) == [("now", 0.0), ("one", 1.0), ("two", 2.0)]


def test_other_threads_are_waited_for() -> None:
    async def main() -> str:
        return await asyncio.to_thread(lambda: "done")

    assert run(main()) == "done"


def test_the_clock_stands_still_while_a_thread_is_at_work() -> None:
    async def main() -> tuple[str, float]:
        loop = asyncio.get_running_loop()
        asyncio.get_running_loop().call_later(600, lambda: None)

        def work() -> str:
            time.sleep(0.05)
            return "done"

        return await asyncio.to_thread(work), loop.time()

    assert run(main()) == ("done", 0.0)
