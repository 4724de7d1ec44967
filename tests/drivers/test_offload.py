# SPDX-License-Identifier: MIT
"""Keys are derived in threads, while the event loop goes on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from xmppkit.drivers.offload import Offload
from xmppkit.sasl.derivation import Derivation

LONG = Derivation("sha256", b"pencil", b"salt", 2)


class Slow:
    """Stands for `Derivation.compute`: it takes until it is told to end.

    :ivar thread: the one in which it runs.
    """

    def __init__(self, fault: Exception | None = None) -> None:
        self.thread: int | None = None
        self.go_on = threading.Event()
        self.begun = threading.Event()
        self.ended = threading.Event()
        self._fault = fault

    def __call__(self) -> bytes:
        self.thread = threading.get_ident()
        self.begun.set()
        try:
            assert self.go_on.wait(60), "nobody has let it end"
            if self._fault is not None:
                raise self._fault
            return b"the key"
        finally:
            self.ended.set()


class Taken:
    """What `Offload` has handed out."""

    def __init__(self) -> None:
        self.keys: list[tuple[bytes, float]] = []
        self.there = asyncio.Event()
        self.faults: list[Exception] = []
        self.offload = Offload(asyncio.get_running_loop(), self.run)

    def give(self, key: bytes, now: float) -> None:
        self.keys.append((key, now))

    def run(self, step: Callable[[float], object]) -> None:
        try:
            step(1.0)
        except ZeroDivisionError as fault:
            self.faults.append(fault)
        self.there.set()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    made = Slow()
    monkeypatch.setattr(Derivation, "compute", lambda derivation: made())
    return made


async def begun(slow: Slow) -> None:
    await asyncio.to_thread(slow.begun.wait, 60)
    assert slow.thread is not None


async def test_the_loop_goes_on_meanwhile(slow: Slow) -> None:
    taken = Taken()
    taken.offload.begin(LONG, taken.give)
    await begun(slow)  # so the loop has turned while the thread was at work
    assert slow.thread != threading.get_ident()
    assert taken.keys == []
    slow.go_on.set()
    await asyncio.wait_for(taken.there.wait(), 60)
    assert taken.keys == [(b"the key", 1.0)]


async def test_what_goes_wrong_is_raised_where_the_key_is_asked_for(slow: Slow) -> None:
    slow._fault = ZeroDivisionError("no")
    taken = Taken()
    slow.go_on.set()
    taken.offload.begin(LONG, taken.give)
    await asyncio.wait_for(taken.there.wait(), 60)
    assert [str(fault) for fault in taken.faults] == ["no"]


async def test_what_nobody_waits_for_is_forgotten(slow: Slow) -> None:
    loop, stray = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda _, context: stray.append(context))
    taken = Taken()
    taken.offload.begin(LONG, taken.give)
    await begun(slow)
    taken.offload.cancel()
    slow.go_on.set()
    await asyncio.to_thread(slow.ended.wait, 60)
    await loop.run_in_executor(None, int)  # what the thread had to tell the loop it has told
    await asyncio.sleep(0)
    assert taken.keys == []
    assert stray == []
    taken.offload.cancel()  # there is nothing any more
    assert taken.offload._future is None


async def test_cancelling_nothing() -> None:
    taken = Taken()
    taken.offload.cancel()
    assert not taken.there.is_set()
