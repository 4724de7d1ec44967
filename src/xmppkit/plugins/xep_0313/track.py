# SPDX-License-Identifier: MIT
"""One archive of a timeline: its pages, and the live messages that belong behind them. No I/O.

The archive's order is that in which its owner got the messages (XEP-0313 §3.1), and live messages of one stream come in
that order. So pages go first until there are no more; then those live messages that were on none of them.
"""

from __future__ import annotations

import datetime
from collections import deque
from collections.abc import Sequence
from typing import Final

from xmppkit.exceptions import ContentMismatch
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0313.entries import Entry, Position, Recent, Source, keys_of
from xmppkit.plugins.xep_0313.stanza import Result
from xmppkit.stanza.message import Message

__all__ = ["Candidate", "Step", "Track"]

#: How many messages are remembered, to recognise them when they come again: those that two sources have within a few
#: seconds of each other, as a rule.
REMEMBERED: Final = 5_000
#: Of how many messages without an id it is kept what they are recognised by, for the next time the program runs.
PENDING: Final = 200
#: How far the clock here may be ahead of the archive's.
MARGIN: Final = datetime.timedelta(minutes=10)


class Candidate:
    """A message that has come live, and may have come before."""

    __slots__ = ("asked", "delayed", "dropped", "id", "message", "source", "stamp", "track")

    def __init__(
        self,
        track: Track,
        message: Message,
        source: Source,
        stamp: datetime.datetime,
        id: str | None,
        *,
        delayed: bool = False,
    ) -> None:
        self.track = track
        self.message = message
        self.source = source
        self.stamp = stamp
        #: The id in the archive that it says to have.
        self.id = id
        #: Whether it was kept somewhere before it came: what a room sends to who joins, or what waited for the account.
        self.delayed = delayed
        #: How many pages had been asked for when it came.
        self.asked = track.asked
        #: Whether a page had it in the meantime.
        self.dropped = False


class Step:
    """A step forward in an archive: the position behind it, and the message, if it is one to give out."""

    __slots__ = ("entry", "position")

    def __init__(self, entry: Entry | None, position: Position) -> None:
        self.entry = entry
        self.position = position


