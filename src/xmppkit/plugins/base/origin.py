# SPDX-License-Identifier: MIT
"""Who may say what: the checks of the sender that several plugins need.

A server stamps each stanza with the address of its sender (RFC 6120 §8.1.2.1). What a stanza says of others is worth no
more than that address: a push counts only from the account's own server, and a message may be corrected only by whom it
is from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xmppkit.jid.address import JID
from xmppkit.xml.names import clark

if TYPE_CHECKING:
    from xmppkit.stanza.message import Message
    from xmppkit.stanza.rootstanza import RootStanza

__all__ = [
    "from_joined_room",
    "from_own_account",
    "has_author",
    "is_answered",
    "is_own",
    "is_private",
    "may_see_presence",
    "occupant_id",
    "same_author",
]

#: XEP-0421 §3.
_OCCUPANT: Final = clark("urn:xmpp:occupant-id:0", "occupant-id")
#: XEP-0045 §7.5.
_USER: Final = clark("http://jabber.org/protocol/muc#user", "x")


def is_own(xmpp: Any, jid: JID) -> bool:
    """Whether an address belongs to the stream: to a client's account, or to a component's domain."""
    own: JID = xmpp.boundjid
    return bool(jid.domain == own.domain if xmpp.is_component else jid.bare == own.bare)


def from_own_account(xmpp: Any, stanza: RootStanza) -> bool:
    """Whether a stanza is from the account itself, that is from its server in its name: without a sender, or from the
    bare address that the stream is bound to (RFC 6120 §8.1.2.1). Another resource of the account is somebody else."""
    sender: JID = stanza["from"]
    return not sender or bool(sender == xmpp.boundjid.bare_jid)


def occupant_id(stanza: RootStanza) -> str | None:
    """The id that a room has given the occupant who sent a stanza (XEP-0421); None when there is none. It means
    something only from a room that has announced the feature."""
    element = stanza.xml.find(_OCCUPANT)
    return None if element is None else element.get("id") or None


def same_author(original: Message, later: Message, *, private: bool = False, own: JID | None = None) -> bool:
    """Whether two messages are from one author, so that the later may correct or retract the original (XEP-0308 §3).

    In a room that is the same occupant, by the ids that the room gave (XEP-0421), or by the nickname where it gave
    none. Everywhere else it is the same bare address.

    :param private: they are private messages of occupants of a room (XEP-0045 §7.5), where all have one bare address.
    :param own: our own address: the author of what we have sent, which need not say so.
    """
    in_room = original["type"] == "groupchat"
    if in_room != (later["type"] == "groupchat"):
        return False
    first: JID = original["from"] or own or JID("")
    second: JID = later["from"] or own or JID("")
    if first.bare != second.bare:
        return False
    if not (in_room or private):
        return bool(first)
    ids = occupant_id(original), occupant_id(later)
    return ids[0] == ids[1] if any(ids) else bool(first == second and first.resource)


# --- rooms ----------------------------------------------------------------------------------------------------


def from_joined_room(xmpp: Any, stanza: RootStanza) -> bool:
    """Whether a stanza is from a room that the stream has joined (with xep_0045), or from one of its occupants."""
    rooms = xmpp.plugin.get("xep_0045", None)
    return rooms is not None and bool(rooms.is_heard(stanza))


def is_private(xmpp: Any, message: Message) -> bool:
    """Whether a message is from one occupant of a room to us alone (XEP-0045 §7.5): from a joined room, or marked as
    such. The mark of a sender that is no room makes `same_author` more careful, not less."""
    if message["type"] == "groupchat":
        return False
    return message.xml.find(_USER) is not None or from_joined_room(xmpp, message)


def has_author(xmpp: Any, message: Message) -> bool:
    """Whether a message is somebody's word, as far as can be said without another: it is no error, and if it is of a
    room, then of an occupant of one that the stream has joined."""
    kind = message["type"]
    if kind == "groupchat":
        return bool(message["from"].resource) and from_joined_room(xmpp, message)
    return bool(kind != "error")


# --- what is told to whom -------------------------------------------------------------------------------------


def may_see_presence(xmpp: Any, stanza: RootStanza) -> bool:
    """Whether the sender of a stanza may see our presence: the own account and its server, a contact that is
    subscribed to us (RFC 6121 §3), and who is in a room with us."""
    sender: JID = stanza["from"]
    own: JID = stanza["to"] if xmpp.is_component and stanza["to"] else xmpp.boundjid
    if not sender or sender.bare in (own.bare, own.domain):
        return True
    if own.bare in xmpp.roster and sender.bare in xmpp.roster[own.bare] and xmpp.roster[own.bare][sender.bare]["from"]:
        return True
    return from_joined_room(xmpp, stanza)


def is_answered(xmpp: Any, stanza: RootStanza) -> bool:
    """Whether a request may be answered that tells its sender that we are online. Without the setting
    `answer_strangers` only those are answered who may see our presence. A component is a service, and answers for its
    domain; its other addresses are like those of clients."""
    if xmpp.settings.answer_strangers or (xmpp.is_component and stanza["to"] == xmpp.boundjid.bare_jid):
        return True
    return may_see_presence(xmpp, stanza)
