# SPDX-License-Identifier: MIT
"""Service Discovery (XEP-0030)."""

from __future__ import annotations

from xmppkit.plugins.xep_0030 import stanza
from xmppkit.plugins.xep_0030.disco import XEP_0030
from xmppkit.plugins.xep_0030.stanza import DiscoInfo, DiscoItem, DiscoItems, Identity, Item
from xmppkit.plugins.xep_0030.static import StaticDisco

__all__ = ["XEP_0030", "DiscoInfo", "DiscoItem", "DiscoItems", "Identity", "Item", "StaticDisco", "stanza"]
