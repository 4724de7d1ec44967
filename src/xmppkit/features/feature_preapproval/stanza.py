# SPDX-License-Identifier: MIT
"""The stanzas of RFC 6121 §3.4; they are in `xmppkit.stanza.negotiation.preapproval`."""

from __future__ import annotations

from xmppkit.stanza.negotiation.preapproval import PreApproval

__all__ = ["PreApproval"]
