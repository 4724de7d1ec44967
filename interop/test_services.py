# SPDX-License-Identifier: MIT
"""Ping, disco, version and bits of binary with real servers, and between clients through them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from servers.base import Server
from sessions import TIMEOUT, example, make_client, make_component, new_account, seen, settled

from xmppkit import ClientXMPP
from xmppkit.exceptions import IqError

PLUGINS = ("xep_0030", "xep_0092", "xep_0199", "xep_0231")


def contents(directory: Path) -> list[Any]:
    """What is in the JSON files of a directory."""
    return [json.loads(file.read_text()) for file in directory.iterdir()]


@asynccontextmanager
async def two_clients(server: Server) -> AsyncIterator[tuple[ClientXMPP, ClientXMPP]]:
    """Sessions of alice and bob, with all plugins."""
    alice, bob = make_client(server), make_client(server, "bob")
    for client in (alice, bob):
        for plugin in PLUGINS:
            client.register_plugin(plugin)
    async with asyncio.timeout(TIMEOUT), alice, bob:
        yield alice, bob


# --- ping (XEP-0199) ------------------------------------------------------------------------------------


async def test_ping(server: Server) -> None:
    async with two_clients(server) as (alice, bob):
        ping = alice.plugin["xep_0199"]
        for target in (None, server.domain, alice.boundjid, bob.boundjid):
            assert 0.0 < await ping.ping(target) < TIMEOUT
        answer = await ping.send_ping(bob.boundjid)
        assert answer["from"] == bob.boundjid
        assert answer["type"] == "result"


async def test_a_ping_to_who_is_not_there(server: Server) -> None:
    async with two_clients(server) as (alice, _):
        with pytest.raises(IqError) as caught:
            await alice.plugin["xep_0199"].send_ping(f"bob@{server.domain}/nobody")
        assert caught.value.condition == "service-unavailable"
        assert f"bob@{server.domain}/nobody answered" in str(caught.value)


async def test_pings_both_ways_between_client_and_component(server: Server) -> None:
    component = make_component(server)
    component.register_plugin("xep_0199")
    async with two_clients(server) as (alice, _), component:
        await settled(server, component)
        assert await alice.plugin["xep_0199"].ping(server.component_domain) > 0.0
        assert await component.plugin["xep_0199"].ping(alice.boundjid) > 0.0


# --- disco (XEP-0030) -----------------------------------------------------------------------------------


async def test_disco_of_the_server(server: Server) -> None:
    async with two_clients(server) as (alice, _):
        disco = alice.plugin["xep_0030"]
        info = (await disco.get_info(server.domain))["disco_info"]
        assert ("server", "im") in {(category, kind) for category, kind, *_ in info["identities"]}
        assert {"urn:xmpp:ping", "http://jabber.org/protocol/disco#info", "jabber:iq:version"} <= set(info["features"])
        items = (await disco.get_items(server.domain))["disco_items"]["items"]
        assert isinstance(items, set)
        # Prosody lists what is configured, ejabberd what is connected
        assert (server.component_domain in {jid for jid, *_ in items}) == (server.name == "Prosody")
        assert await disco.supports(server.domain, feature="urn:xmpp:ping")
        assert not await disco.supports(server.domain, feature="urn:never")


async def test_disco_of_the_account(server: Server) -> None:
    async with two_clients(server) as (alice, _):
        info = (await alice.plugin["xep_0030"].get_info(alice.boundjid.bare))["disco_info"]
        assert ("account", "registered") in {(category, kind) for category, kind, *_ in info["identities"]}


async def test_disco_of_each_other(server: Server) -> None:
    async with two_clients(server) as (alice, bob):
        bob.plugin["xep_0030"].add_identity(category="client", itype="bot", name="Böb", lang="de")
        bob.plugin["xep_0030"].add_feature("urn:example:ü")
        bob.plugin["xep_0030"].add_item(jid=str(bob.boundjid), name="thing <&>", node="", subnode="things")
        info = (await alice.plugin["xep_0030"].get_info(bob.boundjid))["disco_info"]
        assert ("client", "bot", "de", "Böb") in info["identities"]
        assert {"urn:example:ü", "urn:xmpp:ping", "urn:xmpp:bob", "jabber:iq:version"} <= set(info["features"])
        items = (await alice.plugin["xep_0030"].get_items(bob.boundjid))["disco_items"]["items"]
        assert items == {(str(bob.boundjid), "things", "thing <&>")}
        with pytest.raises(IqError) as caught:
            await alice.plugin["xep_0030"].get_info(bob.boundjid, node="no such node")
        assert caught.value.condition == "item-not-found"


async def test_disco_of_a_component(server: Server) -> None:
    component = make_component(server)
    component.register_plugin("xep_0030")
    component.plugin["xep_0030"].add_identity(category="gateway", itype="echo", name="Echo")
    async with two_clients(server) as (alice, _), component:
        await settled(server, component)
        info = (await alice.plugin["xep_0030"].get_info(server.component_domain))["disco_info"]
        assert "Echo" in {name for *_, name in info["identities"]}
        items = (await alice.plugin["xep_0030"].get_items(server.domain))["disco_items"]["items"]
        assert server.component_domain in {jid for jid, *_ in items}
        info = (await component.plugin["xep_0030"].get_info(server.domain))["disco_info"]
        assert "urn:xmpp:ping" in info["features"]


# --- version (XEP-0092) ---------------------------------------------------------------------------------


async def test_version_of_the_server(server: Server) -> None:
    async with two_clients(server) as (alice, _):
        version = (await alice.plugin["xep_0092"].get_version(server.domain))["software_version"]
        assert version["name"] == server.name
        # Debian's ejabberd says 23.1.0 there, and 23.01.0 at its start
        assert version["version"].split(".")[0] == server.version.split(".")[0]


async def test_version_of_each_other(server: Server) -> None:
    async with two_clients(server) as (alice, bob):
        bob.plugin["xep_0092"].software_name = "böt"
        bob.plugin["xep_0092"].version = "1.0"
        bob.plugin["xep_0092"].os = "none"
        version = (await alice.plugin["xep_0092"].get_version(bob.boundjid))["software_version"]
        assert (version["name"], version["version"], version["os"]) == ("böt", "1.0", "none")


# --- bits of binary (XEP-0231) --------------------------------------------------------------------------


async def test_bits_of_binary_on_disk(server: Server, tmp_path: Path) -> None:
    """The tutorial, over a real server: one side keeps files, the other fetches them."""
    picture = bytes(range(256)) * 30
    async with two_clients(server) as (alice, bob):
        example("bob_on_disk").keep_on_disk(alice, tmp_path)
        mine, theirs = alice.plugin["xep_0231"], bob.plugin["xep_0231"]

        cid = await mine.set_bob(b"coucou", "text/plain")
        large = await mine.set_bob(picture, "image/png", max_age=60)
        assert {file["cid"] for file in contents(tmp_path)} == {cid, large}

        content = await mine.get_bob(cid=cid)
        assert content["bob"]["data"] == b"coucou"
        content = await theirs.get_bob(alice.boundjid, cid)
        assert content["bob"]["data"] == b"coucou"
        assert content["bob"]["type"] == "text/plain"
        assert content["from"] == alice.boundjid
        content = await theirs.get_bob(alice.boundjid, large)
        assert content["bob"]["data"] == picture
        assert content["bob"]["max_age"] == 60

        await mine.del_bob(cid)
        assert [file["cid"] for file in contents(tmp_path)] == [large]
        with pytest.raises(IqError) as caught:
            await theirs.get_bob(alice.boundjid, cid, cached=False)
        assert caught.value.condition == "item-not-found"


async def test_what_was_fetched_is_kept_on_disk(server: Server, tmp_path: Path) -> None:
    async with two_clients(server) as (alice, bob):
        example("bob_on_disk").keep_on_disk(bob, tmp_path)
        cid = await alice.plugin["xep_0231"].set_bob(b"coucou", "text/plain")
        await bob.plugin["xep_0231"].get_bob(alice.boundjid, cid)
        assert [file["cid"] for file in contents(tmp_path)] == [cid]
        await alice.disconnect()
        content = await bob.plugin["xep_0231"].get_bob(alice.boundjid, cid)
        assert content["bob"]["data"] == b"coucou"


async def test_a_cid_that_is_none_reaches_no_handler(server: Server, tmp_path: Path) -> None:
    asked: list[str] = []
    async with two_clients(server) as (alice, bob):
        alice.plugin["xep_0231"].api.register(lambda jid, node, ifrom, cid: asked.append(cid), "get_bob")
        iq = bob.make_iq_get(ito=alice.boundjid)
        iq["bob"]["cid"] = "../../etc/passwd"
        with pytest.raises(IqError) as caught:
            await iq.send()
        assert caught.value.condition == "item-not-found"
    assert asked == []


# --- what nobody answers --------------------------------------------------------------------------------


async def test_a_request_that_nobody_understands(server: Server) -> None:
    """Each request is answered once, at once, with an error that says so."""
    name = await new_account(server)
    stranger = make_client(server, name)
    async with two_clients(server) as (alice, bob), stranger:
        for target in (server.domain, bob.boundjid, stranger.boundjid):
            answers = seen(alice, "iq_error")
            with pytest.raises(IqError) as caught:
                await alice.make_iq_get("urn:never", ito=target).send()
            assert caught.value.condition in ("service-unavailable", "feature-not-implemented")
            assert answers.empty()
