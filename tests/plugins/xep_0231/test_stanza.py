# SPDX-License-Identifier: MIT
"""The wire form of bits of binary."""

from __future__ import annotations

from base64 import b64decode
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0231 import stanza
from xmppkit.plugins.xep_0231.stanza import BitsOfBinary
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence

CID = "sha1+8f35fef110ffc5df08d579a50083ff9308fb6242@bob.xmpp.org"
TEXT = """
iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAABGdBTUEAALGP
C/xhBQAAAAlwSFlzAAALEwAACxMBAJqcGAAAAAd0SU1FB9YGARc5KB0XV+IA
AAAddEVYdENvbW1lbnQAQ3JlYXRlZCB3aXRoIFRoZSBHSU1Q72QlbgAAAF1J
REFUGNO9zL0NglAAxPEfdLTs4BZM4DIO4C7OwQg2JoQ9LE1exdlYvBBeZ7jq
ch9//q1uH4TLzw4d6+ErXMMcXuHWxId3KOETnnXXV6MJpcq2MLaI97CER3N0
vr4MkhoXe0rZigAAAABJRU5ErkJggg==
"""
DATA = b64decode(TEXT)

#: Where it is from, the XML, what the typed view and what the dict view has, in the order cid, type, max_age, data.
ROWS: list[tuple[str, str, tuple[Any, ...], tuple[Any, ...]]] = [
    (
        "§2.3, Requesting data",
        f"<data xmlns='urn:xmpp:bob' cid='{CID}'/>",
        (CID, None, None, None),
        (CID, "", "", b""),
    ),
    (
        "§2.5, Data element format",
        f"<data xmlns='urn:xmpp:bob' cid='{CID}' max-age='86400' type='image/png'>{TEXT}</data>",
        (CID, "image/png", 86400, DATA),
        (CID, "image/png", 86400, DATA),
    ),
    (
        "what cannot be read",
        "<data xmlns='urn:xmpp:bob' cid='' max-age='-1'>no base64!</data>",
        ("", None, None, None),
        ("", "", "-1", b""),
    ),
]


@pytest.mark.parametrize(("where", "text", "typed", "items"), ROWS, ids=[row[0] for row in ROWS])
def test_reading(where: str, text: str, typed: tuple[Any, ...], items: tuple[Any, ...]) -> None:
    bob = BitsOfBinary(xml=ET.fromstring(text))
    assert (bob.cid, bob.type_, bob.max_age, bob.data) == typed
    assert tuple(bob[key] for key in ("cid", "type", "max_age", "data")) == items


@pytest.mark.parametrize("parent", [Iq, Message, Presence])
def test_writing(parent: Any) -> None:
    stanza = parent()
    stanza["bob"]["cid"] = CID
    stanza["bob"]["type"] = "image/png"
    stanza["bob"]["max_age"] = 0
    stanza["bob"]["data"] = b"\0\xff"
    assert str(stanza["bob"]) == (f'<data xmlns="urn:xmpp:bob" cid="{CID}" type="image/png" max-age="0">AP8=</data>')
    again = BitsOfBinary(xml=ET.fromstring(str(stanza["bob"])))
    assert (again.cid, again.type_, again.max_age, again.data) == (CID, "image/png", 0, b"\0\xff")


def test_a_negative_age_is_none() -> None:
    with pytest.raises(InvalidValue):
        BitsOfBinary().max_age = -1


def test_the_module() -> None:
    assert stanza.BitsOfBinary.interfaces == {"cid", "type", "max_age", "data"}
