# SPDX-License-Identifier: MIT
"""Our own way through a room: entering, another nickname, leaving (XEP-0045 §7.2, §7.6, §7.14).

Whoever waits for one of these gets an answer, whatever happens: what the room says, its refusal, that it has not
answered in time, or that the session is over.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from typing import Final

from xmppkit.exceptions import InvalidValue, LocalProtocolError, NotConnectedError, PresenceError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0045.attendance import Attendance
from xmppkit.plugins.xep_0045.correspondence import Correspondence
from xmppkit.plugins.xep_0045.records import Departure, Entry, JoinResult, Leaving, RoomState
from xmppkit.plugins.xep_0045.waiting import Entering, Renaming, refusal
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence

__all__ = ["Visit"]

log = logging.getLogger(__name__)

#: Seconds that entering waits for the room to say that it has noticed our leaving, which was shortly before.
SETTLING: Final = 5.0
#: Seconds after which a room that does not say that it has noticed our leaving is forgotten all the same.
UNANSWERED: Final = 10.0


class Visit(Attendance):
    """A room, and our own place in it."""

    __slots__ = ("_departed", "_entering", "_renaming", "entry")

    def __init__(self, host: Correspondence, jid: JID) -> None:
        super().__init__(host, jid)
        #: With what it was entered last: what it takes to enter it again.
        self.entry = Entry("")
        self._entering: Entering | None = None
        self._renaming: Renaming | None = None
        self._departed: asyncio.Future[None] | None = None

    @property
    def address(self) -> JID:
        """Our own address in the room."""
        return self.jid.replace(resource=self.nick)

    @property
    def changing_nick(self) -> bool:
        """Whether the room has been asked for another nickname, and has not answered yet."""
        return self._renaming is not None

    def _to_room(self, nick: str, kind: str | None = None) -> Presence:
        xmpp, own = self._host.xmpp, self.entry.pfrom
        presence: Presence = xmpp.make_presence(pto=self.jid.replace(resource=nick), pfrom=own, ptype=kind)
        if not presence.xml.get("id"):
            presence["id"] = xmpp.new_id()
        return presence

    # --- entering ---------------------------------------------------------------------------------------------------

    @property
    def being_entered(self) -> bool:
        """Whether somebody waits for the room to let us in."""
        return self._entering is not None

    async def enter(
        self, stanza: Presence, entry: Entry, *, keep: bool, timeout: float | None, missed: bool = False
    ) -> JoinResult:
        """Enter the room, and wait until everything has come that comes then. From inside it begins anew, as after
        something was lost (§7.2.1); with another nickname, that is asked for first, and we stay if it is refused.

        :param stanza: the presence that knocks.
        :param keep: collect the occupants' presences.
        :param timeout: seconds; None: as long as the session lasts.
        :param missed: what was said before and has been heard before is not told again.
        :raises PresenceError: the room refuses; its ``condition`` is that of §7.2.17, as ``conflict`` for a nickname
            that is taken.
        :raises TimeoutError: the room has not answered in time.
        :raises NotConnectedError: the session has ended.
        :raises LocalProtocolError: the room is being entered already.
        """
        if self._entering is not None:
            raise LocalProtocolError(f"{self.jid} is being entered already: wait for that")
        if self.joined and entry.nick not in (self.nick, self.entry.nick):
            await self._appear(stanza, entry.nick, timeout)
        loop = asyncio.get_running_loop()
        if not stanza.xml.get("id"):
            stanza["id"] = self._host.xmpp.new_id()
        entering = self._entering = Entering(loop.create_future(), stanza.xml.get("id", ""), keep=keep, missed=missed)
        try:
            async with asyncio.timeout(timeout):
                if self._departed is not None:
                    noticed = (self._departed, entering.future)
                    await asyncio.wait(noticed, timeout=SETTLING, return_when=asyncio.FIRST_COMPLETED)
                    if entering.future.done():
                        return entering.future.result()
                self._knock(stanza, entry)
                return await entering.future
        except BaseException:
            # Cancelled, or too late: nobody waits any more, and if the room lets us in, nobody is there. A refusal,
            # and the end of the session, have put an end to it before.
            if self.state in (RoomState.JOINING, RoomState.JOINED):
                self._say_goodbye("")
            raise
        finally:
            self._entering = None
            if entering.future.done() and not entering.future.cancelled():
                entering.future.exception()  # has been raised, or concerns nobody any more

    async def _appear(self, stanza: Presence, nick: str, timeout: float | None) -> None:
        """Enter under another nickname from inside. Rooms take that for its change (§7.6): they may send nothing but
        our presence, and if they refuse we are there still."""
        try:
            await self.change_nick(nick, timeout=timeout)
        except PresenceError:
            if self.joined:
                raise
        else:
            stanza["to"] = self.address  # the room may have chosen another one

    def _knock(self, stanza: Presence, entry: Entry) -> None:
        stanza.send()  # raises if it cannot be written: then nothing has happened
        self._gone()
        self.state, self.entry, self.nick = RoomState.JOINING, entry, entry.nick
        self.departure = None
        self._clear()
        self._host._admit(self)

    def _present(self, presence: Presence, codes: frozenset[int] | set[int]) -> None:
        entering = self._entering
        if entering is not None and entering.presence is None:
            entering.presence = presence
            self.codes = frozenset(codes)
            if self.nick != self.entry.nick:
                log.info("%s has given us the nickname %r instead of %r", self.jid, self.nick, self.entry.nick)
        renaming = self._renaming
        if renaming is not None and not renaming.future.done() and renaming.is_done(self.nick):
            renaming.future.set_result(presence)

    def _take_available(self, presence: Presence, nick: str) -> None:
        super()._take_available(presence, nick)
        entering = self._entering
        if entering is not None and entering.presence is None and entering.occupants is not None:
            entering.occupants.append(presence)

    @property
    def inside(self) -> bool:
        """Whether what is said here is said to us: not before the room has said that we are there (§7.1)."""
        entering = self._entering
        return self.joined or (
            self.state is RoomState.JOINING and entering is not None and entering.presence is not None
        )

    def _complete(self, subject: Message | None) -> None:
        """All has come that comes when a room is entered (§7.1)."""
        entering = self._entering
        if self.state is not RoomState.JOINING or entering is None or entering.presence is None:
            return
        self.state = RoomState.JOINED
        result = JoinResult(entering.presence, subject, entering.occupants or [], list(entering.history))
        if not entering.future.done():
            entering.future.set_result(result)
        self._host.xmpp.event("muc_joined", self)

    def _fail(self, error: Exception) -> None:
        for waiting in (self._entering, self._renaming):
            if waiting is not None and not waiting.future.done():
                waiting.future.set_exception(error)

    def _refused(self, presence: Presence) -> None:
        stanza_id, nick = presence.xml.get("id"), presence["from"].resource
        entering, renaming = self._entering, self._renaming
        if entering is not None and self.state is RoomState.JOINING and stanza_id in (None, entering.stanza_id):
            self._fail(PresenceError(presence))
            self._end(Departure(Leaving.LEFT))
        elif renaming is not None and not renaming.future.done() and renaming.is_meant(stanza_id, nick):
            renaming.future.set_exception(PresenceError(presence))

    # --- another nickname -------------------------------------------------------------------------------------------

    async def change_nick(self, nick: str, *, timeout: float | None = 60.0, stanza: Presence | None = None) -> Presence:
        """Ask for another nickname. The room may give us yet another: `nick` says which.

        :param timeout: seconds; None: as long as the session lasts.
        :param stanza: the presence to ask with; None: one that says what was said when we entered.
        :returns: our own presence under it.
        :raises PresenceError: the room refuses: ``conflict`` if the nickname is taken, ``not-acceptable`` if
            nicknames cannot be changed there.
        :raises TimeoutError: the room has not answered in time.
        :raises NotConnectedError: the session has ended.
        :raises LocalProtocolError: we are not there, or are changing the nickname already.
        :raises InvalidValue: the nickname is empty.
        """
        if not nick:
            raise InvalidValue("it cannot be empty", "nick")
        if not self.joined:
            raise LocalProtocolError(f"we are not in {self.jid}: join it first")
        if self._renaming is not None:
            raise LocalProtocolError(f"the nickname in {self.jid} is being changed already: wait for that")
        if stanza is None:
            stanza = self._to_room(nick)
            stanza.show, stanza.status = self.entry.show, self.entry.status or None
        elif not stanza.xml.get("id"):
            stanza["id"] = self._host.xmpp.new_id()
        future: asyncio.Future[Presence] = asyncio.get_running_loop().create_future()
        # As an address has it, which need not be how it was written.
        self._renaming = Renaming(future, stanza.xml.get("id", ""), self.nick, stanza["to"].resource)
        try:
            async with asyncio.timeout(timeout):
                stanza.send()
                answer = await future
        finally:
            self._renaming = None
        self.entry = dataclasses.replace(self.entry, nick=self.nick)
        return answer

    # --- leaving ----------------------------------------------------------------------------------------------------

    async def leave(self, status: str = "", *, timeout: float = 10.0) -> None:
        """Leave the room, and wait until it has noticed. May be repeated.

        :param status: last words, for people.
        :param timeout: seconds to wait, `UNANSWERED` at most; when the room has not answered then, we are gone all
            the same.
        """
        self.go(status)
        departed = self._departed
        if departed is not None:
            await asyncio.wait((departed,), timeout=timeout)

    def go(self, status: str = "") -> None:
        """Leave the room without waiting. May be repeated."""
        if self.state is RoomState.JOINING:
            self._fail(LocalProtocolError(f"{self.jid} was left before it was entered"))
        if self.state in (RoomState.JOINING, RoomState.JOINED):
            self._say_goodbye(status)
        elif self.state is RoomState.LEFT:
            self._host._forget(self)

    def _say_goodbye(self, status: str) -> None:
        goodbye = self._to_room(self.nick, "unavailable")
        goodbye.status = status or None
        self.state = RoomState.LEAVING
        self._clear()
        loop = self._host.xmpp.loop
        self._departed = departed = loop.create_future()
        goodbye.send()
        timer = loop.call_later(UNANSWERED, self._unanswered)
        departed.add_done_callback(lambda _: timer.cancel())

    def _unanswered(self) -> None:
        """The room has not said that we are gone. It may never have known us: we were cancelled while we knocked."""
        self._end(Departure(Leaving.LEFT))

    def _absent(self, presence: Presence, departure: Departure) -> None:
        if self.state is RoomState.JOINING and not self.inside and departure.why is Leaving.LEFT:
            return  # that is how we have left before
        if self.state is not RoomState.LEAVING:  # else whoever waits, waits for this, to enter again
            self._fail(refusal(presence, departure))
        self._end(departure)

    def lose(self) -> None:
        """The session is over, and we are not there any more."""
        self._fail(NotConnectedError(f"the session has ended, and with it our place in {self.jid}"))
        self._end(Departure(Leaving.DISCONNECTED))

    def _gone(self) -> None:
        """Nobody waits for the room to notice that we have left."""
        departed, self._departed = self._departed, None
        if departed is not None and not departed.done():
            departed.set_result(None)

    def _end(self, departure: Departure) -> None:
        """We are not there any more. Nothing is kept but what it takes to enter again."""
        was = self.state
        self.state, self.departure = RoomState.LEFT, departure
        self._clear()
        self._gone()
        self._host._forget(self)
        if was is RoomState.JOINED and departure.is_fault:
            self._host._drop(self)
        if was in (RoomState.JOINED, RoomState.LEAVING):
            self._host.xmpp.event("muc_left", self)
