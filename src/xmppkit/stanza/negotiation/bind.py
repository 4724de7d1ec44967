# SPDX-License-Identifier: MIT
"""Resource binding (RFC 6120 §7)."""

from __future__ import annotations

from typing import ClassVar

from xmppkit.jid.address import JID
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import ChildText
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import BIND

__all__ = ["Bind"]


class Bind(ElementBase):
    """The offer, the request for a resource, and the address that was bound."""

    __slots__ = ()

    name = "bind"
    namespace = BIND
    plugin_attrib = "bind"
    interfaces: ClassVar[set[str]] = set()

    resource = ChildText(str, doc="the resource that the client asks for; None: the server chooses")
    jid = ChildText(JID, doc="the full address that was bound")


register_stanza_plugin(Iq, Bind)
register_stanza_plugin(StreamFeatures, Bind)
