# SPDX-License-Identifier: MIT
"""Two clients that talk to each other while their connections are broken again and again, and what came of it.

Each client has a proxy of its own (`chaos_proxy`). A connection is broken so long after its session began or went on;
of every fifth connection it is counted from TCP's accept, so that negotiations are broken as well.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import resource
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from chaos_proxy import ChaosProxy, Fault, How, Inside, Tls, Weather
from sessions import make_client, new_account

from xmppkit import ClientXMPP
from xmppkit.exceptions import NotConnectedError, QueueFull
from xmppkit.settings import Settings

__all__ = [
    "PATIENCE",
    "QUIET",
    "Breaking",
    "Chat",
    "Tally",
    "chat",
    "descriptors",
    "memory",
    "number_of",
    "talk",
    "through",
]

#: Every so manieth connection is broken in its negotiation.
_EARLY = 5
#: Seconds without anything new after which what has not come is lost.
PATIENCE = 60.0
#: Messages of an archive at a time.
PAGE = 250
#: Seconds in which doubles may still come.
QUIET = 2.0


@dataclass(frozen=True, slots=True)
class Breaking:
    """How connections break.

    :ivar ages: seconds from and to, since the session began or went on; None: they do not break.
    :ivar hows: one of these, at random.
    :ivar insides: where, at random; None among them: anywhere.
    """

    ages: tuple[float, float] | None = (0.05, 0.2)
    hows: Sequence[How] = (How.RESET, How.END)
    insides: Sequence[Inside | None] = (None,)


@dataclass(slots=True)
class Tally:
    """What came of a conversation, both directions together.

    :ivar sent: messages that were sent.
    :ivar lost: of these, those that have not come, and are not in the archive of who should have got them either, if
        that was looked at.
    :ivar archived: those that have not come, and are in the archive.
    :ivar doubled: messages that the program was given a second time.
    :ivar inversions: messages that came behind one that was sent later.
    :ivar dropped: messages that came a second time, and that the program was not given.
    :ivar fates: how many of the receipts ended as what.
    :ivar cuts: connections that were broken.
    :ivar connections: those that there were.
    :ivar resumed: sessions that went on.
    :ivar sessions: sessions that began, the first of each client included.
    :ivar ends: what servers have said about sessions that did not go on.
    :ivar seconds: how long it took.
    """

    sent: int = 0
    lost: int = 0
    archived: int = 0
    doubled: int = 0
    inversions: int = 0
    dropped: int = 0
    fates: dict[str, int] = field(default_factory=dict)
    cuts: int = 0
    connections: int = 0
    resumed: int = 0
    sessions: int = 0
    ends: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def perfect(self) -> bool:
        """Whether everything came once, and in order."""
        return not (self.lost or self.doubled or self.inversions)

    def to_json(self) -> dict[str, Any]:
        """For a file of results."""
        return {**asdict(self), "seconds": round(self.seconds, 1)}


def through(client: ClientXMPP, proxy: ChaosProxy) -> ClientXMPP:
    """`client`, which is to connect through `proxy`."""
    client.custom_address = ("127.0.0.1", proxy.port)
    return client


def memory() -> int:
    """Bytes that this process has in memory now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def descriptors() -> int:
    """Open files of this process."""
    return len(os.listdir("/proc/self/fd"))


def number_of(body: str) -> int | None:
    """The number that a message brings."""
    first = body.partition(" ")[0]
    return int(first) if first.isdigit() else None


class Heard:
    """The numbers that one of the two was given. It takes no more memory for more of them, as long as none is missing.

    :ivar count: how many there are.
    :ivar doubled: how often there was one that had come before.
    :ivar inversions: how often there was one that had been sent before another that had come.
    """

    def __init__(self) -> None:
        #: All numbers below have come, and of the others these.
        self._below = 0
        self._beyond: set[int] = set()
        self._highest = -1
        self.count = self.doubled = self.inversions = 0

    def take(self, number: int) -> None:
        """This number came."""
        if number < self._below or number in self._beyond:
            self.doubled += 1
            return
        self._beyond.add(number)
        while self._below in self._beyond:
            self._beyond.remove(self._below)
            self._below += 1
        self.count += 1
        if number < self._highest:
            self.inversions += 1
        self._highest = max(self._highest, number)

    def missing(self, count: int) -> set[int]:
        """Of so many numbers, those that have not come."""
        return {number for number in range(self._below, count) if number not in self._beyond}


