# SPDX-License-Identifier: MIT
"""Unique and Stable Stanza IDs: what may be believed."""

from __future__ import annotations

import asyncio
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.plugins.xep_0359 import stanza_ids
from xmppkit.stanza.message import Message

ROMEO = "romeo@montague.lit/home"
OWN = "romeo@montague.lit"
ROOM = "coven@muc.montague.lit"
NS = "urn:xmpp:sid:0"


def says(network: Any, jid: str, *features: str) -> Any:
    """An entity that announces features."""
    station = network.join(jid, "xep_0030", component=True)
    station.asked = 0

    def answer(_jid: object, _node: object, _ifrom: object, _args: object) -> Any:
        station.asked += 1
        info = station.plugin["xep_0030"].static.get_info(station.boundjid, "", None, None)
        for feature in features:
            info.add_feature(feature)
        return info

    station.plugin["xep_0030"].api.register(answer, "get_info")
    return station


@pytest.fixture
def romeo(network: Any) -> Any:
    return network.join(ROMEO, "xep_0359")


def message(romeo: Any, sender: str, *ids: tuple[str, str], kind: str = "chat") -> Any:
    given = "".join(f"<stanza-id xmlns='{NS}' by='{by}' id='{id}'/>" for by, id in ids)
    text = f"<message xmlns='jabber:client' type='{kind}' from='{sender}' to='{ROMEO}'><body>x</body>{given}</message>"
    return Message.received(romeo, ET.fromstring(text))


async def test_an_id_of_the_own_account(network: Any, romeo: Any) -> None:
    account = says(network, OWN, NS)
    plugin = romeo.plugin["xep_0359"]
    told = message(romeo, "juliet@capulet.lit/x", (OWN, "1"), ("juliet@capulet.lit", "2"))
    assert await plugin.get_stanza_id(told) == "1"
    assert await asyncio.gather(*[plugin.get_stanza_id(told, by=OWN) for _ in range(10)]) == ["1"] * 10
    assert account.asked == 1
    assert not romeo.faults
    romeo.event("session_end", {})
    await romeo.settle()
    assert await asyncio.gather(*[plugin.get_stanza_id(told) for _ in range(10)]) == ["1"] * 10
    assert account.asked == 2


async def test_an_id_of_a_room(network: Any, romeo: Any) -> None:
    says(network, OWN, NS)
    says(network, ROOM, NS)
    told = message(romeo, f"{ROOM}/witch", (ROOM, "r"), (OWN, "o"), kind="groupchat")
    plugin = romeo.plugin["xep_0359"]
    assert await plugin.get_stanza_id(told) == "r"
    assert await plugin.get_stanza_id(told, by=OWN) == "o"


@pytest.mark.parametrize("kind", ["chat", "groupchat"])
async def test_spoof_an_id_of_somebody_else(network: Any, romeo: Any, kind: str) -> None:
    says(network, "evil@example.com", NS)
    told = message(romeo, "juliet@capulet.lit/x", ("evil@example.com", "1"), kind=kind)
    plugin = romeo.plugin["xep_0359"]
    assert await plugin.get_stanza_id(told) is None
    assert await plugin.get_stanza_id(told, by="evil@example.com") is None


async def test_spoof_an_id_in_the_name_of_a_room_in_a_chat(network: Any, romeo: Any) -> None:
    says(network, ROOM, NS)
    told = message(romeo, f"{ROOM}/witch", (ROOM, "1"))
    assert await romeo.plugin["xep_0359"].get_stanza_id(told, by=ROOM) is None


@pytest.mark.parametrize("features", [(), ("urn:xmpp:mam:2",)])
async def test_spoof_where_nobody_takes_ids_out(network: Any, romeo: Any, features: tuple[str, ...]) -> None:
    """XEP-0359 §6"""
    says(network, OWN, *features)
    told = message(romeo, "juliet@capulet.lit/x", (OWN, "1"))
    assert await romeo.plugin["xep_0359"].get_stanza_id(told) is None


async def test_who_waits_when_the_stream_ends_learns_nothing(network: Any, romeo: Any) -> None:
    network.silent.add(OWN)
    plugin = romeo.plugin["xep_0359"]
    told = message(romeo, "juliet@capulet.lit/x", (OWN, "1"))
    waiting = [asyncio.ensure_future(plugin.get_stanza_id(told)) for _ in range(2)]
    await romeo.settle()
    waiting[0].cancel()
    await romeo.settle()
    assert not waiting[1].done()
    plugin._asking[OWN].cancel()
    assert await waiting[1] is None
    assert plugin._asking == {}


async def test_another_feature(network: Any, romeo: Any) -> None:
    says(network, OWN, NS)
    plugin = romeo.plugin["xep_0359"]
    assert await plugin.trusts(OWN)
    assert not await plugin.trusts(OWN, feature="urn:xmpp:mam:2")


async def test_who_refuses_to_answer_is_asked_once_and_who_is_silent_again(network: Any, romeo: Any) -> None:
    plugin = romeo.plugin["xep_0359"]
    assert not await plugin.trusts(OWN)
    says(network, OWN, NS)
    assert not await plugin.trusts(OWN)
    network.silent.add(ROOM)
    assert not await plugin.trusts(ROOM, timeout=0.01)
    network.silent.discard(ROOM)
    says(network, ROOM, NS)
    assert await plugin.trusts(ROOM)


async def test_what_is_remembered_is_bounded(network: Any, romeo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stanza_ids, "ENTITIES", 3)
    plugin = romeo.plugin["xep_0359"]
    for number in range(10):
        await plugin.trusts(f"room{number}@muc.montague.lit")
    assert list(plugin._announced) == [f"room{number}@muc.montague.lit" for number in (7, 8, 9)]


async def test_it_is_announced(network: Any, romeo: Any) -> None:
    juliet = network.join("juliet@capulet.lit/x", "xep_0030")
    assert await juliet.plugin["xep_0030"].supports(ROMEO, feature=NS)
