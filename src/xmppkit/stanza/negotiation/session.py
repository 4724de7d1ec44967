# SPDX-License-Identifier: MIT
"""The session of RFC 3921 §3, which RFC 6121 no longer has and old servers insist on."""

from __future__ import annotations

from typing import ClassVar

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Flag
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import SESSION

__all__ = ["Session"]


class Session(ElementBase):
    """The offer of a session, and the request for it."""

    __slots__ = ()

    name = "session"
    namespace = SESSION
    plugin_attrib = "session"
    interfaces: ClassVar[set[str]] = set()

    optional = Flag(doc="the server does without")


register_stanza_plugin(Iq, Session)
register_stanza_plugin(StreamFeatures, Session)
