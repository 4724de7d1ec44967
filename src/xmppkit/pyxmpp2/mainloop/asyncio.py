# SPDX-License-Identifier: MIT
"""A main loop that asyncio's event loop runs, beside whatever else the program has there.

`AsyncioMainLoop.run` is a coroutine; `AsyncioMainLoop.loop` runs it in an event loop of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from xmppkit.drivers.pollers import Ready
from xmppkit.pyxmpp2.mainloop.base import MainLoopBase

if TYPE_CHECKING:
    from xmppkit.pyxmpp2.mainloop.interfaces import IOHandler
    from xmppkit.pyxmpp2.settings import XMPPSettings

__all__ = ["AsyncioMainLoop"]


class AsyncioMainLoop(MainLoopBase):
    """Waits in an event loop of asyncio. See `MainLoopBase` for the parameters."""

    def __init__(self, settings: XMPPSettings | None = None, handlers: Iterable[object] | None = None) -> None:
        self._aio: asyncio.AbstractEventLoop | None = None
        self._woken: asyncio.Event | None = None
        self._came: dict[int, Ready] = {}
        super().__init__(settings, handlers)

    def wake(self) -> None:
        aio, woken = self._aio, self._woken
        if aio is not None and woken is not None and not aio.is_closed():
            aio.call_soon_threadsafe(woken.set)

    async def run(self, timeout: float | None = None) -> None:
        """Run until `QUIT`, or until the time is over. What a handler raises leaves from here.

        :param timeout: seconds; None: until `QUIT`.
        """
        self._aio, self._woken = asyncio.get_running_loop(), asyncio.Event()
        end = None if timeout is None else self._aio.time() + timeout
        try:
            while not self._finished and (end is None or self._aio.time() < end):
                await self._turn(None if end is None else max(0.0, end - self._aio.time()))
        finally:
            self._aio = self._woken = None

    def loop(self, timeout: float | None = None) -> None:
        asyncio.run(self.run(timeout))

    def loop_iteration(self, timeout: float = 1) -> None:
        asyncio.run(self._once(timeout))

    async def _once(self, timeout: float) -> None:
        self._aio, self._woken = asyncio.get_running_loop(), asyncio.Event()
        try:
            await self._turn(timeout)
        finally:
            self._aio = self._woken = None

    async def _turn(self, timeout: float | None) -> None:
        """Wait once, and attend to what has come."""
        self._started = True
        aio, woken = self._aio, self._woken
        if aio is None or woken is None or self.check_events():
            return
        watched = self.interests()
        self._came.clear()
        woken.clear()
        for fd, _, wanted in watched:
            if wanted & Ready.READ:
                aio.add_reader(fd, partial(self._note, fd, Ready.READ))
            if wanted & Ready.WRITE:
                aio.add_writer(fd, partial(self._note, fd, Ready.WRITE))
        try:
            await self._wait(self.time_left(timeout))
        finally:
            for fd, _, wanted in watched:
                if wanted & Ready.READ:
                    aio.remove_reader(fd)
                if wanted & Ready.WRITE:
                    aio.remove_writer(fd)
        owners: dict[int, IOHandler] = {fd: handler for fd, handler, _ in watched}
        for fd, ready in tuple(self._came.items()):
            if owners[fd].fileno() == fd:
                self.ready(owners[fd], ready)
        self.run_due()

    async def _wait(self, seconds: float) -> None:
        assert self._woken is not None  # set while it runs
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    def _note(self, fd: int, ready: Ready) -> None:
        assert self._woken is not None  # set while it runs
        self._came[fd] = self._came.get(fd, Ready.NONE) | ready
        self._woken.set()
