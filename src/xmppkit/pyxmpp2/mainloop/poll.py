# SPDX-License-Identifier: MIT
"""A main loop that waits by ``poll``."""

from __future__ import annotations

from xmppkit.drivers.pollers import PollPoller
from xmppkit.pyxmpp2.mainloop.polling import PollingMainLoop

__all__ = ["PollMainLoop"]


class PollMainLoop(PollingMainLoop):
    """Waits by ``poll``; see `xmppkit.drivers.pollers.PollPoller`."""

    poller_class = PollPoller
