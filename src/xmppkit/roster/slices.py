# SPDX-License-Identifier: MIT
"""What a server says of a roster is taken over in its order, and much of it in slices (RFC 6121 §2.1).

A roster of 100,000 contacts would stop the event loop for a second. What needs more than one slice leaves the loop a
turn behind each; what comes meanwhile waits behind it, so that a change is never undone by an older answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Protocol

__all__ = ["Slices", "SlicesHost"]

Done = Callable[[Exception | None], object]


class SlicesHost(Protocol):
    """What the slices need of the stream."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...

    def work_changed(self) -> None:
        """More waits than before, or less."""


class Slices:
    """Work that is done in order and in slices.

    :param host: the stream.
    """

    __slots__ = ("_host", "_loop", "_waiting")

    def __init__(self, host: SlicesHost) -> None:
        self._host = host
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[tuple[Iterator[None], Done]] = []

    def __len__(self) -> int:
        """How much is not done yet."""
        return len(self._waiting)

    def add(self, work: Iterator[None], done: Done) -> None:
        """Do some work behind what waits; if nothing does, as far as its first step now.

        :param work: each step is a slice.
        :param done: called when the work is over, with the exception that ended it. It must not raise.
        """
        self._waiting.append((work, done))
        if len(self._waiting) == 1:
            self._step()
        elif self._loop is not self._host.loop:
            self._later()  # the loop in which the next step was to come has ended

    def _later(self) -> None:
        self._loop = self._host.loop
        self._loop.call_soon(self._step)
        self._host.work_changed()

    def _step(self) -> None:
        self._loop = self._host.loop
        work, done = self._waiting[0]
        error: Exception | None = None
        try:
            next(work)
        except StopIteration:
            pass
        except Exception as exc:  # a backend's: for whoever asked for the work
            error = exc
        else:
            self._later()
            return
        # It waits until all is told: what is added meanwhile comes behind it.
        done(error)
        del self._waiting[0]
        if self._waiting:
            self._later()
        else:
            self._host.work_changed()
