# SPDX-License-Identifier: MIT
"""The connections of the embedded server: one client each, or one component."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Protocol
from xml.etree.ElementTree import Element

from xmppkit.drivers.asyncio import AsyncioDriver
from xmppkit.exceptions import InvalidJID, QueueFull
from xmppkit.jid.address import JID
from xmppkit.protocol import events
from xmppkit.protocol.component import ComponentReceiverStream
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.server.crowds import Crowd
from xmppkit.stanza.base import StanzaBase
from xmppkit.xml.names import CLIENT, COMPONENT, XML_LANG
from xmppkit.xml.namespaces import moved

if TYPE_CHECKING:
    from xmppkit.protocol.connection import Connection
    from xmppkit.protocol.management import ManagedSession
    from xmppkit.sasl.credentials import AccountRecord
    from xmppkit.server.limits import ServerLimits
    from xmppkit.server.tokens import Issued

__all__ = ["ClientSession", "ComponentSession", "Session", "SessionHost"]

log = logging.getLogger(__name__)

#: Seconds of what one peer has sent that are handled before others have their turn.
_SLICE = 0.01


class SessionHost(Protocol):
    """What a session needs of the server."""

    @property
    def limits(self) -> ServerLimits: ...

    def account_record(self, event: events.AccountNeeded, certificate: bytes | None) -> AccountRecord | None:
        """How an account logs in; None when there is none.

        :param certificate: the client's own, in DER; None: it has shown none.
        """

    def upgraded(self, event: events.MechanismUpgraded, basis: AccountRecord) -> None:
        """A client has told what is to be known of its password for another mechanism (XEP-0480).

        :param basis: how it was let in.
        """

    def login_failed(self, address: str, now: float) -> None:
        """A login from `address` has failed."""

    def login_blocked(self, address: str, now: float) -> bool:
        """Whether so many logins from `address` have failed that it must wait."""

    def token(self, event: events.TokenRequested) -> Issued | None:
        """A client has logged in with a token, or wants one: what it is given; None for nothing."""

    def secret(self, domain: str) -> str | None:
        """The secret of a component; None when there is none."""

    def bind(self, session: ClientSession, resource: str | None, tag: str = "") -> JID | None:
        """The full address for a session; None when the account has too many, or is no more.

        :param tag: with what a resource begins that the server chooses.
        :raises InvalidJID: there can be no such resource.
        """

    def started(self, session: Session) -> None:
        """A session is ready."""

    def ended(self, session: Session) -> None:
        """A connection is over, whether it had a session or not."""

    def counted(self, session: ClientSession) -> None:
        """Stanzas of a session are counted from here on (XEP-0198)."""

    def resume(self, session: ClientSession, previd: str) -> None:
        """A client wants to go on with an earlier session: answer its stream."""

    def overflowed(self, session: ClientSession, element: Element) -> None:
        """A client leaves too much unacknowledged; `element` was not sent to it."""

    def crowded(self, session: Session) -> None:
        """Much waits for a session: who sends more to it should wait."""

    def stanza(self, session: Session, element: Element) -> None:
        """A stanza came, in the namespace ``jabber:client``, with its sender."""


class Session(ABC):
    """One connection.

    :param host: the server.
    :param stream: the engine.
    :ivar ready: it has begun and is not over; only then what it sends is passed on.
    :ivar crowd: those who wait until it has taken more of what it is sent.
    """

    def __init__(self, host: SessionHost, stream: Connection, loop: asyncio.AbstractEventLoop) -> None:
        self._host = host
        self.ready = False
        self.crowd = Crowd(loop)
        self._slice_ends: float | None = None
        #: Why it is not read from: it has had its slice of time; it has sent to somebody who is behind.
        self._waits = self._held = False
        # Of who does not read the answers no more is read, long before it would be cut off.
        limit = host.limits.unsent_bytes // 2
        self.driver = AsyncioDriver(stream, self._take, on_closed=self._gone, loop=loop, write_limit=limit)
        self.driver.on_full = self._full

    @property
    def jid(self) -> JID:
        """The full address of a client, or the domain of a component."""
        return self.driver.stream.jid

    @property
    def address(self) -> str:
        """Where the connection comes from, without the port; empty when nobody knows."""
        transport = self.driver.transport
        peer = transport.get_extra_info("peername") if transport is not None else None
        return str(peer[0]) if isinstance(peer, tuple) and peer else ""

    def send(self, element: Element) -> None:
        """Send a stanza. Whoever does not read what is sent is cut off."""
        if not self.driver.stream.ready:
            return
        self.driver.send(element)
        if self.is_crowded:
            self._host.crowded(self)
        if self.driver.unsent > self._host.limits.unsent_bytes:
            self.driver.abort("it does not read what it is sent")

    @property
    def is_crowded(self) -> bool:
        """Whether half of what may wait for it does."""
        return 2 * self.driver.unsent > self._host.limits.unsent_bytes

    def _full(self, full: bool) -> None:
        if not full:
            self.crowd.moved(room=not self.is_crowded)

    def hold(self) -> None:
        """Do not read from it until `go_on`."""
        self._held = True
        self.driver.pause_reading()

    def go_on(self) -> None:
        """Read again what it sends."""
        self._held = False
        if not self._waits:
            self.driver.resume_reading()

    def close(self, condition: str = "", text: str = "") -> None:
        """End the stream, with a stream error if a condition is named."""
        stream = self.driver.stream
        if stream.closed:
            return
        if condition and stream.ready:
            stream.close_with_error(condition, text)
            self.driver.wake()
        else:
            self.driver.close()

    def _gone(self, error: Exception | None) -> None:
        if not (self._waits or self._held):  # else there are stanzas left, and the stream's end is behind them
            self._end()

    def _end(self) -> None:
        self.crowd.dissolve()
        self._host.ended(self)

    def _take(self, event: Any) -> None:
        if isinstance(event, StanzaBase):
            if self.ready:  # else another one has taken its place, or its account is gone
                self._stanza(event.xml)
                self._pace()
        elif isinstance(event, events.Negotiated):
            if not self.ready:  # else it goes on with an earlier session
                self.ready = True
                self._host.started(self)
        elif isinstance(event, events.StreamEnded):
            if event.error is not None:
                log.info("%s: %s", self.jid or "a connection", event.error)
            self._end()
        elif not self.driver.stream.closed:
            # A peer that did not wait for the answer may have ended the stream behind its question.
            self._ask(event)

    def _pace(self) -> None:
        """See to it that a peer with many questions, or with expensive ones, does not keep the others waiting."""
        loop = self.driver.loop
        now = loop.time()
        if self._slice_ends is None:
            self._slice_ends = now + _SLICE
            loop.call_soon(self._next_slice)
        elif now >= self._slice_ends and not self._waits:
            self._waits = True
            self.driver.pause_reading()

    def _next_slice(self) -> None:
        self._slice_ends = None
        if self._waits:
            self._waits = False
            if not self._held:
                self.driver.resume_reading()

    @abstractmethod
    def _ask(self, event: Any) -> None:
        """Answer the event if it is a question."""

    def _stanza(self, element: Element) -> None:
        self._host.stanza(self, element)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.jid}>"


class ClientSession(Session):
    """A client.

    :ivar presence: what it has said last of its availability; None while it is not available.
    :ivar priority: the one in it.
    :ivar interested: it has asked for the roster, and gets changes of it.
    :ivar directed: whom it has told directly that it is available.
    :ivar managed: the counts of its stanzas (XEP-0198); None: they are not counted.
    :ivar waits: it has no connection, and waits for being resumed.
    :ivar carbons: it has copies of what its account's other clients send and receive (XEP-0280).
    :ivar client: what names the client's installation (XEP-0388); empty: it did not say.
    """

    def __init__(self, host: SessionHost, stream: ReceiverStream, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(host, stream, loop)
        self.presence: Element | None = None
        self.priority = 0
        self.interested = False
        self.directed: set[str] = set()
        self.managed: ManagedSession | None = None
        self.waits = False
        self.carbons = False
        self.client = ""
        self._record: AccountRecord | None = None

    def send(self, element: Element) -> None:
        """Send a stanza, or keep it for when the session is resumed."""
        try:
            if self.waits and self.managed is not None:
                self.managed.hold(element)
            else:
                super().send(element)
        except QueueFull:
            self._host.overflowed(self, element)

    @property
    def is_crowded(self) -> bool:
        managed, limits = self.managed, self._host.limits
        if managed is None or self.waits:  # for one that may never come back nobody waits
            return super().is_crowded and not self.waits
        return 2 * len(managed) > limits.unacked or 2 * managed.size > limits.unacked_bytes or super().is_crowded

    def take_over(self, other: ClientSession) -> None:
        """Be the session that `other` was."""
        self.presence, self.priority, self.interested = other.presence, other.priority, other.interested
        self.directed, self.managed = other.directed, other.managed
        self.carbons, self.client = other.carbons, other.client
        self.ready, other.ready = True, False
        other.managed = None

    def unacked(self) -> list[Element]:
        """The session is over: what the client has not acknowledged, which is forgotten here."""
        self.waits = False
        rest = self.managed.give_up() if self.managed is not None else ()
        return [each.stanza for each in rest if isinstance(each.stanza, Element)]

    def _ask(self, event: Any) -> None:
        stream = self.driver.stream
        assert isinstance(stream, ReceiverStream)
        if isinstance(event, events.AccountNeeded):
            self._log_in(stream, event)
        elif isinstance(event, events.AuthenticationFailed):
            self._host.login_failed(self.address, self.driver.loop.time())
        elif isinstance(event, events.MechanismUpgraded):
            assert self._record is not None  # somebody was let in by it
            self._host.upgraded(event, self._record)
        elif isinstance(event, events.TokenRequested):
            token = self._host.token(event)
            stream.provide_token(*(token.token, token.expiry) if token is not None else (None,))
        elif isinstance(event, events.BindRequested):
            self._bind(stream, event)
        elif isinstance(event, events.ResumeRequested):
            self._host.resume(self, event.previd)
        elif isinstance(event, events.ManagementEnabled):
            self.managed = event.session
            self._host.counted(self)
        elif isinstance(event, events.StanzasAcked):
            self.crowd.moved(room=not self.is_crowded)

    def _log_in(self, stream: ReceiverStream, event: events.AccountNeeded) -> None:
        if self._host.login_blocked(self.address, self.driver.loop.time()):
            stream.refuse_account("temporary-auth-failure", "too many logins have failed: try again later")
            return
        tls = stream.tls_info
        self._record = self._host.account_record(event, tls.certificate if tls is not None else None)
        stream.provide_account(self._record)

    def _bind(self, stream: ReceiverStream, event: events.BindRequested) -> None:
        self.client = event.client
        try:
            jid = self._host.bind(self, event.resource, event.tag)
        except InvalidJID:
            stream.refuse_bind("bad-request")  # RFC 6120 §7.7.2.1
            return
        if jid is None:
            stream.refuse_bind("resource-constraint")
        else:
            self.carbons = event.carbons
            stream.accept_bind(jid)

    def _stanza(self, element: Element) -> None:
        if self.waits:
            return  # it came before the session was given up for another connection, on which it comes again
        lang = self.driver.stream.peer_lang
        if lang and XML_LANG not in element.attrib:
            element.set(XML_LANG, lang)  # RFC 6120 §4.7.4: what its stream said holds for all of its stanzas
        managed = self.managed
        super()._stanza(element)
        if managed is not None and managed is self.managed:
            managed.acknowledge()


class ComponentSession(Session):
    """A component. Its stanzas are in another namespace."""

    def send(self, element: Element) -> None:
        super().send(moved(element, CLIENT, COMPONENT))

    def _stanza(self, element: Element) -> None:
        self._host.stanza(self, moved(element, COMPONENT, CLIENT))

    def _ask(self, event: Any) -> None:
        stream = self.driver.stream
        if isinstance(event, events.SecretNeeded) and isinstance(stream, ComponentReceiverStream):
            stream.provide_secret(self._host.secret(event.domain))
