# SPDX-License-Identifier: MIT
"""Whose time is asked for."""

from __future__ import annotations

import asyncio
import time

import pytest

from xmppkit.util.looptime import time_of


async def test_the_loops_of_asyncio_have_one_clock() -> None:
    loop = asyncio.get_running_loop()
    asked = time_of(loop)
    assert loop.time() <= asked() <= loop.time()
    assert asked is time.monotonic


async def test_a_loop_with_a_time_of_its_own_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped:
        def time(self) -> float:
            return 42.0

    assert time_of(Stopped())() == 42.0
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "time", lambda: 43.0)
    assert time_of(loop)() == 43.0
