# SPDX-License-Identifier: MIT
"""The figures of docs/reliability: each a coroutine that tries something at a server, and says what came of it.

A figure takes the server, a seed and whether there is little time, and returns a `Figure`. What a client can promise
depends on the server where it is the server that changes the order while a session goes on.
"""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from chaos_proxy import ChaosProxy, How, Inside, Tls, Weather
from chaos_talk import PATIENCE, QUIET, Breaking, Chat, chat, descriptors, memory, talk, through
from sessions import make_client, new_account

from xmppkit import ClientXMPP
from xmppkit.settings import Settings

__all__ = ["FIGURES", "Figure"]

MIB: Final = 1024 * 1024
#: Seconds for one fault and what follows.
_ROUND: Final = 90.0
#: Seconds for receipts after all is sent.
_CONFIRMED: Final = 30.0
#: In the long conversation: messages each way without a pause, and those that have not come.
_AT_ONCE: Final = 50
_UNDER_WAY: Final = 1000


@dataclass(slots=True)
class Figure:
    """What came of one run.

    :ivar goal: what is to be reached, in words.
    :ivar reached: whether it was.
    :ivar found: the numbers.
    """

    goal: str
    reached: bool
    found: dict[str, Any] = field(default_factory=dict)


# --- R1: connections that break -----------------------------------------------------------------------------------


def _judged(server: Any, tally: Any) -> bool:
    """Order is the server's where it changes the order itself while a session goes on."""
    return tally.perfect if server.name != "ejabberd" else not (tally.lost or tally.doubled)


def _once(server: Any) -> str:
    """What is to be reached where messages are counted."""
    return "lost 0, doubled 0" + ("" if server.name == "ejabberd" else ", out of order 0")


def _outbox(directory: str, *, confirm: bool = False) -> Callable[[ClientXMPP], None]:
    """What gives a client an outbox.

    :param confirm: messages stay in it until they are confirmed.
    """

    def prepare(client: ClientXMPP) -> None:
        for plugin in ("xep_0030", "xep_0059", "xep_0203", "xep_0297", "xep_0313", "xep_0359"):
            client.register_plugin(plugin)
        # With messages that wait for being confirmed, and receipts, there is more in it.
        most = 100_000 if confirm else 10_000
        client.use_outbox(Path(directory) / f"{client.boundjid.user}.db", max_messages=most, confirm=confirm)

    return prepare


async def r1(server: Any, seed: int, quick: bool) -> Figure:
    """10,000 messages each way, 100 a second, without an outbox; each connection is broken 50 to 200 ms after its
    session went on, half by RST, half by FIN."""
    tally = await talk(server, Breaking((0.05, 0.2)), count=200 if quick else 10_000, seed=seed, rate=100)
    return Figure(_once(server), _judged(server, tally), tally.to_json())


async def r1_fast(server: Any, seed: int, quick: bool) -> Figure:
    """The same after 10 to 60 ms."""
    tally = await talk(server, Breaking((0.01, 0.06)), count=100 if quick else 10_000, seed=seed, rate=100)
    return Figure(_once(server), _judged(server, tally), tally.to_json())


async def r1_fast_confirmed(server: Any, seed: int, quick: bool) -> Figure:
    """The same from an outbox, with messages that stay there until their recipients have confirmed them. What nobody
    has confirmed in the end is sent again in one more session."""
    with TemporaryDirectory() as directory:
        told: dict[str, Any] = {"prepare": _outbox(directory, confirm=True), "ending": _all_confirmed}
        tally = await talk(server, Breaking((0.01, 0.06)), count=100 if quick else 10_000, seed=seed, rate=100, **told)
    reached = _judged(server, tally) and set(tally.fates) == {"delivered"}
    return Figure(f"every message confirmed; {_once(server)}", reached, tally.to_json())


async def r1_burst(server: Any, seed: int, quick: bool) -> Figure:
    """5,000 messages each way at once, without an outbox, and connections that break all the while. Little is under way
    all the time (the option `pace_always`)."""
    breaking, count = Breaking((0.05, 0.2)), 200 if quick else 5000
    tally = await talk(server, breaking, count=count, seed=seed, rate=None, management={"pace_always": True})
    return Figure(_once(server), _judged(server, tally), tally.to_json())


