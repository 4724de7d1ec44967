# SPDX-License-Identifier: MIT
"""Avatars: the wire, our own, those of others, and what is not believed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.exceptions import ContentMismatch, InvalidValue, IqError, IqTimeout, XMPPError
from xmppkit.plugins.xep_0054 import VCardTemp
from xmppkit.plugins.xep_0153 import VCardTempUpdate
from xmppkit.plugins.xep_0153 import vcard_avatar as module
from xmppkit.plugins.xep_0153.avatar import digest
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.presence import Presence
from xmppkit.testing.wire import Wire

ROMEO, BARE = "romeo@montague.lit/home", "romeo@montague.lit"
JULIET = "juliet@capulet.lit"
NS = "vcard-temp:x:update"
PNG, OTHER = b"\x89PNG\r\n\x1a\n one", b"GIF89a another"


class World:
    """A client on a wire, and a server that keeps vCards."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.client = wire.stream
        self.plugin: Any = wire.stream.plugin["xep_0153"]
        self.cards: dict[str, bytes | str | None] = {}
        self.asked: list[str] = []

    async def run(self) -> list[Element]:
        """Answer what is asked, until nothing is; what else was sent."""
        rest = []
        while sent := await self.wire.stanzas():
            for stanza in sent:
                if stanza.tag.endswith("iq") and stanza.get("type") in ("get", "set"):
                    self._answer(stanza)
                else:
                    rest.append(stanza)
        return rest

    def _answer(self, stanza: Element) -> None:
        to = stanza.get("to") or BARE
        self.asked.append(f"{stanza.get('type')} {to}")
        iq = Iq(xml=stanza)
        body, kind = "", "result"
        if stanza.get("type") == "set":
            photos = iq["vcard_temp"].photos
            self.cards[to] = photos[0].data if photos else None
        elif to not in self.cards:
            kind = "error"
            condition = "item-not-found"
            body = f"<error type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        else:
            body = str(self.card(self.cards[to]))
        sender = "" if to == BARE else f"from='{to}'"
        self.wire.receive(f"<iq type='{kind}' id='{stanza.get('id')}' {sender}>{body}</iq>")

    def card(self, photo: bytes | str | None) -> VCardTemp:
        made = VCardTemp()
        made.full_name = "somebody"
        if isinstance(photo, str):
            made["PHOTO"]["TYPE"] = "image/png"
            made["PHOTO"]["BINVAL"] = b"x"
            made["PHOTO"].xml[-1].text = photo
        elif photo is not None:
            made["PHOTO"]["TYPE"], made["PHOTO"]["BINVAL"] = "image/png", photo
        return made

    async def done(self, call: Any) -> Any:
        """The result of a coroutine that asks the server."""
        task = self.client.loop.create_task(call)
        while not task.done():
            await self.run()
        return task.result()

    def hear(self, jid: str, photo: str | None, more: str = "") -> None:
        inside = "" if photo is None else f"<photo>{photo}</photo>"
        self.wire.receive(f"<presence from='{jid}'><x xmlns='{NS}'>{inside}</x>{more}</presence>")


def said(stanzas: list[Element]) -> list[str | None]:
    """Which avatars presences announce: None where it is not known."""
    return [each.find(f"{{{NS}}}x").findtext(f"{{{NS}}}photo") for each in stanzas if each.tag.endswith("presence")]  # type: ignore[union-attr]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    client = ClientXMPP(ROMEO, "secret", lang=None)
    client.auto_reconnect = False
    client.register_plugin("xep_0153")
    wire = Wire(client)
    made = World(wire)
    yield made
    await wire.end()


@pytest.fixture
async def ready(world: World) -> World:
    """It has an avatar, and is there."""
    world.cards[BARE] = PNG
    await world.run()
    world.client.send_presence()
    assert said(await world.run()) == [digest(PNG)]
    world.asked.clear()
    return world


def updates(world: World) -> list[str]:
    told: list[str] = []
    world.client.add_event_handler("vcard_avatar_update", lambda presence: told.append(str(presence["from"])))
    return told


