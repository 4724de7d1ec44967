# SPDX-License-Identifier: MIT
"""Who may say what."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from xml.etree.ElementTree import SubElement

import pytest

from xmppkit.jid.address import JID
from xmppkit.plugins.base.origin import (
    from_joined_room,
    from_own_account,
    has_author,
    is_answered,
    is_own,
    is_private,
    may_see_presence,
    occupant_id,
    same_author,
)
from xmppkit.settings import Settings
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


def test_what_we_have_sent_is_ours() -> None:
    own = JID("romeo@montague.lit/orchard")
    sent, copied, other = message(""), message("romeo@montague.lit/balcony"), message("juliet@capulet.lit/x")
    assert same_author(sent, copied, own=own)
    assert same_author(copied, sent, own=own)
    assert same_author(sent, sent, own=own)
    assert not same_author(sent, other, own=own)
    assert not same_author(other, sent, own=own)
    assert not same_author(sent, copied)


def test_private_messages_of_a_room_have_one_bare_address() -> None:
    mine, other = message(f"{ROOM}/nick"), message(f"{ROOM}/other")
    assert same_author(mine, mine, private=True)
    assert not same_author(mine, other, private=True)


# --- rooms, and what is told to whom --------------------------------------------------------------------------

OWN = "romeo@montague.lit/orchard"


class Rooms:
    """What is asked of xep_0045."""

    def is_heard(self, stanza: Any) -> bool:
        return bool(stanza["from"].bare == ROOM)


def stream(*, component: bool = False, rooms: bool = True, **settings: bool) -> Any:
    plugins = {"xep_0045": Rooms()} if rooms else {}
    roster = {"romeo@montague.lit": {"juliet@capulet.lit": {"from": True}, "tybalt@capulet.lit": {"from": False}}}
    return SimpleNamespace(
        plugin=plugins,
        roster=roster,
        is_component=component,
        boundjid=JID("montague.lit" if component else OWN),
        settings=Settings(**settings),
    )


def told(sender: str, to: str = OWN, kind: str = "chat") -> Message:
    made = message(sender, kind)
    made["to"] = to
    return made


def test_joined_rooms() -> None:
    assert from_joined_room(stream(), told(f"{ROOM}/nick"))
    assert from_joined_room(stream(), told(ROOM))
    assert not from_joined_room(stream(), told("other@chat.lit/nick"))
    assert not from_joined_room(stream(rooms=False), told(f"{ROOM}/nick"))


def test_private_messages() -> None:
    assert is_private(stream(), told(f"{ROOM}/nick"))
    assert not is_private(stream(), told(f"{ROOM}/nick", kind="groupchat"))
    marked = told("other@chat.lit/nick")
    assert not is_private(stream(), marked)
    SubElement(marked.xml, "{http://jabber.org/protocol/muc#user}x")
    assert is_private(stream(), marked)


@pytest.mark.parametrize(
    ("sender", "kind", "author"),
    [
        ("juliet@capulet.lit/x", "chat", True),
        ("juliet@capulet.lit/x", "normal", True),
        ("juliet@capulet.lit/x", "error", False),
        (f"{ROOM}/nick", "groupchat", True),
        (ROOM, "groupchat", False),
        ("other@chat.lit/nick", "groupchat", False),
        ("juliet@capulet.lit/x", "groupchat", False),
        (ROOM, "chat", True),
    ],
)
def test_whose_word_it_is(sender: str, kind: str, author: bool) -> None:
    assert has_author(stream(), told(sender, kind=kind)) is author


@pytest.mark.parametrize(
    ("sender", "allowed"),
    [
        ("", True),
        ("romeo@montague.lit", True),
        ("romeo@montague.lit/balcony", True),
        ("montague.lit", True),
        ("juliet@capulet.lit/x", True),
        ("tybalt@capulet.lit/x", False),
        ("paris@verona.lit/x", False),
        (f"{ROOM}/nick", True),
        ("other@chat.lit/nick", False),
    ],
)
def test_who_may_see_presence(sender: str, allowed: bool) -> None:
    for component in (False, True):
        assert may_see_presence(stream(component=component), told(sender)) is allowed
    assert is_answered(stream(answer_strangers=False), told(sender)) is allowed
    assert is_answered(stream(), told(sender))


def test_a_component_has_a_roster_for_each_address() -> None:
    assert may_see_presence(stream(component=True), told("juliet@capulet.lit/x"))
    assert not may_see_presence(stream(component=True), told("juliet@capulet.lit/x", "paris@montague.lit"))
    assert not may_see_presence(stream(component=True), told("juliet@capulet.lit/x", ""))


def test_a_component_answers_for_its_domain() -> None:
    ask = told("paris@verona.lit/x", "montague.lit")
    assert is_answered(stream(component=True, answer_strangers=False), ask)
    assert not may_see_presence(stream(component=True), ask)
    assert not is_answered(stream(component=True, answer_strangers=False), told("paris@verona.lit/x"))
    assert not is_answered(stream(answer_strangers=False), ask)


@pytest.mark.parametrize(
    ("jid", "client", "component"),
    [
        (OWN, True, True),
        ("romeo@montague.lit", True, True),
        ("montague.lit", False, True),
        ("paris@montague.lit/x", False, True),
        ("juliet@capulet.lit", False, False),
    ],
)
def test_own_addresses(jid: str, client: bool, component: bool) -> None:
    assert is_own(stream(), JID(jid)) is client
    assert is_own(stream(component=True), JID(jid)) is component
