# SPDX-License-Identifier: MIT
"""The elements of XEP-0484; they are in `xmppkit.stanza.negotiation.fast`, where the engine has them, too."""

from __future__ import annotations

from xmppkit.stanza.negotiation.fast import Fast, RequestToken, Token

__all__ = ["Fast", "RequestToken", "Token"]
