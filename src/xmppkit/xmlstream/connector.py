# SPDX-License-Identifier: MIT
"""Getting a stream connected: attempt after attempt, each over all endpoints.

A network failure is worth another attempt, after a pause whose bound doubles (1, 3, 7 … 60 seconds). The pause is any
time up to that bound, at random, so that the clients of a server that was restarted do not come back at one moment. A
certificate that does not prove the domain, or an endpoint that speaks something else, will not change by itself: when
every endpoint has been tried and one of the failures was of that kind, the attempt is over.

An attempt has succeeded when the transport is connected, and with direct TLS when the handshake is done as well; where
there are other endpoints, when the endpoint has taken us (`xmppkit.xmlstream.opening`). What happens then is the
stream's business.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from xmppkit.exceptions import (
    ConnectionLost,
    ConnectionRefused,
    HostNotFound,
    MalformedStream,
    NegotiationTimeout,
    NotConnectedError,
    StreamClosed,
    StreamErrorReceived,
    TLSFailed,
)
from xmppkit.transports.endpoints import Endpoint

__all__ = ["FIRST_DELAY", "MAX_DELAY", "ConnectHost", "Connector", "next_delay", "worth_another"]

log = logging.getLogger(__name__)

#: Seconds before the first attempt after a connection was lost.
FIRST_DELAY = 1.0
#: Seconds between two attempts, at most.
MAX_DELAY = 60.0

#: What may have passed by the next attempt.
_TRANSIENT = (HostNotFound, ConnectionRefused)
#: The same, of a connection that there was.
_PASSING = (*_TRANSIENT, ConnectionLost, NegotiationTimeout, StreamClosed)
#: Of a session that goes on some servers still have the half of a stanza that a cut has left: what follows is then not
#: well-formed for them, or too large. A policy may also be about how much is sent at a time, and so pass.
_PASSING_CONDITIONS = frozenset({
    "connection-timeout", "internal-server-error", "not-well-formed", "policy-violation", "remote-connection-failed",
    "reset", "resource-constraint", "system-shutdown",
})  # fmt: skip


def worth_another(error: Exception | None) -> bool:
    """Whether to connect again after a connection that ended with `error`; None: it was asked for."""
    if isinstance(error, StreamErrorReceived):
        return error.condition in _PASSING_CONDITIONS
    if isinstance(error, MalformedStream):
        # A stanza past our limits may have come from another user through a server that has wider ones: nobody may end
        # a program by a message.
        return error.condition == "policy-violation"
    # A handshake with a server that had its TLS in order before was cut, unless it was its certificate.
    return isinstance(error, _PASSING) or type(error) is TLSFailed


def next_delay(delay: float, first: float = FIRST_DELAY, most: float = MAX_DELAY) -> float:
    """The pause after a pause of `delay` seconds, before it is cut at random."""
    return min(most, 2 * delay + first)


def _jitter() -> float:
    import random  # only who connects again pays for loading it

    return random.uniform(0.0, 1.0)  # noqa: S311 - nothing secret


class ConnectHost(Protocol):
    """What the connector needs of the stream."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...

    async def find_endpoints(self) -> list[Endpoint]:
        """Where to connect, in order; raises `HostNotFound`."""

    async def open_link(self, endpoints: Sequence[Endpoint], failed: Callable[[Endpoint, Exception], object]) -> None:
        """Connect to one of these endpoints; tells `failed` of each that did not take us, and raises if none did. An
        error that it raises without a word to `failed` is not an endpoint's."""

    def event(self, name: str, data: Any = ..., /) -> None: ...

    def wrap(self, coro: Awaitable[None], /) -> asyncio.Future[None]:
        """Run a coroutine as a task."""

    def attempt_failed(self, error: Exception) -> None:
        """The attempt is over for good."""


