# SPDX-License-Identifier: MIT
"""Work in order and in slices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

from xmppkit.roster.slices import Slices


class Host:
    """A stream that counts how often it was told of more or less work."""

    changes = 0

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def work_changed(self) -> None:
        self.changes += 1


class Book:
    """What was done, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.host = Host()
        self.slices = Slices(self.host)

    def work(self, name: str, steps: int, error: Exception | None = None) -> Iterator[None]:
        for step in range(steps):
            self.lines.append(f"{name}{step}")
            yield
        if error is not None:
            raise error
        self.lines.append(name)

    def done(self, name: str, error: Exception | None) -> None:
        self.lines.append(f"{name} done: {error}")

    def add(self, name: str, steps: int, error: Exception | None = None) -> None:
        self.slices.add(self.work(name, steps, error), partial(self.done, name))

    async def finish(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(self.slices) == 0


async def test_little_is_done_at_once() -> None:
    book = Book()
    book.add("a", 0)
    assert book.lines == ["a", "a done: None"]
    assert len(book.slices) == 0


async def test_much_leaves_the_loop_its_turns_and_what_comes_meanwhile_waits() -> None:
    book = Book()
    book.add("a", 2)
    book.add("b", 1, ValueError("broken"))
    book.add("c", 0)
    assert book.lines == ["a0"]
    assert len(book.slices) == 3
    assert book.host.changes == 1
    await asyncio.sleep(0)
    assert book.lines == ["a0", "a1"]
    await book.finish()
    assert book.lines == ["a0", "a1", "a", "a done: None", "b0", "b done: broken", "c", "c done: None"]
    book.add("d", 0)
    assert book.lines[-1] == "d done: None"


async def test_what_is_added_when_work_is_done_comes_behind_it() -> None:
    book = Book()

    def more(then: Callable[[], None], error: Exception | None) -> None:
        then()
        book.lines.append("a done")

    book.slices.add(book.work("a", 1), partial(more, lambda: book.add("b", 1)))
    await book.finish()
    assert book.lines == ["a0", "a", "a done", "b0", "b", "b done: None"]


def test_the_loop_may_end_meanwhile() -> None:
    book = Book()

    async def begin(name: str, steps: int) -> None:
        book.add(name, steps)

    async def go_on(name: str) -> None:
        book.add(name, 1)
        await book.finish()

    asyncio.run(begin("a", 10))
    assert len(book.slices) == 1
    asyncio.run(go_on("b"))
    assert book.lines[-6:] == ["a9", "a", "a done: None", "b0", "b", "b done: None"]
