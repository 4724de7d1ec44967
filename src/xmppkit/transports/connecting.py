# SPDX-License-Identifier: MIT
"""Connecting to the first of several endpoints that can be reached (RFC 6120 §3.2.1), with happy eyeballs over the
whole list (RFC 8305): one that has not answered for a moment is joined by the next, and the first to answer is taken.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Generic

from xmppkit.exceptions import ConnectionRefused, HostNotFound, RemoteError
from xmppkit.transports.base import Connector, ReceiverT
from xmppkit.transports.endpoints import Endpoint

__all__ = ["connect"]


class _TooLate(Exception):
    """Another endpoint was faster."""


class _Race(Generic[ReceiverT]):
    """Endpoints under way, of which one gets a receiver."""

    def __init__(self, connector: Connector, make_receiver: Callable[[Endpoint], ReceiverT]) -> None:
        self._connector = connector
        self._make_receiver = make_receiver
        self._winner: Endpoint | None = None
        self.running: dict[asyncio.Task[ReceiverT], Endpoint] = {}

    def start(self, endpoint: Endpoint) -> None:
        self.running[asyncio.ensure_future(self._connect(endpoint))] = endpoint

    async def _connect(self, endpoint: Endpoint) -> ReceiverT:
        try:
            return await self._connector.connect(endpoint, partial(self._admit, endpoint))
        except BaseException:
            if self._winner is endpoint:
                self._winner = None
            raise

    def _admit(self, endpoint: Endpoint) -> ReceiverT:
        """The transport is there; at most one endpoint comes past this."""
        if self._winner is not None:
            raise _TooLate
        self._winner = endpoint
        return self._make_receiver(endpoint)

    async def next(self, patience: float | None) -> list[tuple[Endpoint, asyncio.Task[ReceiverT]]]:
        """Those that have ended, at least one unless `patience` ends first."""
        done, _ = await asyncio.wait(self.running, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        return [(self.running.pop(task), task) for task in list(self.running) if task in done]

    async def stop(self) -> None:
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)


async def connect(
    endpoints: Iterable[Endpoint],
    connector: Connector,
    make_receiver: Callable[[Endpoint], ReceiverT],
    *,
    on_failure: Callable[[Endpoint, Exception], object] | None = None,
    delay: float | None = None,
) -> ReceiverT:
    """Connect to the first endpoint that can be reached.

    :param endpoints: in the order to try.
    :param connector: makes the connections.
    :param make_receiver: makes what faces the network, as a driver with a stream that does TLS as the endpoint says;
        called for one endpoint at a time, and not again when that has worked.
    :param on_failure: told of each endpoint that cannot be reached.
    :param delay: seconds after which the next endpoint is tried beside those that have not answered; None tries one
        after the other.
    :returns: that receiver; it has been told of the connection.
    :raises HostNotFound: no endpoint's host name resolves.
    :raises ConnectionRefused: no endpoint can be reached; the message names each.
    """
    waiting = deque(endpoints)
    race = _Race(connector, make_receiver)
    failures: list[RemoteError] = []
    try:
        while waiting or race.running:
            if waiting:
                race.start(waiting.popleft())
            for endpoint, task in await race.next(delay if waiting else None):
                error = task.exception()
                if error is None:
                    return task.result()
                if isinstance(error, _TooLate):
                    continue
                if on_failure is not None and isinstance(error, Exception):
                    on_failure(endpoint, error)
                if not isinstance(error, HostNotFound | ConnectionRefused):
                    raise error
                failures.append(error)
    finally:
        await race.stop()
    if len(failures) == 1:
        raise failures[0]
    if failures and all(isinstance(error, HostNotFound) for error in failures):
        raise HostNotFound("; ".join(f"{error.where}: {error.reason}" for error in failures))
    said = "; ".join(f"{error.where}: {error.reason}" for error in failures) or "there is no endpoint to connect to"
    raise ConnectionRefused(said)
