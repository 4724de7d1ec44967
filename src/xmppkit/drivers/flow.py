# SPDX-License-Identifier: MIT
"""Backpressure: whether a driver reads and delivers, decided from all the reasons not to."""

from __future__ import annotations

from enum import Flag, auto
from typing import Protocol

from xmppkit.drivers.pump import Pump

__all__ = ["Flow", "FlowHost", "Pause"]


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


class FlowHost(Protocol):
    """What is needed of the driver."""

    def keep_reading(self, go_on: bool, /) -> object:
        """Reading may go on, or must stop; called only when that changes."""

    def deliver_again(self) -> object:
        """There may be something to deliver again."""


class Flow:
    """Keeps the reasons not to read of one driver.

    :param pump: delivers while nobody is behind.
    :param host: the driver.
    """

    __slots__ = ("_host", "_pump", "reasons")

    def __init__(self, pump: Pump, host: FlowHost) -> None:
        self._pump = pump
        self._host = host
        self.reasons = Pause.NONE

    def hold(self, reason: Pause) -> None:
        """There is a reason not to read; said again, it changes nothing."""
        before, self.reasons = self.reasons, self.reasons | reason
        if self.reasons & _BEHIND:
            self._pump.pause()
        if not before:
            self._host.keep_reading(False)

    def release(self, reason: Pause) -> None:
        """A reason is gone, if it was one."""
        if not self.reasons & reason:
            return
        self.reasons &= ~reason
        if not self.reasons & _BEHIND and self._pump.paused:
            self._pump.resume()
            self._host.deliver_again()
        if not self.reasons:
            self._host.keep_reading(True)
