# SPDX-License-Identifier: MIT
"""Waits for any number of `BlockingDriver`, in one thread, with one of the pollers of `xmppkit.drivers.pollers`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from xmppkit.drivers.pollers import Alarm, Poller, Ready, best_poller

if TYPE_CHECKING:
    from xmppkit.drivers.blocking import BlockingDriver

__all__ = ["BlockingLoop"]


class BlockingLoop:
    """Waits for any number of drivers, in the thread that calls `run`.

    :param poller: how to wait; None takes the best that the system has.
    :param clock: the time in seconds; the drivers' own.
    """

    def __init__(self, poller: Poller | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.poller = poller or best_poller()
        self.drivers: list[BlockingDriver] = []
        """Those that are not closed."""
        self._clock = clock
        self._alarm = Alarm()
        self.poller.watch(self._alarm.fileno(), Ready.READ, self._alarm)

    def wake(self) -> None:
        """End the wait that is under way, from any thread."""
        self._alarm.ring()

    def close(self) -> None:
        """Wait no more; the drivers are left as they are."""
        self.poller.close()
        self._alarm.close()

    def add(self, driver: BlockingDriver) -> None:
        """Attend to a driver, which may be started or not, until it is closed."""
        self.drivers.append(driver)

    def turn(self, timeout: float | None = None) -> None:
        """Wait once, and attend to whatever is ready. What a handler of events raises leaves from here; whatever else
        was ready is attended to in the next turn.

        :param timeout: how long to wait at most, in seconds; None waits until something happens.
        """
        owners: dict[int, BlockingDriver] = {}
        for driver in self.drivers:
            owners[driver.fileno()] = driver
            self.poller.watch(driver.fileno(), driver.wanted, driver)
        dates = [when for driver in self.drivers if (when := driver.deadline()) is not None]
        if dates:
            due = max(0.0, min(dates) - self._clock())
            timeout = due if timeout is None else min(due, timeout)
        try:
            for number, ready in self.poller.wait(timeout):
                if number not in owners:
                    self._alarm.hush()
                elif not owners[number].closed:
                    owners[number].handle(ready)
            now = self._clock()
            for driver in tuple(self.drivers):
                when = driver.deadline()
                if when is not None and when <= now:
                    driver.handle_timer()
        finally:
            for number, driver in owners.items():
                if driver.closed:
                    self.poller.watch(number, Ready.NONE, driver)
            self.drivers = [driver for driver in self.drivers if not driver.closed]

    def run(self, timeout: float | None = None, *, until: Callable[[], object] = lambda: False) -> bool:
        """Attend to the drivers until all are closed, `until` is true, or the time is over.

        :param timeout: in seconds; None: for ever.
        :returns: False when the time was over.
        """
        end = None if timeout is None else self._clock() + timeout
        while self.drivers and not until():
            left = None if end is None else end - self._clock()
            if left is not None and left <= 0:
                return False
            self.turn(left)
        return True
