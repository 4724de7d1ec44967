# SPDX-License-Identifier: MIT
"""Messages that are on the disk before `send` returns, and stay there until the server has them (XEP-0359, XEP-0198).

Each message has an id of its author (``<origin-id/>``). It leaves the outbox when the server has acknowledged it: by
stream management, or, where nothing is counted, by answering a request that was sent behind it, for a server handles
what one stream brings in order (RFC 6120 §10.1). When a session is over without that, or the process was, the messages
are in doubt: they are looked up in the own archive (XEP-0313) by their ids, and those that are not there are sent
again, with the same ids and the time at which they were written (XEP-0203), in order, before newer ones. So are those
that were acknowledged lately and that the archive has lost; see `xmppkit.xmlstream.finished`. Messages that are
to be confirmed stay until their recipients have them (XEP-0184); see `xmppkit.xmlstream.confirming`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from xmppkit.exceptions import NotConnectedError, QueueFull, StorageCorrupted, StorageError, XMPPKitError
from xmppkit.stanza.message import Message
from xmppkit.storage.records import Limits, Scope, Value
from xmppkit.types import DeliveryEvidence, DeliveryReason, DeliveryState
from xmppkit.xmlstream.asking import Asking
from xmppkit.xmlstream.confirming import Confirming
from xmppkit.xmlstream.finished import Finished, Seen
from xmppkit.xmlstream.resending import (
    Acked,
    Kept,
    OutboxHost,
    Pending,
    Reader,
    Reconciled,
    from_kept,
    ids_of,
    is_worth_keeping,
    kept_asks,
    kept_head,
    kept_size,
    mark_as_resent,
    new_ids,
    to_keep,
)
from xmppkit.xmlstream.together import Group, Together

if TYPE_CHECKING:
    from xmppkit.storage.base import Collection, Storage
    from xmppkit.storage.claims import Claim
    from xmppkit.xmlstream.delivery import Receipt
    from xmppkit.xmlstream.leg import Leg
    from xmppkit.xmlstream.sending import Sender

__all__ = ["Outbox", "OutboxHost", "Pending", "Reconciled"]

log = logging.getLogger(__name__)

#: How many messages may be under way at a time: sent, and not known to be with the server.
WINDOW: Final = 200
#: Seconds until the disk is asked again, when it has failed.
AGAIN: Final = 5.0
#: How many ids that were given to messages are remembered, for programs that send the same object again.
GIVEN: Final = 1000


class Outbox:
    """The outbox of one client or component; `use_outbox` makes it.

    :param host: the stream.
    :param sender: its way out.
    :param storage: where the messages are.
    :param owner: whose they are: the account's bare address.
    :param limits: how much may wait.
    :param max_age: seconds after which a message is not sent any more; None: it is sent whenever that is possible.
    :param keep: which messages are kept; None: those that `is_worth_keeping` says.
    :param confirm_within: seconds for which a message stays until its recipient has confirmed it; None: it leaves when
        the server has it.
    :raises StorageConflict: another process has the outbox.
    :raises StorageError: what is in it cannot be read.
    """

    def __init__(
        self,
        host: OutboxHost,
        sender: Sender,
        storage: Storage,
        owner: str,
        *,
        limits: Limits,
        max_age: float | None = None,
        keep: Callable[[Message], bool] | None = None,
        confirm_within: float | None = None,
    ) -> None:
        self._host = host
        self._sender = sender
        self._storage = storage
        self._max_age = max_age
        self._keep = keep or is_worth_keeping
        self._place: Collection = storage.collection("outbox", Scope(owner), limits=limits)
        #: How far the archive had come when it was looked at, how far messages may have left, and are acknowledged.
        marks: Collection = storage.collection("outbox.mark", Scope(owner))
        self._reader = Reader(self._place, marks)
        #: Whether the archive was looked at in this session.
        self._marked = False
        #: A session has begun, in which what was not confirmed is to be sent again.
        self._anew = False
        self._claim: Claim | None = storage.claim(f"the outbox of {owner}")
        #: All messages, in order, by origin-id.
        self._kept: dict[str, Kept] = {}
        #: Those that were not given to the stream, in order.
        self._waiting: deque[Kept] = deque()
        #: Some that were given to it wait again: `_waiting` is to be made anew.
        self._mixed = False
        self._flying = 0
        self._confirming = Confirming(storage, owner, confirm_within, self._settled, limits.entries)
        self._finished = Finished(storage, self._place, marks, self._confirming)
        self._together = Together(host, self._write_all, self._wake)
        self._asking = Asking(host, sender, self._under_way)
        self._given: deque[str] = deque(maxlen=GIVEN)
        self._ready = False
        self._worker: asyncio.Future[Any] | None = None
        self._sweeper: asyncio.Future[Any] | None = None
        self._progress: asyncio.Event = asyncio.Event()
        try:
            storage.at_once(self._load())
        except BaseException:
            self._claim.release()
            raise
        deliveries = sender.deliveries
        deliveries.keeps = self._take
        sender.keeper = self._is_ours
        self._handlers = (
            ("session_start", self._begin), ("session_resumed", self._go_on), ("session_end", self._end),
        )  # fmt: skip
        for name, handler in self._handlers:
            host.add_event_handler(name, handler)

    def __len__(self) -> int:
        """How many messages are in it."""
        return len(self._kept) + sum(each.acked.key not in self._kept for each in self._confirming)

    def pending(self) -> list[Pending]:
        """The messages in it, in order: those of earlier processes too, and those that wait for being confirmed."""
        found = [Pending(each.acked.key, each.acked.to, each.acked.written, each.receipt) for each in self._confirming]
        kept = [each for each in tuple(self._kept.values()) if each.key not in self._confirming]
        return found + [Pending(each.key, each.receipt.to, each.written, each.receipt) for each in kept]

    def remove(self, id: str) -> bool:
        """Take a message out: it is not sent, or not again. Its receipt has failed, with the reason ``REMOVED``.

        :returns: whether it was there, by the `id` that `pending` says.
        """
        kept, text = self._kept.get(id), "it was taken out of the outbox"
        if kept is None:
            return self._confirming.fail(id, DeliveryReason.REMOVED, text)
        self._give_up(kept, DeliveryReason.REMOVED, text)
        return True

    async def join(self) -> None:
        """Wait until it is empty, and the disk knows that: the server has all messages; those that are to be confirmed
        their recipients have."""
        while self._kept or self._confirming or not self._finished.is_written:
            self._progress.clear()
            await self._progress.wait()

    async def settled(self) -> None:
        """Wait until the disk knows what has happened so far."""
        for task in (self._together.writer, self._sweeper):
            if task is not None:
                await asyncio.wait((task,))

    async def close(self) -> None:
        """Keep no further messages, and let others use it. What is in it stays there. May be repeated."""
        self._sender.deliveries.keeps = None
        self._sender.keeper = None
        self._confirming.stop()
        for name, handler in self._handlers:
            self._host.del_event_handler(name, handler)
        if self._worker is not None:
            self._worker.cancel()
        self._asking.stop()
        await self.settled()
        claim, self._claim = self._claim, None
        if claim is not None:
            claim.release()

    # --- taking ---------------------------------------------------------------------------------------

    async def _load(self) -> None:
        """Read what an earlier process has left; it may have sent what was to leave at once, or is before the mark."""
        await self._reader.begin()
        await self._finished.begin()
        await self._confirming.begin()
        async for entry in self._place.items():
            to, written, filtered, leaves = kept_head(entry.value, entry.key)
            acked = self._finished.restore(entry, to, written, filtered)
            asks, size = kept_asks(entry.value) if self._confirming.is_on else "", kept_size(entry.value)
            receipt = self._sender.deliveries.receipt(asks or entry.key, to)
            made = Acked(entry.key, to, written, filtered, size, entry.revision, written, receipt)
            if (asks and self._confirming.restore(made, receipt)) or acked:
                continue
            doubtful = leaves or entry.position <= self._reader.left
            kept = Kept(entry.key, receipt, written, filtered, leaves=doubtful, doubtful=doubtful)
            kept.size, kept.confirms = size, bool(asks)
            self._add(kept, entry.revision)

    def _add(self, kept: Kept, revision: int) -> None:
        kept.revision = revision
        self._finished.entered(kept)
        self._kept[kept.key] = kept
        self._waiting.append(kept)
        kept.receipt.observe(partial(self._changed, kept))

    def _take(self, message: Message, receipt: Receipt, use_filters: bool) -> bool:
        """Write a message to the disk before anything else is done with it; whether it is one that is kept."""
        if not self._keep(message):
            return False
        leaves = self._ready and len(self._waiting) < WINDOW
        key, value, written = self._prepare(message, use_filters, leaves)
        (revision,) = self._storage.at_once(self._finished.put([(key, value)]))
        receipt.id, receipt.to = message.xml.get("id", ""), message.xml.get("to", "")
        self._add(Kept.of(key, value, receipt, written, filtered=use_filters, leaves=leaves), revision)
        alone = len(self._waiting) == 1 and not self._mixed and self._worker is None
        if alone and self._ready and self._flying < WINDOW and self._sender.is_open:
            self._fly(self._waiting.popleft(), message)
        else:
            self._wake()
        return True

    def _prepare(self, message: Message, use_filters: bool, leaves: bool) -> tuple[str, Value, float]:
        """The key and the value of a message, which is given the ids that it needs."""
        origin = message.get_origin_id() or message.xml.get("id", "")
        if message.xml.get("id") in self._given or origin in self._kept or origin in self._confirming:
            new_ids(message, self._host.new_id())
        elif not message.get_origin_id():
            new_ids(message, origin or self._host.new_id())
        elif not message.xml.get("id"):
            message["id"] = origin
        self._given.append(message.xml.get("id", ""))
        written, asks = self._storage.clock(), self._confirming.ask(message)
        value = to_keep(message, written, self._host.default_ns, filtered=use_filters, leaves=leaves, asks=asks)
        return message.get_origin_id(), value, written

    async def send(self, message: Message) -> Receipt:
        """Send a message, and return when it is on the disk. Others are written with it at once, and the event loop
        goes on meanwhile: with many messages this is faster than `send` of the client, which writes each by itself.

        :raises StorageError: as the client's `send`: nothing was sent.
        """
        if not self._keep(message):
            return self._sender.deliveries.send(message, True)
        return await self._together.send(message)

    async def _write_all(self, group: Group) -> None:
        made: list[tuple[Kept, asyncio.Future[Receipt]]] = []
        values: list[tuple[str, Value]] = []
        for message, future in group:
            leaves = self._ready and len(self._waiting) + len(made) < WINDOW
            key, value, written = self._prepare(message, True, leaves)
            values.append((key, value))
            receipt = self._sender.deliveries.receipt(message.xml.get("id", ""), message.xml.get("to", ""))
            made.append((Kept.of(key, value, receipt, written, filtered=True, leaves=leaves), future))
        for (kept, future), revision in zip(made, await self._finished.put(values), strict=True):
            self._add(kept, revision)
            if not future.done():
                future.set_result(kept.receipt)
        self._wake()

    # --- sending --------------------------------------------------------------------------------------

    def _begin(self, _: object) -> None:
        """A new session has started. What was sent in another one is in doubt, unless it was acknowledged."""
        if not self._ready:
            self._marked, self._anew = False, True
            self._ground(self._sender.leg)
        self._go_on()

    def _go_on(self, _: object = None) -> None:
        """There is a connection: what waits may leave. The session may go on, and what was sent in it stays sent."""
        self._ready = True
        self._confirming.start(self._sender.deliveries.host.loop)
        self._adopt()
        self._progress.set()
        self._wake()

    def _adopt(self) -> None:
        """A session of an earlier process goes on: what it has not acknowledged it sends again by itself."""
        leg = self._sender.leg
        if leg.session is None or not any(kept.doubtful for kept in self._waiting):
            return
        for number, unacked in enumerate(leg.session, leg.session.settled + 1):
            kept = next((self._kept[key] for key in ids_of(unacked.stanza) if key in self._kept), None)
            if kept is not None and not kept.flying:
                kept.flying, kept.doubtful = True, False
                self._flying += 1
                kept.receipt.found(leg, number)
        self._mixed = True

    def _end(self, _: object) -> None:
        """The session is over."""
        self._ready = False
        self._confirming.stop()
        if self._worker is not None:
            self._worker.cancel()
        self._asking.stop()
        self._ground(None)

    def _ground(self, leg: Leg | None) -> None:
        """What was given to the stream waits again, but for what is in a filter, or was sent in this session."""
        back = set(map(id, self._sender.take_back()))
        for kept in self._kept.values():
            sent = kept.receipt.leg
            if kept.flying and (id(kept.receipt) in back or (sent is not None and sent is not leg)):
                kept.doubtful = kept.doubtful or sent is not None
                self._land(kept)
                kept.receipt.wait_again()
        self._mixed = True

    def _is_ours(self, data: Any) -> bool:
        """Whether something that the stream could not send is in here."""
        return any(key in self._kept for key in ids_of(data))

    def _wake(self) -> None:
        if self._ready and (self._waiting or self._mixed) and self._worker is None:
            self._worker = self._host.spawn(self._work())
            self._worker.add_done_callback(self._worked)

    def _worked(self, worker: asyncio.Future[Any]) -> None:
        if worker is self._worker:
            self._worker = None
            if not worker.cancelled() and worker.exception() is None:
                self._wake()

    async def _work(self) -> None:
        """Send what waits, in order."""
        while self._ready and (self._waiting or self._mixed):
            if self._mixed:
                self._mixed = False
                self._waiting = deque(kept for kept in self._kept.values() if not kept.flying)
                if not self._marked or any(kept.doubtful for kept in self._waiting):
                    await self._reconcile()
                continue
            kept = self._waiting[0]
            if kept.key not in self._kept:
                self._waiting.popleft()
            elif self._is_too_old(kept):
                self._give_up(kept, DeliveryReason.EXPIRED, f"it has waited for longer than {self._max_age:g} s")
            elif self._flying >= WINDOW or not self._sender.is_open or not await self._send_kept(kept):
                self._progress.clear()
                await self._progress.wait()

    async def _send_kept(self, kept: Kept) -> bool:
        """Send a message that waits; False: there is no room for it now."""
        try:
            entry = await self._reader.read(kept.key)
            message = from_kept(entry.value, kept.key, self._host)
            if not kept.leaves:
                await self._reader.leaves(entry)
        except StorageError as error:
            if kept.key not in self._kept:
                return True  # it was taken out meanwhile
            self._host.event("outbox_failed", error)
            if isinstance(error, StorageCorrupted):
                self._give_up(kept, DeliveryReason.LOST, str(error))
            else:
                await asyncio.sleep(AGAIN)
            return True
        if not self._waiting or self._waiting[0] is not kept or kept.key not in self._kept or not self._ready:
            return True  # it was taken out, or the session has ended, meanwhile
        self._waiting.popleft()
        mark_as_resent(message, kept.written)
        return self._fly(kept, message)

    def _is_too_old(self, kept: Kept) -> bool:
        return self._max_age is not None and self._storage.clock() - kept.written > self._max_age

    def _fly(self, kept: Kept, message: Message) -> bool:
        kept.flying = True
        self._flying += 1
        try:
            self._sender.send(message, kept.filtered, kept.receipt)
        except (QueueFull, NotConnectedError):
            self._land(kept)
            self._waiting.appendleft(kept)
            return False
        self._asking.soon()
        return True

    def _under_way(self) -> Iterator[Receipt]:
        return (kept.receipt for kept in tuple(self._kept.values()) if kept.flying)

    def _land(self, kept: Kept) -> None:
        if kept.flying:
            kept.flying = False
            self._flying -= 1

    def _changed(self, kept: Kept) -> None:
        """The receipt of a message has changed."""
        receipt = kept.receipt
        if receipt.state in (DeliveryState.ACKED, DeliveryState.DELIVERED, DeliveryState.FAILED):
            if kept.confirms and receipt.state is DeliveryState.DELIVERED:
                self._confirming.has_confirmed(receipt.to)
            self._drop(kept)
            if receipt.error is not None:  # of a message that was sent again the program has another receipt
                self._confirming.fail(kept.key, DeliveryReason(receipt.error.reason), str(receipt.error))
        elif kept.flying and receipt.leg is None:  # the stream could not send it
            self._land(kept)
            self._mixed = True
        self._progress.set()
        self._wake()

    def _drop(self, kept: Kept) -> None:
        """The outbox has nothing more to do with a message."""
        if self._kept.pop(kept.key, None) is None:
            return
        self._land(kept)
        kept.receipt.observe(None)
        self._finished.done(kept)
        self._sweep_soon()

    def _give_up(self, kept: Kept, reason: DeliveryReason, text: str) -> None:
        self._drop(kept)
        kept.receipt.fail(reason, text)
        self._confirming.fail(kept.key, reason, text)

    def _settled(self, key: str) -> None:
        """A message waits no longer for being confirmed. It may be on its way once more."""
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._land(kept)
            kept.receipt.observe(None)
        self._finished.settled(key)
        self._sweep_soon()
        self._wake()

    def _sweep_soon(self) -> None:
        if self._sweeper is None:
            self._sweeper = self._host.spawn(self._sweep())
        self._progress.set()

    async def _sweep(self) -> None:
        """Write what is done, as much as has come together."""
        try:
            await self._finished.write()
        except StorageError as error:  # it is done all the same: after the next start it is in doubt
            log.warning("messages that the server has stay in the outbox: %s", error)
            self._host.event("outbox_failed", error)
        finally:
            self._sweeper = None
            self._progress.set()

    # --- finding out ----------------------------------------------------------------------------------

    async def _reconcile(self) -> None:
        """Find out what the server has of what is in doubt, and of what it has acknowledged lately."""
        doubts = [kept for kept in self._waiting if kept.doubtful]
        # That our archive has it says little: who confirms is asked instead.
        doubtful = {kept.key: kept for kept in doubts if not self._confirming.confirms(kept)}
        seen = Seen()
        try:
            seen = await self._finished.look_up(self._host, doubtful)
        except XMPPKitError as error:
            if not self._sender.is_open:
                self._mixed = True
                return
            log.info("the archive does not say what it has (%s): what is in doubt is sent again", error)
            self._finished.nothing_stays()
        for kept in seen.found:
            if kept.confirms:
                kept.receipt.ack()
            else:
                kept.receipt.deliver(DeliveryEvidence.ARCHIVE)
        for kept in doubts:
            kept.doubtful = False
        lost = seen.lost
        if self._anew:
            since = None if self._max_age is None else self._storage.clock() - self._max_age
            lost, self._anew = self._confirming.again(lost, self._kept, since), False
        self._bring_back(lost)
        self._sweep_soon()
        await self.settled()  # what was found must not be in doubt again behind the mark
        await self._finished.mark(seen.newest)
        self._marked = True
        if doubts or lost:
            found = {kept.key: None for kept in seen.found}
            again = (*(each.key for each in lost), *(kept.key for kept in doubts if kept.key not in found))
            self._host.event("outbox_reconciled", Reconciled(tuple(found), again))

    def _bring_back(self, lost: Sequence[Acked]) -> None:
        """Send again what the server had acknowledged, and does not have. Its receipts stay as they are."""
        again = {each.key: each.again(self._sender.deliveries) for each in lost}
        for kept in again.values():
            kept.receipt.observe(partial(self._changed, kept), told=False)
        self._kept = {**again, **self._kept}
        self._mixed = self._mixed or bool(again)
