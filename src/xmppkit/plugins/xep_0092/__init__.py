# SPDX-License-Identifier: MIT
"""Software Version (XEP-0092)."""

from __future__ import annotations

from xmppkit.plugins.xep_0092 import stanza
from xmppkit.plugins.xep_0092.stanza import Version
from xmppkit.plugins.xep_0092.version import XEP_0092

__all__ = ["XEP_0092", "Version", "stanza"]
