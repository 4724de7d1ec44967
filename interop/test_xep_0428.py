# SPDX-License-Identifier: MIT
"""Fallbacks (XEP-0428) in messages through real servers."""

from __future__ import annotations

from chats import talking
from servers.base import Server


async def test_fallback(server: Server) -> None:
    async with talking(server, "xep_0428") as (one, two):
        message = one.client.make_message(two.client.boundjid, "> 👋\nhello", mtype="chat")
        one["xep_0428"].add_fallback(message, "urn:xmpp:reply:0", 0, 4)
        message.send()
        assert two["xep_0428"].get_stripped_body(await two.messages.get(), "urn:xmpp:reply:0") == "hello"
