# SPDX-License-Identifier: MIT
"""`version`: which PyXMPP2 this would be: that of xmppkit, whose it is."""

from __future__ import annotations

from xmppkit.version import __version__ as version

__all__ = ["version"]
