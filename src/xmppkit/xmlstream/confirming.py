# SPDX-License-Identifier: MIT
"""Messages that the server has, and whose recipients have not confirmed them (XEP-0184).

An acknowledgement (XEP-0198) says that our server has a message; only a receipt says that its recipient has. A message
that is to be confirmed therefore stays in the outbox until its recipient says so, and is sent again when a new session
begins, with the same ids.

That somebody gives no receipt says nothing (XEP-0184 §4), and who never gives one must not get everything twice. So a
message is sent again only to whom another one was sent that was confirmed, and at most `MOST` times. Its first minute
does not count, for a program that is killed again and again gets no answers. After so many seconds it has failed as
``UNCONFIRMED``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from xmppkit.storage.records import Full, Limits, Scope, Value
from xmppkit.types import DeliveryReason, DeliveryState
from xmppkit.xmlstream.resending import Acked, Kept, ask_for_receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from xmppkit.stanza.message import Message
    from xmppkit.storage.base import Batch, Collection, Storage
    from xmppkit.xmlstream.delivery import Receipt

__all__ = ["Confirming", "Unconfirmed"]

#: How often a message is sent again that the server had acknowledged and nobody has confirmed.
MOST: Final = 3
#: Seconds since it was acknowledged in which that does not count.
FRESH: Final = 60.0
#: Seconds of a connection before anything is given up: receipts may wait for us at the server.
GRACE: Final = 60.0
#: Of how many addresses it is remembered that they confirm.
CONFIRMERS: Final = 10_000
#: Seconds after which the clock is looked at again, at the latest.
DAY: Final = 86400.0


class Unconfirmed:
    """A message that the server has and that was not confirmed.

    :ivar acked: the message.
    :ivar receipt: what is known of it.
    :ivar at: when the server had it for the first time, in seconds since 1970.
    :ivar again: how often it was sent again since, as far as it counts.
    """

    __slots__ = ("acked", "again", "at", "receipt")

    def __init__(self, acked: Acked, receipt: Receipt, at: float, again: int) -> None:
        self.acked = acked
        self.receipt = receipt
        self.at = at
        self.again = again


class Confirming:
    """The messages of one outbox that wait for being confirmed.

    :param storage: where that is noted.
    :param owner: whose they are: the account's bare address.
    :param within: seconds after which they have failed; None: nothing is to be confirmed.
    :param settled: called with the origin-id of each that waits no longer.
    :param most: how many messages there may be in the outbox.
    """

    def __init__(
        self, storage: Storage, owner: str, within: float | None, settled: Callable[[str], object], most: int
    ) -> None:
        self._storage = storage
        self._place: Collection = storage.collection("outbox.unconfirmed", Scope(owner), limits=Limits(entries=most))
        few = Limits(entries=CONFIRMERS, when_full=Full.DROP_OLDEST)
        self._confirm: Collection = storage.collection("outbox.confirmers", Scope(owner), limits=few)
        self._within = within
        self._settled = settled
        #: By origin-id, in order.
        self._waits: dict[str, Unconfirmed] = {}
        #: Who has confirmed something.
        self._confirmers: dict[str, None] = {}
        #: What an earlier process has noted, until it is found: when it was acknowledged, how often it was sent again.
        self._noted: dict[str, tuple[float, int]] = {}
        #: What is to be written: by origin-id, an empty list where it is to be deleted; and who confirms.
        self._changes: dict[str, list[Value]] = {}
        self._new: dict[str, None] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many messages wait."""
        return len(self._waits)

    def __iter__(self) -> Iterator[Unconfirmed]:
        """They, in order."""
        return iter(tuple(self._waits.values()))

    def __contains__(self, key: str) -> bool:
        return key in self._waits

    @property
    def is_on(self) -> bool:
        """Whether messages are to be confirmed."""
        return self._within is not None

    # --- what comes and goes --------------------------------------------------------------------------

    def ask(self, message: Message) -> bool:
        """Whether a message is to be confirmed; it asks for that then."""
        return self._within is not None and ask_for_receipt(message)

    def confirms(self, kept: Kept) -> bool:
        """Whether a message will be confirmed, as far as can be known: another one to the same address was."""
        return kept.confirms and kept.receipt.to in self._confirmers

    def add(self, kept: Kept, at: float) -> None:
        """The server has acknowledged a message that is to be confirmed.

        :param at: the time.
        """
        made = (kept.receipt.to, kept.written, kept.filtered, kept.size, kept.revision, at)
        self._put(Unconfirmed(Acked(kept.key, *made, kept.receipt), kept.receipt, at, 0))
        self._changes[kept.key] = [at, 0]

    def _put(self, each: Unconfirmed) -> None:
        self._waits[each.acked.key] = each
        each.receipt.observe(partial(self._changed, each))
        each.receipt.ack(told=False)  # also when the session is over in which it was sent
        each.receipt.leg = None
        self._set_timer()

    def _changed(self, each: Unconfirmed) -> None:
        """The receipt of a message has changed: it was confirmed, or has failed."""
        if each.receipt.state is DeliveryState.DELIVERED:
            self.has_confirmed(each.acked.to)
        each.receipt.observe(None)
        key = each.acked.key
        del self._waits[key]
        self._changes[key] = []
        self._settled(key)

    def has_confirmed(self, to: str) -> None:
        """A message was confirmed that was sent there."""
        if to not in self._confirmers:
            self._confirmers[to] = self._new[to] = None
            if len(self._confirmers) > CONFIRMERS:
                del self._confirmers[next(iter(self._confirmers))]

    def fail(self, key: str, reason: DeliveryReason, text: str) -> bool:
        """A message is given up; whether it was here."""
        each = self._waits.get(key)
        if each is not None:
            each.receipt.fail(reason, text)
        return each is not None

    def make_way(self) -> bool:
        """Give up the oldest, for there is no room for new ones; whether there were any."""
        oldest = list(self._waits)[: len(self._waits) // 10 + 1]
        for key in oldest:
            self.fail(key, DeliveryReason.UNCONFIRMED, "it was not confirmed, and has made way for newer messages")
        return bool(oldest)

    # --- a new session --------------------------------------------------------------------------------

    def again(self, lost: Sequence[Acked], others: Container[str], since: float | None) -> list[Acked]:
        """What is to be sent again in a new session, in the order in which it was written.

        :param lost: what is in any case.
        :param others: the origin-ids of what is under way.
        :param since: when it must have been written, at the earliest; None: whenever.
        """
        found = {each.key: each for each in lost}
        now = self._storage.clock()
        for key, each in self._waits.items():
            is_old = since is not None and each.acked.written < since
            is_fresh = 0.0 <= now - each.at < FRESH
            may = (is_fresh or each.again < MOST) and each.acked.to in self._confirmers
            if may and key not in others and not is_old:
                found[key] = each.acked
            if key in found and not is_fresh:
                each.again += 1
                self._changes[key] = [each.at, each.again]
        return sorted(found.values(), key=lambda each: each.revision)

    # --- the disk -------------------------------------------------------------------------------------

    @property
    def is_written(self) -> bool:
        """Whether the disk knows everything."""
        return not (self._changes or self._new)

    async def begin(self) -> None:
        """Read what an earlier process has noted."""
        if self._within is None:
            return
        async for entry in self._confirm.items():
            self._confirmers[entry.key] = None
        async for entry in self._place.items():
            self._changes[entry.key] = []  # unless it is found
            if isinstance(entry.value, list) and len(entry.value) == 2:
                at, again = entry.value
                if isinstance(at, int | float) and isinstance(again, int):
                    self._noted[entry.key] = float(at), again

    def restore(self, acked: Acked, receipt: Receipt) -> bool:
        """Whether a message that was in the outbox when the process began was acknowledged; it waits then."""
        noted = self._noted.pop(acked.key, None)
        if noted is None:
            return False
        del self._changes[acked.key]
        self._put(Unconfirmed(acked, receipt, *noted))
        return True

    def write_to(self, batch: Batch) -> Callable[[], None]:
        """Add to a batch what is to be written.

        :returns: is to be called when it is written.
        """
        changes, new = dict(self._changes), dict(self._new)
        for key, value in changes.items():
            if value:
                batch.put(self._place, key, value)
            else:
                batch.delete(self._place, key)
        for to in new:
            batch.put(self._confirm, to, True)

        def written() -> None:
            for key, value in changes.items():
                if self._changes.get(key) is value:
                    del self._changes[key]
            for to in new:
                self._new.pop(to, None)

        return written

    # --- time -----------------------------------------------------------------------------------------

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """There is a connection: from now on what has waited for too long is given up."""
        self._loop = loop
        self._set_timer(GRACE)

    def stop(self) -> None:
        """There is none any more."""
        self._loop = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self, least: float = 1.0) -> None:
        if self._loop is None or self._timer is not None or not self._waits or self._within is None:
            return
        first = min(each.at for each in self._waits.values())
        delay = max(least, first + self._within - self._storage.clock())
        self._timer = self._loop.call_later(min(delay, DAY), self._look)

    def _look(self) -> None:
        """Give up what has waited for too long."""
        self._timer = None
        now = self._storage.clock()
        for each in self:
            each.at = min(each.at, now)  # the clock was set back
            if self._within is not None and now - each.at >= self._within:
                text = f"the server has it, and it was not confirmed within {self._within:g} s"
                each.receipt.fail(DeliveryReason.UNCONFIRMED, text)
        self._set_timer()
