# SPDX-License-Identifier: MIT
"""A session in a storage, so that another process can go on with it (XEP-0198 §5).

What is written, in one transaction each, at most `PAUSE` after it has changed:

- the session's id, address, place and time, when it begins;
- each stanza that was sent, until it is acknowledged;
- how many of the server's stanzas are handled. *The server is told so only when it is written*: what a process has not
  handled when it ends, however it ends, comes again to the next one.

So of a process that is killed may be lost what it has sent in the last moment, if that has not left either; and what it
has handled in the last moment comes twice. Whoever needs more for what is sent uses an outbox.

The event loop waits for none of it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element, ParseError, fromstring

from xmppkit.exceptions import StorageConflict, StorageError
from xmppkit.jid.address import JID
from xmppkit.protocol.management import MODULUS, ManagedSession, Unacked
from xmppkit.storage.records import Limits, Scope
from xmppkit.xml.limits import MIB
from xmppkit.xml.names import CLIENT

if TYPE_CHECKING:
    from xmppkit.protocol.management import ManagementOptions
    from xmppkit.stanza.base import StanzaBase
    from xmppkit.storage.base import Batch, Storage
    from xmppkit.storage.claims import Claim
    from xmppkit.storage.records import Value

__all__ = ["PAUSE", "Journal"]

log = logging.getLogger(__name__)

#: Seconds in which changes are collected for one transaction.
PAUSE: Final = 0.05
#: Seconds until the next attempt, when the storage has failed.
_AGAIN: Final = 5.0
#: More than a session may leave open.
_LIMITS: Final = Limits(value=16 * MIB, entries=1_000_000, bytes=1024 * MIB)
_STATE: Final = "session"


class Journal:
    """What is kept of the sessions of one client, one after the other.

    :param storage: where.
    :param jid: the address that is asked for, with its resource if one is. Of several clients with the same one, only
        the first keeps its session.
    :param make: makes stanzas of elements.
    :param loop: gives the event loop.
    """

    __slots__ = (
        "_acknowledged", "_changed", "_claim", "_fresh", "_high", "_hurry", "_jid", "_loop", "_low", "_make",
        "_session", "_state", "_stored", "_task", "_unacked", "pending",
    )  # fmt: skip

    def __init__(
        self,
        storage: Storage,
        jid: JID,
        make: Callable[[Element], StanzaBase],
        loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.get_running_loop,
    ) -> None:
        self._stored = storage
        self._loop = loop
        self._jid = jid
        self._make = make
        scope = Scope(jid.bare, node=jid.resource)
        self._state = storage.collection("session", scope, limits=_LIMITS)
        self._unacked = storage.collection("session.unacked", scope, limits=_LIMITS)
        self._claim: Claim | None = None
        self._session: ManagedSession | None = None
        #: Whether what is in the storage is of another session.
        self._fresh = False
        #: The numbers of the stanzas that are in the storage: those above the first, up to the second.
        self._low = self._high = 0
        self._changed = False
        self._task: asyncio.Future[None] | None = None
        self._hurry: asyncio.Event | None = None
        #: Stanzas that are handled, and of which that is not written yet.
        self.pending = 0
        #: Called with how many of them are now.
        self._acknowledged: Callable[[int], object] | None = None

    @property
    def claimed(self) -> bool:
        """Whether the sessions are kept here, and by nobody else."""
        return self._claim is not None

    # --- the earlier process --------------------------------------------------------------------------

    async def recall(self, options: ManagementOptions) -> ManagedSession | None:
        """The session that an earlier process has left; None: there is none, or somebody else is about it."""
        try:
            self._claim = self._claim or self._stored.claim(f"the session of {self._jid.full}")
            state = await self._state.get(_STATE)
            unacked = [(int(each.key), _unacked(each.value, self._make)) async for each in self._unacked.items()]
        except StorageConflict as error:
            log.warning("the session will not be kept: %s", error)
            return None
        except (StorageError, ValueError) as error:
            log.error("the session of an earlier process cannot be read: %s", error)
            self._fresh = True
            return None
        if not isinstance(state, dict):
            return None
        try:
            session = _session(state, options)
        except (KeyError, TypeError, ValueError) as error:  # also a JID that is none
            log.error("the session of an earlier process cannot be understood: %r", error)
            self._fresh = True
            return None
        sent = [each for number, each in sorted(unacked, key=_number) if number > session.settled and each is not None]
        session.recall(sent)
        self._session = session
        self._low, self._high = session.settled, session.count
        return session

    # --- this one ---------------------------------------------------------------------------------------

    def begin(self, session: ManagedSession) -> None:
        """Keep a session from here on: a new one, or one that goes on."""
        if session is not self._session:
            self._session, self._fresh, self.pending = session, True, 0
        self._acknowledged = session.acknowledge
        self._touch_now()

    def handled(self, count: int) -> None:
        """So many further stanzas are handled. The session is told so when it is written."""
        self.pending += count
        self.touch()

    def hasten(self) -> None:
        """The session is about to be closed in order: what is handled is so, whether it is written or not."""
        count, self.pending = self.pending, 0
        if count and self._acknowledged is not None:
            self._acknowledged(count)

    def end(self) -> None:
        """There is no session that could go on, and nothing of it to be sent in the next."""
        self.pending = 0
        self._session, self._fresh = None, True
        self._touch_now()  # a program that has said good-bye may not be there for long

    def touch(self) -> None:
        """Something has changed."""
        self._changed = True
        if self._task is None and self._claim is not None:
            self._hurry = asyncio.Event()
            self._task = self._loop().create_task(self._work(self._hurry))
            self._task.add_done_callback(self._rest)

    def _touch_now(self) -> None:
        """Something has changed that is not to wait for more."""
        self.touch()
        if self._hurry is not None:
            self._hurry.set()

    async def settled(self) -> None:
        """Wait until everything is written."""
        while self._task is not None and self._hurry is not None:
            self._hurry.set()
            await asyncio.wait((self._task,))

    def release(self) -> None:
        """Let others keep their sessions under the same address."""
        if self._claim is not None:
            self._claim.release()
            self._claim = None

    # --- writing ----------------------------------------------------------------------------------------

    def _rest(self, task: asyncio.Future[None]) -> None:
        self._task = self._hurry = None
        if self._changed and not task.cancelled():
            self.touch()

    async def _work(self, hurry: asyncio.Event) -> None:
        await _pause(hurry, PAUSE)
        self._changed = False
        session, pending = self._session, self.pending
        batch = self._stored.batch()
        low, high = self._changes(batch, session, pending)
        try:
            await batch.commit()
        except StorageError as error:
            log.error("the session cannot be kept, and another process could not go on with it: %s", error)
            self._fresh = self._changed = True
            self._written(session, pending)  # the server would wait for ever
            await _pause(hurry, _AGAIN)
            if hurry.is_set():  # whoever waits does not wait for that
                self._changed = False
            return
        self._low, self._high = low, high
        self._written(session, pending)

    def _written(self, session: ManagedSession | None, pending: int) -> None:
        if session is self._session and pending <= self.pending:
            self.pending -= pending
            if pending and self._acknowledged is not None:
                self._acknowledged(pending)

    def _changes(self, batch: Batch, session: ManagedSession | None, pending: int) -> tuple[int, int]:
        """What is to be written; the numbers of the stanzas that are in the storage then."""
        low, high = self._low, self._high
        if self._fresh:
            batch.clear(self._unacked)
            self._fresh = False
            low = high = session.settled if session is not None else 0
        if session is None:
            batch.delete(self._state, _STATE)
            return low, high
        settled = session.settled
        for number in range(low + 1, min(settled, high) + 1):
            batch.delete(self._unacked, str(number))
        first = max(settled, high)
        for number, unacked in enumerate(islice(session, first - settled, None), first + 1):
            batch.put(self._unacked, str(number), [unacked.text, unacked.at])
        batch.put(self._state, _STATE, _state(session, pending))
        return settled, max(high, session.count)


async def _pause(hurry: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(hurry.wait(), seconds)
    except TimeoutError:
        return


def _number(numbered: tuple[int, Any]) -> int:
    return numbered[0]


def _state(session: ManagedSession, pending: int) -> Value:
    return {
        "id": session.id,
        "jid": session.jid.full,
        "location": session.location,
        "max": session.max_seconds,
        "acked": session.settled,
        "handled": (session.handled + pending) % MODULUS,
        "at": int(time.time()),
    }


def _session(state: dict[str, Any], options: ManagementOptions) -> ManagedSession:
    """A session of what is kept of it; raises KeyError, TypeError or ValueError if that is not right."""
    most = state["max"]
    return ManagedSession(
        JID(str(state["jid"])),
        options,
        id=str(state["id"]),
        location=str(state["location"]),
        max_seconds=None if most is None else int(most),
        acked=int(state["acked"]),
        handled=int(state["handled"]),
    )


def _unacked(value: Value, make: Callable[[Element], StanzaBase]) -> Unacked | None:
    """A stanza of what is kept of it; None: that is not right."""
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[0], str):
        return None
    text, at = str(value[0]), value[1]
    try:
        element = fromstring(f"<x xmlns='{CLIENT}'>{text}</x>")[0]  # noqa: S314 - we have written it
    except (ParseError, IndexError):
        return None
    return Unacked(make(element), text, at if isinstance(at, int | float) else None)
