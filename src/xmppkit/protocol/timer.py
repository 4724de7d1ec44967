# SPDX-License-Identifier: MIT
"""A timer that reads no clock: it is told how long to wait, and now and then what time it is."""

from __future__ import annotations

__all__ = ["Timer"]


class Timer:
    """One deadline at a time.

    A timer is set by code that does not know the time. So it begins at the next `expired`, and until then its
    deadline is the last time it knows: a time that has passed, which makes the driver call at once.

    :param now: the time in seconds, of any clock that does not go back.
    """

    __slots__ = ("_due", "_paused", "now", "timeout")

    def __init__(self, now: float) -> None:
        self.now = now
        """The last time that it knows."""
        self._due: float | None = None
        self._paused = False
        self.timeout: float | None = None
        """How long the timer runs, in seconds; None if it is off."""

    def start(self, timeout: float) -> None:
        """Run for `timeout` seconds, in place of whatever ran before."""
        self.timeout = timeout
        self._due = None
        self._paused = False

    def stop(self) -> None:
        """Turn the timer off."""
        self.timeout = None

    def pause(self) -> None:
        """Stand still until `resume`."""
        self._paused = True

    def resume(self) -> None:
        """If it stood still, run anew for the whole time."""
        if self._paused:
            self._paused = False
            self._due = None

    def deadline(self) -> float | None:
        """When `expired` is to be called next; None if never."""
        if self.timeout is None or self._paused:
            return None
        return self.now if self._due is None else self._due

    def expired(self, now: float) -> bool:
        """It is `now`: whether the time is over."""
        self.now = now
        if self.timeout is None or self._paused:
            return False
        if self._due is None:
            self._due = now + self.timeout
        return now >= self._due
