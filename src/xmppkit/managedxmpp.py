# SPDX-License-Identifier: MIT
"""ManagedXMPP: a client whose session may outlive its connection (XEP-0198). `ClientXMPP` stands on it.

The plugin xep_0198 says whether and how; without it nothing here has anything to do. Events, with what the plugin
declares: ``sm_enabled``, ``sm_failed``, ``sm_disabled``, ``session_resumed``, ``stanza_acked``, ``stanza_not_acked``.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from xmppkit.basexmpp import BaseXMPP
from xmppkit.protocol import events
from xmppkit.transports.endpoints import Endpoint, explicit_endpoint
from xmppkit.xmlstream.continuing import Continuation
from xmppkit.xmlstream.places import host_and_port

if TYPE_CHECKING:
    from xmppkit.protocol.management import ManagedSession
    from xmppkit.stanza.base import StanzaBase

__all__ = ["ManagedXMPP"]


class ManagedXMPP(BaseXMPP):
    """The part of a client that keeps its session when a connection is lost. The parameters are those of `BaseXMPP`."""

    _continuation: Continuation | None = None
    #: What the server said when the session that begins now went on.
    _resumed_by: StanzaBase | None = None

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
        self._begin_session()
        self.event("session_resumed", resumed)
        return True

    def _management_enabled(self, event: events.ManagementEnabled) -> None:
        session = event.session
        if self.engine is None or not self.engine.secure:
            session.location = ""  # anybody could have said where we are to connect
        self._count(session)
        self.event("sm_enabled", event.element)

    def _count(self, session: ManagedSession) -> None:
        self.continued().begin(session)
        if self._driver is not None:
            self._driver.give_stanzas(self._intake.count(session))

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
        if self.event_handled("stanza_acked"):
            for stanza in event.stanzas:
                self.event("stanza_acked", stanza)

    def _session_ended(self) -> None:
        if self._continuation is not None:
            self._continuation.lost(self._intake.in_hand)
        super()._session_ended()

    def _session_over(self, error: Exception) -> None:
        continuation = self._continuation
        if continuation is not None:
            if continuation.resumable() is not None:
                return
            if continuation.session is not None:
                continuation.end(again=not continuation.leaving)
        super()._session_over(error)

    async def find_endpoints(self) -> list[Endpoint]:
        """See `Lifecycle.find_endpoints`. Where the server wants a session to be resumed comes first."""
        place = self._continuation.take_place() if self._continuation is not None else ""
        endpoints = await super().find_endpoints()
        address = host_and_port(place, self.default_port) if place else None
        if address is None or endpoints[0].url:  # a place is for TCP, which who has a URL may not get through
            return endpoints
        return [explicit_endpoint(*address, direct_tls=endpoints[0].direct_tls), *endpoints]

    def disconnect(
        self, wait: float = 2.0, reason: str | None = None, ignore_send_queue: bool = False
    ) -> asyncio.Future[Any]:
        """See `Lifecycle.disconnect`. A session without a connection is over, too."""
        if self._continuation is not None:
            self._continuation.leaving = True
            if not self._session_started:
                self._continuation.give_up(again=False)
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
        await super()._background_over()
