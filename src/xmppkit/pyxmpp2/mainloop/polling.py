# SPDX-License-Identifier: MIT
"""A main loop that waits with one of the pollers of `xmppkit.drivers.pollers`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from xmppkit.drivers.pollers import Alarm, Poller, Ready
from xmppkit.pyxmpp2.mainloop.base import MainLoopBase

if TYPE_CHECKING:
    from xmppkit.pyxmpp2.mainloop.interfaces import IOHandler
    from xmppkit.pyxmpp2.settings import XMPPSettings

__all__ = ["PollingMainLoop"]


class PollingMainLoop(MainLoopBase):
    """Waits in the thread that calls `loop`.

    :param settings: see `MainLoopBase`.
    :param handlers: see `MainLoopBase`.
    """

    poller_class: ClassVar[type[Poller]]
    """How it waits."""

    def __init__(self, settings: XMPPSettings | None = None, handlers: Iterable[object] | None = None) -> None:
        self._poller = self.poller_class()
        self._owners: dict[int, IOHandler] = {}
        super().__init__(settings, handlers)
        self._alarm = Alarm()
        self._poller.watch(self._alarm.fileno(), Ready.READ, self._alarm)

    def __del__(self) -> None:
        if getattr(self, "_alarm", None) is not None:
            self.close()

    def close(self) -> None:
        """Give back what the system lent. The loop cannot be run again."""
        self._finished = True
        self._poller.close()
        if self._alarm is not None:
            self._alarm.close()

    def loop_iteration(self, timeout: float = 1) -> None:
        self._started = True
        if self.check_events():
            return
        self._watch()
        for fd, ready in self._poller.wait(self.time_left(timeout)):
            owner = self._owners.get(fd)
            if owner is not None and owner.fileno() == fd:
                self.ready(owner, ready)
            elif owner is None and self._alarm is not None:
                self._alarm.hush()
        self.run_due()

    def _watch(self) -> None:
        found = {}
        for fd, handler, wanted in self.interests():
            found[fd] = handler
            self._poller.watch(fd, wanted, handler)
        for fd, handler in self._owners.items():
            if fd not in found:
                self._poller.watch(fd, Ready.NONE, handler)
        self._owners = found
