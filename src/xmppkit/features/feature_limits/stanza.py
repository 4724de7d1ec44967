# SPDX-License-Identifier: MIT
"""The stanzas of XEP-0478; they are in `xmppkit.stanza.negotiation.limits`."""

from __future__ import annotations

from xmppkit.stanza.negotiation.limits import Limits

__all__ = ["Limits"]
