# SPDX-License-Identifier: MIT
"""Stream Feature: Subscription Pre-Approval (RFC 6121 §3.4)."""

from __future__ import annotations

from xmppkit.features.feature_preapproval.preapproval import FeaturePreApproval
from xmppkit.features.feature_preapproval.stanza import PreApproval

__all__ = ["FeaturePreApproval", "PreApproval"]
