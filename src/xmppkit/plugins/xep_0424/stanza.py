# SPDX-License-Identifier: MIT
"""Taking a message back, and what an archive has in its place (XEP-0424 §3, §4)."""

from __future__ import annotations

import datetime
from typing import Final

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, ChildText
from xmppkit.stanza.message import Message

__all__ = ["RETRACT", "Retract", "Retracted"]

RETRACT: Final = "urn:xmpp:message-retract:1"


class Retract(ElementBase, parents=(Message,)):
    """Its author takes a message back."""

    __slots__ = ()

    name = "retract"
    namespace = RETRACT
    plugin_attrib = "retract"

    id = Attr(str, doc="the id of the message; in a room that gives ids, the one that it gave (§5.1)")
    reason = ChildText(str, doc="why, where a moderator did it (XEP-0425 §3.1)")


class Retracted(ElementBase, parents=(Message,)):
    """An archive says that here was a message, which has been taken back (§4)."""

    __slots__ = ()

    name = "retracted"
    namespace = RETRACT
    plugin_attrib = "retracted"

    id = Attr(str, doc="the id of the message that took it back")
    stamp = Attr(datetime.datetime, doc="when that was")
    reason = ChildText(str, doc="why, where a moderator did it (XEP-0425 §4)")
