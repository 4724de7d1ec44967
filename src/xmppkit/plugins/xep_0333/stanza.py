# SPDX-License-Identifier: MIT
"""How far somebody has read (XEP-0333 §4), with two markers of its earlier versions."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Final

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr
from xmppkit.stanza.message import Message

__all__ = ["Acknowledged", "Displayed", "Markable", "Marker", "Received"]

MARKERS: Final = "urn:xmpp:chat-markers:0"


class Marker(StrEnum):
    """The markers, as the elements are named."""

    RECEIVED = "received"  # of earlier versions: receipts (XEP-0184) are better at it
    DISPLAYED = "displayed"
    ACKNOWLEDGED = "acknowledged"  # of earlier versions


class Markable(ElementBase, parents=(Message,)):
    """Its sender wants to know that the message has been displayed: ``message.enable("markable")``."""

    __slots__ = ()

    name = "markable"
    namespace = MARKERS
    plugin_attrib = "markable"
    interfaces: ClassVar[set[str]] = set()


class Received(ElementBase, parents=(Message,)):
    """Everything up to a message has come."""

    __slots__ = ()

    name = "received"
    namespace = MARKERS
    plugin_attrib = "received"

    id = Attr(str, doc="the id of the message")


class Displayed(ElementBase, parents=(Message,)):
    """Everything up to a message has been displayed."""

    __slots__ = ()

    name = "displayed"
    namespace = MARKERS
    plugin_attrib = "displayed"

    id = Attr(str, doc="the id of the message")


class Acknowledged(ElementBase, parents=(Message,)):
    """Everything up to a message has been acknowledged by the user."""

    __slots__ = ()

    name = "acknowledged"
    namespace = MARKERS
    plugin_attrib = "acknowledged"

    id = Attr(str, doc="the id of the message")
