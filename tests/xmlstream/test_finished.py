# SPDX-License-Identifier: MIT
"""What the server has acknowledged stays for a while if there is an archive, and is sent again if that has lost it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

import pytest
from outboxes import JULIET, OWNER, Archive, box, juliet, texts

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import StorageError, StorageFull
from xmppkit.server import EmbeddedServer
from xmppkit.stanza.iq import Iq
from xmppkit.storage.sqlite import SQLiteStorage
from xmppkit.types import DeliveryEvidence, DeliveryState
from xmppkit.xmlstream import finished as module
from xmppkit.xmlstream.finished import Finished
from xmppkit.xmlstream.outbox import Reconciled
from xmppkit.xmlstream.resending import Kept


@pytest.fixture
def archive() -> Archive:
    return Archive()


async def another_session(client: ClientXMPP) -> None:
    """The session is lost, and there is another one, for which the archive was looked at."""
    assert client.outbox is not None
    session = client.continued().session
    assert session is not None
    session.id = ""  # it cannot be resumed
    begun = asyncio.ensure_future(client.wait_until("session_start", 20))
    client.transport.abort()
    await begun
    await client.send_message(JULIET, "behind", mtype="chat").acked()
    await client.outbox.join()


async def on_the_disk(path: Path) -> list[str]:
    """The ids of the messages that are on the disk."""
    async with SQLiteStorage(path) as storage:
        return await storage.collection("outbox", OWNER).keys()


@asynccontextmanager
async def attended(
    path: Path, server: EmbeddedServer, archive: Archive, monkeypatch: pytest.MonkeyPatch, **options: Any
) -> AsyncIterator[ClientXMPP]:
    """A client with an outbox there and that archive, and one whom it writes to."""
    async with box(path, server, **options) as client, juliet(server), asyncio.timeout(30):
        archive.attend(client, monkeypatch)
        yield client


async def say(client: ClientXMPP, *bodies: str) -> list[str]:
    """Send messages, and wait until all are acknowledged and the disk knows that; their ids."""
    ids = [client.send_message(JULIET, body, mtype="chat").id for body in bodies]
    assert client.outbox is not None
    await client.outbox.join()
    return ids


@pytest.mark.parametrize(("there", "again"), [(5, []), (3, ["3", "4"]), (0, ["0", "1", "2", "3", "4"])])
async def test_what_the_archive_has_lost(
    tmp_path: Path,
    server: EmbeddedServer,
    archive: Archive,
    monkeypatch: pytest.MonkeyPatch,
    there: int,
    again: list[str],
) -> None:
    """What was acknowledged is sent again, before newer messages; nothing of the receipts changes, and nobody is told
    of changes that are none."""
    async with box(tmp_path / "out", server) as client, juliet(server) as got, asyncio.timeout(30):
        archive.attend(client, monkeypatch)
        changes: list[DeliveryState] = []
        client.add_event_handler("delivery", lambda receipt: changes.append(receipt.state))
        async with client:
            receipts = [client.send_message(JULIET, str(number), mtype="chat") for number in range(5)]
            assert client.outbox is not None
            await client.outbox.join()
            ids = [receipt.id for receipt in receipts]
            assert texts(client) == 0
            assert await on_the_disk(tmp_path / "out") == ids
            archive.has = ids[:there]
            await another_session(client)
            assert [receipt.state for receipt in receipts] == [DeliveryState.ACKED] * 5
            assert set(changes) <= {DeliveryState.SENT, DeliveryState.ACKED}
            assert changes.count(DeliveryState.ACKED) == 6
            assert archive.told == ([Reconciled((), tuple(ids[there:]))] if again else [])
            assert archive.sent == [*"01234", *again, "behind"]
            assert archive.asked == 2
    assert got[:5] == list("01234")


async def test_without_an_archive_nothing_stays(
    tmp_path: Path, server: EmbeddedServer, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.refuses = True
    async with attended(tmp_path / "out", server, archive, monkeypatch) as client:
        async with client:
            await say(client, "0")
            assert await on_the_disk(tmp_path / "out") == []
            await another_session(client)
        assert archive.sent == ["0", "behind"]


async def test_an_archive_that_is_gone(
    tmp_path: Path, server: EmbeddedServer, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with attended(tmp_path / "out", server, archive, monkeypatch) as client:
        async with client:
            await say(client, "0")
            archive.refuses = True
            await another_session(client)
            assert await on_the_disk(tmp_path / "out") == []
        assert archive.sent == ["0", "behind"]


@pytest.mark.parametrize(
    ("kind", "xml", "stays"),
    [
        ("chat", "<body>x</body>", True),
        ("normal", "<body>x</body>", True),
        ("headline", "<body>x</body>", False),
        ("chat", "<received xmlns='urn:xmpp:receipts' id='1'/>", False),
        ("chat", "<body>x</body><no-permanent-store xmlns='urn:xmpp:hints'/>", False),
    ],
)
async def test_which_messages_stay(
    tmp_path: Path,
    server: EmbeddedServer,
    archive: Archive,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    xml: str,
    stays: bool,
) -> None:
    """Those that every archive has."""
    async with attended(tmp_path / "out", server, archive, monkeypatch, keep=lambda _: True) as client, client:
        message = client.make_message(JULIET, mtype=kind)
        for child in fromstring(f"<x xmlns='jabber:client'>{xml}</x>"):
            message.append(child)
        receipt = message.send()
        assert client.outbox is not None
        await client.outbox.join()
        assert await on_the_disk(tmp_path / "out") == [receipt.id] * stays


async def test_what_has_come_is_not_sent_again(
    tmp_path: Path, server: EmbeddedServer, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recipient has confirmed it, or has refused it."""
    async with attended(tmp_path / "out", server, archive, monkeypatch) as client:
        async with client:
            first, second = (client.send_message(JULIET, text, mtype="chat") for text in "01")
            assert client.outbox is not None
            await client.outbox.join()
            first.deliver(DeliveryEvidence.RECEIPT)
            await another_session(client)
            assert second.state is DeliveryState.ACKED
        assert archive.sent == ["0", "1", "1", "behind"]


