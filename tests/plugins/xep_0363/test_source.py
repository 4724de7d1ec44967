# SPDX-License-Identifier: MIT
"""What is uploaded, piece by piece."""

from __future__ import annotations

import asyncio
import io
import os
import tempfile
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0363 import FileUploadError
from xmppkit.plugins.xep_0363.source import CHUNK, Content, pieces, size_of

DATA = os.urandom(CHUNK * 2 + 17)


async def iterated(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


class Pipe(io.BytesIO):
    """What cannot be wound back."""

    def seekable(self) -> bool:
        return False


@pytest.fixture(params=["path", "name", "file", "bytes", "bytearray", "view", "wide view"])
def content(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    path = tmp_path / "x.bin"
    path.write_bytes(DATA + b"." * (-len(DATA) % 4))
    whole = path.read_bytes()
    file = io.BytesIO(whole)
    file.seek(5)
    kinds: dict[str, Any] = {
        "path": path,
        "name": str(path),
        "file": file,
        "bytes": whole,
        "bytearray": bytearray(whole),
        "view": memoryview(whole),
        "wide view": memoryview(whole).cast("I"),
    }
    return kinds[request.param], whole


async def test_it_is_read_as_a_whole(content: tuple[Content, bytes]) -> None:
    source, whole = content
    size = await size_of(source)
    assert size == len(whole)
    found = [data async for data in pieces(source, size)]
    assert b"".join(found) == whole
    assert max(map(len, found)) <= CHUNK


async def test_iterators_and_pipes_must_say_their_size() -> None:
    for source in (iterated(DATA), Pipe(DATA)):
        with pytest.raises(InvalidValue, match="size"):
            await size_of(source)
        assert b"".join([data async for data in pieces(source, len(DATA))]) == DATA


async def test_a_directory_has_no_size(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="size"):
        await size_of(tmp_path)
    with pytest.raises(FileNotFoundError):
        await size_of(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        await anext(pieces(tmp_path, 1))


async def test_more_than_was_announced() -> None:
    reading = pieces(iterated(b"12345", b"678"), 7)
    assert await anext(reading) == b"12345"
    with pytest.raises(FileUploadError, match="more than the 7 bytes"):
        await anext(reading)


async def test_a_file_that_is_open_for_text() -> None:
    text: Any = io.StringIO("12345")
    with pytest.raises(InvalidValue, match="'rb'"):
        await anext(pieces(text, 5))


async def test_less_than_was_announced() -> None:
    reading = pieces(iterated(b"12345"), 7)
    await anext(reading)
    with pytest.raises(FileUploadError, match="there are 5 bytes, and 7 were announced"):
        await anext(reading)


async def test_files_are_closed_when_reading_ends_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(DATA)
    opened: list[IO[bytes]] = []

    def opening(*arguments: Any) -> IO[bytes]:
        opened.append(open(*arguments))  # noqa: SIM115  # whether it is closed is the question
        return opened[-1]

    monkeypatch.setattr("xmppkit.plugins.xep_0363.source.open", opening, raising=False)
    reading = pieces(path, len(DATA))
    await anext(reading)
    assert not opened[0].closed
    await reading.aclose()
    assert opened[0].closed


async def test_generators_are_closed_when_reading_ends_early() -> None:
    closed: list[bool] = []

    async def generated() -> AsyncIterator[bytes]:
        try:
            yield b"12345"
            yield b"678"
        finally:
            closed.append(True)

    reading = pieces(generated(), 8)
    await anext(reading)
    assert closed == []
    await reading.aclose()
    assert closed == [True]


async def test_iterators_of_ones_own() -> None:
    class Twice:
        def __init__(self) -> None:
            self.left = 2

        def __aiter__(self) -> Twice:
            return self

        async def __anext__(self) -> bytes:
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            return b"x"

    assert [data async for data in pieces(Twice(), 2)] == [b"x", b"x"]


async def test_a_file_that_nobody_waits_for_any_more_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    gates: list[asyncio.Future[Any]] = []

    async def slowly(*_: Any) -> Any:
        gates.append(asyncio.get_running_loop().create_future())
        return await gates[-1]

    monkeypatch.setattr(asyncio, "to_thread", slowly)
    for result in (io.BytesIO(), OSError("no such file")):
        task = asyncio.ensure_future(anext(pieces("x", 1)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        if isinstance(result, OSError):
            gates[-1].set_exception(result)
        else:
            gates[-1].set_result(result)
        for _ in range(5):
            await asyncio.sleep(0)
        assert isinstance(result, OSError) or result.closed


async def test_memory_does_not_grow_with_the_file() -> None:
    size = 64 * 1024 * 1024
    with tempfile.NamedTemporaryFile() as file:
        file.truncate(size)
        tracemalloc.start()
        try:
            total = 0
            async for data in pieces(file.name, size):
                total += len(data)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert total == size
    assert peak < 20 * CHUNK
