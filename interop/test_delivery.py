# SPDX-License-Identifier: MIT
"""How far messages have come, at real servers: acknowledged, confirmed, refused, and found in the archive."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from servers.base import Server
from sessions import TIMEOUT, available, has_run, make_client, new_account

from xmppkit.exceptions import DeliveryFailed
from xmppkit.types import DeliveryEvidence, DeliveryReason, DeliveryState


async def test_receipts(server: Server) -> None:
    alice, bob = make_client(server, await new_account(server)), make_client(server, await new_account(server))
    for client in (alice, bob):
        client.register_plugin("xep_0184")
        client.register_plugin("xep_0198")
    alice.plugin["xep_0184"].auto_request = True
    async with asyncio.timeout(3 * TIMEOUT), alice, bob:
        await available(alice)
        await available(bob)
        receipt = alice.send_message(bob.boundjid.bare, "Hark!", mtype="chat")
        assert await receipt.acked() >= DeliveryState.ACKED
        assert await receipt.delivered() is DeliveryState.DELIVERED
        assert receipt.evidence is DeliveryEvidence.RECEIPT
        refused = alice.send_message(f"nobody-is-here@{server.domain}", "Hark!", mtype="chat")
        with pytest.raises(DeliveryFailed) as caught:
            await refused.delivered()
        assert caught.value.reason == DeliveryReason.ERROR


async def test_until_it_is_confirmed(server: Server, tmp_path: Path) -> None:
    """Who is away confirms a message when they are back, also to another process of the sender."""
    name, other = await new_account(server), await new_account(server)
    address = f"{other}@{server.domain}"
    async with asyncio.timeout(3 * TIMEOUT):
        alice = make_client(server, name)
        outbox = alice.use_outbox(tmp_path / "outbox.db", confirm=True)
        async with alice:
            await alice.send_message(address, "Hark!", mtype="chat").acked()
            await outbox.settled()
        await outbox.close()
        alice = make_client(server, name)
        outbox = alice.use_outbox(tmp_path / "outbox.db", confirm=True)
        (pending,) = outbox.pending()
        bob = make_client(server, other)
        bob.register_plugin("xep_0184")
        got = asyncio.Queue[str]()
        bob.add_event_handler("message", lambda message: got.put_nowait(message["body"]))
        async with alice:
            await available(alice)
            async with bob:
                bob.send_presence()
                await outbox.join()
                assert await got.get() == "Hark!"
        assert pending.receipt.evidence is DeliveryEvidence.RECEIPT
        assert got.empty()
    await outbox.close()


@pytest.mark.parametrize("counted", [True, False])
async def test_what_is_in_doubt_is_found_in_the_archive(server: Server, counted: bool, tmp_path: Path) -> None:
    """The connection is lost when the server has the messages and the client does not know it."""
    alice, bob = make_client(server, await new_account(server)), make_client(server, await new_account(server))
    outbox = alice.use_outbox(tmp_path / "outbox.db")
    if counted:
        alice.plugin["xep_0198"].window = 0
        alice.plugin["xep_0198"].allow_resume = False
    else:
        alice.plugin.disable("xep_0198")
    got: asyncio.Queue[str] = asyncio.Queue()
    bob.add_event_handler("message", lambda message: got.put_nowait(message["body"]))
    async with asyncio.timeout(3 * TIMEOUT), bob:
        await available(bob)
        async with alice:
            await available(alice)
            await has_run(alice)
            alice.send_message(bob.boundjid.bare, "first", mtype="chat")
            await outbox.join()
            assert await got.get() == "first"
            alice.transport.pause_reading()
            receipts = [alice.send_message(bob.boundjid.bare, str(number), mtype="chat") for number in range(5)]
            assert [await got.get() for _ in range(5)] == list("01234")
            alice.transport.abort()
            for receipt in receipts:
                await receipt.acked()
            assert {receipt.evidence for receipt in receipts} == {DeliveryEvidence.ARCHIVE}
            last = alice.send_message(bob.boundjid.bare, "last", mtype="chat")
            await last.acked()
            await outbox.join()
            assert await got.get() == "last"
    assert got.empty()
    await outbox.close()
