# SPDX-License-Identifier: MIT
"""Message Archive Management (XEP-0313)."""

from __future__ import annotations

from xmppkit.plugins.xep_0313 import stanza
from xmppkit.plugins.xep_0313.entries import Entry, Position, Source
from xmppkit.plugins.xep_0313.mam import XEP_0313
from xmppkit.plugins.xep_0313.stanza import MAM, End, Fin, Metadata, Result, Start
from xmppkit.plugins.xep_0313.timeline import Timeline

__all__ = [
    "MAM",
    "XEP_0313",
    "End",
    "Entry",
    "Fin",
    "Metadata",
    "Position",
    "Result",
    "Source",
    "Start",
    "Timeline",
    "stanza",
]
