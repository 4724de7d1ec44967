# SPDX-License-Identifier: MIT
"""What a stream receives: elements become stanza objects, pass the filters and reach their handlers.

The hot path. A stanza that no coroutine filter concerns has been handled when `Intake.receive` returns.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol
from xml.etree import ElementTree as ET

from xmppkit.dispatch.filters import FilterMode, Filters, Pipeline
from xmppkit.dispatch.index import HandlerIndex
from xmppkit.exceptions import InvalidJID, XMPPError
from xmppkit.jid.address import JID, KNOWN_ADDRESSES
from xmppkit.protocol.management import ManagedSession
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.registry import ROOTS
from xmppkit.types import StanzaStream
from xmppkit.xml.names import XML_LANG
from xmppkit.xmlstream.wirelog import IN, IN_LEVELS, wire_text

__all__ = ["Intake", "IntakeHost"]

log = logging.getLogger(__name__)


class IntakeHost(StanzaStream, Protocol):
    """What the intake needs of the stream."""

    def incoming_filter(self, xml: ET.Element, /) -> ET.Element: ...

    def flush(self) -> None: ...


class Intake:
    """The way in of one stream.

    :param host: the stream.
    :param filters: its filters.
    :param handlers: its handlers.
    :param resolve: takes a stanza that answers an IQ that waits; whether it was one.
    :param spawn: runs a coroutine that nobody awaits.
    :param report: takes an exception from a filter or handler, and the stanza.
    """

    __slots__ = ("_filters", "_handlers", "_host", "_pipeline", "_report", "_resolve", "_session", "classes", "in_hand")

    def __init__(
        self,
        host: IntakeHost,
        filters: Filters,
        handlers: HandlerIndex,
        resolve: Callable[[StanzaBase], bool],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Future[Any]],
        report: Callable[[Exception, Any], object],
    ) -> None:
        self._host = host
        self._handlers = handlers
        self._resolve = resolve
        self._report = report
        self._filters = filters
        self._pipeline = Pipeline(filters, (FilterMode.IN,), self._dispatch, spawn=spawn, report=report)
        #: The stanza classes of this stream alone, by tag; they go before those that all streams know.
        self.classes: dict[str, type[StanzaBase]] = {}
        self._session: ManagedSession | None = None
        #: Stanzas of a session that is counted which were received and are not handled.
        self.in_hand = 0

    def __len__(self) -> int:
        """Stanzas that wait for a filter."""
        return len(self._pipeline)

    def build(self, element: ET.Element) -> StanzaBase:
        """The stanza object of a received element."""
        host = self._host
        try:
            element = host.incoming_filter(element)
        except Exception as exc:  # a user's code: reported, and the stream goes on
            self._report(exc, None)
        lang = host.peer_default_lang
        if lang is not None and XML_LANG not in element.attrib:
            # RFC 6120 §4.7.4: what names no language is in the stream's.
            element.set(XML_LANG, lang)
        cls = self.classes.get(element.tag) if self.classes else None
        return (cls or ROOTS.get(element.tag, StanzaBase)).received(host, element)

    def receive(self, stanza: StanzaBase) -> None:
        """Filter a stanza and give it to its handlers."""
        if IN_LEVELS.get(logging.DEBUG, True) and IN.isEnabledFor(logging.DEBUG):
            IN.debug("%s", wire_text(stanza, self._host.default_ns))
        get = stanza.xml.get
        if (get("from", "") in KNOWN_ADDRESSES and get("to", "") in KNOWN_ADDRESSES) or _addressed(stanza.xml):
            if self._filters.changes:
                self._pipeline.put(stanza)
            else:  # there has never been a filter
                self._dispatch(stanza)

    # --- stream management (XEP-0198) -----------------------------------------------------------------

    def count(self, session: ManagedSession) -> Callable[[StanzaBase], None]:
        """What takes the stanzas of a session instead of `receive`, so that it knows what has been handled: what came
        out of the filters and has reached its handlers, or was dropped. They may be those of an earlier stream, too."""
        if session is not self._session:
            self._session, self.in_hand = session, 0
            self._pipeline.through = self._count_later
        return self._receive_counted

    def _receive_counted(self, stanza: StanzaBase) -> None:
        self.in_hand += 1
        try:
            self.receive(stanza)
        finally:
            self._count()

    def _count(self) -> None:
        """What waits for a filter is not handled."""
        done = self.in_hand - len(self._pipeline)
        if done > 0 and self._session is not None:
            self.in_hand -= done
            self._session.acknowledge(done)

    def _count_later(self) -> None:
        """A filter is through with a stanza; nobody else looks whether something is to be acknowledged."""
        self._count()
        self._host.flush()

    # --- to the handlers ------------------------------------------------------------------------------

    def _dispatch(self, stanza: StanzaBase) -> None:
        if len(stanza.xml) > 1 and _is_ambiguous(stanza.xml):
            stanza.exception(XMPPError("bad-request", "A request has one payload."))
            return
        # A result belongs to the request that waits, and to handlers like any stanza.
        answered = self._resolve(stanza)
        if not self._handlers.dispatch(stanza, self._report) and not answered:
            stanza.unhandled()


def _is_ambiguous(element: ET.Element) -> bool:
    """Whether a stanza with several children is a request. It has one payload (RFC 6120 §8.2.3): of several each would
    have its handler, and its answer."""
    return element.get("type") in ("get", "set") and element.tag.endswith("}iq")


def _addressed(element: ET.Element) -> bool:
    """Whether the addresses are ones. A server may know rules that are newer or older than ours; a stanza from an
    address that is none here cannot be answered, and does not end the stream."""
    for name in ("from", "to"):
        try:
            JID(element.get(name))
        except InvalidJID as error:
            log.warning("a stanza was dropped because of its '%s' address: %s", name, error)
            return False
    return True
