# SPDX-License-Identifier: MIT
"""What the engine reports of a stream, put into attributes, events and calls of handlers: the half of `StreamBase` that
faces the engine."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from xmppkit.protocol import events as engine_events
from xmppkit.pyxmpp2 import streamevents
from xmppkit.pyxmpp2.binding import FEATURE_BIND
from xmppkit.pyxmpp2.cert import CertificateData
from xmppkit.pyxmpp2.error import StanzaErrorElement, StreamErrorElement
from xmppkit.pyxmpp2.exceptions import FatalStreamError, ProtocolError, TLSVerificationError
from xmppkit.pyxmpp2.interfaces import StanzaRoute, StreamFeatureHandled, StreamFeatureNotHandled
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.stanzaprocessor import malformed_answer, stanza_factory
from xmppkit.pyxmpp2.streamengine import IDLE, TlsBegins, log_incoming
from xmppkit.pyxmpp2.streamfaults import fault_of
from xmppkit.pyxmpp2.streamhandlers import StreamHandlers
from xmppkit.pyxmpp2.xmppparser import XMLStreamHandler
from xmppkit.stanza.base import StanzaBase
from xmppkit.xml import names

if TYPE_CHECKING:
    from xmppkit.protocol.connection import Connection
    from xmppkit.pyxmpp2.mainloop.interfaces import Event
    from xmppkit.pyxmpp2.settings import XMPPSettings
    from xmppkit.pyxmpp2.stanza import Stanza
    from xmppkit.pyxmpp2.streambase import StreamBase

__all__ = ["StreamReports"]

log = logging.getLogger("pyxmpp2.streambase")

_IQ = names.clark(names.CLIENT, "iq")
_STANZAS = frozenset(names.clark(names.CLIENT, name) for name in ("iq", "message", "presence"))


class StreamReports(XMLStreamHandler, StanzaRoute):
    """Takes what the engine reports. Only `StreamBase` builds on it, and says what its attributes are."""

    settings: XMPPSettings
    initiator: bool
    engine: Connection | None
    me: JID | None
    peer: JID | None
    language: str | None
    _roles: StreamHandlers

    def __init__(self) -> None:
        self.stream_id: str | None = None
        self.features: Element | None = None
        self.authenticated = self.peer_authenticated = self.tls_established = False
        self.auth_method_used: str | None = None
        self.version: tuple[int, int] | None = None
        self.peer_language: str | None = None
        self.error: Exception | None = None
        self._opened = False
        self._turn = ""  # the feature that a handler, or nobody, is at
        self._login_refused = False

    @abstractmethod
    def event(self, event: Event) -> bool:
        """Queue an event."""

    @abstractmethod
    def process_stream_error(self, error: StreamErrorElement) -> None:
        """The peer ends the stream with an error."""

    @abstractmethod
    def send_stream_error(self, condition: str) -> None:
        """End the stream with an error."""

    @abstractmethod
    def write_element(self, element: Element) -> None:
        """Send an element."""

    @abstractmethod
    def fix_in_stanza(self, stanza: Stanza) -> None:
        """Change a stanza before it is handled."""

    @abstractmethod
    def go_on(self) -> None:
        """A handler has done its part."""

    @abstractmethod
    def _itself(self) -> StreamBase:
        """This, for handlers."""

    @abstractmethod
    def _announce(self) -> None:
        """Ask the handlers what is announced."""

    def take(self, event: engine_events.Event | StanzaBase) -> None:
        """Take what the engine reports. For transports that carry bytes.

        :raises Exception: what handlers raise; `StreamError` and others that end the stream.
        """
        if isinstance(event, StanzaBase):
            self._take_element(event.xml)
        else:
            _REACTIONS.get(type(event), StreamReports._ignore)(self, event)

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

    def _on_refused(self, event: engine_events.StanzaRefused) -> None:
        """A stanza was past a limit: who has asked is told, and who waits for an answer learns that it has come."""
        element = Element(event.tag, event.attributes)
        error = ProtocolError("policy-violation", event.reason)
        if element.tag != _IQ:
            error.log_ignored()
        elif element.get("type") in ("result", "error"):
            element.set("type", "error")
            element.append(StanzaErrorElement(error.xmpp_name).as_xml(names.split(element.tag)[0]))
            self._take_element(element)
        else:
            answer = malformed_answer(element, error)
            if answer is not None:
                self.write_element(answer)

    def _on_opened(self, event: engine_events.StreamOpened) -> None:
        self.stream_id = event.id
        major, _, minor = event.version.partition(".")
        self.version = (int(major), int(minor or 0)) if major.isdigit() and (minor or "0").isdigit() else (0, 9)
        self.peer_language = event.lang
        if not self.initiator:
            self.me = JID(event.to) if event.to else self.me
            if self.peer_language in self.settings["languages"]:
                self.language = self.peer_language
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
            self.event(streamevents.BindingResourceEvent(binding.wanted(self._itself())))

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
        record = self._roles.sasl.account(self._itself(), event.username, event.mechanism)
        self.engine.provide_account(record)  # type: ignore[union-attr]

    def _on_bind(self, event: engine_events.BindRequested) -> None:
        assert self._roles.binding is not None
        jid = self._roles.binding.choose(self._itself(), event.resource)
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
        if not self.initiator:
            # What a client does wrong is no reason for a server's main loop to end.
            log.info("a client's stream has ended: %s", event.reason)
            return
        fault = fault_of(event.error, refused=self._login_refused)
        if fault is not None:
            raise fault


_REACTIONS: dict[type[engine_events.Event], Callable[[StreamReports, Any], None]] = {
    engine_events.StreamOpened: StreamReports._on_opened,
    engine_events.FeaturesReceived: StreamReports._on_features,
    TlsBegins: StreamReports._on_tls_begins,
    engine_events.SecureTransport: StreamReports._on_tls,
    engine_events.Authenticated: StreamReports._on_authenticated,
    engine_events.AuthenticationFailed: StreamReports._on_login_failed,
    engine_events.AccountNeeded: StreamReports._on_account,
    engine_events.BindRequested: StreamReports._on_bind,
    engine_events.Negotiated: StreamReports._on_negotiated,
    engine_events.FeatureOffered: StreamReports._on_turn,
    engine_events.StanzaRefused: StreamReports._on_refused,
    engine_events.StreamErrorReceived: StreamReports._on_error,
    engine_events.StreamEnded: StreamReports._on_ended,
}
