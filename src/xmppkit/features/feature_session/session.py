# SPDX-License-Identifier: MIT
"""Stream Feature: Start Session (RFC 3921 §3)."""

from __future__ import annotations

from xmppkit.features.feature_session import stanza
from xmppkit.plugins.base import BasePlugin, register_plugin

__all__ = ["FeatureSession"]


class FeatureSession(BasePlugin):
    """Stands for the feature, which the engine negotiates, in the table of plugins."""

    name = "feature_session"
    description = "Stream Feature: Start Session"
    stanza = stanza


register_plugin(FeatureSession)
