# SPDX-License-Identifier: MIT
"""Stream Feature: Roster Versioning (RFC 6121 §2.6)."""

from __future__ import annotations

from xmppkit.features.feature_rosterver.rosterver import FeatureRosterVer
from xmppkit.features.feature_rosterver.stanza import RosterVer

__all__ = ["FeatureRosterVer", "RosterVer"]
