# SPDX-License-Identifier: MIT
"""disco#items on the wire."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidJID
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0030.stanza import DiscoItem, DiscoItems, Item

NS = "http://jabber.org/protocol/disco#items"
CATALOG = "catalog.shakespeare.lit"

#: Where it is from, the XML, node, items.
ROWS: list[tuple[str, str, str, list[tuple[Any, ...]]]] = [
    ("§4.1, Empty result set", f"<query xmlns='{NS}'/>", "", []),
    (
        "§4.1, Result-set for all items",
        f"<query xmlns='{NS}'><item jid='people.shakespeare.lit' name='Directory of Characters'/>"
        "<item jid='plays.shakespeare.lit' name='Play-Specific Chatrooms'/></query>",
        "",
        [
            ("people.shakespeare.lit", None, "Directory of Characters"),
            ("plays.shakespeare.lit", None, "Play-Specific Chatrooms"),
        ],
    ),
    (
        "§4.2, Service returns even more nodes",
        f"<query xmlns='{NS}' node='music/D'><item jid='{CATALOG}' node='music/D/dowland-firstbooke' name='Firste'/>"
        f"<item jid='{CATALOG}' node='music/D/dowland-solace'/></query>",
        "music/D",
        [(CATALOG, "music/D/dowland-firstbooke", "Firste"), (CATALOG, "music/D/dowland-solace", None)],
    ),
]


@pytest.mark.parametrize(("where", "text", "node", "items"), ROWS, ids=[row[0] for row in ROWS])
def test_reading(where: str, text: str, node: str, items: list[tuple[Any, ...]]) -> None:
    found = DiscoItems(xml=ET.fromstring(text))
    assert found["node"] == node
    assert found["items"] == set(items)
    assert [(item["jid"], item["node"], item["name"]) for item in found] == items
    assert [(item.jid, item.node, item.name_) for item in found.items] == [
        (JID(jid), node, name) for jid, node, name in items
    ]
    assert found["substanzas"] == found.items
    assert DiscoItems(xml=ET.fromstring(str(found))) == found


def test_what_has_no_address_is_left_out() -> None:
    text = f"<query xmlns='{NS}'><item/><item jid='a@@b'/><item jid='ok.lit'/><item xmlns='other' jid='x.lit'/></query>"
    found = DiscoItems(xml=ET.fromstring(text))
    assert found["items"] == {("ok.lit", None, None)}
    assert [item["jid"] for item in found.items] == ["", "a@@b", "ok.lit"]


def test_items_one_by_one() -> None:
    items = DiscoItems()
    assert items.add_item("a.lit")
    assert not items.add_item(JID("A.lit"), name="other")
    assert items.add_item("a.lit", "n", "Name")
    assert not items.add_item("a.lit", "n")
    assert str(items) == f'<query xmlns="{NS}"><item jid="a.lit" /><item jid="a.lit" node="n" name="Name" /></query>'
    assert not items.del_item("a.lit", "m")
    assert items.del_item("a.lit")
    assert items["items"] == {Item("a.lit", "n", "Name")}
    assert items.add_item("a.lit")
    assert len(items) == 2
    with pytest.raises(InvalidJID):
        items.add_item("a@@b")


def test_assigning() -> None:
    items = DiscoItems()
    item = DiscoItem()
    item["jid"] = "c.lit"
    items["items"] = [("a.lit", "n", "x"), ("a.lit", "n", "again"), ("b.lit",), item]
    assert items["items"] == {("a.lit", "n", "x"), ("b.lit", None, None), ("c.lit", None, None)}
    other = DiscoItems()
    other.values = items.values
    assert other == items
    del items["items"]
    assert len(items) == 0
    other.del_items()
    assert other.items == []
