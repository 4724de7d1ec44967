# SPDX-License-Identifier: MIT
"""How far messages have come: what `send` returns for one (XEP-0198 §4, XEP-0184, XEP-0333).

Most programs do not look at it, so it costs next to nothing: a `Receipt` knows the session that its message was sent in
and its number there, and finds out when it is asked. Only for those that are asked something is noted: they are woken
by what the server acknowledges and by what others answer, and nothing is noted for those that nobody holds any more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, ClassVar, Final
from weakref import WeakValueDictionary

from xmppkit.exceptions import DeliveryFailed, InvalidJID, NotConnectedError, QueueFull, RemoteError
from xmppkit.jid.address import JID
from xmppkit.types import DeliveryEvidence, DeliveryReason, DeliveryState

if TYPE_CHECKING:
    from xmppkit.stanza.message import Message
    from xmppkit.xmlstream.leg import DeliveryHost, Leg
    from xmppkit.xmlstream.sending import Sender

__all__ = ["Deliveries", "Receipt"]

#: How many answers are remembered to messages whose receipts nobody has asked for anything yet.
ANSWERS: Final = 1000
#: How many receipts are kept because somebody handles the event ``delivery``, although nobody holds them.
KEPT: Final = 10_000
_new = object.__new__
_DONE: Final = frozenset({DeliveryState.DELIVERED, DeliveryState.FAILED})


class _Late:
    """What only receipts have that were asked for something, or whose message did not simply leave."""

    __slots__ = ("error", "evidence", "followers", "kept", "observer", "quiet", "state", "told", "waiters")

    def __init__(self) -> None:
        #: What is known otherwise than by counting.
        self.state: DeliveryState | None = None
        self.error: DeliveryFailed | None = None
        self.evidence: DeliveryEvidence | None = None
        self.told = DeliveryState.QUEUED
        self.waiters: list[tuple[DeliveryState, asyncio.Future[None]]] = []
        #: The receipts of the same message when it was sent before.
        self.followers: list[Receipt] = []
        self.observer: Callable[[], object] | None = None
        #: Somebody keeps the message, and sends it again if the stream could not.
        self.kept = False
        #: The event is not raised: the program has another receipt for this message.
        self.quiet = False


class Receipt:
    """What is known of a message that was sent. `send` returns it::

        receipt = client.send_message("juliet@example.org", "Hark!")
        await receipt.acked(timeout=30)
        print(receipt.state)  # DeliveryState.ACKED

    To wait for it is to wait until our server has the message: ``await receipt``.

    :ivar id: the message's id; empty without one: then nobody can answer it.
    :ivar to: whom it was sent to; empty: our own account.
    """

    __slots__ = ("__weakref__", "_deliveries", "id", "late", "leg", "number", "to")

    #: A handler that returns one by the way does not wait for it (`xmppkit.dispatch.awaiting`).
    is_work: ClassVar[bool] = False

    _deliveries: Deliveries
    late: _Late | None
    id: str
    to: str
    leg: Leg | None
    number: int

    def __repr__(self) -> str:
        return f"<Receipt of {self.id or 'a message'} to {self.to or 'ourselves'}: {self.state.name.lower()}>"

    # --- what the program asks ------------------------------------------------------------------------

    @property
    def state(self) -> DeliveryState:
        """How far the message has come, as far as it is known. It grows, until it is ``DELIVERED`` or ``FAILED``."""
        late = self.late
        if late is None:
            self._deliveries.note(self)
            late = self.late
        if late is not None and late.state is not None:
            return late.state
        leg = self.leg
        if leg is None:
            return DeliveryState.QUEUED
        if leg.session is not None:
            fate = leg.fates.get(self.number)
            if fate is not None:
                return self._follow(fate)
            if leg.session.settled >= self.number:
                return DeliveryState.ACKED
        return DeliveryState.SENT if leg.over or not self._deliveries.unsent else DeliveryState.QUEUED

    @property
    def error(self) -> DeliveryFailed | None:
        """Why it has failed, with `reason` and the error stanza if there was one; None: it has not."""
        return self.late.error if self.state is DeliveryState.FAILED and self.late is not None else None

    @property
    def reason(self) -> DeliveryReason | None:
        """The `reason` of `error`."""
        error = self.error
        return DeliveryReason(error.reason) if error is not None else None

    @property
    def evidence(self) -> DeliveryEvidence | None:
        """How it is known that it was delivered; None: it is not known to be."""
        return self.late.evidence if self.state is DeliveryState.DELIVERED and self.late is not None else None

    async def wait(self, state: DeliveryState = DeliveryState.ACKED, *, timeout: float | None = None) -> DeliveryState:
        """Wait until the message has come so far.

        :param state: how far.
        :param timeout: seconds; None: as long as it takes. Some states never come: ``ACKED`` needs stream management
            (xep_0198) or an outbox, ``DELIVERED`` a recipient that answers (xep_0184, xep_0333).
        :returns: how far it has come, which may be further.
        :raises DeliveryFailed: it has failed, or its session ended without anybody knowing more.
        :raises TimeoutError: the time is over.
        """
        async with asyncio.timeout(timeout):
            while True:
                now = self.state
                if now is DeliveryState.FAILED:
                    assert self.error is not None
                    raise self.error
                if now >= state:
                    return now
                if self._is_unknown():
                    said = "its connection is lost, and without stream management nobody knows whether it has arrived"
                    raise DeliveryFailed(DeliveryReason.LOST, said)
                if state is DeliveryState.SENT and self.leg is not None:
                    await self._written()
                else:
                    await self._woken(state)

    async def sent(self, timeout: float | None = None) -> DeliveryState:
        """Wait until the operating system has it; see `wait`."""
        return await self.wait(DeliveryState.SENT, timeout=timeout)

    async def acked(self, timeout: float | None = None) -> DeliveryState:
        """Wait until our server has it; see `wait`."""
        return await self.wait(DeliveryState.ACKED, timeout=timeout)

    async def delivered(self, timeout: float | None = None) -> DeliveryState:
        """Wait until it has come where it was sent to; see `wait`."""
        return await self.wait(DeliveryState.DELIVERED, timeout=timeout)

    def __await__(self) -> Generator[Any, None, DeliveryState]:
        """Wait until our server has it, where that can be known; else until the operating system has it."""
        known = self._deliveries.counts(self)
        return self.wait(DeliveryState.ACKED if known else DeliveryState.SENT).__await__()

    # --- what the stream tells ------------------------------------------------------------------------

    def written(self, leg: Leg) -> None:
        """It was given to the engine, as the last stanza so far."""
        self.leg = leg
        if leg.session is not None:
            self.number = leg.session.count
        if self.late is not None:
            self.placed()

    def found(self, leg: Leg, number: int) -> None:
        """It was sent by an earlier process, in a session that goes on."""
        self.leg, self.number = leg, number
        self.placed()

    def placed(self) -> None:
        """Where it was sent is known now: whoever waits may."""
        if self.leg is not None:
            self.leg.wait(self)
            self.settle()

    def fail(self, reason: DeliveryReason, text: str, stanza: Any = None) -> None:
        """It has failed, unless more is known of it already, or somebody keeps it and will send it again."""
        if self.is_kept and reason in (DeliveryReason.LOST, DeliveryReason.FULL):
            self.wait_again()
            self.settle()
            return
        self._conclude(DeliveryState.FAILED, DeliveryFailed(reason, text, stanza))

    def stopped(self, error: Exception | None) -> None:
        """A filter has dropped it, or has failed; or there was no room for it behind the filters."""
        if isinstance(error, QueueFull):
            self.fail(DeliveryReason.FULL, str(error))
        else:
            self.fail(DeliveryReason.FILTERED, "a filter has dropped it" if error is None else f"a filter: {error}")

    def deliver(self, evidence: DeliveryEvidence) -> None:
        """It was delivered."""
        self._conclude(DeliveryState.DELIVERED, evidence=evidence)

    def ack(self, *, told: bool = True) -> None:
        """The server has it, as is known otherwise than by counting.

        :param told: the program is told, if that is new.
        """
        late = self._noted()
        if late.state is None:
            late.state = DeliveryState.ACKED
            if not told:
                late.told = DeliveryState.ACKED
            self.settle()

    def wait_again(self) -> None:
        """It is sent again by whoever keeps it, as if it had not been sent."""
        self.leg = None

    @property
    def is_kept(self) -> bool:
        """Whether somebody keeps the message, and sends it again if the stream could not."""
        return self.late is not None and self.late.kept

    def observe(self, observer: Callable[[], object] | None, *, told: bool = True) -> None:
        """Somebody keeps the message from here on, and is called whenever the state has changed; None: not any more.

        :param told: the program is told of changes, too.
        """
        if self.late is None:
            self._deliveries.note(self)
        late = self._noted()
        late.observer, late.kept = observer, observer is not None
        late.quiet = late.quiet or not told

    def settle(self) -> None:
        """Something has happened: wake who waits, and tell, if it has come further or failed."""
        late = self._noted()
        state = self.state
        over = state is DeliveryState.FAILED or self._is_unknown()
        for wanted, future in late.waiters:
            if (over or state >= wanted) and not future.done():
                future.set_result(None)
        if late.told is state or late.told in _DONE:
            return
        late.told = state
        for follower in late.followers:
            follower.settle()
        if late.observer is not None:
            late.observer()
        if not late.quiet:
            self._deliveries.tell(self)

    # --- inside ---------------------------------------------------------------------------------------

    def _noted(self) -> _Late:
        if self.late is None:
            self.late = _Late()
        return self.late

    def _conclude(
        self, state: DeliveryState, error: DeliveryFailed | None = None, evidence: DeliveryEvidence | None = None
    ) -> None:
        late = self._noted()
        if late.state not in _DONE:
            late.state, late.error, late.evidence = state, error, evidence
            self.settle()

    def _follow(self, fate: Receipt | DeliveryFailed) -> DeliveryState:
        """The state after the session has ended: the message was sent again, or given up."""
        late = self._noted()
        if isinstance(fate, DeliveryFailed):
            late.state, late.error = DeliveryState.FAILED, fate
            return DeliveryState.FAILED
        if self not in fate._noted().followers:
            fate._noted().followers.append(self)
        state = fate.state
        if state in _DONE:
            assert fate.late is not None
            late.state, late.error, late.evidence = state, fate.late.error, fate.late.evidence
        return state

    def _is_unknown(self) -> bool:
        """Whether nobody will learn more by counting, for nothing was counted, and the connection is gone."""
        leg = self.leg
        return leg is not None and leg.over and leg.session is None and not self.is_kept

    async def _written(self) -> None:
        try:
            await self._deliveries.host.written()
        except (NotConnectedError, RemoteError):
            await asyncio.sleep(0)  # what became of the session is said in this turn

    async def _woken(self, state: DeliveryState) -> None:
        late = self._noted()
        future = self._deliveries.host.loop.create_future()
        waiter = (state, future)
        late.waiters.append(waiter)
        late.told = self.state
        try:
            await future
        finally:
            late.waiters.remove(waiter)


class Deliveries:
    """The messages of one stream.

    :param host: the stream.
    :param sender: its way out.
    """

    __slots__ = ("_answers", "_handled", "_kept", "_known", "_sender", "host", "keeps")

    def __init__(self, host: DeliveryHost, sender: Sender) -> None:
        self.host = host
        self._sender = sender
        self._handled = host.handled_events
        #: The receipts that were asked for something, as long as somebody holds them.
        self._known: WeakValueDictionary[str, Receipt] = WeakValueDictionary()
        #: Answers to messages whose receipts were not: who has said what, by id.
        self._answers: dict[str, list[Callable[[Receipt], object]]] = {}
        #: Receipts whose changes are told, whether somebody holds them or not.
        self._kept: deque[Receipt] | None = None
        #: Whether the outbox takes a message, which sees to it from then on; None: there is no outbox.
        self.keeps: Callable[[Message, Receipt, bool], bool] | None = None

    def send(self, message: Message, use_filters: bool) -> Receipt:
        """Send a message.

        :returns: what is known of it. What `Sender.send` raises is raised.
        """
        get = message.xml.get
        receipt = _new(Receipt)
        receipt._deliveries = self
        receipt.late = receipt.leg = None
        receipt.id = get("id", "")
        receipt.to = get("to", "")
        if self.keeps is not None and self.keeps(message, receipt, use_filters):
            return receipt
        if "delivery" in self._handled:
            self._keep(receipt)
        self._sender.send(message, use_filters, receipt)
        return receipt

    def receipt(self, id: str, to: str) -> Receipt:
        """A receipt for a message that is sent again."""
        receipt = _new(Receipt)
        receipt._deliveries = self
        receipt.late = receipt.leg = None
        receipt.id, receipt.to, receipt.number = id, to, 0
        return receipt

    def _keep(self, receipt: Receipt) -> None:
        if self._kept is None:
            self._kept = deque(maxlen=KEPT)
        self._kept.append(receipt)
        self.note(receipt)

    def note(self, receipt: Receipt) -> None:
        """A receipt is asked for something: see to it that it learns what happens, and what has happened."""
        receipt.late = _Late()
        if receipt.id:
            self._known[receipt.id] = receipt
            for answer in self._answers.pop(receipt.id, ()):
                answer(receipt)
        if receipt.leg is not None:
            receipt.leg.wait(receipt)

    def tell(self, receipt: Receipt) -> None:
        """Raise the event."""
        if "delivery" in self._handled:
            self.host.event("delivery", receipt)

    @property
    def unsent(self) -> int:
        """Bytes that the operating system has not taken yet."""
        return self.host.unsent

    def counts(self, receipt: Receipt) -> bool:
        """Whether it will be known that the server has a message."""
        leg = receipt.leg or self._sender.leg
        return leg.session is not None or self.keeps is not None

    # --- what others answer ---------------------------------------------------------------------------

    def confirmed(
        self, id: str, sender: JID, evidence: DeliveryEvidence, *, exact: bool = False, kept: bool = False
    ) -> bool:
        """Somebody says that a message has come. It counts if it was sent to them.

        :param sender: who says so.
        :param exact: they may be the occupant of a room, who shares a bare address with others.
        :param kept: it counts only for a message that is in the outbox.
        :returns: whether it is known to count.
        """

        def answer(receipt: Receipt) -> bool:
            to = _address(receipt.to, self.host.boundjid.bare_jid)
            counts = sender == to or (sender.bare == to.bare and not (exact and to.resource))
            if counts:
                receipt.deliver(evidence)
            return counts

        if kept:
            receipt = self._known.get(id)
            return receipt is not None and receipt.is_kept and answer(receipt)
        return bool(self._answer(id, answer))

    def refused(self, error: Message) -> None:
        """A message came back as an error. It counts if it is from whom the message was sent to, from the account, the
        room or the server of that, or from our own server: nobody else can know why it did not arrive."""
        sender: JID = error["from"]

        def answer(receipt: Receipt) -> None:
            own = self.host.boundjid
            to = _address(receipt.to, own.bare_jid)
            if sender in (JID(""), to, to.bare_jid, JID(to.domain), JID(own.domain)):
                condition = error["error"]["condition"] or "undefined-condition"
                text = error["error"]["text"]
                receipt.fail(DeliveryReason.ERROR, f"{condition}: {text}" if text else condition, error)

        self._answer(error["id"], answer)

    def _answer(self, id: str, answer: Callable[[Receipt], object]) -> object:
        receipt = self._known.get(id)
        if receipt is not None:
            return answer(receipt)
        if id:
            said = self._answers.setdefault(id, [])
            if len(said) < 4:  # somebody who knows the id may say what they like: those before them stay
                said.append(answer)
            if len(self._answers) > ANSWERS:
                del self._answers[next(iter(self._answers))]
        return None


def _address(text: str, otherwise: JID) -> JID:
    """Whom something was sent to; the program may have written what is no address."""
    try:
        return JID(text) if text else otherwise
    except InvalidJID:
        return otherwise
