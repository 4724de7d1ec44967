# SPDX-License-Identifier: MIT
"""`TestSocket`: both directions of a connection that is none, as two queues."""

from __future__ import annotations

import queue
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["TestSocket"]


class TestSocket:
    """What the program sends is in `send_queue`, piece by piece; what it is to receive in `recv_queue`.

    :param args: accepted and without effect, as `kwargs` is: what ``socket.socket`` takes.
    :ivar disconnected: every attempt to send or receive raises OSError from here on.
    :ivar wait: waits for a condition, seconds at most; None: nothing is waited for but in other threads.
    """

    #: For pytest, which takes every class for a test whose name begins so.
    __test__ = False
    is_live = False

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.recv_queue: queue.Queue[bytes] = queue.Queue()
        self.send_queue: queue.Queue[str] = queue.Queue()
        self.disconnected = False
        self.timeout: float | None = None
        self.closed = False
        self.wait: Callable[[Callable[[], bool], float], None] | None = None

    # --- what the test calls --------------------------------------------------------------------------

    def next_sent(self, timeout: float | None = None) -> str | None:
        """The next thing that was sent, which is then forgotten.

        :param timeout: seconds to wait for it; None: do not wait.
        :returns: a stream header, an element or a closing tag, as text; None when there is nothing.
        """
        if timeout is not None and self.wait is not None:
            self.wait(lambda: not self.send_queue.empty(), timeout)
            timeout = None
        try:
            return self.send_queue.get(block=timeout is not None, timeout=timeout)
        except queue.Empty:
            return None

    def recv_data(self, data: str | bytes) -> None:
        """Something that `recv` and `read` bring next."""
        self.recv_queue.put(data.encode() if isinstance(data, str) else data)

    def disconnect_error(self) -> None:
        """The connection has been lost."""
        self.disconnected = True

    # --- what a program calls -------------------------------------------------------------------------

    def _check(self) -> None:
        if self.disconnected:
            raise OSError("the test has cut the connection: disconnect_error() was called")

    def connect(self, address: object) -> None:
        """Does nothing: there is a connection."""
        self._check()

    def send(self, data: str | bytes) -> int:
        """Send.

        :returns: how much.
        :raises OSError: `disconnect_error` was called.
        """
        self._check()
        self.send_queue.put(data if isinstance(data, str) else data.decode())
        return len(data)

    def sendall(self, data: str | bytes) -> None:
        """The same."""
        self.send(data)

    def recv(self, *args: object, **kwargs: object) -> bytes:
        """The next data; empty when there is none within `timeout`.

        :raises OSError: `disconnect_error` was called.
        """
        self._check()
        try:
            return self.recv_queue.get(block=self.timeout is not None, timeout=self.timeout)
        except queue.Empty:
            return b""

    def read(self, *args: object, **kwargs: object) -> bytes:
        """The same."""
        return self.recv()

    def makefile(self, *args: object, **kwargs: object) -> TestSocket:
        """The socket itself, which can be read and written."""
        return self

    def settimeout(self, timeout: float | None) -> None:
        """How many seconds `recv` waits; None: not at all."""
        self.timeout = timeout

    def gettimeout(self) -> float | None:
        """See `settimeout`."""
        return self.timeout

    def setsockopt(self, *args: Any) -> None:
        """Does nothing."""

    def getsockname(self) -> tuple[str, int]:
        """An address that nobody has."""
        return ("127.0.0.1", 0)

    getpeername = getsockname

    @property
    def family(self) -> socket.AddressFamily:
        """IPv4."""
        return socket.AF_INET

    def fileno(self) -> int:
        """There is none."""
        return -1

    def shutdown(self, how: int) -> None:
        """Does nothing."""

    def close(self) -> None:
        """Nothing more will be sent."""
        self.closed = True
