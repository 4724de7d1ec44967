# SPDX-License-Identifier: MIT
"""Retractions: the wire, sending, and whose are applied."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from typing import Any
from xml.etree.ElementTree import SubElement, fromstring

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0424 import XEP_0424, Retract, Retracted
from xmppkit.plugins.xep_0424.retraction import FALLBACK_TEXT
from xmppkit.stanza.message import Message
from xmppkit.testing.wire import Wire

ROMEO = "romeo@montague.lit/home"
JULIET = "juliet@capulet.lit/chamber"
ROOM = "verona@chat.lit"
NICK, TYBALT = f"{ROOM}/juliet", f"{ROOM}/tybalt"
NS = "urn:xmpp:message-retract:1"


class Rooms:
    """What is asked of xep_0045."""

    def is_heard(self, stanza: Any) -> bool:
        return bool(stanza["from"].bare == ROOM)


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    client = ClientXMPP(ROMEO, "secret", lang=None)
    client.auto_reconnect = False
    client.register_plugin("xep_0424")
    made = Wire(client)
    yield made
    await made.end()


@pytest.fixture
def plugin(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> XEP_0424:
    plugins = wire.stream.plugin
    original = plugins.get
    monkeypatch.setattr(plugins, "get", lambda name, *more: Rooms() if name == "xep_0045" else original(name, *more))
    return plugins["xep_0424"]  # type: ignore[no-any-return]


def said(
    sender: str, kind: str = "chat", retracts: str = "", room_id: str = "", origin: str = "", occupant: str = ""
) -> Message:
    message = Message()
    message["from"], message["to"], message["type"], message["id"] = sender, ROMEO, kind, "m2" if retracts else "m1"
    if retracts:
        message["retract"]["id"] = retracts
    for tag, attributes in (
        ("{urn:xmpp:sid:0}stanza-id", {"by": ROOM, "id": room_id}),
        ("{urn:xmpp:sid:0}origin-id", {"id": origin}),
        ("{urn:xmpp:occupant-id:0}occupant-id", {"id": occupant}),
    ):
        if attributes["id"]:
            SubElement(message.xml, tag, attributes)
    return message


def moderated(message: Message) -> Message:
    SubElement(message["retract"].xml, "{urn:xmpp:message-moderate:1}moderated")
    return message


def test_the_wire() -> None:
    message = said(JULIET, retracts="wrong-recipient-1")
    found = Retract.of(message)
    assert found is not None
    found["reason"] = "a mistake"
    assert (found.id, found.reason) == ("wrong-recipient-1", "a mistake")
    assert str(found) == f'<retract xmlns="{NS}" id="wrong-recipient-1"><reason>a mistake</reason></retract>'


def test_tombstones() -> None:
    """XEP-0424 §4"""
    message = Message(
        xml=fromstring(
            "<message xmlns='jabber:client' type='groupchat' id='wrong-recipient-1'>"
            f"<retracted stamp='2019-09-20T23:09:32Z' xmlns='{NS}' id='retract-message-1'/></message>"
        )
    )
    found = Retracted.of(message)
    assert found is not None
    assert (found.id, found.reason) == ("retract-message-1", None)
    assert (
        found.stamp == message["retracted"]["stamp"] == datetime.datetime(2019, 9, 20, 23, 9, 32, tzinfo=datetime.UTC)
    )


# --- taking back ------------------------------------------------------------------------------------------


async def test_sending(wire: Wire, plugin: XEP_0424) -> None:
    message = plugin.send_retraction("juliet@capulet.lit", "m1")
    (sent,) = await wire.stanzas()
    assert (sent.get("to"), sent.get("type"), sent.get("id")) == ("juliet@capulet.lit", "chat", message["id"])
    assert {child.tag for child in sent} == {
        f"{{{NS}}}retract",
        "{jabber:client}body",
        "{urn:xmpp:fallback:0}fallback",
        "{urn:xmpp:hints}store",
    }
    assert sent[0].attrib == {"id": "m1"}
    assert message["fallback"]["for"] == NS
    assert message["body"] == FALLBACK_TEXT
    assert message["fallback"].get_stripped_body(NS) == ""


async def test_sending_without_words_and_with_others(wire: Wire, plugin: XEP_0424) -> None:
    wire.stream.use_message_ids = False
    plugin.send_retraction(ROOM, "s1", "groupchat", include_fallback=False)
    plugin.send_retraction(ROOM, "s1", "groupchat", fallback_text="forget it")
    first, second = await wire.stanzas()
    assert [child.tag for child in first] == [f"{{{NS}}}retract", "{urn:xmpp:hints}store"]
    assert second.findtext("{jabber:client}body") == "forget it"
    assert first.get("type") == "groupchat"
    assert first.get("id")
    with pytest.raises(InvalidValue, match="id"):
        plugin.send_retraction(ROOM, "")


async def test_components_say_who_they_are() -> None:
    component = ComponentXMPP("montague.lit", "secret")
    component.register_plugin("xep_0424")
    component.auto_reconnect = False
    wire = Wire(component)
    component.plugin["xep_0424"].send_retraction(JULIET, "m1", mfrom=ROMEO)
    assert [each.get("from") for each in await wire.stanzas()] == [ROMEO]
    await wire.end()


# --- what others take back --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("original", "retraction"),
    [
        (said(JULIET), said("juliet@capulet.lit/balcony", retracts="m1")),
        (said(""), said("romeo@montague.lit/other", retracts="m1")),
        (said(NICK, "groupchat", room_id="s1"), said(NICK, "groupchat", "s1")),
        (said(NICK, "groupchat"), said(NICK, "groupchat", "m1")),
        (said(NICK, "groupchat", origin="o1"), said(NICK, "groupchat", "o1")),
        (said(NICK, "groupchat", room_id="s1", occupant="1"), said(f"{ROOM}/julie", "groupchat", "s1", occupant="1")),
        (said(NICK), said(NICK, retracts="m1")),
    ],
)
def test_it_may_be_applied(plugin: XEP_0424, original: Message, retraction: Message) -> None:
    assert plugin.applies(original, retraction)


@pytest.mark.parametrize(
    ("original", "retraction"),
    [
        (said(JULIET), said("tybalt@capulet.lit/x", retracts="m1")),
        (said(""), said(JULIET, retracts="m1")),
        (said(JULIET), said(JULIET, retracts="m0")),
        (said(JULIET), said(JULIET)),
        (said(JULIET), said(JULIET, "error", "m1")),
        (said(JULIET, "error"), said(JULIET, retracts="m1")),
        (said(JULIET, origin="o1"), said(JULIET, retracts="o1")),
        (said(NICK, "groupchat", room_id="s1"), said(TYBALT, "groupchat", "s1")),
        (said(NICK, "groupchat", room_id="s1"), said(NICK, "groupchat", "m1")),
        (said(NICK, "groupchat", room_id="s1", origin="o1"), said(NICK, "groupchat", "o1")),
        (said(NICK, "groupchat", room_id="s1", occupant="1"), said(NICK, "groupchat", "s1", occupant="2")),
        (said(NICK, "groupchat", room_id="s1"), said(ROOM, "groupchat", "s1")),
        (said("x@other.lit/n", "groupchat"), said("x@other.lit/n", "groupchat", "m1")),
        (said(NICK), said(TYBALT, retracts="m1")),
        (said(NICK, "groupchat", room_id="s1"), moderated(said(NICK, "groupchat", "s1"))),
    ],
)
def test_spoof_retractions(plugin: XEP_0424, original: Message, retraction: Message) -> None:
    assert not plugin.applies(original, retraction)


async def test_events(wire: Wire, plugin: XEP_0424) -> None:
    told: list[tuple[str, str]] = []
    for name in ("message_retract", "retracted_message"):
        wire.stream.add_event_handler(name, lambda message, name=name: told.append((name, message["id"])))
    element = f"<retract xmlns='{NS}' id='m1'/>"
    wire.receive(
        f"<message from='{JULIET}' id='1'>{element}</message>",
        f"<message from='{NICK}' id='2' type='groupchat'>{element}</message>",
        f"<message from='{JULIET}' id='3' type='error'>{element}</message>",
        f"<message from='x@other.lit/n' id='4' type='groupchat'>{element}</message>",
        f"<message from='{JULIET}' id='5'><retract xmlns='{NS}'/></message>",
        f"<message from='{NICK}' id='6' type='groupchat'><retract xmlns='{NS}' id='m1'>"
        "<moderated xmlns='urn:xmpp:message-moderate:1'/></retract></message>",
    )
    await wire.sent()
    assert [id_ for name, id_ in told if name == "message_retract"] == ["1", "2"]
    assert [id_ for name, id_ in told if name == "retracted_message"] == ["1", "2"]
