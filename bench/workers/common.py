# SPDX-License-Identifier: MIT
"""What the workers of all libraries share: how they are told what to measure, and how they answer.

A worker is one process with one library, that does one workload in one configuration. It says in one line of JSON that
it is ready; then it reads lines from standard input, each a number of repetitions, and answers each with a line of
JSON: what was measured, by name. ``time`` is microseconds for one operation.

By hand, and for a profiler::

    python bench/workers/with_xmppkit.py echo --plugins all --count 5000
    python bench/workers/with_xmppkit.py echo --plugins all --count 5000 --profile
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import json
import math
import pstats
import re
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data import MESSAGES, RESULT, archive_reads, one_read, room_reads

_STATUS = Path("/proc/self/status")
_ID = re.compile(rb"<iq\b[^>]*?\sid=[\"']([^\"']+)")
_QUERY_ID = re.compile(rb"\squeryid=[\"']([^\"']+)")

Figures = dict[str, float]


@dataclass(frozen=True)
class Options:
    """What to measure.

    :ivar plugins: ``none``, ``24`` or ``all``.
    :ivar variant: which of the workload's variants; empty where it has none.
    """

    plugins: str
    variant: str


@dataclass
class Measure:
    """A workload that is set up.

    :ivar run: does it as often as it is told.
    :ivar warm: how often to do it before anything counts.
    :ivar about: what the tables should say: how many plugins there are, and the like.
    :ivar close: lets go of what it holds.
    """

    run: Callable[[int], Awaitable[Figures]]
    warm: int = 3
    about: dict[str, Any] = field(default_factory=dict)
    close: Callable[[], None] = lambda: None


Setup = Callable[[Options], Awaitable[Measure]]


def main(workloads: Mapping[str, Setup], arguments: list[str] | None = None) -> None:
    """Be a worker.

    :param workloads: what this library can do, by name.
    """
    parser = argparse.ArgumentParser(description="One library, one workload.")
    parser.add_argument("workload", choices=sorted(workloads))
    parser.add_argument("--plugins", choices=("none", "24", "all"), default="none")
    parser.add_argument("--variant", default="")
    parser.add_argument("--count", type=int, help="repeat this often and end, instead of taking orders")
    parser.add_argument("--profile", action="store_true", help="and show where the time went")
    options = parser.parse_args(arguments)
    setup = workloads[options.workload]
    asyncio.run(_work(setup, Options(options.plugins, options.variant), options.count, profile=options.profile))


async def _work(setup: Setup, options: Options, count: int | None, *, profile: bool) -> None:
    measure = await setup(options)
    try:
        if measure.warm:
            await measure.run(measure.warm)
        if count is None and not profile:
            print(json.dumps(measure.about), flush=True)
            for line in sys.stdin:
                print(json.dumps(await measure.run(int(line))), flush=True)
        else:
            await _once(measure, count or 1000, profile=profile)
    finally:
        measure.close()


async def _once(measure: Measure, count: int, *, profile: bool) -> None:
    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    figures = await measure.run(count)
    if profile:
        profiler.disable()
        pstats.Stats(profiler).sort_stats("tottime").print_stats(40)
    print(json.dumps(measure.about | figures))


# --- what is connected to ---------------------------------------------------------------------------------


class Transport(asyncio.Transport):
    """Takes what is written and throws it away."""

    def write(self, data: Any) -> None:
        pass

    def is_closing(self) -> bool:
        return False

    def can_write_eof(self) -> bool:
        return False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def abort(self) -> None:
        pass

    def close(self) -> None:
        pass


class Counter(Transport):
    """Counts the messages that are written."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = 0

    def write(self, data: Any) -> None:
        self.answers += bytes(data).count(b"</message>")


