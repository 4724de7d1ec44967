# SPDX-License-Identifier: MIT
"""Markers: the wire, sending, and whose are applied."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from xml.etree.ElementTree import SubElement

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0333 import XEP_0333, Acknowledged, Displayed, Markable, Marker, Received
from xmppkit.stanza.message import Message
from xmppkit.testing.wire import Wire

ROMEO = "romeo@montague.lit/home"
JULIET = "juliet@capulet.lit/chamber"
ROOM = "verona@chat.lit"
NICK, TYBALT = f"{ROOM}/juliet", f"{ROOM}/tybalt"
NS = "urn:xmpp:chat-markers:0"


class Rooms:
    """What is asked of xep_0045."""

    def is_heard(self, stanza: Any) -> bool:
        return bool(stanza["from"].bare == ROOM)


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    client = ClientXMPP(ROMEO, "secret", lang=None)
    client.auto_reconnect = False
    client.register_plugin("xep_0333")
    made = Wire(client)
    yield made
    await made.end()


@pytest.fixture
def plugin(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> XEP_0333:
    plugins = wire.stream.plugin
    original = plugins.get
    monkeypatch.setattr(plugins, "get", lambda name, *more: Rooms() if name == "xep_0045" else original(name, *more))
    return plugins["xep_0333"]  # type: ignore[no-any-return]


def said(
    sender: str, to: str = ROMEO, kind: str = "chat", marks: str = "", room_id: str = "", name: str = "displayed"
) -> Message:
    message = Message()
    message["from"], message["to"], message["type"], message["id"] = sender, to, kind, "m2" if marks else "m1"
    if marks:
        message[name]["id"] = marks
    if room_id:
        SubElement(message.xml, "{urn:xmpp:sid:0}stanza-id", {"by": ROOM, "id": room_id})
    return message


@pytest.mark.parametrize(
    ("kind", "name"), [(Received, "received"), (Displayed, "displayed"), (Acknowledged, "acknowledged")]
)
def test_the_wire(kind: type[Displayed], name: str) -> None:
    message = Message()
    message[name]["id"] = "m1"
    found = kind.of(message)
    assert found is not None
    assert found.id == "m1"
    assert str(found) == f'<{name} xmlns="{NS}" id="m1" />'
    message.enable("markable")
    assert str(Markable.of(message)) == f'<markable xmlns="{NS}" />'


@pytest.mark.parametrize("marker", list(Marker))
async def test_sending(wire: Wire, plugin: XEP_0333, marker: Marker) -> None:
    plugin.send_marker(JULIET, "m1", marker.value, "t1", mtype="chat")
    plugin.send_marker(ROOM, "m1", marker, mtype="groupchat")
    first, second = await wire.stanzas()
    assert (first.get("to"), first.get("type")) == (JULIET, "chat")
    assert [(each.tag, each.get("id")) for each in first] == [
        (f"{{{NS}}}{marker}", "m1"),
        ("{jabber:client}thread", None),
    ]
    assert (second.get("to"), second.get("type"), len(second)) == (ROOM, "groupchat", 1)


@pytest.mark.parametrize(("id_", "marker"), [("m1", "markable"), ("", "displayed"), ("m1", "")])
def test_what_is_no_marker(plugin: XEP_0333, id_: str, marker: str) -> None:
    with pytest.raises(InvalidValue, match="displayed"):
        plugin.send_marker(JULIET, id_, marker)


async def test_events(wire: Wire, plugin: XEP_0333) -> None:
    told: list[tuple[str, str]] = []
    for name in ("marker", *(f"marker_{marker}" for marker in Marker)):
        wire.stream.add_event_handler(name, lambda message, name=name: told.append((name, message["id"])))
    mark = f"<displayed xmlns='{NS}' id='m1'/>"
    wire.receive(
        f"<message from='{JULIET}' id='1'><received xmlns='{NS}' id='m1'/></message>",
        f"<message from='{JULIET}' id='2'>{mark}</message>",
        f"<message from='{JULIET}' id='3'><acknowledged xmlns='{NS}' id='m1'/></message>",
        f"<message from='{NICK}' id='4' type='groupchat'>{mark}</message>",
        f"<message from='{JULIET}' id='5' type='error'>{mark}</message>",
        f"<message from='x@other.lit/n' id='6' type='groupchat'>{mark}</message>",
        f"<message from='{JULIET}' id='7'><displayed xmlns='{NS}'/></message>",
        f"<message from='{JULIET}' id='8'><markable xmlns='{NS}'/></message>",
    )
    assert await wire.sent() == "", "nothing is sent by itself"
    specific = [each for each in told if each[0] != "marker"]
    assert specific == [
        ("marker_received", "1"),
        ("marker_displayed", "2"),
        ("marker_acknowledged", "3"),
        ("marker_displayed", "4"),
    ]
    assert [id_ for name, id_ in told if name == "marker"] == ["1", "2", "3", "4"]


OWN = "romeo@montague.lit/other"
BARE = "juliet@capulet.lit"


@pytest.mark.parametrize(
    ("original", "marker"),
    [
        (said("", JULIET), said(JULIET, marks="m1")),
        (said(ROMEO, BARE), said(f"{BARE}/balcony", marks="m1")),
        (said(ROMEO, BARE), said(BARE, "romeo@montague.lit", marks="m1", name="received")),
        (said(JULIET), said(OWN, BARE, marks="m1")),  # another client of ours has read it
        (said("", NICK), said(NICK, marks="m1")),
        (said(NICK, kind="groupchat"), said(TYBALT, kind="groupchat", marks="m1")),
        (said(NICK, kind="groupchat", room_id="s1"), said(TYBALT, kind="groupchat", marks="s1")),
    ],
)
def test_it_may_be_applied(plugin: XEP_0333, original: Message, marker: Message) -> None:
    assert plugin.applies(original, marker)


@pytest.mark.parametrize(
    ("original", "marker"),
    [
        (said("", JULIET), said("tybalt@capulet.lit/x", marks="m1")),
        (said("", JULIET), said(JULIET, marks="m0")),
        (said("", JULIET), said(JULIET)),
        (said("", JULIET), said(JULIET, kind="error", marks="m1")),
        (said("", JULIET, "error"), said(JULIET, marks="m1")),
        (said(JULIET), said(f"{BARE}/balcony", marks="m1")),  # whoever wrote it marks nothing
        (said(ROMEO, BARE), said(OWN, BARE, marks="m1")),
        (said("", NICK), said(TYBALT, marks="m1")),
        (said(NICK, kind="groupchat", room_id="s1"), said(TYBALT, kind="groupchat", marks="m1")),
        (said(NICK, kind="groupchat"), said("x@other.lit/n", kind="groupchat", marks="m1")),
        (said(NICK, kind="groupchat"), said(ROOM, kind="groupchat", marks="m1")),
        (said(NICK, kind="groupchat"), said(TYBALT, marks="m1")),
        (said("", JULIET), said(TYBALT, kind="groupchat", marks="m1")),
    ],
)
def test_spoof_markers(plugin: XEP_0333, original: Message, marker: Message) -> None:
    assert not plugin.applies(original, marker)