async def test_another_process_sends_it_again(
    tmp_path: Path, server: EmbeddedServer, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stays survives the process; what is newer, and was not sent, follows it."""
    async with attended(tmp_path / "out", server, archive, monkeypatch) as client:
        async with client:
            ids = await say(client, *"012")
            archive.has = ids[:2]
        client.send_message(JULIET, "3", mtype="chat")
    archive.sent.clear()
    async with attended(tmp_path / "out", server, archive, monkeypatch) as client:
        assert texts(client) == 1
        async with client:
            await client.send_message(JULIET, "4", mtype="chat").acked()
    assert archive.sent == ["2", "3", "4"]


@pytest.mark.parametrize(
    ("prefs", "again"),
    [
        ("<prefs xmlns='urn:xmpp:mam:2' default='always'/>", True),
        ("<prefs xmlns='urn:xmpp:mam:2' default='never'/>", False),
        ("<prefs xmlns='urn:xmpp:mam:2' default='roster'><always><jid>juliet@localhost</jid></always></prefs>", True),
        ("<prefs xmlns='urn:xmpp:mam:2' default='always'><never><jid>juliet@localhost</jid></never></prefs>", False),
        ("<something xmlns='urn:xmpp:mam:2'/>", True),
    ],
)
async def test_what_is_never_archived(
    tmp_path: Path,
    server: EmbeddedServer,
    archive: Archive,
    monkeypatch: pytest.MonkeyPatch,
    prefs: str,
    again: bool,
) -> None:
    """That an archive does not have what it is told not to have says nothing."""
    answer_with(monkeypatch, "{urn:xmpp:mam:2}prefs", prefs)
    async with attended(tmp_path / "out", server, archive, monkeypatch) as client, client:
        await say(client, "0")
        await another_session(client)
    assert archive.sent == ["0", *(["0"] if again else []), "behind"]


@pytest.mark.parametrize(("seconds", "again"), [(0, True), (86400, False)])
async def test_a_server_that_has_run_all_the_while(
    tmp_path: Path,
    server: EmbeddedServer,
    archive: Archive,
    monkeypatch: pytest.MonkeyPatch,
    seconds: int,
    again: bool,
) -> None:
    """It has lost nothing: what it has acknowledged is not in its archive yet."""
    answer_with(monkeypatch, "{jabber:iq:last}query", f"<query xmlns='jabber:iq:last' seconds='{seconds}'/>")
    async with attended(tmp_path / "out", server, archive, monkeypatch) as client, client:
        await say(client, "0")
        await another_session(client)
    assert archive.sent == ["0", *(["0"] if again else []), "behind"]


def answer_with(monkeypatch: pytest.MonkeyPatch, tag: str, payload: str) -> None:
    """The server answers a request with that child so."""
    send = Iq.send

    def answered(self: Any, *arguments: Any, **options: Any) -> Any:
        if self.xml.find(tag) is None:
            return send(self, *arguments, **options)
        answer = self.reply()
        answer.xml[:] = [fromstring(payload)]
        future = asyncio.get_running_loop().create_future()
        future.set_result(answer)
        return future

    monkeypatch.setattr(Iq, "send", answered)


@pytest.mark.parametrize(
    ("seconds", "again"),
    [("0", ["1", "2"]), ("86400", ["2"]), ("some", ["2"]), ("9" * 5000, ["2"]), (None, ["2"])],
)
async def test_the_last_one_before_a_restart(
    tmp_path: Path,
    server: EmbeddedServer,
    archive: Archive,
    monkeypatch: pytest.MonkeyPatch,
    seconds: str | None,
    again: list[str],
) -> None:
    """A server that ends may have put the last message into our archive, and have come no further: it is sent again if
    the server was started since, and was not acknowledged. What stands before it in the archive has come."""
    query = Element("{jabber:iq:last}other") if seconds is None else Element("{jabber:iq:last}query", seconds=seconds)
    answer_with(monkeypatch, "{jabber:iq:last}query", tostring(query, "unicode"))
    async with box(tmp_path / "out") as client:
        receipts = [client.send_message(JULIET, text, mtype="chat") for text in "012"]
        ids = [receipt.id for receipt in receipts]
    async with SQLiteStorage(tmp_path / "out") as storage:
        await storage.collection("outbox.mark", OWNER).put("left", 1000)
    archive.has = ids[:2]
    async with attended(tmp_path / "out", server, archive, monkeypatch) as client:
        assert client.outbox is not None
        pending = [each.receipt for each in client.outbox.pending()]
        async with client:
            await client.outbox.join()
        assert pending[0].evidence is DeliveryEvidence.ARCHIVE
        assert (pending[1].evidence is DeliveryEvidence.ARCHIVE) is ("1" not in again)
    assert archive.sent == again


async def test_it_makes_way(
    tmp_path: Path, server: EmbeddedServer, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stays is no reason to refuse what is new."""
    async with attended(tmp_path / "out", server, archive, monkeypatch, max_messages=2) as client:
        assert client.outbox is not None
        async with client:
            for number in range(2):
                client.send_message(JULIET, str(number), mtype="chat")
            await client.outbox.join()
            assert len(await on_the_disk(tmp_path / "out")) == 2
            third = await client.send_durably(client.make_message(JULIET, "2", mtype="chat"))
            await client.outbox.join()
            assert await on_the_disk(tmp_path / "out") == [third.id]
        ids = [client.send_message(JULIET, str(number), mtype="chat").id for number in range(3, 5)]
        with pytest.raises(StorageFull):
            client.send_message(JULIET, "5", mtype="chat")
        assert await on_the_disk(tmp_path / "out") == ids


async def test_how_much_is_looked_at(
    tmp_path: Path, server: EmbeddedServer, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If as much was looked at as may be, nobody knows whether it is there."""
    monkeypatch.setattr(module, "LOOK_UP", 3)
    async with attended(tmp_path / "out", server, archive, monkeypatch) as client, client:
        await say(client, "0")
        archive.has = ["a", "b", "c"]
        await another_session(client)
    assert archive.sent == ["0", "behind"]


# --- the messages that stay -------------------------------------------------------------------------------


class Place:
    """Where an outbox keeps messages, with a clock."""

    def __init__(self, path: Path) -> None:
        self.now = 1_000_000.0
        self.storage = SQLiteStorage(path, durable=True, clock=lambda: self.now)
        self.messages = self.storage.collection("outbox", OWNER)
        self.client = ClientXMPP("romeo@localhost/here", "r")
        self.client.use_outbox(self.storage)
        self.finished = self.made()
        self.finished.archives = True

    def made(self) -> Finished:
        confirming = self.client.outbox._confirming  # type: ignore[union-attr]
        marks = self.storage.collection("outbox.mark", OWNER)
        return Finished(self.storage, self.messages, marks, confirming)

    async def acked(self, key: str) -> Kept:
        """A message is written, sent and acknowledged."""
        kept = await self.written(key)
        self.end(kept)
        return kept

    async def written(self, key: str) -> Kept:
        value = {"to": JULIET, "at": self.now, "filtered": True, "leaves": True, "archives": True, "xml": "x" * 100}
        (revision,) = await self.finished.put([(key, value)])
        receipt = self.client._sender.deliveries.receipt(key, JULIET)
        kept = Kept(key, receipt, self.now, True, leaves=True, size=100)
        kept.revision = revision
        return kept

    def end(self, kept: Kept) -> None:
        kept.receipt.ack()
        self.finished.done(kept)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(tmp_path / "out")
    yield place
    assert place.client.outbox is not None
    await place.client.outbox.close()
    await place.storage.close()


async def test_for_so_long(place: Place) -> None:
    """Ten minutes, or until a clock that has jumped back makes no sense of it."""
    await place.acked("a")
    place.now += 599.0
    await place.acked("b")
    await place.finished.write()
    assert await place.messages.keys() == ["a", "b"]
    place.now += 2.0
    await place.acked("c")
    await place.finished.write()
    assert await place.messages.keys() == ["b", "c"]
    place.now -= 10_000.0
    place.finished.forget_old()
    assert len(place.finished) == 0
    await place.finished.write()
    assert await place.messages.keys() == []


async def test_what_is_being_written_is_not_on_the_disk_yet(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for the disk waits for the end of that, and for what is acknowledged meanwhile."""
    await place.acked("a")
    begun, gate = asyncio.Event(), asyncio.Event()
    batch = type(place.storage.batch())
    commit = batch.commit

    async def slowly(self: Any) -> list[int]:
        begun.set()
        await gate.wait()
        return await commit(self)

    later = await place.written("b")
    monkeypatch.setattr(batch, "commit", slowly)
    task = asyncio.create_task(place.finished.write())
    await begun.wait()
    assert not place.finished.is_written
    place.end(later)
    gate.set()
    await task
    assert place.finished.is_written
    again = place.made()
    await again.begin()
    assert again.newest == "b"


@pytest.mark.parametrize("bound", ["MOST", "MOST_SIZE"])
async def test_so_many(place: Place, monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(module, bound, 2 if bound == "MOST" else 299)
    for key in "abc":
        await place.acked(key)
    await place.finished.write()
    assert await place.messages.keys() == ["b", "c"]


async def test_an_id_that_is_used_again(place: Place) -> None:
    """A new message has taken the place of one that stayed, and is not deleted with it."""
    await place.acked("a")
    await place.finished.write()
    again = await place.written("a")
    place.finished.forget_all()
    await place.finished.write()
    assert await place.messages.keys() == ["a"]
    place.end(again)
    place.finished.forget_all()
    await place.finished.write()
    assert await place.messages.keys() == []


@pytest.mark.parametrize("noted", ["a", ["a", 1], [1, 1, 1.0], ["a", "b", 1.0], ["a", 1, "c"]])
async def test_what_is_no_note(place: Place, noted: Any) -> None:
    """Such as an older version has written: nothing is known to be acknowledged."""
    await place.storage.collection("outbox.mark", OWNER).put("acked", noted)
    await place.written("a")
    made = place.made()
    await made.begin()
    entry = await place.messages.entry("a")
    assert entry is not None
    assert made.restore(entry, JULIET, place.now, True) is False
    assert made.newest == ""


async def test_a_message_that_came_late(place: Place) -> None:
    """Of two that are written at the same time the later one may be sent first: that it is acknowledged says nothing of
    the other. A process that goes on then takes both for in doubt."""
    first, second = await place.written("a"), await place.written("b")
    for kept in (second, first):
        place.finished.entered(kept)
    place.end(second)
    await place.finished.write()

    async def restored() -> list[str]:
        made = place.made()
        await made.begin()
        return [entry.key async for entry in place.messages.items() if made.restore(entry, JULIET, 1.0, True)]

    assert await restored() == []
    place.end(first)
    await place.finished.write()
    assert await restored() == ["a", "b"]


async def test_a_disk_that_fails(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    await place.acked("a")

    async def fail(*_: object) -> list[int]:
        raise StorageError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(place.storage, "_apply", fail)
        with pytest.raises(StorageError):
            await place.finished.write()
        await place.finished.mark("17")
    await place.finished.mark("17")  # what is not written would be behind it
    marks = place.storage.collection("outbox.mark", OWNER)
    assert await marks.get("archive") is None
    await place.finished.write()
    assert place.finished.is_written
    with monkeypatch.context() as patch:
        patch.setattr(place.storage, "_apply", fail)
        await place.finished.mark("17")
    await place.finished.mark("17")
    assert await marks.get("archive") == "17"
