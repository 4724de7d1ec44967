# SPDX-License-Identifier: MIT
"""Main loops: `main_loop_factory` makes the best that the system has.

================================  ==================================================================================
`select.SelectMainLoop`           waits by `select`
`poll.PollMainLoop`               waits by `poll`
`epoll.EpollMainLoop`             waits by `epoll`: for thousands of streams
`threads.ThreadPool`              has threads that wait
`asyncio.AsyncioMainLoop`         is run by asyncio's event loop
`external.ExternalMainLoop`       is run by whatever loop the program has
================================  ==================================================================================
"""

from __future__ import annotations

import select as system
from collections.abc import Iterable
from typing import TYPE_CHECKING

from xmppkit.pyxmpp2.mainloop.base import MainLoopBase
from xmppkit.pyxmpp2.mainloop.poll import PollMainLoop
from xmppkit.pyxmpp2.mainloop.select import SelectMainLoop

if TYPE_CHECKING:
    from xmppkit.pyxmpp2.settings import XMPPSettings

__all__ = ["main_loop_factory"]


def main_loop_factory(settings: XMPPSettings | None = None, handlers: Iterable[object] | None = None) -> MainLoopBase:
    """A main loop: a `PollMainLoop` where there is `select.poll`, else a `SelectMainLoop`."""
    return PollMainLoop(settings, handlers) if hasattr(system, "poll") else SelectMainLoop(settings, handlers)
