# SPDX-License-Identifier: MIT
"""`TCPListener`: accepts connections, for any main loop."""

from __future__ import annotations

import contextlib
import logging
import select
import socket
from collections.abc import Callable
from typing import Any

from xmppkit.pyxmpp2.mainloop.interfaces import HandlerReady, IOHandler, IOHandlerPrepareResult

__all__ = ["TCPListener"]

log = logging.getLogger("pyxmpp2.server.listener")

#: Connections that the system may hold until they are accepted.
BACKLOG = 1024
#: Seconds that a thread waits before it looks again whether the listener was closed.
THREAD_PAUSE = 0.25


class TCPListener(IOHandler):
    """Accepts TCP connections.

    :param family: `socket.AF_INET` or `socket.AF_INET6`.
    :param address: host and port, which may be 0 for a free one: see `sockname`.
    :param target: called with the socket of each connection and the address of its other end.
    :raises OSError: the address cannot be bound.
    """

    def __init__(self, family: int, address: tuple[str, int], target: Callable[[socket.socket, Any], object]) -> None:
        self.target = target
        self._listening = False
        self._socket: socket.socket | None = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(address)
            self._socket.setblocking(False)
        except BaseException:
            self.close()
            raise

    @property
    def sockname(self) -> Any:
        """Where it listens. (PyXMPP2 does not have it.)"""
        return None if self._socket is None else self._socket.getsockname()

    def prepare(self) -> IOHandlerPrepareResult:
        if self._socket is not None and not self._listening:
            self._socket.listen(BACKLOG)
            self._listening = True
        return HandlerReady()

    def fileno(self) -> int | None:
        return None if self._socket is None else self._socket.fileno()

    def is_readable(self) -> bool:
        return self._socket is not None and self._listening

    def wait_for_readability(self) -> bool:
        sock = self._socket
        if sock is None:
            return False
        with contextlib.suppress(OSError, ValueError):  # closed meanwhile
            select.select([sock], [], [], THREAD_PAUSE)
        return self._socket is not None

    def is_writable(self) -> bool:
        return False

    def wait_for_writability(self) -> bool:
        return False

    def handle_write(self) -> None:
        """There is nothing to write."""

    def handle_read(self) -> None:
        """Accept what there is. What `target` raises leaves from here; the next call accepts the rest."""
        while self._socket is not None:
            try:
                sock, address = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            log.debug("a connection from %s", address)
            self.target(sock, address)

    def handle_hup(self) -> None:
        self.handle_err()

    def handle_err(self) -> None:
        log.warning("the listener failed, and is closed")
        self.close()

    def handle_nval(self) -> None:
        self.handle_err()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
