# SPDX-License-Identifier: MIT
"""Corrections: making them, and whose are applied."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from xml.etree.ElementTree import SubElement

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0308 import XEP_0308, Replace
from xmppkit.stanza.message import Message
from xmppkit.testing.wire import Wire

ROMEO = "romeo@montague.lit/home"
JULIET = "juliet@capulet.lit/chamber"
ROOM = "verona@chat.lit"
NS = "urn:xmpp:message-correct:0"


class Rooms:
    """What is asked of xep_0045."""

    def is_heard(self, stanza: Any) -> bool:
        return bool(stanza["from"].bare == ROOM)


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    client = ClientXMPP(ROMEO, "secret", lang=None)
    client.auto_reconnect = False
    client.register_plugin("xep_0308")
    made = Wire(client)
    yield made
    await made.end()


@pytest.fixture
def plugin(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> XEP_0308:
    plugins = wire.stream.plugin
    original = plugins.get
    monkeypatch.setattr(plugins, "get", lambda name, *more: Rooms() if name == "xep_0045" else original(name, *more))
    return plugins["xep_0308"]  # type: ignore[no-any-return]


def said(sender: str, kind: str = "chat", id_: str = "m1", replaces: str = "", occupant: str = "") -> Message:
    message = Message()
    message["from"], message["to"], message["type"], message["id"] = sender, ROMEO, kind, id_
    if replaces:
        message["replace"]["id"] = replaces
    if occupant:
        SubElement(message.xml, "{urn:xmpp:occupant-id:0}occupant-id", {"id": occupant})
    return message


def test_the_wire() -> None:
    message = said(JULIET, replaces="bad1")
    found = Replace.of(message)
    assert found is not None
    assert (found.id, message["replace"]["id"]) == ("bad1", "bad1")
    assert str(found) == f'<replace xmlns="{NS}" id="bad1" />'


# --- correcting -------------------------------------------------------------------------------------------


async def test_building(wire: Wire, plugin: XEP_0308) -> None:
    message = plugin.build_correction("bad1", JULIET, mbody="But soft")
    assert (message["to"], message["type"], message["body"]) == (JULIET, "chat", "But soft")
    assert (message["replace"]["id"], plugin.is_correction(message)) == ("bad1", True)
    assert message["id"] not in ("", "bad1")
    assert await wire.sent() == ""
    assert not plugin.is_correction(said(JULIET))


async def test_all_of_a_message_is_sent_again(wire: Wire, plugin: XEP_0308) -> None:
    """XEP-0308 §4"""
    wire.stream.use_origin_id = True
    message = wire.stream.make_message(JULIET, "airlock", mtype="chat")
    message["thread"] = "t1"
    message["body|de"] = "Luftschleuse"
    SubElement(message.xml, "{urn:x}y")
    message.send()
    first = plugin.correct_message(message, "window")
    plugin.correct_message(first, "windows")
    sent = await wire.stanzas()
    ids = [each.get("id") for each in sent]
    assert len(set(ids)) == 3
    assert [each.findtext("{jabber:client}body") for each in sent] == ["airlock", "window", "windows"]
    for each in sent[1:]:
        assert len(each.findall("{jabber:client}body")) == 1
        assert (each.get("to"), each.get("type"), each.get("from")) == (JULIET, "chat", None)
        assert each.findtext("{jabber:client}thread") == "t1"
        assert each.find("{urn:x}y") is not None
        assert [found.get("id") for found in each.iter(f"{{{NS}}}replace")] == [ids[0]]
        assert [found.get("id") for found in each.iter("{urn:xmpp:sid:0}origin-id")] == [each.get("id")]
    assert message["body"] == "airlock"


async def test_what_the_room_has_sent_back(wire: Wire, plugin: XEP_0308) -> None:
    message = said(f"{ROOM}/romeo", "groupchat", occupant="dd72")
    SubElement(message.xml, "{urn:xmpp:sid:0}stanza-id", {"id": "s1", "by": ROOM})
    plugin.correct_message(message, "better")
    (sent,) = await wire.stanzas()
    assert (sent.get("to"), sent.get("from"), sent.get("type")) == (ROOM, None, "groupchat")
    assert {child.tag for child in sent} == {f"{{{NS}}}replace", "{jabber:client}body"}
    mine = wire.stream.make_message(ROOM, "again", mtype="groupchat")
    plugin.correct_message(mine, "better")
    (sent,) = await wire.stanzas()
    assert sent.get("to") == ROOM


async def test_components_say_who_they_are() -> None:
    component = ComponentXMPP("montague.lit", "secret")
    component.auto_reconnect = False
    component.register_plugin("xep_0308")
    wire = Wire(component)
    plugin = component.plugin["xep_0308"]
    plugin.correct_message(component.make_message(JULIET, "a", mfrom=ROMEO), "b")
    plugin.correct_message(said(f"{ROOM}/romeo", "groupchat"), "b")
    assert [(each.get("from"), each.get("to")) for each in await wire.stanzas()] == [(ROMEO, JULIET), (ROMEO, ROOM)]
    assert plugin.build_correction("x", JULIET, ROMEO)["from"] == ROMEO
    await wire.end()


def test_what_has_no_id_cannot_be_corrected(plugin: XEP_0308) -> None:
    with pytest.raises(InvalidValue, match="id"):
        plugin.correct_message(said(JULIET, id_=""), "x")


async def test_messages_have_ids(wire: Wire) -> None:
    wire.stream.plugin.disable("xep_0308")
    assert wire.stream.use_message_ids
    wire.stream.use_message_ids = False
    wire.stream.register_plugin("xep_0308")
    assert wire.stream.make_message(JULIET)["id"]
    wire.stream.plugin.disable("xep_0308")
    assert not wire.stream.use_message_ids


# --- what others correct ----------------------------------------------------------------------------------

BARE, OTHER = "juliet@capulet.lit", "juliet@capulet.lit/balcony"
NICK = f"{ROOM}/juliet"


@pytest.mark.parametrize(
    ("original", "correction"),
    [
        (said(JULIET), said(JULIET, id_="m2", replaces="m1")),
        (said(JULIET), said(OTHER, "normal", "m2", "m1")),
        (said(JULIET, id_="m2", replaces="m1"), said(JULIET, id_="m3", replaces="m1")),
        (said(""), said("romeo@montague.lit/other", id_="m2", replaces="m1")),
        (said(NICK, "groupchat"), said(NICK, "groupchat", "m2", "m1")),
        (said(NICK, "groupchat", occupant="1"), said(f"{ROOM}/julie", "groupchat", "m2", "m1", "1")),
        (said(NICK), said(NICK, id_="m2", replaces="m1")),
    ],
)
def test_it_may_be_applied(plugin: XEP_0308, original: Message, correction: Message) -> None:
    assert plugin.applies(original, correction)


@pytest.mark.parametrize(
    ("original", "correction"),
    [
        (said(JULIET), said("tybalt@capulet.lit/x", id_="m2", replaces="m1")),
        (said(JULIET), said("capulet.lit", id_="m2", replaces="m1")),
        (said(""), said(JULIET, id_="m2", replaces="m1")),
        (said(JULIET), said(JULIET, id_="m2", replaces="m0")),
        (said(JULIET), said(JULIET, id_="m2")),
        (said(JULIET), said(JULIET, "error", "m2", "m1")),
        (said(JULIET, "error"), said(JULIET, id_="m2", replaces="m1")),
        (said(JULIET), said(JULIET, "groupchat", "m2", "m1")),
        (said(NICK, "groupchat"), said(NICK, id_="m2", replaces="m1")),
        (said(NICK, "groupchat"), said(f"{ROOM}/tybalt", "groupchat", "m2", "m1")),
        (said(NICK, "groupchat", occupant="1"), said(NICK, "groupchat", "m2", "m1", "2")),
        (said(NICK), said(f"{ROOM}/tybalt", id_="m2", replaces="m1")),
        (said(NICK, "groupchat"), said(ROOM, "groupchat", "m2", "m1")),
        (said("x@other.lit/n", "groupchat"), said("x@other.lit/n", "groupchat", "m2", "m1")),
        (said(JULIET, id_=""), said(JULIET, id_="m2", replaces="m1")),
    ],
)
def test_spoof_corrections(plugin: XEP_0308, original: Message, correction: Message) -> None:
    assert not plugin.applies(original, correction)


async def test_events(wire: Wire, plugin: XEP_0308) -> None:
    told: list[Any] = []
    wire.stream.add_event_handler("message_correction", told.append)
    element = f"<replace xmlns='{NS}' id='m1'/>"
    wire.receive(
        f"<message from='{JULIET}' id='m2'><body>x</body>{element}</message>",
        f"<message from='{NICK}' type='groupchat' id='m3'><body>x</body>{element}</message>",
        f"<message from='{JULIET}' type='error' id='m4'>{element}</message>",
        f"<message from='x@other.lit/n' type='groupchat' id='m5'>{element}</message>",
        f"<message from='{JULIET}' id='m6'><replace xmlns='{NS}'/></message>",
    )
    await wire.sent()
    assert [each["id"] for each in told] == ["m2", "m3"]
