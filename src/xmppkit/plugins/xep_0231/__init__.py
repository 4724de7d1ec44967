# SPDX-License-Identifier: MIT
"""Bits of Binary (XEP-0231)."""

from __future__ import annotations

from xmppkit.plugins.xep_0231 import stanza
from xmppkit.plugins.xep_0231.bob import XEP_0231
from xmppkit.plugins.xep_0231.content_id import ContentId
from xmppkit.plugins.xep_0231.stanza import BitsOfBinary

__all__ = ["XEP_0231", "BitsOfBinary", "ContentId", "stanza"]
