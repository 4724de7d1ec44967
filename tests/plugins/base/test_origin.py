# SPDX-License-Identifier: MIT
"""Who may say what."""

from __future__ import annotations

from types import SimpleNamespace
from xml.etree.ElementTree import SubElement

import pytest

from xmppkit.jid.address import JID
from xmppkit.plugins.base.origin import from_own_account, occupant_id, same_author
from xmppkit.stanza.message import Message

ROOM = "room@chat.lit"


def message(sender: str, kind: str = "chat", occupant: str | None = None) -> Message:
    made = Message()
    made["from"], made["type"] = sender, kind
    if occupant is not None:
        SubElement(made.xml, "{urn:xmpp:occupant-id:0}occupant-id", {"id": occupant})
    return made


@pytest.mark.parametrize(
    ("sender", "own"),
    [
        ("", True),
        ("romeo@montague.lit", True),
        ("romeo@montague.lit/orchard", False),
        ("romeo@montague.lit/other", False),
        ("montague.lit", False),
        ("juliet@capulet.lit", False),
    ],
)
def test_the_own_account(sender: str, own: bool) -> None:
    stream = SimpleNamespace(boundjid=JID("romeo@montague.lit/orchard"))
    assert from_own_account(stream, message(sender)) is own


def test_occupant_ids() -> None:
    assert occupant_id(message(ROOM)) is None
    assert occupant_id(message(ROOM, occupant="")) is None
    assert occupant_id(message(ROOM, occupant="dd72")) == "dd72"


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (("a@b/1",), ("a@b/2",), True),
        (("a@b/1",), ("c@b/1",), False),
        (("",), ("",), False),
        (("a@b/1",), ("a@b/1", "groupchat"), False),
        ((f"{ROOM}/nick", "groupchat"), (f"{ROOM}/nick", "groupchat"), True),
        ((f"{ROOM}/nick", "groupchat"), (f"{ROOM}/other", "groupchat"), False),
        ((ROOM, "groupchat"), (ROOM, "groupchat"), False),
        ((f"{ROOM}/nick", "groupchat", "1"), (f"{ROOM}/other", "groupchat", "1"), True),
        ((f"{ROOM}/nick", "groupchat", "1"), (f"{ROOM}/nick", "groupchat", "2"), False),
        ((f"{ROOM}/nick", "groupchat", "1"), (f"{ROOM}/nick", "groupchat"), False),
        (("x@chat.lit/n", "groupchat", "1"), ("y@chat.lit/n", "groupchat", "1"), False),
    ],
)
def test_authors(first: tuple[str, ...], second: tuple[str, ...], same: bool) -> None:
    assert same_author(message(*first), message(*second)) is same


def test_private_messages_of_a_room_have_one_bare_address() -> None:
    mine, other = message(f"{ROOM}/nick"), message(f"{ROOM}/other")
    assert same_author(mine, mine, private=True)
    assert not same_author(mine, other, private=True)
