# SPDX-License-Identifier: MIT
"""How much may be under way on a stream that has gone on with a session (XEP-0198 §5).

When a connection breaks, the peer has read some of what was under way. A server that keeps the parser of an earlier
connection, and reads so many bytes at a time, may have half a stanza in there, behind which nothing that follows is
understood: Prosody 0.12 does that with 4,096 bytes. So when a session goes on, no more than fits into one read of such
a server is under way for a while. What has waited, and what is new, follows as the server acknowledges. When the while
is over, each acknowledgement allows twice as much as before, until nothing waits.
"""

from __future__ import annotations

from collections import deque

__all__ = ["Pace"]


class Pace:
    """What waits here is counted, and so it is among what the session holds, but it was not written yet.

    :param limit: bytes that may be under way. One stanza may always be, however large it is.
    :ivar waiting: what was not written, in order.
    :ivar opens: whether acknowledgements allow more.
    """

    __slots__ = ("_limit", "_size", "_sizes", "opens", "waiting")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        #: The sizes of what is under way, oldest first, and their sum.
        self._sizes: deque[int] = deque()
        self._size = 0
        self.waiting: deque[str] = deque()
        self.opens = False

    def __len__(self) -> int:
        """How many stanzas were written and not acknowledged."""
        return len(self._sizes)

    def __bool__(self) -> bool:
        return True

    def take(self) -> list[str]:
        """What may be written now."""
        taken = []
        while self.waiting:
            size = len(self.waiting[0].encode())
            if self._sizes and self._size + size > self._limit:
                break
            self._sizes.append(size)
            self._size += size
            taken.append(self.waiting.popleft())
        return taken

    def spend(self, size: int) -> None:
        """So many bytes that nobody acknowledges were written behind the last stanza."""
        if self._sizes:
            self._sizes[-1] += size
            self._size += size

    def acked(self, count: int) -> None:
        """The peer has so many of what was under way."""
        for _ in range(count):
            self._size -= self._sizes.popleft()
        if self.opens:
            self._limit *= 2