async def r1_outbox(server: Any, seed: int, quick: bool) -> Figure:
    """R1 from an outbox. What the program was not given is looked up in the archive."""
    return await _from_outbox(server, seed, count=200 if quick else 10_000, rate=100)


async def r1_outbox_burst(server: Any, seed: int, quick: bool) -> Figure:
    """5,000 messages each way at once from an outbox, and connections that break all the while. What the program was
    not given is looked up in the archive."""
    return await _from_outbox(server, seed, count=100 if quick else 5000, rate=None)


async def _from_outbox(server: Any, seed: int, *, count: int, rate: float | None) -> Figure:
    with TemporaryDirectory() as directory:
        told: dict[str, Any] = {"prepare": _outbox(directory), "archives": server.name != "xmppkit"}
        tally = await talk(server, Breaking((0.05, 0.2)), count=count, seed=seed, rate=rate, **told)
    return Figure(_once(server), _judged(server, tally), tally.to_json())


async def r1_weather(server: Any, seed: int, quick: bool) -> Figure:
    """Delays of up to 300 ms, in pieces of 100 bytes, and connections that break, half-close or end in a black hole."""
    breaking = Breaking((0.5, 2.0), hows=(How.RESET, How.END, How.HALF, How.BLACK_HOLE))
    weather = Weather(delay=(0.0, 0.3), rate=50_000, piece=100)
    count = 30 if quick else 1000
    management = {"ack_timeout": 3.0}
    tally = await talk(server, breaking, count=count, seed=seed, rate=10, weather=weather, management=management)
    return Figure(_once(server), _judged(server, tally), tally.to_json())


async def r1_inside(server: Any, seed: int, quick: bool) -> Figure:
    """Connections break inside of a tag, of a character of several bytes, of a TLS record; with an outbox."""
    found: dict[str, Any] = {}
    reached = True
    for inside in Inside:
        tls = None
        if inside is not Inside.RECORD:
            own = server.certificate
            tls = Tls(own.certificate, own.key, server.ca_file, server.domain)
        breaking, count = Breaking((0.05, 0.2), insides=(inside,)), 60 if quick else 2000
        told: dict[str, Any] = {"tls_library": "ssl"} if tls is not None else {}
        with TemporaryDirectory() as directory:
            told["prepare"] = _outbox(directory)
            told["archives"] = True
            tally = await talk(server, breaking, count=count, seed=seed, rate=100, tls=tls, letters="ü€🎉", **told)
        found[inside.name.lower()] = tally.to_json()
        reached = reached and _judged(server, tally)
    return Figure(_once(server), reached, found)


# --- R2: sessions that are lost -----------------------------------------------------------------------------------


async def _kill(server: Any, both: Chat) -> None:
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)


async def _stop(server: Any, both: Chat) -> None:
    await asyncio.to_thread(server.restart)


async def _expire(server: Any, both: Chat) -> None:
    for each in both.pair:
        each.proxy.open = False
        each.proxy.break_all(How.RESET)
    await asyncio.sleep((server.resume_seconds or 1) + 1.5)
    for each in both.pair:
        each.proxy.open = True


async def _black_hole(server: Any, both: Chat) -> None:
    for each in both.pair:
        each.proxy.break_all(How.BLACK_HOLE)


_LOSSES: Final[dict[str, Callable[[Any, Chat], Awaitable[None]]]] = {
    "kill -9": _kill,
    "SIGTERM": _stop,
    "expiry": _expire,
    "black hole": _black_hole,
}


async def r2(server: Any, seed: int, quick: bool) -> Figure:
    """Sessions are lost, twenty times in each way, in the midst of a conversation; with an outbox and the archive. (The
    embedded server has no archive, and keeps nothing when it ends: there it is not killed.)"""
    reached, found = await _all_losses(server, seed, quick, confirm=False)
    return Figure("every send acknowledged or failed with a reason; lost 0, doubled 0", reached, found)


async def r2_confirmed(server: Any, seed: int, quick: bool) -> Figure:
    """R2 with messages that stay in the outbox until their recipients have confirmed them (`use_outbox(confirm=True)`).
    What nobody has confirmed in the end is sent again in one more session, as it would be in any later one."""
    reached, found = await _all_losses(server, seed, quick, confirm=True)
    delivered = all(set(each["fates"]) == {"delivered"} for each in found.values())
    return Figure("every message confirmed by its recipient; lost 0, doubled 0", reached and delivered, found)


