# SPDX-License-Identifier: MIT
"""Stream management on one stream (XEP-0198 §4): counting, asking, answering, and noticing that nobody answers.

What is said is decided when the driver takes the bytes, so that any number of requests in one read has one answer, and
any number of stanzas in one turn one request behind them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol
from xml.etree.ElementTree import Element, ParseError, fromstring

from xmppkit.exceptions import ConnectionLost, MalformedStream, UnserializableXML
from xmppkit.protocol.events import StanzasAcked
from xmppkit.protocol.management import MODULUS
from xmppkit.protocol.pace import Pace
from xmppkit.protocol.timer import Timer
from xmppkit.xml import names
from xmppkit.xml.serializer import serialize

if TYPE_CHECKING:
    from collections.abc import MutableSequence

    from xmppkit.exceptions import RemoteError
    from xmppkit.protocol.events import Event
    from xmppkit.protocol.management import ManagedSession, ManagementOptions
    from xmppkit.stanza.base import StanzaBase

__all__ = ["ACK", "REQUEST", "Manager", "ManagerPort", "count_of"]

REQUEST = names.clark(names.STREAM_MANAGEMENT, "r")
ACK = names.clark(names.STREAM_MANAGEMENT, "a")
_REQUEST = f"<r xmlns='{names.STREAM_MANAGEMENT}'/>"
_ACK = f"<a xmlns='{names.STREAM_MANAGEMENT}' h='%d'/>"
_TOO_HIGH = names.clark(names.STREAM_MANAGEMENT, "handled-count-too-high")
#: Seconds after which a peer that has asked is told again, if there was something that had come and was not handled.
_AGAIN = 0.25
#: XML Schema's integer; a count is one of 32 bits.
_COUNT = re.compile(r"\s*([+-]?[0-9]{1,40})\s*", re.ASCII)


class ManagerPort(Protocol):
    """What the manager needs of its stream."""

    @property
    def where(self) -> str: ...
    def emit(self, event: Event | StanzaBase) -> None: ...
    def fail(
        self, error: RemoteError, condition: str | None = None, text: str = "", detail: Element | None = None
    ) -> None: ...
    def lose(self, error: RemoteError) -> None:
        """End the stream without a closing tag, so that the session can be resumed."""


def count_of(text: str | None) -> int | None:
    """The count that an attribute `h` says, whatever its size; None if it says none."""
    found = _COUNT.fullmatch(text or "")
    return int(found[1]) if found is not None else None


class Manager:
    """The counting of one stream.

    :param stream: the stream.
    :param session: the session that it has, new or resumed.
    :param options: when to ask and when to answer.
    :param out: what is to be written.
    :param namespace: the one whose declaration is left out.
    :param counted: the qualified names of stanzas.
    :param now: a time that has passed.
    """

    __slots__ = (
        "_alive",
        "_answer",
        "_ask",
        "_ask_timer",
        "_asked",
        "_by_hand",
        "_changed",
        "_deaf",
        "_namespace",
        "_options",
        "_out",
        "_owed",
        "_pace",
        "_pace_timer",
        "_requested",
        "_since",
        "_stream",
        "_tell_timer",
        "_told",
        "_when",
        "counted",
        "session",
        "ungiven",
    )

    def __init__(
        self,
        stream: ManagerPort,
        session: ManagedSession,
        options: ManagementOptions,
        *,
        out: MutableSequence[str],
        namespace: str,
        counted: frozenset[str],
        now: float,
    ) -> None:
        self.session = session
        self.counted = counted
        self._stream = stream
        self._options = options
        self._out = out
        self._namespace = namespace
        #: Stanzas sent since the last request.
        self._since = 0
        #: Whether a request, and an answer, are due; whether a request has not been answered.
        self._ask = self._answer = self._asked = False
        #: Whether the peer has asked, and whether it was told less than it had sent.
        self._requested = self._owed = False
        #: The last count that the peer was told.
        self._told = session.told
        #: Stanzas that have come, that the application has not been given, and that are handled when it is.
        self.ungiven = 0
        self._by_hand = options.by_hand
        #: The earliest deadline, unless it may have changed.
        self._when: float | None = None
        self._changed = False
        self._ask_timer = Timer(now)
        self._tell_timer = Timer(now)
        self._alive = Timer(now)
        #: What bounds what is under way; None: nothing does.
        self._pace: Pace | None = None
        self._pace_timer = Timer(now)
        #: Whether what the peer says cannot be heard, for we do not read.
        self._deaf = False

    # --- sending --------------------------------------------------------------------------------------

    def send(self, stanza: StanzaBase | Element, text: str, at: float | None = None) -> bool:
        """A stanza is about to be written: count it.

        :param text: how it is written.
        :returns: whether it is to be written now; otherwise it will be, from here, when it may.
        :raises QueueFull: too much waits for being acknowledged; it is not to be written.
        """
        self.session.put(stanza, text, at)
        # As in `_sent`, which would be another call for every stanza.
        self._since += 1
        if self._since == self._options.window:
            self.ask()
        elif self._ask_timer.timeout is None:
            self._start(self._ask_timer, self._options.request_delay)
        if self._pace is None:
            return True
        self._pace.waiting.append(text)
        return False

    def send_text(self, text: str, at: float | None = None) -> None:
        """Raw text is about to be written: count its stanzas, of which there may be any number. What was to be written
        little by little is so no more, for this is written at once.

        :raises QueueFull: as `send`.
        :raises UnserializableXML: it is text of which one cannot tell how many stanzas it has.
        """
        if not text or text.isspace():
            return
        try:
            root = fromstring(  # noqa: S314 - our own program's
                f"<x xmlns='{self._namespace}' xmlns:stream='{names.STREAM}'>{text}</x>"
            )
        except ParseError as error:
            reason = f"whole elements are counted by stream management, and this is none: {error}"
            raise UnserializableXML("text", reason) from None
        stanzas = [each for each in root if each.tag in self.counted]
        for stanza in stanzas:
            stanza.tail = None
        texts = [serialize(each, default_namespace=self._namespace) for each in stanzas]
        self.session.check(sum(map(len, texts)), len(texts))
        if stanzas:
            self.hurry()
        for stanza, written in zip(stanzas, texts, strict=True):
            self.session.put(stanza, written, at)
        self._sent(len(stanzas))

    def _sent(self, count: int) -> None:
        self._since += count
        if 0 < self._options.window <= self._since:
            self.ask()
        elif self._since and self._ask_timer.timeout is None:
            self._start(self._ask_timer, self._options.request_delay)

    def ask(self) -> None:
        """Ask the peer what it has handled."""
        self._ask = True
        if self._options.ack_timeout is not None and self._alive.timeout is None:
            self._start(self._alive, self._options.ack_timeout)
            if self._deaf:
                self._alive.pause()

    def listen(self, on: bool) -> None:
        """Whether bytes are taken from the peer. While they are not, nobody waits for an answer."""
        self._deaf = not on
        if on:
            self._alive.resume()
        else:
            self._alive.pause()
        self._changed = True

    def tell(self) -> None:
        """Tell the peer what we have handled, although it has not asked."""
        self._answer = True

    def resend(self) -> None:
        """Write what the peer has not handled of what earlier streams have sent."""
        if self._pace is not None:
            self._pace.waiting.extend(unacked.text for unacked in self.session)
            return
        for unacked in self.session:
            self._out.append(unacked.text)
        if len(self.session):
            self.ask()

    def pace(self, *, resumed: bool) -> None:
        """From here on only so much may be under way, for so long, as the options say.

        :param resumed: the session goes on; otherwise it is a new one.
        """
        limit, seconds = self._options.pace, self._options.pace_seconds
        if limit and (resumed or seconds is None or self._options.pace_new):
            self._pace = Pace(limit)
            if seconds is not None:
                self._start(self._pace_timer, seconds)

    def _open_up(self) -> None:
        """The time is over for which little may be under way: what waits follows faster and faster."""
        assert self._pace is not None  # the timer is stopped along with it
        self._pace_timer.stop()
        self._pace.opens = True
        self._write_paced(self._pace)

    def hurry(self) -> None:
        """Write all that was held back, and hold nothing back any more."""
        pace, self._pace = self._pace, None
        if pace is None:
            return
        self._pace_timer.stop()
        self._changed = True
        for text in pace.waiting:
            self._out.append(text)
            self._ask = True
        if self._ask:
            self.ask()

    def settle(self) -> None:
        """The bytes are taken now: say what is due."""
        if self._pace is not None:
            self._write_paced(self._pace)
        if self._answer:
            self._told = self.session.tellable
            self._answer = False
            self._out.append(_ACK % self._told)
            if self._requested:
                self._requested, self._owed = False, self._told != self.session.received
        if self._ask:
            self._ask = False
            self._asked = True
            self._since = 0
            self._out.append(_REQUEST)

    @property
    def withheld(self) -> bool:
        """Whether something waits for what the peer acknowledges, and that can be heard."""
        return self._pace is not None and bool(self._pace.waiting) and not self._deaf

    def _write_paced(self, pace: Pace) -> None:
        """Write what may be written now."""
        for text in pace.take():
            self._out.append(text)
            self._ask = True
        if self._ask:
            self.ask()
            pace.spend(len(_REQUEST))
        if self._answer:
            pace.spend(len(_ACK))
        if pace.opens and not pace.waiting:
            self._pace = None

    def farewell(self) -> None:
        """The stream is about to be closed by us (§4): tell what is handled, and ask for the last time."""
        self.hurry()
        self._answer = self._answer or self._told != self.session.tellable
        self._ask = bool(len(self.session))
        self.settle()

    def conclude(self) -> None:
        """The peer has closed its direction (§4): tell what is handled. Nobody is there to be asked."""
        self._ask = False
        self._answer = self._answer or self._told != self.session.tellable
        self.settle()

    # --- receiving ------------------------------------------------------------------------------------

    def came(self) -> bool:
        """A stanza came; whether it is a new one."""
        session = self.session
        if session.repeats:
            return session.came()
        session.received = (session.received + 1) % MODULUS  # as `came` does, for every stanza
        if not self._by_hand:
            self.ungiven += 1
        return True

    def given(self) -> None:
        """The application is given all that came."""
        self.session.acknowledge(self.ungiven)
        self.ungiven = 0

    def receive(self, element: Element) -> None:
        """A request or an acknowledgement came."""
        if element.tag == REQUEST:
            self._answer = self._requested = True
            return
        h = self.count(element)
        if h is None or not self.acked(h):
            return
        # It may answer several requests at once, as we do. If it has not handled everything, it is asked again.
        self._asked = False
        if self._alive.timeout is not None:
            self._alive.stop()
            self._changed = True
        if self._ask:
            self.ask()
        elif len(self.session) and self._ask_timer.timeout is None:
            self._start(self._ask_timer, self._options.request_delay)

    def count(self, element: Element) -> int | None:
        """The count that an element says; without one the stream has ended."""
        h = count_of(element.get("h"))
        if h is None:
            what = "an acknowledgement without a count" if element.get("h") is None else "a count that is no number"
            self._stream.fail(
                MalformedStream(f"the peer sent {what}", condition="bad-format", where=self._stream.where), "bad-format"
            )
        return h

    def acked(self, h: int) -> bool:
        """The peer has handled `h` stanzas: report it. Whether there were so many; if not, the stream has ended, and
        nothing is forgotten."""
        session, pace = self.session, self._pace
        known = 0 <= h < 2**32 and (pace is None or not len(pace) < (h - session.settled) % MODULUS <= len(session))
        done = session.settle(h) if known else None
        if done is None:
            detail = Element(_TOO_HIGH, {"h": str(h), "send-count": str(session.sent)})
            text = f"You acknowledged {h} stanzas, but I only sent you {session.sent} so far."
            error = MalformedStream(
                f"the peer acknowledged {h} stanzas of {session.sent}",
                condition="undefined-condition",
                where=self._stream.where,
            )
            self._stream.fail(error, "undefined-condition", text, detail)
            return False
        if done:
            if pace is not None:
                pace.acked(len(done))
            self._stream.emit(StanzasAcked(done))
        return True

    # --- time -----------------------------------------------------------------------------------------

    def deadline(self) -> float | None:
        """When to call `handle_timer` next; None if there is nothing to wait for. Timers are not stopped when there is
        nothing left to do, for that would be often; they find out."""
        if self._told != self.session.tellable and (self._tell_timer.timeout is None or self._owed):
            self._tell_soon()
        if self._changed:
            self._changed = False
            times = [timer.deadline() for timer in (self._ask_timer, self._tell_timer, self._alive, self._pace_timer)]
            self._when = min((when for when in times if when is not None), default=None)
        return self._when

    def _tell_soon(self) -> None:
        """Something is handled of which the peer does not know. It hears of it sooner if it has asked before it was."""
        seconds = self._options.ack_delay
        if self._owed:
            self._owed, seconds = False, min(seconds, _AGAIN)
        self._start(self._tell_timer, seconds)

    def _start(self, timer: Timer, seconds: float) -> None:
        timer.start(seconds)
        self._changed = True

    def handle_timer(self, now: float) -> None:
        """It is `now`."""
        self._changed = True
        if self._alive.expired(now):
            said = f"the peer has not acknowledged what it was sent for {self._options.ack_timeout:g} s"
            self._stream.lose(ConnectionLost(said, where=self._stream.where))
            return
        if self._pace_timer.expired(now):
            self._open_up()
        if self._ask_timer.expired(now):
            self._ask_timer.stop()
            if len(self.session) and not self._asked:
                self.ask()
        if self._tell_timer.expired(now):
            self._tell_timer.stop()
            self._answer = self._answer or self._told != self.session.tellable
            self._requested = self._answer  # of what is not handled by now it wants to know, too
