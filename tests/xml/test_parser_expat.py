# SPDX-License-Identifier: MIT
"""How expat is driven: which events it is asked for in long pieces, and that it holds nothing back."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, XMLParser, tostring

import pytest

from xmppkit.xml import parser as module
from xmppkit.xml.parser import Item, Malformed, StreamFooter, StreamParser

HEADER = b"<s:s xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams'>"
INSIDE = b"<x y='z'>t</x><x/>" * 300
WHOLE = b"<message>%s</message>" % INSIDE


def begun() -> StreamParser:
    parser = StreamParser()
    parser.feed(HEADER)
    return parser


def show(item: Item) -> object:
    return tostring(item) if isinstance(item, Element) else item


MESSAGE = [show(each) for each in begun().feed(WHOLE)]


@pytest.mark.parametrize(
    ("data", "whole", "after"),
    [
        (WHOLE + b"<presence/>", 1, Element),
        (WHOLE * 2, 2, None),
        (WHOLE + b"<presence>", 1, None),
        (WHOLE + b"<presence><x>", 1, None),
        (WHOLE + b" \n", 1, None),
        (WHOLE + b"</s:s>", 1, StreamFooter),
        (b"<message>" + INSIDE, 0, None),
        # a fault behind a whole stanza, in one that is not, before the first
        (WHOLE + b"</x><presence/>", 1, Malformed),
        (WHOLE + b"<presence></x><presence/>", 1, Malformed),
        (WHOLE + b"<presence><x></presence><presence/>", 1, Malformed),
        (WHOLE + b"text<presence/>", 1, Malformed),
        (b"</x>" + WHOLE, 0, Malformed),
        (b"<message></x>" + WHOLE, 0, Malformed),
        (WHOLE + b"</s:s><presence/>", 1, Malformed),
    ],
)
def test_a_long_piece_is_as_many_short_ones(data: bytes, whole: int, after: type | None) -> None:
    at_once = begun().feed(data)
    assert [show(item) for item in at_once[:whole]] == MESSAGE * whole
    assert (type(at_once[-1]) if len(at_once) > whole else None) is after
    parser = begun()
    bytewise = [item for byte in data for item in parser.feed(bytes([byte]))]
    assert [show(item) for item in bytewise if not isinstance(item, Malformed)] == [
        show(item) for item in at_once if not isinstance(item, Malformed)
    ]
    assert [type(item) for item in bytewise] == [type(item) for item in at_once]


def test_it_goes_on_behind_a_long_piece() -> None:
    parser = begun()
    items = [item for _ in range(3) for data in (WHOLE[:5000], WHOLE[5000:], b"<a/>") for item in parser.feed(data)]
    assert [show(item) for item in items[::2]] == MESSAGE * 3
    assert len(items) == 6


class Flushing(XMLParser):
    """Expat as it is since 2.6."""

    flushes = 0

    def flush(self) -> None:
        type(self).flushes += 1


def test_it_is_told_to_hold_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "XMLParser", Flushing)
    monkeypatch.setattr(Flushing, "flushes", 0)
    parser: Any = begun()
    for count, data in enumerate((b"<a/>", WHOLE, WHOLE[:99]), 2):
        parser.feed(data)
        assert Flushing.flushes == count
    # as for a fresh parser, into which the opening tag goes
    parser._renew()
    assert Flushing.flushes == 5
