# SPDX-License-Identifier: MIT
"""A message that takes the place of another (XEP-0308 §3)."""

from __future__ import annotations

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr
from xmppkit.stanza.message import Message

__all__ = ["Replace"]


class Replace(ElementBase, parents=(Message,)):
    """Which message it takes the place of."""

    __slots__ = ()

    name = "replace"
    namespace = "urn:xmpp:message-correct:0"
    plugin_attrib = "replace"

    id = Attr(str, doc="the id of the message, as it was sent first; in a room, too, the one that its author gave it")
