# SPDX-License-Identifier: MIT
"""Stanzas: typed attributes, dict keys, and answers."""

from __future__ import annotations

from typing import Any, assert_type

from xmppkit import JID, ClientXMPP, ElementBase, InvalidJID, Iq, Message, Presence, register_stanza_plugin
from xmppkit.plugins.xep_0231 import BitsOfBinary
from xmppkit.stanza.fields import Attr, ChildText


class Weather(ElementBase):
    name = "weather"
    namespace = "urn:example:weather"
    plugin_attrib = "weather"

    degrees = Attr(int, minimum=-90, doc="degrees Celsius")
    sky = ChildText(str, doc="what is seen above")
    place = Attr(JID)


register_stanza_plugin(Message, Weather)


def read(message: Message, presence: Presence, iq: Iq, weather: Weather, bob: BitsOfBinary) -> None:
    assert_type(message.body, str | None)
    assert_type(message.subject, str | None)
    assert_type(message["body"], Any)
    assert_type(presence.priority, int)
    assert_type(weather.degrees, int | None)
    assert_type(weather.sky, str | None)
    assert_type(weather.place, JID | None)
    assert_type(bob.max_age, int | None)
    assert_type(message.reply("hello"), Message)
    assert_type(iq.reply(), Iq)


def write(client: ClientXMPP, weather: Weather) -> None:
    message = client.make_message("juliet@example.org", "hello")
    assert_type(message, Message)
    message.body = "other"
    message.body = None
    message["weather"]["degrees"] = 21
    weather.degrees = 21
    weather.place = JID("verona@example.org")
    message.append(weather)
    message.send()


async def ask(client: ClientXMPP) -> None:
    iq = client.make_iq_get("urn:example:weather", "example.org")
    assert_type(iq, Iq)
    assert_type(await iq.send(), Iq)
    assert_type(await iq.send(timeout=5.0), Iq)
    assert_type(await client.get_roster(), Iq)


def addresses(jid: JID) -> None:
    assert_type(jid.bare, str)
    assert_type(jid.resource, str)
    assert_type(jid.replace(resource="balcony"), JID)
    assert_type(jid == "juliet@example.org", bool)
    assert_type(sorted([jid, JID("a@b")]), list[JID])
    try:
        JID("@")
    except InvalidJID as error:
        assert_type(str(error), str)
