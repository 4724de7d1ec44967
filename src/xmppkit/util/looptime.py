# SPDX-License-Identifier: MIT
"""The time of an event loop, asked for with every stanza."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

__all__ = ["time_of"]


class _HasTime(Protocol):
    def time(self) -> float: ...


def time_of(loop: _HasTime) -> Callable[[], float]:
    """What gives the time of `loop` without detours: for the loops of asyncio the clock that their method asks."""
    asks_the_clock = getattr(loop.time, "__func__", None) is asyncio.BaseEventLoop.time
    return time.monotonic if asks_the_clock else loop.time
