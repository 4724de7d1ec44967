# SPDX-License-Identifier: MIT
"""Service discovery (XEP-0030): of real servers, and of clients through them."""

from __future__ import annotations

import asyncio

import pytest
from servers.base import Server
from sessions import TIMEOUT, make_client

from xmppkit.exceptions import IqError

WEATHER = "urn:example:weather"


async def test_what_a_server_is(server: Server) -> None:
    alice = make_client(server)
    alice.register_plugin("xep_0030")
    disco = alice.plugin["xep_0030"]
    async with asyncio.timeout(TIMEOUT), alice:
        info = (await disco.get_info(server.domain))["disco_info"]
        assert ("server", "im") in {(each.category, each.type) for each in info.identities}
        assert await disco.supports(server.domain, feature="urn:xmpp:ping")
        assert not await disco.supports(server.domain, feature=WEATHER)
        assert await disco.has_identity(server.domain, category="server", itype="im")
        items = (await disco.get_items(server.domain))["disco_items"]
        assert server.muc_domain in {str(item.jid) for item in items.items}
        found = await disco.get_info_from_domain(server.domain)
        assert server.muc_domain in {str(each["from"]) for each in found}
        with pytest.raises(IqError):
            await disco.get_info(server.domain, node="no-such-node")


async def test_what_a_client_is(server: Server) -> None:
    alice, bob = make_client(server), make_client(server, "bob")
    for client in (alice, bob):
        client.register_plugin("xep_0030")
    async with asyncio.timeout(TIMEOUT), alice, bob:
        own = bob.plugin["xep_0030"]
        await own.add_identity(category="client", itype="bot", name="Gärtner")
        await own.add_feature(WEATHER)
        await own.add_feature(WEATHER, node="rain")
        await own.add_item(bob.boundjid.full, "Rain & hail", subnode="rain")
        disco = alice.plugin["xep_0030"]
        info = (await disco.get_info(bob.boundjid))["disco_info"]
        assert ("client", "bot", "Gärtner") in {(each.category, each.type, each.name) for each in info.identities}
        assert WEATHER in info.features
        [item] = (await disco.get_items(bob.boundjid))["disco_items"].items
        assert (item.jid, item.node, item.name_) == (bob.boundjid, "rain", "Rain & hail")
        answer = await disco.get_info(item.jid, item.node)
        assert answer["disco_info"].node == "rain"
        assert WEATHER in answer["disco_info"].features
        with pytest.raises(IqError, match="item-not-found"):
            await disco.get_info(bob.boundjid, node="snow")
