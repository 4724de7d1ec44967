# SPDX-License-Identifier: MIT
"""Avatars in vCards (XEP-0153) through real servers."""

from __future__ import annotations

import pytest
from chats import talking
from servers.base import Server
from sessions import available, make_client, seen

from xmppkit.exceptions import ContentMismatch

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


async def test_avatars(server: Server) -> None:
    async with talking(server, "xep_0153") as (one, two):
        updates = seen(two.client, "vcard_avatar_update", of=lambda presence: presence["from"] == one.client.boundjid)
        one.client.send_presence(pto=two.client.boundjid)
        assert (await updates.get())["vcard_temp_update"]["photo"] in (None, "")
        assert await two["xep_0153"].get_avatar(one.client.boundjid) is None
        await one["xep_0153"].set_avatar(avatar=PICTURE)
        one.client.send_presence(pto=two.client.boundjid)
        presence = await updates.get()
        avatar = await two["xep_0153"].get_avatar(presence["from"])
        assert avatar is not None
        assert (avatar.data, avatar.type) == (PICTURE, "image/png")
        assert presence["vcard_temp_update"]["photo"] == avatar.hash

        lie = one.client.make_presence(pto=two.client.boundjid)
        one.client.plugin.disable("xep_0153")
        lie["vcard_temp_update"]["photo"] = "0" * 40
        lie.send()
        await updates.get()
        with pytest.raises(ContentMismatch):
            await two["xep_0153"].get_avatar(one.client.boundjid)


async def test_two_clients_of_an_account(server: Server) -> None:
    async with talking(server, "xep_0153") as (one, _):
        other = make_client(server, one.client.boundjid.local)
        other.register_plugin("xep_0153")
        told = seen(
            one.client,
            "presence_available",
            of=lambda presence: presence["from"] == one.client.boundjid and presence["vcard_temp_update"]["photo"],
        )
        async with other:
            await available(other)
            await other.plugin["xep_0153"].set_avatar(avatar=PICTURE)
            while not (await one["xep_0153"].api["get_hash"](one.client.boundjid.bare)):
                await told.get()
        one.client.send_presence()
        assert len((await told.get())["vcard_temp_update"]["photo"]) == 40
