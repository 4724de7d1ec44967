# SPDX-License-Identifier: MIT
"""The stanzas of RFC 3921 §3; they are in `xmppkit.stanza.negotiation.session`."""

from __future__ import annotations

from xmppkit.stanza.negotiation.session import Session

__all__ = ["Session"]
