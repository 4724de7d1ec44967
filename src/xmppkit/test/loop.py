# SPDX-License-Identifier: MIT
"""The event loop of a `SlixTest`: it does not wait for a timer when nothing else is left to do, but jumps to it.

Beside the jumps its clock goes as the real one does, since old tests call ``time.sleep``. While a thread is at work
nothing is skipped.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from xmppkit.testing.clock import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from typing import TypeVar, TypeVarTuple, Unpack

    T = TypeVar("T")
    Ts = TypeVarTuple("Ts")

__all__ = ["HastyLoop"]


class HastyLoop(VirtualLoop):
    """The event loop; its time is the real one plus what was skipped."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        super().__init__()

    def time(self) -> float:
        return super().time() + time.monotonic() - self._begin

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run in a thread, for which the loop waits."""
        future = super().run_in_executor(executor, func, *args)
        self._jumping.patient = True
        return future

    def _thread_done(self, done: object) -> None:
        super()._thread_done(done)
        self._jumping.patient = self._jumping.threads > 0
