# SPDX-License-Identifier: MIT
"""Messages stay in the outbox until their recipients have confirmed them, and are sent again when a session begins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import fromstring

import pytest
from outboxes import JULIET, OWNER, Archive, box, texts, until

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.exceptions import ConfigurationError, DeliveryFailed, StorageFull
from xmppkit.jid.address import JID
from xmppkit.server import EmbeddedServer
from xmppkit.storage.sqlite import SQLiteStorage
from xmppkit.types import DeliveryEvidence, DeliveryReason, DeliveryState
from xmppkit.xmlstream import confirming as module
from xmppkit.xmlstream.confirming import Confirming
from xmppkit.xmlstream.delivery import Receipt
from xmppkit.xmlstream.outbox import Reconciled
from xmppkit.xmlstream.resending import Kept

ACKED, DELIVERED, FAILED = DeliveryState.ACKED, DeliveryState.DELIVERED, DeliveryState.FAILED
REQUEST = "<request xmlns='urn:xmpp:receipts'/>"


class Sent(NamedTuple):
    """A message with a text that has left."""

    body: str
    id: str
    origin: str
    asks: bool
    delayed: bool


def watched(client: ClientXMPP) -> list[Sent]:
    """What a client sends."""
    found: list[Sent] = []

    def look(stanza: Any) -> Any:
        if stanza.name == "message" and stanza["body"]:
            asks = stanza.xml.find("{urn:xmpp:receipts}request") is not None
            delayed = stanza.xml.find("{urn:xmpp:delay}delay") is not None
            found.append(Sent(stanza["body"], stanza["id"], stanza.get_origin_id(), asks, delayed))
        return stanza

    client.add_filter("out", look)
    return found


class Recipient:
    """Who gets the messages.

    :ivar got: what the program was given.
    :ivar doubled: what had come before.
    """

    def __init__(self, server: EmbeddedServer, user: str = "juliet", password: str = "j") -> None:
        self.client = ClientXMPP(f"{user}@localhost/phone", password)
        self.client.ca_certs = str(server.ca_file)
        self.client.custom_address = (server.host, server.port)
        self.client.register_plugin("xep_0184")
        self.client.drop_doubles()
        self.got: list[str] = []
        self.doubled: list[str] = []
        self.client.add_event_handler("message", lambda message: self.got.append(message["body"]))
        self.client.add_event_handler("message_doubled", lambda message: self.doubled.append(message["body"]))

    @property
    def confirms(self) -> bool:
        return bool(self.client.plugin["xep_0184"].auto_ack)

    @confirms.setter
    def confirms(self, value: bool) -> None:
        self.client.plugin["xep_0184"].auto_ack = value

    def confirm(self, id: str) -> None:
        """Give the receipt for a message."""
        message = self.client.make_message("romeo@localhost/here", mtype="chat")
        message["receipt"] = id
        message.send()


@asynccontextmanager
async def recipient(server: EmbeddedServer, *, confirms: bool) -> AsyncIterator[Recipient]:
    juliet = Recipient(server)
    juliet.confirms = confirms
    async with asyncio.timeout(180), juliet.client:
        juliet.client.send_presence()
        await juliet.client.get_roster()
        yield juliet


@asynccontextmanager
async def boxed(path: Path, server: EmbeddedServer, **options: Any) -> AsyncIterator[ClientXMPP]:
    """A client that is to have everything confirmed, in its session."""
    async with box(path, server, confirm=True, **options) as client, client:
        yield client


async def say(client: ClientXMPP, *bodies: str) -> list[Receipt]:
    """Send messages, and wait until the server has them and the disk knows that."""
    receipts = [client.send_message(JULIET, body, mtype="chat") for body in bodies]
    for receipt in receipts:
        await receipt.acked()
    assert client.outbox is not None
    await client.outbox.settled()
    return receipts


async def another_session(client: ClientXMPP) -> None:
    """The session is lost, and there is another one, in which what waits was sent."""
    session = client.continued().session
    assert session is not None
    session.id = ""  # it cannot be resumed
    begun = asyncio.ensure_future(client.wait_until("session_start", 60))
    client.transport.abort()
    await begun
    await say(client, "behind")


async def on_the_disk(path: Path, collection: str = "outbox") -> list[str]:
    async with SQLiteStorage(path) as storage:
        return await storage.collection(collection, OWNER).keys()


# --- until it is confirmed --------------------------------------------------------------------------------


async def test_it_stays_until_it_is_confirmed(tmp_path: Path, server: EmbeddedServer) -> None:
    path = tmp_path / "out"
    async with recipient(server, confirms=False) as juliet, box(path, server, confirm=True) as client, client:
        changes: list[DeliveryState] = []
        client.add_event_handler("delivery", lambda receipt: changes.append(receipt.state))
        sent = watched(client)
        (receipt,) = await say(client, "Hark!")
        assert client.outbox is not None
        (pending,) = client.outbox.pending()
        assert (pending.id, pending.to, pending.receipt) == (receipt.id, JULIET, receipt)
        assert (receipt.state, texts(client)) == (ACKED, 1)
        assert await on_the_disk(path) == await on_the_disk(path, "outbox.unconfirmed") == [receipt.id]
        assert [each[:4] for each in sent] == [("Hark!", receipt.id, receipt.id, True)]
        juliet.confirm(receipt.id)
        await client.outbox.join()
        assert (receipt.state, receipt.evidence, texts(client)) == (DELIVERED, DeliveryEvidence.RECEIPT, 0)
        assert changes[-2:] == [ACKED, DELIVERED]
        assert changes.count(ACKED) == 1
    assert await on_the_disk(path) == await on_the_disk(path, "outbox.unconfirmed") == []
    assert await on_the_disk(path, "outbox.confirmers") == [JULIET]


async def test_who_gives_receipts_confirms_by_themselves(tmp_path: Path, server: EmbeddedServer) -> None:
    async with recipient(server, confirms=True) as juliet, box(tmp_path / "out", server, confirm=True) as client:
        assert client.outbox is not None
        early = [client.send_message(JULIET, str(number), mtype="chat") for number in range(5)]
        async with client:
            late = [client.make_message(JULIET, str(number), mtype="chat") for number in range(5, 10)]
            receipts = [*early, *await asyncio.gather(*map(client.send_durably, late))]
            await client.outbox.join()
        assert {receipt.evidence for receipt in receipts} == {DeliveryEvidence.RECEIPT}
        assert juliet.got == [str(number) for number in range(10)]


@pytest.mark.parametrize(
    ("kind", "xml", "asks"),
    [
        ("chat", "<body>x</body>", True),
        ("normal", "<body>x</body>", True),
        ("headline", "<body>x</body>", True),
        ("chat", "<file xmlns='urn:example'/>", False),
        ("chat", f"<file xmlns='urn:example'/>{REQUEST}", True),
        ("chat", f"<body>x</body>{REQUEST}", True),
        ("chat", "<received xmlns='urn:xmpp:receipts' id='1'/>", False),
        ("chat", "<body>x</body><received xmlns='urn:xmpp:receipts' id='1'/>", False),
        ("groupchat", "<body>x</body>", False),
        ("error", "<body>x</body>", False),
    ],
)
async def test_which_messages_ask(tmp_path: Path, kind: str, xml: str, asks: bool) -> None:
    async with box(tmp_path / "out", confirm=True, keep=lambda _: True) as client:
        message = client.make_message(JULIET, mtype=kind)
        for child in fromstring(f"<x xmlns='jabber:client'>{xml}</x>"):
            message.append(child)
        message.send()
        assert len(message.xml.findall("{urn:xmpp:receipts}request")) == asks
    async with SQLiteStorage(tmp_path / "out") as storage:
        (entry,) = [entry async for entry in storage.collection("outbox", OWNER).items()]
    assert isinstance(entry.value, dict)
    assert entry.value.get("asks") == (message["id"] if asks else None)


@pytest.mark.parametrize(
    ("sender", "counts"),
    [
        (JULIET, True),
        ("juliet@localhost/another", True),
        ("tybalt@localhost", False),
        ("romeo@localhost/here", False),
        ("localhost", False),
        ("juliet@example.org", False),
    ],
)
async def test_who_may_confirm(tmp_path: Path, server: EmbeddedServer, sender: str, counts: bool) -> None:
    """Also for a message of an earlier process, which xep_0184 does not know."""
    async with recipient(server, confirms=False), boxed(tmp_path / "out", server) as client:
        (receipt,) = await say(client, "Hark!")
    async with box(tmp_path / "out", confirm=True) as client:
        assert client.outbox is not None
        (pending,) = client.outbox.pending()
        told: dict[str, Any] = {"evidence": DeliveryEvidence.RECEIPT, "kept": True}
        assert client.message_confirmed("another", JID(JULIET), **told) is False
        assert client.message_confirmed(receipt.id, JID(sender), **told) is counts
        assert pending.receipt.state is (DELIVERED if counts else ACKED)
        assert texts(client) == (not counts)


async def test_a_receipt_of_somebody_else(
    tmp_path: Path, server: EmbeddedServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.add_user("tybalt", "t")
    tybalt = Recipient(server, "tybalt", "t")
    async with (
        recipient(server, confirms=False) as juliet,
        box(tmp_path / "out", server, confirm=True) as client,
        client,
        tybalt.client,
    ):
        (receipt,) = await say(client, "Hark!")
        tybalt.confirm(receipt.id)
        await until(lambda: "a receipt from tybalt@localhost/phone is ignored" in caplog.text)
        assert (receipt.state, texts(client)) == (ACKED, 1)
        juliet.confirm(receipt.id)
        assert await receipt.delivered() is DELIVERED


async def test_a_message_of_an_earlier_process_is_confirmed(tmp_path: Path, server: EmbeddedServer) -> None:
    """By its id, which need not be that of its author. It is not sent again to who has never confirmed anything."""
    async with recipient(server, confirms=False) as juliet:
        async with box(tmp_path / "out", server, confirm=True) as client, client:
            message = client.make_message(JULIET, "Hark!", mtype="chat")
            message["id"] = "its"
            message.set_origin_id("mine")
            await message.send().acked()
            assert client.outbox is not None
            await client.outbox.settled()
        async with box(tmp_path / "out", server, confirm=True) as client:
            assert client.outbox is not None
            changes: list[DeliveryState] = []
            client.add_event_handler("delivery", lambda receipt: changes.append(receipt.state))
            told = asyncio.Event()
            client.add_event_handler("receipt_received", lambda _: told.set())
            sent = watched(client)
            (pending,) = client.outbox.pending()
            assert (pending.id, pending.receipt.state) == ("mine", ACKED)
            async with client:
                juliet.confirm("its")
                await client.outbox.join()
                await told.wait()
            assert (pending.receipt.evidence, changes, sent) == (DeliveryEvidence.RECEIPT, [DELIVERED], [])
    assert juliet.got == ["Hark!"]


async def test_a_component(tmp_path: Path, server: EmbeddedServer) -> None:
    component = ComponentXMPP("bot.localhost", "secret", server.host, server.component_port)
    outbox = component.use_outbox(tmp_path / "out", confirm=True)
    async with recipient(server, confirms=True) as juliet, component:
        receipt = component.send_message(JULIET, "Hark!", mtype="chat")
        await outbox.join()
    assert receipt.evidence is DeliveryEvidence.RECEIPT
    assert juliet.got == ["Hark!"]
    await outbox.close()


async def test_an_answer_before_the_acknowledgement(tmp_path: Path) -> None:
    """The receipt may come first; then nothing stays."""
    async with box(tmp_path / "out", confirm=True) as client:
        receipt = client.send_message(JULIET, "x", mtype="chat")
        receipt.deliver(DeliveryEvidence.RECEIPT)
        assert client.outbox is not None
        await client.outbox.join()
    assert await on_the_disk(tmp_path / "out") == await on_the_disk(tmp_path / "out", "outbox.unconfirmed") == []
    assert await on_the_disk(tmp_path / "out", "outbox.confirmers") == [JULIET]


async def test_it_is_refused(tmp_path: Path, server: EmbeddedServer) -> None:
    async with asyncio.timeout(60), boxed(tmp_path / "out", server) as client:
        receipt = client.send_message("nobody@localhost", "Hark!", mtype="chat")
        with pytest.raises(DeliveryFailed) as caught:
            await receipt.delivered()
        assert caught.value.reason is DeliveryReason.ERROR
        assert client.outbox is not None
        await client.outbox.join()
    assert await on_the_disk(tmp_path / "out") == await on_the_disk(tmp_path / "out", "outbox.confirmers") == []


async def test_it_is_taken_out(tmp_path: Path, server: EmbeddedServer) -> None:
    async with recipient(server, confirms=False), boxed(tmp_path / "out", server) as client:
        (receipt,) = await say(client, "Hark!")
        assert client.outbox is not None
        assert client.outbox.remove(receipt.id) is True
        assert client.outbox.remove(receipt.id) is False
        assert receipt.reason is DeliveryReason.REMOVED
        await client.outbox.join()
    assert await on_the_disk(tmp_path / "out") == []


@pytest.mark.parametrize("origin", [True, False])
async def test_the_same_id_once_more(tmp_path: Path, server: EmbeddedServer, origin: bool) -> None:
    """A new message does not take the place of one that waits: programs that are started again may count from one."""
    async with recipient(server, confirms=False):
        async with boxed(tmp_path / "out", server) as client:
            (first,) = await say(client, "one")
        async with box(tmp_path / "out", confirm=True) as client:
            message = client.make_message(JULIET, "two", mtype="chat")
            message["id"] = "2" if origin else first.id
            if origin:
                message.set_origin_id(first.id)
            second = message.send()
            assert len({first.id, second.id, "2"}) == 3
            assert client.outbox is not None
            assert [each.id for each in client.outbox.pending()] == [first.id, second.id]


@pytest.mark.parametrize("seconds", [0, -1.0, float("nan")])
def test_what_is_no_time(tmp_path: Path, seconds: float) -> None:
    with pytest.raises(ConfigurationError, match="confirm_within"):
        ClientXMPP("romeo@localhost", "r").use_outbox(tmp_path / "out", confirm=True, confirm_within=seconds)


# --- sent again -------------------------------------------------------------------------------------------


@asynccontextmanager
async def forgotten(path: Path, server: EmbeddedServer, **options: Any) -> AsyncIterator[tuple[ClientXMPP, Recipient]]:
    """A client in its session, and a recipient who has confirmed one message, and has not confirmed "1" and "2"."""
    async with recipient(server, confirms=True) as juliet, boxed(path, server, **options) as client:
        (first,) = await say(client, "0")
        await first.delivered()
        juliet.confirms = False
        await say(client, "1", "2")
        yield client, juliet


async def test_it_is_sent_again_in_a_new_session(tmp_path: Path, server: EmbeddedServer) -> None:
    """In order, before what is newer, with the same ids, so that it is handled once; then it is confirmed."""
    async with forgotten(tmp_path / "out", server) as (client, juliet):
        assert client.outbox is not None
        pending = client.outbox.pending()
        changes: list[DeliveryState] = []
        told: list[Reconciled] = []
        client.add_event_handler("delivery", lambda receipt: changes.append(receipt.state))
        client.add_event_handler("outbox_reconciled", told.append)
        sent = watched(client)
        juliet.confirms = True
        await another_session(client)
        await client.outbox.join()
        again = [Sent(body, each.id, each.id, True, True) for body, each in zip("12", pending, strict=True)]
        assert sent[:2] == again
        assert [each.body for each in sent] == ["1", "2", "behind"]
        assert told == [Reconciled((), tuple(each.id for each in pending))]
        assert [each.receipt.evidence for each in pending] == [DeliveryEvidence.RECEIPT] * 2
        assert changes.count(DELIVERED) == 3
        assert juliet.got == ["0", "1", "2", "behind"]
        assert juliet.doubled == ["1", "2"]


async def test_so_often(tmp_path: Path, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three times, and then no more; the states stay what they are."""
    monkeypatch.setattr(module, "FRESH", 0.0)
    async with forgotten(tmp_path / "out", server) as (client, juliet):
        assert client.outbox is not None
        pending = client.outbox.pending()
        sent = watched(client)
        for _ in range(module.MOST + 2):
            await another_session(client)
        assert [each.body for each in sent].count("1") == module.MOST
        assert {each.receipt.state for each in pending} == {ACKED}
        assert juliet.got == ["0", "1", "2", *["behind"] * (module.MOST + 2)]