class Keeper(Transport):
    """Keeps what is written; `ids` are those of its IQs."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.requests = 0

    def write(self, data: Any) -> None:
        text = bytes(data)
        self.written.append(text)
        self.requests += text.count(b"<iq")

    def take_ids(self) -> list[bytes]:
        """The ids of the IQs that were written since the last call."""
        found = _ID.findall(b"".join(self.written))
        self.written.clear()
        self.requests = 0
        return found


# --- workloads, as far as they are the same for all ---------------------------------------------------------


def echo(receive: Callable[[bytes], object], transport: Counter, about: dict[str, Any]) -> Measure:
    """Messages are parsed, given to the program's handler, answered by it, and the answers are serialized.

    :param receive: takes one read.
    """
    data = one_read()

    async def run(reads: int) -> Figures:
        wanted = transport.answers
        begun = time.perf_counter()
        for _ in range(reads):
            receive(data)
            wanted += MESSAGES
            while transport.answers < wanted:
                await asyncio.sleep(0)
        took = time.perf_counter() - begun
        if transport.answers != wanted:
            sys.exit(f"{transport.answers - wanted:+} answers")
        return {"time": 1e6 * took / reads / MESSAGES}

    return Measure(run, about=about)


def round_trips(
    request: Callable[[], Awaitable[Any]],
    receive: Callable[[bytes], object],
    transport: Keeper,
    window: int,
    about: dict[str, Any],
) -> Measure:
    """IQs are built and sent, `window` of them at a time; the answers are parsed, and the futures awaited.

    The server's own work is not counted. `run` takes the number of round trips, rounded up to whole windows.

    :param request: sends one, and returns what its answer is awaited by.
    :param receive: takes one read.
    """

    async def run(count: int) -> Figures:
        served = 0.0
        windows = -(-count // window)
        begun = time.perf_counter()
        for _ in range(windows):
            waiting = [request() for _ in range(window)]
            while transport.requests < window:
                await asyncio.sleep(0)
            paused = time.perf_counter()
            ids = transport.take_ids()
            reads = [
                b"".join([RESULT % each for each in ids[start : start + MESSAGES]])
                for start in range(0, window, MESSAGES)
            ]
            served += time.perf_counter() - paused
            for data in reads:
                receive(data)
            for each in waiting:
                await each
        return {"time": 1e6 * (time.perf_counter() - begun - served) / windows / window}

    return Measure(run, warm=window, about=about)


def building(build: Callable[[], object], about: dict[str, Any]) -> Measure:
    """Stanzas are built and serialized."""

    async def run(count: int) -> Figures:
        begun = time.perf_counter()
        for _ in range(count):
            build()
        return {"time": 1e6 * (time.perf_counter() - begun) / count}

    return Measure(run, about=about)


async def load_roster(
    reads: list[bytes], receive: Callable[[bytes], object], done: Callable[[], bool], use: Callable[[], int], items: int
) -> Figures:
    """A roster comes in, read by read, and the program then looks at every contact.

    :param receive: takes one read.
    :param done: whether the roster is there.
    :param use: looks at each contact, and says how many there were.
    """
    gc.collect()
    before = reset_peak()
    gaps = Heartbeat()
    begun = time.perf_counter()
    for data in reads:
        receive(data)
        await asyncio.sleep(0)
    while not done():
        await asyncio.sleep(0)
    stall = gaps.stop()
    if use() != items:
        sys.exit("the roster has not come")
    took = time.perf_counter() - begun
    after = peak()
    return {"time": 1e6 * took / items, "seconds": took, "stall": stall, "peak": (after - before) / 2**20}


def room(
    join: Callable[[], Awaitable[Any]],
    receive: Callable[[bytes], object],
    use: Callable[[Any], int],
    about: dict[str, Any],
) -> Measure:
    """A room is joined: presences come in, read by read, and the program then looks at every occupant.

    :param join: asks to be let in, and returns what that is awaited by.
    :param receive: takes one read.
    :param use: looks at each occupant of what `join` has given, and says how many there are beside ourselves.
    """

    async def run(count: int) -> Figures:
        joining = asyncio.ensure_future(join())
        reads = room_reads(count)
        for _ in range(10):
            await asyncio.sleep(0)
        gc.collect()
        before = reset_peak()
        begun = time.perf_counter()
        for data in reads:
            receive(data)
            await asyncio.sleep(0)
        found = use(await joining)
        took = time.perf_counter() - begun
        if found != count:
            sys.exit(f"{found} occupants instead of {count}")
        return {"time": 1e6 * took / count, "seconds": took, "peak": (peak() - before) / 2**20}

    return Measure(run, warm=0, about=about)


def archive(
    ask: Callable[[int], Awaitable[Any]],
    receive: Callable[[bytes], object],
    transport: Keeper,
    read: Callable[[Any], tuple[str, Any, str]],
    about: dict[str, Any],
) -> Measure:
    """A page of an archive comes in, read by read, and the program then looks at every message.

    :param ask: asks for so many messages, and returns what the page is awaited by.
    :param receive: takes one read.
    :param read: the archive's id, the date and the body of one of the messages.
    """

    async def run(count: int) -> Figures:
        asked = asyncio.ensure_future(ask(count))
        while not transport.requests:
            await asyncio.sleep(0)
        query_id = _QUERY_ID.findall(b"".join(transport.written))[-1].decode()
        reads = archive_reads(transport.take_ids()[-1].decode(), query_id, count)
        gc.collect()
        before = reset_peak()
        begun = time.perf_counter()
        for data in reads:
            receive(data)
            await asyncio.sleep(0)
        found = [read(message) for message in (await asked)["mam"]["results"]]
        took = time.perf_counter() - begun
        if len(found) != count or not all(map(all, found)):
            sys.exit(f"{len(found)} messages instead of {count}, or not what is in them")
        return {"time": 1e6 * took / count, "seconds": took, "peak": (peak() - before) / 2**20}

    return Measure(run, warm=100, about=about)


def answers(
    ask: Callable[[], Awaitable[Any]],
    receive: Callable[[bytes], object],
    transport: Keeper,
    answer: Callable[[str, int], list[bytes]],
    use: Callable[[Any], int],
    size: int,
    about: dict[str, Any],
) -> Measure:
    """Something is asked for again and again; the answer is long, and the program looks at all of it. Writing the
    answer is not counted.

    :param ask: asks, and returns what the answer is awaited by.
    :param receive: takes one read.
    :param answer: the reads of an answer to the IQ of some id, with so many parts.
    :param use: looks at each part, and says how many there were.
    :param size: parts of an answer.
    """

    async def run(count: int) -> Figures:
        served = 0.0
        begun = time.perf_counter()
        for _ in range(count):
            asked = asyncio.ensure_future(ask())
            while not transport.requests:
                await asyncio.sleep(0)
            paused = time.perf_counter()
            reads = answer(transport.take_ids()[-1].decode(), size)
            served += time.perf_counter() - paused
            for data in reads:
                receive(data)
            if use(await asked) != size:
                sys.exit("the answer is another")
        return {"time": 1e6 * (time.perf_counter() - begun - served) / count / size}

    return Measure(run, about=about)


class Heartbeat:
    """The longest time that the event loop did not turn."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._last = time.perf_counter()
        self._longest = 0.0
        self._handle = self._loop.call_soon(self._beat)

    def _beat(self) -> None:
        now = time.perf_counter()
        self._longest = max(self._longest, now - self._last)
        self._last = now
        self._handle = self._loop.call_soon(self._beat)

    def stop(self) -> float:
        """Seconds."""
        self._handle.cancel()
        return max(self._longest, time.perf_counter() - self._last)


