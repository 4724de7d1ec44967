# SPDX-License-Identifier: MIT
"""The elements of XEP-0386; they are in `xmppkit.stanza.negotiation.bind2`, where the engine has them, too."""

from __future__ import annotations

from xmppkit.stanza.negotiation.bind2 import Bind, Bound, Feature, InlineFeatures

__all__ = ["Bind", "Bound", "Feature", "InlineFeatures"]