class Connector:
    """The attempts of one stream to connect. At most one runs at a time.

    :param host: the stream.
    """

    __slots__ = ("_delay", "_future", "_host", "_pause", "_said", "_task", "first", "jitter", "limit", "most")

    def __init__(self, host: ConnectHost) -> None:
        self._host = host
        self._task: asyncio.Future[None] | None = None
        self._future: asyncio.Future[bool] | None = None
        self._pause: asyncio.Event | None = None
        self._delay = 0.0
        self._said = ""
        #: A factor between 0 and 1 for the next pause.
        self.jitter: Callable[[], float] = _jitter
        #: Attempts after which to give up; None: never.
        self.limit: int | None = None
        #: The first pause and the longest, in seconds.
        self.first, self.most = FIRST_DELAY, MAX_DELAY

    @property
    def active(self) -> bool:
        """Whether an attempt is under way or waits."""
        return self._task is not None and not self._task.done()

    def start(self, *, retry: bool = True, after: float = 0.0, returning: bool = False) -> asyncio.Future[bool]:
        """Begin, in place of an attempt that is under way.

        :param retry: try again after a network failure.
        :param after: the pause before the first attempt, in seconds.
        :param returning: there was a session: what `worth_another` says is worth another attempt here, too.
        :returns: a future of True, done when the transport is connected. It raises the `RemoteError` when the attempt
            is over for good, and is cancelled by `cancel`.
        """
        self.cancel()
        self._delay = after
        self._said = ""
        self._future = self._host.loop.create_future()
        self._task = self._host.wrap(self._run(self._future, retry, returning))
        return self._future

    def cancel(self) -> None:
        """Give up. May be repeated."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            task.cancel()
        future, self._future = self._future, None
        if future is not None:
            future.cancel()

    def arrived(self) -> None:
        """There is a connection: nothing is under way any more, also if what has led to it takes a moment to end."""
        self._task, future, self._future = None, self._future, None
        if future is not None and not future.done():
            future.set_result(True)

    def hurry(self) -> None:
        """Make the next attempt now, if one waits."""
        if self._pause is not None:
            self._pause.set()

    async def _run(self, future: asyncio.Future[bool], retry: bool, returning: bool) -> None:
        attempts = 0
        while True:
            if self._delay:
                await self._wait()
            attempts += 1
            errors = await self._attempt()
            if future is not self._future:
                return  # a handler of connection_failed has had enough
            if not errors:
                if not future.done():
                    future.set_result(True)
                return
            final = next(
                (each for each in errors if not (isinstance(each, _TRANSIENT) or (returning and worth_another(each)))),
                None,
            )
            if final is None and (not retry or (self.limit is not None and attempts >= self.limit)):
                final = errors[-1]
            if final is not None:
                self._give_up(future, final)
                return
            self._delay = next_delay(self._delay, self.first, self.most)

    async def _wait(self) -> None:
        seconds = self._delay * self.jitter()
        self._host.event("reconnect_delay", seconds)
        self._pause = asyncio.Event()
        try:
            await asyncio.wait_for(self._pause.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            self._pause = None

    async def _attempt(self) -> list[Exception]:
        """Try all endpoints; the failures, or nothing when one of them took us."""
        errors: list[Exception] = []
        try:
            left = await self._host.find_endpoints()
        except Exception as error:  # as below
            self._failed(error)
            return [error]

        def failed(endpoint: Endpoint, error: Exception) -> None:
            left.remove(endpoint)
            errors.append(error)
            self._failed(error)

        while left:
            before = len(errors)
            try:
                await self._host.open_link(tuple(left), failed)
            except Exception as error:  # also one that nobody foresaw: an attempt must not end without a word
                if len(errors) == before:
                    self._failed(error)
                    return [*errors, error]
            else:
                return []
        return errors or [NotConnectedError("there is no endpoint to connect to")]

    def _failed(self, error: Exception) -> None:
        # One line for each thing that is wrong, not one for each attempt.
        said = str(error)
        log.log(logging.DEBUG if said == self._said else logging.WARNING, "cannot connect: %s", said)
        self._said = said
        self._host.event("connection_failed", error)

    def _give_up(self, future: asyncio.Future[bool], error: Exception) -> None:
        self._task = None
        if not future.done():
            future.set_exception(error)
            future.exception()  # told by events as well: no complaint when nobody awaits the future
        self._host.attempt_failed(error)
