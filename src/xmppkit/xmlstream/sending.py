# SPDX-License-Identifier: MIT
"""What a stream sends: parked until the session has started, then through the filters to the engine.

Order on the wire is the order of the calls of `Sender.send`, whatever is parked and however long a filter takes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol
from xml.etree import ElementTree as ET

from xmppkit.dispatch.filters import FilterMode, Filters, Pipeline
from xmppkit.exceptions import LocalProtocolError, NotConnectedError
from xmppkit.protocol.connection import Connection
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.state import Call
from xmppkit.stanza.element import ElementBase
from xmppkit.xml.serializer import serialize
from xmppkit.xmlstream.wirelog import OUT, wire_text

__all__ = ["MAX_PARKED", "Sender", "SenderHost"]

#: How many stanzas are kept for a session that has not started yet. A program that sends on for ever without a
#: connection is told by `NotConnectedError`, before it has filled the memory.
MAX_PARKED = 10_000

_OUTWARD = (FilterMode.OUT, FilterMode.OUT_SYNC, FilterMode.OUT_SCE)
#: Payloads of IQs that belong to the negotiation. COMPAT(slixmpp 1.17): features of the application send them with
#: ``iq.send()``.
_NEGOTIATING = ("bind", "session", "register")


class SenderHost(Protocol):
    """What the sender needs of the stream."""

    default_ns: str

    @property
    def engine(self) -> Connection | None: ...

    def flush(self) -> None: ...

    def event(self, name: str, data: Any = ..., /) -> None: ...


class Sender:
    """The way out of one stream.

    :param host: the stream.
    :param filters: its filters.
    :param spawn: runs a coroutine that nobody awaits.
    :param report: takes an exception that has stopped a stanza, and the stanza.
    """

    __slots__ = ("_ahead", "_host", "_keep", "_open", "_parked", "_write", "pipeline")

    def __init__(
        self,
        host: SenderHost,
        filters: Filters,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Future[Any]],
        report: Callable[[Exception, Any], object],
    ) -> None:
        self._host = host
        self._open = False
        #: The engine's `send`, while the session is open.
        self._write: Callable[[Any], None] | None = None
        self._keep = False
        self._parked: list[tuple[Any, bool]] = []
        #: How many of these are through the filters: they came too late for the stream that has ended.
        self._ahead = 0
        self.pipeline = Pipeline(filters, _OUTWARD, self._transmit, spawn=spawn, report=report)

    @property
    def is_open(self) -> bool:
        """Whether what is sent leaves at once."""
        return self._open

    def send(self, data: Any, use_filters: bool) -> None:
        """Send a stanza, an element or text, or park it; see `XMLStream.send`."""
        if self._open:
            self.pipeline.put(data, use_filters and isinstance(data, ElementBase))
        elif not self._negotiate(data):
            self._park(data, use_filters)

    def _negotiate(self, data: Any) -> bool:
        """Send what belongs to a stream feature that the application negotiates; whether it was that."""
        engine = self._host.engine
        if not isinstance(engine, ClientStream) or Call.SEND_NEGOTIATION not in engine.state.row.calls:
            return False
        if isinstance(data, ElementBase):
            if data.name in ("message", "presence"):
                return False
            if data.name == "iq" and all(data.get_plugin(each, check=True) is None for each in _NEGOTIATING):
                return False
            data = data.xml
        elif not isinstance(data, ET.Element):
            return False
        if OUT.isEnabledFor(logging.DEBUG):
            self._log(data)
        engine.send_negotiation(data)
        self._host.flush()
        return True

    def _park(self, data: Any, use_filters: bool) -> None:
        if len(self._parked) >= MAX_PARKED:
            raise NotConnectedError(f"{MAX_PARKED} stanzas wait for a session already; this one was not taken")
        if not isinstance(data, str):
            # Whatever cannot be written is told now, not when the session starts and the caller is gone.
            serialize(data if isinstance(data, ET.Element) else data.xml)
        self._parked.append((data, use_filters))
        self._host.event("stanza_not_sent", data)

    def open(self) -> None:
        """The session has started: send what is parked, and from here on at once."""
        self._open = True
        engine = self._host.engine
        self._write = engine.send if engine is not None else None
        parked, self._parked, self._ahead = self._parked, [], 0
        for data, use_filters in parked:
            self.send(data, use_filters)

    def close(self, *, drop: bool) -> None:
        """The session has ended.

        :param drop: forget what waits; otherwise it is kept for the next session.
        """
        self._open = False
        self._write = None
        self._keep = not drop
        waiting = self.pipeline.clear()
        if not drop:
            self._parked[self._ahead : self._ahead] = waiting
        else:
            self._parked.clear()
            self._ahead = 0

    def _transmit(self, data: Any) -> None:
        if self._write is not None:
            try:
                self._write(data)
            except LocalProtocolError:
                pass  # the stream is over, which we shall be told next
            else:
                if OUT.isEnabledFor(logging.DEBUG):
                    self._log(data)
                self._host.flush()
                return
        # The stream went while a filter was at work, or in this very read. What is through the filters was sent before
        # all that is parked; whether it is kept is known when the session is declared over.
        if (self._open or self._keep) and len(self._parked) < MAX_PARKED:
            self._parked.insert(self._ahead, (data, False))
            self._ahead += 1
        self._host.event("stanza_not_sent", data)

    def _log(self, data: Any) -> None:
        OUT.debug("%s", wire_text(data, self._host.default_ns))
