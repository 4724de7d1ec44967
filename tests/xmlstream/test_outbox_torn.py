# SPDX-License-Identifier: MIT
"""Outboxes whose files were not written to their ends, were damaged, or are wanted by two; and clocks that jump. What
`send` has returned for is there, once and in order; whatever else, it is told."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from outboxes import JULIET, OWNER, box, juliet, texts, until
from torn import SMALL, Files, Quick, cuts, damaged

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import DeliveryFailed, StorageConflict, StorageCorrupted, StorageError
from xmppkit.server import EmbeddedServer
from xmppkit.storage.records import Limits
from xmppkit.types import DeliveryEvidence, DeliveryReason, DeliveryState
from xmppkit.xmlstream import confirming
from xmppkit.xmlstream.outbox import Outbox

#: Damaged files that are tried.
TRIES = 150


async def written(files: Files) -> list[int]:
    """Three messages are sent with an outbox, and the first is taken out again; how long the journal was after each
    change. The copy is what was there at the end, without the first."""
    lengths = []
    async with box(files.path) as client:
        for number in range(3):
            client.send_message(JULIET, f"text {number}")
            lengths.append(len(files.journal))
        assert client.outbox is not None
        client.outbox.remove(client.outbox.pending()[0].id)
        await client.outbox.settled()
        lengths.append(len(files.journal))
        files.put(files.database, files.journal)
    return lengths


def read(path: Path) -> list[str]:
    """The texts of the messages in an outbox."""
    storage = Quick(path)
    place = storage.collection("outbox", OWNER)
    try:
        keys = storage.at_once(place.keys())
        values = [str(storage.at_once(place.get(key))) for key in keys]
    finally:
        storage.at_once(storage.close())
    return [value.partition("<body>")[2].partition("<")[0] for value in values]


ALL = ["text 0", "text 1", "text 2"]


@pytest.fixture(params=[SMALL, 4096])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    return Files(tmp_path, request.param)


async def test_a_journal_that_ends_at_any_byte(files: Files) -> None:
    """Of the last message nothing is there before all of it is; and one that was taken out is there until it is not."""
    lengths = await written(files)
    database, journal = files.put_now
    page = int.from_bytes(journal[8:12], "big")
    for cut in cuts(lengths[1], lengths[2], page):
        assert read(files.put(database, journal[:cut])) == ALL[:2], cut
    for cut in (*range(lengths[2], lengths[3], 101), lengths[3] - 1):
        assert read(files.put(database, journal[:cut])) == ALL, cut
    assert read(files.put(database, journal)) == ALL[1:]
    for cut in range(0, lengths[1], 997):
        found = read(files.put(database, journal[:cut]))
        assert found == ALL[: len(found)]


async def test_a_database_that_was_being_written(files: Files) -> None:
    """What stands in the journal is copied into the database now and then. Killed in the midst of that, the copy is
    new up to any byte; the journal is whole."""
    await written(files)
    old, journal = files.put_now
    new = files.database  # it was closed, which copies all
    page = int.from_bytes(journal[8:12], "big")
    for cut in range(0, len(new), page // 8 + 1):
        assert read(files.put(new[:cut] + old[cut:], journal)) == ALL[1:], cut


async def test_what_is_to_be_confirmed_is_there_until_it_is(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is written, acknowledged, noted as sent again, and confirmed. A process that is killed in between, wherever
    that is, finds the message as it was before the last of these, and once."""
    lengths: list[int] = []
    async with box(files.path, confirm=True) as client:
        outbox = client.outbox
        assert outbox is not None
        client.send_message(JULIET, "another").deliver(DeliveryEvidence.RECEIPT)
        receipt = client.send_message(JULIET, "text")
        await outbox.settled()
        lengths.append(len(files.journal))
        receipt.ack()
        await outbox.settled()
        lengths.append(len(files.journal))
        monkeypatch.setattr(confirming, "FRESH", 0.0)
        outbox._confirming.again([], (), None)
        outbox._sweep_soon()
        await outbox.settled()
        lengths.append(len(files.journal))
        receipt.deliver(DeliveryEvidence.RECEIPT)
        await outbox.settled()
        lengths.append(len(files.journal))
        files.put(files.database, files.journal)
    database, journal = files.put_now
    page = int.from_bytes(journal[8:12], "big")
    waits = [(DeliveryState.QUEUED, None), (DeliveryState.ACKED, 0), (DeliveryState.ACKED, 1)]
    for (start, end), found in zip(itertools.pairwise(lengths), waits, strict=True):
        for cut in (*itertools.islice(cuts(start, end, page), 0, None, 17), end - 1):
            assert await unconfirmed(files.put(database, journal[:cut])) == [found], cut
    assert await unconfirmed(files.put(database, journal)) == []


