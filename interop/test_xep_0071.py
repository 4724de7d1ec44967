# SPDX-License-Identifier: MIT
"""Markup (XEP-0071) in messages through real servers."""

from __future__ import annotations

from chats import talking
from servers.base import Server


async def test_markup(server: Server) -> None:
    async with talking(server, "xep_0071") as (one, two):
        to = two.client.boundjid
        one.client.send_message(to, "hello", mtype="chat", mhtml="<p>he<em>ll</em>o<script>no</script></p>")
        message = await two.messages.get()
        assert message["html"]["body"] == "<p>he<em>ll</em>o</p>"
        assert await one["xep_0030"].supports(to, feature="http://jabber.org/protocol/xhtml-im")
