# SPDX-License-Identifier: MIT
"""`StreamBase`: one end of a stream, whichever it is, as PyXMPP2 programs see it.

It does no I/O and knows no protocol: a stream of `xmppkit.protocol` does the latter, a transport the former. This puts
what the engine reports into attributes, events and calls of handlers.

Handlers of stanzas are called while input is read; events are queued for the main loop. The engine's lock, which makes
a stream safe for several threads, is never held while a handler runs.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from xmppkit.drivers.threads import locked
from xmppkit.exceptions import LocalProtocolError
from xmppkit.protocol.state import Fact, Step
from xmppkit.pyxmpp2 import streamevents
from xmppkit.pyxmpp2.constants import STREAM_QNP
from xmppkit.pyxmpp2.elementlink import ElementLink
from xmppkit.pyxmpp2.error import StreamErrorElement
from xmppkit.pyxmpp2.exceptions import (
    NoRouteError,
    StreamParseError,
)
from xmppkit.pyxmpp2.interfaces import (
    StanzaRoute,
)
from xmppkit.pyxmpp2.jid import JID, are_domains_equal
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.streamengine import InitiatorEngine, ReceiverEngine
from xmppkit.pyxmpp2.streamhandlers import StreamHandlers
from xmppkit.pyxmpp2.streamreports import StreamReports
from xmppkit.xml import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xmppkit.protocol.connection import Connection
    from xmppkit.pyxmpp2.interfaces import XMPPTransport
    from xmppkit.pyxmpp2.mainloop.interfaces import Event
    from xmppkit.pyxmpp2.stanza import Stanza

__all__ = ["ERROR_TAG", "FEATURES_TAG", "StreamBase"]

log = logging.getLogger("pyxmpp2.streambase")

FEATURES_TAG = STREAM_QNP + "features"
ERROR_TAG = STREAM_QNP + "error"


class StreamBase(StreamReports):
    """One end of a stream, without I/O.

    :param stanza_namespace: ``jabber:client``; others are for who has an engine for them.
    :param stanza_route: gets the stanzas that come; None: nobody.
    :param handlers: `StreamTLSHandler`, `StreamSASLHandler`, `ResourceBindingHandler`, `SessionHandler`, and
        `StreamFeatureHandler` of the program's own; others are passed over.
    :param settings: settings.
    :raises ValueError: there is no engine for that namespace.

    :ivar me: our own address; full once it is bound.
    :ivar peer: the address of the other end.
    :ivar stream_id: the id of the stream.
    :ivar initiator: whether we opened it.
    :ivar features: initiator: what the server announced last.
    :ivar authenticated: initiator: whether we have logged in.
    :ivar peer_authenticated: receiver: whether the peer has.
    :ivar tls_established: whether it is encrypted.
    :ivar auth_method_used: the mechanism that was used to log in.
    :ivar version: the version of the peer's stream.
    :ivar language: that of our stream; receiver: that of the peer's, where ``languages`` has it.
    :ivar peer_language: that of the peer's.
    :ivar wanted_resource: the resource to ask for where the settings say nothing. (PyXMPP2 does not have it.)
    :ivar transport: what carries it; None before and after.
    :ivar error: what ended it, a `RemoteError`; None if nothing did. (PyXMPP2 does not have it.)
    :ivar lock: for programs; the stream itself does not need it.
    """

    def __init__(
        self,
        stanza_namespace: str,
        stanza_route: StanzaRoute | None,
        handlers: Iterable[object],
        settings: XMPPSettings | None = None,
    ) -> None:
        super().__init__()
        if stanza_namespace != names.CLIENT:
            raise ValueError(f"streams of {stanza_namespace!r} are not made here: only {names.CLIENT!r}")
        self.stanza_namespace = stanza_namespace
        self.stanza_route = stanza_route
        self.handlers = list(handlers)
        self.settings = XMPPSettings() if settings is None else settings
        self.lock = threading.RLock()
        self.me: JID | None = None
        self.peer: JID | None = None
        self.initiator = False
        self.language: str | None = None
        self.wanted_resource: str | None = None
        self.transport: XMPPTransport | None = None
        self.engine: Connection | None = None
        """The stream of `xmppkit.protocol`; None before `initiate` and `receive`."""
        self._raw: InitiatorEngine | ReceiverEngine | None = None
        self._roles = StreamHandlers(self)
        self._link: ElementLink | None = None

    # --- beginning ------------------------------------------------------------------------------------

    def initiate(self, transport: XMPPTransport, to: JID | str | None = None) -> None:
        """Open the stream, once there is a connection.

        :param to: the domain; None: that of `me`.
        :raises ValueError: the stream was used before, or there is no domain.
        """
        domain = JID(to) if to is not None else self.me
        if domain is None:
            raise ValueError("a stream is opened to a domain: say which")
        self.initiator = True
        self.peer = JID(domain.domain)
        options = self._roles.initiator_options(self.peer.domain)
        jid = str(self.me) if self.me is not None else domain.domain
        engine = InitiatorEngine(
            jid, options, now=time.monotonic(), without=self._roles.without(), turns=self._roles.turns()
        )
        self._begin(transport, engine)

    def receive(self, transport: XMPPTransport, myname: JID | str | None = None) -> None:
        """Wait for the peer to open the stream, once there is a connection.

        :param myname: the domain that is served; None: that of `me`.
        :raises ValueError: the stream was used before, or there is no domain.
        :raises FatalStreamError: TLS is required and there is no certificate for it.
        """
        domain = JID(myname) if myname is not None else self.me
        if domain is None:
            raise ValueError("a server needs the domain that it serves")
        self.me = JID(domain.domain)
        engine = ReceiverEngine(
            self._roles.receiver_options(self.me.domain),
            now=time.monotonic(),
            without=self._roles.without(),
            wanted=self._roles.element_tags(),
            stanzas_early=self._roles.stanzas_early,
        )
        self._begin(transport, engine)
        self._announce()

    def _begin(self, transport: XMPPTransport, engine: InitiatorEngine | ReceiverEngine) -> None:
        if self.engine is not None:
            raise ValueError("a stream is used once: make another one")
        self.language = engine.options.lang
        self._raw = engine
        self.engine = locked(engine)
        self.transport = transport
        if not hasattr(transport, "carry"):
            if transport.auth_properties.get("security-layer"):
                engine.learn(Fact.SECURE)
            self._link = ElementLink(self.engine, transport, self.take, clock=time.monotonic)
        transport.set_target(self)
        if self._link is not None and transport.is_connected():
            self._link.open()

    # --- what transports call -------------------------------------------------------------------------

    def stream_start(self, element: Element) -> None:
        """A transport of elements has read the opening tag."""
        self._elements().start(element)

    def stream_end(self) -> None:
        """A transport of elements has read the closing tag."""
        self._elements().end()

    def stream_eof(self) -> None:
        """A transport of elements will read no more."""
        self._elements().eof()

    def stream_element(self, element: Element) -> None:
        """A transport of elements has read an element."""
        self._elements().element(element)

    def stream_parse_error(self, descr: str) -> None:
        """A transport of elements has read what is not XML.

        :raises StreamParseError: always.
        """
        self.send_stream_error("not-well-formed")
        raise StreamParseError(descr)

    def _elements(self) -> ElementLink:
        if self._link is None:
            raise ValueError("this stream is carried in bytes: its transport tells no elements")
        return self._link

    # --- ending ---------------------------------------------------------------------------------------

    def disconnect(self) -> None:
        """End the stream in order: what was sent leaves, and the peer has time to do the same."""
        if self.engine is not None:
            self.engine.close()
            self._wake()
        elif self.transport is not None:
            self.transport.disconnect()

    def close(self) -> None:
        """End stream and connection at once."""
        if self.engine is not None:
            self.engine.abort()
        close = getattr(self.transport, "close", None)
        if close is not None:
            close()
        else:
            self._wake()

    def send_stream_error(self, condition: str) -> None:
        """End the stream with an error.

        :param condition: of RFC 6120 §4.9.3; ValueError if it is none.
        """
        if self.engine is not None:
            try:
                self.engine.close_with_error(condition)
            except LocalProtocolError:
                self.engine.abort(condition)
            self._wake()

    def is_connected(self) -> bool:
        """Whether there is a connection."""
        return self.transport is not None and self.transport.is_connected() and not self._over()

    def _over(self) -> bool:
        return self.engine is not None and self.engine.closed

    # --- sending --------------------------------------------------------------------------------------

    def send(self, stanza: Stanza) -> None:
        """Send a stanza. On a stream that is over it is dropped.

        :raises NoRouteError: the stream is not ready for stanzas yet.
        """
        self.fix_out_stanza(stanza)
        self.write_element(stanza.as_xml())

    def write_element(self, element: Element) -> None:
        """Send an element; see `send`."""
        engine = self.engine
        if engine is None:
            raise NoRouteError("the stream has not begun")
        try:
            if engine.ready:
                engine.send(element)
            elif self._raw is not None and self._raw.by_hand:
                engine.write(element)
            elif engine.closed or engine.state.step in (Step.LEAVING, Step.CLOSING):
                log.warning("the stream is over, and %s was dropped", element.tag)
            else:
                raise NoRouteError(f"the stream is not ready yet: it is {engine.state.step.value}")
        except LocalProtocolError:
            log.warning("the stream has just ended, and %s was dropped", element.tag)
        self._wake()

    def fix_out_stanza(self, stanza: Stanza) -> None:
        """Change a stanza before it is sent; for subclasses."""

    def fix_in_stanza(self, stanza: Stanza) -> None:
        """Change a stanza before it is handled; for subclasses."""

    def uplink_receive(self, stanza: Stanza) -> bool | None:
        """A stanza has come: hand it to `stanza_route`."""
        if self.stanza_route is None:
            log.debug("nobody wants %r", stanza)
            return False
        return self.stanza_route.uplink_receive(stanza)

    def _wake(self) -> None:
        if self._link is not None:
            self._link.wake()
            return
        wake = getattr(self.transport, "wake", None)
        if wake is not None:
            wake()

    # --- what is known of it --------------------------------------------------------------------------

    def event(self, event: Event) -> bool:
        """Queue an event for the main loop; `event.stream` becomes this stream.

        :returns: False: queued events veto nothing.
        """
        if isinstance(event, streamevents.StreamEvent):
            event.stream = self
        self.settings["event_queue"].put(event)
        return False

    def check_to(self, to: JID) -> bool:
        """Receiver: whether `to` is what is served here."""
        return self.me is None or are_domains_equal(to.domain, self.me.domain)

    def generate_id(self) -> str:
        """An id that nobody can guess."""
        return str(uuid.uuid4())

    @property
    def auth_properties(self) -> Mapping[str, Any]:
        """What SASL is told of the stream."""
        found: dict[str, Any] = dict(self.settings["extra_auth_properties"])
        if self.transport is not None:
            found.update(self.transport.auth_properties)
        found["local-jid"] = self.me
        found["service-type"] = "xmpp"
        return found

    def process_stream_error(self, error: StreamErrorElement) -> None:
        """The peer ends the stream with an error. Replace it to do something about it."""
        log.debug("stream error: %s", error.condition_name)

    # --- negotiating by hand --------------------------------------------------------------------------

    def set_authenticated(self, me: JID, restart_stream: bool = False) -> None:
        """A handler has logged in: we are `me`.

        :param restart_stream: and the stream begins anew.
        """
        self.me, self.authenticated = me, True
        self.event(streamevents.AuthenticatedEvent(me.bare()))
        self.go_on(restart_stream=restart_stream, learned=(Fact.AUTHENTICATED,))

    def set_peer_authenticated(self, peer: JID, restart_stream: bool = False) -> None:
        """A handler has let the peer log in, which is `peer`.

        :param restart_stream: and the stream begins anew.
        """
        self.peer, self.peer_authenticated = peer, True
        if isinstance(self._raw, ReceiverEngine) and self.engine is not None:
            self.engine.authenticated(str(peer.bare()))  # type: ignore[attr-defined]
        self.event(streamevents.AuthenticatedEvent(peer.bare()))
        self._announce()
        if restart_stream:
            self.restart_stream()

    def restart_stream(self) -> None:
        """A handler has negotiated what makes the stream begin anew (RFC 6120 §4.3.3)."""
        if self._turn:
            self.go_on(restart_stream=True)
        elif self.engine is not None:
            self.engine.restart()
            self._wake()

    def go_on(self, *, restart_stream: bool = False, learned: Iterable[Fact] = ()) -> None:
        """Initiator: a handler has negotiated its feature; the next one's turn. (PyXMPP2 does not have it.)

        :param restart_stream: the stream begins anew.
        :param learned: facts that hold from now on.
        """
        turn, self._turn = self._turn, ""
        if turn and self.engine is not None:
            self.engine.feature_done(turn, restart=restart_stream, learned=learned)  # type: ignore[attr-defined]
            self._wake()

    def _itself(self) -> StreamBase:
        return self

    def _announce(self) -> None:
        """Receiver: ask the handlers what the next announcement of features contains."""
        if isinstance(self._raw, ReceiverEngine):
            self._raw.announced = self._roles.announcements()
