# SPDX-License-Identifier: MIT
"""The stanzas of RFC 6121 §2.6; they are in `xmppkit.stanza.negotiation.rosterver`."""

from __future__ import annotations

from xmppkit.stanza.negotiation.rosterver import RosterVer

__all__ = ["RosterVer"]
