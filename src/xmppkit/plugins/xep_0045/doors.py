# SPDX-License-Identifier: MIT
"""Going into rooms and out again: `Room` objects, and slixmpp's methods (XEP-0045 §7.2, §7.6, §7.14)."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from xmppkit.exceptions import InvalidValue, LocalProtocolError, PresenceError, XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0045.conversation import BACKLOG
from xmppkit.plugins.xep_0045.records import Entry, JoinResult
from xmppkit.plugins.xep_0045.registry import Registry
from xmppkit.plugins.xep_0045.room import Room
from xmppkit.stanza.presence import Presence
from xmppkit.types import ExtPresenceShows, JidStr, OptJidStr, PresenceArgs

__all__ = ["Doors"]

log = logging.getLogger(__name__)


class Doors(Registry):
    """The methods."""

    # --- entering ---------------------------------------------------------------------------------------------------

    def make_join_stanza(
        self,
        room: JidStr,
        nick: str,
        *,
        password: str | None = None,
        maxchars: int | None = None,
        maxstanzas: int | None = None,
        seconds: int | None = None,
        since: datetime.datetime | str | None = None,
        presence_options: PresenceArgs | None = None,
    ) -> Presence:
        """The presence that asks a room to let us in (§7.2).

        :param nick: the nickname that we want.
        :param password: the room's password.
        :param maxchars: how many characters of what was said before are wanted; 0: nothing. None in all of these: as
            the room thinks fit.
        :param maxstanzas: how many messages.
        :param seconds: of the last so many seconds.
        :param since: since a moment.
        :param presence_options: what `make_presence` takes: ``pshow``, ``pstatus``, for components ``pfrom``.
        :raises BadPfromUsage: with `multi_from`, ``pfrom`` is missing.
        :raises InvalidValue: the nickname is empty.
        """
        if not nick:
            raise InvalidValue("it takes one to enter a room (§7.2.1)", "nick")
        options: dict[str, Any] = {**(presence_options or {})}
        if self._several:
            self._owner(options.get("pfrom"))
        options["pto"] = JID(room).replace(resource=nick)
        presence: Presence = self.xmpp.make_presence(**options)
        join = presence["muc_join"]
        if password is not None:
            join["password"] = password
        bounds = {"maxchars": maxchars, "maxstanzas": maxstanzas, "seconds": seconds, "since": since}
        if any(bound is not None for bound in bounds.values()):
            for name, bound in bounds.items():
                join["history"][name] = bound
        return presence

    async def _enter(
        self, presence: Presence, *, keep: bool, timeout: float | None, backlog: int = 0
    ) -> tuple[Room, JoinResult]:
        to, join = presence["to"], presence["muc_join"]
        own = presence.from_
        place = (own.full if self._several and own is not None else "", to.bare)
        room = self._rooms.get(place) or next((one for one in self.lost_rooms if self._place(one) == place), None)
        if room is None:
            room = Room(self, to.bare_jid)
        returning = self._returning.pop(room, None)
        if returning is not None and room.being_entered:
            await asyncio.wait((returning,))  # and then again, for what is asked for here may be something else
        elif returning is not None:
            returning.cancel()
        if backlog:
            room.keep(backlog)
        entry = Entry(to.resource, join.password, own, presence.show, presence.status or "")
        return room, await room.enter(presence, entry, keep=keep, timeout=timeout)

    async def join(
        self,
        room: JidStr,
        nick: str,
        *,
        alternatives: Iterable[str] = (),
        password: str | None = None,
        maxchars: int | None = None,
        maxstanzas: int | None = None,
        seconds: int | None = None,
        since: datetime.datetime | str | None = None,
        presence_options: PresenceArgs | None = None,
        timeout: float | None = 300.0,
        backlog: int = BACKLOG,
    ) -> Room:
        """Enter a room, and wait until its occupants, its history and its subject have come.

        :param alternatives: nicknames to try when the first is taken.
        :param timeout: seconds that each attempt may take; None: as long as the session lasts.
        :param backlog: how many messages wait for ``async for`` at most; see `Room.keep`. 0: none, until it begins.
        :raises PresenceError: the room refuses; ``condition`` says why (§7.2.17): ``not-authorized`` for a password
            that is missing or wrong, ``registration-required`` for members only, ``forbidden`` for the banned,
            ``conflict`` for a nickname that is taken …
        :raises TimeoutError: the room has not answered in time.
        :raises NotConnectedError: the session has ended.

        The other arguments are those of `make_join_stanza`. When it raises, or is cancelled, we are not in the room.
        Whoever is there already under another nickname changes that first; if that fails, or is cancelled, we are
        there still. A new room is `Room.created`: configure it.
        """
        nicks = [nick, *alternatives]
        for wanted in nicks:
            presence = self.make_join_stanza(
                room,
                wanted,
                password=password,
                maxchars=maxchars,
                maxstanzas=maxstanzas,
                seconds=seconds,
                since=since,
                presence_options=presence_options,
            )
            try:
                joined, result = await self._enter(presence, keep=False, timeout=timeout, backlog=backlog)
            except PresenceError as error:
                if error.condition != "conflict" or wanted == nicks[-1]:
                    raise
                continue
            break
        joined.history = result.history
        return joined

    async def join_muc_wait(
        self,
        room: JidStr,
        nick: str,
        *,
        password: str | None = None,
        maxchars: int | None = None,
        maxstanzas: int | None = None,
        seconds: int | None = None,
        since: datetime.datetime | str | None = None,
        presence_options: PresenceArgs | None = None,
        timeout: float | None = 300,
    ) -> JoinResult:
        """Enter a room, and wait until everything has come that comes then. Arguments and errors are those of `join`.

        :returns: our own presence, the message with the subject, the presences of the others, what was said before.
        """
        presence = self.make_join_stanza(
            room,
            nick,
            password=password,
            maxchars=maxchars,
            maxstanzas=maxstanzas,
            seconds=seconds,
            since=since,
            presence_options=presence_options,
        )
        return (await self._enter(presence, keep=True, timeout=timeout))[1]

    def join_muc(
        self,
        room: JidStr,
        nick: str,
        maxhistory: str | int = "0",
        password: str = "",
        pstatus: str = "",
        pshow: ExtPresenceShows = "chat",
        pfrom: JidStr = "",
    ) -> asyncio.Future[JoinResult]:
        """COMPAT(slixmpp 1.17): enter a room, without having to wait: a failure nobody waits for is in the log.

        :param maxhistory: how many messages of what was said before are wanted; ``0``: nothing.
        :returns: a future of what `join_muc_wait` returns.
        """
        nothing = str(maxhistory) == "0"
        options: PresenceArgs = {"pstatus": pstatus, "pshow": pshow, "pfrom": pfrom}
        joining: asyncio.Future[JoinResult] = self.xmpp.wrap(
            self.join_muc_wait(
                room,
                nick,
                password=password or None,
                maxchars=0 if nothing else None,
                maxstanzas=None if nothing else int(maxhistory),
                presence_options=options,
            )
        )

        def told(future: asyncio.Future[JoinResult]) -> None:
            error = None if future.cancelled() else future.exception()
            if error is not None:
                log.warning("%s could not be joined as %r: %s", room, nick, error or type(error).__name__)

        joining.add_done_callback(told)
        return joining

    join_groupchat = join_muc
    join_groupchat_wait = join_muc_wait

    # --- inside -----------------------------------------------------------------------------------------------------

    def leave_muc(self, room: JidStr, nick: str, msg: str = "", pfrom: OptJidStr = None) -> None:
        """Leave a room, without waiting; `Room.leave` waits.

        :param nick: ignored: it is known.
        :param msg: last words, for people.
        """
        found = self.room(room, pfrom if self._several else None)
        if found is not None:
            found.go(msg)

    async def set_self_nick(
        self,
        room: JidStr,
        new_nick: str,
        timeout: float | None = 60,
        presence_options: PresenceArgs | None = None,
    ) -> Presence:
        """Ask a room for another nickname; see `Room.change_nick`.

        :param presence_options: what `make_presence` takes: ``pshow``, ``pstatus``; for components ``pfrom``.
        """
        options: dict[str, Any] = {**(presence_options or {})}
        found = self.room(room, options.get("pfrom") if self._several else None)
        if found is None:
            raise LocalProtocolError(f"we are not in {room}: join it first")
        options["pto"] = found.jid.replace(resource=new_nick)
        options.setdefault("pfrom", found.entry.pfrom)
        return await found.change_nick(new_nick, timeout=timeout, stanza=self.xmpp.make_presence(**options))

    async def get_reserved_nick(self, room: JidStr, *, ifrom: OptJidStr = None, timeout: float | None = None) -> str:
        """The nickname that a room keeps for us (§7.12); ``''``: none."""
        disco = self.xmpp.plugin["xep_0030"]
        with suppress(XMPPError):
            answer = await disco.get_info(room, "x-roomuser-item", local=False, ifrom=ifrom, timeout=timeout)
            for identity in answer["disco_info"].identities:
                if identity.category == "conference" and identity.name:
                    return str(identity.name)
        return ""
