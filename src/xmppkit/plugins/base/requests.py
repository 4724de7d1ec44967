# SPDX-License-Identifier: MIT
"""What the methods of plugins that send an IQ have in common: their last arguments, and callbacks."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import Any, TypedDict, TypeVar

from xmppkit.exceptions import IqError

__all__ = ["IqOptions", "heard", "told"]

log = logging.getLogger(__name__)

T = TypeVar("T")


class IqOptions(TypedDict, total=False):
    """The keywords that each method of a plugin takes which sends one IQ, and hands to `Iq.send`::

        def get_version(self, jid: JidStr, ifrom: OptJidStr = None, **iqkwargs: Unpack[IqOptions]) -> Future[Iq]:
            ...
            return iq.send(**iqkwargs)

    :ivar timeout: seconds to wait for the answer; None: 120.
    :ivar callback: called with the answer as well, be it a result or an error; a function or a coroutine function.
    :ivar timeout_callback: COMPAT(slixmpp 1.8): called with the `IqTimeout`. Deprecated, with a warning.
    """

    timeout: float | None
    callback: Callable[[Any], Any] | None
    timeout_callback: Callable[[Any], Any] | None


async def told(callback: Callable[[Any], Any] | None, result: T) -> T:
    """`result`, after `callback` has been called with it, if there is one, and awaited, if that is possible."""
    if callback is not None:
        called = callback(result)
        if inspect.isawaitable(called):
            await called
    return result


def heard(future: asyncio.Future[T], callback: Callable[[Any], Any] | None) -> asyncio.Future[T]:
    """`future`, which waits for an answer that `callback` is called with, if there is one. Then nobody need look at the
    future: an error that was answered the callback knows, as with `Iq.send`, and what else goes wrong is in the log."""
    if callback is not None:
        future.add_done_callback(_look)
    return future


def _look(future: asyncio.Future[Any]) -> None:
    error = None if future.cancelled() else future.exception()
    if error is not None and not isinstance(error, IqError):
        log.warning("there is no answer that a callback could be called with: %s", error)
