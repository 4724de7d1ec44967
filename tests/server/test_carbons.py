# SPDX-License-Identifier: MIT
"""Copies of what an account's other clients send and receive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, fromstring

import pytest

from xmppkit.server.carbons import eligible

if TYPE_CHECKING:
    from conftest import Peer

ENABLE = "<enable xmlns='urn:xmpp:carbons:2'/>"
DISABLE = "<disable xmlns='urn:xmpp:carbons:2'/>"


def copied(peer: Peer) -> list[tuple[str, str, str]]:
    """The copies that came: which kind, from whom, with which body."""
    found = []
    for element in peer.take():
        for kind in ("sent", "received"):
            for message in element.iterfind(f"{{urn:xmpp:carbons:2}}{kind}/{{urn:xmpp:forward:0}}forwarded/*"):
                assert element.get("from") == peer.jid.partition("/")[0]
                found.append((kind, message.get("from", ""), message.findtext("{*}body", "")))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<message type='chat'/>", True),
        ("<message><body>x</body></message>", True),
        ("<message type='normal'><received xmlns='urn:xmpp:receipts' id='1'/></message>", True),
        ("<message/>", False),
        ("<message type='groupchat'><body>x</body></message>", False),
        ("<message type='headline'><body>x</body></message>", False),
        ("<message type='error'><body>x</body></message>", False),
        ("<message type='chat'><private xmlns='urn:xmpp:carbons:2'/></message>", False),
        ("<message type='chat'><no-copy xmlns='urn:xmpp:hints'/></message>", False),
        ("<message type='chat'><sent xmlns='urn:xmpp:carbons:2'/></message>", False),
        ("<presence/>", False),
    ],
)
def test_of_what_there_are_copies(text: str, expected: bool) -> None:
    element: Element = fromstring(f"<x xmlns='jabber:client'>{text}</x>")[0]
    assert eligible(element) is expected


async def test_both_ways(place: Any) -> None:
    desk = await place.login("alice", "desk")
    phone = await place.login("alice", "phone")
    bob = await place.login("bob", "b")
    for peer in (desk, bob):
        peer.send("<presence/>")
    await phone.ask(ENABLE, kind="set")
    desk.send(f"<message type='chat' to='{bob.jid}'><body>hello</body></message>")
    await desk.ping()
    bob.send("<message type='chat' to='alice@localhost'><body>to the account</body></message>")
    bob.send(f"<message type='chat' to='{desk.jid}'><body>to the desk</body></message>")
    await bob.ping()
    await phone.ping()
    assert copied(phone) == [
        ("sent", desk.jid, "hello"),
        ("received", bob.jid, "to the account"),
        ("received", bob.jid, "to the desk"),
    ]
    assert copied(desk) == copied(bob) == []


async def test_what_one_has_already_and_what_one_does_not_want(place: Any) -> None:
    desk = await place.login("alice", "desk")
    phone = await place.login("alice", "phone")
    bob = await place.login("bob", "b")
    await phone.ask(ENABLE, kind="set")
    bob.send(f"<message type='chat' to='{phone.jid}'><body>to the phone</body></message>")
    await bob.ping()
    desk.send(f"<message type='chat' to='{phone.jid}'><body>among us</body></message>")
    await desk.ping()
    await phone.ask(DISABLE, kind="set")
    bob.send(f"<message type='chat' to='{desk.jid}'><body>to the desk</body></message>")
    await bob.ping()
    await phone.ping()
    assert copied(phone) == []


async def test_nobody_asks_for_somebody_else(place: Any) -> None:
    bob = await place.login("bob", "b")
    answer = await bob.ask(ENABLE, to="alice@localhost", kind="set")
    assert answer.get("type") == "error"
