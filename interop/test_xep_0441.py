# SPDX-License-Identifier: MIT
"""What a server archives (XEP-0441)."""

from __future__ import annotations

from archives import tell, writer_and_reader
from servers.base import Server

from xmppkit.plugins.xep_0441 import Default


async def test_preferences(server: Server) -> None:
    async with writer_and_reader(server) as (bob, reader):
        preferences = reader.plugin["xep_0441"]
        await preferences.set_preferences("always", never=[bob.boundjid.bare])
        assert await preferences.get_preferences() == (Default.ALWAYS, set(), {bob.boundjid.bare_jid})
        await tell(bob, reader, ["off the record"])
        assert (await reader.plugin["xep_0313"].retrieve())["mam"]["results"] == []
