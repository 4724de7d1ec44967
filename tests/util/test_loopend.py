# SPDX-License-Identifier: MIT
"""What is done when an event loop is shut down."""

from __future__ import annotations

import asyncio
import gc

import pytest

from xmppkit.util.loopend import AtLoopEnd


def test_it_is_called_when_the_loop_is_shut_down() -> None:
    calls: list[bool] = []
    kept: list[AtLoopEnd] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        kept.append(AtLoopEnd(lambda: calls.append(loop.is_running())))
        await asyncio.sleep(0)
        assert calls == []

    asyncio.run(main())
    assert calls == [True]
    kept[0].cancel()
    assert calls == [True]


@pytest.mark.parametrize("how", ["cancelled", "by hand", "without a loop"])
def test_it_is_not_called(how: str) -> None:
    calls: list[int] = []

    async def main() -> AtLoopEnd:
        return AtLoopEnd(lambda: calls.append(1))

    if how == "cancelled":

        async def cancelled() -> None:
            end = await main()
            end.cancel()
            end.cancel()

        asyncio.run(cancelled())
    elif how == "by hand":
        loop = asyncio.new_event_loop()
        loop.run_until_complete(main()).cancel()
        loop.close()
    else:
        AtLoopEnd(lambda: calls.append(1)).cancel()
    gc.collect()
    assert calls == []
