# SPDX-License-Identifier: MIT
"""Stream Limits Advertisement (XEP-0478)."""

from __future__ import annotations

from xmppkit.features.feature_limits.limits import FeatureLimits
from xmppkit.features.feature_limits.stanza import Limits

__all__ = ["FeatureLimits", "Limits"]
