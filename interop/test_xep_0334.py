# SPDX-License-Identifier: MIT
"""Hints (XEP-0334) that real servers follow."""

from __future__ import annotations

from archives import archived, tell, writer_and_reader
from servers.base import Server
from sessions import seen

from xmppkit.plugins.xep_0334 import Hint


async def test_what_shall_not_be_stored_is_not(server: Server) -> None:
    async with writer_and_reader(server) as (bob, reader):
        came = seen(reader, "message")
        secret = bob.make_message(reader.boundjid.bare, "secret", mtype="chat")
        bob.plugin["xep_0334"].add_hints(secret, [Hint.NO_STORE])
        secret.send()
        assert bob.plugin["xep_0334"].get_hints(await came.get()) == {Hint.NO_STORE}
        await tell(bob, reader, ["not secret"])
        assert archived((await reader.plugin["xep_0313"].retrieve())["mam"]["results"]) == ["not secret"]
