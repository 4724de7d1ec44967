# SPDX-License-Identifier: MIT
"""The stanzas of RFC 6120 §7; they are in `xmppkit.stanza.negotiation.bind`."""

from __future__ import annotations

from xmppkit.stanza.negotiation.bind import Bind

__all__ = ["Bind"]
