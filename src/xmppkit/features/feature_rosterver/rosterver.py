# SPDX-License-Identifier: MIT
"""Stream Feature: Roster Versioning (RFC 6121 §2.6)."""

from __future__ import annotations

from xmppkit.features.feature_rosterver import stanza
from xmppkit.plugins.base import BasePlugin, register_plugin

__all__ = ["FeatureRosterVer"]


class FeatureRosterVer(BasePlugin):
    """Stands for the feature, which the engine negotiates, in the table of plugins."""

    name = "feature_rosterver"
    description = "Stream Feature: Roster Versioning"
    stanza = stanza


register_plugin(FeatureRosterVer)
