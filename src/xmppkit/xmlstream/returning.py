# SPDX-License-Identifier: MIT
"""What a program had said of itself in a session that was lost, said again in the next (RFC 6121 §4.2).

Programs do that in their handlers of ``session_start``, or expect that it is done for them. So it is done when these
handlers have ended, and only as far as they have not. Then ``session_settled`` is raised, for what plugins restore.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from xmppkit.settings.settings import Settings

__all__ = ["HANDLERS", "ReturningHost", "settle"]

#: Seconds for which the handlers of ``session_start`` are waited for. Some go on as long as the session.
HANDLERS = 10.0


class ReturningHost(Protocol):
    """What is needed of the stream."""

    settings: Settings

    @property
    def sessionstarted(self) -> bool: ...

    def restore_presence(self) -> None:
        """Send the last presence again, unless there is another one."""

    def event(self, name: str, data: Any = ..., /) -> None: ...


async def settle(
    stream: ReturningHost, handlers: Collection[asyncio.Future[Any]], is_same: Callable[[], bool], *, returned: bool
) -> None:
    """A session has started: restore what is to be.

    :param handlers: the handlers of ``session_start`` that are at work.
    :param is_same: whether the session is still this one.
    :param returned: it follows one that was lost.
    """
    if handlers:
        await asyncio.wait(handlers, timeout=HANDLERS)
    else:
        await asyncio.sleep(0)  # what is called behind session_start counts as well
    if not is_same() or not stream.sessionstarted:
        return
    if returned and stream.settings.restore_presence:
        stream.restore_presence()
    stream.event("session_settled")
