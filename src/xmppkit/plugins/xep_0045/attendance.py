# SPDX-License-Identifier: MIT
"""Who is in a room: what its presences say (XEP-0045 §7, §11).

Each presence costs the same, however many are there. What is kept of an occupant is an `Occupant`; the stanza goes.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from xmppkit.exceptions import InvalidJID
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0045.correspondence import Correspondence
from xmppkit.plugins.xep_0045.records import (
    Announced,
    Departure,
    Occupant,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    RoomState,
)
from xmppkit.plugins.xep_0045.stanza import Affiliation, MUCPresence, MUCStatus, MUCUserItem, Role, StatusCode
from xmppkit.plugins.xep_0045.stanza.vocabulary import codes_of
from xmppkit.stanza.presence import Presence
from xmppkit.xml.names import clark

__all__ = ["Attendance"]

log = logging.getLogger(__name__)

_X: Final = MUCPresence.tag_name()
_STATUS: Final = MUCStatus.tag_name()
_ITEM: Final = MUCUserItem.tag_name()
_ID: Final = clark(Announced.OCCUPANT_IDS, "occupant-id")
#: XEP-0421 §4.1
_ID_LENGTH: Final = 128
_ROLES: Final = {role.value: role for role in Role}
_AFFILIATIONS: Final = {affiliation.value: affiliation for affiliation in Affiliation}
_NO_CODES: Final[frozenset[int]] = frozenset()


class Attendance:
    """The occupants of a room, and our own place among them.

    :param host: the plugin.
    :param jid: the room.
    """

    __slots__ = (
        "__weakref__", "_announced", "_arriving", "_full", "_host", "_most", "_occupants", "_prefix", "codes",
        "departure", "jid", "nick", "state",
    )  # fmt: skip

    def __init__(self, host: Correspondence, jid: JID) -> None:
        self._host = host
        #: The room's address.
        self.jid = jid
        #: Our own nickname in it; before we are there, the one that was asked for.
        self.nick = ""
        #: How we stand to it.
        self.state = RoomState.LEFT
        #: What the room has said with our own presence, as `StatusCode` where it is known: that it is new, say.
        self.codes: frozenset[int] = _NO_CODES
        #: How we have left; None: we have not, or were never there.
        self.departure: Departure | None = None
        self._announced = Announced()
        self._occupants: dict[str, Occupant] = {}
        #: Nicknames that occupants have changed to, but have not appeared under yet.
        self._arriving: set[str] = set()
        self._full = False
        self._most = host.max_occupants
        self._prefix = f"muc::{jid}::"

    # --- what there is ----------------------------------------------------------------------------------------------

    @property
    def joined(self) -> bool:
        """Whether we are an occupant."""
        return self.state is RoomState.JOINED

    @property
    def occupants(self) -> Mapping[str, Occupant]:
        """Who is there, by nickname; ourselves too. It changes with the room, and cannot be changed."""
        return MappingProxyType(self._occupants)

    @property
    def me(self) -> Occupant | None:
        """Ourselves; None while we are not there."""
        return self._occupants.get(self.nick) if self.joined else None

    @property
    def features(self) -> frozenset[str] | None:
        """The protocols that the room has announced; None as long as it was not asked."""
        return self._announced.features

    @property
    def gives_occupant_ids(self) -> bool:
        """Whether the room has announced that it gives its occupants ids (XEP-0421 §2); False as long as it was not
        asked."""
        return self._announced.occupant_ids

    def __contains__(self, nick: object) -> bool:
        return nick in self._occupants

    def __len__(self) -> int:
        return len(self._occupants)

    def __bool__(self) -> bool:
        """True: also a room where nobody is, is one."""
        return True

    # --- presences --------------------------------------------------------------------------------------------------

    def take_presence(self, presence: Presence, nick: str) -> None:
        """A presence has come from the room, or from the occupant of a nickname."""
        kind = presence.xml.get("type")
        if kind is None:
            if nick and self.state is not RoomState.LEAVING:
                self._take_available(presence, nick)
        elif kind == "unavailable":
            if nick:
                self._take_unavailable(presence, nick)
        elif kind == "error":
            self._host.xmpp.event(f"{self._prefix}presence-error", presence)
            self._refused(presence)

    def _take_available(self, presence: Presence, nick: str) -> None:
        x = presence.xml.find(_X)
        codes = _NO_CODES if x is None or x.find(_STATUS) is None else codes_of(x)
        before = self._occupants.get(nick)
        after = self._occupant(presence, nick, x, before)
        joined = self.state is RoomState.JOINED
        own = StatusCode.SELF_PRESENCE in codes or (joined and nick == self.nick)
        if before is not None or own or len(self._occupants) < self._most:
            self._occupants[nick] = after
        elif not self._full:
            self._full = True
            log.warning("%s has more than %d occupants: the others are not kept", self.jid, self._most)
        xmpp = self._host.xmpp
        xmpp.event("groupchat_presence", presence)
        xmpp.event(f"{self._prefix}presence", presence)
        if before is None or nick in self._arriving:
            self._arriving.discard(nick)
            xmpp.event(f"{self._prefix}got_online", presence)
        if own:
            xmpp.event(f"{self._prefix}self-presence", presence)
            self.nick = nick
            self._present(presence, codes)
        if joined:
            self._tell(before, after)

    def _tell(self, before: Occupant | None, after: Occupant) -> None:
        if before is None:
            self._host.xmpp.event("muc_occupant_joined", OccupantJoined(self.jid, after))
        elif before != after:
            self._host.xmpp.event("muc_occupant_changed", OccupantChanged(self.jid, before, after))

    def _occupant(self, presence: Presence, nick: str, x: Any, before: Occupant | None) -> Occupant:
        """What a presence says of somebody. What is missing or cannot be read stays as it was, or is what everybody
        may."""
        role, affiliation, jid = None, None, None
        item = None if x is None else x.find(_ITEM)
        if item is not None:
            role = _ROLES.get(item.get("role", ""))
            affiliation = _AFFILIATIONS.get(item.get("affiliation", ""))
            address = item.get("jid")
            if address:
                try:
                    jid = JID(address)
                except InvalidJID:
                    log.warning("%s says of %r an address that is none", self.jid, nick)
        elif before is not None:
            role, affiliation, jid = before.role, before.affiliation, before.jid
        xml = presence.xml
        said = xml.find(_ID)
        said_id = None if said is None else said.get("id")
        namespace = xml.tag[:-8]  # {jabber:client}presence
        return Occupant(
            nick,
            role or Role.PARTICIPANT,
            affiliation or Affiliation.NONE,
            jid,
            None if xml.find(namespace + "show") is None else presence.show,
            "" if xml.find(namespace + "status") is None else presence.status or "",
            said_id if said_id and len(said_id) <= _ID_LENGTH else None,
            self._announced,
        )

    def _take_unavailable(self, presence: Presence, nick: str) -> None:
        x = presence.xml.find(_X)
        codes = _NO_CODES if x is None or x.find(_STATUS) is None else codes_of(x)
        own = StatusCode.SELF_PRESENCE in codes or (self.state is not RoomState.JOINING and nick == self.nick)
        before = self._occupants.pop(nick, None)
        self._arriving.discard(nick)
        if before is None and not own:
            return  # nobody who was there
        xmpp = self._host.xmpp
        xmpp.event("groupchat_presence", presence)
        xmpp.event(f"{self._prefix}presence", presence)
        if own:
            xmpp.event(f"{self._prefix}self-presence", presence)
        xmpp.event(f"{self._prefix}got_offline", presence)
        muc = MUCPresence.of(presence)
        renamed = muc.item_nick if muc is not None and StatusCode.NICK_CHANGED in codes else None
        if renamed:
            self._rename(before, renamed, own=own)
        elif own:
            self._absent(presence, Departure.of(presence, codes))
        elif before is not None and self.joined:
            xmpp.event("muc_occupant_left", OccupantLeft(self.jid, before, Departure.of(presence, codes)))

    def _rename(self, before: Occupant | None, nick: str, *, own: bool) -> None:
        """An occupant appears under another nickname from now on (§7.6)."""
        if own:
            self.nick = nick
        if before is None:
            return
        self._occupants[nick] = after = before._replace(nick=nick)
        self._arriving.add(nick)
        if self.joined:
            self._host.xmpp.event("muc_occupant_changed", OccupantChanged(self.jid, before, after))

    def _clear(self) -> None:
        """Nobody is known to be there."""
        self._occupants.clear()
        self._arriving.clear()
        self._full, self._most = False, self._host.max_occupants

    # --- what they mean for ourselves; see `xmppkit.plugins.xep_0045.visit` -------------------------------------------

    def _present(self, presence: Presence, codes: frozenset[int] | set[int]) -> None:
        """The room says that we are there, or something new of us."""

    def _absent(self, presence: Presence, departure: Departure) -> None:
        """The room says that we are not there any more."""

    def _refused(self, presence: Presence) -> None:
        """A presence of ours has come back as an error."""
