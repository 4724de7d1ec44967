# SPDX-License-Identifier: MIT
"""What every library gets: the messages of the echo, and the loop that measures when it is told to.

A worker is one process with one library. It reads lines from standard input, each the number of reads to do, and
answers each with the microseconds that one message took: parsed, given to the user's handler, answered, serialized.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

#: Messages in one read.
MESSAGES = 20

_MESSAGE = (
    "<message xmlns='jabber:client' from='alice@localhost/desk{0}' to='bot@localhost/bench' type='chat' id='m{0}'>"
    "<body>hello world {0}</body>"
    "<active xmlns='http://jabber.org/protocol/chatstates'/>"
    "<origin-id xmlns='urn:xmpp:sid:0' id='m{0}'/></message>"
)

HEADER = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    b"id='bench' version='1.0' from='localhost'>"
)


class Transport(asyncio.Transport):
    """Counts the answers that are written, and says when as many have been as were wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = 0
        self.wanted = 0
        self.reached: asyncio.Future[None] | None = None

    def write(self, data: Any) -> None:
        self.answers += bytes(data).count(b"</message>")
        if self.reached is not None and self.answers >= self.wanted and not self.reached.done():
            self.reached.set_result(None)

    def is_closing(self) -> bool:
        return False

    def can_write_eof(self) -> bool:
        return False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0

    def abort(self) -> None:
        pass

    def close(self) -> None:
        pass


def one_read() -> bytes:
    """The bytes of one read."""
    return "".join(_MESSAGE.format(number) for number in range(MESSAGES)).encode()


async def serve(handle: Callable[[bytes], Awaitable[None]], answered: Callable[[], int]) -> None:
    """Measure as often as standard input asks for it.

    :param handle: takes one read, and returns when every answer has been written.
    :param answered: how many answers were written so far.
    """
    data = one_read()
    await handle(data)
    print("ready", flush=True)
    for line in sys.stdin:
        reads = int(line)
        before = answered()
        begun = time.perf_counter()
        for _ in range(reads):
            await handle(data)
        took = time.perf_counter() - begun
        if answered() - before != reads * MESSAGES:
            sys.exit(f"{answered() - before} answers to {reads * MESSAGES} messages")
        print(1e6 * took / reads / MESSAGES, flush=True)
