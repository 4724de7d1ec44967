# SPDX-License-Identifier: MIT
"""Out of Band Data between clients, through real servers."""

from __future__ import annotations

import asyncio

import pytest
from servers.base import Server
from sessions import TIMEOUT, make_client, seen

from xmppkit.exceptions import IqError, XMPPError
from xmppkit.stanza.iq import Iq

URL = "https://example.org/a%20cat.jpg?x=1&y=<2>"


async def test_urls_are_told_and_fetched(server: Server) -> None:
    alice, bob = make_client(server), make_client(server, "bob")
    fetched: list[str] = []

    def fetch(iq: Iq) -> None:
        if fetched:
            raise XMPPError("not-acceptable", "once is enough")
        fetched.append(iq["oob_transfer"]["url"])

    for client in (alice, bob):
        client.register_plugin("xep_0066")
    bob.plugin["xep_0066"].register_url_handler(handler=fetch)
    messages = seen(bob, "message", of=lambda message: "oob" in message)
    async with asyncio.timeout(TIMEOUT), alice, bob:
        assert await alice.plugin["xep_0030"].supports(bob.boundjid, feature="jabber:x:oob")
        message = alice.make_message(bob.boundjid, URL)
        message["oob"]["url"] = URL
        message.send()
        assert (await messages.get())["oob"]["url"] == URL
        ask = alice.plugin["xep_0066"].send_oob
        assert (await ask(bob.boundjid, URL))["type"] == "result"
        assert fetched == [URL]
        with pytest.raises(IqError) as caught:
            await ask(bob.boundjid, URL)
        assert (caught.value.condition, caught.value.text) == ("not-acceptable", "once is enough")
