# SPDX-License-Identifier: MIT
"""Which rooms we are in: what comes from them goes to them, and what comes from elsewhere is nothing (XEP-0045).

Only rooms that were asked to let us in are here. So a presence or a message that pretends to be from a room, with
status codes and all, means nothing unless it is from such a room: servers stamp each stanza with its sender
(RFC 6120 §8.1.2.1).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from xmppkit.jid.address import JID
from xmppkit.plugins.base import Option, handles, listens
from xmppkit.plugins.xep_0045.correspondence import Correspondence
from xmppkit.plugins.xep_0045.records import PROPERTIES, BadPfromUsage, RoomState
from xmppkit.plugins.xep_0045.room import Room
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.types import JidStr, MucRoomItem, MucRoomItemKeys, OptJidStr

__all__ = ["Registry"]


class _Items(Mapping[str, MucRoomItem]):
    """COMPAT(slixmpp 1.17): the occupants of a room as dicts, made when somebody looks."""

    __slots__ = ("_room",)

    def __init__(self, room: Room) -> None:
        self._room = room

    def __getitem__(self, nick: str) -> MucRoomItem:
        return self._room.occupants[nick].item()

    def __iter__(self) -> Iterator[str]:
        return iter(self._room.occupants)

    def __len__(self) -> int:
        return len(self._room)

    def __repr__(self) -> str:
        return repr(dict(self))


class Registry(Correspondence):
    """The rooms, by our own address and theirs.

    Without `multi_from` all own addresses are one: a component that is several people in one room needs it.
    """

    multi_from = Option(bool, False, doc="for components: rooms are kept for each own address, which calls must name")

    def plugin_init(self) -> None:
        """There are no rooms yet."""
        self._rooms: dict[tuple[str, str], Room] = {}
        #: The rooms that we were in when the session ended, or a server failed; `entry` says how to enter them again.
        self.lost_rooms: list[Room] = []
        #: Those that are being entered again without anybody having asked for it.
        self._returning: dict[Room, asyncio.Future[Any]] = {}
        #: Those that are asked whether we are still there.
        self._asking: set[Room] = set()

    def plugin_end(self) -> None:
        """Leave all rooms."""
        for returning in self._returning.values():
            returning.cancel()
        for room in list(self._rooms.values()):
            if self.xmpp.sessionstarted:
                room.go()
            room.lose()
            room.drop_handlers()
        for room in self.lost_rooms:
            room.drop_handlers()
        self.lost_rooms.clear()

    # --- the rooms --------------------------------------------------------------------------------------------------

    @property
    def _several(self) -> bool:
        return bool(self.xmpp.is_component and self.multi_from)

    def _owner(self, pfrom: OptJidStr) -> str:
        """The key of an own address.

        :raises BadPfromUsage: there is one although all are the same, or none although they are not.
        """
        if self.xmpp.is_component and self.multi_from:
            if not pfrom:
                raise BadPfromUsage("with multi_from, say for which of the own addresses: give pfrom")
            return JID(pfrom).full
        if pfrom:
            raise BadPfromUsage("without multi_from, all own addresses are the same: do not give pfrom")
        return ""

    def _place(self, room: Room) -> tuple[str, str]:
        own = room.entry.pfrom
        return own.full if self._several and own is not None else "", room.jid.bare

    def _admit(self, room: Room) -> None:
        self._rooms[self._place(room)] = room
        if room in self.lost_rooms:
            self.lost_rooms.remove(room)

    def _forget(self, room: Room) -> None:
        place = self._place(room)
        if self._rooms.get(place) is room:
            del self._rooms[place]
        elif room in self.lost_rooms:
            self.lost_rooms.remove(room)

    def comes_back(self, room: Room) -> bool:
        """Whether a room is being entered again without anybody having asked for it."""
        return room in self._returning

    def _drop(self, room: Room) -> None:
        """A room that we were in has let us fall, and nobody wanted that."""
        self.lost_rooms.append(room)

    def room(self, room: JidStr, pfrom: OptJidStr = None) -> Room | None:
        """A room that we are in, or are entering or leaving; None for all others.

        :param pfrom: with `multi_from`, the own address.
        """
        return self._rooms.get((self._owner(pfrom), JID(room).bare))

    def find_room(self, address: JidStr, own: OptJidStr = None) -> Room | None:
        """The same, whatever `multi_from` is.

        :param address: the room, or an address in it.
        :param own: our own address; without `multi_from` it does not matter.
        """
        owner = JID(own).full if self._several and own else ""
        return self._rooms.get((owner, JID(address).bare))

    def room_of(self, stanza: Message | Presence) -> Room | None:
        """The room that a stanza is from; None unless we are in it."""
        found = self._sender(stanza)
        return found if found is not None and found.joined else None

    def is_heard(self, stanza: Message | Presence | Iq) -> bool:
        """Whether a stanza is from a room that we are in, also while that still sends what was said before."""
        found = self._sender(stanza)
        return found is not None and found.inside

    def joined_rooms(self) -> list[JID]:
        """The rooms that any of our own addresses is in."""
        return [room.jid for room in self.all_joined()]

    def all_joined(self) -> list[Room]:
        """The same as objects, one for each own address."""
        return [room for room in self._rooms.values() if room.joined]

    def _joined(self, room: JidStr, pfrom: OptJidStr) -> Room | None:
        owner = self._owner(pfrom)
        # As a rule the text is the address already, and need not be read for that: programs ask for each occupant.
        found = (self._rooms.get((owner, room)) if type(room) is str else None) or self.room(room, pfrom)
        return found if found is not None and found.joined else None

    # --- what comes -------------------------------------------------------------------------------------------------

    def _sender(self, stanza: Any) -> Room | None:
        """The room that a stanza is from."""
        if not self._rooms:
            return None
        owner = stanza["to"].full if self._several else ""
        return self._rooms.get((owner, stanza["from"].bare))

    @handles("presence", "MUC Presence")
    def _handle_presence(self, presence: Presence) -> None:
        if not self._rooms:
            return
        sender = JID(presence.xml.get("from"))  # checked when it came; ``presence["from"]`` takes twice as long
        owner = presence["to"].full if self._several else ""
        room = self._rooms.get((owner, sender.bare))
        if room is not None:
            room.take_presence(presence, sender.resource)

    @listens("session_end")
    def _session_ended(self, _: object) -> None:
        self._lose(list(self._rooms.values()))

    @listens("disconnected")
    def _connection_ended(self, _: object) -> None:
        if self.xmpp.end_session_on_disconnect:  # otherwise the session may go on with another connection (XEP-0198)
            self._lose(list(self._rooms.values()))

    @listens("session_start")
    def _session_began(self, _: object) -> None:
        # Who joins a room before waits for the session; but where we were is over, if nobody has said so.
        self._lose([room for room in self._rooms.values() if room.state is not RoomState.JOINING])

    def _lose(self, rooms: list[Room]) -> None:
        for room in rooms:
            was_there = room.joined
            room.lose()
            if was_there:
                self.lost_rooms.append(room)

    # --- slixmpp's questions ----------------------------------------------------------------------------------------

    def _address_of(self, room: JidStr, nick: str, ifrom: OptJidStr) -> JID | None:
        found = self._joined(room, ifrom if self._several else None)
        occupant = None if found is None else found.occupants.get(nick)
        return None if occupant is None else occupant.jid

    @property
    def rooms(self) -> Mapping[str | None, Mapping[str, Mapping[str, MucRoomItem]]]:
        """COMPAT(slixmpp 1.17): the occupants as dicts, by own address (None without `multi_from`), room and
        nickname."""
        found: defaultdict[str | None, dict[str, Mapping[str, MucRoomItem]]] = defaultdict(dict)
        for (owner, jid), room in self._rooms.items():
            if room.state in (RoomState.JOINED, RoomState.JOINING):
                found[owner or None][jid] = _Items(room)
        return found

    @property
    def our_nicks(self) -> Mapping[str | None, Mapping[str, str]]:
        """COMPAT(slixmpp 1.17): our own nicknames, by own address (None without `multi_from`) and room."""
        found: defaultdict[str | None, dict[str, str]] = defaultdict(dict)
        for (owner, jid), room in self._rooms.items():
            if room.state in (RoomState.JOINED, RoomState.JOINING):
                found[owner or None][jid] = room.nick
        return found

    def get_joined_rooms(self, pfrom: OptJidStr = None) -> list[JID]:
        """The rooms that we are in.

        :param pfrom: with `multi_from`, the own address; in all methods it raises `BadPfromUsage` if it is missing
            then, and if it is given without.
        """
        owner = self._owner(pfrom)
        return [room.jid for (own, _), room in self._rooms.items() if own == owner and room.joined]

    def get_our_jid_in_room(self, room_jid: JidStr, pfrom: OptJidStr = None) -> str:
        """Our own address in a room; ``''`` if we are not there."""
        room = self._joined(room_jid, pfrom)
        return "" if room is None else room.address.full

    def get_roster(self, room: JidStr, pfrom: OptJidStr = None) -> list[str]:
        """The nicknames of the occupants of a room; none if we are not there."""
        found = self._joined(room, pfrom)
        return [] if found is None else list(found.occupants)

    def get_nick(self, room: JidStr, jid: JidStr, pfrom: OptJidStr = None) -> str | None:
        """The nickname of somebody in a room.

        :param jid: the real address; a bare one fits all of its resources.
        :returns: the nickname; None if we are not there, or the room does not tell that they are.
        """
        found, wanted = self._joined(room, pfrom), JID(jid)
        for occupant in () if found is None else found.occupants.values():
            real = occupant.jid
            if real is not None and wanted in (real, real.bare_jid):
                return occupant.nick
        return None

    def jid_in_room(self, room: JidStr, jid: JidStr, pfrom: OptJidStr = None) -> bool:
        """Whether somebody is in a room, as far as it tells; see `get_nick`."""
        return self.get_nick(room, jid, pfrom) is not None

    def get_jid_property(self, room: JidStr, nick: str, jid_property: MucRoomItemKeys, pfrom: OptJidStr = None) -> Any:
        """What is known of an occupant.

        :param jid_property: ``affiliation``, ``jid``, ``nick``, ``role``, ``show`` or ``status``.
        :returns: the value; None if we are not there, or nobody has that nickname.
        """
        found = self._joined(room, pfrom)
        occupant = None if found is None else found.occupants.get(nick)
        read = PROPERTIES.get(jid_property)
        return None if occupant is None or read is None else read(occupant)