def test_the_wire() -> None:
    """XEP-0153 §4.1"""
    presence = Presence()
    assert presence["vcard_temp_update"]["photo"] is None
    for value, xml in (("", "<photo />"), ("ab", "<photo>ab</photo>"), (None, "")):
        presence["vcard_temp_update"]["photo"] = value
        found = VCardTempUpdate.of(presence)
        assert found is not None
        assert found.photo == presence["vcard_temp_update"]["photo"] == value
        assert str(found) == (f'<x xmlns="{NS}">{xml}</x>' if xml else f'<x xmlns="{NS}" />')


# --- our own ----------------------------------------------------------------------------------------------


async def test_presences_say_what_is_known(world: World) -> None:
    world.cards[BARE] = PNG
    world.client.send_presence()
    world.client.send_presence(ptype="unavailable")
    world.client.send_presence(pto="room@chat.lit/romeo")
    sent = [each for each in await world.wire.stanzas() if each.tag.endswith("presence")]
    assert [each.find(f"{{{NS}}}x") is not None for each in sent] == [True, False, True]
    assert sent[0].find(f"{{{NS}}}x/{{{NS}}}photo") is None, "it is not known yet"


async def test_it_is_found_out_when_a_session_begins(world: World) -> None:
    world.cards[BARE] = PNG
    world.client.send_presence()
    assert said(await world.run()) == [None, digest(PNG)]
    assert world.asked == [f"get {BARE}"]
    world.client.send_presence(pshow="away")
    assert said(await world.run()) == [digest(PNG)]


@pytest.mark.parametrize("card", ["none", "empty", "without"])
async def test_who_has_none_says_so(world: World, card: str) -> None:
    if card != "none":
        world.cards[BARE] = "" if card == "empty" else None
    assert said(await world.run()) == []
    world.client.send_presence()
    assert said(await world.run()) == [""]


async def test_it_is_found_out_when_the_plugin_is_enabled_in_a_session(ready: World) -> None:
    client = ready.client
    client.plugin.disable("xep_0153")
    client.register_plugin("xep_0153", {"max_size": 5000})  # one with options does not sleep
    assert said(await ready.run()) == [digest(PNG)]
    assert ready.asked == [f"get {BARE}"]


async def test_nobody_becomes_available_by_it(world: World) -> None:
    world.cards[BARE] = PNG
    assert await world.run() == []
    await world.done(world.plugin.set_avatar(avatar=OTHER))
    assert await world.run() == []


async def test_setting(ready: World) -> None:
    sent: list[Element] = []
    answers: list[Iq] = []
    task = ready.client.loop.create_task(ready.plugin.set_avatar(avatar=OTHER, callback=answers.append))
    while not task.done():
        sent += await ready.run()
    assert [answer["type"] for answer in answers] == ["result"]
    assert ready.cards[BARE] == OTHER
    assert said(sent + await ready.run()) == [digest(OTHER)]
    assert ready.asked == [f"get {BARE}", f"set {BARE}"]
    task = ready.client.loop.create_task(ready.plugin.set_avatar())
    sent = []
    while not task.done():
        sent += await ready.run()
    assert ready.cards[BARE] is None
    assert said(sent + await ready.run()) == [""]


async def test_the_first_vcard(world: World) -> None:
    await world.run()
    await world.done(world.plugin.set_avatar(BARE, PNG, "image/x-own"))
    assert world.cards[BARE] == PNG


async def test_what_cannot_be_set(ready: World) -> None:
    for avatar, mtype in ((b"", "image/png"), (b"unknown", None), (b"x" * 600_000, "image/png")):
        with pytest.raises(InvalidValue, match="max_size"):
            await ready.plugin.set_avatar(avatar=avatar, mtype=mtype)
    assert ready.asked == []


async def test_the_server_refuses(ready: World, monkeypatch: pytest.MonkeyPatch) -> None:
    vcards = ready.client.plugin["xep_0054"]

    async def refuse(*_: Any, **__: Any) -> Any:
        raise XMPPError("forbidden")

    monkeypatch.setattr(vcards, "get_vcard", refuse)
    with pytest.raises(XMPPError, match="forbidden"):
        await ready.plugin.set_avatar(avatar=OTHER)


