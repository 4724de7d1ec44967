# SPDX-License-Identifier: MIT
"""Occupant identifiers: told only of rooms that give them."""

from __future__ import annotations

import asyncio
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import IqError
from xmppkit.plugins.xep_0421 import OccupantId
from xmppkit.stanza.message import Message

HAG = "hag66@shakespeare.lit/pda"
COVEN = "coven@chat.shakespeare.lit"
FEATURE = "urn:xmpp:occupant-id:0"
ID = f"<occupant-id xmlns='{FEATURE}' id='dd72'/>"
USER = "http://jabber.org/protocol/muc#user"


def test_the_wire() -> None:
    message = Message()
    message["occupant-id"]["id"] = "dd72"
    found = OccupantId.of(message)
    assert found is not None
    assert (found.id, str(found)) == ("dd72", f'<occupant-id xmlns="{FEATURE}" id="dd72" />')


class Play:
    """A client that is in a room."""

    def __init__(self, network: Any) -> None:
        network.silent.add(COVEN)
        self.network = network
        self.hag = network.join(HAG, "xep_0421")
        self.plugin = self.hag.plugin["xep_0421"]

    async def join(self) -> Any:
        joining = asyncio.ensure_future(self.hag.plugin["xep_0045"].join(COVEN, "thirdwitch"))
        await self.hag.settle()
        self.presence("firstwitch", ID)
        self.presence("thirdwitch", "", "<status code='110'/>")
        self.hag.take(f"<message from='{COVEN}' type='groupchat'><subject/></message>")
        return await joining

    def presence(self, nick: str, more: str = "", inside: str = "") -> None:
        self.hag.take(f"<presence from='{COVEN}/{nick}'><x xmlns='{USER}'>{inside}</x>{more}</presence>")

    async def answer(self, *features: str, error: str = "") -> None:
        """The room answers what it can do."""
        await self.hag.settle()
        asked = [element for element in map(ET.fromstring, self.network.sent) if element.tag == "iq"]
        about = "".join(f"<feature var='{feature}'/>" for feature in features)
        payload = f"<query xmlns='http://jabber.org/protocol/disco#info'>{about}</query>"
        if error:
            payload = f"<error type='cancel'><{error} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        kind = "error" if error else "result"
        self.hag.take(f"<iq type='{kind}' from='{COVEN}' id='{asked[-1].get('id')}'>{payload}</iq>")
        self.network.sent.clear()
        await self.hag.settle()

    def message(self, inside: str = ID, sender: str = f"{COVEN}/firstwitch") -> Message:
        heard: list[Message] = []
        with self.hag.event_handler("message", heard.append):
            self.hag.take(f"<message from='{sender}' type='groupchat'><body>x</body>{inside}</message>")
        return heard[0]


@pytest.fixture
def play(network: Any) -> Play:
    return Play(network)


async def test_a_room_that_gives_ids(play: Play) -> None:
    room = await play.join()
    witch = room.occupants["firstwitch"]
    assert (play.plugin.get_id(play.message()), witch.occupant_id) == (None, None)  # it was not asked yet
    await play.answer(FEATURE, "muc_open")
    assert (play.plugin.get_id(play.message()), witch.occupant_id) == ("dd72", "dd72")
    assert room.features == {FEATURE, "muc_open"}
    assert play.plugin.get_id(play.message("")) is None
    assert play.plugin.get_id(play.message(f"<occupant-id xmlns='{FEATURE}' id='{'x' * 129}'/>")) is None
    # The room is configured otherwise, and asked again.
    play.hag.take(f"<message from='{COVEN}' type='groupchat'><x xmlns='{USER}'><status code='104'/></x></message>")
    await play.answer("muc_open")
    assert (play.plugin.get_id(play.message()), witch.occupant_id) == (None, None)


async def test_rooms_that_were_joined_before_are_asked(play: Play) -> None:
    await play.join()
    await play.answer(FEATURE)
    play.hag.plugin.disable("xep_0421")
    await play.hag.plugin["xep_0045"].room(COVEN).leave(timeout=0)
    play.hag.plugin["xep_0045"].room(COVEN).lose()
    room = await play.join()
    assert room.features is None
    play.network.sent.clear()
    play.hag.register_plugin("xep_0421")
    play.plugin = play.hag.plugin["xep_0421"]
    await play.answer(FEATURE)
    assert play.plugin.get_id(play.message()) == "dd72"


async def test_a_room_is_asked_once_when_it_is_joined(network: Any) -> None:
    """Its joining wakes the plugin."""
    play = Play(network)
    play.hag.plugin.disable("xep_0421")
    play.hag.register_plugin("xep_0421")
    await play.join()
    await play.hag.settle()
    assert len([text for text in network.sent if "disco#info" in text]) == 1


async def test_spoof_in_a_room_that_gives_none(play: Play) -> None:
    """XEP-0421 §5: whoever writes a message can put an id into it."""
    room = await play.join()
    await play.answer("muc_open")
    assert (play.plugin.get_id(play.message()), room.occupants["firstwitch"].occupant_id) == (None, None)


async def test_spoof_by_somebody_outside(play: Play) -> None:
    await play.join()
    await play.answer(FEATURE)
    assert play.plugin.get_id(play.message(sender="mallory@evil.lit/firstwitch")) is None
    assert play.plugin.get_id(play.message(sender="other@chat.shakespeare.lit/firstwitch")) is None
    play.hag.take(f"<presence from='{COVEN}/thirdwitch' type='unavailable'/>")
    assert play.plugin.get_id(play.message()) is None


async def test_a_room_that_does_not_tell(play: Play) -> None:
    room = await play.join()
    await play.answer(error="forbidden")
    assert room.features is None
    assert play.hag.faults == []
    assert play.plugin.get_id(play.message()) is None
    # A configuration of a room where we are not is none.
    await play.plugin._configured(play.message(sender="other@chat.shakespeare.lit/x"))
    assert play.network.sent == []


@pytest.mark.parametrize(("features", "has"), [((FEATURE,), True), (("muc_open",), False)])
async def test_asking(play: Play, features: tuple[str, ...], has: bool) -> None:
    asking = asyncio.ensure_future(play.plugin.has_feature(COVEN))
    await play.answer(*features)
    assert await asking is has
    assert await play.plugin.has_feature(COVEN, cached=True) is has
    asking = asyncio.ensure_future(play.plugin.has_feature(COVEN, timeout=3))
    await play.answer(error="item-not-found")
    with pytest.raises(IqError, match="item-not-found"):
        await asking
