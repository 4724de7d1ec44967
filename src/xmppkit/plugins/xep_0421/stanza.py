# SPDX-License-Identifier: MIT
"""The id that a room gives an occupant, whatever the nickname (XEP-0421 §3)."""

from __future__ import annotations

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence

__all__ = ["OccupantId"]


class OccupantId(ElementBase, parents=(Message, Presence)):
    """The id. It means something only from a room that has announced it gives such ids (§4)."""

    __slots__ = ()

    name = "occupant-id"
    namespace = "urn:xmpp:occupant-id:0"
    plugin_attrib = "occupant-id"

    id = Attr(str, doc="the id, at most 128 characters that mean nothing")
