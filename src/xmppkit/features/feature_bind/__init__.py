# SPDX-License-Identifier: MIT
"""Stream Feature: Resource Binding (RFC 6120 §7)."""

from __future__ import annotations

from xmppkit.features.feature_bind.bind import FeatureBind
from xmppkit.features.feature_bind.stanza import Bind

__all__ = ["Bind", "FeatureBind"]
