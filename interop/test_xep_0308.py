# SPDX-License-Identifier: MIT
"""Corrections (XEP-0308) through real servers, between two and in a room."""

from __future__ import annotations

from chats import in_a_room, talking
from servers.base import Server
from sessions import seen


async def test_between_two(server: Server) -> None:
    async with talking(server, "xep_0308") as (one, two):
        corrections = seen(two.client, "message_correction")
        said = one.client.make_message(two.client.boundjid.bare, "Mondey", mtype="chat")
        said.send()
        original = await two.messages.get()
        one["xep_0308"].correct_message(said, "Monday")
        correction = await corrections.get()
        assert correction["body"] == "Monday"
        assert two["xep_0308"].applies(original, correction)
        forged = two["xep_0308"].build_correction(said["id"], one.client.boundjid.bare, mbody="Never")
        told = seen(one.client, "message_correction")
        forged.send()
        assert not one["xep_0308"].applies(original, await told.get())


async def test_in_a_room(server: Server) -> None:
    async with in_a_room(server, "xep_0308") as (one, two, room):
        corrections = seen(two.client, "message_correction")
        one.client.send_message(room, "Mondey", mtype="groupchat")
        mine, original = await one.heard("Mondey"), await two.heard("Mondey")
        one["xep_0308"].correct_message(mine, "Monday")
        correction = await corrections.get()
        assert (correction["body"], correction["from"]) == ("Monday", f"{room}/one")
        assert two["xep_0308"].applies(original, correction)
        two["xep_0308"].build_correction(mine["id"], room, mtype="groupchat", mbody="Never").send()
        forged = await corrections.get()
        assert forged["from"] == f"{room}/two"
        assert not two["xep_0308"].applies(original, forged)


async def test_in_private_messages(server: Server) -> None:
    async with in_a_room(server, "xep_0308") as (one, two, room):
        corrections = seen(two.client, "message_correction")
        said = one.client.make_message(f"{room}/two", "Mondey", mtype="chat")
        said.send()
        original = await two.messages.get()
        one["xep_0308"].correct_message(said, "Monday")
        assert two["xep_0308"].applies(original, await corrections.get())
        third = two.client.make_message(f"{room}/two", "Never", mtype="chat")
        third["replace"]["id"] = said["id"]
        third.send()
        assert not two["xep_0308"].applies(original, await corrections.get())
