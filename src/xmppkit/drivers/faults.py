# SPDX-License-Identifier: MIT
"""The boundary between the application's callbacks and what calls them: an exception ends here, and is told."""

from __future__ import annotations

import logging
from collections.abc import Callable

__all__ = ["Faults"]

log = logging.getLogger(__name__)


class Faults:
    """Takes the exceptions of callbacks, so that none of them stops a driver.

    :param owner: whose callbacks they are; the log shows it.
    :param report: gets each exception; None logs them. An exception that it raises is logged, too.
    """

    __slots__ = ("_owner", "_report", "first")

    def __init__(self, owner: object, report: Callable[[Exception], object] | None = None) -> None:
        self._owner = owner
        self._report = report
        self.first: Exception | None = None
        """The first exception; None as a rule."""

    def guard(self, call: Callable[[], object]) -> Exception | None:
        """Call something.

        :returns: the exception that it raised, which has been told already.
        """
        try:
            call()
        except Exception as fault:
            self.note(fault)
            return fault
        return None

    def note(self, fault: Exception) -> None:
        """Tell of an exception. Never raises."""
        if self.first is None:
            self.first = fault
        if self._report is not None:
            try:
                self._report(fault)
            except Exception:
                log.exception("%r: reporting a fault failed", self._owner)
            else:
                return
        log.error("%r failed", self._owner, exc_info=fault)
