# SPDX-License-Identifier: MIT
"""The limits that a server announces (XEP-0478)."""

from __future__ import annotations

from typing import ClassVar

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import ChildText
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import STREAM_LIMITS

__all__ = ["Limits"]


class Limits(ElementBase):
    """What the server lets a client do."""

    __slots__ = ()

    name = "limits"
    namespace = STREAM_LIMITS
    plugin_attrib = "limits"
    interfaces: ClassVar[set[str]] = set()

    max_bytes = ChildText(int, name="max-bytes", key="max-bytes", minimum=0, doc="the largest stanza, in bytes")
    idle_seconds = ChildText(
        int, name="idle-seconds", key="idle-seconds", minimum=0, doc="seconds of silence that the server tolerates"
    )


register_stanza_plugin(StreamFeatures, Limits)