async def _all_losses(server: Any, seed: int, quick: bool, *, confirm: bool) -> tuple[bool, dict[str, Any]]:
    found: dict[str, Any] = {}
    reached = True
    for name, lose in _LOSSES.items():
        if server.name == "xmppkit" and lose in (_kill, _stop):
            continue
        lost = await _losing(server, lose, seed, rounds=2 if quick else 20, confirm=confirm)
        found[name] = lost
        reached = reached and not (lost["lost"] or lost["doubled"] or lost["without fate"])
    return reached, found


async def _losing(
    server: Any, lose: Callable[[Any, Chat], Awaitable[None]], seed: int, *, rounds: int, confirm: bool
) -> Any:
    chance = random.Random(seed)
    with TemporaryDirectory() as directory:
        told: dict[str, Any] = {"ack_timeout": 2.0, "max_reconnect_delay": 1.0, "management": {"ack_timeout": 2.0}}
        told["lasting"] = lose in (_kill, _stop)
        prepare = _outbox(directory, confirm=confirm)
        async with chat(server, Breaking(None), seed=seed, prepare=prepare, **told) as both:
            sent = 0
            for _ in range(rounds):
                sent += await _one_loss(server, both, lose, chance, sent)
            sessions = await _all_confirmed(both) if confirm else 0
            await both.all_came(sent)
            await asyncio.sleep(1.0)
            tally = both.tally(sent, time.monotonic())
            if server.name != "xmppkit":
                await both.look_up(tally, sent)
    fates = Counter(receipt.state.name.lower() for each in both.pair for receipt in each.receipts)
    known = sum(fates[name] for name in ("acked", "delivered", "failed"))
    more = {"sessions more in the end": sessions, "dropped as doubles": tally.dropped} if confirm else {}
    return {
        "rounds": rounds,
        "sent": 2 * sent,
        "fates": dict(fates),
        "without fate": 2 * sent - known,
        "came": 2 * sent - tally.lost - tally.archived,
        "in the archive only": tally.archived,
        "lost": tally.lost,
        "doubled": tally.doubled,
        "sessions": tally.sessions,
        **more,
    }


async def _all_confirmed(both: Chat) -> int:
    """Wait until everything is confirmed; what is not, when nothing new comes any more, is sent again in one more
    session of who has sent it. How many there were."""
    more = 0
    for each in both.pair:
        outbox = each.client.outbox
        assert outbox is not None
        try:
            async with asyncio.timeout(_CONFIRMED):
                await outbox.join()
        except TimeoutError:
            more += 1
            begun = asyncio.create_task(each.client.wait_until("session_start", timeout=_ROUND))
            await each.client.disconnect(wait=1.0)
            each.client.connect()
            await begun
            with suppress(TimeoutError):
                async with asyncio.timeout(_ROUND):
                    await outbox.join()
    return more


async def _one_loss(server: Any, both: Chat, lose: Any, chance: random.Random, begin: int) -> int:
    """Messages before, in the midst of and behind a loss; how many each way."""
    count = 15
    one, other = both.pair
    addresses = [each.client.boundjid.bare for each in both.pair]
    sending = [
        asyncio.create_task(one.send(addresses[1], range(begin, begin + count), 50)),
        asyncio.create_task(other.send(addresses[0], range(begin, begin + count), 50)),
    ]
    await asyncio.sleep(chance.uniform(0.0, 0.25))
    await lose(server, both)
    await asyncio.gather(*sending)
    with suppress(TimeoutError):
        async with asyncio.timeout(_ROUND):
            for each in both.pair:
                for receipt in each.receipts[-count:]:
                    with suppress(Exception):
                        await receipt.acked(timeout=_ROUND)
    return count


# --- R5: connections that are half open ---------------------------------------------------------------------------


