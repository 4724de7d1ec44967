# SPDX-License-Identifier: MIT
"""ManagedXMPP: a client whose session may outlive its connection (XEP-0198). `ClientXMPP` stands on it.

The plugin xep_0198 says whether and how; without it nothing here has anything to do. Events, with what the plugin
declares: ``sm_enabled``, ``sm_failed``, ``sm_disabled``, ``session_resumed``, ``stanza_acked``, ``stanza_not_acked``.

With a storage (`BaseXMPP.use_storage`) it may outlive the process as well: see `xmppkit.xmlstream.journal`. A process
that goes on with the session of another raises ``session_resumed`` and then ``session_start``, for its program begins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from xmppkit.basexmpp import BaseXMPP
from xmppkit.protocol import events
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.registry import ROOTS
from xmppkit.transports.endpoints import Endpoint, explicit_endpoint
from xmppkit.xmlstream.continuing import Continuation
from xmppkit.xmlstream.places import host_and_port

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from xmppkit.protocol.management import ManagedSession
    from xmppkit.xmlstream.journal import Journal
    from xmppkit.xmlstream.link import LinkDriver

__all__ = ["ManagedXMPP"]


class ManagedXMPP(BaseXMPP):
    """The part of a client that keeps its session when a connection is lost. The parameters are those of `BaseXMPP`."""

    _continuation: Continuation | None = None
    #: What the server said when the session that begins now went on.
    _resumed_by: StanzaBase | None = None
    #: Keeps the session in the storage; None: nobody does.
    _journal: Journal | None = None

    _reactions: ClassVar[dict[type, str]] = {
        **BaseXMPP._reactions,
        events.ManagementEnabled: "_management_enabled",
        events.ManagementFailed: "_management_failed",
        events.Resumed: "_resumed",
        events.ResumptionFailed: "_resumption_failed",
        events.StanzasAcked: "_stanzas_acked",
    }

    def continued(self) -> Continuation:
        """What is known of the session that may outlive its connection."""
        if self._continuation is None:
            self._continuation = Continuation(self, self._sender, super()._session_over)
        return self._continuation

    def _go_on(self) -> bool:
        """If an earlier session goes on, tell; whether it does."""
        resumed, self._resumed_by = self._resumed_by, None
        if resumed is None:
            return False
        revived, self.continued().revived = self.continued().revived, False
        self._begin_session()
        self.event("session_resumed", resumed)
        if revived:
            self._tell_session()
        return True

    def _management_enabled(self, event: events.ManagementEnabled) -> None:
        session = event.session
        if self.engine is None or not self.engine.secure:
            session.location = ""  # anybody could have said where we are to connect
        self._count(session)
        self.event("sm_enabled", event.element)

    def _count(self, session: ManagedSession) -> None:
        self.continued().begin(session)
        journal = self._journal
        acknowledge = None
        if journal is not None and journal.claimed:
            journal.begin(session)
            acknowledge, self._sender.kept = journal.handled, journal.touch
        if self._doubles is not None:
            acknowledge = partial(self._handled, acknowledge or session.acknowledge)
        if self._driver is not None:
            self._driver.give_stanzas(self._intake.count(session, acknowledge))

    def _handled(self, acknowledge: Callable[[int], object], count: int) -> None:
        acknowledge(count)
        if self._doubles is not None:
            self._doubles.handled()

    def _management_failed(self, event: events.ManagementFailed) -> None:
        self.event("sm_failed", event.element)

    def _resumed(self, event: events.Resumed) -> None:
        self._count(event.session)
        self._resumed_by = event.element
        if self.boundjid != event.session.jid or not self.is_bound():
            self._bind(event.session.jid)  # of another process

    def _resumption_failed(self, event: events.ResumptionFailed) -> None:
        self._session_not_resumed()
        self.event("sm_failed", event.element or {})

    def _session_not_resumed(self) -> None:
        if self._continuation is not None:
            self._continuation.give_up()

    def _stanzas_acked(self, event: events.StanzasAcked) -> None:
        self._sender.go_on()
        self._sender.leg.acked()
        if self._journal is not None:
            self._journal.touch()
        if self.event_handled("stanza_acked"):
            for stanza in event.stanzas:
                self.event("stanza_acked", stanza)

    def _session_ended(self) -> None:
        if self._continuation is not None:
            written = 0 if self._journal is None else self._journal.pending
            self._continuation.lost(self._intake.in_hand + written)
        super()._session_ended()

    def _session_over(self, error: Exception) -> None:
        continuation = self._continuation
        if continuation is not None:
            if continuation.resumable() is not None:
                return
            if continuation.session is not None:
                continuation.end(again=not continuation.leaving)
            if continuation.leaving:
                self._forget_session()
        super()._session_over(error)

    async def find_endpoints(self) -> list[Endpoint]:
        """See `Lifecycle.find_endpoints`. Where the server wants a session to be resumed comes first."""
        await self._recall()
        place = self._continuation.take_place() if self._continuation is not None else ""
        endpoints = await super().find_endpoints()
        address = host_and_port(place, self.default_port) if place else None
        if address is None or endpoints[0].url:  # a place is for TCP, which who has a URL may not get through
            return endpoints
        return [explicit_endpoint(*address, direct_tls=endpoints[0].direct_tls), *endpoints]

    # --- in a storage -----------------------------------------------------------------------------------

    async def _recall(self) -> None:
        """Before the first connection: whether an earlier process has left a session."""
        management = self.plugin.get("xep_0198", None)
        if self.storage is None or management is None or not management.persist or self.is_component:
            return
        if self._journal is None:
            from xmppkit.xmlstream.journal import Journal  # most programs keep nothing

            self._journal = Journal(self.storage, self.requested_jid, self._make_stanza, lambda: self.loop)
        if self._journal.claimed:
            return
        session = await self._journal.recall(management.make_options())
        continued = self.continued()
        if session is not None and continued.session is None:
            continued.revive(session)

    def _make_stanza(self, element: Element) -> StanzaBase:
        return ROOTS.get(element.tag, StanzaBase)(self, element)

    def _begin_session(self) -> None:
        if self._journal is not None and (self._continuation is None or self._continuation.session is None):
            self._forget_session()  # this one is not counted, and what is left of another is sent in it
        super()._begin_session()

    def _forget_session(self) -> None:
        if self._journal is not None and self._journal.claimed:
            self._sender.kept = None
            self._journal.end()

    def _close(self, driver: LinkDriver, wait: float) -> None:
        if self._journal is not None:
            self._journal.hasten()
        super()._close(driver, wait)

    # --- the end ----------------------------------------------------------------------------------------

    def disconnect(
        self, wait: float = 2.0, reason: str | None = None, ignore_send_queue: bool = False
    ) -> asyncio.Future[Any]:
        """See `Lifecycle.disconnect`. A session without a connection is over, too."""
        if self._continuation is not None:
            self._continuation.leaving = True
            if not self._session_started:
                self._continuation.give_up(again=False)
                self._forget_session()
        return super().disconnect(wait, reason, ignore_send_queue)

    def reconnect(self, wait: float = 2.0, reason: str = "Reconnecting") -> None:
        """See `Lifecycle.reconnect`. A session that can be resumed is not closed: the next connection continues it."""
        if self._continuation is None or self._continuation.resumable() is None or not self._session_started:
            super().reconnect(wait, reason)
            if self._continuation is not None:
                self._continuation.leaving = False
            return
        self.disconnect_reason = reason
        self._connect()

    async def _background_over(self) -> None:
        if self._continuation is not None:
            self._continuation.give_up(again=False)
        if self._journal is not None:
            self._forget_session()
            await self._journal.settled()
            self._journal.release()
        await super()._background_over()
