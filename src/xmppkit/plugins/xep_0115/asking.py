# SPDX-License-Identifier: MIT
"""Asking what is behind a hash that an entity announces: once for each hash, and not more often than is good.

Whoever can send us presence can announce a new hash with each (XEP-0390 §8.2). So there are two lanes, for contacts and
for everybody else, each with a number of questions at once and a rate. Strangers never take the place of contacts, and
what waits is bounded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import field
from typing import Any, Final, Protocol

from xmppkit.exceptions import XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.records import record
from xmppkit.stanza.iq import Iq

__all__ = ["Asker", "Claim", "Entity", "Limits"]

#: How many others that announce a hash are kept, to be asked when the first does not prove it (XEP-0115 §5.4).
CANDIDATES: Final = 3
#: Of how many it is remembered that they did not prove what they announce.
LIARS: Final = 1000
#: Seconds that an answer may take.
TIMEOUT: Final = 30.0
_TIMER: Final = "entity capabilities: questions that wait"


@record(frozen=True, slots=True)
class Claim:
    """A hash that somebody announces.

    :ivar key: its name in the cache; None for a function that is not known, whose answers hold for one address only.
    :ivar node: the node to ask.
    :ivar certify: what of an answer the hash proves; None: it proves nothing.
    """

    key: str | None
    node: str
    certify: Callable[[DiscoInfo], DiscoInfo | None]


@record(frozen=True, slots=True)
class Entity:
    """Who announces it.

    :ivar jid: the full address.
    :ivar own: the own address that was told, for components.
    :ivar is_contact: we have asked for its presence.
    """

    jid: JID
    own: JID | None
    is_contact: bool


@record(frozen=True, slots=True)
class Limits:
    """How much is asked, in each of the two lanes.

    :ivar burst: how many questions may go out at once, after a silence: a roster that comes in.
    :ivar per_second: how many more each second.
    :ivar waiting: how many hashes may wait, in both lanes together.
    """

    burst: int
    per_second: float
    waiting: int


class _Lane:
    """A rate: so many at once, so many more each second."""

    def __init__(self, limits: Callable[[], Limits]) -> None:
        self._limits = limits
        self._left = float(limits().burst)
        self._since = 0.0

    def wait(self, now: float) -> float:
        """Seconds until one more may go out; 0: now."""
        limits = self._limits()
        self._left = min(float(limits.burst), self._left + (now - self._since) * limits.per_second)
        self._since = now
        return 0.0 if self._left >= 1 else (1 - self._left) / limits.per_second

    def take(self) -> None:
        """One goes out."""
        self._left -= 1


@record(slots=True)
class _Question:
    claim: Claim
    entities: deque[Entity] = field(default_factory=deque)
    is_asked: bool = False

    @property
    def is_contact(self) -> bool:
        return any(entity.is_contact for entity in self.entities)


class Stream(Protocol):
    """What is needed of the stream."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...
    def make_iq_get(self, *, ito: JID, ifrom: JID | None) -> Iq: ...
    def spawn(self, coro: Coroutine[Any, Any, None], /) -> asyncio.Future[None]: ...
    def schedule(self, name: str, seconds: float, callback: Callable[[], object]) -> None: ...
    def cancel_schedule(self, name: str) -> None: ...


class Asker:
    """Asks.

    :param xmpp: the stream.
    :param limits: how much; asked each time.
    :param known: takes what was proved, and by whom.
    """

    def __init__(
        self, xmpp: Stream, limits: Callable[[], Limits], known: Callable[[Claim, Entity, DiscoInfo], Awaitable[None]]
    ) -> None:
        self._xmpp = xmpp
        self._limits = limits
        self._known = known
        self._questions: dict[str, _Question] = {}
        self._lanes = {True: _Lane(limits), False: _Lane(limits)}
        self._liars: dict[tuple[str, str], None] = {}
        self._waits = False
        self._tasks: set[asyncio.Future[None]] = set()

    def __len__(self) -> int:
        """How many hashes are asked for, or wait."""
        return len(self._questions)

    def consider(self, claim: Claim, entity: Entity) -> None:
        """Ask what is behind a hash, unless that is being asked, has failed, or is too much."""
        key = claim.key or f"{entity.jid.full} {claim.node}"
        if (key, entity.jid.full) in self._liars:
            return
        question = self._questions.get(key)
        if question is None:
            if not self._has_room(entity):
                return
            question = self._questions[key] = _Question(claim)
        known = [each.jid for each in question.entities]
        if entity.jid not in known and len(known) < CANDIDATES:
            question.entities.append(entity)
        self._go_on()

    def has_enough(self, key: str) -> bool:
        """Whether a hash is asked for, or will be, and it is known whom to ask."""
        question = self._questions.get(key)
        return question is not None and len(question.entities) >= CANDIDATES

    def _has_room(self, entity: Entity) -> bool:
        if len(self._questions) < self._limits().waiting:
            return True
        if not entity.is_contact:
            return False
        for key, question in self._questions.items():
            if not (question.is_asked or question.is_contact):
                del self._questions[key]
                return True
        return False

    def forget(self) -> None:
        """Forget what is asked and what waits: the session is over."""
        self._questions.clear()
        self._liars.clear()
        for task in list(self._tasks):
            task.cancel()
        self._waits = False
        self._xmpp.cancel_schedule(_TIMER)

    def _go_on(self) -> None:
        """Ask what may be asked now."""
        now = self._xmpp.loop.time()
        waits: list[float] = []
        for is_contact, lane in self._lanes.items():
            mine = [each for each in self._questions.values() if not each.is_asked and each.is_contact is is_contact]
            for question in mine:
                wait = lane.wait(now)
                if wait:
                    waits.append(wait)
                    break
                lane.take()
                question.is_asked = True
                task = self._xmpp.spawn(self._ask(question))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        if waits and not self._waits:
            self._waits = True
            self._xmpp.schedule(_TIMER, min(waits), self._woken)

    def _woken(self) -> None:
        self._waits = False
        self._go_on()

    async def _ask(self, question: _Question) -> None:
        try:
            entity = question.entities[0]
            proved = await self._proof(question.claim, entity)
            if proved is not None:
                await self._known(question.claim, entity, proved)
                question.entities.clear()
            else:
                self._note_liar(question, entity)
        except asyncio.CancelledError:
            raise  # the session is over, or the program: nobody else is asked
        except BaseException:
            self._asked(question)
            raise
        self._asked(question)

    async def _proof(self, claim: Claim, entity: Entity) -> DiscoInfo | None:
        iq = self._xmpp.make_iq_get(ito=entity.jid, ifrom=entity.own)
        iq["disco_info"].node = claim.node
        try:
            answer = await iq.send(timeout=TIMEOUT)
        except XMPPError:
            return None
        info = DiscoInfo.of(answer)
        if info is None or (info.node or claim.node) != claim.node:
            return None
        return claim.certify(info)

    def _note_liar(self, question: _Question, entity: Entity) -> None:
        for key, each in self._questions.items():
            if each is question:
                self._liars[key, entity.jid.full] = None
        if len(self._liars) > LIARS:
            del self._liars[next(iter(self._liars))]
        if question.entities and question.entities[0] is entity:
            question.entities.popleft()

    def _asked(self, question: _Question) -> None:
        """Go on with another who announces the same hash, or be through with it."""
        question.is_asked = False
        if not question.entities:
            self._questions = {key: each for key, each in self._questions.items() if each is not question}
        self._go_on()
