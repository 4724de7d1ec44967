# SPDX-License-Identifier: MIT
"""Personal eventing (XEP-0163) and nicknames (XEP-0172) at the servers: contacts are told, and others are not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from servers.base import Server
from sessions import TIMEOUT, available, make_client, new_account, seen

from xmppkit import ClientXMPP
from xmppkit.exceptions import PreconditionNotMet
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import ChildText


class Tune(ElementBase):
    """What somebody listens to."""

    __slots__ = ()

    name = "tune"
    namespace = "http://jabber.org/protocol/tune"
    plugin_attrib = "tune"

    title = ChildText(str)


class Marks(ElementBase):
    """Something that is nobody else's business."""

    __slots__ = ()

    name = "marks"
    namespace = "urn:example:marks"
    plugin_attrib = "marks"

    text = ChildText(str)


async def make(server: Server) -> ClientXMPP:
    """A client of an account of its own."""
    client = make_client(server, await new_account(server))
    client.register_plugin("xep_0172")
    return client


async def told(client: ClientXMPP, queue: asyncio.Queue[Any], publish: Callable[[], Awaitable[object]]) -> Any:
    """What the client is told. ejabberd tells it only what is published once it knows what the client can do, for which
    it asks when it sees the presence; and so this publishes until then."""
    while queue.empty():
        await publish()
        await client.get_roster()  # whatever was told is here before this answer
    return await queue.get()


@asynccontextmanager
async def friends(server: Server) -> AsyncIterator[tuple[ClientXMPP, ClientXMPP]]:
    """Two who see each other's presence."""
    one, other = await make(server), await make(server)
    async with asyncio.timeout(TIMEOUT), one, other:
        there = seen(one, "got_online", of=lambda presence: presence["from"] == other.boundjid)
        await available(one, other)
        one.send_presence_subscription(other.boundjid.bare)  # granted, and asked for in turn, by default
        await there.get()
        yield one, other


async def test_a_contact_is_told(server: Server) -> None:
    async with friends(server) as (one, other):
        names = seen(one, "user_nick_publish")
        nick = other.plugin["xep_0172"]
        message = await told(one, names, lambda: nick.publish_nick("Ishmael"))
        assert message["from"] == other.boundjid.bare
        assert message["pubsub_event"]["items"]["item"]["nick"]["nick"] == "Ishmael"
        await nick.stop()
        while message["pubsub_event"]["items"]["item"]["nick"]["nick"]:
            message = await names.get()


async def test_an_interest_that_comes_later(server: Server) -> None:
    """The server sees it in the presence that is sent again."""
    async with friends(server) as (one, other):
        tunes = seen(one, "user_tune_publish")
        tune = Tune()
        tune.title = "Introduction"
        await other.plugin["xep_0163"].publish(tune)
        await one.get_roster()  # whatever was told is here before this answer
        assert tunes.empty()
        one.plugin["xep_0163"].register_pep("user_tune", Tune)
        message = await told(one, tunes, lambda: other.plugin["xep_0163"].publish(tune))
        assert message["pubsub_event"]["items"]["item"]["tune"]["title"] == "Introduction"


async def test_what_is_private(server: Server) -> None:
    """The account's other resources are told, and nobody else is."""
    async with friends(server) as (one, other):
        again = make_client(server, one.boundjid.local)
        again.register_plugin("xep_0163")
        for client in (one, other, again):
            client.plugin["xep_0163"].register_pep("marks", Marks, private=True)
        mine, theirs = seen(again, "marks_publish"), seen(other, "marks_publish")
        private = {"access_model": "whitelist", "persist_items": True}
        async with again:
            await available(again)
            marks = Marks()
            marks.text = "secret"
            message = await told(again, mine, lambda: one.plugin["xep_0163"].publish(marks, options=private))
            assert message["from"] in ("", one.boundjid.bare)
            assert message["pubsub_event"]["items"]["item"]["marks"]["text"] == "secret"
            pubsub = one.plugin["xep_0060"]
            items = [item async for item in pubsub.items(None, Marks.namespace)]
            assert [item["id"] for item in items] == ["current"]
            with pytest.raises(PreconditionNotMet):
                await one.plugin["xep_0163"].publish(marks, options={"access_model": "open"})
        assert theirs.empty()
