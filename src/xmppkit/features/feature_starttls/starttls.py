# SPDX-License-Identifier: MIT
"""Stream Feature: STARTTLS (RFC 6120 §5)."""

from __future__ import annotations

from xmppkit.features.feature_starttls import stanza
from xmppkit.plugins.base import BasePlugin, register_plugin

__all__ = ["FeatureSTARTTLS"]


class FeatureSTARTTLS(BasePlugin):
    """Stands for the feature, which the engine negotiates, in the table of plugins."""

    name = "feature_starttls"
    description = "Stream Feature: STARTTLS"
    stanza = stanza


register_plugin(FeatureSTARTTLS)
