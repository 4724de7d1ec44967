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
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from xmppkit.drivers.threads import locked
from xmppkit.exceptions import LocalProtocolError
from xmppkit.protocol import events as engine_events
from xmppkit.protocol.state import Fact, Step
from xmppkit.pyxmpp2 import streamevents
from xmppkit.pyxmpp2.binding import FEATURE_BIND
from xmppkit.pyxmpp2.cert import CertificateData
from xmppkit.pyxmpp2.constants import STREAM_QNP
from xmppkit.pyxmpp2.elementlink import ElementLink
from xmppkit.pyxmpp2.error import StreamErrorElement
from xmppkit.pyxmpp2.exceptions import (
    FatalStreamError,
    NoRouteError,
    ProtocolError,
    StreamParseError,
    TLSVerificationError,
)
from xmppkit.pyxmpp2.interfaces import (
    StanzaRoute,
    StreamFeatureHandled,
    StreamFeatureNotHandled,
)
from xmppkit.pyxmpp2.jid import JID, are_domains_equal
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.stanzaprocessor import malformed_answer, stanza_factory
from xmppkit.pyxmpp2.streamengine import IDLE, InitiatorEngine, ReceiverEngine, TlsBegins, log_incoming
from xmppkit.pyxmpp2.streamfaults import fault_of
from xmppkit.pyxmpp2.streamhandlers import StreamHandlers
from xmppkit.pyxmpp2.xmppparser import XMLStreamHandler
from xmppkit.stanza.base import StanzaBase
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
_STANZAS = frozenset(names.clark(names.CLIENT, name) for name in ("iq", "message", "presence"))