async def test_so_often_in_other_processes(
    tmp_path: Path, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FRESH", 0.0)
    path = tmp_path / "out"
    async with forgotten(path, server):
        pass
    bodies: list[str] = []
    async with recipient(server, confirms=False) as juliet:
        for number in range(module.MOST + 2):
            async with box(path, server, confirm=True) as client:
                assert client.outbox is not None
                pending = client.outbox.pending()
                assert [each.receipt.state for each in pending] == [ACKED] * (2 + number)
                sent = watched(client)
                async with client:
                    await say(client, "new")
                bodies += [each.body for each in sent]
        assert [bodies.count(body) for body in "12"] == [module.MOST, module.MOST]
        assert bodies[:4] == ["1", "2", "new", "1"]
        for each in pending:
            juliet.confirm(each.receipt.id)
        async with box(path, server, confirm=True) as client:
            assert client.outbox is not None
            async with client:
                juliet.confirms = True
                for each in client.outbox.pending():
                    juliet.confirm(each.receipt.id)
                await client.outbox.join()
    assert await on_the_disk(path) == await on_the_disk(path, "outbox.unconfirmed") == []


async def test_a_session_that_goes_on(tmp_path: Path, server: EmbeddedServer) -> None:
    async with forgotten(tmp_path / "out", server) as (client, _):
        sent = watched(client)
        resumed = asyncio.ensure_future(client.wait_until("session_resumed", 60))
        client.transport.abort()
        await resumed
        await say(client, "behind")
        assert [each.body for each in sent] == ["behind"]


async def test_who_has_never_confirmed_anything(tmp_path: Path, server: EmbeddedServer) -> None:
    """They get nothing twice. As soon as they confirm something, what they have not confirmed is sent again."""
    async with (
        recipient(server, confirms=False) as juliet,
        box(tmp_path / "out", server, confirm=True) as client,
        client,
    ):
        sent = watched(client)
        await say(client, "0")
        await another_session(client)
        assert [each.body for each in sent] == ["0", "behind"]
        juliet.confirms = True
        (third,) = await say(client, "1")
        await third.delivered()
        await another_session(client)
        assert [each.body for each in sent] == ["0", "behind", "1", "0", "behind", "behind"]
        assert juliet.doubled == ["0", "behind"]
        assert client.outbox is not None
        await client.outbox.join()


async def test_what_is_too_old_is_not_sent_again(tmp_path: Path, server: EmbeddedServer) -> None:
    now = [1_000_000.0]
    storage = SQLiteStorage(tmp_path / "out", durable=True, clock=lambda: now[0])
    async with forgotten(storage, server, max_age=60.0) as (client, _):  # type: ignore[arg-type]
        sent = watched(client)
        now[0] += 61.0
        await another_session(client)
        assert [each.body for each in sent] == ["behind"]
        assert texts(client) == 3
    await storage.close()


Answer = Callable[[ClientXMPP, Receipt], object]


def comes(_: ClientXMPP, receipt: Receipt) -> None:
    receipt.deliver(DeliveryEvidence.RECEIPT)


def is_taken_out(client: ClientXMPP, receipt: Receipt) -> None:
    assert client.outbox is not None
    assert client.outbox.remove(receipt.id)


@pytest.mark.parametrize(("answer", "state"), [(comes, DELIVERED), (is_taken_out, FAILED)])
@pytest.mark.parametrize("when", ["outbox_reconciled", "leaving"])
async def test_it_is_settled_on_its_way(
    tmp_path: Path, server: EmbeddedServer, answer: Answer, state: DeliveryState, when: str
) -> None:
    """The receipt comes, or it is taken out, when it is about to be sent again, or leaves."""
    async with forgotten(tmp_path / "out", server) as (client, _):
        assert client.outbox is not None
        first, second = client.outbox.pending()
        sent = watched(client)
        done: list[object] = []

        def now(stanza: Any) -> Any:
            if not done and (when == "outbox_reconciled" or stanza["body"] == "1"):
                done.append(answer(client, first.receipt))
            return stanza

        if when == "leaving":
            client.add_filter("out", now)
        else:
            client.add_event_handler("outbox_reconciled", now)
        await another_session(client)
        assert done
        assert (first.receipt.state, second.receipt.state) == (state, ACKED)
        assert [each.body for each in sent] == [*(["1"] if when == "leaving" else []), "2", "behind"]
        assert (len(client.outbox), client.outbox._flying) == (2, 0)


async def test_a_filter_drops_it(tmp_path: Path, server: EmbeddedServer) -> None:
    async with forgotten(tmp_path / "out", server) as (client, _):
        assert client.outbox is not None
        first, second = client.outbox.pending()
        client.add_filter("out", lambda stanza: None if stanza.name == "message" and stanza["body"] == "1" else stanza)
        await another_session(client)
        assert first.receipt.reason is DeliveryReason.FILTERED
        assert second.receipt.state is ACKED
        assert first.id not in await on_the_disk(tmp_path / "out")


@pytest.mark.parametrize("confirms", [True, False])
async def test_what_is_in_doubt(
    tmp_path: Path, server: EmbeddedServer, confirms: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process was killed before the acknowledgement. Who confirms gets it again; of others the archive says whether
    the server has it, and it stays then until it is confirmed."""
    path, archive = tmp_path / "out", Archive()
    async with box(path, confirm=True) as client:
        archive.has = [client.send_message(JULIET, text, mtype="chat").id for text in "012"]
    async with SQLiteStorage(path) as storage:
        await storage.collection("outbox.mark", OWNER).put("left", 1000)
        if confirms:
            await storage.collection("outbox.confirmers", OWNER).put(JULIET, True)
    async with recipient(server, confirms=False) as juliet, box(path, server, confirm=True) as client:
        archive.attend(client, monkeypatch)
        async with client:
            await say(client, "behind")
            assert client.outbox is not None
            assert [each.receipt.state for each in client.outbox.pending()] == [ACKED] * 4
        assert archive.sent == [*("012" if confirms else ""), "behind"]
        ids = tuple(archive.has)
        assert archive.told == [Reconciled((), ids) if confirms else Reconciled(ids, ())]
    assert len(await on_the_disk(path, "outbox.unconfirmed")) == 4
    assert juliet.doubled == []


async def test_what_the_archive_has_lost_is_sent_once(
    tmp_path: Path, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also to who confirms nothing, as without the option; it goes on waiting then."""
    archive = Archive()
    async with recipient(server, confirms=False), box(tmp_path / "out", server, confirm=True) as client:
        archive.attend(client, monkeypatch)
        async with client:
            await say(client, "0", "1")
            assert client.outbox is not None
            archive.has = [client.outbox.pending()[0].id]
            await another_session(client)
            assert archive.sent == ["0", "1", "1", "behind"]
            assert texts(client) == 3


# --- files of others, and room ----------------------------------------------------------------------------


async def test_a_file_without_the_option(tmp_path: Path, server: EmbeddedServer) -> None:
    """What was written before the option was there leaves when the server has it."""
    async with box(tmp_path / "out") as client:
        client.send_message(JULIET, "old", mtype="chat")
    async with (
        recipient(server, confirms=False) as juliet,
        box(tmp_path / "out", server, confirm=True) as client,
        client,
    ):
        await say(client, "new")
        assert client.outbox is not None
        (pending,) = client.outbox.pending()
        assert pending.receipt.state is ACKED
    assert juliet.got == ["old", "new"]
    assert await on_the_disk(tmp_path / "out") == [pending.id]


async def test_a_process_without_the_option(tmp_path: Path, server: EmbeddedServer) -> None:
    """It is done with what the server has."""
    async with forgotten(tmp_path / "out", server):
        pass
    async with recipient(server, confirms=False) as juliet, box(tmp_path / "out", server) as client:
        assert texts(client) == 0
        sent = watched(client)
        async with client:
            await say(client, "new")
        assert [each.body for each in sent] == ["new"]
    assert juliet.got == ["new"]
    async with box(tmp_path / "out", confirm=True) as client:
        assert texts(client) == 0
        assert client.outbox is not None
        client.outbox.remove(client.send_message(JULIET, "x", mtype="chat").id)
        await client.outbox.join()
    assert await on_the_disk(tmp_path / "out", "outbox.unconfirmed") == [], "what is of no use any more is deleted"


async def test_the_oldest_makes_way(tmp_path: Path, server: EmbeddedServer) -> None:
    """Who confirms nothing must not keep others from being written to; nor does too long a message push out any."""
    path = tmp_path / "out"
    async with recipient(server, confirms=False), box(path, server, confirm=True, max_messages=2) as client, client:
        first, second = await say(client, "0", "1")
        with pytest.raises(StorageFull, match="may have"):
            client.send_message(JULIET, "x" * 2_000_000, mtype="chat")
        assert (first.state, second.state) == (ACKED, ACKED)
        (third,) = await say(client, "2")
        assert (first.reason, second.state) == (DeliveryReason.UNCONFIRMED, ACKED)
        fourth = await client.send_durably(client.make_message(JULIET, "3", mtype="chat"))
        assert second.reason is DeliveryReason.UNCONFIRMED
        await fourth.acked()
        assert client.outbox is not None
        await client.outbox.settled()
        assert await on_the_disk(path) == [third.id, fourth.id]


# --- by themselves ----------------------------------------------------------------------------------------


class Timer:
    """What `call_later` returns."""

    def __init__(self, delay: float, call: Callable[[], object]) -> None:
        self.delay = delay
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Clock:
    """The time, and a loop that calls nothing by itself."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.timers: list[Timer] = []

    def call_later(self, delay: float, call: Callable[[], object]) -> Timer:
        self.timers.append(Timer(delay, call))
        return self.timers[-1]


class Place:
    """Messages that wait for being confirmed, within a day."""

    def __init__(self, path: Path) -> None:
        self.clock = Clock()
        self.storage = SQLiteStorage(path, durable=True, clock=lambda: self.clock.now)
        self.client = ClientXMPP("romeo@localhost/here", "r")
        self.settled: list[str] = []
        self.confirming = self.made()

    def made(self) -> Confirming:
        return Confirming(self.storage, OWNER.owner, 86400.0, self.settled.append, 100)

    def acked(self, key: str, to: str = JULIET) -> Receipt:
        receipt = self.client._sender.deliveries.receipt(key, to)
        receipt.ack()
        self.confirming.add(self.kept(key, receipt), self.clock.now)
        return receipt

    def kept(self, key: str, receipt: Receipt) -> Kept:
        return Kept(key, receipt, self.clock.now, True, leaves=True, confirms=True)

    async def write(self) -> None:
        batch = self.storage.batch()
        written = self.confirming.write_to(batch)
        await batch.commit()
        written()


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(tmp_path / "out")
    yield place
    await place.storage.close()


async def test_within_so_long(place: Place) -> None:
    """Then it has failed, and says why; a receipt that comes later changes nothing."""
    first = place.acked("a")
    place.confirming.start(place.clock)  # type: ignore[arg-type]
    assert [timer.delay for timer in place.clock.timers] == [86400.0]
    place.clock.now += 3600.0
    second = place.acked("b")
    place.clock.now += 86400.0 - 3600.0
    place.clock.timers[0].call()
    assert (first.state, first.reason) == (FAILED, DeliveryReason.UNCONFIRMED)
    assert str(first.error).endswith("the server has it, and it was not confirmed within 86400 s")
    assert second.state is ACKED
    assert (place.settled, len(place.confirming)) == (["a"], 1)
    first.deliver(DeliveryEvidence.RECEIPT)
    assert first.state is FAILED
    assert place.clock.timers[1].delay == 3600.0
    second.deliver(DeliveryEvidence.RECEIPT)
    place.clock.timers[1].call()
    assert len(place.clock.timers) == 2, "there is nothing to wait for"


async def test_receipts_may_wait_for_us(place: Place) -> None:
    """Nothing is given up in the first minute of a connection, nor without one."""
    receipt = place.acked("a")
    place.clock.now += 30 * 86400.0
    assert place.clock.timers == []
    place.confirming.start(place.clock)  # type: ignore[arg-type]
    place.confirming.start(place.clock)  # type: ignore[arg-type]
    (timer,) = place.clock.timers
    assert timer.delay == module.GRACE
    place.confirming.stop()
    place.confirming.stop()
    assert timer.cancelled
    assert receipt.state is ACKED


async def test_a_clock_that_is_set(place: Place) -> None:
    """Back: the time begins anew. The clock is looked at once a day."""
    place.confirming._within = 3 * 86400.0
    receipt = place.acked("a")
    place.confirming.start(place.clock)  # type: ignore[arg-type]
    assert place.clock.timers[0].delay == 86400.0
    place.clock.now -= 500_000.0
    place.clock.timers[0].call()
    assert receipt.state is ACKED
    place.clock.now += 3 * 86400.0
    place.clock.timers[1].call()
    assert receipt.reason is DeliveryReason.UNCONFIRMED


async def test_what_is_noted(place: Place) -> None:
    """Times and numbers are there for the next process; so is who confirms. What changes meanwhile is not forgotten."""
    place.acked("a").deliver(DeliveryEvidence.RECEIPT)
    second = place.acked("b")
    place.acked("c")
    batch = place.storage.batch()
    written = place.confirming.write_to(batch)
    await batch.commit()
    second.fail(DeliveryReason.REMOVED, "x")
    written()
    assert not place.confirming.is_written
    await place.write()
    assert place.confirming.is_written
    place.clock.now += module.FRESH
    assert [each.key for each in place.confirming.again([], (), None)] == ["c"]
    await place.write()
    again = place.made()
    await again.begin()
    assert again._noted == {"c": (1_000_000.0, 1)}
    assert again.confirms(place.kept("d", place.client._sender.deliveries.receipt("d", JULIET)))
    assert not again.confirms(place.kept("d", place.client._sender.deliveries.receipt("d", "romeo@localhost")))


@pytest.mark.parametrize("noted", ["a", [1.0], ["a", 1], [1.0, "b"], [1.0, 1, 1]])
async def test_what_is_no_note(place: Place, noted: Any) -> None:
    await place.storage.collection("outbox.unconfirmed", OWNER).put("a", noted)
    await place.confirming.begin()
    acked = Kept("a", place.client._sender.deliveries.receipt("a", JULIET), 1.0, True, leaves=True)
    assert place.confirming.restore(acked, acked.receipt) is False  # type: ignore[arg-type]
    assert not place.confirming.is_written
    await place.write()
    assert await place.storage.collection("outbox.unconfirmed", OWNER).keys() == []


async def test_the_first_minute_does_not_count(place: Place) -> None:
    """Nor does a clock that was set back make it longer."""
    place.acked("0").deliver(DeliveryEvidence.RECEIPT)
    place.acked("a")

    def again() -> bool:
        return [each.key for each in place.confirming.again([], (), None)] == ["a"]

    for _ in range(20):
        assert again()
        place.clock.now += 2.9
    place.clock.now -= 100.0
    assert again()
    place.clock.now += 200.0
    assert [again() for _ in range(4)] == [True, True, False, False]


async def test_so_many_that_confirm(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONFIRMERS", 2)
    for name in "abca":
        place.confirming.has_confirmed(f"{name}@localhost")
    assert list(place.confirming._confirmers) == ["c@localhost", "a@localhost"]
    assert place.confirming.make_way() is False
