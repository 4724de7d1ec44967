# SPDX-License-Identifier: MIT
"""Waiting for one socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xmppkit.drivers.pollers import Ready, best_poller

if TYPE_CHECKING:
    import socket

__all__ = ["wait_for_read", "wait_for_write"]


def wait_for_read(sock: socket.socket | int, timeout: float | None = None) -> bool:
    """Wait until something can be read.

    :param sock: a socket, or its number.
    :param timeout: seconds; None waits for ever.
    :returns: False when the time was over.
    """
    return _wait(sock, Ready.READ, timeout)


def wait_for_write(sock: socket.socket | int, timeout: float | None = None) -> bool:
    """Wait until something can be written; see `wait_for_read`."""
    return _wait(sock, Ready.WRITE, timeout)


def _wait(sock: socket.socket | int, wanted: Ready, timeout: float | None) -> bool:
    poller = best_poller()
    try:
        poller.watch(sock if isinstance(sock, int) else sock.fileno(), wanted, sock)
        return bool(poller.wait(timeout))
    finally:
        poller.close()
