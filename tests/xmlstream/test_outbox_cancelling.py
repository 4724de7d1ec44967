# SPDX-License-Identifier: MIT
"""Tasks that are cancelled while they use an outbox, at each of their awaits and those of the outbox: a message is in
it and on the disk, or in neither; what is in it arrives, once and in order."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from awaits import Moment, cancelled_at
from outboxes import JULIET, OWNER, box, juliet, texts, until

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.server import EmbeddedServer
from xmppkit.storage.sqlite import SQLiteStorage

Work = Callable[[ClientXMPP], Awaitable[object]]


async def one(client: ClientXMPP) -> None:
    await client.send_durably(client.make_message(JULIET, "one", mtype="chat"))


async def several(client: ClientXMPP) -> None:
    """They are written together."""
    messages = [client.make_message(JULIET, text, mtype="chat") for text in ("one", "two", "three")]
    await asyncio.gather(*map(client.send_durably, messages))


async def take_out(client: ClientXMPP) -> None:
    assert client.outbox is not None
    client.outbox.remove((await client.send_durably(client.make_message(JULIET, "one", mtype="chat"))).id)
    await client.outbox.settled()


async def on_the_disk(storage: SQLiteStorage) -> list[str]:
    values = [str(entry.value) async for entry in storage.collection("outbox", OWNER).items()]
    return [value.partition("<body>")[2].partition("<")[0] for value in values]


@pytest.mark.parametrize("moment", list(Moment), ids=[each.value for each in Moment])
@pytest.mark.parametrize("work", [one, several, take_out])
async def test_cancelled_at_each_await(tmp_path: Path, server: EmbeddedServer, work: Work, moment: Moment) -> None:
    for number in itertools.count(1):
        storage = SQLiteStorage(tmp_path / f"{number}.db", durable=True)
        async with box(storage, server) as client, juliet(server) as got, asyncio.timeout(60):  # type: ignore[arg-type]
            assert client.outbox is not None
            was_cancelled = await cancelled_at(number, moment, partial(work, client))
            await client.outbox.settled()
            kept = await on_the_disk(storage)
            assert len(kept) == texts(client)
            assert kept in ([], ["one"], ["one", "two", "three"])
            client.send_message(JULIET, "last", mtype="chat")
            async with client:
                await client.outbox.join()
            await until(lambda: "last" in got)
            assert got == [*kept, "last"]
            assert await on_the_disk(storage) == []
        await storage.close()
        if not was_cancelled:
            break
    assert number > 2, "it was cancelled at least twice"
