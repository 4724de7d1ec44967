# SPDX-License-Identifier: MIT
"""Forwarded messages (XEP-0297) on their way through real servers."""

from __future__ import annotations

from archives import writer_and_reader
from servers.base import Server
from sessions import seen

from xmppkit.plugins.xep_0297 import Forwarded


async def test_forwarding(server: Server) -> None:
    async with writer_and_reader(server) as (bob, reader):
        came, forwarded = seen(reader, "message"), seen(reader, "forwarded_stanza")
        bob.send_message(reader.boundjid.bare, "look", mtype="chat")
        original = await came.get()
        assert await bob.plugin["xep_0030"].supports(reader.boundjid, feature=Forwarded.namespace)
        bob.plugin["xep_0297"].forward(original, mto=reader.boundjid, mbody="you have said")
        message = await forwarded.get()
        found = Forwarded.of(message)
        assert found is not None
        assert found.message is not None
        assert (message["body"], found.message.body) == ("you have said", "look")
        assert found.message["from"] == bob.boundjid
