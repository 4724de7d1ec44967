# SPDX-License-Identifier: MIT
"""Noticing that the other end of a connection is gone although nobody has said so (RFC 6120 §4.6).

A link that is half open takes what is written, for minutes, and brings nothing. A `Watch` bounds that time. It is
silence that counts, from the moment in which something was sent, or in which something came last; before the time is
over the server is asked for a sign of life, and whatever comes is one. While the program itself does not read, because
its handlers are behind, nothing is counted.

With stream management what was sent is acknowledged, and the engine sees to that (`xmppkit.protocol.manager`): then the
watch is for silence alone.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Protocol

from xmppkit.exceptions import ConnectionLost

if TYPE_CHECKING:
    import asyncio

    from xmppkit.xmlstream.link import LinkDriver

__all__ = ["Watch", "WatchHost"]

#: The part of the time after which the server is asked: what was sent asks for an answer of itself, and silence
#: should not be broken more often than need be.
_ASK_SENT, _ASK_IDLE = 0.5, 0.75


class WatchHost(Protocol):
    """What the watch needs of the stream."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...

    def ask_server(self) -> None:
        """Send something that the server answers."""


class Watch:
    """Watches one connection.

    :param host: the stream.
    :param driver: the connection.
    :param answer: seconds in which something must come after something was sent; None: that does not matter.
    :param idle: seconds in which something must come in any case; None: that does not matter.
    """

    __slots__ = ("_answer", "_asked", "_driver", "_grace", "_host", "_idle", "_sent", "_timer", "_unsent")

    def __init__(self, host: WatchHost, driver: LinkDriver, *, answer: float | None, idle: float | None) -> None:
        self._host = host
        self._driver = driver
        self._answer = answer
        self._idle = idle
        self._timer: asyncio.TimerHandle | None = None
        #: How long it may take the server to answer when it was asked.
        self._grace = min(
            answer * (1 - _ASK_SENT) if answer is not None else inf, idle * (1 - _ASK_IDLE) if idle is not None else inf
        )
        #: When the server was asked, if it has not said anything since.
        self._asked: float | None = None
        #: When something was sent, or later, if nothing has come since.
        self._sent: float | None = None
        #: Bytes that had not left when the time was over last. (When something has just been sent it may not have left
        #: only because some transports write in the next turn.)
        self._unsent = 0

    def start(self) -> None:
        """Begin, at once."""
        self._driver.heard_at = self._host.loop.time()
        self._wait()

    def stop(self) -> None:
        """End. May be repeated."""
        self._driver.on_speech = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _spoken(self) -> None:
        """Something was written, for the first time since something came, or since the last look."""
        self._driver.on_speech = None
        self._sent = self._host.loop.time()
        self._wait()

    def _ask_at(self) -> float | None:
        """When to ask the server, unless something comes; None: never."""
        heard = self._driver.heard_at
        times = []
        if self._sent is not None and self._answer is not None:
            times.append(max(self._sent, heard) + self._answer * _ASK_SENT)
        if self._idle is not None:
            times.append(heard + self._idle * _ASK_IDLE)
        return min(times, default=None)

    def _wait(self) -> None:
        """Set the timer anew."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._sent is None and self._answer is not None:
            self._driver.on_speech = self._spoken
        when = self._ask_at() if self._asked is None else self._asked + self._grace
        if when is not None:
            self._timer = self._host.loop.call_at(when, self._look)

    def _look(self) -> None:
        """The time is over that was waited for."""
        self._timer = None
        driver, now = self._driver, self._host.loop.time()
        before, self._unsent = self._unsent, driver.unsent
        if driver.is_behind or self._unsent < before:
            driver.heard_at = now  # we do not listen; or the other end takes what is sent, and has no time for more
        if not driver.spoke:
            self._sent = None
        if self._asked is not None:
            if driver.heard_at <= self._asked:
                silence = now - driver.heard_at
                driver.stream.lose(ConnectionLost(f"nothing has come from the server for {silence:.3g} s"))
                driver.wake()
                return
            self._asked = None
        when = self._ask_at()
        if when is not None and now >= when:
            self._asked = now
            self._host.ask_server()
            if driver.stream.closed:
                return
        self._wait()
