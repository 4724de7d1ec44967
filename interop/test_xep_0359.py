# SPDX-License-Identifier: MIT
"""Stanza-ids (XEP-0359) of real servers are those of their archives."""

from __future__ import annotations

from archives import writer_and_reader
from servers.base import Server
from sessions import seen


async def test_ids_of_messages_are_those_of_the_archive(server: Server) -> None:
    async with writer_and_reader(server) as (bob, reader):
        came = seen(reader, "message")
        bob.send_message(reader.boundjid.bare, "hello", mtype="chat")
        id = await reader.plugin["xep_0359"].get_stanza_id(await came.get())
        (message,) = (await reader.plugin["xep_0313"].retrieve())["mam"]["results"]
        assert id is not None
        assert message["mam_result"]["id"] == id


async def test_spoof_an_id_that_somebody_else_gave(server: Server) -> None:
    """ejabberd takes it out. Prosody 0.12 lets it through beside its own, and then neither is believed."""
    async with writer_and_reader(server) as (bob, reader):
        came = seen(reader, "message")
        message = bob.make_message(reader.boundjid.bare, "hello", mtype="chat")
        message["stanza_id"]["id"], message["stanza_id"]["by"] = "forged", reader.boundjid.bare
        message.send()
        ids = reader.plugin["xep_0359"]
        found = await ids.get_stanza_id(await came.get())
        assert found != "forged"
        assert found is not None or server.name == "Prosody"
        assert await ids.trusts(reader.boundjid.bare)
