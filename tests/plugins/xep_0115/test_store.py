# SPDX-License-Identifier: MIT
"""What is kept of capabilities, and how much."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004 import Form
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.plugins.xep_0115 import store
from xmppkit.plugins.xep_0115.store import Announced, MemoryCaps, StoredCaps
from xmppkit.plugins.xep_0115.verification import certified, generate_verstring
from xmppkit.stanza.iq import Iq
from xmppkit.storage.memory import MemoryStorage

OWN = JID("me@here.lit/a")


def make(*features: str) -> DiscoInfo:
    info = DiscoInfo()
    info.add_identity("client", "bot", "Möhre", "de")
    for feature in features:
        info.add_feature(feature)
    return info


def memory() -> MemoryCaps:
    return MemoryCaps(lambda: None, lambda key, info: False)


def keep(caps: MemoryCaps, key: str, info: Any) -> None:
    caps.cache_caps(OWN, "", None, {"verstring": key, "info": info})


def known(caps: MemoryCaps, keys: str) -> str:
    return "".join(key for key in keys if caps.get_caps(OWN, "", None, {"verstring": key}) is not None)


def test_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "ENTRIES", 3)
    caps = memory()
    for key in "abcab":
        keep(caps, key, make("x"))
    assert known(caps, "a") == "a"  # used, and so it stays
    keep(caps, "d", make("x"))
    assert known(caps, "abcd") == "abd"


def test_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "SIZE", 10_000)
    caps = memory()
    for key in "ab":
        keep(caps, key, make("x" * 4_000))
    assert known(caps, "ab") == "ab"
    keep(caps, "c", make("x" * 4_000))
    assert known(caps, "abc") == "bc"
    info = make()
    info.xml.text = "x" * 20_000
    keep(caps, "d", info)
    assert known(caps, "abcd") == ""


def test_what_is_kept_is_apart() -> None:
    caps = memory()
    iq = Iq()
    iq["disco_info"].add_feature("x")
    keep(caps, "a", iq)
    iq["disco_info"].add_feature("y")
    found = caps.get_caps(OWN, "", None, {"verstring": "a"})
    assert found is not None
    found.add_feature("z")
    again = caps.get_caps(OWN, "", None, {"verstring": "a"})
    assert again is not None
    assert again.features == ["x"]


def test_so_many_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "ADDRESSES", 2)
    announced = Announced()
    for name in "abab":
        announced.put(JID(f"{name}@x"), name)
    announced.put(JID("c@x"), "c")
    assert [announced.get(JID(f"{name}@x")) for name in "abc"] == [None, "b", "c"]
    announced.put(JID("c@x"), None)
    announced.put(JID("d@x"), None)
    assert announced.get(JID("c@x")) is None
    announced.clear()
    assert announced.get(JID("b@x")) is None


# --- a storage ----------------------------------------------------------------------------------------------


def proves(key: str, info: DiscoInfo) -> bool:
    return certified(info, key, "sha-1") is not None


async def test_there_and_back() -> None:
    caps = StoredCaps(MemoryStorage(), proves)
    info = make("urn:a", "urn:b")
    form = Form()
    form.type_ = "result"  # type: ignore[assignment]
    form.form_type = "http://jabber.org/network/serverinfo"
    form.add_field("os", label="not kept").texts = ["one", "two"]
    info.append(form)
    key = generate_verstring(info) or ""
    await caps.cache_caps(OWN, "", None, {"verstring": key, "info": info})
    found = await caps.get_caps(OWN, "", None, {"verstring": key})
    assert found is not None
    assert generate_verstring(found) == key
    assert "not kept" not in str(found)
    assert found.identities == info.identities


async def test_what_is_not_proved_is_not_kept() -> None:
    caps = StoredCaps(MemoryStorage(), proves)
    await caps.cache_caps(OWN, "", None, {"verstring": "V", "info": make("x")})
    for key in ("V", "x" * 1000, "a\0b"):
        assert await caps.get_caps(OWN, "", None, {"verstring": key}) is None


async def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "SIZE", 800)
    caps = StoredCaps(MemoryStorage(), proves)
    info = make("x" * 1000)
    key = generate_verstring(info) or ""
    await caps.cache_caps(OWN, "", None, {"verstring": key, "info": info})
    assert await caps.get_caps(OWN, "", None, {"verstring": key}) is None


@pytest.mark.parametrize("held", ["text", 5, {}, {"identities": 5, "features": [], "forms": {}}, {"identities": []}])
async def test_spoof_what_is_held_is_nonsense(held: Any) -> None:
    storage = MemoryStorage()
    await storage.collection("xep_0115.caps").put("key", held)
    caps = StoredCaps(storage, lambda key, info: True)
    assert await caps.get_caps(OWN, "", None, {"verstring": "key"}) is None
