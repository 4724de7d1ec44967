# SPDX-License-Identifier: MIT
"""`Handshake`: how a component proves that it knows the secret (XEP-0114 §3)."""

from __future__ import annotations

from typing import ClassVar

from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.fields import ElementText
from xmppkit.stanza.registry import register_root
from xmppkit.xml.names import COMPONENT

__all__ = ["Handshake"]


@register_root
class Handshake(StanzaBase):
    """The component's digest, or the server's consent, which is empty."""

    __slots__ = ()

    name = "handshake"
    namespace = COMPONENT
    plugin_attrib = "handshake"
    interfaces: ClassVar[set[str]] = set()

    value = ElementText(str, doc="SHA-1 of stream id and secret, in hexadecimal")