async def test_nobody_answers(ready: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silence(*_: Any, **__: Any) -> Any:
        raise IqTimeout(Iq())

    monkeypatch.setattr(ready.client.plugin["xep_0054"], "get_vcard", silence)
    await ready.plugin.api["reset_hash"](BARE, None, None)
    ready.client.send_presence()
    assert said(await ready.run()) == [digest(PNG)]


async def test_a_component() -> None:
    component = ComponentXMPP("gate.lit", "secret")
    component.auto_reconnect = False
    component.register_plugin("xep_0153")
    wire = Wire(component)
    plugin = component.plugin["xep_0153"]
    await plugin.set_avatar("ann@gate.lit", PNG)
    component.send_presence(pfrom="ann@gate.lit")
    component.send_presence(pfrom="bob@gate.lit")
    assert said(await wire.stanzas()) == [digest(PNG), None]
    await plugin.api["reset_hash"]("bob@gate.lit", None, None)
    component.send_presence(pfrom="bob@gate.lit")
    assert said(await wire.stanzas()) == [""]
    await wire.end()


# --- other resources of the account -----------------------------------------------------------------------


async def test_another_client_changes_it(ready: World) -> None:
    """XEP-0153 §4.3"""
    ready.cards[BARE] = OTHER
    ready.hear(f"{BARE}/other", digest(OTHER))
    assert said(await ready.run()) == [None, digest(OTHER)]
    assert ready.asked == [f"get {BARE}"]
    ready.hear(f"{BARE}/other", digest(OTHER).upper())
    ready.hear(f"{BARE}/other", None)
    ready.hear(f"{BARE}/other", "nonsense")
    ready.hear(ROMEO, digest(PNG))
    assert await ready.run() == []


async def test_two_clients_say_so_at_once(ready: World) -> None:
    ready.cards[BARE] = OTHER
    ready.hear(f"{BARE}/other", digest(OTHER))
    ready.hear(f"{BARE}/another", digest(OTHER))
    assert said(await ready.run()) == [None, digest(OTHER)]
    assert ready.asked == [f"get {BARE}"]


async def test_a_client_that_knows_nothing_of_it(ready: World) -> None:
    ready.wire.receive(f"<presence from='{BARE}/old'/>", f"<presence from='{BARE}/older'/>")
    assert said(await ready.run()) == [None]
    await ready.done(ready.plugin.set_avatar(avatar=OTHER))
    assert said(await ready.run()) == []
    ready.wire.receive(f"<presence type='unavailable' from='{BARE}/old'/>")
    assert said(await ready.run()) == []
    ready.wire.receive(f"<presence type='unavailable' from='{BARE}/older'/>")
    assert said(await ready.run()) == [digest(OTHER)]
    ready.wire.receive(f"<presence type='unavailable' from='{BARE}/older'/>")
    assert said(await ready.run()) == []


async def test_they_are_bounded(ready: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RESOURCES", 2)
    for number in range(5):
        ready.wire.receive(f"<presence from='{BARE}/{number}'/>")
    await ready.run()
    assert ready.plugin._silent == {"0", "1"}


async def test_somebody_else_leaves(ready: World) -> None:
    ready.wire.receive(
        f"<presence type='unavailable' from='{JULIET}/x'/>", f"<presence type='unavailable' from='{BARE}/x'/>"
    )
    assert await ready.run() == []
    assert ready.asked == []


async def test_a_session_ends(ready: World) -> None:
    ready.client.event("session_end")
    await ready.run()
    assert not ready.plugin._shown


# --- those of others --------------------------------------------------------------------------------------


async def test_somebody_has_another(ready: World) -> None:
    told = updates(ready)
    for photo in (None, digest(PNG), digest(PNG).upper(), "nonsense", digest(OTHER), "", ""):
        ready.hear(f"{JULIET}/x", photo)
    await ready.run()
    assert told == [f"{JULIET}/x"] * 3


async def test_rooms_are_ignored(ready: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told = updates(ready)
    ready.hear("room@chat.lit/nick", digest(PNG), "<x xmlns='http://jabber.org/protocol/muc#user'/>")
    ready.wire.receive(
        f"<presence type='unavailable' from='{JULIET}/x'><x xmlns='{NS}'><photo>{digest(PNG)}</photo></x></presence>"
    )
    await ready.run()
    monkeypatch.setattr(module, "from_joined_room", lambda xmpp, presence: True)
    ready.hear("room@chat.lit/nick", digest(PNG))
    await ready.run()
    assert told == []
    assert await ready.plugin.api["get_hash"]("room@chat.lit", None, None) is None


async def test_getting(ready: World) -> None:
    ready.cards[JULIET] = PNG
    found = await ready.done(ready.plugin.get_avatar(f"{JULIET}/x"))
    assert (found.data, found.type, found.hash) == (PNG, "image/png", digest(PNG))
    ready.hear(f"{JULIET}/x", digest(PNG))
    await ready.run()
    assert (await ready.done(ready.plugin.get_avatar(JULIET))).data == PNG
    assert ready.asked == [f"get {JULIET}"], "the second was kept"
    ready.cards[JULIET] = OTHER
    ready.hear(f"{JULIET}/x", digest(OTHER))
    await ready.run()
    found = await ready.done(ready.plugin.get_avatar(JULIET))
    assert (found.data, found.type) == (OTHER, "image/gif"), "its type is what its bytes say"
    ready.hear(f"{JULIET}/x", "")
    await ready.run()
    assert await ready.done(ready.plugin.get_avatar(JULIET)) is None
    assert len(ready.asked) == 2


@pytest.mark.parametrize("photo", [None, ""])
async def test_there_is_none(ready: World, photo: str | None) -> None:
    ready.cards[JULIET] = photo
    assert await ready.done(ready.plugin.get_avatar(JULIET)) is None
    with pytest.raises(IqError, match="item-not-found"):
        await ready.done(ready.plugin.get_avatar("nobody@capulet.lit"))


@pytest.mark.parametrize("photo", [OTHER, None, "", "no base64!"])
async def test_spoof_avatar(ready: World, photo: bytes | str | None) -> None:
    """security: the picture is not what was announced."""
    ready.hear(f"{JULIET}/x", digest(PNG))
    ready.cards[JULIET] = photo
    with pytest.raises(ContentMismatch):
        await ready.done(ready.plugin.get_avatar(JULIET))


@pytest.mark.parametrize("size", [65, 1000])
async def test_spoof_a_huge_avatar(ready: World, size: int) -> None:
    ready.plugin.max_size = 64
    ready.cards[JULIET] = b"x" * size
    with pytest.raises(ContentMismatch, match="64 bytes"):
        await ready.done(ready.plugin.get_avatar(JULIET))


async def test_an_answer_without_a_vcard(ready: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def empty(*_: Any, **__: Any) -> Iq:
        return Iq()

    monkeypatch.setattr(ready.client.plugin["xep_0054"], "get_vcard", empty)
    assert await ready.plugin.get_avatar(JULIET) is None


async def test_a_programs_own_place(ready: World) -> None:
    kept: dict[str, str] = {}
    ready.plugin.api.register(lambda jid, node, ifrom, args: kept.get(jid.bare), "get_hash")
    ready.plugin.api.register(lambda jid, node, ifrom, args: kept.update({jid.bare: args}), "set_hash")
    told = updates(ready)
    ready.hear(f"{JULIET}/x", digest(PNG))
    ready.hear(f"{JULIET}/x", digest(PNG))
    await ready.run()
    assert (told, kept) == ([f"{JULIET}/x"], {JULIET: digest(PNG)})


async def test_disabled(ready: World) -> None:
    ready.client.plugin.disable("xep_0153")
    ready.client.send_presence()
    ready.hear(f"{BARE}/other", digest(OTHER))
    (sent,) = await ready.run()
    assert sent.find(f"{{{NS}}}x") is None
