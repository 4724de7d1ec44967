# SPDX-License-Identifier: MIT
"""Capabilities of both kinds, with forms in them, between clients through real servers; and what servers announce."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from servers.base import Server
from sessions import TIMEOUT, make_client, make_component, seen, settled

from xmppkit import ClientXMPP
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004 import Form
from xmppkit.plugins.xep_0115.asking import Asker, Claim, Entity
from xmppkit.storage.memory import MemoryStorage

SOFTWARE = "urn:xmpp:dataforms:softwareinfo"


def clients(server: Server, *plugins: str) -> tuple[ClientXMPP, ClientXMPP]:
    alice, bob = make_client(server), make_client(server, "bob")
    for client in (alice, bob):
        for name in plugins:
            client.register_plugin(name)
    bob.plugin["xep_0030"].add_identity("client", "bot", "Gärtner", lang="de")
    bob.plugin["xep_0030"].add_feature("urn:example:weather")
    software = Form()
    software.form_type = SOFTWARE
    software["values"] = {"software": "Gärtner", "os": ["Linux", "other"]}
    bob.plugin["xep_0128"].set_extended_info(data=software)
    return alice, bob


async def known_of(bob: ClientXMPP, alice: ClientXMPP, known: asyncio.Queue[Any]) -> Any:
    """What alice knows of bob when his presence has come to her."""
    bob.send_presence(pto=alice.boundjid)
    while (found := await known.get()).jid != bob.boundjid:
        pass
    return found.info


async def test_what_others_can_do_is_known(server: Server) -> None:
    storage = MemoryStorage()
    for plugin, kind in (("xep_0115", ""), ("xep_0390", "urn:xmpp:caps#sha-256.")):
        alice, bob = clients(server, plugin)
        alice.use_storage(storage)
        known = seen(alice, "entity_caps_known")
        async with asyncio.timeout(TIMEOUT), alice, bob:
            info = await known_of(bob, alice, known)
            assert "urn:example:weather" in info.features
            assert ("client", "bot", "de", "Gärtner") in info.identities
            form = Form.of_type(info, SOFTWARE)
            assert form is not None
            assert form["values"]["os"] == ["Linux", "other"]
            assert (await alice.plugin["xep_0115"].get_verstring(bob.boundjid)).startswith(kind)
            assert await alice.plugin["xep_0030"].supports(bob.boundjid, feature="urn:example:weather")


async def test_it_is_not_asked_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the next session it is known from the storage, and a change is seen."""
    storage = MemoryStorage()
    asked: list[JID] = []
    consider = Asker.consider

    def counted(asker: Asker, claim: Claim, entity: Entity) -> None:
        asked.append(entity.jid)
        consider(asker, claim, entity)

    monkeypatch.setattr(Asker, "consider", counted)
    for round_ in range(2):
        alice, bob = clients(server, "xep_0115")
        alice.use_storage(storage)
        known = seen(alice, "entity_caps_known")
        async with asyncio.timeout(TIMEOUT), alice, bob:
            first = await known_of(bob, alice, known)
            assert asked.count(bob.boundjid) == (1 if round_ == 0 else 0)
            bob.plugin["xep_0030"].add_feature("urn:example:wind")
            second = await known_of(bob, alice, known)
            assert set(second.features) - set(first.features) == {"urn:example:wind"}
            asked.clear()


async def test_a_component_has_capabilities(server: Server) -> None:
    component = make_component(server)
    client = make_client(server)
    component.register_plugin("xep_0390")
    client.register_plugin("xep_0390")
    component.plugin["xep_0030"].add_feature("urn:example:rain", jid=f"a@{server.component_domain}")
    known = seen(client, "entity_caps_known")
    async with asyncio.timeout(TIMEOUT), component, client:
        await settled(server, component)
        component.send_presence(pfrom=f"a@{server.component_domain}", pto=client.boundjid)
        while (found := await known.get()).jid != f"a@{server.component_domain}":
            pass
        assert "urn:example:rain" in found.info.features


async def test_what_the_server_announces(ejabberd: Server) -> None:
    """It announces its capabilities in the features of the stream, and is asked once (§6.3)."""
    client = make_client(ejabberd)
    client.register_plugin("xep_0115")
    known = seen(client, "entity_caps_known", of=lambda found: found.jid == ejabberd.domain)
    async with asyncio.timeout(TIMEOUT), client:
        assert "urn:xmpp:ping" in (await known.get()).info.features
        assert await client.plugin["xep_0030"].supports(ejabberd.domain, feature="urn:xmpp:ping")
