# SPDX-License-Identifier: MIT
"""What a timeline asks of the archives: pages, and where to begin; and how far it has come, which is kept."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from xmppkit.exceptions import ContentMismatch, IqError, NotConnectedError, RemoteError, XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0313.entries import NOWHERE, Position
from xmppkit.plugins.xep_0313.stanza import ARCHIVE, Fin, Result
from xmppkit.plugins.xep_0313.track import Track

if TYPE_CHECKING:
    from xmppkit.plugins.xep_0313.mam import XEP_0313

__all__ = ["Pages"]

log = logging.getLogger(__name__)

#: Archives that are asked at a time.
AT_ONCE: Final = 8
#: Seconds that a room has for an answer, while the others wait.
PATIENCE: Final = 30.0


class Pages:
    """Asks the archives of a timeline.

    :param account: the track of the own account.
    :param tracks: all tracks, by address; the timeline adds to them.
    :param live: whether there is a session now.

    :ivar connected: whether there is a session, and it has not failed.

    The other parameters are those of `XEP_0313.timeline`.
    """

    def __init__(
        self,
        plugin: XEP_0313,
        account: Track,
        tracks: Mapping[str, Track],
        since: datetime.datetime | None,
        *,
        name: str,
        amount: int,
        carbons: bool,
        live: bool,
    ) -> None:
        self._plugin = plugin
        self._xmpp = plugin.xmpp
        self._own = account.archive
        self._account = account
        self._tracks = tracks
        self._since = since
        self._name = name
        self._amount = amount
        self._carbons = carbons
        self._asking = asyncio.Semaphore(AT_ONCE)
        self._session = 0
        self.connected = live

    def session_began(self) -> None:
        """There is a session, perhaps another than before."""
        self._session += 1
        self.connected = True

    # --- pages --------------------------------------------------------------------------------------------

    async def catch_up(self) -> bool:
        """Ask for the next page of each archive that may have one; whether there was something to ask."""
        behind = [track for track in self._tracks.values() if track.behind and not track.pages]
        if not self.connected or not behind:
            return False
        outcomes = await asyncio.gather(*map(self._advance, behind), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return True

    async def _advance(self, track: Track) -> None:
        session = self._session
        try:
            async with self._asking:
                await self._prepare(track)
                await self._page(track)
        except ContentMismatch:
            raise
        except (NotConnectedError, RemoteError) as error:
            log.debug("no page of %s: %s", track.archive, error)
            if session == self._session:
                self.connected = False  # the next session goes on
        except XMPPError as error:
            if isinstance(error, IqError) and error.condition == "item-not-found" and track.cursor.id is not None:
                log.info("%s has no message %s any more: going on by time", track.archive, track.cursor.id)
                track.lose()
            elif track.in_room:
                log.warning("the archive of %s cannot be read: %s", track.archive, error)
                track.behind = track.trusted = False
            else:
                raise

    async def _prepare(self, track: Track) -> None:
        """What must be known of an archive in each session."""
        if track.prepared:
            return
        if self._carbons and track is self._account:
            try:
                await self._xmpp.plugin["xep_0280"].enable()
            except XMPPError as error:
                log.info("the timeline has no carbons: %s", error)
        track.trusted = await self._xmpp.plugin["xep_0359"].trusts(
            track.archive, feature=ARCHIVE, timeout=_patience(track)
        )
        if track.position is None:
            track.begin(await self._begin(track))
        track.prepared = True

    async def _begin(self, track: Track) -> Position:
        """Where to begin: where it stopped, or at the moment that was said, or at the end."""
        found: Position | None = await self._plugin.api["get_position"](
            self._own, self._name, None, {"archive": track.archive}
        )
        if found is not None:
            return found
        if self._since is not None:
            return Position(None, self._since)
        try:
            archive, patience = self._archive(track), _patience(track)
            answer = await self._plugin.retrieve(archive, reverse=True, rsm={"max": 1}, timeout=patience)
        except IqError:
            if not track.in_room:
                raise
            return NOWHERE
        results = answer["mam"].get_results()
        last = Result.of(results[-1]) if results else None
        if last is None:
            return NOWHERE
        delay = None if last.forwarded is None else last.forwarded.delay
        position = Position(last.id, None if delay is None else delay.stamp)
        await self._keep(track, position)
        return position

    def _archive(self, track: Track) -> JID | None:
        return track.archive if track.in_room else None

    async def _page(self, track: Track) -> None:
        cursor, falls = track.cursor, track.falls
        track.asked += 1
        part: dict[str, Any] = {"max": self._amount}
        if cursor.id is not None:
            part["after"] = cursor.id
        start = cursor.stamp if cursor.id is None else None
        answer = await self._plugin.retrieve(self._archive(track), start, rsm=part, timeout=_patience(track))
        fin = Fin.of(answer)
        results = answer["mam"].get_results()
        last = None if fin is None or fin.rsm is None else fin.rsm.last
        complete = fin is None or fin.complete or not (results or last)
        track.stable = fin is None or fin.stable
        track.put_page(results, last, complete=complete)
        if track.falls != falls:
            track.behind = True  # while the page was on its way

    # --- what is kept -------------------------------------------------------------------------------------

    async def save(self) -> bool:
        """Keep the positions that have changed; whether there were any."""
        changed = [
            (track, track.position)
            for track in self._tracks.values()
            if track.position is not None and track.position != track.saved and track.stable
        ]
        for track, position in changed:
            await self._keep(track, position)
        return bool(changed)

    async def _keep(self, track: Track, position: Position) -> None:
        await self._plugin.api["set_position"](
            self._own, self._name, None, {"archive": track.archive, "position": position}
        )
        track.saved = position


def _patience(track: Track) -> float | None:
    """Seconds to wait for an archive; None: as long as for any IQ."""
    return PATIENCE if track.in_room else None
