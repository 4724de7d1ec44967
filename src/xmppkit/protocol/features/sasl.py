# SPDX-License-Identifier: MIT
"""SASL on a stream, in the profile of RFC 6120 §6: `xmppkit.sasl` knows the mechanisms, `login.py` what both profiles
have in common, and this module puts the bytes into XML."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from xmppkit.protocol.events import Authenticated
from xmppkit.protocol.features.login import LoginInitiator, LoginReceiver, encode
from xmppkit.protocol.negotiation import Feature, Outcome
from xmppkit.protocol.state import Fact
from xmppkit.stanza.negotiation.sasl import Failure, Success
from xmppkit.xml import names

if TYPE_CHECKING:
    from xmppkit.jid.address import JID
    from xmppkit.sasl.base import ClientMechanism
    from xmppkit.sasl.base import Success as SuccessStep
    from xmppkit.stanza.stream_features import StreamFeatures

__all__ = ["MECHANISMS", "SaslInitiator", "SaslReceiver", "read_failure"]

_MECHANISMS = names.clark(names.SASL, "mechanisms")
_MECHANISM = names.clark(names.SASL, "mechanism")
_AUTH = names.clark(names.SASL, "auth")
_CHALLENGE = names.clark(names.SASL, "challenge")
_RESPONSE = names.clark(names.SASL, "response")
_SUCCESS = names.clark(names.SASL, "success")
_FAILURE = names.clark(names.SASL, "failure")
_ABORT = names.clark(names.SASL, "abort")
_TEXT = names.clark(names.SASL, "text")


def _element(tag: str, data: bytes | None = None) -> Element:
    element = Element(tag)
    element.text = encode(data)
    return element


class SaslInitiator(LoginInitiator):
    """Choose a mechanism and log in."""

    __slots__ = ()

    def start(self, offer: Element, features: StreamFeatures) -> Outcome:
        return self.login([(child.text or "").strip() for child in offer.iterfind(_MECHANISM)], features)

    def send_first(self, mechanism: ClientMechanism, data: bytes | None) -> None:
        auth = _element(_AUTH, data)
        if mechanism.verbatim and data:
            auth.text = data.decode("utf-8", "replace")
        auth.set("mechanism", mechanism.name)
        self.stream.write(auth)

    def send_response(self, data: bytes) -> None:
        self.stream.write(_element(_RESPONSE, data))

    def send_abort(self) -> None:
        self.stream.write(Element(_ABORT))

    def accepts(self, element: Element) -> bool:
        return element.tag in (_CHALLENGE, _SUCCESS, _FAILURE)

    def gives_up(self, element: Element) -> bool:
        return element.tag == _FAILURE

    def receive(self, element: Element) -> Outcome:
        if element.tag == _FAILURE:
            return self.refused(*read_failure(element), Failure(xml=element))
        if element.tag == _CHALLENGE:
            return self.challenged(element.text)
        given_up = self.believe(element.text)
        if given_up is not None:
            return given_up
        self.stream.learn(Fact.AUTHENTICATED)
        self.stream.emit(Authenticated(self.mechanism.name, Success(xml=element)))
        return Outcome.RESTART


def read_failure(element: Element) -> tuple[str, str]:
    """The condition and the text of a `<failure/>`; ``not-authorized`` if it names none (§6.5)."""
    condition, text = "not-authorized", ""
    for child in element:
        namespace, local = names.split(child.tag)
        if local == "text":
            text = child.text or ""
        elif namespace == names.SASL:
            condition = local
    return condition, text


class SaslReceiver(LoginReceiver):
    """Let a client log in."""

    __slots__ = ()

    def offer(self) -> Element | None:
        mechanisms = self.mechanisms()
        if not mechanisms:
            return None
        element = Element(_MECHANISMS)
        for name in mechanisms:
            SubElement(element, _MECHANISM).text = name
        return element

    def starts(self, element: Element) -> bool:
        return element.tag == _AUTH

    def accepts(self, element: Element) -> bool:
        return element.tag in (_RESPONSE, _ABORT)

    def gives_up(self, element: Element) -> bool:
        return element.tag == _ABORT

    def receive(self, element: Element) -> Outcome:
        if element.tag == _ABORT:
            return self.fail("aborted", "")
        if element.tag == _AUTH:
            return self.first(element.get("mechanism", ""), element.text)
        return self.further(element.text)

    def send_challenge(self, data: bytes) -> None:
        self.stream.write(_element(_CHALLENGE, data))

    def send_success(self, step: SuccessStep, jid: JID) -> Outcome:
        stream = self.stream
        success = _element(_SUCCESS, step.data)
        stream.write(success)
        stream.learn(Fact.AUTHENTICATED)
        stream.emit(Authenticated(self.name, Success(xml=success), step.username))
        return Outcome.RESTART

    def send_failure(self, condition: str, text: str) -> Failure:
        element = Element(_FAILURE)
        SubElement(element, names.clark(names.SASL, condition))
        if text:
            SubElement(element, _TEXT).text = text
        self.stream.write(element)
        return Failure(xml=element)


MECHANISMS = Feature(
    name="mechanisms",
    order=100,
    tag=_MECHANISMS,
    forbids=frozenset({Fact.AUTHENTICATED}),
    restarts=True,
    initiator=SaslInitiator,
    receiver=SaslReceiver,
)
"""The declaration of SASL."""