async def unconfirmed(path: Path) -> list[tuple[DeliveryState, int | None]]:
    """How far the messages in an outbox have come, and how often those that are not confirmed were sent again."""
    client, storage = ClientXMPP("romeo@localhost/here", "r"), Quick(path)
    outbox = Outbox(client, client._sender, storage, OWNER.owner, limits=Limits(), confirm_within=60.0)
    again = {each.acked.key: each.again for each in outbox._confirming}
    found = [(each.receipt.state, again.get(each.id)) for each in outbox.pending()]
    await outbox.close()
    await storage.close()
    return found


async def test_it_goes_on_behind_what_was_torn(tmp_path: Path, server: EmbeddedServer) -> None:
    files = Files(tmp_path)
    lengths = await written(files)
    database, journal = files.put_now
    files.put(database, journal[: lengths[2] - 100])
    async with box(files.copy, server) as client, juliet(server) as got, asyncio.timeout(30):
        assert client.outbox is not None
        assert texts(client) == 2
        client.send_message(JULIET, "new", mtype="chat")
        async with client:
            await client.outbox.join()
        await until(lambda: len(got) >= 3)
    assert got == [*ALL[:2], "new"]


async def test_bytes_that_differ(tmp_path: Path) -> None:
    """An outbox says what it cannot read, or has it; and lets go of what it could not open."""
    files, chance = Files(tmp_path), Random(11)
    await written(files)
    whole = files.database
    client = ClientXMPP("romeo@localhost/here", "r")
    told = had = 0
    for _ in range(TRIES):
        storage = Quick(files.put(damaged(whole, chance)))
        try:
            outbox = Outbox(client, client._sender, storage, OWNER.owner, limits=Limits())
        except StorageError:
            told += 1
        else:
            for each in outbox.pending():
                try:
                    assert (await outbox._reader.read(each.id)).key == each.id
                except StorageError:
                    told += 1
                else:
                    had += 1
            await outbox.close()
        await storage.close()
    assert told > TRIES // 10
    assert had > TRIES // 2


async def test_what_cannot_be_opened_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"noise" * 1000)
    path.chmod(0o600)
    for _ in range(2):
        with pytest.raises(StorageCorrupted, match="is no database"):
            ClientXMPP("romeo@localhost", "r").use_outbox(path)
    assert path.read_bytes() == b"noise" * 1000


async def test_one_of_many_is_damaged(tmp_path: Path, server: EmbeddedServer) -> None:
    """They are read together, and each has its own fate: also what somebody has deleted from the file."""
    async with box(tmp_path / "out") as client:
        for number in range(5):
            client.send_message(JULIET, f"text {number}", mtype="chat")
    async with box(tmp_path / "out", server) as client, juliet(server) as got, asyncio.timeout(30):
        assert client.outbox is not None
        pending = client.outbox.pending()
        failed: list[StorageError] = []
        client.add_event_handler("outbox_failed", failed.append)
        with sqlite3.connect(tmp_path / "out") as database:
            database.execute("UPDATE entries SET data = x'00' WHERE key = ?", (pending[2].id,))
            database.execute("DELETE FROM entries WHERE key = ?", (pending[3].id,))
        database.close()
        async with client:
            await client.outbox.join()
            for place, why in ((2, "cannot be read"), (3, "is gone")):
                with pytest.raises(DeliveryFailed, match=why) as caught:
                    await pending[place].receipt
                assert caught.value.reason is DeliveryReason.LOST
        await until(lambda: len(got) >= 3)
    assert got == ["text 0", "text 1", "text 4"]
    assert len(failed) == 2


