# SPDX-License-Identifier: MIT
"""What the methods of plugins that send an IQ have in common: their last arguments, and callbacks."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypedDict, TypeVar

__all__ = ["IqOptions", "told"]

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
