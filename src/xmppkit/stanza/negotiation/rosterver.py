# SPDX-License-Identifier: MIT
"""The server has versions of rosters (RFC 6121 §2.6.1)."""

from __future__ import annotations

from typing import ClassVar

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import ROSTER_VERSIONING

__all__ = ["RosterVer"]


class RosterVer(ElementBase):
    """The server has versions of rosters (RFC 6121 §2.6.1)."""

    __slots__ = ()

    name = "ver"
    namespace = ROSTER_VERSIONING
    plugin_attrib = "rosterver"
    interfaces: ClassVar[set[str]] = set()


register_stanza_plugin(StreamFeatures, RosterVer)
