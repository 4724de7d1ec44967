# SPDX-License-Identifier: MIT
"""An event loop whose clock is virtual: when nothing is left to do it jumps to the next timer, instead of waiting.

A test of a timeout of five minutes takes no time, and always takes the same course. For programs whose ends
talk in memory (`xmppkit.transports.memory`): a socket whose bytes are under way looks like nothing to do.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

__all__ = ["VirtualLoop", "run"]

T = TypeVar("T")

#: Seconds for which the clock stands still while a thread is at work for the loop.
_PATIENCE = 5.0


class _JumpingSelector(selectors.DefaultSelector):
    """Does not wait for a timer, but moves the clock to it."""

    now = 0.0
    #: Wait after all: something outside is at work.
    patient = False
    #: Threads that are at work for the loop.
    threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or self.patient:
            # No timer, so this is the end unless another thread has something.
            return super().select(timeout)
        # What a thread does takes no virtual time; one that waits for a timer itself must not stop it for ever.
        ready = super().select(_PATIENCE if self.threads and timeout > 0 else 0)
        if not ready and timeout > 0:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """The event loop; its time begins with 0.0."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds."""
        return self._jumping.now

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        """See `asyncio.loop.run_in_executor`. The clock stands still meanwhile."""
        future = super().run_in_executor(executor, func, *args)
        self._jumping.threads += 1
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _: object) -> None:
        self._jumping.threads -= 1

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Wait for the threads, however long: their time is not virtual."""
        await super().shutdown_default_executor()


def run(main: Coroutine[Any, Any, T]) -> T:
    """Like `asyncio.run`, on a `VirtualLoop`."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
