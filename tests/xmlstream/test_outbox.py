# SPDX-License-Identifier: MIT
"""The outbox: what is on the disk, what leaves when, what is found out, and what goes wrong."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from outboxes import JULIET, OWNER, box, juliet, texts, until

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.exceptions import (
    ConfigurationError,
    DeliveryFailed,
    StorageConflict,
    StorageError,
    StorageFull,
    UnserializableXML,
)
from xmppkit.server import EmbeddedServer
from xmppkit.storage.memory import MemoryStorage
from xmppkit.storage.sqlite import SQLiteStorage
from xmppkit.testing.wire import Wire
from xmppkit.types import DeliveryEvidence, DeliveryReason, DeliveryState
from xmppkit.xmlstream import outbox as module
from xmppkit.xmlstream.outbox import Outbox, Reconciled


class Clock:
    """Tells `now`."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


# --- what is kept -----------------------------------------------------------------------------------------


async def test_it_is_on_the_disk_when_send_returns(tmp_path: Path) -> None:
    path = tmp_path / "out"
    async with box(path) as client:
        receipt = client.send_message(JULIET, "Hark!", mtype="chat")
        with sqlite3.connect(path) as database:  # as another process would
            ((text,),) = database.execute("SELECT data FROM entries WHERE collection = 'outbox'").fetchall()
        assert b"Hark!" in text
        assert receipt.id.encode() in text
        assert b"origin-id" in text
        assert client.outbox is not None
        (pending,) = client.outbox.pending()
        assert (pending.id, pending.to, pending.receipt) == (receipt.id, JULIET, receipt)
        assert receipt.state is DeliveryState.QUEUED


@pytest.mark.parametrize(
    ("kind", "xml", "kept"),
    [
        ("chat", "<body>x</body>", True),
        ("normal", "<body>x</body>", True),
        ("headline", "<body>x</body>", True),
        ("groupchat", "<body>x</body>", False),
        ("error", "<body>x</body>", False),
        ("chat", "<composing xmlns='http://jabber.org/protocol/chatstates'/>", False),
        ("chat", "<received xmlns='urn:xmpp:receipts' id='1'/>", True),
        ("chat", "<body>x</body><no-store xmlns='urn:xmpp:hints'/>", False),
        ("chat", "", False),
    ],
)
async def test_which_messages_are_kept(tmp_path: Path, kind: str, xml: str, kept: bool) -> None:
    async with box(tmp_path / "out") as client:
        message = client.make_message(JULIET, mtype=kind)
        for child in fromstring(f"<x xmlns='jabber:client'>{xml}</x>"):
            message.append(child)
        message.send()
        assert (texts(client) == 1) is kept
        durably = client.make_message(JULIET, mtype=kind)
        for child in fromstring(f"<x xmlns='jabber:client'>{xml}</x>"):
            durably.append(child)
        await client.send_durably(durably)
        assert (texts(client) == 2) is kept


async def test_the_program_says_which(tmp_path: Path) -> None:
    async with box(tmp_path / "out", keep=lambda message: "keep" in message["body"]) as client:
        client.send_message(JULIET, "keep me")
        client.send_message(JULIET, "and not me")
        assert texts(client) == 1


async def test_ids(tmp_path: Path) -> None:
    """Each message has an id, and one of its author; an object that is sent again is another message."""
    async with box(tmp_path / "out") as client:
        own = client.make_message(JULIET, "x")
        own.set_origin_id("mine")
        own.send()
        bare = client.make_message(JULIET, "x")
        del bare.xml.attrib["id"]
        bare.set_origin_id("other")
        bare.send()
        same = client.make_message(JULIET, "x")
        assert same.send().id != same.send().id
        assert client.outbox is not None
        ids = [each.id for each in client.outbox.pending()]
        assert len(set(ids)) == 4
        assert ids[:2] == ["mine", "other"]
        assert bare["id"] == "other"


async def test_what_cannot_be_kept_is_not_sent(tmp_path: Path) -> None:
    async with box(tmp_path / "out", max_messages=2) as client:
        with pytest.raises(UnserializableXML):
            client.send_message(JULIET, "\0")
        client.send_message(JULIET, "1")
        client.send_message(JULIET, "2")
        with pytest.raises(StorageFull, match="'outbox' of 'romeo@localhost' is full"):
            client.send_message(JULIET, "3")
        with pytest.raises(StorageFull):
            await client.send_durably(client.make_message(JULIET, "3"))
        assert texts(client) == 2