def idle(create: Callable[[int], object], about: dict[str, Any]) -> Measure:
    """Clients are created and connected, and then nothing happens. What one takes, beside those there are.

    :param create: makes the client of that number, and connects it.
    """
    kept: list[object] = []

    async def run(count: int) -> Figures:
        gc.collect()
        before = rss()
        begun = time.perf_counter()
        kept.extend(create(len(kept) + number) for number in range(count))
        took = time.perf_counter() - begun
        for _ in range(3):
            await asyncio.sleep(0)
        gc.collect()
        return {"time": 1e6 * took / count, "kib": (rss() - before) / 1024 / count}

    return Measure(run, warm=20, about=about)


def jids(make: Callable[[str], object], variant: str, about: dict[str, Any]) -> Measure:
    """Addresses are parsed: ``hot`` ones, of which there are a hundred, or ``cold`` ones, each new."""
    from data import addresses

    seen = 0
    hot = addresses(0, 100)

    async def run(count: int) -> Figures:
        nonlocal seen
        if variant == "hot":
            texts = hot * -(-count // len(hot))
        else:
            texts = addresses(seen, count, ascii_only=variant == "cold")
            seen += count
        begun = time.perf_counter()
        for text in texts:
            make(text)
        return {"time": 1e6 * (time.perf_counter() - begun) / len(texts)}

    return Measure(run, warm=200, about=about)


# --- memory -------------------------------------------------------------------------------------------------


def _status(name: str) -> float:
    """A line of Linux' description of this process, in bytes; not a number elsewhere."""
    if not _STATUS.exists():
        return math.nan
    found = re.search(rf"^{name}:\s+(\d+) kB", _STATUS.read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else math.nan


def rss() -> float:
    """Bytes of memory that the process has."""
    return _status("VmRSS")


def peak() -> float:
    """The most that it ever had, since `reset_peak`."""
    return _status("VmHWM")


def reset_peak() -> float:
    """Begin anew; what it has now."""
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5")
    return rss()
