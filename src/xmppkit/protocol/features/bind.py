# SPDX-License-Identifier: MIT
"""Resource binding (RFC 6120 §7): the stream gets its full address."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import InvalidJID, MalformedStream, NegotiationFailed, RemoteError
from xmppkit.jid.address import JID
from xmppkit.protocol.events import BindRequested, Bound
from xmppkit.protocol.iq import error_answer, is_answer, is_request, read_error
from xmppkit.protocol.negotiation import Feature, InitiatorHalf, Outcome, ReceiverHalf
from xmppkit.protocol.state import Fact, Step
from xmppkit.xml import names

if TYPE_CHECKING:
    from xmppkit.stanza.stream_features import StreamFeatures

__all__ = ["BIND", "BindInitiator", "BindReceiver"]

_BIND = names.clark(names.BIND, "bind")
_RESOURCE = names.clark(names.BIND, "resource")
_JID = names.clark(names.BIND, "jid")
_IQ = names.clark(names.CLIENT, "iq")


class BindInitiator(InitiatorHalf):
    """Ask for a resource, and learn the address."""

    __slots__ = ("_id",)

    def absent(self) -> RemoteError | None:
        return NegotiationFailed(
            "the server does not offer resource binding",
            condition="unsupported-feature",
            where=self.stream.where,
        )

    def start(self, offer: Element, features: StreamFeatures) -> Outcome:
        stream = self.stream
        self._id = stream.options.id_factory()
        iq = Element(_IQ, {"type": "set", "id": self._id})
        bind = SubElement(iq, _BIND)
        resource = stream.options.resource or stream.jid.resource
        if resource:
            SubElement(bind, _RESOURCE).text = resource
        stream.move(Step.EXCHANGE)
        stream.write(iq)
        return Outcome.WAIT

    def accepts(self, element: Element) -> bool:
        return is_answer(element, _IQ, self._id, self.stream.jid)

    def receive(self, element: Element) -> Outcome:
        stream = self.stream
        if element.get("type") == "error":
            condition, text = read_error(element)
            said = f"the server refused to bind a resource: {condition}" + (f", {text}" if text else "")
            advice = "ask for another resource, or let the server choose" if condition == "conflict" else ""
            stream.fail(NegotiationFailed(said, condition=condition, where=stream.where, advice=advice))
            return Outcome.ENDED
        try:
            jid = JID(element.findtext(f"{_BIND}/{_JID}") or "")
        except InvalidJID:
            jid = JID()
        if not jid.resource:
            error = MalformedStream("the peer bound something that is no full address", where=stream.where)
            stream.fail(error, error.condition)
            return Outcome.ENDED
        stream.jid = jid
        stream.learn(Fact.BOUND)
        stream.emit(Bound(jid))
        return Outcome.DONE


class BindReceiver(ReceiverHalf):
    """Offer, and let the application assign the resource."""

    __slots__ = ("_id",)

    def offer(self) -> Element | None:
        return Element(_BIND)

    def starts(self, element: Element) -> bool:
        return is_request(element, _IQ, _BIND)

    def receive(self, element: Element) -> Outcome:
        self._id = element.get("id", "")
        self.stream.move(Step.BINDING)
        # Text that is empty leaves the choice to the server, as if there were no element.
        resource = element.findtext(f"{_BIND}/{_RESOURCE}")
        self.stream.emit(BindRequested(resource or None))
        return Outcome.WAIT

    def accept_bind(self, jid: JID) -> Outcome:
        """The application bound `jid`."""
        stream = self.stream
        iq = Element(_IQ, {"type": "result", "id": self._id})
        SubElement(SubElement(iq, _BIND), _JID).text = jid.full
        stream.write(iq)
        stream.jid = jid
        stream.learn(Fact.BOUND)
        stream.emit(Bound(jid))
        return Outcome.READY

    def refuse_bind(self, condition: str) -> Outcome:
        """The application bound nothing, because of `condition`."""
        self.stream.write(error_answer(_IQ, self._id, condition))
        return Outcome.SKIPPED


BIND = Feature(
    name="bind",
    order=10000,
    tag=_BIND,
    needs=frozenset({Fact.AUTHENTICATED}),
    forbids=frozenset({Fact.BOUND, Fact.RESUMED}),
    initiator=BindInitiator,
    receiver=BindReceiver,
)
"""The declaration of resource binding."""
