# SPDX-License-Identifier: MIT
"""What a handler has returned: something to await, or not."""

from __future__ import annotations

import inspect

__all__ = ["is_work"]


def is_work(result: object) -> bool:
    """Whether a result is the handler's own work, which is not done before it was awaited: a coroutine, a future, and
    whatever else can be awaited and does not say that it is none (``is_work = False``).

    What `send` returns says so. A handler that returns it by the way, as ``lambda message: message.reply().send()``
    does, has nothing more to do, and does not wait until the server has the message.
    """
    return inspect.isawaitable(result) and getattr(result, "is_work", True) is not False