class Broken(SQLiteStorage):
    """A disk with faults."""

    fault: Exception | None = None

    def _transact(self, *arguments: Any) -> list[int]:
        if self.fault is not None:
            raise self.fault
        return super()._transact(*arguments)


@pytest.mark.parametrize(
    "fault", [sqlite3.OperationalError("disk I/O error"), sqlite3.OperationalError("database or disk is full")]
)
async def test_a_disk_that_fails(
    tmp_path: Path, server: EmbeddedServer, fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be written is told, and is not sent; what was written is sent, and goes on with the next process."""
    monkeypatch.setattr(module, "AGAIN", 0.01)
    storage = Broken(tmp_path / "out", durable=True)
    failed: list[StorageError] = []
    async with box(storage, server) as client, juliet(server) as got, asyncio.timeout(60):  # type: ignore[arg-type]
        client.add_event_handler("outbox_failed", failed.append)
        kept = client.send_message(JULIET, "kept", mtype="chat")
        storage.fault = fault
        with pytest.raises(StorageError, match=str(fault)):
            client.send_message(JULIET, "not kept", mtype="chat")
        with pytest.raises(StorageError, match=str(fault)):
            await client.send_durably(client.make_message(JULIET, "nor this", mtype="chat"))
        async with client:
            await kept.acked()
            await until(lambda: len(failed) > 1)  # that it leaves could not be noted, nor that it is done
            storage.fault = None
    async with box(tmp_path / "out") as client:
        assert texts(client) == 1, "it is in doubt"
    assert got == ["kept"]
    await storage.close()


async def test_two_processes(tmp_path: Path) -> None:
    async with box(tmp_path / "out"):
        with pytest.raises(StorageConflict, match="the outbox of romeo@localhost is used"):
            ClientXMPP("romeo@localhost", "r").use_outbox(tmp_path / "out")
        other = ClientXMPP("juliet@localhost", "j")
        await other.use_outbox(tmp_path / "out").close()
        await other._everything_kept()
    async with box(tmp_path / "out"):
        pass


async def test_storages(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="waits for the disk"):
        ClientXMPP("romeo@localhost", "r").use_outbox("memory:")
    with pytest.raises(ConfigurationError, match="waits for the disk"):
        ClientXMPP("romeo@localhost", "r").use_outbox(MemoryStorage())
    async with box(f"sqlite:///{tmp_path}/url.db") as client:  # type: ignore[arg-type]
        with pytest.raises(ConfigurationError, match="already"):
            client.use_outbox(tmp_path / "another")
        client.send_message(JULIET, "x")
    assert (tmp_path / "url.db").exists()


async def test_without_an_outbox_it_is_sent(client: ClientXMPP, wire: Wire) -> None:
    receipt = await client.send_durably(client.make_message(JULIET, "x"))
    assert receipt.state is DeliveryState.SENT


@pytest.mark.parametrize("damage", [b"j17", b'j{"to":"a@b","at":1,"filtered":true,"xml":"<message"}'])
async def test_what_was_damaged(tmp_path: Path, server: EmbeddedServer, damage: bytes) -> None:
    async with box(tmp_path / "out") as client:
        client.send_message(JULIET, "x")
    with sqlite3.connect(tmp_path / "out") as database:
        database.execute("UPDATE entries SET data = ? WHERE collection = 'outbox'", (damage,))
    database.close()
    if damage == b"j17":
        for _ in range(2):  # and it is not claimed afterwards
            with pytest.raises(StorageError, match="cannot be read"):
                ClientXMPP("romeo@localhost", "r").use_outbox(tmp_path / "out")
        return
    async with box(tmp_path / "out", server) as client, asyncio.timeout(60):
        failed: list[StorageError] = []
        client.add_event_handler("outbox_failed", failed.append)
        assert client.outbox is not None
        (pending,) = client.outbox.pending()
        async with client:
            with pytest.raises(DeliveryFailed, match="cannot be read"):
                await pending.receipt
        assert len(failed) == 1


# --- what leaves ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("counted", [True, False])
async def test_in_order_and_gone_when_the_server_has_it(
    tmp_path: Path, server: EmbeddedServer, counted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WINDOW", 7)
    async with box(tmp_path / "out", server, counted=counted) as client, juliet(server) as got, asyncio.timeout(30):
        assert client.outbox is not None
        for number in range(20):
            client.send_message(JULIET, str(number), mtype="chat")
        client.add_event_handler("session_start", lambda _: client.send_message(JULIET, "20", mtype="chat"))
        async with client:
            for number in range(21, 40):
                client.send_message(JULIET, str(number), mtype="chat")
            durably = [client.make_message(JULIET, str(number), mtype="chat") for number in range(40, 50)]
            receipts = await asyncio.gather(*map(client.send_durably, durably))
            await client.outbox.join()
            assert {each.state for each in receipts} == {DeliveryState.ACKED}
            last = client.send_message(JULIET, "last", mtype="chat")
            assert await last is DeliveryState.ACKED
            await client.outbox.join()
        await until(lambda: len(got) >= 51)
    assert got == [*map(str, range(50)), "last"]
    async with box(tmp_path / "out") as client:
        assert texts(client) == 0


async def test_a_component_asks_itself(tmp_path: Path, server: EmbeddedServer) -> None:
    component = ComponentXMPP("bot.localhost", "secret", server.host, server.component_port)
    outbox = component.use_outbox(tmp_path / "out")
    async with asyncio.timeout(60), juliet(server) as got, component:
        receipt = component.send_message(JULIET, "Hark!", mtype="chat")
        await receipt.acked()
        await outbox.join()
    assert got == ["Hark!"]
    await outbox.close()


async def test_what_is_too_old(tmp_path: Path, server: EmbeddedServer, clock: Clock) -> None:
    storage = SQLiteStorage(tmp_path / "out", durable=True, clock=clock)
    async with box(storage, server, max_age=60.0) as client, juliet(server) as got:  # type: ignore[arg-type]
        old = client.send_message(JULIET, "old", mtype="chat")
        clock.now += 61
        new = client.send_message(JULIET, "new", mtype="chat")
        async with asyncio.timeout(60), client:
            await new.acked()
            assert (old.state, old.reason) == (DeliveryState.FAILED, DeliveryReason.EXPIRED)
    assert got == ["new"]
    await storage.close()


async def test_what_is_taken_out(tmp_path: Path, server: EmbeddedServer) -> None:
    async with box(tmp_path / "out", server) as client, juliet(server) as got, asyncio.timeout(60):
        assert client.outbox is not None
        out = client.send_message(JULIET, "no", mtype="chat")
        stays = client.send_message(JULIET, "yes", mtype="chat")
        assert client.outbox.remove(out.id) is True
        assert client.outbox.remove(out.id) is False
        assert out.reason is DeliveryReason.REMOVED
        async with client:
            await stays.acked()
    assert got == ["yes"]


async def test_no_room_with_the_server(tmp_path: Path, server: EmbeddedServer) -> None:
    async with box(tmp_path / "out", server) as client, juliet(server) as got, asyncio.timeout(60):
        assert client.outbox is not None
        client.plugin["xep_0198"].max_unacked = 3
        client.plugin["xep_0198"].when_full = "raise"
        async with client:
            for number in range(20):
                client.send_message(JULIET, str(number), mtype="chat")
            await client.outbox.join()
        assert got == [str(number) for number in range(20)]


# --- after a crash, and after a session -------------------------------------------------------------------


async def left(path: Path, *, sent: bool) -> None:
    """A process has ended that has written three messages, and may have sent them."""
    async with box(path) as client:
        for number in range(3):
            client.send_message(JULIET, str(number), mtype="chat")
    async with SQLiteStorage(path) as storage:
        await storage.collection("outbox.mark", OWNER).put("left", 1000 if sent else 0)


@pytest.mark.parametrize("sent", [True, False])
async def test_what_an_earlier_process_has_left(tmp_path: Path, server: EmbeddedServer, sent: bool) -> None:
    await left(tmp_path / "out", sent=sent)
    told: list[Reconciled] = []
    stamps: list[bool] = []
    async with box(tmp_path / "out", server) as client, juliet(server) as got, asyncio.timeout(60):
        assert client.outbox is not None
        client.add_event_handler("outbox_reconciled", told.append)

        def look(stanza: Any) -> Any:
            stamps.append(stanza.xml.find("{urn:xmpp:delay}delay") is not None)
            return stanza

        client.add_filter("out", look)
        pending = client.outbox.pending()
        assert [each.receipt.state for each in pending] == [DeliveryState.QUEUED] * 3
        client.send_message(JULIET, "new", mtype="chat")
        async with client:
            await client.outbox.join()
        assert [each.receipt.state for each in pending] == [DeliveryState.ACKED] * 3
    assert got == ["0", "1", "2", "new"]
    assert told == ([Reconciled((), tuple(each.id for each in pending))] if sent else [])
    assert stamps[-2], "what is sent again says when it was written"


async def test_the_archive_is_asked(tmp_path: Path, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    await left(tmp_path / "out", sent=True)
    async with box(tmp_path / "out", server) as client, juliet(server) as got, asyncio.timeout(60):
        assert client.outbox is not None
        pending = client.outbox.pending()

        async def iterate(**question: Any) -> AsyncIterator[Any]:
            for sender, id in (("tybalt@localhost/x", pending[0].id), ("romeo@localhost/x", pending[1].id)):
                result = client.make_message("")
                result.append(
                    fromstring(
                        "<result xmlns='urn:xmpp:mam:2'><forwarded xmlns='urn:xmpp:forward:0'>"
                        "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>"
                        f"<message xmlns='jabber:client' from='{sender}'>"
                        f"<origin-id xmlns='urn:xmpp:sid:0' id='{id}'/></message></forwarded></result>"
                    )
                )
                yield result

        monkeypatch.setattr(client.plugin["xep_0313"], "iterate", iterate, raising=False)
        async with client:
            await client.outbox.join()
        assert [each.receipt.evidence for each in pending] == [None, DeliveryEvidence.ARCHIVE, None]
    assert got == ["0", "2"], "a message of somebody else says nothing about ours"


@pytest.mark.parametrize("counted", [True, False])
async def test_a_session_that_is_over(tmp_path: Path, server: EmbeddedServer, counted: bool) -> None:
    """What it has sent and what was not acknowledged is sent again, before what is newer, and once."""
    async with box(tmp_path / "out", server, counted=counted) as client, juliet(server) as got, asyncio.timeout(30):
        assert client.outbox is not None
        async with client:
            for number in range(5):
                client.send_message(JULIET, str(number), mtype="chat")
            if counted:
                session = client.continued().session
                assert session is not None
                session.id = ""  # it cannot be resumed
            client.transport.abort()
            for number in range(5, 10):
                client.send_message(JULIET, str(number), mtype="chat")
            await client.wait_until("session_start", 20)
            for number in range(10, 15):
                client.send_message(JULIET, str(number), mtype="chat")
            await client.outbox.join()
        await until(lambda: len(set(got)) >= 15)
    assert got == [str(number) for number in range(15)]


async def test_a_session_that_goes_on(tmp_path: Path, server: EmbeddedServer) -> None:
    async with box(tmp_path / "out", server) as client, juliet(server) as got, asyncio.timeout(30):
        assert client.outbox is not None
        async with client:
            for number in range(5):
                client.send_message(JULIET, str(number), mtype="chat")
            client.transport.abort()
            resumed = asyncio.ensure_future(client.wait_until("session_resumed", 20))
            for number in range(5, 10):
                client.send_message(JULIET, str(number), mtype="chat")
            await resumed
            await client.outbox.join()
        await until(lambda: len(set(got)) >= 10)
    assert got == [str(number) for number in range(10)]


async def test_it_can_be_made_before_there_is_a_loop(tmp_path: Path) -> None:
    def program() -> int:
        client = ClientXMPP("romeo@localhost/here", "r", loop=asyncio.new_event_loop())
        client.use_outbox(tmp_path / "out")
        client.send_message(JULIET, "x")
        count = texts(client)
        assert client.outbox is not None
        client.loop.run_until_complete(client.outbox.close())
        client.loop.run_until_complete(client._everything_kept())
        client.loop.close()
        return count

    assert await asyncio.to_thread(program) == 1
    assert Outbox.__doc__
