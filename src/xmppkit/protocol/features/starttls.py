# SPDX-License-Identifier: MIT
"""STARTTLS (RFC 6120 §5): the stream is encrypted before anything else happens on it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import MalformedStream, RemoteError, TLSFailed, TLSRequired
from xmppkit.protocol.negotiation import Feature, InitiatorHalf, Outcome, ReceiverHalf
from xmppkit.protocol.options import TlsPolicy
from xmppkit.protocol.state import Fact, Step
from xmppkit.xml import names

if TYPE_CHECKING:
    from xmppkit.stanza.stream_features import StreamFeatures

__all__ = ["STARTTLS", "StartTlsInitiator", "StartTlsReceiver"]

_STARTTLS = names.clark(names.TLS, "starttls")
_REQUIRED = names.clark(names.TLS, "required")
_PROCEED = names.clark(names.TLS, "proceed")
_FAILURE = names.clark(names.TLS, "failure")


class StartTlsInitiator(InitiatorHalf):
    """Ask, be told to proceed, and begin TLS."""

    __slots__ = ()

    def absent(self) -> RemoteError | None:
        if self.stream.options.tls is TlsPolicy.REQUIRED:
            return TLSRequired("the server does not offer STARTTLS", where=self.stream.where)
        return None

    def start(self, offer: Element, features: StreamFeatures) -> Outcome:
        stream = self.stream
        if stream.options.tls is TlsPolicy.DISABLED:
            if offer.find(_REQUIRED) is None:
                return Outcome.SKIPPED
            advice = "allow TLS for this connection"
            stream.fail(
                TLSRequired("the server insists on TLS, and ours is disabled", where=stream.where, advice=advice)
            )
            return Outcome.ENDED
        stream.move(Step.EXCHANGE)
        stream.write(Element(_STARTTLS))
        return Outcome.WAIT

    def accepts(self, element: Element) -> bool:
        return element.tag in (_PROCEED, _FAILURE)

    def receive(self, element: Element) -> Outcome:
        stream = self.stream
        if element.tag == _FAILURE:
            # §5.4.2.2: the receiver closes the stream after this; nothing may go on in the clear.
            stream.fail(TLSFailed("the server cannot begin TLS now", where=stream.where))
            return Outcome.ENDED
        if stream.trailing:
            # §5.3.3 forbids even white space here. Whatever it is, somebody wrote it into the clear part of
            # the connection in the hope that it would be read as if it came through TLS.
            stream.fail(
                TLSFailed(
                    "the server sent more before TLS had begun",
                    where=stream.where,
                    advice="the connection may be tampered with",
                )
            )
            return Outcome.ENDED
        return Outcome.SECURE


class StartTlsReceiver(ReceiverHalf):
    """Offer, and begin TLS when a client asks for it."""

    __slots__ = ()

    def offer(self) -> Element | None:
        policy = self.stream.options.tls
        if policy is TlsPolicy.DISABLED:
            return None
        element = Element(_STARTTLS)
        if policy is TlsPolicy.REQUIRED:
            SubElement(element, _REQUIRED)
        return element

    def starts(self, element: Element) -> bool:
        return element.tag == _STARTTLS and self.stream.options.tls is not TlsPolicy.DISABLED

    def receive(self, element: Element) -> Outcome:
        stream = self.stream
        if stream.trailing:
            # The client must wait for `<proceed/>` (§5.4.2.1); what it writes before would count as secured.
            error = MalformedStream("the client sent more before TLS had begun", condition="policy-violation")
            stream.fail(error, error.condition)
            return Outcome.ENDED
        stream.write(Element(_PROCEED))
        return Outcome.SECURE


STARTTLS = Feature(
    name="starttls",
    order=0,
    tag=_STARTTLS,
    forbids=frozenset({Fact.SECURE}),
    in_clear=True,
    restarts=True,
    initiator=StartTlsInitiator,
    receiver=StartTlsReceiver,
)
"""The declaration of STARTTLS."""
