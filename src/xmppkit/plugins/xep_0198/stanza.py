# SPDX-License-Identifier: MIT
"""The elements of XEP-0198; they are in `xmppkit.stanza.negotiation.sm`, where the engine has them, too."""

from __future__ import annotations

from xmppkit.stanza.negotiation.sm import (
    Ack,
    Enable,
    Enabled,
    Failed,
    HandledCountTooHigh,
    RequestAck,
    Resume,
    Resumed,
    StreamManagement,
)

__all__ = [
    "Ack",
    "Enable",
    "Enabled",
    "Failed",
    "HandledCountTooHigh",
    "RequestAck",
    "Resume",
    "Resumed",
    "StreamManagement",
]
