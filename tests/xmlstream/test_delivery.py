# SPDX-License-Identifier: MIT
"""How far messages have come, and who may say so."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import DeliveryFailed, QueueFull
from xmppkit.server import EmbeddedServer
from xmppkit.stanza.message import Message
from xmppkit.testing.wire import Wire
from xmppkit.types import DeliveryEvidence, DeliveryReason, DeliveryState
from xmppkit.xmlstream import delivery
from xmppkit.xmlstream.delivery import Receipt

JULIET = "juliet@localhost"


async def turns(number: int = 5) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(users={"romeo": "r", "juliet": "j"}) as server:
        yield server


def make(server: EmbeddedServer, name: str, *, counted: bool = True) -> ClientXMPP:
    client = ClientXMPP(f"{name}@localhost", name[0])
    client.ca_certs = str(server.ca_file)
    client.custom_address = (server.host, server.port)
    if counted:
        client.register_plugin("xep_0198", {"window": 1})
    return client


# --- without stream management ----------------------------------------------------------------------------


async def test_before_there_is_a_session_it_waits(client: ClientXMPP) -> None:
    receipt = client.send_message(JULIET, "Hark!")
    assert (receipt.state, receipt.to, receipt.error) == (DeliveryState.QUEUED, JULIET, None)
    assert receipt.reason is None
    assert receipt.evidence is None
    sending = asyncio.ensure_future(receipt.sent())
    await turns()
    assert not sending.done()
    Wire(client)
    assert await sending is DeliveryState.SENT
    assert "sent" in repr(receipt)


async def test_every_way_of_sending_gives_one(client: ClientXMPP, wire: Wire) -> None:
    message = client.make_message(JULIET, "Hark!")
    assert isinstance(client.send(message), Receipt)
    assert isinstance(message.send(), Receipt)
    assert client.send(client.make_presence()) is None


async def test_what_the_operating_system_has_not_taken(
    client: ClientXMPP, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsent = 100
    monkeypatch.setattr(type(client), "unsent", property(lambda _: unsent))
    receipt = client.send_message(JULIET, "Hark!")
    assert receipt.state is DeliveryState.QUEUED
    unsent = 0
    assert await receipt is DeliveryState.SENT


async def test_nobody_will_know(client: ClientXMPP, wire: Wire) -> None:
    """Without stream management nobody knows what became of a message when its connection is lost."""
    receipt = client.send_message(JULIET, "Hark!")
    waiting = asyncio.ensure_future(receipt.acked())
    await turns()
    client.abort()
    await wire.end()
    with pytest.raises(DeliveryFailed, match="without stream management"):
        await waiting
    assert receipt.state is DeliveryState.SENT


async def test_what_was_parked_is_lost_with_the_session(client: ClientXMPP) -> None:
    receipt = client.send_message(JULIET, "Hark!")
    client._sender.close(drop=True)
    assert (receipt.state, receipt.reason) == (DeliveryState.FAILED, DeliveryReason.LOST)
    with pytest.raises(DeliveryFailed, match="the session ended before it was sent"):
        await receipt


async def test_time_is_bounded(client: ClientXMPP, wire: Wire) -> None:
    receipt = client.send_message(JULIET, "Hark!")
    with pytest.raises(TimeoutError):
        await receipt.delivered(timeout=0.01)
    assert receipt.late is not None
    assert receipt.late.waiters == []


# --- filters ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slow", [False, True])
async def test_filters_stop_it(client: ClientXMPP, wire: Wire, slow: bool) -> None:
    said: list[str] = []

    def judge(stanza: Any) -> Any:
        said.append(stanza["body"])
        if stanza["body"] == "raise":
            raise ValueError("no key")
        return stanza if stanza["body"] == "go" else None

    async def judge_slowly(stanza: Any) -> Any:
        await asyncio.sleep(0)
        return judge(stanza)

    client.add_filter("out", judge_slowly if slow else judge)
    receipts = [client.send_message(JULIET, body) for body in ("go", "drop", "raise")]
    await turns(20)
    assert [each.state for each in receipts] == [DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.FAILED]
    assert [each.reason for each in receipts[1:]] == [DeliveryReason.FILTERED] * 2
    assert "no key" in str(receipts[2].error)


# --- answers ----------------------------------------------------------------------------------------------

ERROR = (
    "<message type='error' from='{}' id='{}'><error type='cancel'>"
    "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
)


@pytest.mark.parametrize("asked_before", [False, True])
@pytest.mark.parametrize(
    ("sender", "counts"),
    [
        (JULIET, True),
        ("localhost", True),
        ("juliet@localhost/balcony", False),
        ("tybalt@localhost", False),
        ("elsewhere", False),
    ],
)
async def test_errors_count_from_the_addressee(
    client: ClientXMPP, wire: Wire, sender: str, counts: bool, asked_before: bool
) -> None:
    receipt = client.send_message(JULIET, "Hark!")
    if asked_before:
        assert receipt.state is DeliveryState.SENT
    wire.receive(ERROR.format(sender, receipt.id))
    assert receipt.state is (DeliveryState.FAILED if counts else DeliveryState.SENT)
    if counts:
        assert receipt.reason is DeliveryReason.ERROR
        assert receipt.error is not None
        assert receipt.error.stanza is not None
        assert receipt.error.stanza["error"]["condition"] == "service-unavailable"
        assert "service-unavailable" in str(receipt.error)


@pytest.mark.parametrize(("sender", "counts"), [("juliet@localhost/balcony", True), ("tybalt@localhost/street", False)])
@pytest.mark.parametrize("plugin", ["xep_0184", "xep_0333"])
async def test_confirmations_count_from_the_addressee(
    client: ClientXMPP, wire: Wire, plugin: str, sender: str, counts: bool
) -> None:
    client.register_plugin(plugin)
    message = client.make_message(JULIET, "Hark!", mtype="chat")
    if plugin == "xep_0184":
        message["request_receipt"] = True
        said, evidence = "<received xmlns='urn:xmpp:receipts' id='{}'/>", DeliveryEvidence.RECEIPT
    else:
        said, evidence = "<received xmlns='urn:xmpp:chat-markers:0' id='{}'/>", DeliveryEvidence.MARKER
    receipt = message.send()
    assert isinstance(receipt, Receipt)
    waiting = asyncio.ensure_future(receipt.delivered(timeout=10 if counts else 0.2))
    await turns()
    wire.receive(f"<message from='{sender}'>{said.format(receipt.id)}</message>")
    if counts:
        assert await waiting is DeliveryState.DELIVERED
        assert receipt.evidence is evidence
        wire.receive(ERROR.format(JULIET, receipt.id))
        assert receipt.state is DeliveryState.DELIVERED, "one device has it, whatever another says"
    else:
        with pytest.raises(TimeoutError):
            await waiting


async def test_an_occupant_of_a_room_is_one_of_many(client: ClientXMPP, wire: Wire) -> None:
    receipt = client.send_message("room@muc.localhost/juliet", "Hark!", mtype="chat")
    for nick, counts in (("tybalt", False), ("juliet", True)):
        client.message_confirmed(
            receipt.id, client.make_message(f"room@muc.localhost/{nick}")["to"], DeliveryEvidence.MARKER, exact=True
        )
        assert (receipt.state is DeliveryState.DELIVERED) is counts


@pytest.mark.parametrize("kept", [True, False])
async def test_what_nobody_was_asked_for(client: ClientXMPP, wire: Wire, kept: bool) -> None:
    """Then a confirmation counts for what is in an outbox only, and none is remembered for later."""
    receipt = client.send_message(JULIET, "Hark!", mtype="chat")
    told: dict[str, Any] = {"evidence": DeliveryEvidence.RECEIPT, "kept": True}
    sender = client.make_message(JULIET)["to"]
    assert client.message_confirmed(receipt.id, sender, **told) is False
    receipt.observe((lambda: None) if kept else None)
    assert client.message_confirmed(receipt.id, sender, **told) is kept
    assert receipt.state is (DeliveryState.DELIVERED if kept else DeliveryState.SENT)
    assert client._sender.deliveries._answers == {}


async def test_addresses_that_are_none(client: ClientXMPP, wire: Wire) -> None:
    message = client.make_message(JULIET, "Hark!")
    message.xml.set("to", "@")
    receipt = client.send(message)
    wire.receive(ERROR.format("tybalt@localhost", receipt.id))
    assert receipt.state is DeliveryState.SENT


async def test_answers_are_bounded(client: ClientXMPP, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "ANSWERS", 3)
    receipt = client.send_message(JULIET, "Hark!")
    for number in range(5):
        wire.receive(ERROR.format("tybalt@localhost", number))
    wire.receive(ERROR.format("tybalt@localhost", ""))
    for _ in range(6):
        wire.receive(ERROR.format("tybalt@localhost", receipt.id))
    answers = client._sender.deliveries._answers
    assert len(answers) == 3
    assert len(answers[receipt.id]) == 4


async def test_nothing_is_kept_for_receipts_that_nobody_holds(client: ClientXMPP, wire: Wire) -> None:
    for _ in range(10):
        assert client.send_message(JULIET, "Hark!").state is DeliveryState.SENT
    gc.collect()
    assert len(client._sender.deliveries._known) == 0


async def test_events(client: ClientXMPP, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, DeliveryState]] = []
    monkeypatch.setattr(delivery, "KEPT", 2)
    client.add_event_handler("delivery", lambda receipt: told.append((receipt.id, receipt.state)))
    ids = [client.send_message(JULIET, "Hark!").id for _ in range(3)]
    for id in ids:
        wire.receive(ERROR.format(JULIET, id))
    assert told[:3] == [(id, DeliveryState.SENT) for id in ids]
    assert told[3:] == [(id, DeliveryState.FAILED) for id in ids[1:]], "the oldest was not kept"


# --- with stream management -------------------------------------------------------------------------------


async def test_acked(server: EmbeddedServer) -> None:
    romeo = make(server, "romeo")
    told: list[DeliveryState] = []
    romeo.add_event_handler("delivery", lambda receipt: told.append(receipt.state))
    early = romeo.send_message(JULIET, "Hark!")
    async with asyncio.timeout(60), romeo:
        assert await early is DeliveryState.ACKED
        late = romeo.send_message(JULIET, "Hark!")
        assert late.state is DeliveryState.SENT
        assert await late.acked() is DeliveryState.ACKED
        lazy = [romeo.send_message(JULIET, "Hark!") for _ in range(5)]
        await lazy[-1]
        assert {each.state for each in lazy} == {DeliveryState.ACKED}
    assert told.count(DeliveryState.ACKED) == 7


async def test_what_is_held_back_for_lack_of_room(server: EmbeddedServer) -> None:
    romeo = make(server, "romeo")
    romeo.plugin["xep_0198"].max_unacked = 2
    async with asyncio.timeout(60), romeo:
        receipts = [romeo.send_message(JULIET, "Hark!") for _ in range(6)]
        assert [each.state for each in receipts[2:]] == [DeliveryState.QUEUED] * 4
        for each in receipts:
            await each.acked()


async def test_no_room_behind_a_filter(server: EmbeddedServer) -> None:
    romeo = make(server, "romeo")
    romeo.plugin["xep_0198"].max_unacked = 2
    romeo.plugin["xep_0198"].when_full = "raise"

    async def slow(stanza: Any) -> Any:
        await asyncio.sleep(0)
        return stanza

    async with asyncio.timeout(60), romeo:
        for _ in range(2):
            romeo.send_message(JULIET, "Hark!")
        with pytest.raises(QueueFull):
            romeo.send_message(JULIET, "Hark!")
        romeo.add_filter("out", slow)
        romeo.exception = lambda exc: None  # type: ignore[method-assign]
        receipts = [romeo.send_message(JULIET, "Hark!") for _ in range(9)]
        reasons = set()
        for each in receipts:
            try:
                await each.acked()
            except DeliveryFailed as error:
                reasons.add(error.reason)
        assert reasons <= {DeliveryReason.FULL}


@pytest.mark.parametrize("resend", [True, False])
async def test_a_session_that_is_over(server: EmbeddedServer, resend: bool) -> None:
    romeo, juliet = make(server, "romeo"), make(server, "juliet")
    romeo.plugin["xep_0198"].resend = resend
    romeo.plugin["xep_0198"].window = 0
    got: list[str] = []
    juliet.add_event_handler("message", lambda message: got.append(message["body"]))
    async with asyncio.timeout(60), juliet:
        juliet.send_presence()
        async with romeo:
            first = romeo.send_message(JULIET, "first")
            asked = romeo.send_message(JULIET, "asked")
            waiting = asyncio.ensure_future(asked.acked())
            await turns()
            continuation = romeo.continued()
            assert continuation.session is not None
            again = romeo.wait_until("session_start", 20)
            continuation.session.id = ""  # it cannot be resumed
            romeo.transport.abort()
            await again
            romeo.plugin["xep_0198"].request_ack()
            if resend:
                assert await waiting is DeliveryState.ACKED
                assert await first.acked() is DeliveryState.ACKED
            else:
                with pytest.raises(DeliveryFailed, match="nobody knows whether it has arrived"):
                    await waiting
                assert (first.state, first.reason) == (DeliveryState.FAILED, DeliveryReason.LOST)


async def test_a_message_without_an_id(client: ClientXMPP, wire: Wire) -> None:
    client.use_message_ids = False
    receipt = client.send(Message(client, sto=JULIET))
    assert receipt.id == ""
    assert receipt.state is DeliveryState.SENT
    assert "a message" in repr(receipt)
