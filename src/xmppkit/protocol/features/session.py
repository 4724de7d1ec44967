# SPDX-License-Identifier: MIT
"""The session of RFC 3921 §3, which RFC 6121 dropped: established where a server still insists on it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import NegotiationFailed
from xmppkit.protocol.iq import is_answer, is_request, read_error
from xmppkit.protocol.negotiation import Feature, InitiatorHalf, Outcome, ReceiverHalf
from xmppkit.protocol.state import Fact, Step
from xmppkit.xml import names

if TYPE_CHECKING:
    from xmppkit.stanza.stream_features import StreamFeatures

__all__ = ["SESSION", "SessionInitiator", "SessionReceiver"]

_SESSION = names.clark(names.SESSION, "session")
_OPTIONAL = names.clark(names.SESSION, "optional")
_IQ = names.clark(names.CLIENT, "iq")
_STANZAS = frozenset({_IQ, names.clark(names.CLIENT, "message"), names.clark(names.CLIENT, "presence")})


class SessionInitiator(InitiatorHalf):
    """Establish the session, unless it is optional or unwanted.

    The stream has its address by then, and anybody may already write to it: stanzas that come before the answer are
    events like all others.
    """

    __slots__ = ("_id",)

    def start(self, offer: Element, features: StreamFeatures) -> Outcome:
        stream = self.stream
        if not stream.options.session or offer.find(_OPTIONAL) is not None:
            return Outcome.SKIPPED
        self._id = stream.options.id_factory()
        iq = Element(_IQ, {"type": "set", "id": self._id})
        SubElement(iq, _SESSION)
        stream.move(Step.EXCHANGE)
        stream.write(iq)
        return Outcome.WAIT

    def accepts(self, element: Element) -> bool:
        return element.tag in _STANZAS

    def receive(self, element: Element) -> Outcome:
        stream = self.stream
        if not is_answer(element, _IQ, self._id, stream.jid):
            stream.emit(stream.options.stanza_factory(element))
            return Outcome.WAIT
        if element.get("type") == "result":
            return Outcome.DONE
        condition, text = read_error(element)
        said = f"the server refused the session: {condition}" + (f", {text}" if text else "")
        stream.fail(NegotiationFailed(said, condition=condition, where=stream.where))
        return Outcome.ENDED


class SessionReceiver(ReceiverHalf):
    """Offer it as optional. The request comes after the resource is bound, so on a stream that is ready: it
    is answered there, and no state depends on it."""

    __slots__ = ()

    def offer(self) -> Element | None:
        if not self.stream.options.session or Fact.BOUND in self.stream.facts:
            return None
        element = Element(_SESSION)
        SubElement(element, _OPTIONAL)
        return element

    @staticmethod
    def answer(element: Element) -> Element | None:
        """The answer to `element` if it asks for a session, else None."""
        if not is_request(element, _IQ, _SESSION):
            return None
        return Element(_IQ, {"type": "result", "id": element.get("id", "")})


SESSION = Feature(
    name="session",
    order=10001,
    tag=_SESSION,
    # A receiver announces it together with binding, when nothing is bound yet; an initiator's turn comes
    # after that, at this order.
    needs=frozenset({Fact.AUTHENTICATED}),
    forbids=frozenset({Fact.RESUMED}),
    initiator=SessionInitiator,
    receiver=SessionReceiver,
)
"""The declaration of the session."""