async def _noticed(server: Any, *, talks: bool, **settings: Any) -> float:
    """Seconds until a client notices that nothing passes any more."""
    async with ChaosProxy(server.host, server.port) as proxy:
        told = Settings(**settings)
        client = make_client(server, await new_account(server), settings=told)
        client.register_plugin("xep_0198")
        through(client, proxy).connect()
        await client.wait_until("session_start", timeout=PATIENCE)
        await client.get_roster(timeout=PATIENCE)
        counts = client.plugin["xep_0198"]
        counts.request_ack()
        while counts.last_ack != counts.seq:  # noqa: ASYNC110  # else it is not idle; no event tells of it
            await asyncio.sleep(0.02)
        proxy.break_all(How.BLACK_HOLE)
        begun = time.monotonic()
        if talks:
            client.send_message(client.boundjid.bare, "is anybody there")
        await client.wait_until("disconnected", timeout=90)
        passed = time.monotonic() - begun
        client.auto_reconnect = False
        client.abort()
        return passed


async def r5(server: Any, seed: int, quick: bool) -> Figure:
    """A black hole: with something unacknowledged, idle, and with settings of two seconds."""
    tuned = _noticed(server, talks=True, ack_timeout=2.0, idle_timeout=2.0)
    if quick:
        found = {"tuned to 2 s": await tuned}
    else:
        talking, idle = _noticed(server, talks=True), _noticed(server, talks=False)
        times = await asyncio.gather(talking, idle, tuned)
        found = dict(zip(("unacknowledged", "idle", "tuned to 2 s"), times, strict=True))
    bounds = {"unacknowledged": 15.0, "idle": 60.0, "tuned to 2 s": 2.0}
    slack = 1.0  # a machine that is busy
    reached = all(seconds <= bounds[name] + slack for name, seconds in found.items())
    return Figure(
        "noticed within 15 s with something unacknowledged, 60 s idle, 2 s if told so",
        reached,
        {name: round(seconds, 2) for name, seconds in found.items()},
    )


# --- R6: storms ---------------------------------------------------------------------------------------------------


async def r6(server: Any, seed: int, quick: bool) -> Figure:
    """A server that accepts and closes, for a minute; then many clients that lose the server in one moment."""
    async with ChaosProxy(server.host, server.port) as proxy:
        proxy.open = False
        client = through(make_client(server, "alice"), proxy)
        client.connect()
        await asyncio.sleep(5.0 if quick else 60.0)
        connects = len(proxy.accepted)
        client.auto_reconnect = False
        client.cancel_connection_attempt()
        client.abort()
    count = 30 if quick else 500
    largest, back = await _crowd(server, count)
    reached = connects <= 10 and (quick or largest <= count / 10) and back == count
    found = {"connects in a minute": connects, "clients": count, "back": back, "most within one second": largest}
    return Figure("at most 10 connects in a minute; at most 10 % of 500 clients within one second", reached, found)


async def _crowd(server: Any, count: int) -> tuple[int, int]:
    """Of so many clients that lose the server at once: how many come within the same second, at most; how many are
    back in the end."""
    clients: list[ClientXMPP] = []
    gate = asyncio.Semaphore(20)
    async with ChaosProxy(server.host, server.port) as proxy:

        async def enter(number: int) -> None:
            async with gate:
                client = through(make_client(server, "alice", resource=f"crowd{number}"), proxy)
                client.connect()
                await client.wait_until("session_start", timeout=300)
                clients.append(client)

        await asyncio.gather(*map(enter, range(count)))
        back = asyncio.Semaphore(0)
        for client in clients:
            client.add_event_handler("session_start", lambda _: back.release())
        before = len(proxy.accepted)
        proxy.break_all(How.RESET)
        returned = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(120):
                while returned < count:
                    await back.acquire()
                    returned += 1
        times = Counter(int(at - proxy.accepted[before]) for at in proxy.accepted[before:])
        for client in clients:
            client.auto_reconnect = False
            client.abort()
    return max(times.values(), default=0), returned


# --- R10: a long time ---------------------------------------------------------------------------------------------


async def r10(server: Any, seed: int, quick: bool) -> Figure:
    """A conversation of 30 minutes, 280 messages each way a second or as many as the machine can do, over connections
    that break every five to fifteen seconds: nothing may grow. Each message is counted once, though it is a stanza on
    two streams. Little is under way all the time (`pace_always`), and the server keeps no archive."""
    return await _long(server, seed, quick, 1800.0)


async def r10_short(server: Any, seed: int, quick: bool) -> Figure:
    """R10, for 12 minutes instead of 30."""
    return await _long(server, seed, quick, 720.0)


