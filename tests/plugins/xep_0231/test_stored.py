# SPDX-License-Identifier: MIT
"""Bits of binary in the stream's storage."""

from __future__ import annotations

from pathlib import Path

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0231.content_id import ContentId
from xmppkit.plugins.xep_0231.stanza import BitsOfBinary
from xmppkit.plugins.xep_0231.stored import StoredPieces
from xmppkit.storage.memory import MemoryStorage

OWN = JID("me@here.lit/a")
PEER = JID("you@there.lit/b")


class Host:
    def __init__(self, jid: JID = OWN, *, is_component: bool = False) -> None:
        self.boundjid = jid
        self.is_component = is_component


def make(data: bytes, max_age: int | None = None) -> BitsOfBinary:
    bob = BitsOfBinary()
    bob.data, bob.type_, bob.max_age = data, "text/plain", max_age
    bob.cid = str(ContentId.of(data))
    return bob


async def test_a_new_client_has_the_pieces(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    first = ClientXMPP("me@here.lit/a", "secret")
    first.register_plugin("xep_0231")
    first.use_storage(url)  # after the plugin was enabled
    cid = await first.plugin["xep_0231"].set_bob(b"coucou", "text/plain", max_age=60)
    with pytest.raises(XMPPError):
        await first.plugin["xep_0231"].get_bob(cid=str(ContentId.of(b"other")))
    await first._background_over()

    second = ClientXMPP("me@here.lit/another", "secret")
    second.use_storage(url)
    second.register_plugin("xep_0231")  # before it
    found = await second.plugin["xep_0231"].get_bob(cid=cid)
    bob = found["bob"]
    assert (bob["data"], bob["type"], bob["max_age"], bob["cid"]) == (b"coucou", "text/plain", 60, cid)
    await second.plugin["xep_0231"].del_bob(cid)
    with pytest.raises(XMPPError):
        await second.plugin["xep_0231"].get_bob(cid=cid)
    await second._background_over()
    assert second.storage is not None
    assert not second.storage._is_open


async def test_a_storage_that_is_the_programs_stays_open() -> None:
    storage = MemoryStorage()
    client = ClientXMPP("me@here.lit/a", "secret")
    assert client.use_storage(storage) is storage is client.storage
    await storage.collection("mine").put("k", 1)
    await client._background_over()
    assert storage._is_open


async def test_what_was_fetched_is_kept_as_long_as_its_owner_says() -> None:
    now = 0.0
    store = StoredPieces(Host(), lambda: 100_000, MemoryStorage(clock=lambda: now))
    short, own = make(b"short", 10), make(b"own", 10)
    await store.set_bob(PEER, "", None, short)
    await store.set_bob(OWN, "", None, own)
    assert await store.get_bob(JID("you@there.lit"), "", None, short["cid"]) is not None
    assert await store.get_bob(OWN, "", None, short["cid"]) is None
    now = 10.0
    assert await store.get_bob(PEER, "", None, short["cid"]) is None
    assert await store.get_bob(OWN, "", None, own["cid"]) is not None


async def test_all_addresses_of_a_component_share_its_pieces() -> None:
    store = StoredPieces(Host(JID("here.lit"), is_component=True), lambda: 100_000, MemoryStorage())
    bob = make(b"own")
    await store.set_bob(JID("a@here.lit"), "", None, bob)
    assert await store.get_bob(JID("b@here.lit"), "", None, bob["cid"]) is not None
    await store.del_bob(JID("c@here.lit"), "", None, bob["cid"])
    assert await store.get_bob(JID("a@here.lit"), "", None, bob["cid"]) is None


async def test_others_displace_nothing_of_our_own(caplog: pytest.LogCaptureFixture) -> None:
    store = StoredPieces(Host(), lambda: 4096, MemoryStorage())
    own = make(b"own")
    await store.set_bob(OWN, "", None, own)
    pieces = [make(b"%d" % number) for number in range(10)]
    for number, bob in enumerate(pieces):
        await store.set_bob(JID(f"u{number}@there.lit"), "", None, bob)
    kept = [await store.get_bob(JID(f"u{n}@there.lit"), "", None, bob["cid"]) for n, bob in enumerate(pieces)]
    assert [bob is not None for bob in kept] == [False] * 6 + [True] * 4
    assert await store.get_bob(OWN, "", None, own["cid"]) is not None
    await store.set_bob(OWN, "", None, make(b"x" * 5000))
    assert "max_stored" in caplog.text
