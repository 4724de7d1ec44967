# SPDX-License-Identifier: MIT
"""What of a handler's results is awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

from xmppkit.dispatch.awaiting import is_work


class Awaitable:
    """Can be awaited."""

    def __await__(self) -> Generator[Any, None, None]:
        yield


class Receipt(Awaitable):
    """Can be, and need not."""

    is_work = False


async def test_what_is_awaited() -> None:
    async def coroutine() -> None:
        """Does nothing."""

    running = coroutine()
    assert is_work(running)
    await running
    assert is_work(asyncio.get_running_loop().create_future())
    assert is_work(Awaitable())
    assert not is_work(Receipt())
    assert not is_work("text")
    assert not is_work(None)
