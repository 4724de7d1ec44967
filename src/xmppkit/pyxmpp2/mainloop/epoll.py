# SPDX-License-Identifier: MIT
"""A main loop that waits by ``epoll``."""

from __future__ import annotations

from xmppkit.drivers.pollers import EpollPoller
from xmppkit.pyxmpp2.mainloop.polling import PollingMainLoop

__all__ = ["EpollMainLoop"]


class EpollMainLoop(PollingMainLoop):
    """Waits by ``epoll``; see `xmppkit.drivers.pollers.EpollPoller`."""

    poller_class = EpollPoller
