# SPDX-License-Identifier: MIT
"""Bits of binary (XEP-0231) through real servers."""

from __future__ import annotations

import asyncio
import os

import pytest
from servers.base import Server
from sessions import TIMEOUT, available, make_client, seen

from xmppkit.exceptions import IqError
from xmppkit.plugins.xep_0231 import BitsOfBinary, ContentId


async def test_fetching(server: Server) -> None:
    alice, bob = make_client(server), make_client(server, "bob")
    for client in (alice, bob):
        client.register_plugin("xep_0231")
    picture = os.urandom(8 * 1024)
    async with asyncio.timeout(TIMEOUT), alice, bob:
        cid = await bob.plugin["xep_0231"].set_bob(picture, "image/png", max_age=60)
        answer = await alice.plugin["xep_0231"].get_bob(bob.boundjid, cid)
        assert (answer["bob"]["data"], answer["bob"]["type"]) == (picture, "image/png")
        bob.plugin["xep_0231"].del_bob(cid)
        again = await alice.plugin["xep_0231"].get_bob(bob.boundjid, cid)
        assert again["bob"]["data"] == picture, "it was kept"
        with pytest.raises(IqError, match="item-not-found"):
            await alice.plugin["xep_0231"].get_bob(bob.boundjid, cid, cached=False)


async def test_in_a_message(server: Server) -> None:
    alice, bob = make_client(server), make_client(server, "bob")
    for client in (alice, bob):
        client.register_plugin("xep_0231")
    got = seen(bob, "bob")
    async with asyncio.timeout(TIMEOUT), alice, bob:
        await available(bob)
        message = alice.make_message(bob.boundjid, "look", mtype="chat")
        piece = BitsOfBinary(parent=message)
        piece.data, piece.type_ = b"a picture", "image/png"
        piece.cid = str(ContentId.of(b"a picture"))
        message.send()
        assert (await got.get())["bob"]["data"] == b"a picture"
