# SPDX-License-Identifier: MIT
"""A client, and a room that says what the test wants it to say."""

from __future__ import annotations

import asyncio
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.plugins.xep_0045 import XEP_0045, Room

HAG = "hag66@shakespeare.lit/pda"
COVEN = "coven@chat.shakespeare.lit"
USER = "http://jabber.org/protocol/muc#user"


class Play:
    """The client, its plugin, and the room's voice.

    :ivar told: the events that `hear` listens to: name and payload, in order.
    """

    def __init__(self, network: Any, *plugins: str, **config: Any) -> None:
        self.network = network
        network.silent.add(COVEN)  # the test answers
        self.station = network.join(HAG, *plugins, "xep_0045", **config)
        self.muc: XEP_0045 = self.station.plugin["xep_0045"]
        self.told: list[tuple[str, Any]] = []

    def hear(self, *names: str) -> None:
        for name in names:
            self.station.add_event_handler(name, lambda payload, name=name: self.told.append((name, payload)))

    def names(self) -> list[str]:
        """The names of what was told since the last time."""
        names = [name for name, _ in self.told]
        self.told.clear()
        return names

    def sent(self) -> list[ET.Element]:
        """What the client has sent since the last time."""
        texts = [ET.fromstring(text) for text in self.network.sent]
        self.network.sent.clear()
        return texts

    async def asked(self) -> ET.Element:
        """The one stanza that is sent now."""
        await self.station.settle()
        (stanza,) = self.sent()
        return stanza

    def presence(
        self, nick: str, *codes: int, item: str = "affiliation='member' role='participant'", type: str = "",
        inside: str = "", more: str = "", room: str = COVEN, id: str = "",
    ) -> None:  # fmt: skip
        """A presence from the room.

        :param item: the attributes of the item; empty: no item.
        :param inside: more in the item.
        :param more: more in the presence.
        """
        kind = (f" type='{type}'" if type else "") + (f" id='{id}'" if id else "")
        statuses = "".join(f"<status code='{code}'/>" for code in codes)
        about = f"<item {item}>{inside}</item>" if item else ""
        self.station.take(
            f"<presence from='{room}/{nick}' to='{HAG}'{kind}>{more}<x xmlns='{USER}'>{about}{statuses}</x></presence>"
        )

    def gone(self, nick: str, *codes: int, item: str = "affiliation='member' role='none'", **more: str) -> None:
        self.presence(nick, *codes, item=item, type="unavailable", **more)

    def refuse(self, nick: str, condition: str, id: str = "", room: str = COVEN) -> None:
        """The room answers a presence with an error."""
        about = f" id='{id}'" if id else ""
        self.station.take(
            f"<presence from='{room}/{nick}' to='{HAG}' type='error'{about}><x xmlns='http://jabber.org/protocol/muc'/>"
            f"<error type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"
        )

    def message(self, inside: str, nick: str = "", type: str = "groupchat", sender: str = COVEN, id: str = "m") -> None:
        """A message from the room, or an occupant."""
        address = f"{sender}/{nick}" if nick else sender
        self.station.take(f"<message from='{address}' to='{HAG}' type='{type}' id='{id}'>{inside}</message>")

    def notice(self, inside: str, **more: str) -> None:
        self.message(f"<x xmlns='{USER}'>{inside}</x>", **more)

    def say(self, nick: str, body: str, *, before: bool = False) -> None:
        delay = f"<delay xmlns='urn:xmpp:delay' from='{COVEN}' stamp='2002-10-13T23:58:37Z'/>" if before else ""
        self.message(f"<body>{body}</body>{delay}", nick)

    async def joined(self, nick: str = "thirdwitch", *codes: int, others: tuple[str, ...] = (), **options: Any) -> Room:
        """A room that we are in."""
        joining = asyncio.ensure_future(self.muc.join(COVEN, nick, **options))
        await self.station.settle()
        for other in others:
            self.presence(other)
        self.presence(nick, 110, *codes)
        self.message("<subject/>")
        room = await joining
        self.sent()
        self.told.clear()
        return room


@pytest.fixture
def play(network: Any) -> Play:
    return Play(network)


@pytest.fixture
def make_play() -> type[Play]:
    """For tests that make their own network, or loop."""
    return Play
