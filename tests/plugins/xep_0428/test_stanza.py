# SPDX-License-Identifier: MIT
"""Fallbacks on the wire, and texts without them."""

from __future__ import annotations

import itertools
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0428.stanza import Fallback, FallbackBody, FallbackSubject, Range, ranges, stripped
from xmppkit.stanza.message import Message

REPLY = "urn:xmpp:reply:0"
TEXT = "> Anna wrote:\n> Hi 👋\nGreat"


def message(parts: str, body: str = TEXT, for_: str = REPLY) -> Message:
    return Message(
        xml=fromstring(
            f"<message xmlns='jabber:client'><body>{body.replace('>', '&gt;')}</body><subject>abc</subject>"
            f"<fallback xmlns='urn:xmpp:fallback:0' for='{for_}'>{parts}</fallback></message>"
        )
    )


def test_the_wire() -> None:
    found = Message()
    found["body"] = TEXT
    found["fallback"]["for"] = REPLY
    found["fallback"]["body"]["start"], found["fallback"]["body"]["end"] = 0, 21
    (fallback,) = found["fallbacks"]
    assert str(fallback) == (
        f'<fallback xmlns="urn:xmpp:fallback:0" for="{REPLY}"><body start="0" end="21" /></fallback>'
    )
    assert fallback.for_ == REPLY
    (part,) = fallback.bodies
    assert (part.start, part.end, fallback.subjects) == (0, 21, [])
    assert found["fallback"].get_stripped_body(REPLY) == "Great"
    assert (FallbackBody()["start"], FallbackBody().start, FallbackBody()["end"]) == (0, None, 0)
    with pytest.raises(InvalidValue, match="start"):
        part.start = -1


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ("", ""),
        ("<body/>", ""),
        ("<subject/>", TEXT),
        ("<body start='0' end='21'/>", "Great"),
        ("<body end='21'/>", "Great"),
        ("<body start='20'/>", TEXT[:20]),
        ("<body start='21' end='4000000000'/>", TEXT[:21]),
        ("<body start='0' end='2'/><body start='14' end='16'/>", "Anna wrote:\nHi 👋\nGreat"),
        ("<body start='10' end='21'/><body start='0' end='15'/>", "Great"),
        ("<body start='0' end='21'/><subject start='0' end='1'/>", "Great"),
    ],
)
def test_stripping(parts: str, expected: str) -> None:
    assert stripped(message(parts), [REPLY]) == expected


@pytest.mark.parametrize(
    "part",
    [
        "start='5' end='5'",
        "start='6' end='5'",
        "start='-3' end='5'",
        "start='0' end='-1'",
        "start='x' end='5'",
        "start='0' end='many'",
        "start='26'",
        "start='99' end='100'",
        "end='0'",
        "end='99999999999999999999'",
        "start='4294967296'",
    ],
)
def test_nonsense(part: str) -> None:
    assert stripped(message(f"<body {part}/>"), [REPLY]) == TEXT
    assert stripped(message(f"<body {part}/><body end='21'/>"), [REPLY]) == "Great"


def test_whose_fallback_it_is() -> None:
    found = message("<body end='21'/>")
    assert stripped(found, []) == stripped(found, ["urn:xmpp:reactions:0"]) == TEXT
    assert found["fallback"].get_stripped_body("urn:xmpp:reactions:0") == TEXT
    found.append(Fallback(xml=fromstring("<fallback xmlns='urn:xmpp:fallback:0'><body start='21'/></fallback>")))
    assert stripped(found, [REPLY]) == "Great"
    assert found["fallback"].get_stripped_body(REPLY, element="subject") == "abc"
    assert stripped(message("<subject start='1' end='2'/>"), [REPLY], "subject") == "ac"
    assert stripped(message(""), [REPLY], "subject") == ""


def test_no_message_and_no_text() -> None:
    assert Fallback().get_stripped_body(REPLY) == ""
    empty = Message()
    empty["fallback"]["for"] = REPLY
    assert stripped(empty, [REPLY]) == stripped(empty, [REPLY], "subject") == ""
    assert ranges(empty, [REPLY]) == []


def test_subjects() -> None:
    fallback = Fallback()
    part = FallbackSubject()
    part.end = 2
    fallback.subjects = [part]
    assert [each.end for each in fallback["subjects"]] == [2]


NUMBERS = st.none() | st.integers(0, 40)


@given(text=st.text(max_size=30), parts=st.lists(st.tuples(NUMBERS, NUMBERS), max_size=5))
def test_what_is_left_is_what_no_part_has(text: str, parts: list[tuple[int | None, int | None]]) -> None:
    made = Message()
    fallback = Fallback()
    fallback.for_ = REPLY
    for start, end in parts:
        part = FallbackBody()
        part.start, part.end = start, end
        fallback.append(part)
    if not parts:
        fallback.append(FallbackSubject())
    found = stripped_of(text, fallback, made)
    gone = {i for start, end in parts for i in range(start or 0, 99 if end is None else end)}
    assert found == "".join(char for i, char in enumerate(text) if i not in gone)
    merged = ranges(made, [REPLY])
    assert all(a.end < b.start for a, b in itertools.pairwise(merged))
    assert all(isinstance(each, Range) and each.start < each.end for each in merged)


def stripped_of(text: str, fallback: Fallback, made: Message) -> str:
    made.append(fallback)
    made.xml.insert(0, fromstring("<body xmlns='jabber:client'/>"))
    made.xml[0].text = text
    return stripped(made, [REPLY])
