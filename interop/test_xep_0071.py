# SPDX-License-Identifier: MIT
"""Markup (XEP-0071), fallbacks (XEP-0428) and hashes (XEP-0300) in messages through real servers."""

from __future__ import annotations

from chats import talking
from servers.base import Server

from xmppkit.plugins.xep_0300 import Hash


async def test_markup(server: Server) -> None:
    async with talking(server, "xep_0071") as (one, two):
        to = two.client.boundjid
        one.client.send_message(to, "hello", mtype="chat", mhtml="<p>he<em>ll</em>o<script>no</script></p>")
        message = await two.messages.get()
        assert message["html"]["body"] == "<p>he<em>ll</em>o</p>"
        assert await one["xep_0030"].supports(to, feature="http://jabber.org/protocol/xhtml-im")


async def test_fallback(server: Server) -> None:
    async with talking(server, "xep_0428") as (one, two):
        message = one.client.make_message(two.client.boundjid, "> 👋\nhello", mtype="chat")
        one["xep_0428"].add_fallback(message, "urn:xmpp:reply:0", 0, 4)
        message.send()
        assert two["xep_0428"].get_stripped_body(await two.messages.get(), "urn:xmpp:reply:0") == "hello"


async def test_hashes(server: Server) -> None:
    async with talking(server, "xep_0300") as (one, two):
        message = one.client.make_message(two.client.boundjid, "a file", mtype="chat")
        message.append(one["xep_0300"].compute_hash(data=b"a file"))
        message.send()
        got = await two.messages.get()
        hashes = [Hash(xml=each) for each in got.xml.iter(Hash.tag_name())]
        assert two["xep_0300"].verify(hashes, b"a file")
        assert not two["xep_0300"].verify(hashes, b"another")
        feature = "urn:xmpp:hash-function-text-names:sha-256"
        assert await one["xep_0030"].supports(two.client.boundjid, feature=feature)
