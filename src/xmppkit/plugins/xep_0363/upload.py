# SPDX-License-Identifier: MIT
"""An upload that is under way: how far it is, and what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from types import TracebackType
from typing import Any, Self

from xmppkit.records import record

__all__ = ["Progress", "ProgressCallback", "Upload"]


@record(frozen=True, slots=True)
class Progress:
    """How far an upload is.

    :ivar sent: the bytes that the connection has taken.
    :ivar total: the bytes that the file has.
    """

    sent: int
    total: int

    @property
    def fraction(self) -> float:
        """From 0.0 to 1.0."""
        return self.sent / self.total


#: Told of each progress.
ProgressCallback = Callable[[Progress], Any]


class Upload:
    """A file on its way. Made by `XEP_0363.upload`::

        async with plugin.upload("cat.jpg") as upload:
            async for progress in upload:
                print(f"{progress.fraction:.0%}")
            url = await upload

    Awaiting gives the URL, or raises what `XEP_0363.upload_file` raises. Iterating gives each progress, or the latest
    to one who is slow, and ends with the upload, however it ends. Leaving the block before, or `cancel`, stops it: the
    connection and the file are closed.
    """

    __slots__ = ("_changed", "_task", "_told", "progress")

    def __init__(
        self, run: Callable[[Upload], Coroutine[Any, Any, str]], start: Callable[[Any], asyncio.Future[str]]
    ) -> None:
        #: How far it is; None: nothing has been sent.
        self.progress: Progress | None = None
        self._told: Progress | None = None
        self._changed = asyncio.Event()
        self._task: asyncio.Future[str] = start(run(self))
        self._task.add_done_callback(lambda _: self._changed.set())

    def add_done_callback(self, callback: Callable[[Upload], object]) -> None:
        """Call `callback` with this object when it has ended."""
        self._task.add_done_callback(lambda _: callback(self))

    def move(self, progress: Progress) -> None:
        """Say how far it is; called by the plugin."""
        self.progress = progress
        self._changed.set()

    @property
    def done(self) -> bool:
        """Whether it has ended, however."""
        return self._task.done()

    def cancel(self) -> None:
        """Stop it. Awaiting it raises `asyncio.CancelledError` when everything is closed. May be repeated."""
        self._task.cancel()

    def __await__(self) -> Generator[Any, None, str]:
        return self._task.__await__()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Progress:
        while self.progress is self._told:
            if self._task.done():
                raise StopAsyncIteration
            self._changed.clear()
            try:
                await self._changed.wait()
            except asyncio.CancelledError:
                self.cancel()  # nobody looks any more
                raise
        self._told = self.progress
        assert self._told is not None
        return self._told

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.cancel()
        await asyncio.wait([self._task])
        if error is not None and not self._task.cancelled():
            self._task.exception()  # what has ended the block counts
