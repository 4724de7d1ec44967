# SPDX-License-Identifier: MIT
"""Markers (XEP-0333) through real servers, between two and in a room."""

from __future__ import annotations

from chats import in_a_room, talking
from servers.base import Server
from sessions import seen

from xmppkit.plugins.xep_0359 import referred_id


async def test_between_two(server: Server) -> None:
    async with talking(server, "xep_0333") as (one, two):
        markers = seen(one.client, "marker_displayed")
        question = one.client.make_message(two.client.boundjid.bare, "read it?", mtype="chat")
        question.enable("markable")
        question.send()
        got = await two.messages.get()
        assert "markable" in got
        two["xep_0333"].send_marker(got["from"].bare, got["id"], "displayed", mtype="chat")
        marker = await markers.get()
        assert marker["displayed"]["id"] == question["id"]
        assert one["xep_0333"].applies(question, marker)
        assert not two["xep_0333"].applies(got, got)


async def test_in_a_room(server: Server) -> None:
    async with in_a_room(server, "xep_0333", "xep_0359") as (one, two, room):
        markers = seen(one.client, "marker_displayed")
        one.client.send_message(room, "hello", mtype="groupchat")
        mine, theirs = await one.heard("hello"), await two.heard("hello")
        id_ = referred_id(theirs)
        assert id_ is not None
        assert id_ == referred_id(mine)
        two["xep_0333"].send_marker(room, id_, "displayed", mtype="groupchat")
        marker = await markers.get()
        assert marker["from"] == f"{room}/two"
        assert one["xep_0333"].applies(mine, marker)
