# SPDX-License-Identifier: MIT
"""An upload that is under way."""

from __future__ import annotations

import asyncio

import pytest

from xmppkit.plugins.xep_0363 import FileUploadError, Progress, Upload


class Transfer:
    """An upload that goes on when it is told to."""

    def __init__(self) -> None:
        self.end: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.closed = False
        self.upload = Upload(self._run, asyncio.ensure_future)

    async def _run(self, upload: Upload) -> str:
        try:
            return await self.end
        finally:
            self.closed = True


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_it_is_awaited() -> None:
    transfer = Transfer()
    assert not transfer.upload.done
    transfer.end.set_result("https://x")
    assert await transfer.upload == "https://x"
    assert transfer.upload.done


async def test_each_progress_is_seen() -> None:
    transfer = Transfer()
    seen: list[Progress] = []

    async def watch() -> None:
        seen.extend([progress async for progress in transfer.upload])

    watching = asyncio.ensure_future(watch())
    for sent in (1, 2):
        await settle()
        transfer.upload.move(Progress(sent, 4))
    await settle()
    transfer.upload.move(Progress(3, 4))
    transfer.upload.move(Progress(4, 4))  # the one before was not looked at in time
    transfer.end.set_result("https://x")
    await watching
    assert [progress.sent for progress in seen] == [1, 2, 4]
    assert [progress.fraction for progress in seen] == [0.25, 0.5, 1.0]
    assert transfer.upload.progress == Progress(4, 4)


async def test_iterating_ends_with_an_upload_that_fails() -> None:
    transfer = Transfer()
    transfer.end.set_exception(FileUploadError("no"))
    assert [progress async for progress in transfer.upload] == []
    with pytest.raises(FileUploadError):
        await transfer.upload


async def test_leaving_the_block_stops_it() -> None:
    transfer = Transfer()
    async with transfer.upload as upload:
        await settle()
        assert upload is transfer.upload
    assert transfer.closed
    with pytest.raises(asyncio.CancelledError):
        await transfer.upload


@pytest.mark.parametrize("fails", [True, False])
async def test_an_error_in_the_block_counts(fails: bool) -> None:
    transfer = Transfer()

    async def block() -> None:
        async with transfer.upload:
            if fails:
                transfer.end.set_exception(FileUploadError("no"))
            await settle()
            raise KeyError

    with pytest.raises(KeyError):
        await block()
    assert transfer.closed


async def test_who_stops_watching_stops_it() -> None:
    transfer = Transfer()
    watching = asyncio.ensure_future(anext(transfer.upload))
    await settle()
    watching.cancel()
    await settle()
    assert watching.cancelled()
    assert transfer.closed


async def test_cancelling_who_awaits_it_stops_it_first() -> None:
    transfer = Transfer()

    async def wait() -> str:
        return await transfer.upload

    waiting = asyncio.ensure_future(wait())
    await settle()
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    assert transfer.closed


async def test_it_says_when_it_has_ended() -> None:
    transfer = Transfer()
    ended: list[Upload] = []
    transfer.upload.add_done_callback(ended.append)
    transfer.upload.cancel()
    transfer.upload.cancel()
    await settle()
    assert ended == [transfer.upload]
