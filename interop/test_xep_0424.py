# SPDX-License-Identifier: MIT
"""Retractions (XEP-0424) and moderation (XEP-0425) through real servers."""

from __future__ import annotations

import pytest
from chats import in_a_room, talking
from servers.base import Server
from sessions import seen

from xmppkit.exceptions import IqError
from xmppkit.plugins.xep_0359 import referred_id


async def test_between_two(server: Server) -> None:
    async with talking(server, "xep_0424") as (one, two):
        retractions = seen(two.client, "message_retract")
        said = one.client.make_message(two.client.boundjid.bare, "a secret", mtype="chat")
        said.send()
        original = await two.messages.get()
        one["xep_0424"].send_retraction(two.client.boundjid.bare, said["id"])
        retraction = await retractions.get()
        assert two["xep_0424"].applies(original, retraction)
        assert retraction["fallback"].get_stripped_body("urn:xmpp:message-retract:1") == ""
        other = one.client.make_message(two.client.boundjid.bare, "kept", mtype="chat")
        other.send()
        while (kept := await two.messages.get())["body"] != "kept":
            pass
        assert not two["xep_0424"].applies(kept, retraction)


async def test_in_a_room(server: Server) -> None:
    async with in_a_room(server, "xep_0424") as (one, two, room):
        retractions = seen(two.client, "message_retract")
        one.client.send_message(room, "a secret", mtype="groupchat")
        original = await two.heard("a secret")
        id_ = referred_id(original)
        assert id_ is not None
        two["xep_0424"].send_retraction(room, id_, "groupchat")
        forged = await retractions.get()
        assert not two["xep_0424"].applies(original, forged)
        one["xep_0424"].send_retraction(room, id_, "groupchat")
        assert two["xep_0424"].applies(original, await retractions.get())


async def test_a_room_is_moderated(prosody: Server) -> None:
    """Prosody 0.12 speaks version 0.2 of the protocol."""
    async with in_a_room(prosody, "xep_0425") as (one, two, room):
        two.client.send_message(room, "rude", mtype="groupchat")
        rude = await one.heard("rude")
        words = [seen(each.client, "moderated_message") for each in (one, two)]
        with pytest.raises(IqError, match="forbidden"):
            await two["xep_0425"].moderate(room, referred_id(rude) or "")
        await one["xep_0425"].moderate(room, referred_id(rude) or "", "be polite")
        original = await two.heard("rude")
        for told, each in zip(words, (one, two), strict=True):
            word = await told.get()
            assert each["xep_0425"].applies(original, word)
            assert word["retract"]["moderated"]["by"] == f"{room}/one"
            assert word["retract"]["reason"] == "be polite"
            assert told.empty()
        with pytest.raises(IqError, match="item-not-found"):
            await one["xep_0425"].moderate(room, "no such message")


async def test_only_the_room_says_that_it_was_moderated(server: Server) -> None:
    """ejabberd 23.01 knows nothing of it; neither lets an occupant say it."""
    async with in_a_room(server, "xep_0425") as (one, two, room):
        two.client.send_message(room, "rude", mtype="groupchat")
        rude = await one.heard("rude")
        if server.name == "ejabberd":
            with pytest.raises(IqError):
                await one["xep_0425"].moderate(room, referred_id(rude) or "", "be polite")
        forged = two.client.make_message(room, mtype="groupchat")
        forged["retract"]["id"] = referred_id(rude) or ""
        forged["retract"]["moderated"]["by"] = f"{room}/one"
        older = two.client.make_message(room, mtype="groupchat")
        older["apply_to"]["id"] = referred_id(rude) or ""
        older["apply_to"]["moderated"].enable("fastened_retract")
        told = seen(one.client, "moderated_message", "message_retract")
        forged.send()
        older.send()
        two.client.send_message(room, "what came before this has been handled", mtype="groupchat")
        await one.heard("what came before this has been handled")
        assert told.empty()
