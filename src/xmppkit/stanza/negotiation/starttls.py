# SPDX-License-Identifier: MIT
"""STARTTLS (RFC 6120 §5.4)."""

from __future__ import annotations

from typing import ClassVar

from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.fields import Flag
from xmppkit.stanza.registry import register_root, register_stanza_plugin
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import TLS

__all__ = ["STARTTLS", "Failure", "Proceed"]


class STARTTLS(StanzaBase):
    """The offer of TLS, and the request for it."""

    __slots__ = ()

    name = "starttls"
    namespace = TLS
    plugin_attrib = "starttls"
    interfaces: ClassVar[set[str]] = set()

    required = Flag(doc="nothing goes on without it")


@register_root
class Proceed(StanzaBase):
    """The server is ready for TLS."""

    __slots__ = ()

    name = "proceed"
    namespace = TLS
    interfaces: ClassVar[set[str]] = set()


@register_root
class Failure(StanzaBase):
    """The server cannot do TLS."""

    __slots__ = ()

    name = "failure"
    namespace = TLS
    interfaces: ClassVar[set[str]] = set()


register_stanza_plugin(StreamFeatures, STARTTLS)
