# SPDX-License-Identifier: MIT
"""The calls to a backend stay in order."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from xmppkit.roster.backend import BackendLine


class Host:
    def __init__(self) -> None:
        self.exceptions: list[Exception] = []
        self.line: BackendLine | None = None
        self.lengths: list[int] = []

    def work_changed(self) -> None:
        if self.line is not None:
            self.lengths.append(len(self.line))

    def exception(self, exception: Exception, /) -> None:
        self.exceptions.append(exception)


class Mixed:
    """Some of it can be called, some has to be awaited."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.gate = asyncio.Event()

    def plain(self, value: Any) -> Any:
        self.calls.append(value)
        if isinstance(value, Exception):
            raise value
        return value

    async def slow(self, value: Any) -> Any:
        await self.gate.wait()
        return self.plain(value)


async def test_plain_functions_are_called_at_once() -> None:
    line = BackendLine(Mixed(), Host())
    results: list[Any] = []
    line.call("plain", 1, then=results.append)
    line.call("plain", 2)
    assert (line.db.calls, results) == ([1, 2], [1])
    await line.settled()
    with pytest.raises(KeyError):
        line.call("plain", KeyError("it reaches the caller"))
    assert (line.supports("slow"), line.supports("version")) == (True, False)


async def test_what_has_to_be_awaited_keeps_its_place() -> None:
    host = Host()
    host.line = line = BackendLine(Mixed(), host)
    results: list[Any] = []
    error = KeyError("not this one")
    for method, value in (("slow", 1), ("plain", 2), ("slow", error), ("plain", 3), ("slow", 4)):
        line.call(method, value, then=results.append)
    assert (line.db.calls, results) == ([], [])
    assert host.lengths == [1, 2, 3, 4, 5]
    line.db.gate.set()
    await line.settled()
    assert line.db.calls == [1, 2, error, 3, 4]
    assert results == [1, 2, 3, 4]
    assert host.exceptions == [error]
    assert host.lengths[5:] == [4, 3, 2, 1, 0]
    line.call("plain", 5, then=results.append)
    assert results[-1] == 5  # the line is empty: at once again


async def test_arguments_may_be_asked_for_late() -> None:
    line = BackendLine(Mixed(), Host())
    value = "early"
    line.call_late("plain", lambda: (value,))
    line.call("slow", 1)
    line.call_late("plain", lambda: (value,))
    value = "late"
    line.db.gate.set()
    await line.settled()
    assert line.db.calls == ["early", 1, "late"]


def test_without_an_event_loop_what_is_awaited_waits() -> None:
    async def main() -> None:
        line.db.gate = asyncio.Event()
        line.db.gate.set()
        line.wake()
        await line.settled()

    line = BackendLine(Mixed(), Host())
    line.call("slow", 1)
    line.call("plain", 2)
    assert line.db.calls == []
    asyncio.run(main())
    assert line.db.calls == [1, 2]
