# SPDX-License-Identifier: MIT
"""The store in memory, and its bounds."""

from __future__ import annotations

import pytest

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0231.content_id import ContentId
from xmppkit.plugins.xep_0231.stanza import BitsOfBinary
from xmppkit.plugins.xep_0231.store import OVERHEAD, MemoryStore

OWN = JID("me@here.lit/a")
PEER = JID("you@there.lit/b")


class Host:
    def __init__(self, jid: JID = OWN, *, is_component: bool = False) -> None:
        self.boundjid = jid
        self.is_component = is_component


def make(number: int) -> BitsOfBinary:
    bob = BitsOfBinary()
    bob.data = b"%d" % number
    bob.cid = str(ContentId.of(bob.data))
    return bob


def numbers(store: MemoryStore, jid: JID, upto: int = 10) -> list[int]:
    return [number for number in range(upto) if store.get_bob(jid, "", None, make(number)["cid"]) is not None]


def test_each_owner_has_a_place() -> None:
    store = MemoryStore(Host(), lambda: 100_000)
    store.set_bob(PEER, "", None, make(1))
    store.set_bob(OWN, "", None, make(2))
    assert numbers(store, PEER) == numbers(store, JID("you@there.lit")) == [1]
    assert numbers(store, OWN) == numbers(store, JID("me@here.lit")) == [2]
    assert numbers(store, JID("me@here.lit/other")) == numbers(store, JID("else@there.lit")) == []
    store.del_bob(OWN, "", None, make(2)["cid"])
    store.del_bob(OWN, "", None, make(2)["cid"])
    assert numbers(store, OWN) == []


def test_what_is_returned_is_a_copy() -> None:
    store = MemoryStore(Host(), lambda: 100_000)
    given = make(1)
    cid = given["cid"]
    store.set_bob(OWN, "", None, given)
    given.data = b"changed"
    found = store.get_bob(OWN, "", None, cid)
    assert found is not None
    assert found.data == b"1"
    found.data = b"changed"
    again = store.get_bob(OWN, "", None, cid)
    assert again is not None
    assert again.data == b"1"


def test_others_displace_each_other_only(caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore(Host(), lambda: 3 * (OVERHEAD + 4))
    store.set_bob(OWN, "", None, make(0))
    for number in range(4):
        store.set_bob(PEER, "", None, make(number))
        assert store.get_bob(PEER, "", None, make(0)["cid"]) is not None  # used, and so it stays
    assert numbers(store, PEER) == [0, 2, 3]
    assert numbers(store, OWN) == [0]
    assert caplog.text == ""
    for number in range(4):
        store.set_bob(OWN, "", None, make(number))
        store.set_bob(OWN, "", None, make(number))
    assert numbers(store, OWN) == [1, 2, 3]
    assert make(0)["cid"] in caplog.text


def test_no_room_at_all() -> None:
    store = MemoryStore(Host(), lambda: 0)
    store.set_bob(PEER, "", None, make(0))
    assert numbers(store, PEER) == []


def test_all_addresses_of_a_component_are_its_own() -> None:
    store = MemoryStore(Host(JID("pics.lit"), is_component=True), lambda: 100_000)
    store.set_bob(JID("bot@pics.lit"), "", None, make(1))
    assert numbers(store, JID("pics.lit")) == [1]
    assert numbers(store, JID("bot@else.lit")) == []
