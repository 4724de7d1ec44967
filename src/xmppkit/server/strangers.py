# SPDX-License-Identifier: MIT
"""Connections of which nobody knows yet whose they are: they may not keep those out that will log in.

Somebody who opens connections and says nothing holds each for as long as a negotiation may take. So there is a bound
for them that is lower than the one for all, and whoever comes when it is reached takes the place of the one that has
waited longest: who logs in needs a fraction of a second, and idle ones only make way for each other.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xmppkit.server.sessions import Session

__all__ = ["Strangers"]

log = logging.getLogger(__name__)


class Strangers:
    """Those that have not logged in.

    :param most: how many there may be.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: dict[Session, None] = {}
        #: Whether the log has it; once for each crowd.
        self._told = False

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, session: Session) -> None:
        """A connection was accepted."""
        self._waiting[session] = None
        if len(self._waiting) <= self._most:
            return
        if not self._told:
            self._told = True
            log.warning("%d connections have not logged in: for each further one the oldest is closed", self._most)
        oldest = next(iter(self._waiting))
        del self._waiting[oldest]
        oldest.driver.abort("too many connections have not logged in")

    def remove(self, session: Session) -> None:
        """It has logged in, or is over. May be repeated."""
        self._waiting.pop(session, None)
        if 2 * len(self._waiting) < self._most:
            self._told = False
