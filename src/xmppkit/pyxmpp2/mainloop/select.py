# SPDX-License-Identifier: MIT
"""A main loop that waits by ``select``."""

from __future__ import annotations

from xmppkit.drivers.pollers import SelectPoller
from xmppkit.pyxmpp2.mainloop.polling import PollingMainLoop

__all__ = ["SelectMainLoop"]


class SelectMainLoop(PollingMainLoop):
    """Waits by ``select``; see `xmppkit.drivers.pollers.SelectPoller`."""

    poller_class = SelectPoller
