# SPDX-License-Identifier: MIT
"""Stream management (XEP-0198): a session whose stanzas are counted, and which may outlive its stream.

Both ends count, modulo 2³², from the moment in which stream management is enabled (§4): the stanzas that they have sent
and the stanzas that they have handled. What was sent stays here until the peer says that it has handled it; what came
is acknowledged when the application has handled it. A `ManagedSession` is these four numbers and the stanzas between
two of them. It belongs to no stream: when one is lost, the next takes it over (§5), sends again what the peer has not
handled, and throws away what the peer sends again although we have it.

What is done on a stream with a session is in `xmppkit.protocol.manager`, its negotiation in
`xmppkit.protocol.features.management`.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from xmppkit.exceptions import ConfigurationError, LocalProtocolError, QueueFull
from xmppkit.jid.address import JID
from xmppkit.records import record
from xmppkit.xml import names
from xmppkit.xml.limits import MIB
from xmppkit.xml.serializer import serialize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

    from xmppkit.stanza.base import StanzaBase

__all__ = ["MODULUS", "ManagedSession", "ManagementOptions", "Unacked"]

#: What counts are taken modulo (§4).
MODULUS = 2**32


@record(frozen=True, slots=True, kw_only=True)
class ManagementOptions:
    """How a stream uses stream management. Times are seconds.

    :raises ConfigurationError: a value outside its bounds.
    """

    resume: bool = True
    """Initiator: ask for a session that can be resumed. Receiver: allow it."""

    max_seconds: int | None = None
    """For how long a session without a connection is kept. Initiator: what to ask for. Receiver: what it says, and
    the least of this and of what the client asks for; None says nothing."""

    location: str = ""
    """Receiver: where to connect for resuming, as ``host`` or ``host:port``; empty says nothing."""

    window: int = 5
    """After so many stanzas the peer is asked what it has handled; 0: never because of their number."""

    request_delay: float = 2.0
    """The peer is asked at the latest so long after a stanza was sent."""

    ack_timeout: float | None = None
    """A stream whose peer does not answer for so long is lost; None waits for ever. While the
    driver says that it does not read (`Connection.listen`), nobody waits."""

    ack_delay: float = 5.0
    """What was handled is acknowledged at the latest so long after it came, although nobody has asked."""

    max_unacked: int = 1000
    """Stanzas that may wait for being acknowledged; a further one is refused with `QueueFull`."""

    max_unacked_bytes: int = 4 * MIB
    """The same in characters of XML. One stanza may always wait, however large it is."""

    pace: int = 3072
    """Initiator: bytes of stanzas that may be under way, not acknowledged, when a session has gone on; what else is
    sent follows when they are. 0: any number. What it is good for is said in `xmppkit.protocol.pace`."""

    pace_seconds: float | None = 1.0
    """For so long after a resumption; None: all the time, also in a session that is new."""

    pace_new: bool = False
    """Initiator: also at the beginning of a session that is new, for it follows one that was lost."""

    by_hand: bool = False
    """A stanza counts as handled when `ManagedSession.acknowledge` says so; else when `Connection.events` has given it
    out."""

    def __post_init__(self) -> None:
        least = {"window": 0, "max_unacked": 1, "max_unacked_bytes": 1, "max_seconds": 1, "pace": 0}
        for name, minimum in least.items():
            value = getattr(self, name)
            if value is not None and value < minimum:
                raise ConfigurationError(f"{name} takes a whole number of {minimum} or more, not {value!r}")
        for name in ("request_delay", "ack_timeout", "ack_delay", "pace_seconds"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ConfigurationError(f"{name} takes a positive number of seconds, not {value!r}")


class Unacked(NamedTuple):
    """A stanza of which nobody knows yet whether the peer has handled it.

    :ivar stanza: what was sent; a program that goes on to change it changes it here, but not what is sent again.
    :ivar text: its XML, as it was sent.
    :ivar at: what `Connection.send` was told of the time; None: nothing.
    """

    stanza: StanzaBase | Element
    text: str
    at: float | None


class ManagedSession:
    """What both ends know of a session whose stanzas are counted.

    :param jid: the client's full address.
    :param options: the bounds of what may wait.
    :ivar id: what names it when it is resumed (§5); empty: it cannot be.
    :ivar location: where the server would like us to connect for that, as it said it.
    :ivar max_seconds: for how long the server keeps it without a connection; None: it did not say.
    :ivar closed: its stream was closed in order, or resuming it was refused: it is over.
    :ivar received: how many of the peer's stanzas have come.
    :ivar handled: how many of them are handled.
    :ivar repeats: of the stanzas that come next, how many are here already.
    """

    __slots__ = (
        "_options",
        "_queue",
        "_settled",
        "_size",
        "_told",
        "_vague",
        "closed",
        "handled",
        "id",
        "jid",
        "location",
        "max_seconds",
        "received",
        "repeats",
    )

    def __init__(
        self,
        jid: JID | str,
        options: ManagementOptions | None = None,
        *,
        id: str = "",
        location: str = "",
        max_seconds: int | None = None,
        acked: int = 0,
        handled: int = 0,
    ) -> None:
        self.jid = JID(jid)
        self.id = id
        self.location = location
        self.max_seconds = max_seconds
        self.closed = False
        #: How many of our stanzas the peer has handled; not modulo anything.
        self._settled = acked
        self.received = self.handled = self._told = handled
        self._options = options or ManagementOptions()
        self._queue: deque[tuple[StanzaBase | Element, str, float | None]] = deque()
        self._size = 0
        #: Whether more may have been sent than is known here.
        self._vague = False
        self.repeats = 0

    def __repr__(self) -> str:
        counts = f"sent {self.sent}, acked {self.acked}, received {self.received}, handled {self.handled}"
        return f"<{type(self).__name__} {self.jid.full}: {counts}>"

    @property
    def resumable(self) -> bool:
        """Whether another stream may go on with it."""
        return bool(self.id) and not self.closed

    # --- what we send ---------------------------------------------------------------------------------

    def __len__(self) -> int:
        """How many stanzas wait for being acknowledged."""
        return len(self._queue)

    @property
    def size(self) -> int:
        """About how large they are together, in characters."""
        return self._size

    def __iter__(self) -> Iterator[Unacked]:
        """These stanzas, oldest first."""
        return map(Unacked._make, tuple(self._queue))

    def __bool__(self) -> bool:
        return True

    @property
    def sent(self) -> int:
        """How many stanzas we have sent."""
        return (self._settled + len(self._queue)) % MODULUS

    @property
    def acked(self) -> int:
        """How many of our stanzas the peer has handled."""
        return self._settled % MODULUS

    @property
    def count(self) -> int:
        """How many stanzas we have sent, not modulo anything: the number of the last one."""
        return self._settled + len(self._queue)

    @property
    def settled(self) -> int:
        """The number of the last stanza that the peer has handled."""
        return self._settled

    def put(self, stanza: StanzaBase | Element, text: str, at: float | None = None) -> None:
        """Count a stanza that is sent now.

        :raises QueueFull: too many wait already, or too large ones.
        """
        options, size = self._options, self._size + len(text)
        if len(self._queue) >= options.max_unacked or size > options.max_unacked_bytes:
            self.check(len(text))
        self._queue.append((stanza, text, at))
        self._size = size

    def check(self, size: int, count: int = 1) -> None:
        """Return if so many more stanzas may wait.

        :param size: of all of them together, in characters.
        :raises QueueFull: they may not.
        """
        options, waiting = self._options, len(self._queue)
        if waiting + count > options.max_unacked or (waiting and self._size + size > options.max_unacked_bytes):
            raise QueueFull(
                f"{waiting} stanzas wait for being acknowledged, and no more are taken: send again when some are"
            )

    def hold(self, element: Element, namespace: str = names.CLIENT) -> None:
        """Count a stanza that will be sent by the next stream, for there is none now.

        :param namespace: the streams' namespace.
        :raises QueueFull: as `put`.
        """
        self.put(element, serialize(element, default_namespace=namespace))

    def recall(self, unacked: Iterable[Unacked]) -> None:
        """Take over what an earlier process has sent and written down, oldest first. It may have sent more than that:
        until the peer has told how much it has handled, any count is believed."""
        for stanza, text, at in unacked:
            self._queue.append((stanza, text, at))
            self._size += len(text)
        self._vague = True

    def settle(self, h: int) -> tuple[StanzaBase | Element, ...] | None:
        """The peer has handled `h` of our stanzas: those of them that it had not handled before, which are forgotten
        here; None if it was never sent so many. A count that is older than the last one says nothing."""
        news = (h - self._settled) % MODULUS
        vague, self._vague = self._vague, False
        if news > len(self._queue):
            if vague and news <= MODULUS // 2:
                done = [each[0] for each in self._queue]
                self._queue.clear()
                self._size = 0
                self._settled += news
                return tuple(done)
            return () if MODULUS - news <= min(self._settled, MODULUS // 2) else None
        done = []
        for _ in range(news):
            stanza, text, _at = self._queue.popleft()
            self._size -= len(text)
            done.append(stanza)
        self._settled += news
        return tuple(done)

    def give_up(self) -> tuple[Unacked, ...]:
        """The session is over: what nobody knows the fate of, which is forgotten here."""
        self.closed = True
        rest = tuple(self)
        self._queue.clear()
        self._size = 0
        return rest

    # --- what comes -----------------------------------------------------------------------------------

    def came(self) -> bool:
        """A stanza came; whether it is a new one. After a resumption it may be one that is here already."""
        if self.repeats:
            self.repeats -= 1
            return False
        self.received = (self.received + 1) % MODULUS
        return True

    def acknowledge(self, count: int = 1) -> None:
        """So many further stanzas are handled, in the order in which they came.

        :raises LocalProtocolError: there are not so many that have come and are not handled.
        """
        if not 0 <= count <= (self.received - self.handled) % MODULUS:
            raise LocalProtocolError(f"{count} stanzas cannot be acknowledged: {self.in_hand} are not yet")
        self.handled = (self.handled + count) % MODULUS

    @property
    def in_hand(self) -> int:
        """How many stanzas have come and are not handled."""
        return (self.received - self.handled) % MODULUS

    def lose(self, count: int) -> None:
        """Of the stanzas that came last, so many will never be handled, for the connection was given up before they
        were looked at. The peer sends them again when the session is resumed.

        :raises LocalProtocolError: there are not so many that are not handled.
        """
        if not 0 <= count <= self.in_hand:
            raise LocalProtocolError(f"{count} stanzas cannot be lost: {self.in_hand} are not handled")
        self.received = (self.received - count) % MODULUS

    def tell(self) -> int:
        """How many stanzas are handled, to tell the peer with whom another stream is to go on: it will send again what
        came behind them."""
        self._told = self.handled
        return self.handled

    @property
    def told(self) -> int:
        """What `tell` has said last."""
        return self._told

    def go_on(self) -> None:
        """Another stream takes over, and the peer was told what is handled: what is here and came behind that will come
        again, whether or not it has been handled since."""
        self.repeats = (self.received - self._told) % MODULUS

    @property
    def tellable(self) -> int:
        """How many stanzas the peer may be told to be handled: none that it is about to send again."""
        repeats = self.repeats
        return self.handled if self.in_hand >= repeats else (self.received - repeats) % MODULUS
