# SPDX-License-Identifier: MIT
"""XMPP Ping (XEP-0199)."""

from __future__ import annotations

from xmppkit.plugins.xep_0199 import stanza
from xmppkit.plugins.xep_0199.ping import XEP_0199
from xmppkit.plugins.xep_0199.stanza import Ping

__all__ = ["XEP_0199", "Ping", "stanza"]
