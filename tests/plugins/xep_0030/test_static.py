# SPDX-License-Identifier: MIT
"""The cache in memory, and its bounds."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.plugins.xep_0030.static import StaticDisco


def make(*features: str) -> DiscoInfo:
    info = DiscoInfo()
    info.features = list(features)
    return info


def known(static: StaticDisco, ifrom: Any = None) -> list[int]:
    jids = [JID(f"a@b.lit/{number}") for number in range(10)]
    return [number for number, jid in enumerate(jids) if static.get_cached_info(jid, "", ifrom, {}) is not None]


def keep(static: StaticDisco, number: int, info: DiscoInfo, ifrom: Any = None) -> None:
    static.cache_info(JID(f"a@b.lit/{number}"), "", ifrom, info)


@pytest.fixture
def static() -> StaticDisco:
    return StaticDisco(None, None)  # type: ignore[arg-type]  # the cache needs neither


def test_so_many(static: StaticDisco, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xmppkit.plugins.xep_0030.static.CACHE_ENTRIES", 3)
    for number in range(4):
        keep(static, number, make("x"))
        keep(static, number, make("y"))
        assert static.get_cached_info(JID("a@b.lit/0"), "", None, {}) is not None  # used, and so it stays
    assert known(static) == [0, 2, 3]


def test_so_much(static: StaticDisco, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xmppkit.plugins.xep_0030.static.CACHE_SIZE", 10_000)
    keep(static, 0, make("x"))
    keep(static, 1, make("x" * 8_000))
    assert known(static) == [0, 1]
    keep(static, 2, make(*(str(number) for number in range(80))))
    assert known(static) == [2]
    keep(static, 3, make("x" * 20_000))
    assert known(static) == []
    extended = make("x")
    ET.SubElement(extended.xml, "{jabber:x:data}x").text = "x" * 20_000  # as the values of forms are (XEP-0128)
    keep(static, 3, extended)
    assert known(static) == []
    keep(static, 4, make())
    assert known(static) == [4]


async def test_the_information_itself(network: Any) -> None:
    static = network.join("a@b.lit/x", "xep_0030").plugin["xep_0030"].static
    static.own_info(JID("a@b.lit/x"), "n").add_feature("y")
    assert static.get_info(JID("a@b.lit/x"), "n", None, {}).features == ["y"]


def test_each_asker_has_its_own(static: StaticDisco) -> None:
    keep(static, 0, make("x"))
    keep(static, 1, make("x"), JID("me@lit"))
    assert known(static) == [0]
    assert known(static, "me@lit") == known(static, JID("me@lit")) == [1]


@pytest.mark.parametrize("form", ["", "<x xmlns='jabber:x:data' type='result'><title>before</title></x>"])
def test_what_is_kept_is_not_what_was_handed_out(static: StaticDisco, form: str) -> None:
    inner = f"<identity category='client' type='pc'/><feature var='x'/><feature var='y'/>{form}"
    info = DiscoInfo(xml=ET.fromstring(f"<query xmlns='{DiscoInfo.namespace}' node='n'>{inner}</query>"))
    before = str(info)
    keep(static, 0, info)
    for each in (info, static.get_cached_info(JID("a@b.lit/0"), "", None, {})):
        assert each is not None
        each.add_feature("y")
        each.del_feature("x")
        each.add_identity("client", "bot")
        for title in each.xml.iter("{jabber:x:data}title"):
            title.text = "after"
        for element in each.xml:
            element.set("var", "z")
            element.set("category", "z")
        each.node = "z"
        assert str(static.get_cached_info(JID("a@b.lit/0"), "", None, {})) == before
