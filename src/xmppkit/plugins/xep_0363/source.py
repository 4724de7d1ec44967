# SPDX-License-Identifier: MIT
"""What is uploaded, piece by piece: a file on disk, an open file, bytes, or what an iterator yields. However large it
is, one piece of it is in memory at a time."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import IO, Final, TypeAlias

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0363.errors import FileUploadError

__all__ = ["CHUNK", "Content", "pieces", "size_of"]

#: Bytes that are read at once.
CHUNK: Final = 64 * 1024

#: What can be uploaded: the path of a file, a file that is open for reading bytes, bytes, or an asynchronous iterator
#: of pieces.
Content: TypeAlias = "str | os.PathLike[str] | IO[bytes] | bytes | bytearray | memoryview | AsyncIterable[bytes]"


async def size_of(content: Content) -> int:
    """How many bytes there are. An open file is measured as a whole, wherever it stands.

    :raises OSError: there is no such file, or it cannot be read.
    :raises InvalidValue: nobody can know; the caller must say.
    """
    if isinstance(content, bytes | bytearray | memoryview):
        return memoryview(content).nbytes
    if isinstance(content, str | os.PathLike):
        found = await asyncio.to_thread(os.stat, content)
        if stat.S_ISREG(found.st_mode):
            return found.st_size
    elif not isinstance(content, AsyncIterable) and content.seekable():
        return await asyncio.to_thread(content.seek, 0, os.SEEK_END)
    raise InvalidValue("it must be given: nobody knows how much there will be", "size")


async def pieces(content: Content, size: int) -> AsyncGenerator[bytes]:
    """The content in pieces of at most `CHUNK` bytes, `size` bytes together. Of an open file that can be wound back the
    whole is read; it is not closed.

    :raises FileUploadError: there are more bytes than `size`, or fewer. No more than `size` are yielded.
    """
    count = 0
    async with aclosing(_read(content)) as read:
        async for data in read:
            if not isinstance(data, bytes):
                raise InvalidValue(f"it must give bytes, not {type(data).__name__}: open files with 'rb'", "input_file")
            count += len(data)
            if count > size:
                raise FileUploadError(f"there are more than the {size} bytes that were announced")
            for start in range(0, len(data), CHUNK):
                yield data[start : start + CHUNK]
    if count < size:
        raise FileUploadError(f"there are {count} bytes, and {size} were announced")


async def _read(content: Content) -> AsyncGenerator[bytes]:
    if isinstance(content, bytes | bytearray | memoryview):
        view = memoryview(content).cast("B")
        for start in range(0, len(view), CHUNK):
            yield bytes(view[start : start + CHUNK])
    elif isinstance(content, AsyncGenerator):
        async with aclosing(content):  # nobody else will come back to it
            async for data in content:
                yield data
    elif isinstance(content, AsyncIterable):
        async for data in content:
            yield data
    elif isinstance(content, str | os.PathLike):
        file = await _opened(content)
        try:
            while data := await asyncio.to_thread(file.read, CHUNK):
                yield data
        finally:
            file.close()
    else:
        if content.seekable():
            await asyncio.to_thread(content.seek, 0)
        while data := await asyncio.to_thread(content.read, CHUNK):
            yield data


async def _opened(path: str | os.PathLike[str]) -> IO[bytes]:
    """The file, open. If nobody waits for it any more when the thread has opened it, it is closed."""
    opening: asyncio.Future[IO[bytes]] = asyncio.ensure_future(asyncio.to_thread(open, path, "rb"))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close)
        raise


def _close(opening: asyncio.Future[IO[bytes]]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
