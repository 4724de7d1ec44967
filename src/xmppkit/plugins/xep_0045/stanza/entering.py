# SPDX-License-Identifier: MIT
"""What somebody says who enters a room (XEP-0045 §19.1)."""

from __future__ import annotations

import datetime

from xmppkit.plugins.xep_0045.stanza.vocabulary import MUC
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Child, ChildText
from xmppkit.stanza.presence import Presence

__all__ = ["MUCHistory", "MUCJoin"]


class MUCHistory(ElementBase):
    """How much of what was said before is to be sent (§7.2.14). Of several bounds the narrowest counts."""

    __slots__ = ()

    name = "history"
    namespace = MUC
    plugin_attrib = "history"

    maxchars = Attr(int, minimum=0, doc="characters of XML; 0: nothing is to be sent")
    maxstanzas = Attr(int, minimum=0, doc="messages")
    seconds = Attr(int, minimum=0, doc="of the last so many seconds")
    since = Attr(datetime.datetime, doc="since this moment")


class MUCJoin(ElementBase, parents=(Presence,)):
    """That the presence is to enter a room, and that its sender knows this protocol."""

    __slots__ = ()

    name = "x"
    namespace = MUC
    plugin_attrib = "muc_join"

    password = ChildText(str, doc="the room's password")
    history = Child(MUCHistory, doc="how much of what was said before is wanted; None: as the room thinks fit")
