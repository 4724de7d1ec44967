# SPDX-License-Identifier: MIT
"""Roster versioning (RFC 6121 §2.6): the server announces it, and the roster makes use of it."""

from __future__ import annotations

from xmppkit.protocol.features.announced import announced
from xmppkit.xml import names

__all__ = ["ROSTERVER"]

ROSTERVER = announced("rosterver", 9000, names.clark(names.ROSTER_VERSIONING, "ver"))
"""The declaration of roster versioning."""
