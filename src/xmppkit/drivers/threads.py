# SPDX-License-Identifier: MIT
"""Drives a stream with a thread of its own, and makes one safe for several threads.

`locked` is the one lock that there is: each call on the engine is made under it, and none of the application's
functions ever is.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from xmppkit.drivers.blocking import BlockingDriver
from xmppkit.drivers.loop import BlockingLoop

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from xmppkit.protocol.connection import Connection
    from xmppkit.protocol.events import Event
    from xmppkit.stanza.base import StanzaBase

__all__ = ["ThreadDriver", "locked"]


class _Locked:
    """Stands for a stream: each of its methods runs under one lock."""

    def __init__(self, stream: Connection) -> None:
        self._stream = stream
        self._lock = threading.RLock()

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            found = getattr(self._stream, name)
        if not callable(found):
            return found

        def call(*args: Any, **options: Any) -> Any:
            with self._lock:
                return found(*args, **options)

        # From now on without a look-up: a method of a stream does not change.
        self.__dict__[name] = call
        return call

    def __repr__(self) -> str:
        with self._lock:
            return repr(self._stream)


def locked(stream: Connection) -> Connection:
    """The same stream, for use from several threads at once: one call after the other. None of them runs a function of
    the application, so nobody waits for long."""
    return cast("Connection", _Locked(stream))


class ThreadDriver:
    """One stream on one connected socket, in a thread of its own, where `on_event` is called.

    :param stream: see `BlockingDriver`; it is locked here, and used by `stream` of this object from then on.
    :param on_event: gets each event and each stanza, in order. What it raises ends the connection, and is raised again
        by `join`.
    :param sock: see `BlockingDriver`.
    :param options: see `BlockingDriver`.
    """

    def __init__(
        self, stream: Connection, on_event: Callable[[Event | StanzaBase], object], sock: socket.socket, **options: Any
    ) -> None:
        self.stream = locked(stream)
        self.failure: Exception | None = None
        """What `on_event` raised; None as a rule."""
        self._driver = BlockingDriver(self.stream, on_event, sock, **options)
        self._loop = BlockingLoop()
        self._aborted = ""
        self._thread = threading.Thread(target=self._work, name=f"xmppkit {stream!r}", daemon=True)

    @property
    def closed(self) -> bool:
        """Whether the connection is closed."""
        return self._driver.closed

    def start(self) -> None:
        """There is a connection: open the stream, and attend to it."""
        self._thread.start()

    def send(self, item: StanzaBase | Element | str) -> None:
        """Send a stanza, from any thread; see `Connection.send`."""
        self.stream.send(item)
        self.wake()

    def close(self) -> None:
        """End the stream in order, from any thread. Does not wait for that: see `join`."""
        self.stream.close()
        self.wake()

    def abort(self, reason: str = "aborted") -> None:
        """End stream and connection at once, from any thread."""
        self._aborted = reason
        self.wake()

    def wake(self) -> None:
        """Something was called on the stream."""
        self._driver.wake()
        self._loop.wake()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the connection is closed.

        :param timeout: seconds; None waits for ever.
        :returns: False when the time was over.
        :raises Exception: what `on_event` has raised.
        """
        self._thread.join(timeout)
        if self.failure is not None:
            raise self.failure
        return not self._thread.is_alive()

    def _work(self) -> None:
        self._loop.add(self._driver)
        self._guarded(self._driver.start)
        while not self._driver.closed:
            self._guarded(self._loop.turn)
            if self._aborted:
                self._guarded(partial(self._driver.abort, self._aborted))
        self._loop.close()

    def _guarded(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as fault:
            self.failure = self.failure or fault
            self._aborted = f"failed: {fault}"
