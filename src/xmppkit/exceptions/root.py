# SPDX-License-Identifier: MIT
"""The root of the errors."""

from __future__ import annotations

__all__ = ["XMPPKitError"]


class XMPPKitError(Exception):
    """The root of every error that xmppkit raises on purpose."""
