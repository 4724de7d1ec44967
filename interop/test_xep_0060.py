# SPDX-License-Identifier: MIT
"""Publish-Subscribe (XEP-0060) with the pubsub services of the servers. Prosody lets administrators create nodes only,
and so alice owns and bob subscribes."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from servers.base import Server
from sessions import TIMEOUT, available, make_client, seen

from xmppkit.exceptions import IqError, PreconditionNotMet
from xmppkit.plugins.xep_0060 import EventItem, Item
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import ElementText
from xmppkit.stanza.registry import register_stanza_plugin

_numbers = itertools.count(1)


class Note(ElementBase):
    """What is published here."""

    __slots__ = ()

    name = "note"
    namespace = "urn:example:note"
    plugin_attrib = "note"

    text = ElementText(str)


for parent in (Item, EventItem):
    register_stanza_plugin(parent, Note)


def note(text: str) -> Note:
    made = Note()
    made.text = text
    return made


class Pair:
    """An owner, a subscriber and a node."""

    def __init__(self, server: Server) -> None:
        self.alice, self.bob = make_client(server, "alice"), make_client(server, "bob")
        for client in (self.alice, self.bob):
            client.register_plugin("xep_0060")
        self.owner: Any = self.alice.plugin["xep_0060"]
        self.reader: Any = self.bob.plugin["xep_0060"]
        self.service = server.pubsub_domain
        self.node = f"node{next(_numbers)}"
        self.told = seen(self.bob, "pubsub_publish", "pubsub_retract", "pubsub_purge", "pubsub_delete")

    async def next(self) -> Any:
        """The next event that bob is told."""
        return await self.told.get()


@asynccontextmanager
async def pair(server: Server, **config: Any) -> AsyncIterator[Pair]:
    """Both are there, and the node is."""
    made = Pair(server)
    async with asyncio.timeout(TIMEOUT), made.alice, made.bob:
        await available(made.bob)  # notifications for a bare address go to who is there
        await made.owner.create_node(
            made.service, made.node, {"access_model": "open", "persist_items": True, "max_items": 30, **config}
        )
        yield made
        await made.owner.delete_node(made.service, made.node)


async def test_a_publisher_and_a_subscriber(server: Server) -> None:
    async with pair(server) as each:
        where = (each.service, each.node)
        answer = await each.reader.subscribe(*where)
        assert answer["pubsub"]["subscription"]["subscription"] == "subscribed"
        answer = await each.owner.publish(*where, payload=note("hello"))
        made = answer["pubsub"]["publish"]["item"]["id"]
        event = await each.next()
        assert event["from"] == each.service
        assert event["pubsub_event"]["items"]["node"] == each.node
        item = event["pubsub_event"]["items"]["item"]
        assert (item["id"], item["note"]["text"]) == (made, "hello")
        await each.owner.retract(*where, made, notify=True)
        event = await each.next()
        assert event["pubsub_event"]["items"]["retract"]["id"] == made
        mine = (await each.reader.get_subscriptions(each.service, each.node))["pubsub"]["subscriptions"]
        assert [entry["subscription"] for entry in mine if entry["node"] in ("", each.node)] == ["subscribed"]
        await each.reader.unsubscribe(*where, subid=mine["substanzas"][0]["subid"] or None)
        await each.owner.publish(*where, payload=note("nobody hears"))
        await each.reader.subscribe(*where)
        await each.owner.publish(*where, id="last", payload=note("bob is back"))
        told = [await each.next()]
        while told[-1]["pubsub_event"]["items"]["item"]["id"] != "last":  # the last one may be told again (§6.1.7)
            told.append(await each.next())
        assert len(told) <= 3


async def test_reading(server: Server) -> None:
    async with pair(server) as each:
        where = (each.service, each.node)
        for number in range(25):
            await each.owner.publish(*where, id=f"id{number}", payload=note(f"text {number}"))
        item = (await each.reader.get_item(*where, "id7"))["pubsub"]["items"]["item"]
        assert (item["id"], item["note"]["text"]) == ("id7", "text 7")
        everything = {item["id"]: Note.of(item) async for item in each.reader.items(*where, page_size=10)}
        assert everything.keys() == {f"id{number}" for number in range(25)}
        assert all(everything.values())
        some = [item["id"] async for item in each.reader.items(*where, page_size=4, max_items=6)]
        assert len(set(some)) == 6
        latest = (await each.reader.get_items(*where, max_items=3))["pubsub"]["items"]
        assert {item["id"] for item in latest} == {"id22", "id23", "id24"}
        assert [item["id"] for item in (await each.reader.get_items(*where, ["id1"]))["pubsub"]["items"]] == ["id1"]
        nodes = (await each.reader.get_nodes(each.service))["disco_items"]
        assert each.node in {item["node"] for item in nodes}
        ids = (await each.reader.get_item_ids(*where))["disco_items"]
        assert {item["name"] for item in ids} <= everything.keys()
        await each.owner.purge(*where)
        assert [item async for item in each.reader.items(*where)] == []


async def test_configuring(server: Server) -> None:
    async with pair(server) as each:
        where = (each.service, each.node)
        form = (await each.owner.get_node_config(*where))["pubsub_owner"]["configure"]["form"]
        assert form["values"]["pubsub#max_items"] == "30"
        form.set_values({"pubsub#max_items": "20", "pubsub#title": "Notes"})
        await each.owner.set_node_config(*where, form)
        form = (await each.owner.get_node_config(*where))["pubsub_owner"]["configure"]["form"]
        assert (form["values"]["pubsub#max_items"], form["values"]["pubsub#title"]) == ("20", "Notes")
        with pytest.raises(IqError) as raised:
            await each.reader.get_node_config(*where)
        assert raised.value.condition == "forbidden"
        with pytest.raises(IqError) as raised:
            await each.owner.create_node(*where)
        assert raised.value.condition == "conflict"


async def test_affiliations_and_subscriptions(server: Server) -> None:
    async with pair(server) as each:
        where = (each.service, each.node)
        bob = each.bob.boundjid.bare
        with pytest.raises(IqError) as raised:
            await each.reader.publish(*where, payload=note("may I?"))
        assert raised.value.condition == "forbidden"
        await each.owner.modify_affiliations(*where, [(bob, "publisher")])
        found = (await each.owner.get_node_affiliations(*where))["pubsub_owner"]["affiliations"]
        assert (bob, "publisher") in {(entry["jid"].bare, entry["affiliation"]) for entry in found}
        await each.reader.publish(*where, payload=note("I may"))
        disco = each.bob.plugin["xep_0030"]
        if await disco.supports(each.service, feature="http://jabber.org/protocol/pubsub#retrieve-affiliations"):
            mine = (await each.reader.get_affiliations(each.service))["pubsub"]["affiliations"]
            assert (each.node, "publisher") in {(entry["node"], entry["affiliation"]) for entry in mine}
        await each.reader.subscribe(*where)
        found = (await each.owner.get_node_subscriptions(*where))["pubsub_owner"]["subscriptions"]
        assert [entry["jid"].bare for entry in found] == [bob]
        await each.owner.modify_subscriptions(*where, [(entry["jid"], "none") for entry in found])
        found = (await each.owner.get_node_subscriptions(*where))["pubsub_owner"]["subscriptions"]
        assert [entry["subscription"] for entry in found if entry["subscription"] != "none"] == []


async def test_preconditions(server: Server) -> None:
    """§7.1.5, at the own account: every server does that there."""
    alice = make_client(server, "alice")
    alice.register_plugin("xep_0060")
    pubsub = alice.plugin["xep_0060"]
    node = f"urn:example:private{next(_numbers)}"
    async with asyncio.timeout(TIMEOUT), alice:
        await pubsub.publish(None, node, "current", note("open"), {"access_model": "open", "persist_items": True})
        private = {"access_model": "whitelist", "persist_items": True}
        with pytest.raises(PreconditionNotMet):
            await pubsub.publish(None, node, "current", note("secret"), private)
        item = (await pubsub.get_item(None, node, "current"))["pubsub"]["items"]["item"]
        assert item["note"]["text"] == "open"
        await pubsub.publish_and_configure(None, node, "current", note("secret"), private)
        form = (await pubsub.get_node_config(None, node))["pubsub_owner"]["configure"]["form"]
        assert form["values"]["pubsub#access_model"] == "whitelist"
        await pubsub.publish(None, node, "current", note("secret"), private)
        await pubsub.delete_node(None, node)


async def test_an_owner_decides_who_subscribes(ejabberd: Server) -> None:
    """§8.6"""
    async with pair(ejabberd, access_model="authorize") as each:
        where = (each.service, each.node)
        asked = seen(each.alice, "pubsub_subscription_request")
        told = seen(each.bob, "pubsub_subscription")
        await available(each.alice)
        answer = await each.reader.subscribe(*where)
        assert answer["pubsub"]["subscription"]["subscription"] == "pending"
        request = await asked.get()
        assert (request.service, request.node) == where
        assert request.subscriber == each.bob.boundjid.bare
        each.owner.answer_subscription_request(request, True)
        event = await told.get()
        assert event["pubsub_event"]["subscription"]["subscription"] == "subscribed"
        await each.owner.publish(*where, id="a", payload=note("for those who may"))
        assert (await each.next())["pubsub_event"]["items"]["item"]["id"] == "a"


async def test_a_payload_without_a_class(server: Server) -> None:
    async with pair(server) as each:
        entry = ET.Element("{http://www.w3.org/2005/Atom}entry")
        ET.SubElement(entry, "{http://www.w3.org/2005/Atom}title").text = "Soliloquy <&>"
        await each.owner.publish(each.service, each.node, "a", entry)
        (item,) = [item async for item in each.reader.items(each.service, each.node)]
        assert item.payload is not None
        assert item.payload.findtext("{http://www.w3.org/2005/Atom}title") == "Soliloquy <&>"
