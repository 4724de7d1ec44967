# SPDX-License-Identifier: MIT
"""The stanzas of XEP-0030: what an entity is and can do (``info``), and what belongs to it (``items``)."""

from __future__ import annotations

from xmppkit.plugins.xep_0030.stanza.info import DiscoInfo, Identity
from xmppkit.plugins.xep_0030.stanza.items import DiscoItem, DiscoItems, Item

__all__ = ["DiscoInfo", "DiscoItem", "DiscoItems", "Identity", "Item"]
