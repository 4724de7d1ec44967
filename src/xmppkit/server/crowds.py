# SPDX-License-Identifier: MIT
"""Those who send to somebody who takes it slower than it comes: they are not read from until there is room."""

from __future__ import annotations

import asyncio
from typing import Protocol

__all__ = ["PATIENCE", "Crowd", "Waiter"]

#: Seconds for which somebody waits at a time. Who is not read from is not answered, and would take the server for dead
#: in the end; and who reads nothing is not to keep the others from talking.
PATIENCE = 2.0


class Waiter(Protocol):
    """A session that may wait."""

    def hold(self) -> None:
        """Do not read from it."""

    def go_on(self) -> None:
        """Read again."""


class Crowd:
    """Those who wait for one session.

    :param loop: the event loop.
    """

    __slots__ = ("_loop", "_moved", "_stuck", "_timer", "_waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[Waiter] = []
        self._timer: asyncio.TimerHandle | None = None
        #: Whether the session has taken something while they wait; whether it has not, so that nobody waits any more.
        self._moved = self._stuck = False

    def __len__(self) -> int:
        return len(self._waiting)

    def join(self, who: Waiter) -> None:
        """Let somebody wait, unless that has turned out to be useless."""
        if self._stuck:
            return
        self._waiting.append(who)
        who.hold()
        if self._timer is None:
            self._moved = False
            self._timer = self._loop.call_later(PATIENCE, self._give_up)

    def moved(self, *, room: bool) -> None:
        """The session has taken something.

        :param room: there is enough room for everybody to go on.
        """
        self._moved = True
        if room:
            self._stuck = False
            self.dissolve()

    def _give_up(self) -> None:
        self._stuck = not self._moved
        self.dissolve()

    def dissolve(self) -> None:
        """Nobody waits any longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        for who in waiting:
            who.go_on()
