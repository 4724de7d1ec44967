# SPDX-License-Identifier: MIT
"""Stream Feature: Subscription Pre-Approval (RFC 6121 §3.4)."""

from __future__ import annotations

from xmppkit.features.feature_preapproval import stanza
from xmppkit.plugins.base import BasePlugin, register_plugin

__all__ = ["FeaturePreApproval"]


class FeaturePreApproval(BasePlugin):
    """Stands for the feature, which the engine negotiates, in the table of plugins."""

    name = "feature_preapproval"
    description = "Stream Feature: Subscription Pre-Approval"
    stanza = stanza


register_plugin(FeaturePreApproval)
