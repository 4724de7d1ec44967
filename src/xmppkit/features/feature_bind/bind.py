# SPDX-License-Identifier: MIT
"""Stream Feature: Resource Binding (RFC 6120 §7)."""

from __future__ import annotations

from xmppkit.features.feature_bind import stanza
from xmppkit.plugins.base import BasePlugin, register_plugin

__all__ = ["FeatureBind"]


class FeatureBind(BasePlugin):
    """Stands for the feature, which the engine negotiates, in the table of plugins."""

    name = "feature_bind"
    description = "Stream Feature: Resource Binding"
    stanza = stanza


register_plugin(FeatureBind)