class StreamBase(XMLStreamHandler, StanzaRoute):
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
    :ivar language: that of our stream.
    :ivar peer_language: that of the peer's.
    :ivar transport: what carries it; None before and after.
    :ivar error: what ended it, a `RemoteError`; None: nothing did, or it was ended in order. (PyXMPP2 does not have it.)
    :ivar lock: for programs; the stream itself does not need it.
    """

    def __init__(
        self,
        stanza_namespace: str,
        stanza_route: StanzaRoute | None,
        handlers: Iterable[object],
        settings: XMPPSettings | None = None,
    ) -> None:
        if stanza_namespace != names.CLIENT:
            raise ValueError(f"streams of {stanza_namespace!r} are not made here: only {names.CLIENT!r}")
        self.stanza_namespace = stanza_namespace
        self.stanza_route = stanza_route
        self.handlers = list(handlers)
        self.settings = XMPPSettings() if settings is None else settings
        self.lock = threading.RLock()
        self.me: JID | None = None
        self.peer: JID | None = None
        self.stream_id: str | None = None
        self.initiator = False
        self.features: Element | None = None
        self.authenticated = self.peer_authenticated = self.tls_established = False
        self.auth_method_used: str | None = None
        self.version: tuple[int, int] | None = None
        self.language: str | None = None
        self.peer_language: str | None = None
        self.transport: XMPPTransport | None = None
        self.error: Exception | None = None
        self.engine: Connection | None = None
        """The stream of `xmppkit.protocol`; None before `initiate` and `receive`."""
        self._raw: InitiatorEngine | ReceiverEngine | None = None
        self._roles = StreamHandlers(self)
        self._link: ElementLink | None = None
        self._opened = False
        self._turn = ""  # the feature that a handler, or nobody, is at
        self._login_refused = False

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

    def _announce(self) -> None:
        """Receiver: ask the handlers what the next announcement of features contains."""
        if isinstance(self._raw, ReceiverEngine):
            self._raw.announced = self._roles.announcements()

    # --- what the engine reports ----------------------------------------------------------------------

    def take(self, event: engine_events.Event | StanzaBase) -> None:
        """Take what the engine reports. For transports that carry bytes.

        :raises Exception: what handlers raise; `StreamError` and others that end the stream.
        """
        if isinstance(event, StanzaBase):
            self._take_element(event.xml)
        else:
            _REACTIONS.get(type(event), StreamBase._ignore)(self, event)

    def _ignore(self, event: Any) -> None:
        log.debug("%r", event)

    def _take_element(self, element: Element) -> None:
        if self.engine is not None and self.engine.ready:
            log_incoming(element)  # while negotiating the engine does
        if element.tag in _STANZAS:
            try:
                stanza = stanza_factory(element, self, self.peer_language)
            except ProtocolError as error:
                answer = malformed_answer(element, error)
                if answer is not None:
                    self.write_element(answer)
                return
            self.fix_in_stanza(stanza)
            self.uplink_receive(stanza)
        elif not self._roles.take_element(element):
            log.debug("no handler takes %s", element.tag)

    def _on_opened(self, event: engine_events.StreamOpened) -> None:
        self.stream_id = event.id
        major, _, minor = event.version.partition(".")
        self.version = (int(major), int(minor or 0)) if major.isdigit() and (minor or "0").isdigit() else (0, 9)
        self.peer_language = event.lang
        if not self.initiator:
            self.me = JID(event.to) if event.to else self.me
            if event.from_ and not self.peer_authenticated:
                self.peer = JID(event.from_)
        restarted, self._opened = self._opened, True
        kind = streamevents.StreamRestartedEvent if restarted else streamevents.StreamConnectedEvent
        self.event(kind(self.peer))

    def _on_features(self, event: engine_events.FeaturesReceived) -> None:
        features = event.features.xml
        self.features = features
        self.event(streamevents.GotFeaturesEvent(features))
        if self._roles.sasl is not None:
            self._roles.sasl.note_offer(features)
        binding = self._roles.binding
        if binding is not None and self.authenticated and features.find(FEATURE_BIND) is not None:
            self.event(streamevents.BindingResourceEvent(binding.wanted(self)))

    def _on_tls_begins(self, event: TlsBegins) -> None:
        self.event(streamevents.TLSConnectingEvent())

    def _on_tls(self, event: engine_events.SecureTransport) -> None:
        assert self.engine is not None
        self.tls_established = True
        tls = self.engine.ssl_object
        certificate = None if event.certificate is None else CertificateData.from_der_data(event.certificate)
        if certificate is not None:
            certificate.validated = not self.initiator or bool(self.settings["tls_verify_peer"])
        self.event(streamevents.TLSConnectedEvent(None if tls is None else tls.cipher(), certificate))
        # By default the name was checked in the handshake, with the rest.
        asked = self.initiator and self.settings["tls_verify_peer"] and "tls_verify_callback" in self.settings
        if asked and not self.settings["tls_verify_callback"](self, certificate):
            self.engine.abort("the program refused the certificate")
            raise TLSVerificationError("the certificate of the server was refused by tls_verify_callback")
        self._announce()

    def _on_authenticated(self, event: engine_events.Authenticated) -> None:
        assert self.engine is not None
        self.auth_method_used = event.mechanism
        if self.initiator:
            self.authenticated = True
            jid = self.me or JID(str(self.engine.jid.bare))
        else:
            self.peer_authenticated = True
            jid = self.peer = JID(self.engine.jid.bare)
        self.event(streamevents.AuthenticatedEvent(jid.bare()))
        self._announce()

    def _on_login_failed(self, event: engine_events.AuthenticationFailed) -> None:
        self._login_refused = event.element is not None
        self.event(streamevents.AuthenticationFailedEvent(event.condition, event.text))

    def _on_account(self, event: engine_events.AccountNeeded) -> None:
        assert self._roles.sasl is not None  # without it nothing is offered
        record = self._roles.sasl.account(self, event.username, event.mechanism)
        self.engine.provide_account(record)  # type: ignore[union-attr]

    def _on_bind(self, event: engine_events.BindRequested) -> None:
        assert self._roles.binding is not None
        jid = self._roles.binding.choose(self, event.resource)
        if jid is None:
            self.engine.refuse_bind("conflict")  # type: ignore[union-attr]
        else:
            self.engine.accept_bind(str(jid))  # type: ignore[union-attr]

    def _on_negotiated(self, event: engine_events.Negotiated) -> None:
        jid = JID(event.jid.full)
        if self.initiator:
            self.me = jid
        else:
            self.peer = jid
        self.event(streamevents.AuthorizedEvent(jid))

    def _on_turn(self, event: engine_events.FeatureOffered) -> None:
        self._turn = event.name
        if event.name == IDLE:
            return
        result = self._roles.offer(event.name, event.features.xml)
        if isinstance(result, StreamFeatureHandled):
            return
        if isinstance(result, StreamFeatureNotHandled) and result.mandatory:
            self.send_stream_error("unsupported-feature")
            raise FatalStreamError(f"the stream feature {result} is mandatory, and cannot be negotiated")
        if self._turn == event.name:
            self.go_on()

    def _on_error(self, event: engine_events.StreamErrorReceived) -> None:
        error = StreamErrorElement(event.error.xml)
        self.event(streamevents.StreamErrorEvent(error))
        self.process_stream_error(error)

    def _on_ended(self, event: engine_events.StreamEnded) -> None:
        self.error = event.error
        fault = fault_of(event.error, refused=self._login_refused) if self.initiator or event.error else None
        if fault is not None:
            raise fault


_REACTIONS: dict[type[engine_events.Event], Callable[[StreamBase, Any], None]] = {
    engine_events.StreamOpened: StreamBase._on_opened,
    engine_events.FeaturesReceived: StreamBase._on_features,
    TlsBegins: StreamBase._on_tls_begins,
    engine_events.SecureTransport: StreamBase._on_tls,
    engine_events.Authenticated: StreamBase._on_authenticated,
    engine_events.AuthenticationFailed: StreamBase._on_login_failed,
    engine_events.AccountNeeded: StreamBase._on_account,
    engine_events.BindRequested: StreamBase._on_bind,
    engine_events.Negotiated: StreamBase._on_negotiated,
    engine_events.FeatureOffered: StreamBase._on_turn,
    engine_events.StreamErrorReceived: StreamBase._on_error,
    engine_events.StreamEnded: StreamBase._on_ended,
}
