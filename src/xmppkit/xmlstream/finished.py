# SPDX-License-Identifier: MIT
"""What the outbox is done with, until the disk knows that; and what the server has acknowledged lately.

An acknowledgement (XEP-0198) says that the server is responsible for a message. A server that is killed may lose some
of the last ones all the same: it had not written them yet. Where it archives (XEP-0313), a message that it has
acknowledged therefore stays on the disk for a while. When a new session begins, the archive is looked at: it loses its
end at most, so that the newest of these messages that it has says that it has those before; those behind it are sent
again, if it is an archive that would have them. What is to be confirmed stays for longer; see
`xmppkit.xmlstream.confirming`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from xmppkit.exceptions import StorageError, StorageFull
from xmppkit.types import DeliveryState
from xmppkit.xmlstream.resending import (
    LOOK_UP,
    Acked,
    Kept,
    OutboxHost,
    archived,
    has_archive,
    kept_size,
    stored,
    uptime,
)

if TYPE_CHECKING:
    from xmppkit.storage.base import Collection, Storage
    from xmppkit.storage.records import Entry, Value
    from xmppkit.xmlstream.confirming import Confirming

__all__ = ["Finished", "Seen"]

#: Seconds for which a message stays that the server has acknowledged. Servers write what they have within seconds or a
#: few minutes (Mnesia: three).
STAYS: Final = 600.0
#: How many of them stay, at most, and how many characters of XML.
MOST, MOST_SIZE = 1000, 4 * 1024 * 1024
_MARK, _ACKED = "archive", "acked"


class Seen(NamedTuple):
    """What was seen in the archive.

    :ivar newest: the id there of its newest message; empty: nothing was seen.
    :ivar found: what was in doubt and is there, in order.
    :ivar lost: what the server had acknowledged and is not there, in order.
    """

    newest: str = ""
    found: Sequence[Kept] = ()
    lost: Sequence[Acked] = ()


class Finished:
    """The messages of one outbox that it is done with.

    :param storage: where they are.
    :param place: the collection of the outbox.
    :param marks: where it is noted how far messages are acknowledged.
    :param confirming: those that stay until they are confirmed.
    :ivar archives: whether the server archives, as far as is known; if not, nothing stays.
    :ivar newest: the origin-id of the last message that was acknowledged; empty: none is known.
    """

    def __init__(self, storage: Storage, place: Collection, marks: Collection, confirming: Confirming) -> None:
        self._storage = storage
        self._confirming = confirming
        self._place = place
        self._marks = marks
        self.archives = False
        self.newest = ""
        #: In the order in which they were acknowledged.
        self._acked: dict[str, Acked] = {}
        self._size = 0
        #: What is to be deleted.
        self._gone: set[str] = set()
        #: The revision up to which messages are acknowledged, and when the last was.
        self._revision, self._at = 0, 0.0
        #: How many were, and of how many the disk knows.
        self._acks = self._noted = 0
        #: The highest revision in the outbox; and the revisions of messages that came behind one with a higher one,
        #: for `send` of the client and of the outbox may write at the same time.
        self._highest = 0
        self._late: dict[str, int] = {}

    def __len__(self) -> int:
        """How many messages stay."""
        return len(self._acked)

    @property
    def is_written(self) -> bool:
        """Whether the disk knows everything."""
        return not self._gone and self._acks == self._noted and self._confirming.is_written

    async def begin(self) -> None:
        """Read what an earlier process has noted."""
        noted = await self._marks.get(_ACKED)
        if isinstance(noted, list) and len(noted) == 3:
            key, revision, at = noted
            if isinstance(key, str) and isinstance(revision, int) and isinstance(at, int | float):
                self.newest, self._revision, self._at = key, revision, float(at)

    def restore(self, entry: Entry, to: str, written: float, filtered: bool) -> bool:
        """Whether a message that was in the outbox when the process began was acknowledged; it stays then."""
        if entry.revision > self._revision:
            return False
        size = kept_size(entry.value)
        self._put(Acked(entry.key, to, written, filtered, size, entry.revision, self._at, None))
        return True

    def entered(self, kept: Kept) -> None:
        """A message is in the outbox, behind those before."""
        if kept.revision < self._highest:
            self._late[kept.key] = kept.revision
        else:
            self._highest = kept.revision

    def done(self, kept: Kept) -> None:
        """The outbox is done with a message: it stays if it was acknowledged and the archive should have it."""
        self._late.pop(kept.key, None)
        stays = False
        if kept.receipt.state is DeliveryState.ACKED:
            self.newest, self._at = kept.key, self._storage.clock()
            self._acks += 1
            self._revision = max(self._revision, kept.revision)
            if kept.confirms:
                self._confirming.add(kept, self._at)
            if self.archives and kept.size:
                made = (kept.receipt.to, kept.written, kept.filtered, kept.size, kept.revision)
                self._put(Acked(kept.key, *made, self._at, kept.receipt))
                stays = True
        if not stays and kept.key not in self._confirming:
            self._gone.add(kept.key)

    def settled(self, key: str) -> None:
        """A message waits no longer for being confirmed: nothing of it stays."""
        if key in self._acked:
            self._forget(key)
        self._late.pop(key, None)
        self._gone.add(key)

    def _put(self, acked: Acked) -> None:
        self._acked[acked.key] = acked
        self._size += acked.size
        while len(self._acked) > MOST or self._size > MOST_SIZE:
            self._forget(next(iter(self._acked)))

    def _forget(self, key: str) -> None:
        self._size -= self._acked.pop(key).size
        if key not in self._confirming:
            self._gone.add(key)

    def forget_old(self) -> None:
        """What has stayed for long enough goes."""
        now = self._storage.clock()
        while self._acked:
            oldest = next(iter(self._acked.values()))
            if 0.0 <= now - oldest.at <= STAYS:
                return
            self._forget(oldest.key)

    def forget_all(self) -> None:
        """What stays goes."""
        for key in tuple(self._acked):
            self._forget(key)

    def nothing_stays(self) -> None:
        """There is no archive."""
        self.archives = False
        self.forget_all()

    async def put(self, values: Sequence[tuple[str, Value]]) -> list[int]:
        """Write messages that are new. What only stays makes way for them, and for one with its id.

        :returns: their revisions.
        :raises StorageFull: there is no room.
        """
        for key, _ in values:
            if key in self._acked:
                self._forget(key)
            self._gone.discard(key)
        while True:
            batch = self._storage.batch()
            for key, value in values:
                batch.put(self._place, key, value)
            try:
                return await batch.commit()
            except StorageFull as error:
                if self._acked:
                    self.forget_all()
                elif error.is_too_long or not self._confirming.make_way():
                    raise
                await self.write()

    async def write(self) -> None:
        """Tell the disk, until it knows everything.

        :raises StorageError: it cannot be told.
        """
        while not self.is_written:
            self.forget_old()
            gone, acks = set(self._gone), self._acks
            batch = self._storage.batch()
            for key in gone:
                batch.delete(self._place, key)
            if self.newest:  # what the server had before it is acknowledged too
                revision = min((self._revision, *(late - 1 for late in self._late.values())))
                batch.put(self._marks, _ACKED, [self.newest, revision, self._at])
            confirmed = self._confirming.write_to(batch)
            await batch.commit()
            self._gone -= gone
            self._noted = acks
            confirmed()

    # --- a new session --------------------------------------------------------------------------------

    async def look_up(self, host: OutboxHost, doubtful: dict[str, Kept]) -> Seen:
        """Look into the own archive, back to the last message that is known to be there. Nothing stays then, but what
        is lost.

        :param doubtful: what is in doubt; what was found is taken out.
        :raises XMPPKitError: the archive does not answer.
        """
        self.forget_old()
        self.archives = has_archive(host)
        mark = await self._marks.get(_MARK, "")
        now = self._storage.clock()
        before = tuple(self._acked)
        since = min([now, *(kept.written for kept in doubtful.values()), *(self._acked[key].written for key in before)])
        newest, count, found = "", 0, list[Kept]()
        async for id, keys in archived(host, since, mark if isinstance(mark, str) else ""):
            newest, count = newest or id, count + 1
            found += [doubtful.pop(key) for key in keys if key in doubtful]
            if self._has(keys) or not (doubtful or (self._acked and not found)):
                break
        lost: list[Acked] = []
        if found:  # and so what was acknowledged before it
            ran = await uptime(host)
            if ran is not None and ran <= now - found[0].written + 1.0:
                last = found.pop(0)  # the server may have ended between this archive and the recipient's
                doubtful[last.key] = last
        elif self._acked and count < LOOK_UP:
            ran, stores = await uptime(host), await stored(host)
            behind = [self._acked[key] for key in before if key in self._acked]
            # Some archives have a message a while after it was acknowledged: who has not ended has not lost it.
            old = [each for each in behind if ran is None or ran <= now - each.written + 1.0]
            lost = [each for each in old if not each.is_settled and stores(each.to)]
        self.forget_all()
        self._gone.difference_update(each.key for each in lost)
        return Seen(newest, found[::-1], lost)

    def _has(self, keys: Iterable[str]) -> bool:
        """Whether one of these was acknowledged, lately or as the last one: those before it are in the archive too, and
        go now."""
        for key in filter(None, keys):
            if key == self.newest:
                self.forget_all()
                return True
            if key in self._acked:
                while key in self._acked:
                    self._forget(next(iter(self._acked)))
                return True
        return False

    async def mark(self, newest: str) -> None:
        """Note how far the archive has come: the next time nothing older need be looked at.

        :param newest: see `Seen`.
        """
        if newest and self.is_written:
            with contextlib.suppress(StorageError):
                await self._marks.put(_MARK, newest)
