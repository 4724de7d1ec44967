# SPDX-License-Identifier: MIT
"""What is to be done when an event loop is shut down.

A program may end while a connection is still being closed. Of callbacks and timers a loop forgets then, and the
socket is closed by the garbage collector, with a `ResourceWarning`. A task that waits for the end would be told, and be
complained about where it is not. What is left to libraries is `loop.shutdown_asyncgens()`, which `asyncio.run` calls,
too, and which closes asynchronous generators that are not finished.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import suppress

__all__ = ["AtLoopEnd"]


class AtLoopEnd:
    """Calls a function once when the running event loop is shut down in order, as by `asyncio.run`, or soon after
    nobody has this object any more. Where no loop is running now it may never be called.

    :param callback: it should not raise.
    """

    __slots__ = ("_callback", "_generator")

    def __init__(self, callback: Callable[[], object]) -> None:
        self._callback: Callable[[], object] | None = callback
        self._generator = self._wait()
        self._step(self._generator.__anext__())  # up to the yield; the loop takes note of it

    async def _wait(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            callback, self._callback = self._callback, None
            if callback is not None:
                callback()

    def cancel(self) -> None:
        """Do nothing at the end. May be repeated."""
        if self._callback is not None:
            self._callback = None
            self._step(self._generator.aclose())

    @staticmethod
    def _step(awaitable: object) -> None:
        """Run something that waits for nothing."""
        with suppress(StopIteration):
            awaitable.send(None)  # type: ignore[attr-defined]
