# SPDX-License-Identifier: MIT
"""Streams that are ready, a transport that does what a test says, and what an application keeps of its events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from xmppkit.drivers.asyncio import AsyncioDriver
from xmppkit.protocol.events import Event
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.stanza.base import StanzaBase

JID = "alice@localhost/desk"


def clear(**changes: Any) -> StreamOptions:
    """Options for streams without TLS."""
    return StreamOptions(tls=TlsPolicy.DISABLED, domain="localhost", **changes)


def ready_client(**changes: Any) -> ClientStream:
    return ClientStream.negotiated(JID, clear(**changes), now=0.0)


def ready_receiver(**changes: Any) -> ReceiverStream:
    return ReceiverStream.negotiated(JID, clear(**changes), now=0.0)


def brief(event: Event | StanzaBase) -> str:
    """An event in a word: its type, or the body of the message that it is."""
    return type(event).__name__ if isinstance(event, Event) else str(event["body"])


def message(body: object) -> bytes:
    return f"<message><body>{body}</body></message>".encode()


class Tools:
    clear = staticmethod(clear)
    ready_client = staticmethod(ready_client)
    ready_receiver = staticmethod(ready_receiver)
    brief = staticmethod(brief)
    message = staticmethod(message)


@pytest.fixture
def tools() -> type[Tools]:
    return Tools


class Transport(asyncio.Transport):
    """Keeps what is written and what was asked of it; the network is the test's.

    :param stuck: the network takes nothing, until `flush`.
    """

    def __init__(
        self,
        driver: AsyncioDriver,
        *,
        stuck: bool = False,
        can_eof: bool = True,
        extra: dict[str, object] | None = None,
    ) -> None:
        super().__init__(extra)
        self.driver = driver
        self.stuck = stuck
        self.can_eof = can_eof
        self.writes: list[bytes] = []
        self.waiting = 0
        self.calls: list[str] = []
        self.closing = False
        self.high: int | None = None

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))
        if self.stuck:
            self.waiting += len(data)

    def flush(self) -> None:
        self.stuck, self.waiting = False, 0
        self.driver.resume_writing()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.high = high

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None:
        self.calls.append("pause")

    def resume_reading(self) -> None:
        self.calls.append("resume")

    def can_write_eof(self) -> bool:
        return self.can_eof

    def write_eof(self) -> None:
        self.calls.append("eof")

    def close(self) -> None:
        self.calls.append("close")
        self.closing = True

    def abort(self) -> None:
        self.calls.append("abort")
        self.closing, self.waiting = True, 0
        asyncio.get_running_loop().call_soon(self.driver.connection_lost, None)


class Station:
    """A driver and what its application saw.

    :param answer: called with each event.
    """

    def __init__(self, stream: Any, answer: Callable[[Any, Any], object] | None = None, **options: Any) -> None:
        self.events: list[Event | StanzaBase] = []
        self.faults: list[Exception] = []
        self.closed: list[Exception | None] = []
        self._answer = answer or (lambda stream, event: None)
        options.setdefault("on_fault", self.faults.append)
        self.driver = AsyncioDriver(stream, self._take, on_closed=self.closed.append, **options)

    def _take(self, event: Event | StanzaBase) -> None:
        self.events.append(event)
        self._answer(self.driver.stream, event)

    def connect(self, **options: Any) -> Transport:
        transport = Transport(self.driver, **options)
        self.driver.connection_made(transport)
        return transport

    @property
    def brief(self) -> list[str]:
        return [type(each).__name__ if isinstance(each, Event) else str(each["body"]) for each in self.events]


@pytest.fixture
def drive() -> type[Station]:
    return Station
