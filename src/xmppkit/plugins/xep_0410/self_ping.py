# SPDX-License-Identifier: MIT
"""MUC Self-Ping (XEP-0410): finding out that we are not in a room any more although nobody has said so."""

from __future__ import annotations

import asyncio
from typing import Any

from xmppkit.dispatch.events import Event
from xmppkit.exceptions import IqError, IqTimeout, NotConnectedError, RemoteError
from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, Option, listens, register_plugin
from xmppkit.plugins.xep_0045 import Leaving, OccupantChanged, RejoinFailed, Room
from xmppkit.plugins.xep_0410.status import PingChanged, PingStatus, status_of
from xmppkit.records import record
from xmppkit.types import JidStr, OptJidStr

__all__ = ["XEP_0410"]

Key = tuple[JID, JID]


@record(slots=True)
class _Watch:
    """A room that is pinged.

    :ivar interval: seconds of silence between two pings.
    :ivar timeout: seconds that an answer may take.
    :ivar heard: when the room has said something last, in the loop's time.
    """

    interval: float
    timeout: float
    heard: float


class XEP_0410(BasePlugin):  # noqa: N801  # slixmpp's name
    """MUC Self-Ping.

    A room that is watched is pinged after ``ping_interval`` seconds in which nothing has come from it. Nothing is sent
    while there is no session, or while the nickname is being changed (§4). A room that is left is watched no more; one
    that was lost with the session, or by a fault of its server, is watched again when it is joined again.
    """

    name = "xep_0410"
    description = "XEP-0410: MUC Self-Ping (Schrödinger's Chat)"
    dependencies = frozenset({"xep_0045", "xep_0199"})
    sleeps_through = frozenset({
        "groupchat_message", "groupchat_presence", "muc_joined", "muc_left", "muc_occupant_changed",
        "muc_rejoin_failed",
    })  # fmt: skip
    events = (Event("muc_ping_changed", PingChanged, "we are in a room again, or no more", "XEP-0410 §3.2"),)

    ping_interval = Option(float, 900.0, minimum=1.0, doc="seconds of silence after which a room is pinged")
    ping_timeout = Option(float, 30.0, minimum=0.1, doc="seconds that the answer may take")

    def plugin_init(self) -> None:
        """No room is watched."""
        self._watched: dict[Key, _Watch] = {}
        self._statuses: dict[Key, PingStatus] = {}
        self._asking: dict[Key, asyncio.Future[Any]] = {}

    def plugin_end(self) -> None:
        """Watch no room any more."""
        for muc_resource, own in [(muc, own) for own, muc in self._watched]:
            self.disable_self_ping(muc_resource, own)

    def _key(self, muc_resource: JidStr, orig_jid: OptJidStr) -> Key:
        return JID(orig_jid or self.xmpp.boundjid), JID(muc_resource)

    @staticmethod
    def _schedule_name(key: Key) -> str:
        return f"MUC self-ping {key[0]} {key[1]}"

    # --- watching ---------------------------------------------------------------------------------------------------

    def enable_self_ping(
        self,
        muc_resource: JidStr,
        orig_jid: OptJidStr = None,
        interval: float | None = None,
        timeout: float | None = None,
    ) -> None:
        """Watch a room from now on. What is found out raises ``muc_ping_changed`` when it changes.

        :param muc_resource: our own address in the room, as `Room.address`.
        :param orig_jid: our real address; None: that of the stream.
        :param interval: seconds of silence after which it is pinged; None: as it is set.
        :param timeout: seconds that the answer may take; None: as it is set.
        """
        key = self._key(muc_resource, orig_jid)
        self.disable_self_ping(key[1], key[0])
        watch = _Watch(interval or self.ping_interval, timeout or self.ping_timeout, self.xmpp.loop.time())
        self._watched[key] = watch
        self._statuses[key] = PingStatus.UNTRIED
        self._wait(key, watch.interval)

    def disable_self_ping(self, muc_resource: JidStr, orig_jid: OptJidStr = None) -> None:
        """Watch a room no more. May be repeated."""
        key = self._key(muc_resource, orig_jid)
        self._watched.pop(key, None)
        self._statuses.pop(key, None)
        self.xmpp.cancel_schedule(self._schedule_name(key))
        asking = self._asking.pop(key, None)
        if asking is not None:
            asking.cancel()

    def update_nick(self, previous_jid: JidStr, new_jid: JidStr) -> None:
        """Our address in a room is another; what is watched goes on. Nothing happens if it was not watched.

        Changes that come from the room are noticed without it.
        """
        before, after = JID(previous_jid), JID(new_jid)
        for own, muc in [key for key in self._watched if key[1] == before]:
            self._move((own, muc), (own, after))

    def _move(self, before: Key, after: Key) -> None:
        watch, status = self._watched[before], self._statuses[before]
        self.disable_self_ping(before[1], before[0])
        self._watched[after], self._statuses[after] = watch, status
        self._wait(after, watch.interval)

    def get_ping_status(self, muc_resource: JidStr, orig_jid: OptJidStr = None) -> PingStatus:
        """What was found out last of a room that is watched."""
        return self._statuses.get(self._key(muc_resource, orig_jid), PingStatus.UNTRIED)

    async def send_self_ping(
        self, muc_resource: JidStr, orig_jid: OptJidStr = None, timeout: float | None = None
    ) -> PingStatus:
        """Ask a room now whether we are in it, watched or not.

        :param timeout: seconds that the answer may take; None: as it is set.
        :raises RemoteError, NotConnectedError: the session has ended.
        """
        key = self._key(muc_resource, orig_jid)
        ping = self.xmpp.plugin["xep_0199"]
        own = key[0] if self.xmpp.is_component else None
        try:
            await ping.send_ping(key[1], own, self.ping_timeout if timeout is None else timeout)
        except (IqError, IqTimeout) as error:
            result = status_of(error)
        else:
            result = PingStatus.JOINED
        previous = self._statuses.get(key)
        if previous is not None and previous is not result:
            self._statuses[key] = result
            changed: PingChanged = {"key": key, "previous": previous, "result": result}
            self.xmpp.event("muc_ping_changed", changed)
        return result

    # --- the clock --------------------------------------------------------------------------------------------------

    def _wait(self, key: Key, seconds: float) -> None:
        self.xmpp.schedule(self._schedule_name(key), seconds, self._due, (key,))

    def _due(self, key: Key) -> None:
        watch = self._watched[key]
        left = watch.heard + watch.interval - self.xmpp.loop.time()
        if left > 0:
            self._wait(key, left)
        elif not self.xmpp.sessionstarted or self._changing_nick(key):
            self._wait(key, watch.interval)
        else:
            self._asking[key] = self.xmpp.spawn(self._ask(key, watch))

    def _changing_nick(self, key: Key) -> bool:
        room = self._room(key)
        return room is not None and room.changing_nick

    def _room(self, key: Key) -> Room | None:
        found: Room | None = self.xmpp.plugin["xep_0045"].find_room(key[1], key[0])
        return found

    async def _ask(self, key: Key, watch: _Watch) -> None:
        try:
            await self.send_self_ping(key[1], key[0], watch.timeout)
        except (RemoteError, NotConnectedError):
            return  # the session has ended, and with it all rooms
        finally:
            self._asking.pop(key, None)
            if self._watched.get(key) is watch:
                watch.heard = self.xmpp.loop.time()
                self._wait(key, watch.interval)

    # --- what rooms say ---------------------------------------------------------------------------------------------

    @listens("groupchat_message")
    @listens("groupchat_presence")
    def _heard(self, stanza: Any) -> None:
        if not self._watched:
            return
        bare = stanza["from"].bare
        for key, watch in self._watched.items():
            if key[1].bare == bare:
                watch.heard = self.xmpp.loop.time()

    @listens("muc_occupant_changed")
    def _renamed(self, change: OccupantChanged) -> None:
        before, after = change.before.nick, change.after.nick
        if self._watched and before != after:
            self.update_nick(change.room.replace(resource=before), change.room.replace(resource=after))

    @listens("muc_joined")
    def _entered(self, room: Room) -> None:
        for key in self._of(room):
            self._watched[key].heard = self.xmpp.loop.time()
            # In a new session, the nickname and our own address may be others.
            now = (key[0] if self.xmpp.is_component else self.xmpp.boundjid, room.address)
            if now != key:
                self._move(key, now)

    @listens("muc_left")
    def _left(self, room: Room) -> None:
        departure = room.departure
        if departure is not None and (departure.is_fault or departure.why is Leaving.DISCONNECTED):
            return  # nobody wanted it
        for own, muc in self._of(room):
            self.disable_self_ping(muc, own)

    @listens("muc_rejoin_failed")
    def _lost(self, failed: RejoinFailed) -> None:
        for own, muc in self._of(failed.room):
            self.disable_self_ping(muc, own)

    def _of(self, room: Room) -> list[Key]:
        """What is watched of a room, for the own address that has been in it."""
        own = room.entry.pfrom if self.xmpp.is_component else None
        return [key for key in self._watched if key[1].bare == room.jid.bare and own in (None, key[0])]


register_plugin(XEP_0410)
