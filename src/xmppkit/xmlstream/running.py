# SPDX-License-Identifier: MIT
"""A stream for a stretch of a program: `Running.run`, and ``async with stream``. Both leave nothing behind: no
connection, no open socket, no task.

`XMLStream` is the only class that builds on it.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from xmppkit.exceptions import LocalProtocolError, NotConnectedError
from xmppkit.xmlstream.lifecycle import Lifecycle

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["Running"]

#: Seconds that cancelled tasks have to end.
_LAST_WORDS = 1.0


class Running(Lifecycle):
    """The beginning and the end of a stream's work."""

    # --- async with -----------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Connect, once, and wait until the session has started. Raises the `RemoteError` when none comes about; then,
        and when the wait is cancelled, no connection is left behind."""
        ready: asyncio.Future[None] = self.loop.create_future()

        def started(_: Any) -> None:
            if not ready.done():
                ready.set_result(None)

        def failed(payload: Any) -> None:
            if not ready.done():
                error = payload if isinstance(payload, Exception) else NotConnectedError("closed before the session")
                ready.set_exception(error)

        with self.event_handler("session_start", started), self.event_handler("disconnected", failed):
            self._connect(retry=False)
            try:
                await ready
            except BaseException:  # nobody will call __aexit__
                self._connector.cancel()
                if self._driver is not None:
                    self.abort()
                await self._transport_gone(now=True)
                raise
        return self

    async def _transport_gone(self, *, now: bool) -> None:
        """Wait until the transport of a stream that is over is closed: whose event loop ends then must not leave a
        socket open.

        :param now: do not wait for the peer to close its direction.
        """
        ending, self._ending = self._ending, None
        if ending is not None and ending.transport is not None:
            if now:
                ending.transport.close()
            await ending.wait_closed()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._driver is not None or self._connector.active:
            await self.disconnect()
        await self._transport_gone(now=False)
        await self._tasks_over()

    async def _tasks_over(self) -> None:
        """Cancel the tasks of the stream, and wait until they have ended, and what works in the background for it."""
        running = self._tasks.running() - {asyncio.current_task()}
        self._tasks.cancel(running)
        if running:
            await asyncio.wait(running, timeout=_LAST_WORDS)
        await self._background_over()

    async def _background_over(self) -> None:
        """Wait for what is no task of the stream and has to be finished."""

    # --- run ------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Connect, and run until the stream is over for good, or until Ctrl-C, which disconnects in order. For programs
        that have nothing else to do.

        :raises RemoteError: what ended the stream, if it was not asked for.
        :raises LocalProtocolError: an event loop runs already: use ``async with``, or `connect`.
        """
        loop = self.loop
        if loop.is_running():
            raise LocalProtocolError("run() starts an event loop, and one runs already: use `async with`, or connect()")
        main = loop.create_task(self._run())
        with _interrupts(main):
            try:
                loop.run_until_complete(main)
            except asyncio.CancelledError:
                pass  # Ctrl-C
            except KeyboardInterrupt:
                main.cancel()
                with suppress(asyncio.CancelledError):
                    loop.run_until_complete(main)

    async def _run(self) -> None:
        if self._driver is None and not self._connector.active:
            self.connect()
        try:
            while self._driver is not None or self._connector.active:
                await asyncio.shield(self.disconnected)
        except asyncio.CancelledError:
            await self.disconnect()
            raise
        finally:
            await self._transport_gone(now=False)
            await self._tasks_over()
        if self.last_error is not None:
            raise self.last_error


@contextmanager
def _interrupts(task: asyncio.Task[None]) -> Iterator[None]:
    """Let the first Ctrl-C cancel `task`, as asyncio's own runner does: raised wherever the loop happens to be, the
    KeyboardInterrupt would end some other task instead. The second is raised. Nothing changes outside of the main
    thread, or where the program has its own way with Ctrl-C."""
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    interrupted = False

    def interrupt(number: int, frame: object) -> None:
        nonlocal interrupted
        if interrupted:
            raise KeyboardInterrupt
        interrupted = True
        task.cancel()
        task.get_loop().call_soon_threadsafe(lambda: None)  # the loop may be asleep

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
