# SPDX-License-Identifier: MIT
"""Unique and Stable Stanza IDs: the wire."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0359 import OriginID, ReferencedStanza, StanzaID, referred_id, stanza_id_by
from xmppkit.stanza.message import Message

ROOM = JID("room@muc.example.com")


@pytest.mark.parametrize(("kind", "key"), [(StanzaID, "stanza_id"), (ReferencedStanza, "referenced_stanza")])
def test_ids_of_somebody(kind: Any, key: str) -> None:
    message = Message()
    message[key]["id"], message[key]["by"] = "de305d54", ROOM
    found = kind.of(message)
    assert (found.id, found.by) == ("de305d54", ROOM)
    assert str(found) == f'<{kind.name} xmlns="urn:xmpp:sid:0" id="de305d54" by="{ROOM}" />'


def test_ids_of_the_author() -> None:
    message = Message()
    message["origin_id"]["id"] = "x"
    found = OriginID.of(message)
    assert found is not None
    assert (found.id, message.get_origin_id()) == ("x", "x")


def given(message: Message, by: str | None, id: str | None) -> None:
    element = StanzaID()
    element.xml.attrib.update({key: value for key, value in (("by", by), ("id", id)) if value is not None})
    message.xml.append(element.xml)


def test_of_several() -> None:
    message = Message()
    assert stanza_id_by(message, ROOM) is None
    for by, id in (("other@muc.example.com", "1"), ("ROOM@muc.example.com", "2"), ("@@", "3"), (None, "4")):
        given(message, by, id)
    assert stanza_id_by(message, ROOM) == "2"


@pytest.mark.parametrize("ids", [["1", "2"], [""], [None], [None, "1"]])
def test_spoof_two_ids_of_one_entity_are_none(ids: list[str | None]) -> None:
    """XEP-0359 §3, rules 4 to 6"""
    message = Message()
    for id in ids:
        given(message, "room@muc.example.com", id)
    assert stanza_id_by(message, ROOM) is None


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("chat", [ROOM.bare], "own"),
        ("groupchat", [], "own"),
        ("groupchat", ["juliet@capulet.lit"], "own"),
        ("groupchat", [ROOM.bare], "0"),
        ("groupchat", ["juliet@capulet.lit", ROOM.bare], "1"),
        ("groupchat", [ROOM.bare, ROOM.bare], None),
    ],
)
def test_which_id_others_use(kind: str, given: list[str], expected: str | None) -> None:
    message = Message()
    message["type"], message["from"] = kind, f"{ROOM}/nick"
    for number, by in enumerate(given):
        StanzaID(parent=message).values = {"id": str(number), "by": by}
    assert referred_id(message) == (None if expected == "own" else expected)
    message["id"] = "own"
    assert referred_id(message) == expected
