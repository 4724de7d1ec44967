# SPDX-License-Identifier: MIT
"""Backpressure: whether a driver reads and delivers, decided from all the reasons not to."""

from __future__ import annotations

from collections.abc import Callable
from enum import Flag, auto

from xmppkit.drivers.pump import Pump

__all__ = ["Flow", "Pause"]


class Pause(Flag):
    """Why reading stands still."""

    NONE = 0
    HOST = auto()
    """The application asked for it."""
    BURST = auto()
    """Events of an earlier read are being delivered."""
    OUTPUT = auto()
    """The peer does not read."""


#: Reasons not to deliver what has been read, either.
_BEHIND = Pause.HOST | Pause.OUTPUT


class Flow:
    """Keeps the reasons not to read of one driver.

    :param pump: delivers while nobody is behind.
    :param read: told True when reading may go on, and False when it must stop; only when that changes.
    :param wake: called when there may be something to deliver again.
    """

    __slots__ = ("_pump", "_read", "_wake", "reasons")

    def __init__(self, pump: Pump, *, read: Callable[[bool], object], wake: Callable[[], object]) -> None:
        self._pump = pump
        self._read = read
        self._wake = wake
        self.reasons = Pause.NONE

    def hold(self, reason: Pause) -> None:
        """There is a reason not to read; said again, it changes nothing."""
        before, self.reasons = self.reasons, self.reasons | reason
        if self.reasons & _BEHIND:
            self._pump.pause()
        if not before:
            self._read(False)

    def release(self, reason: Pause) -> None:
        """A reason is gone, if it was one."""
        if not self.reasons & reason:
            return
        self.reasons &= ~reason
        if not self.reasons & _BEHIND and self._pump.paused:
            self._pump.resume()
            self._wake()
        if not self.reasons:
            self._read(True)
