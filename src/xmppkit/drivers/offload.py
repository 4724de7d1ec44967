# SPDX-License-Identifier: MIT
"""Has the keys of logins derived beside an event loop, which goes on meanwhile.

A server may ask for a million rounds of PBKDF2, a second of work. It is done in the executor of the loop: in a thread,
and OpenSSL lets the others run meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from xmppkit.sasl.derivation import Derivation

__all__ = ["Give", "Offload"]

#: Takes a key, and the time.
Give = Callable[[bytes, float], float | None]


class Offload:
    """Derives the keys of one stream, of which there is one at a time.

    :param loop: the event loop.
    :param run: called in the loop with a step of the stream, which takes the time. It raises what has gone wrong, if
        there is no key.
    """

    __slots__ = ("_future", "_loop", "_run")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, run: Callable[[Callable[[float], float | None]], object]
    ) -> None:
        self._loop = loop
        self._run = run
        self._future: asyncio.Future[bytes] | None = None

    def begin(self, derivation: Derivation, give: Give) -> None:
        """Have a key derived, and given to the stream."""
        self._future = self._loop.run_in_executor(None, derivation.compute)
        self._future.add_done_callback(partial(self._finish, give))

    def cancel(self) -> None:
        """Nobody waits for it any more. What a thread has begun it ends, and the key is forgotten."""
        if self._future is not None:
            self._future.cancel()

    def _finish(self, give: Give, future: asyncio.Future[bytes]) -> None:
        self._future = None
        if not future.cancelled():
            self._run(lambda now: give(future.result(), now))