class Chatter:
    """One of the two.

    :ivar heard: what it was given.
    :ivar receipts: of all that it has sent.
    :ivar remembers: whether receipts are kept; not where memory is measured.
    """

    def __init__(self, client: ClientXMPP, proxy: ChaosProxy, breaking: Breaking, chance: random.Random) -> None:
        self.client = client
        self.proxy = proxy
        self.address = client.boundjid.bare
        self.heard = Heard()
        self.receipts: list[Any] = []
        self.remembers = True
        self.resumed = self.sessions = self.dropped = 0
        self.ends: list[str] = []
        self._breaking = breaking
        self._chance = chance
        self.breaks = False
        client.add_event_handler("message", self._message)
        client.add_event_handler("message_doubled", self._drop)
        client.add_event_handler("session_start", self._started)
        client.add_event_handler("session_resumed", self._went_on)
        client.add_event_handler("stream_error", self._stream_error)
        client.add_event_handler("sm_failed", self._refused)
        client.auto_reconnect = True

    def begin(self) -> None:
        """From now on connections break."""
        self.breaks = True
        self._will_break()

    def _message(self, message: Any) -> None:
        number = number_of(message["body"])
        if number is not None:
            self.heard.take(number)

    def _drop(self, _: object) -> None:
        self.dropped += 1

    def _started(self, _: object) -> None:
        self.sessions += 1
        if self.sessions > 1:
            self.client.send_presence()
        self._will_break()

    def _went_on(self, _: object) -> None:
        self.resumed += 1
        self._will_break()

    def _stream_error(self, error: Any) -> None:
        self.ends.append(f"{error['condition']} {error['text']}".strip())

    def _refused(self, failed: Any) -> None:
        self.ends.append(f"refused: {failed['condition']}")

    def _will_break(self) -> None:
        ages = self._breaking.ages
        if ages is not None and self.breaks:
            asyncio.get_running_loop().call_later(self._chance.uniform(*ages), self._break)

    def _break(self) -> None:
        """Break now what there is, or where the plan says."""
        if not self.breaks:
            return
        how, inside = self._chance.choice(self._breaking.hows), self._chance.choice(self._breaking.insides)
        for link in list(self.proxy.links):
            if inside is None:
                link.break_now(how)
            elif link.broken is None:
                link.fault = Fault(how, inside=inside)

    async def send(self, to: str, numbers: range, rate: float | None, letters: str = "") -> None:
        """Send these numbers.

        :param rate: in a second; None: as fast as they are taken.
        :param letters: what stands behind each.
        """
        begun = time.monotonic()
        for made, number in enumerate(numbers, 1):
            while True:
                try:
                    receipt = self.client.send_message(to, f"{number} {letters}", mtype="chat")
                    break
                except (QueueFull, NotConnectedError):
                    await asyncio.sleep(0.05)
            if self.remembers:
                self.receipts.append(receipt)
            if rate is not None:
                late = begun + made / rate - time.monotonic()
                if late > 0 or made % 20 == 0:
                    await asyncio.sleep(max(0.0, late))
            elif made % 50 == 0:
                await asyncio.sleep(0)


@dataclass(slots=True)
class Chat:
    """Both, in their sessions."""

    pair: tuple[Chatter, Chatter]

    def tally(self, count: int, begun: float) -> Tally:
        """What has come of so many messages each way."""
        told = Tally(sent=2 * count, seconds=time.monotonic() - begun)
        for each in self.pair:
            told.doubled += each.heard.doubled
            told.inversions += each.heard.inversions
            told.dropped += each.dropped
            told.lost += count - each.heard.count
            told.cuts += sum(each.proxy.broken.values())
            told.connections += len(each.proxy.accepted)
            told.resumed += each.resumed
            told.sessions += each.sessions
            told.ends += each.ends
            for receipt in each.receipts:
                name = receipt.state.name.lower()
                told.fates[name] = told.fates.get(name, 0) + 1
        return told

    async def look_up(self, tally: Tally, count: int) -> Tally:
        """`tally`, which tells messages that are in an archive only from those that are lost."""
        for each in self.pair:
            left = each.heard.missing(count)
            missing = len(left)
            if left:
                archive = each.client.plugin["xep_0313"]
                async for result in archive.iterate(rsm={"max": PAGE}, total=10 * count, timeout=PATIENCE):
                    number = number_of(result["mam_result"]["forwarded"]["stanza"]["body"])
                    # What the other has sent: both archives have both directions.
                    if number is not None and result["mam_result"]["forwarded"]["stanza"]["to"].bare == each.address:
                        left.discard(number)
            tally.archived += missing - len(left)
            tally.lost -= missing - len(left)
        return tally

    async def all_came(self, count: int) -> None:
        """Wait until everybody has got so many, or nothing new comes any more."""
        before, since = -1, time.monotonic()
        while any(each.heard.count < count for each in self.pair):
            now = sum(each.heard.count for each in self.pair)
            if now != before:
                before, since = now, time.monotonic()
            elif time.monotonic() - since > PATIENCE:
                return
            await asyncio.sleep(0.05)


