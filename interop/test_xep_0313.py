# SPDX-License-Identifier: MIT
"""Archives (XEP-0313) at real servers, and timelines over several sessions."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from archives import archived, client_of, tell, writer_and_reader
from servers.base import Server
from sessions import seen

from xmppkit.exceptions import IqError
from xmppkit.plugins.xep_0313 import Entry, Metadata, Result, Source

LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


# --- archives -----------------------------------------------------------------------------------------------


async def test_pages(server: Server) -> None:
    texts = [f"text {number}" for number in range(7)]
    async with writer_and_reader(server) as (bob, reader):
        await tell(bob, reader, texts)
        archive = reader.plugin["xep_0313"]
        answer = await archive.retrieve(rsm={"max": 3})
        results = answer["mam"]["results"]
        assert archived(results) == texts[:3]
        assert not answer["mam_fin"].complete
        first = Result.of(results[0])
        assert first is not None
        assert first.forwarded is not None
        assert first.forwarded.delay is not None
        pages = [archived(page["mam"]["results"]) async for page in archive.retrieve(iterator=True, rsm={"max": 3})]
        assert pages == [texts[:3], texts[3:6], texts[6:]]
        back = [message async for message in archive.iterate(reverse=True, rsm={"max": 2}, total=5)]
        assert archived(back) == texts[:1:-1]
        later = [message async for message in archive.iterate(rsm={"after": first.id})]
        assert archived(later) == texts[1:]
        nobody = [message async for message in archive.iterate(with_jid=f"alice@{server.domain}")]
        assert nobody == []
        # What an archive says of a time may be in whole seconds, which have begun earlier.
        second = first.forwarded.delay.stamp
        between = archive.iterate(start=second, end=second + datetime.timedelta(seconds=1))
        assert texts[0] in archived([message async for message in between])


async def test_what_is_not_there(server: Server) -> None:
    async with writer_and_reader(server) as (bob, reader):
        archive = reader.plugin["xep_0313"]
        assert (await archive.retrieve())["mam"]["results"] == []
        await tell(bob, reader, ["x"])
        if server.name == "Prosody":  # ejabberd has an answer to both
            with pytest.raises(IqError):
                await archive.retrieve(bob.boundjid.bare)  # somebody else's
            unknown = archive.retrieve(rsm={"after": "no such id"})
            if server.version.startswith("0."):
                with pytest.raises(IqError, match="item-not-found"):
                    await unknown
            else:
                assert (await unknown)["mam"]["results"] == []


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
            ends = archived((await archive.retrieve())["mam"]["results"])
            assert about is not None
            assert about.start is not None
            assert about.end is not None
            assert ends == ["first", "last"]
            assert about.start.id != about.end.id


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
            # One after the other: what several people say at once has no order.
            entries = []
            for speaker, to, text in (
                (bob, own, "three"),
                (other, bob.boundjid.bare, "four"),
                (reader, bob.boundjid.bare, "five"),
                (bob, own, "six"),
            ):
                speaker.send_message(to, text, mtype="chat")
                entries += await take(timeline, 1)
            assert said(entries) == [
                ("three", Source.LIVE, False),
                ("four", Source.CARBON, True),
                ("five", Source.SENT, True),
                ("six", Source.LIVE, False),
            ]
            assert [entry.id is not None for entry in entries][::3] == [True, True]
            # The connection is lost, and others go on.
            gone, came = seen(reader, "disconnected"), seen(other, "message")
            reader.auto_reconnect = False
            await reader.disconnect()
            await gone.get()
            bob.send_message(other.boundjid, "seven", mtype="chat")
            await came.get()
        again = client_of(server, name)
        again.password = reader.password
        again.use_storage(f"sqlite:///{tmp_path / 'state.db'}")
        async with again, again.plugin["xep_0313"].timeline(since=LONG_AGO) as timeline:
            (entry,) = await take(timeline, 1)
            assert entry.message["body"] == "seven"
            bob.send_message(again.boundjid, "eight", mtype="chat")
            (entry,) = await take(timeline, 1)
            assert entry.message["body"] == "eight", "and nothing between them"


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
