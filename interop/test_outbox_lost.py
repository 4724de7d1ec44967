# SPDX-License-Identifier: MIT
"""A server that is killed, and has lost the last messages that it had acknowledged: they are sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from servers.base import Server
from sessions import TIMEOUT, has_run, make_client, new_account, seen

from xmppkit import ClientXMPP
from xmppkit.settings import Settings
from xmppkit.types import DeliveryEvidence, DeliveryState

#: So many messages are sent, and so many of the last ones are lost.
SENT, LOST = 6, 2


def lose(server: Server, stores: Iterable[str], name: str, count: int) -> None:
    """The last `count` items of what Prosody keeps of an account are not there any more; each begins a line."""
    for store in stores:
        path = server.directory / "data" / server.domain / store / f"{name}.list"
        first, *items = path.read_text(encoding="utf-8").split("item(")
        assert len(items) >= count
        path.write_text("item(".join([first, *items[:-count]]), encoding="utf-8")


def writer(server: Server, name: str, path: Path, **options: Any) -> ClientXMPP:
    """A client with an outbox, whose session cannot go on, that connects again soon."""
    client = make_client(server, name, settings=Settings(max_reconnect_delay=1.0))
    client.register_plugin("xep_0198", {"allow_resume": False})
    client.use_outbox(path, **options)
    client.auto_reconnect = True
    return client


async def test_what_was_acknowledged_and_is_lost(prosody: Server, tmp_path: Path) -> None:
    """Our archive, the recipient's, and what waits for them, end too early. In the end they get everything once, in
    order."""
    name, other = await new_account(prosody), await new_account(prosody)
    alice = writer(prosody, name, tmp_path / "outbox.db")
    assert alice.outbox is not None
    told = seen(alice, "outbox_reconciled")
    async with asyncio.timeout(5 * TIMEOUT):
        async with alice:
            address = f"{other}@{prosody.domain}"
            receipts = [alice.send_message(address, str(number), mtype="chat") for number in range(SENT)]
            await alice.outbox.join()
            again = seen(alice, "session_start")
            await asyncio.to_thread(prosody.kill)
            lose(prosody, ("archive",), name, LOST)
            lose(prosody, ("archive", "offline"), other, LOST)
            await asyncio.to_thread(prosody.start)
            await again.get()
            assert (await told.get()).again == tuple(receipt.id for receipt in receipts[-LOST:])
            await alice.outbox.join()
            assert {receipt.state for receipt in receipts} == {DeliveryState.ACKED}
        bob = make_client(prosody, other)
        got = seen(bob, "message")
        async with bob:
            bob.send_presence()
            assert [(await got.get())["body"] for _ in range(SENT)] == [str(number) for number in range(SENT)]
            await bob.get_roster(timeout=TIMEOUT)
        assert got.empty()
    await alice.outbox.close()


@pytest.mark.parametrize("restarted", [True, False])
async def test_what_has_come_to_our_archive_only(prosody: Server, tmp_path: Path, restarted: bool) -> None:
    """A server that was killed between our archive and the recipient's: the last message that was not acknowledged is
    sent again, and only that. If it was not killed, nothing is."""
    name, other = await new_account(prosody), await new_account(prosody)
    alice = writer(prosody, name, tmp_path / "outbox.db")
    assert alice.outbox is not None
    alice.plugin["xep_0198"].window = 0
    address = f"{other}@{prosody.domain}"
    bob = make_client(prosody, other)
    got = seen(bob, "message")
    async with asyncio.timeout(5 * TIMEOUT):
        async with alice:
            await has_run(alice)
            async with bob:
                bob.send_presence()
                await bob.get_roster(timeout=TIMEOUT)
                alice.transport.pause_reading()
                receipts = [alice.send_message(address, str(number), mtype="chat") for number in range(SENT)]
                assert [(await got.get())["body"] for _ in range(SENT)] == [str(number) for number in range(SENT)]
            again = seen(alice, "session_start")
            if restarted:
                await asyncio.to_thread(prosody.kill)
            alice.transport.abort()
            if restarted:
                lose(prosody, ("archive",), other, 1)
                await asyncio.to_thread(prosody.start)
            await again.get()
            await alice.outbox.join()
            found = [receipt.evidence is DeliveryEvidence.ARCHIVE for receipt in receipts]
            assert found == [*([True] * (SENT - 1)), not restarted]
        async with bob:
            bob.send_presence()
            if restarted:
                assert (await got.get())["body"] == str(SENT - 1)
            await bob.get_roster(timeout=TIMEOUT)
        assert got.empty()
    await alice.outbox.close()


async def test_what_only_the_recipient_can_tell(prosody: Server, tmp_path: Path) -> None:
    """The server has acknowledged a message, and has it in the archive of its sender; the recipient has it nowhere. If
    messages are to be confirmed it is sent again, for the recipient has confirmed one before."""
    name, other = await new_account(prosody), await new_account(prosody)
    alice = writer(prosody, name, tmp_path / "outbox.db", confirm=True)
    assert alice.outbox is not None
    address = f"{other}@{prosody.domain}"

    def recipient() -> tuple[ClientXMPP, asyncio.Queue[Any]]:
        bob = make_client(prosody, other)
        bob.register_plugin("xep_0184")
        bob.drop_doubles()
        return bob, seen(bob, "message")

    async with asyncio.timeout(5 * TIMEOUT), alice:
        bob, got = recipient()
        async with bob:
            bob.send_presence()
            first = alice.send_message(address, "first", mtype="chat")
            await first.delivered()
        lost = alice.send_message(address, "lost", mtype="chat")
        await lost.acked()
        await has_run(alice)
        again = seen(alice, "session_start")
        await asyncio.to_thread(prosody.kill)
        lose(prosody, ("archive", "offline"), other, 1)
        await asyncio.to_thread(prosody.start)
        await again.get()
        bob, got = recipient()
        async with bob:
            bob.send_presence()
            assert (await got.get())["body"] == "lost"
            await alice.outbox.join()
        assert lost.evidence is DeliveryEvidence.RECEIPT
        assert got.empty()
    await alice.outbox.close()
