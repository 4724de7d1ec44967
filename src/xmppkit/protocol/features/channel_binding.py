# SPDX-License-Identifier: MIT
"""What a server says of channel binding (XEP-0440 §2), beside its mechanisms. The client reads it when it logs in: see
`login.py`."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from xmppkit.protocol.features.login import BINDING_TAG, BINDINGS_TAG, announced
from xmppkit.protocol.negotiation import Feature, ReceiverHalf
from xmppkit.protocol.state import Fact

__all__ = ["CHANNEL_BINDING", "ChannelBindingReceiver"]


class ChannelBindingReceiver(ReceiverHalf):
    """Announce the kinds that this connection has, where a mechanism is offered that uses one."""

    __slots__ = ()

    def offer(self) -> Element | None:
        kinds = announced(self.stream)
        if kinds is None:
            return None
        element = Element(BINDINGS_TAG)
        for kind in kinds:
            SubElement(element, BINDING_TAG, {"type": kind})
        return element


CHANNEL_BINDING = Feature(
    name="sasl-channel-binding",
    order=90,
    tag=BINDINGS_TAG,
    forbids=frozenset({Fact.AUTHENTICATED}),
    receiver=ChannelBindingReceiver,
)
"""The declaration of the announcement."""
