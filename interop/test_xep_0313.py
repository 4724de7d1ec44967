# SPDX-License-Identifier: MIT
"""Archives (XEP-0313, XEP-0059, XEP-0441), stanza-ids (XEP-0359) and carbons (XEP-0280) at real servers."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from servers.base import Server
from sessions import TIMEOUT, make_client, new_account, seen

from xmppkit import ClientXMPP
from xmppkit.exceptions import IqError
from xmppkit.plugins.xep_0313 import Entry, Metadata, Result, Source
from xmppkit.plugins.xep_0441 import Default

PLUGINS = ("xep_0045", "xep_0203", "xep_0280", "xep_0297", "xep_0313", "xep_0334", "xep_0359", "xep_0441")
LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


def client_of(server: Server, name: str, **options: Any) -> ClientXMPP:
    client = make_client(server, name, **options)
    client.password = client.password or f"password of {name}"
    for plugin in PLUGINS:
        client.register_plugin(plugin)
    return client


@asynccontextmanager
async def writer_and_reader(server: Server) -> AsyncIterator[tuple[ClientXMPP, ClientXMPP]]:
    """bob, and somebody with an empty archive."""
    bob, reader = client_of(server, "bob"), client_of(server, await new_account(server))
    async with asyncio.timeout(TIMEOUT), bob, reader:
        for client in (bob, reader):
            client.send_presence()
        yield bob, reader


async def tell(bob: ClientXMPP, reader: ClientXMPP, texts: list[str]) -> None:
    """Send messages, and wait until they have come."""
    came = seen(reader, "message")
    for text in texts:
        bob.send_message(reader.boundjid.bare, text, mtype="chat")
    for text in texts:
        assert (await came.get())["body"] == text


def bodies(messages: list[Any]) -> list[str]:
    return [message["mam_result"]["forwarded"]["stanza"]["body"] for message in messages]


# --- archives -----------------------------------------------------------------------------------------------


async def test_pages(server: Server) -> None:
    texts = [f"text {number}" for number in range(7)]
    async with writer_and_reader(server) as (bob, reader):
        await tell(bob, reader, texts)
        archive = reader.plugin["xep_0313"]
        answer = await archive.retrieve(rsm={"max": 3})
        results = answer["mam"]["results"]
        assert bodies(results) == texts[:3]
        assert not answer["mam_fin"].complete
        first = Result.of(results[0])
        assert first is not None
        assert first.forwarded is not None
        assert first.forwarded.delay is not None
        pages = [bodies(page["mam"]["results"]) async for page in archive.retrieve(iterator=True, rsm={"max": 3})]
        assert pages == [texts[:3], texts[3:6], texts[6:]]
        back = [message async for message in archive.iterate(reverse=True, rsm={"max": 2}, total=5)]
        assert bodies(back) == texts[:1:-1]
        later = [message async for message in archive.iterate(rsm={"after": first.id})]
        assert bodies(later) == texts[1:]
        nobody = [message async for message in archive.iterate(with_jid=f"alice@{server.domain}")]
        assert nobody == []
        between = archive.iterate(start=first.forwarded.delay.stamp, end=first.forwarded.delay.stamp)
        assert texts[0] in bodies([message async for message in between])


async def test_many_pages(server: Server) -> None:
    texts = [f"text {number}" for number in range(120)]
    async with writer_and_reader(server) as (bob, reader):
        await tell(bob, reader, texts)
        found = [message async for message in reader.plugin["xep_0313"].iterate()]
        assert bodies(found) == texts


async def test_what_is_not_there(server: Server) -> None:
    async with writer_and_reader(server) as (bob, reader):
        archive = reader.plugin["xep_0313"]
        assert (await archive.retrieve())["mam"]["results"] == []
        await tell(bob, reader, ["x"])
        if server.name == "Prosody":  # ejabberd has an answer to both
            with pytest.raises(IqError):
                await archive.retrieve(bob.boundjid.bare)  # somebody else's
            with pytest.raises(IqError, match="item-not-found"):
                await archive.retrieve(rsm={"after": "no such id"})


async def test_about_an_archive(server: Server) -> None:
    async with writer_and_reader(server) as (bob, reader):
        await tell(bob, reader, ["first", "last"])
        archive = reader.plugin["xep_0313"]
        assert {"with", "start", "end"} <= set(await archive.get_fields())
        features = (await reader.plugin["xep_0030"].get_info(reader.boundjid.bare, local=False))["disco_info"][
            "features"
        ]
        if "urn:xmpp:mam:2#extended" in features:
            about = Metadata.of(await archive.get_archive_metadata())
            ends = bodies((await archive.retrieve())["mam"]["results"])
            assert about is not None
            assert about.start is not None
            assert about.end is not None
            assert ends == ["first", "last"]
            assert about.start.id != about.end.id


async def test_preferences(server: Server) -> None:
    async with writer_and_reader(server) as (bob, reader):
        preferences = reader.plugin["xep_0441"]
        await preferences.set_preferences("always", never=[bob.boundjid.bare])
        assert await preferences.get_preferences() == (Default.ALWAYS, set(), {bob.boundjid.bare_jid})
        await tell(bob, reader, ["off the record"])
        assert (await reader.plugin["xep_0313"].retrieve())["mam"]["results"] == []


async def test_ids_of_messages_are_those_of_the_archive(server: Server) -> None:
    async with writer_and_reader(server) as (bob, reader):
        came = seen(reader, "message")
        bob.send_message(reader.boundjid.bare, "hello", mtype="chat")
        id = await reader.plugin["xep_0359"].get_stanza_id(await came.get())
        (message,) = (await reader.plugin["xep_0313"].retrieve())["mam"]["results"]
        assert id is not None
        assert message["mam_result"]["id"] == id


# --- carbons ------------------------------------------------------------------------------------------------


async def test_carbons(server: Server) -> None:
    async with writer_and_reader(server) as (bob, reader):
        other = client_of(server, reader.boundjid.local, resource="other")
        other.password = reader.password
        copies = seen(reader, "carbon_sent", "carbon_received")
        async with other:
            other.send_presence()  # ejabberd copies what comes for those who are there
            await reader.plugin["xep_0280"].enable()
            other.send_message(bob.boundjid.bare, "from me", mtype="chat")
            assert (await copies.get())["carbon_sent"]["body"] == "from me"
            bob.send_message(other.boundjid, "for me", mtype="chat")
            received = (await copies.get())["carbon_received"]
            assert (received["body"], received["to"]) == ("for me", other.boundjid)
            secret = other.make_message(bob.boundjid.bare, "secret", mtype="chat")
            other.plugin["xep_0280"].make_private(secret).send()
            other.send_message(bob.boundjid.bare, "not secret", mtype="chat")
            assert (await copies.get())["carbon_sent"]["body"] == "not secret"
            await reader.plugin["xep_0280"].disable()


# --- the timeline -------------------------------------------------------------------------------------------


async def take(timeline: Any, count: int) -> list[Entry]:
    return [await anext(timeline) for _ in range(count)]


def said(entries: list[Entry]) -> list[tuple[str, Source, bool]]:
    return [(entry.message["body"], entry.source, entry.outgoing) for entry in entries]


async def test_a_timeline(server: Server, tmp_path: Path) -> None:
    """Archive, live messages, carbons and what is sent, over two sessions and two programs."""
    async with writer_and_reader(server) as (bob, reader):
        own, name = reader.boundjid.bare, reader.boundjid.local
        reader.use_storage(f"sqlite:///{tmp_path / 'state.db'}")
        other = client_of(server, name, resource="other")
        other.password = reader.password
        await tell(bob, reader, ["one", "two"])
        async with other, reader.plugin["xep_0313"].timeline(since=LONG_AGO, amount=1) as timeline:
            assert said(await take(timeline, 2)) == [("one", Source.ARCHIVE, False), ("two", Source.ARCHIVE, False)]
            waiting = asyncio.ensure_future(take(timeline, 4))
            bob.send_message(own, "three", mtype="chat")
            await asyncio.sleep(0.3)  # otherwise three people speak at once
            other.send_message(bob.boundjid.bare, "four", mtype="chat")
            await asyncio.sleep(0.3)
            reader.send_message(bob.boundjid.bare, "five", mtype="chat")
            await asyncio.sleep(0.3)
            bob.send_message(own, "six", mtype="chat")
            entries = await waiting
            assert said(entries) == [
                ("three", Source.LIVE, False),
                ("four", Source.CARBON, True),
                ("five", Source.SENT, True),
                ("six", Source.LIVE, False),
            ]
            assert [entry.id is not None for entry in entries][::3] == [True, True]
            # The connection is lost, and others go on.
            gone = seen(reader, "disconnected")
            reader.auto_reconnect = False
            await reader.disconnect()
            await gone.get()
            bob.send_message(own, "seven", mtype="chat")
            await asyncio.sleep(0.3)
        again = client_of(server, name)
        again.password = reader.password
        again.use_storage(f"sqlite:///{tmp_path / 'state.db'}")
        async with again, again.plugin["xep_0313"].timeline(since=LONG_AGO) as timeline:
            (entry,) = await take(timeline, 1)
            assert entry.message["body"] == "seven"
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(timeline), 0.5)


async def test_a_timeline_with_a_room(server: Server) -> None:
    async with writer_and_reader(server) as (bob, reader):
        room = f"timeline-{reader.boundjid.local}@{server.muc_domain}"
        await bob.plugin["xep_0045"].join_muc_wait(room, "bob")
        await bob.plugin["xep_0045"].set_room_config(room, await bob.plugin["xep_0045"].get_room_config(room))
        echoes = seen(bob, "groupchat_message")
        for text in ("one", "two"):
            bob.send_message(room, text, mtype="groupchat")
            await echoes.get()
        async with reader.plugin["xep_0313"].timeline([room], since=LONG_AGO) as timeline:
            await reader.plugin["xep_0045"].join_muc_wait(room, "reader")
            found = await take(timeline, 2)
            bob.send_message(room, "three", mtype="groupchat")
            reader.send_message(room, "four", mtype="groupchat")
            bob.send_message(reader.boundjid.bare, "five", mtype="chat")
            found += await take(timeline, 3)
        in_room = [entry.message["body"] for entry in found if entry.archive == room]
        assert in_room[:2] == ["one", "two"]
        assert sorted(in_room[2:]) == ["four", "three"]
        assert [entry.message["body"] for entry in found if entry.archive != room] == ["five"]
