# SPDX-License-Identifier: MIT
"""The ids that a message has been given (XEP-0359 §2)."""

from __future__ import annotations

from typing import Final

from xmppkit.jid.address import JID
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr
from xmppkit.stanza.message import Message

__all__ = ["OriginID", "ReferencedStanza", "StanzaID", "referred_id", "stanza_id_by"]

SID: Final = "urn:xmpp:sid:0"


class StanzaID(ElementBase, parents=(Message,)):
    """An id that an entity on the way has given the message (§2.1). A message may have several, of several entities."""

    __slots__ = ()

    name = "stanza-id"
    namespace = SID
    plugin_attrib = "stanza_id"

    id = Attr(str, doc="the id")
    by = Attr(JID, doc="who says to have given it")


class OriginID(ElementBase, parents=(Message,)):
    """The id that the author has given the message (§2.2)."""

    __slots__ = ()

    name = "origin-id"
    namespace = SID
    plugin_attrib = "origin_id"

    id = Attr(str, doc="the id")


class ReferencedStanza(ElementBase, parents=(Message,)):
    """Another message that this one is about (§4), by its `StanzaID`."""

    __slots__ = ()

    name = "referenced-stanza"
    namespace = SID
    plugin_attrib = "referenced_stanza"

    id = Attr(str, doc="the id")
    by = Attr(JID, doc="who has given it")


_STANZA_ID: Final = StanzaID.tag_name()


def stanza_id_by(message: ElementBase, by: JID) -> str | None:
    """The id that a message says to have from `by`; None without one, or with several, which cannot be (§3, rule 4).

    This reads. Whether it may be believed, `XEP_0359.get_stanza_id` says.
    """
    found: list[str] = []
    for element in message.xml.iterfind(_STANZA_ID):
        given = StanzaID(element)
        if given.by == by:
            found.append(given.id or "")
    return found[0] or None if len(found) == 1 else None


def referred_id(message: Message) -> str | None:
    """The id by which retractions and markers mean a message: of a room's the one that it gave, if it gave any; of all
    others their own (XEP-0333 §4.3, XEP-0424 §5.1). None without an id, or with several that are said to be the room's.

    This reads. A room that gives no ids may let its occupants write them, each for their own messages.
    """
    room = message["from"].bare_jid
    if message["type"] != "groupchat" or all(StanzaID(each).by != room for each in message.xml.iterfind(_STANZA_ID)):
        return message["id"] or None
    return stanza_id_by(message, room)
