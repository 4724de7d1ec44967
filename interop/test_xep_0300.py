# SPDX-License-Identifier: MIT
"""Hashes (XEP-0300) in messages through real servers."""

from __future__ import annotations

from chats import talking
from servers.base import Server

from xmppkit.plugins.xep_0300 import Hash


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
