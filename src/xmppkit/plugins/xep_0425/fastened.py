# SPDX-License-Identifier: MIT
"""Moderation in version 0.2 of XEP-0425, which fastens it to the message with ``<apply-to/>`` (XEP-0422). Rooms of
Prosody 0.12 speak it."""

from __future__ import annotations

import copy
from typing import Final

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0424.stanza import Retract
from xmppkit.plugins.xep_0425.stanza import Moderated
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Child, ChildText
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message

__all__ = ["MODERATE_0", "ApplyTo", "FastenedModerate", "FastenedModerated", "FastenedRetract", "unfastened"]

MODERATE_0: Final = "urn:xmpp:message-moderate:0"


class ApplyTo(ElementBase, parents=(Iq, Message)):
    """Something that is said about a message (XEP-0422 §3)."""

    __slots__ = ()

    name = "apply-to"
    namespace = "urn:xmpp:fasten:0"
    plugin_attrib = "apply_to"

    id = Attr(str, doc="the id that the room gave the message")


class FastenedRetract(ElementBase):
    """The message is taken back."""

    __slots__ = ()

    name = "retract"
    namespace = "urn:xmpp:message-retract:0"
    plugin_attrib = "fastened_retract"


class FastenedModerate(ElementBase, parents=(ApplyTo,)):
    """The request of a moderator."""

    __slots__ = ()

    name = "moderate"
    namespace = MODERATE_0
    plugin_attrib = "moderate"

    retract = Child(FastenedRetract, doc="the message is taken back")
    reason = ChildText(str, doc="why, for people; None: it is not said")


class FastenedModerated(ElementBase, parents=(ApplyTo,)):
    """What the room says of it."""

    __slots__ = ()

    name = "moderated"
    namespace = MODERATE_0
    plugin_attrib = "moderated"

    by = Attr(JID, doc="the moderator, as an occupant of the room; None: it is not said")
    retract = Child(FastenedRetract, doc="the message was taken back")
    reason = ChildText(str, doc="why, for people; None: it is not said")


def unfastened(message: Message) -> Message | None:
    """A copy of a message that says in this form that another was taken back, as it is said today; None if it does not
    say so, or says it in today's form, too."""
    applied = ApplyTo.of(message)
    moderated = None if applied is None else FastenedModerated.of(applied)
    if applied is None or moderated is None or moderated.retract is None or Retract.of(message) is not None:
        return None
    current = copy.copy(message)
    for element in current.xml.findall(ApplyTo.tag_name()):
        current.xml.remove(element)
    retract = Retract(parent=current)
    retract.id, retract.reason = applied.id, moderated.reason
    Moderated(parent=retract).by = moderated.by
    return current
