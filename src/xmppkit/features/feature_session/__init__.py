# SPDX-License-Identifier: MIT
"""Stream Feature: Start Session (RFC 3921 §3)."""

from __future__ import annotations

from xmppkit.features.feature_session.session import FeatureSession
from xmppkit.features.feature_session.stanza import Session

__all__ = ["FeatureSession", "Session"]
