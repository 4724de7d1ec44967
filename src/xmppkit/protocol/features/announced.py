# SPDX-License-Identifier: MIT
"""Features that are announced and not negotiated: the server says what it can do, and that is all (RFC
6121)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from xmppkit.protocol.negotiation import Feature, InitiatorHalf, Outcome, ReceiverHalf
from xmppkit.protocol.state import Fact

if TYPE_CHECKING:
    from xmppkit.stanza.stream_features import StreamFeatures

__all__ = ["AnnouncedInitiator", "AnnouncedReceiver", "announced"]


class AnnouncedInitiator(InitiatorHalf):
    """Take note."""

    __slots__ = ()

    def start(self, offer: Element, features: StreamFeatures) -> Outcome:
        return Outcome.DONE


class AnnouncedReceiver(ReceiverHalf):
    """Announce, if the options say so."""

    __slots__ = ()

    def offer(self) -> Element | None:
        return Element(self.feature.tag) if self.feature.name in self.stream.options.offers else None


def announced(name: str, order: int, tag: str) -> Feature:
    """The declaration of a feature that stands in the announcement after authentication, and is not
    negotiated."""
    return Feature(
        name=name,
        order=order,
        tag=tag,
        needs=frozenset({Fact.AUTHENTICATED}),
        initiator=AnnouncedInitiator,
        receiver=AnnouncedReceiver,
    )
