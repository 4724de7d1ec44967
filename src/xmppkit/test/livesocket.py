# SPDX-License-Identifier: MIT
"""`TestLiveSocket`: a real socket that remembers what passes through it."""

from __future__ import annotations

import queue
import socket
from typing import Any

__all__ = ["TestLiveSocket"]


class TestLiveSocket:
    """A socket, and beside it all that was sent and received, for a test to look at.

    :param args: what ``socket.socket`` takes, as `kwargs` is.
    :param sock: a socket that there is already, which is then closed with this one.

    What is not here is the socket's own. `sent` and `received` are for who moves the bytes by other means than this
    object's `send` and `recv`, as an event loop does.
    """

    __test__ = False
    is_live = True

    def __init__(self, *args: Any, sock: Any = None, **kwargs: Any) -> None:
        self.socket = sock if sock is not None else socket.socket(*args, **kwargs)
        self.recv_buffer: queue.Queue[str] = queue.Queue()
        self.send_buffer: queue.Queue[str] = queue.Queue()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.socket, name)

    # --- what the test calls --------------------------------------------------------------------------

    def next_sent(self, timeout: float | None = None) -> str | None:
        """The next thing that was sent, which is then forgotten.

        :param timeout: seconds to wait for it; None: do not wait.
        :returns: None when there is nothing.
        """
        return _next(self.send_buffer, timeout)

    def next_recv(self, timeout: float | None = None) -> str | None:
        """The next thing that was received, as `next_sent`."""
        return _next(self.recv_buffer, timeout)

    def clear(self) -> None:
        """Forget everything."""
        for buffer in (self.send_buffer, self.recv_buffer):
            while _next(buffer, None) is not None:
                continue

    # --- what a program calls -------------------------------------------------------------------------

    def sent(self, data: bytes | str) -> None:
        """Note that something was sent."""
        self.send_buffer.put(_text(data))

    def received(self, data: bytes | str) -> None:
        """Note that something was received."""
        self.recv_buffer.put(_text(data))

    def send(self, data: bytes | str, *args: int) -> int:
        """Send, and note what.

        :returns: how many bytes the system has taken.
        """
        octets = data.encode() if isinstance(data, str) else data
        taken: int = self.socket.send(octets, *args)
        self.sent(octets[:taken])
        return taken

    def sendall(self, data: bytes | str, *args: int) -> None:
        """Send all of it, and note it."""
        octets = data.encode() if isinstance(data, str) else data
        self.socket.sendall(octets, *args)
        self.sent(octets)

    def recv(self, size: int = 65536, *args: int) -> bytes:
        """Receive, and note what."""
        data: bytes = self.socket.recv(size, *args)
        if data:
            self.received(data)
        return data

    def makefile(self, *args: Any, **kwargs: Any) -> TestLiveSocket:
        """The socket itself, which can be read and written."""
        return self

    read = recv
    write = send


def _next(buffer: queue.Queue[str], timeout: float | None) -> str | None:
    try:
        return buffer.get(block=timeout is not None, timeout=timeout)
    except queue.Empty:
        return None


def _text(data: bytes | str) -> str:
    # TLS is not text, and half a character is none either: both can be looked at all the same.
    return data if isinstance(data, str) else data.decode(errors="replace")
