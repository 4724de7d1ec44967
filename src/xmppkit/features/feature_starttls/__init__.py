# SPDX-License-Identifier: MIT
"""Stream Feature: STARTTLS (RFC 6120 §5)."""

from __future__ import annotations

from xmppkit.features.feature_starttls.stanza import STARTTLS, Failure, Proceed
from xmppkit.features.feature_starttls.starttls import FeatureSTARTTLS

__all__ = ["STARTTLS", "Failure", "FeatureSTARTTLS", "Proceed"]