async def _long(server: Any, seed: int, quick: bool, seconds: float) -> Figure:
    seconds, rate = (6.0, 50) if quick else (seconds, 280)
    breaking = Breaking((1.0, 2.0) if quick else (5.0, 15.0))
    tasks = _tasks()
    samples: list[tuple[int, int]] = []
    async with chat(server, breaking, seed=seed, management={"pace_always": True}) as both:
        one, other = both.pair
        one.remembers = other.remembers = False
        before = _held(both)

        async def watch() -> None:
            while True:
                gc.collect()
                samples.append((sum(each.heard.count for each in both.pair), memory()))
                await asyncio.sleep(1.0 if quick else 10.0)

        watching = asyncio.create_task(watch())
        begun = time.monotonic()
        count = await _for_seconds(both, seconds, rate)
        await both.all_came(count)
        watching.cancel()
        for each in both.pair:
            each.breaks = False
        await asyncio.sleep(QUIET)
        more = await _more(before, lambda: _held(both))
        tally = both.tally(count, begun)
    more |= await _more(tasks, _tasks)
    gc.collect()
    slope = _slope(samples[len(samples) // 6 :])
    found = {
        **tally.to_json(),
        "MiB per 100,000 messages": round(slope * 100_000 / MIB, 2),
        "MiB in the end": round(memory() / MIB, 1),
        **more,
    }
    reached = _judged(server, tally) and max(more.values()) <= 0 and (quick or slope * 100_000 <= MIB)
    goal = (
        "at most 1 MiB more for each 100,000 messages; lost 0, doubled 0, out of order 0; no task, file, timer or "
        "handler more"
    )
    return Figure(goal, reached, found)


async def _for_seconds(both: Chat, seconds: float, rate: int) -> int:
    """Send at `rate` each way for so long, unless too many are under way; how many."""
    one, other = both.pair
    begun, sent = time.monotonic(), 0
    while (passed := time.monotonic() - begun) < seconds:
        heard = min(each.heard.count for each in both.pair)
        due = min(int(passed * rate) + 1, sent + _AT_ONCE, heard + _UNDER_WAY)
        await one.send(other.address, range(sent, due), None)
        await other.send(one.address, range(sent, due), None)
        sent = max(sent, due)
        await asyncio.sleep(0.02)
    return sent


def _tasks() -> dict[str, int]:
    return {"tasks": len(asyncio.all_tasks())}


def _held(both: Chat) -> dict[str, int]:
    """The open files of the process, the timers of its event loop, and what both clients call when something comes."""
    clients = [each.client for each in both.pair]
    events = sum(client.event_handled(name) for client in clients for name in client.handled_events)
    timers = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
    return {
        "descriptors": descriptors(),
        "timers": sum(not handle.cancelled() for handle in timers),
        "handlers": events + sum(len(client._handlers) for client in clients),
    }


async def _more(before: dict[str, int], measure: Callable[[], dict[str, int]]) -> dict[str, int]:
    """What there is more than before, when what was about to end has ended."""
    begun = time.monotonic()
    while True:
        more = {f"{name} more": count - before[name] for name, count in measure().items()}
        if max(more.values()) <= 0 or time.monotonic() - begun > PATIENCE:
            return more
        await asyncio.sleep(0.05)


def _slope(samples: list[tuple[int, int]]) -> float:
    """Bytes for each message, by least squares."""
    if len(samples) < 2:
        return 0.0
    mean_x = sum(x for x, _ in samples) / len(samples)
    mean_y = sum(y for _, y in samples) / len(samples)
    below = sum((x - mean_x) ** 2 for x, _ in samples)
    return sum((x - mean_x) * (y - mean_y) for x, y in samples) / below if below else 0.0


FIGURES: Final[dict[str, Callable[[Any, int, bool], Awaitable[Figure]]]] = {
    "R1": r1,
    "R1-fast": r1_fast,
    "R1-fast-confirmed": r1_fast_confirmed,
    "R1-burst": r1_burst,
    "R1-outbox": r1_outbox,
    "R1-outbox-burst": r1_outbox_burst,
    "R1-weather": r1_weather,
    "R1-inside": r1_inside,
    "R2": r2,
    "R2-confirmed": r2_confirmed,
    "R5": r5,
    "R6": r6,
    "R10": r10,
    "R10-short": r10_short,
}
