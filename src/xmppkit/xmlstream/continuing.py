# SPDX-License-Identifier: MIT
"""A client's session that outlives its connection (XEP-0198 §5).

While a session can be resumed, losing the connection does not end it: what is sent waits, what was asked stays asked,
and the next connection goes on. It is over when the program leaves, when the server does not know it any more, or when
the time is over for which the server keeps it. Then what the server has not acknowledged is sent again in the next
session if it is a message, with the time at which it was sent first (XEP-0203), and is told by the event
``stanza_not_acked`` if it is not: a presence or a request means nothing outside of its session.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol
from xml.etree.ElementTree import Element, SubElement, fromstring

from xmppkit.exceptions import DeliveryFailed, NotConnectedError
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.codecs import DATETIME
from xmppkit.types import DeliveryReason
from xmppkit.xml.names import CLIENT, DELAY, clark
from xmppkit.xmlstream.leg import Leg

if TYPE_CHECKING:
    from xmppkit.protocol.management import ManagedSession, Unacked
    from xmppkit.xmlstream.delivery import Receipt
    from xmppkit.xmlstream.sending import Sender

__all__ = ["Continuation", "ContinuedHost"]

_MESSAGE = clark(CLIENT, "message")
_IQ = clark(CLIENT, "iq")
_DELAY = clark(DELAY, "delay")
#: Seconds after which to look again whether a session that is being resumed is.
_ASKING = 5.0


class ContinuedHost(Protocol):
    """What is needed of the client."""

    end_session_on_disconnect: bool

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...

    def is_connected(self) -> bool: ...

    def event(self, name: str, data: Any = ..., /) -> None: ...


class Continuation:
    """The session of one client, from when it is counted until it is over.

    :param host: the client.
    :param sender: its way out.
    :param over: called when a session that had no connection any more is over for good, with the reason.
    :ivar session: the counts; None: none are kept.
    :ivar broken: a session has lost its connection before, without the program's having wanted that.
    :ivar leaving: the program closes the stream itself, and may not want another session.
    :ivar revived: the session is an earlier process's, and this one has not gone on with it yet.
    """

    __slots__ = (
        "_ends",
        "_host",
        "_over",
        "_place",
        "_resends",
        "_sender",
        "_timer",
        "broken",
        "leaving",
        "revived",
        "session",
    )

    def __init__(self, host: ContinuedHost, sender: Sender, over: Callable[[Exception], None]) -> None:
        self._host = host
        self._sender = sender
        self._over = over
        self._timer: asyncio.TimerHandle | None = None
        #: What the program wants to be done when a connection is lost.
        self._ends = True
        #: Where the server would like us to resume, until it has been tried.
        self._place = ""
        self.session: ManagedSession | None = None
        self.broken = self.leaving = self.revived = False
        self._resends = True

    def configure(self, *, resends: bool, waits: bool) -> None:
        """What the program wants.

        :param resends: messages are sent again in the next session.
        :param waits: what cannot be sent because too much is not acknowledged waits, instead of being refused.
        """
        self._resends = resends
        self._sender.waits = waits

    def begin(self, session: ManagedSession) -> None:
        """A session is counted from here on, a new one or one that goes on."""
        self._stop()
        if self.session is None:
            self._ends = self._host.end_session_on_disconnect
        self.session = session
        self.leaving = False
        if session.resumable:
            self._host.end_session_on_disconnect = False

    def revive(self, session: ManagedSession) -> None:
        """Take over the session of an earlier process, of which this one knows nothing else."""
        self._ends = self._host.end_session_on_disconnect
        self.session, self.revived = session, True
        self._place = session.location
        if not session.resumable:
            self.end(again=True)

    def resumable(self) -> ManagedSession | None:
        """The session, if another connection may go on with it."""
        return self.session if self.session is not None and self.session.resumable else None

    def lost(self, in_hand: int) -> None:
        """The session has lost its connection.

        :param in_hand: how many of the stanzas that came are in the hands of the program.
        """
        session = self.session
        if session is None:
            return
        self.broken = self.broken or not self.leaving
        session.lose(session.in_hand - in_hand)
        self._place = session.location
        if not session.resumable:
            self._host.end_session_on_disconnect = self._ends
        elif session.max_seconds is not None and self._timer is None:
            self._timer = self._host.loop.call_later(session.max_seconds, self._expire)

    def _expire(self) -> None:
        """The server keeps the session no longer, or not for long: unless it is being asked just now."""
        self._timer = None
        if self._host.is_connected():
            self._timer = self._host.loop.call_later(_ASKING, self._expire)
        else:
            self.give_up()

    def take_place(self) -> str:
        """Where to connect first; empty: nowhere in particular. It is said once for each connection that was lost."""
        place, self._place = self._place, ""
        return place if self.resumable() is not None else ""

    def give_up(self, *, again: bool = True) -> None:
        """A session without a connection is over, unless it was over already.

        :param again: see `end`.
        """
        if self.session is None:
            return
        revived = self.revived
        self.end(again=again)
        if not revived:  # else nobody here has heard of it
            self._over(NotConnectedError("the session has not been resumed"))
            self._host.event("session_end")

    def end(self, *, again: bool) -> None:
        """The session is over: see to what was not acknowledged. May be repeated.

        :param again: send messages again in the next session; otherwise the program is told of them.
        """
        session, self.session = self.session, None
        self.revived = False
        self._stop()
        if session is None:
            return
        self._host.end_session_on_disconnect = self._ends
        unknown: list[Any] = []
        messages: list[tuple[Any, Receipt | None]] = []
        sender = self._sender
        leg = sender.leg if sender.leg.session is session else Leg(session)
        keeper = sender.keeper
        for number, unacked in enumerate(session.give_up(), session.settled + 1):
            if keeper is not None and keeper(unacked.stanza):
                continue  # it sees to it
            message = _again(unacked) if again and self._resends else None
            if message is not None:
                messages.append((message, sender.again(leg, number, message)))
            else:
                unknown.append(unacked.stanza)
                leg.fates[number] = DeliveryFailed(
                    DeliveryReason.LOST, "its session is over, and nobody knows whether it has arrived"
                )
        leg.end()
        unknown += self._sender.drop_parked(_is_request)
        self._sender.first(messages)
        for stanza in unknown:
            self._host.event("stanza_not_acked", stanza)
        self._host.event("sm_disabled")

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _again(unacked: Unacked) -> StanzaBase | Element | None:
    """What to send in the next session; None if it means nothing there. The text is taken, for the program may have
    changed the stanza."""
    element = fromstring(f"<x xmlns='{CLIENT}'>{unacked.text}</x>")[0]  # noqa: S314 - we have written it
    if element.tag != _MESSAGE or element.get("type") == "error":
        return None
    if unacked.at is not None and element.find(_DELAY) is None:
        stamp = datetime.datetime.fromtimestamp(int(unacked.at), datetime.UTC)
        SubElement(element, _DELAY, {"stamp": DATETIME.encode(stamp)})
    if isinstance(unacked.stanza, StanzaBase):
        return type(unacked.stanza)(unacked.stanza.stream, element)
    return element


def _is_request(data: Any) -> bool:
    """Whether something is a request whose answer nobody waits for any more."""
    element = data.xml if isinstance(data, StanzaBase) else data
    return isinstance(element, Element) and element.tag == _IQ and element.get("type") in ("get", "set")
