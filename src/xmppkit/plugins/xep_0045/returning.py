# SPDX-License-Identifier: MIT
"""Coming back into rooms (XEP-0045 §7.2, XEP-0410): after a session that was lost they are entered again, and after one
that has gone on they are asked whether we are still there."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Final
from xml.etree.ElementTree import Element

from xmppkit.exceptions import IqError, IqTimeout, LocalProtocolError, NotConnectedError, PresenceError, RemoteError
from xmppkit.plugins.base import Option, listens
from xmppkit.plugins.xep_0045.doors import Doors
from xmppkit.plugins.xep_0045.records import RejoinFailed
from xmppkit.plugins.xep_0045.room import Room
from xmppkit.stanza.iq import Iq
from xmppkit.types import PresenceArgs
from xmppkit.xml.names import PING, clark

__all__ = ["Returning"]

log = logging.getLogger(__name__)

#: Seconds before each attempt. What we have left behind may be in the room still, under the nickname.
_PAUSES: Final = (0.0, 5.0, 15.0, 40.0)
#: Seconds that a room may take to let us in, and to answer a ping.
_ENTERING, _ANSWER = 60.0, 30.0
#: How many rooms are entered at once.
_AT_ONCE: Final = 10
#: Errors that another attempt may not meet.
_PASSING: Final = frozenset({
    "conflict", "internal-server-error", "recipient-unavailable", "remote-server-not-found", "remote-server-timeout",
    "resource-constraint", "service-unavailable",
})  # fmt: skip
#: Errors with which a room that we are in may answer a ping (XEP-0410 §3.2).
_INSIDE: Final = frozenset({
    "feature-not-implemented", "item-not-found", "remote-server-not-found", "remote-server-timeout",
    "service-unavailable",
})  # fmt: skip


class Returning(Doors):
    """Who comes back without being asked."""

    rejoin = Option(bool, True, doc="enter rooms again after a session that was lost; ask them after one that goes on")

    def plugin_init(self) -> None:
        """Nobody is on the way."""
        super().plugin_init()
        self._gate = asyncio.Semaphore(_AT_ONCE)

    @listens("session_settled")
    def _session_settled(self, _: object) -> None:
        for returning in self._returning.values():
            returning.cancel()
        self._returning.clear()
        if self.rejoin and self.xmpp.session_returned:
            for room in list(self.lost_rooms):
                self._come_back(room)

    @listens("session_end")
    def _session_over(self, _: object) -> None:
        for room, returning in self._returning.items():
            if not room.being_entered:  # else it is told so
                returning.cancel()

    @listens("session_resumed")
    def _session_resumed(self, _: object) -> None:
        if not self.rejoin:
            return
        for room in list(self._rooms.values()):
            if room.joined and room not in self._asking:
                self._asking.add(room)
                self.xmpp.spawn(self._ask(room))

    # --- are we still there? ----------------------------------------------------------------------------------------

    async def _ask(self, room: Room) -> None:
        try:
            if await self._is_inside(room) or not room.joined:
                return
        except (RemoteError, NotConnectedError):
            return  # the session has ended
        finally:
            self._asking.discard(room)
        log.info("%s does not know us any more: it is entered again", room.jid)
        self._lose([room])
        self._come_back(room)

    async def _is_inside(self, room: Room) -> bool:
        iq: Iq = self.xmpp.make_iq_get(ito=room.address, ifrom=room.entry.pfrom)
        iq.append(Element(clark(PING, "ping")))
        try:
            await iq.send(timeout=_ANSWER)
        except IqTimeout:
            return True  # it says nothing, and so nothing of that
        except IqError as error:
            return error.condition in _INSIDE
        return True

    # --- coming back ------------------------------------------------------------------------------------------------

    def _drop(self, room: Room) -> None:
        """See `Registry._drop`. If it is the whole server, the session that follows brings us back."""
        super()._drop(room)
        if self.rejoin:
            self._come_back(room, _PAUSES[2:])

    def _come_back(self, room: Room, pauses: tuple[float, ...] = _PAUSES) -> None:
        task = self._returning[room] = self.xmpp.spawn(self._enter_again(room, pauses))

        def over(_: object) -> None:
            if self._returning.get(room) is task:
                del self._returning[room]

        task.add_done_callback(over)

    async def _enter_again(self, room: Room, pauses: tuple[float, ...]) -> None:
        error: Exception = LocalProtocolError("it was not tried")
        for pause in pauses:
            await asyncio.sleep(pause)
            if room not in self.lost_rooms:
                return  # the program was faster
            try:
                async with self._gate:
                    await self._knock_again(room)
            except NotConnectedError:
                self._miss(room)
                return
            except (PresenceError, TimeoutError) as failure:
                error = failure
                if isinstance(failure, PresenceError) and failure.condition not in _PASSING:
                    break
                self._miss(room)
            else:
                self.xmpp.event("muc_rejoined", room)
                self.xmpp.event(f"muc::{room.jid}::rejoined", room)
                return
        with suppress(ValueError):
            self.lost_rooms.remove(room)
        room.drop_handlers()
        log.warning("%s could not be entered again as %r: %s", room.jid, room.entry.nick, error)
        self.xmpp.event("muc_rejoin_failed", RejoinFailed(room, error))

    def _miss(self, room: Room) -> None:
        """We are not there, and still want to be."""
        if room not in self.lost_rooms and not room.joined:
            self.lost_rooms.append(room)

    async def _knock_again(self, room: Room) -> None:
        entry = room.entry
        options: PresenceArgs = {"pstatus": entry.status}
        if entry.show is not None:
            options["pshow"] = entry.show.value
        if entry.pfrom is not None:
            options["pfrom"] = entry.pfrom
        presence = self.make_join_stanza(
            room.jid,
            entry.nick,
            password=entry.password,
            seconds=room.seconds_missed(self.xmpp.loop.time()),
            presence_options=options,
        )
        result = await room.enter(presence, entry, keep=False, timeout=_ENTERING, missed=True)
        room.history = result.history
