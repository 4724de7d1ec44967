# SPDX-License-Identifier: MIT
"""The stream parser: no exception whatever comes; the same items however it is split; little kept; text that parses
back to the same; behind a stanza that is past a limit the same stanzas as if it had not been.

    python fuzz/fuzz_parser.py --seconds 60
"""

from __future__ import annotations

import random
import sys
from xml.etree import ElementTree as ET

from _runner import main

from xmppkit.xml.limits import Limits
from xmppkit.xml.names import STREAM
from xmppkit.xml.parser import Malformed, Refused, StreamFooter, StreamHeader, StreamParser
from xmppkit.xml.serializer import serialize

#: What may leave the code under test: nothing.
ALLOWED: tuple[type[Exception], ...] = ()
#: Behind each input: what ends markup that has not ended, which may be refused when it begins or when it ends.
END = b" -->?>]]>'\"><end/><end/>"
LIMITS = Limits.client().replace(stanza_bytes=10_000)
#: With these many an input is past a limit.
NARROW = LIMITS.replace(attributes=5, depth=2, children=2, name_length=50, attribute_length=40)


def show(items: list[object]) -> list[object]:
    """Items in a form that can be compared."""
    shown: list[object] = []
    for item in items:
        if isinstance(item, ET.Element):
            shown.append(ET.tostring(item))
        elif isinstance(item, Refused):
            shown.append(("refused", item.tag, sorted(item.attributes.items())))
        elif isinstance(item, StreamHeader):
            shown.append((item.tag, sorted(item.attributes.items()), item.default_namespace))
        else:
            # Of two faults in one read either may be named: expat sees all of it before we see the first.
            shown.append("footer" if isinstance(item, StreamFooter) else "malformed")
    return shown


def target(data: bytes) -> None:
    """One input."""
    data += END
    whole = StreamParser(LIMITS)
    items = whole.feed(data)
    pieces = in_pieces(StreamParser(LIMITS), data)
    assert show(items) == show(pieces), (show(items), show(pieces))
    ends = [index for index, item in enumerate(items) if isinstance(item, Malformed)]
    assert not ends or ends == [len(items) - 1], "something came behind the end"
    if ends:
        assert whole.feed(b"<message/>") == []
    for item in items:
        if isinstance(item, ET.Element):
            (again,) = ET.fromstring(f"<all xmlns:stream='{STREAM}'>{serialize(item)}</all>")
            assert ET.tostring(again) == ET.tostring(item)
    pass_over(data, items)


def in_pieces(parser: StreamParser, data: bytes) -> list[object]:
    """What comes of small reads."""
    chance = random.Random(len(data))
    pieces: list[object] = []
    at = 0
    while at < len(data):
        size = chance.choice((1, 1, 2, 3, 7, 30, 200))
        pieces += parser.feed(data[at : at + size])
        at += size
    return pieces


def pass_over(data: bytes, items: list[object]) -> None:
    """The same input with narrow limits: what is past them is left out, and nothing else changes.

    :param items: what it is with wide ones.
    """
    whole, split = StreamParser(NARROW), StreamParser(NARROW)
    whole.passes_over = split.passes_over = True
    one, two = whole.feed(data), in_pieces(split, data)
    if b"<!" in data or b"<?" in data:
        return  # then a stanza that is past a limit may end the stream, as it is cut
    good = sum(isinstance(item, StreamHeader | ET.Element) for item in items)
    assert show(one)[:good] == show(two)[:good], (show(one), show(two))
    for wide, narrow in zip(items[:good], one, strict=False):
        if isinstance(narrow, Refused):
            assert isinstance(wide, ET.Element)
            assert narrow.tag == wide.tag
        elif not isinstance(narrow, Malformed):
            assert show([wide]) == show([narrow])


if __name__ == "__main__":
    sys.exit(main(target, "parser", allowed=ALLOWED, pace=800))
