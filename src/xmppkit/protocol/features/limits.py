# SPDX-License-Identifier: MIT
"""Stream limits (XEP-0478): the server says how large a stanza may be, and how long a stream may be
silent."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from xmppkit.protocol.negotiation import Feature, InitiatorHalf, Outcome, PeerLimits, ReceiverHalf
from xmppkit.protocol.state import Fact
from xmppkit.xml import names

if TYPE_CHECKING:
    from xmppkit.stanza.stream_features import StreamFeatures

__all__ = ["LIMITS", "LimitsInitiator", "LimitsReceiver"]

_LIMITS = names.clark(names.STREAM_LIMITS, "limits")
_MAX_BYTES = names.clark(names.STREAM_LIMITS, "max-bytes")
_IDLE_SECONDS = names.clark(names.STREAM_LIMITS, "idle-seconds")


def _number(offer: Element, tag: str) -> int | None:
    text = (offer.findtext(tag) or "").strip()
    # Digits only, and few of them: int() would take underscores, signs and a number of any length.
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


class LimitsInitiator(InitiatorHalf):
    """Take note of what the server takes."""

    __slots__ = ()

    def start(self, offer: Element, features: StreamFeatures) -> Outcome:
        self.stream.peer_limits = PeerLimits(_number(offer, _MAX_BYTES), _number(offer, _IDLE_SECONDS))
        return Outcome.DONE


class LimitsReceiver(ReceiverHalf):
    """Say what an authenticated client may send; before that, nothing that is sent comes near a limit."""

    __slots__ = ()

    def offer(self) -> Element | None:
        stream = self.stream
        if self.feature.name not in stream.options.offers or Fact.AUTHENTICATED not in stream.facts:
            return None
        element = Element(_LIMITS)
        SubElement(element, _MAX_BYTES).text = str(stream.limits.stanza_bytes)
        return element


LIMITS = Feature(name="limits", order=10000, tag=_LIMITS, initiator=LimitsInitiator, receiver=LimitsReceiver)
"""The declaration of stream limits."""
