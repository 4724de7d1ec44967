# SPDX-License-Identifier: MIT
"""Stream Limits Advertisement (XEP-0478)."""

from __future__ import annotations

from xmppkit.features.feature_limits import stanza
from xmppkit.plugins.base import BasePlugin, register_plugin

__all__ = ["FeatureLimits"]


class FeatureLimits(BasePlugin):
    """Stands for the feature, which the engine negotiates, in the table of plugins."""

    name = "feature_limits"
    description = "Stream Limits Advertisement"
    stanza = stanza
    sleeps_given = ("register_feature",)  # a component has none

    def plugin_init(self) -> None:
        """Components learn of no limits."""
        if self.xmpp.is_component:
            raise RuntimeError("feature_limits is for clients: a component's server announces no limits")


register_plugin(FeatureLimits)
