# SPDX-License-Identifier: MIT
"""Addresses (RFC 7622) and their escaping (XEP-0106)."""

from __future__ import annotations

from xmppkit.exceptions import InvalidJID
from xmppkit.jid.address import JID, UnescapedJID
from xmppkit.jid.escaping import escape_node, unescape_node

__all__ = ["JID", "InvalidJID", "UnescapedJID", "escape_node", "unescape_node"]