class Track:
    """An archive, as far as a timeline has come in it.

    :param archive: its address.
    :param own: the own bare address.
    """

    __slots__ = (
        "_ids",
        "_keys",
        "_pending",
        "_waiting",
        "archive",
        "asked",
        "behind",
        "caught_up",
        "cursor",
        "falls",
        "in_room",
        "own",
        "pages",
        "position",
        "prepared",
        "saved",
        "stable",
        "trusted",
    )

    def __init__(self, archive: JID, own: JID) -> None:
        self.archive = archive
        self.own = own
        self.in_room = archive != own
        #: Behind the last message that was dealt with; None: it is not known yet.
        self.position: Position | None = None
        #: The position that is stored.
        self.saved: Position | None = None
        #: Behind the last message that is here: where the next page begins.
        self.cursor = Position()
        #: Whether the archive has, or may have, messages that are not here.
        self.behind = True
        #: How often `fall_behind` was called.
        self.falls = 0
        #: How many pages were asked for.
        self.asked = 0
        #: Which of them was the latest that had the end of the archive.
        self.caught_up = 0
        #: Whether it is known in this session what may be believed.
        self.prepared = False
        #: Whether the latest page will be the same when it is asked for again. If not, no position is kept (§4.3.2).
        self.stable = True
        #: Whether ids of this archive in live messages are its own.
        self.trusted = False
        #: What is to be given out before anything live.
        self.pages: deque[Step] = deque()
        self._ids = Recent(REMEMBERED)
        self._keys = Recent(2 * REMEMBERED)
        self._pending = Recent(PENDING)
        #: Live messages that wait for the pages, by id.
        self._waiting: dict[str, Candidate] = {}

    def begin(self, position: Position) -> None:
        """Go on from a position."""
        self.position = self.saved = self.cursor = position
        self._pending = Recent(PENDING, position.pending)

    def fall_behind(self) -> None:
        """The archive may have got messages that have not come live."""
        self.behind = True
        self.falls += 1

    def lose(self) -> None:
        """The archive does not have the message of the cursor any more: go on from when it came, or a little before."""
        stamp = self.cursor.stamp
        self.cursor = Position(None, None if stamp is None else stamp - MARGIN)

    # --- the archive --------------------------------------------------------------------------------------

    def put_page(self, results: Sequence[Message], last: str | None, *, complete: bool) -> None:
        """A page has come.

        :param results: the messages, as they came.
        :param last: the id of the last of them, as the archive says.
        :param complete: there is nothing behind it.
        :raises ContentMismatch: nothing on it is new, and yet it shall not be the last.
        """
        found = [result for result in map(Result.of, results) if result is not None and result.id]
        fresh = [result for result in found if result.id not in self._ids]
        known = self.cursor.id
        if not fresh and not complete and (last in (None, known) or (found and known is not None)):
            raise ContentMismatch(
                "the archive sends the same messages again, instead of the next ones",
                where=str(self.archive),
                advice="it does not page as XEP-0059 says",
            )
        if complete:
            self.caught_up = self.asked
        for result in fresh:
            step = self._archived(result)
            self.pages.append(step)
            self.cursor = step.position
        if last and last != self.cursor.id:
            self.cursor = Position(last, self.cursor.stamp)
            self.pages.append(Step(None, self.cursor))
        self.behind = not complete

    def _archived(self, result: Result) -> Step:
        id, forwarded = result.id or "", result.forwarded
        message = None if forwarded is None else forwarded.message
        delay = None if forwarded is None else forwarded.delay
        stamp = (None if delay is None else delay.stamp) or self.cursor.stamp or _now()
        position = Position(id, stamp)
        self._ids.add(id)
        live = self._waiting.pop(id, None)
        if live is not None and self.trusted:
            live.dropped = True
        if message is None or not self._belongs(message):
            return Step(None, position)
        keys = keys_of(message, self.own, in_room=self.in_room)
        if any(key in self._pending for key in keys):
            return Step(None, position)  # it was given out before it had an id
        if self._is_to_self(message) and any(key in self._keys for key in keys):
            return Step(None, position)  # archives have it twice: as it was sent, and as it came
        self._remember(keys)
        return Step(self._entry(message, id, stamp, Source.ARCHIVE), position)

    def _belongs(self, message: Message) -> bool:
        """Whether it is for this archive to give out: what a room has said is the room's."""
        kind: str = message["type"]
        return kind != "error" and (kind == "groupchat") == self.in_room

    def _is_to_self(self, message: Message) -> bool:
        return not self.in_room and (message["from"].bare or self.own.bare) == message["to"].bare == self.own.bare

    # --- live ---------------------------------------------------------------------------------------------

    def wait(self, candidate: Candidate) -> None:
        """A live message waits until it is its turn."""
        if candidate.id is not None:
            self._waiting[candidate.id] = candidate

    def forget_waiting(self) -> None:
        """No live message waits any more."""
        self._waiting.clear()

    def admit(self, candidate: Candidate) -> Step | None:
        """It is a live message's turn; None if it has come before."""
        id = candidate.id
        if id is not None and self._waiting.get(id) is candidate:
            del self._waiting[id]
        if candidate.dropped:
            return None
        message, stamp = candidate.message, candidate.stamp
        keys = keys_of(message, self.own, in_room=self.in_room)
        if id is not None and self.trusted:
            if id in self._ids:
                return None
            if candidate.delayed:  # if it was not given out long ago, it is on a page that begins at the cursor
                if self.caught_up <= candidate.asked:
                    self.fall_behind()
                return None
            self._ids.add(id)
            self.cursor = Position(id, stamp)
            if any(key in self._pending for key in keys):
                return Step(None, self.cursor)
            self._remember(keys)
            return Step(self._entry(message, id, stamp, candidate.source), self.cursor)
        if any(key in self._keys or key in self._pending for key in keys):
            return None
        self._remember(keys)
        for key in keys:
            self._pending.add(key)
        return Step(self._entry(message, None, stamp, candidate.source), self.cursor)

    def _remember(self, keys: list[str]) -> None:
        for key in keys:
            self._keys.add(key)

    def _entry(self, message: Message, id: str | None, stamp: datetime.datetime, source: Source) -> Entry:
        outgoing = not self.in_room and (source is Source.SENT or message["from"].bare == self.own.bare)
        return Entry(self.archive, id, message, stamp, source, outgoing)

    # --- how far it is ------------------------------------------------------------------------------------

    def reach(self, position: Position) -> None:
        """What lies before a position has been dealt with."""
        self.position = position._replace(pending=self._pending.all())


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
