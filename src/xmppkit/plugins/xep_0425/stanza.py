# SPDX-License-Identifier: MIT
"""A moderator takes a message of somebody back (XEP-0425 §3)."""

from __future__ import annotations

from typing import Final

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0421.stanza import OccupantId
from xmppkit.plugins.xep_0424.stanza import Retract, Retracted
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Child, ChildText
from xmppkit.stanza.iq import Iq

__all__ = ["MODERATE", "Moderate", "Moderated"]

MODERATE: Final = "urn:xmpp:message-moderate:1"


class Moderate(ElementBase, parents=(Iq,)):
    """The request of a moderator."""

    __slots__ = ()

    name = "moderate"
    namespace = MODERATE
    plugin_attrib = "moderate"

    id = Attr(str, doc="the id that the room gave the message")
    reason = ChildText(str, doc="why, for people; None: it is not said")
    retract = Child(Retract, doc="the message is taken back")


class Moderated(ElementBase, parents=(Retract, Retracted)):
    """What the room says of it."""

    __slots__ = ()

    name = "moderated"
    namespace = MODERATE
    plugin_attrib = "moderated"

    by = Attr(JID, doc="the moderator, as an occupant of the room; None: it is not said")
    occupant_id = Child(OccupantId, doc="the id that the room gives the moderator; None: it gives none")
