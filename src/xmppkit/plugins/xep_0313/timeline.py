# SPDX-License-Identifier: MIT
"""One timeline of what is in archives, what comes live and as carbons, and what this program sends: each message once.

Each archive is a `Track`, which knows no I/O. The `Timeline` has `Pages` asked for when the program wants the next
message and there is none, merges the archives by the time of their messages, and keeps what comes live until there are
no more pages.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections import deque
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0313.entries import Entry
from xmppkit.plugins.xep_0313.pages import Pages
from xmppkit.plugins.xep_0313.sources import LiveSources
from xmppkit.plugins.xep_0313.track import Candidate, Step, Track
from xmppkit.types import JidStr

if TYPE_CHECKING:
    from xmppkit.plugins.xep_0313.mam import XEP_0313

__all__ = ["Timeline"]

log = logging.getLogger(__name__)

#: Live messages that wait until the program wants them. When there are more, they are fetched from the archives again.
BUFFER: Final = 5_000


class Timeline:
    """The messages of the own account, and of rooms, one after the other; made by `XEP_0313.timeline`::

        async with bot.plugin["xep_0313"].timeline(since=yesterday) as timeline:
            async for entry in timeline:
                print(entry.stamp, entry.message["from"], entry.message["body"])

    It waits when there is nothing more, goes on after the stream has connected again, and ends when the stream does. A
    message counts as dealt with when the next one is asked for, or the block is left without an error.

    :raises IqError: the own account has no archive, or refuses; from the loop, as `IqTimeout`, `ContentMismatch`, and
        what has ended the stream. Begin the loop again to try again.
    """

    def __init__(
        self,
        plugin: XEP_0313,
        rooms: Iterable[JidStr] = (),
        since: datetime.datetime | None = None,
        *,
        name: str = "",
        amount: int = 100,
        carbons: bool = True,
        closed: Callable[[Timeline], object],
    ) -> None:
        self._xmpp = xmpp = plugin.xmpp
        self._own: JID = xmpp.boundjid.bare_jid
        self._account = Track(self._own, self._own)
        self._tracks: dict[str, Track] = {self._own.full: self._account}
        self._live: deque[Candidate] = deque()
        #: What was given out last, and is not yet dealt with.
        self._handed: tuple[Track, Step] | None = None
        self._wake = asyncio.Event()
        self._pages = Pages(
            plugin, self._account, self._tracks, since, name=name, amount=amount, carbons=carbons, live=xmpp.is_bound()
        )
        self._ended = self._closed = False
        self._closing = closed
        self._sources = LiveSources(xmpp, self._account, self._tracks, self._put)
        self._sources.listen("session_start", self._session_began)
        self._sources.listen("session_resumed", self._session_resumed)
        self._sources.listen("disconnected", self._disconnected)
        for room in rooms:
            self.add_room(room)

    def add_room(self, room: JidStr) -> None:
        """Take a room in, from where the timeline has been in it before, or from its beginning. Live messages come only
        while it is joined (XEP-0045).

        :param room: its bare address.
        """
        jid = JID(room).bare_jid
        if jid.full in self._tracks:
            return
        self._tracks[jid.full] = track = Track(jid, self._own)

        def joined(_: object) -> None:
            track.fall_behind()  # what was said since we left, or since the last look, has not come live
            self._wake.set()

        self._sources.listen(f"muc::{jid}::self-presence", joined)
        self._wake.set()

    # --- what comes ---------------------------------------------------------------------------------------

    def _put(self, candidate: Candidate) -> None:
        """A live message waits for its turn."""
        if len(self._live) >= BUFFER:
            self._overflow()
        candidate.track.wait(candidate)
        self._live.append(candidate)
        self._wake.set()

    def _overflow(self) -> None:
        log.warning("%d messages wait in a timeline: they will be fetched from the archives again", len(self._live))
        self._live.clear()
        for track in self._tracks.values():
            track.forget_waiting()
            track.fall_behind()

    # --- the stream ---------------------------------------------------------------------------------------

    def _session_began(self, _: object) -> None:
        self._pages.session_began()
        self._ended = False
        for track in self._tracks.values():
            track.prepared = False
            track.fall_behind()
        self._wake.set()

    def _session_resumed(self, _: object) -> None:
        self._pages.session_began()
        self._ended = False
        self._wake.set()

    def _disconnected(self, _: object) -> None:
        self._pages.connected = False
        self._xmpp.loop.call_soon(self._look_whether_it_is_over)  # when it is known whether it connects again

    def _look_whether_it_is_over(self) -> None:
        self._ended = not (self._pages.connected or self._xmpp.is_connected() or self._xmpp.is_connecting())
        self._wake.set()

    # --- the loop -----------------------------------------------------------------------------------------

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Entry:
        self._confirm()
        while not self._closed:
            self._wake.clear()
            entry = self._take()
            if entry is not None:
                return entry
            if await self._pages.save() or await self._pages.catch_up():
                continue
            if self._ended:
                if self._xmpp.last_error is not None:
                    raise self._xmpp.last_error
                break
            await self._wake.wait()
        raise StopAsyncIteration

    def _confirm(self) -> None:
        """What was given out has been dealt with."""
        if self._handed is not None:
            track, step = self._handed
            self._handed = None
            track.reach(step.position)

    def _take(self) -> Entry | None:
        """The next message that is here; None when another page is needed, or nothing has come."""
        tracks = self._tracks.values()
        while True:
            full = [track for track in tracks if track.pages]
            if self._pages.connected and any(track.behind and not track.pages for track in tracks):
                return None
            if full:
                track = min(full, key=_head)
                step: Step | None = track.pages.popleft()
            elif self._live:
                candidate = self._live.popleft()
                track = candidate.track
                step = track.admit(candidate)
            else:
                return None
            if step is None:
                continue
            if step.entry is not None:
                self._handed = track, step
                return step.entry
            track.reach(step.position)

    # --- the end ------------------------------------------------------------------------------------------

    async def aclose(self) -> None:
        """End it, and keep how far it has come; what was given out last counts as dealt with. May be repeated."""
        self._confirm()
        self.close()
        await self._pages.save()

    def close(self) -> None:
        """End it at once. What has not been kept is given out again the next time."""
        if self._closed:
            return
        self._closed = True
        self._wake.set()
        self._sources.close()
        self._closing(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._handed = None
        await self.aclose()


def _head(track: Track) -> datetime.datetime:
    """When the next message of an archive came."""
    return track.pages[0].position.stamp or datetime.datetime.min.replace(tzinfo=datetime.UTC)
