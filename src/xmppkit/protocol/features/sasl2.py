# SPDX-License-Identifier: MIT
"""The declaration of SASL2 (XEP-0388). Its halves, in `sasl2_initiator.py` and `sasl2_receiver.py`, are imported by the
first stream on which it has its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xmppkit.protocol.features.wire2 import AUTHENTICATION_TAG
from xmppkit.protocol.negotiation import Feature
from xmppkit.protocol.state import Fact

if TYPE_CHECKING:
    from xmppkit.protocol.negotiation import InitiatorHalf, ReceiverHalf, StreamPort

__all__ = ["SASL2"]


def _initiator(stream: StreamPort, feature: Feature) -> InitiatorHalf:
    from xmppkit.protocol.features.sasl2_initiator import Sasl2Initiator

    return Sasl2Initiator(stream, feature)


def _receiver(stream: StreamPort, feature: Feature) -> ReceiverHalf:
    from xmppkit.protocol.features.sasl2_receiver import Sasl2Receiver

    return Sasl2Receiver(stream, feature)


SASL2 = Feature(
    name="sasl2",
    order=95,
    tag=AUTHENTICATION_TAG,
    # XEP-0388 §3: over TLS only.
    needs=frozenset({Fact.SECURE}),
    forbids=frozenset({Fact.AUTHENTICATED}),
    initiator=_initiator,
    receiver=_receiver,
)
"""The declaration of SASL2; its turn comes before that of the other profile."""