@asynccontextmanager
async def chat(
    server: Any,
    breaking: Breaking,
    *,
    seed: int,
    weather: Weather | None = None,
    prepare: Callable[[ClientXMPP], object] = lambda client: None,
    tls: Tls | None = None,
    management: dict[str, Any] | None = None,
    lasting: bool = False,
    **settings: Any,
) -> AsyncIterator[Chat]:
    """Two new accounts, logged in through a proxy each, and present.

    :param server: what the fixtures of interop/ know as a server.
    :param prepare: called with each client before it connects.
    :param tls: for faults inside of TLS, which then begins with the first byte.
    :param management: options of xep_0198.
    :param lasting: the accounts are to be there when the server was killed: ejabberd loses what was made seconds
        before, unless it is ended in order meanwhile.
    :param settings: of both clients.
    """
    chance = random.Random(seed)
    names = [await new_account(server) for _ in range(2)]
    if lasting:
        await asyncio.to_thread(server.restart)

    def early(number: int) -> Fault | None:
        if breaking.ages is None or number == 0 or number % _EARLY:
            return None
        return Fault(chance.choice(breaking.hows), after=chance.uniform(0.005, 0.06))

    port = server.direct_tls_port if tls is not None else server.port
    told = Settings(**{"reconnect_delay": 0.02, "max_reconnect_delay": 0.1, **settings})
    made: list[Chatter] = []
    async with (
        ChaosProxy(server.host, port, plan=early, weather=weather, tls=tls) as first,
        ChaosProxy(server.host, port, plan=early, weather=weather, tls=tls) as second,
    ):
        for name, proxy in zip(names, (first, second), strict=True):
            client = make_client(server, name, resource="here", direct_tls=tls is not None, settings=told)
            through(client, proxy)
            client.register_plugin("xep_0198", {"window": 10, **(management or {})})
            prepare(client)
            made.append(Chatter(client, proxy, breaking, chance))
        pair = (made[0], made[1])
        try:
            for each in pair:
                each.client.connect()
                await each.client.wait_until("session_start", timeout=PATIENCE)
                each.client.send_presence()
            for each in pair:  # a message for somebody who is not there yet would take another way
                await each.client.get_roster(timeout=PATIENCE)
            for each in pair:
                each.begin()
            yield Chat(pair)
        finally:
            for each in pair:
                each.breaks = False
                each.client.auto_reconnect = False
            for each in pair:
                with suppress(Exception):
                    await each.client.disconnect(wait=1.0)
                each.client.abort()


async def talk(
    server: Any,
    breaking: Breaking,
    *,
    count: int,
    seed: int,
    rate: float | None = 100.0,
    weather: Weather | None = None,
    tls: Tls | None = None,
    limit: float = 1800.0,
    letters: str = "",
    archives: bool = False,
    ending: Callable[[Chat], Awaitable[object]] | None = None,
    **settings: Any,
) -> Tally:
    """`count` messages each way at `rate` in a second, over connections that break.

    They are for the account, not for the one resource: what comes when a session is over waits for the next.

    :param limit: seconds after which it is given up.
    :param letters: what each message has beside its number.
    :param archives: what has not come is looked for in the archives.
    :param ending: what else is to happen in the end, when connections do not break any more.
    """
    begun = time.monotonic()
    async with chat(server, breaking, seed=seed, weather=weather, tls=tls, **settings) as both:
        one, other = both.pair
        with suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await asyncio.gather(
                    one.send(other.address, range(count), rate, letters),
                    other.send(one.address, range(count), rate, letters),
                )
                await both.all_came(count)
        for each in both.pair:
            each.breaks = False
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                for each in both.pair:
                    for receipt in each.receipts:
                        with suppress(Exception):
                            await receipt.acked()
        if ending is not None:
            await ending(both)
        await asyncio.sleep(QUIET)
        tally = both.tally(count, begun)
        if archives:
            await both.look_up(tally, count)
    gc.collect()
    return tally
