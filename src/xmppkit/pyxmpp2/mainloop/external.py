# SPDX-License-Identifier: MIT
"""A main loop that does not wait: whatever loop the program has does.

::

    main = ExternalMainLoop(settings, handlers)
    while not main.finished:
        readable, writable = main.descriptors()
        readable, writable, _ = select.select(readable, writable, [], main.time_left())
        main.attend(readable, writable)
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from xmppkit.drivers.pollers import Ready
from xmppkit.pyxmpp2.mainloop.base import MainLoopBase
from xmppkit.pyxmpp2.mainloop.wait import wait_for_read

__all__ = ["ExternalMainLoop"]


class ExternalMainLoop(MainLoopBase):
    """Is told what has come. See `MainLoopBase` for the parameters."""

    def descriptors(self) -> tuple[list[int], list[int]]:
        """The descriptors to wait for until they can be read, and until they can be written. They change whenever
        something was attended to."""
        self._started = True
        self.check_events()
        wanted = self.interests()
        return (
            [fd for fd, _, ready in wanted if ready & Ready.READ],
            [fd for fd, _, ready in wanted if ready & Ready.WRITE],
        )

    def attend(self, readable: Iterable[int] = (), writable: Iterable[int] = ()) -> None:
        """Attend to what has come, to whatever is due, and to events. What a handler raises leaves from here.

        :param readable: descriptors that can be read, or have failed.
        :param writable: descriptors that can be written.
        """
        self._started = True
        came = dict.fromkeys(readable, Ready.READ)
        for fd in writable:
            came[fd] = came.get(fd, Ready.NONE) | Ready.WRITE
        owners = {fd: handler for fd, handler, _ in self.interests()}
        for fd, ready in came.items():
            if fd in owners and owners[fd].fileno() == fd:
                self.ready(owners[fd], ready)
        self.run_due()

    def loop_iteration(self, timeout: float = 1) -> None:
        """Attend to what is due without waiting for descriptors: those are the program's affair.

        :param timeout: how long to wait for something to be due, in seconds.
        """
        if self.check_events():
            return
        self.interests()
        left = self.time_left(timeout)
        if left > 0:
            wait_for_read(-1, left)
        self.run_due()

    def loop(self, timeout: float | None = None) -> None:
        """Run as if nobody else waited: by `select`. For programs that need it for a moment, as when they end."""
        import select

        end = None if timeout is None else time.monotonic() + timeout
        while not self._finished and (end is None or time.monotonic() < end):
            readable, writable = self.descriptors()
            left = self.time_left(None if end is None else max(0.0, end - time.monotonic()))
            readable, writable, _ = select.select(readable, writable, [], left)
            self.attend(readable, writable)
