# SPDX-License-Identifier: MIT
"""Result Set Management: the wire."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0030.stanza.items import DISCO_ITEMS, DiscoItems
from xmppkit.plugins.xep_0059 import Set

NS = "http://jabber.org/protocol/rsm"


def xml(content: str) -> str:
    return f'<set xmlns="{NS}">{content}</set>'


@pytest.mark.parametrize(
    ("key", "value", "shown", "content"),
    [
        ("max", 10, "10", "<max>10</max>"),
        ("max", 0, "0", "<max>0</max>"),
        ("after", "peter@pixyland.org", "peter@pixyland.org", "<after>peter@pixyland.org</after>"),
        ("before", "peter@pixyland.org", "peter@pixyland.org", "<before>peter@pixyland.org</before>"),
        ("before", "", True, "<before />"),
        ("index", 371, "371", "<index>371</index>"),
        ("first", "a", "a", "<first>a</first>"),
        ("first_index", 0, "0", '<first index="0" />'),
        ("last", "b", "b", "<last>b</last>"),
        ("count", 800, "800", "<count>800</count>"),
    ],
)
def test_the_wire(key: str, value: Any, shown: Any, content: str) -> None:
    part = Set()
    assert getattr(part, key) is None
    assert part[key] == ""
    setattr(part, key, value)
    assert str(part).replace("<before></before>", "<before />") == xml(content)
    assert getattr(part, key) == value
    assert part[key] == shown
    again = Set()
    again[key] = shown
    assert again.xml.find("*") is not None
    assert str(again) == str(part)
    setattr(again, key, None)
    assert getattr(again, key) is None


def test_the_first_and_its_position() -> None:
    part = Set()
    part.first, part.first_index = "stpeter@jabber.org", 7
    assert str(part) == xml('<first index="7">stpeter@jabber.org</first>')
    part["first"] = "other"
    assert part.first_index == 7
    del part["first_index"]
    assert str(part) == xml("<first>other</first>")
    part.first_index = None
    del part["first"]
    part.first_index = None


def test_nothing_before() -> None:
    part = Set()
    part["before"] = True
    part["before"] = ""
    assert len(part.xml) == 0
    part["before"] = True
    part["before"] = False
    assert len(part.xml) == 0


def test_nonsense() -> None:
    content = "<max>many</max><count>-1</count><index/><first index='-3'/>"
    items = DiscoItems(ET.fromstring(f"<query xmlns='{DISCO_ITEMS}'><set xmlns='{NS}'>{content}</set></query>"))
    part = Set.of(items)
    assert part is not None
    assert (part.max, part.count, part.index, part.first_index, part.before) == (None,) * 5
    assert (part["max"], part["first_index"]) == ("many", "-3")
    for key in ("max", "count", "index", "first_index"):
        with pytest.raises(InvalidValue, match=key):
            part[key] = -1
