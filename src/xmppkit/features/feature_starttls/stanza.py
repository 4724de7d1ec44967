# SPDX-License-Identifier: MIT
"""The stanzas of RFC 6120 §5; they are in `xmppkit.stanza.negotiation.starttls`."""

from __future__ import annotations

from xmppkit.stanza.negotiation.starttls import STARTTLS, Failure, Proceed

__all__ = ["STARTTLS", "Failure", "Proceed"]
