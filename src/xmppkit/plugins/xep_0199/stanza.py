# SPDX-License-Identifier: MIT
"""A ping (XEP-0199 §3)."""

from __future__ import annotations

from typing import ClassVar

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.iq import Iq

__all__ = ["Ping"]


class Ping(ElementBase, parents=(Iq,)):
    """The question; the answer has no payload."""

    __slots__ = ()

    name = "ping"
    namespace = "urn:xmpp:ping"
    plugin_attrib = "ping"
    interfaces: ClassVar[set[str]] = set()
