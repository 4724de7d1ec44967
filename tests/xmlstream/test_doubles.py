# SPDX-License-Identifier: MIT
"""Which messages are doubles, and which are not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import StorageError
from xmppkit.stanza.message import Message
from xmppkit.storage.memory import MemoryStorage
from xmppkit.storage.sqlite import SQLiteStorage
from xmppkit.testing.wire import Wire
from xmppkit.xmlstream.doubles import Doubles

DELAY = "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>"
SID = "<stanza-id xmlns='urn:xmpp:sid:0' id='s' by='bot@localhost'/>"


def message(
    *,
    sender: str = "juliet@localhost/a",
    id: str = "i1",
    origin: str = "o1",
    body: str = "Hark!",
    more: str = "",
    kind: str = "chat",
) -> str:
    mark = f"<origin-id xmlns='urn:xmpp:sid:0' id='{origin}'/>" if origin else ""
    return f"<message from='{sender}' id='{id}' type='{kind}'><body>{body}</body>{mark}{more}</message>"


class Seen:
    """What a client has handled, and what it has dropped."""

    def __init__(self, client: ClientXMPP) -> None:
        self.handled: list[str] = []
        self.dropped = 0
        client.add_event_handler("message", lambda message: self.handled.append(message["body"]))
        client.add_event_handler("message_doubled", self._drop)

    def _drop(self, _: object) -> None:
        self.dropped += 1


@pytest.mark.parametrize(
    "again",
    [
        message(),
        message(sender="juliet@localhost/another-device"),
        message(more=SID + DELAY),
        message(body="encrypted anew", more=DELAY),
    ],
)
async def test_doubles(client: ClientXMPP, wire: Wire, again: str) -> None:
    client.drop_doubles()
    seen = Seen(client)
    wire.receive(message())
    wire.receive(again)
    assert seen.handled == ["Hark!"]
    assert seen.dropped == 1


@pytest.mark.parametrize(
    "other",
    [
        message(sender="tybalt@localhost/a"),  # anybody can use any id
        message(sender="tybalt@localhost/a", more=DELAY),
        message(origin="o2"),
        message(origin=""),
        message(body="Something else"),
        message(body="Something else", id="i2", more=DELAY),
    ],
)
async def test_what_is_no_double(client: ClientXMPP, wire: Wire, other: str) -> None:
    client.drop_doubles()
    seen = Seen(client)
    for _ in range(2):
        wire.receive(message() if not seen.handled else other)
    assert len(seen.handled) == 2
    assert seen.dropped == 0


async def test_errors_and_rooms(client: ClientXMPP, wire: Wire) -> None:
    client.drop_doubles()
    seen = Seen(client)
    room = "room@muc.localhost"
    wire.receive(message(sender=f"{room}/juliet", kind="groupchat"))
    wire.receive(message(sender=f"{room}/tybalt", kind="groupchat"))  # another occupant
    wire.receive(message(sender=f"{room}/juliet", kind="groupchat", more=DELAY))  # the room's history
    wire.receive(message(sender=f"{room}/juliet", kind="groupchat"))
    wire.receive(message(kind="error"))
    wire.receive(message(kind="error"))
    assert len(seen.handled) == 5
    assert seen.dropped == 1


async def test_what_is_no_message_passes(client: ClientXMPP, wire: Wire) -> None:
    client.drop_doubles()
    got: list[Any] = []
    client.add_event_handler("presence", got.append)
    wire.receive("<presence from='juliet@localhost/a'/>")
    assert len(got) == 1


async def test_it_can_be_turned_off(client: ClientXMPP, wire: Wire) -> None:
    client.drop_doubles()
    client.drop_doubles(limit=5)
    client.drop_doubles(False)
    seen = Seen(client)
    for _ in range(2):
        wire.receive(message())
    assert len(seen.handled) == 2


async def test_it_is_bounded(client: ClientXMPP, wire: Wire) -> None:
    client.drop_doubles(limit=3)
    assert client._doubles is not None
    for number in range(10):
        wire.receive(message(origin=str(number)))
    assert len(client._doubles) == 3
    assert client._doubles._new == {}


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_another_process_knows_them(tmp_path: Path) -> None:
    for handled in (["Hark!"], []):
        client = ClientXMPP("bot@localhost/here", "secret", lang=None)
        client.use_storage(SQLiteStorage(tmp_path / "bot.db"))
        assert client._doubles is not None
        await client._doubles.load()
        seen = Seen(client)
        wire = Wire(client)
        wire.receive(message())
        assert seen.handled == handled
        await client._everything_kept()
        assert client.storage is not None
        await client.storage.close()
        client.abort()
        await wire.end()


async def test_it_is_written_behind_the_handlers(client: ClientXMPP, wire: Wire) -> None:
    storage = MemoryStorage()
    client.use_storage(storage)
    written: list[int] = []
    client.add_event_handler("message", lambda _: written.append(storage.at_once(count())))

    async def count() -> int:
        return len(await storage.collection("doubles", client._doubles._place.place.scope).keys())  # type: ignore[union-attr]

    for number in range(3):
        wire.receive(message(origin=str(number)))
    await turns()
    assert written == [0, 0, 0]
    assert await count() == 3


async def test_a_storage_that_fails(client: ClientXMPP, wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(MemoryStorage):
        async def _page(self, *arguments: Any) -> Any:
            raise StorageError("no disk")

        async def _apply(self, *arguments: Any) -> Any:
            raise StorageError("no disk")

    seen = Seen(client)
    client.drop_doubles()
    client._remember_in(Broken())
    assert client._doubles is not None
    await client._doubles.load()
    wire.receive(message())
    wire.receive(message(body="x", origin=""))
    await turns()
    wire.receive(message())
    assert seen.handled == ["Hark!", "x"]
    assert caplog.text.count("no disk") == 2


class Counting:
    """What has come, and what is handled."""

    arrived = settled = 0


async def test_what_is_not_handled_is_not_kept(client: ClientXMPP) -> None:
    """A handler is at work with the first; the second is dropped at once, and handled with it."""
    counts, storage = Counting(), MemoryStorage()
    doubles = Doubles(client, counts)
    doubles.keep_in(storage, "bot")
    for counts.arrived in (1, 2):
        assert doubles.filter(Message(client, fromstring(message(origin=f"o{counts.arrived}")))) is not None

    async def kept() -> int:
        for _ in range(10):  # for the task that writes; a storage in memory waits for nobody
            await asyncio.sleep(0)
        later = Doubles(client, counts)
        later.keep_in(storage, "bot")
        await later.load()
        return len(later)

    assert await kept() == 0
    counts.settled = 1
    doubles.handled()
    assert await kept() == 1
    await doubles.write()
    assert await kept() == 1
    counts.arrived = counts.settled = 0  # another session
    doubles.handled()
    assert await kept() == 2
    doubles.handled()
    assert doubles._timer is None