# --- disks that are full, processes, clocks ---------------------------------------------------------------

LIMITED = """
import resource, sys
from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import StorageError

resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
client = ClientXMPP("romeo@localhost/here", "r")
outbox = client.use_outbox(sys.argv[1])
texts = []
try:
    for number in range(1000):
        client.send_message("juliet@localhost", f"text {number}" + " " * 1000)
        texts.append(number)
except StorageError as error:
    print(len(texts), len(outbox), error)
"""


async def test_a_disk_that_takes_no_more(tmp_path: Path) -> None:
    """The operating system refuses to write: `send` says so, and the message is not there, not even a part of it."""
    path = tmp_path / "out"
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", LIMITED, str(path)], capture_output=True, timeout=60, check=True
    )
    sent, kept, error = done.stdout.decode().split(maxsplit=2)
    assert sent == kept
    assert error.strip() == f"{path}: disk I/O error"
    assert [text.strip() for text in read(path)] == [f"text {number}" for number in range(int(sent))]


HOLDS = """
import sys
from xmppkit.clientxmpp import ClientXMPP

client = ClientXMPP("romeo@localhost/here", "r")
client.use_outbox(sys.argv[1])
client.send_message("juliet@localhost", "from the first")
print("here", flush=True)
sys.stdin.read()
"""


async def test_two_processes_and_a_kill(tmp_path: Path) -> None:
    """The second is told; when the first is gone, however, it has what that has left."""
    path = tmp_path / "out"
    pipe = asyncio.subprocess.PIPE
    first = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLDS, str(path), stdin=pipe, stdout=pipe)
    assert first.stdout is not None
    async with asyncio.timeout(60):
        assert await first.stdout.readline() == b"here\n"
        with pytest.raises(StorageConflict, match="another process uses the outbox of romeo@localhost; end it first"):
            ClientXMPP("romeo@localhost", "r").use_outbox(path)
        first.kill()
        await first.wait()
    async with box(path) as client:
        assert texts(client) == 1
        client.send_message(JULIET, "from the second")
    assert read(path) == ["from the first", "from the second"]


DAY = 86400.0


@pytest.mark.parametrize("jump", [-10 * DAY, 10 * DAY, -1_000_000.0, 400 * DAY])
async def test_clocks_that_jump(tmp_path: Path, server: EmbeddedServer, jump: float) -> None:
    """The order is that of writing, whatever the clock says; and nothing is too old because of it, or lost."""
    now = [1_000_000.0]
    for number in range(3):
        storage = Quick(tmp_path / "out", durable=True, clock=lambda: now[0])
        async with box(storage) as client:  # type: ignore[arg-type]
            client.send_message(JULIET, f"text {number}", mtype="chat")
        await storage.close()
        now[0] = max(0.0, now[0] + jump) if number == 0 else 1_000_000.0
    storage = Quick(tmp_path / "out", durable=True, clock=lambda: now[0])
    async with box(storage, server) as client, juliet(server) as got, asyncio.timeout(30):  # type: ignore[arg-type]
        assert client.outbox is not None
        async with client:
            await client.outbox.join()
        await until(lambda: len(got) >= 3)
    assert got == ALL
    await storage.close()


async def test_too_old_by_a_clock_that_jumps(tmp_path: Path, server: EmbeddedServer) -> None:
    """With a maximal age, what a clock that was wrong makes too old is told; what is from the future is sent."""
    now = [1_000_000.0]
    storage = Quick(tmp_path / "out", durable=True, clock=lambda: now[0])
    async with box(storage, server, max_age=DAY) as client, juliet(server) as got:  # type: ignore[arg-type]
        assert client.outbox is not None
        old = client.send_message(JULIET, "written before the clock was set", mtype="chat")
        now[0] += 10 * DAY
        client.send_message(JULIET, "written afterwards", mtype="chat")
        now[0] -= 5 * DAY
        async with asyncio.timeout(30), client:
            await client.outbox.join()
            with pytest.raises(DeliveryFailed) as caught:
                await old
            assert caught.value.reason is DeliveryReason.EXPIRED
            await until(lambda: got)
    assert got == ["written afterwards"]
    await storage.close()
