# SPDX-License-Identifier: MIT
"""The driver of one connection of a stream; see `xmppkit.drivers.asyncio`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from xmppkit.drivers.asyncio import AsyncioDriver
from xmppkit.protocol.options import TlsPolicy
from xmppkit.stanza.base import StanzaBase
from xmppkit.util.loopend import AtLoopEnd

if TYPE_CHECKING:
    from xmppkit.protocol import events
    from xmppkit.protocol.connection import Connection
    from xmppkit.settings.settings import Settings

__all__ = ["LinkDriver", "LinkOwner"]

log = logging.getLogger(__name__)


class LinkOwner(Protocol):
    """What the driver needs of the stream."""

    settings: Settings

    @property
    def take_stanza(self) -> Callable[[StanzaBase], None]:
        """Takes each stanza that comes."""

    def take_event(self, event: events.Event | StanzaBase, /) -> None:
        """The engine reports something else."""

    def transport_up(self, driver: LinkDriver, /) -> None:
        """The transport is connected."""

    def exception(self, exception: BaseException, /) -> None:
        """Something in the program has failed."""

    def event(self, name: str, data: Any = ..., /) -> None: ...


class LinkDriver(AsyncioDriver):
    """Says what no event of the engine says: that the transport is there, and that its bytes are over."""

    __slots__ = ("_at_loop_end", "_owner", "_take_stanza", "closing")

    def __init__(self, stream: Connection, owner: LinkOwner, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            stream, owner.take_event, on_fault=owner.exception, loop=loop, write_limit=owner.settings.write_limit
        )
        self._owner = owner
        self._take_stanza = owner.take_stanza
        #: Whether the stream was told to end.
        self.closing = False
        self._at_loop_end: AtLoopEnd | None = None

    def _sink(self, event: Any) -> None:
        try:
            if isinstance(event, StanzaBase):
                self._take_stanza(event)
            else:
                self._on_event(event)
        except Exception as fault:
            self.faults.note(fault)

    def give_stanzas(self, take: Callable[[StanzaBase], None]) -> None:
        """From here on `take` gets the stanzas, and counts those that are handled."""
        self._take_stanza = take

    @property
    def counts(self) -> bool:
        """Whether it is known which stanzas are handled."""
        return self._take_stanza != self._owner.take_stanza

    def connection_made(self, transport: Any) -> None:
        if self.stream.options.tls is TlsPolicy.TRANSPORT:  # which has been negotiated, and is told at once
            self.transport = transport
            self._owner.transport_up(self)
            super().connection_made(transport)
        else:
            super().connection_made(transport)
            self._owner.transport_up(self)

    def end_with_loop(self) -> None:
        """The stream is about to be closed, and perhaps nobody waits for that: should the event loop end before, close
        the transport."""
        if self._at_loop_end is None and self.transport is not None and self.loop.is_running():
            self._at_loop_end = AtLoopEnd(self._loop_ends)

    def _loop_ends(self) -> None:
        if self.unsent:
            log.warning("the event loop ends before everything was sent: await disconnect()")
        self.discard()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._at_loop_end is not None:
            self._at_loop_end.cancel()

    def close(self) -> None:
        self.closing = True
        super().close()

    def discard(self) -> None:
        """Nobody cares any more: report nothing further, and close."""
        self._on_event = self._take_stanza = _ignore
        if self.transport is not None:
            self.abort()

    def eof_received(self) -> bool:
        if not self._leaving:
            self._owner.event("eof_received")
        return super().eof_received()


def _ignore(event: object) -> None:
    """Take an event of a connection that has been given up."""
