# SPDX-License-Identifier: MIT
"""The stream parser: no exception whatever comes; the same items however it is split; little kept; text that parses
back to the same.

    python fuzz/fuzz_parser.py --seconds 60
"""

from __future__ import annotations

import random
import sys
from xml.etree import ElementTree as ET

from _runner import main

from xmppkit.xml.limits import Limits
from xmppkit.xml.names import STREAM
from xmppkit.xml.parser import Malformed, StreamFooter, StreamHeader, StreamParser
from xmppkit.xml.serializer import serialize

#: What may leave the code under test: nothing.
ALLOWED: tuple[type[Exception], ...] = ()
#: Behind each input: what ends markup that has not ended, which may be refused when it begins or when it ends.
END = b" -->?>]]>'\"><end/><end/>"
LIMITS = Limits.client().replace(stanza_bytes=10_000)


def show(items: list[object]) -> list[object]:
    """Items in a form that can be compared."""
    shown: list[object] = []
    for item in items:
        if isinstance(item, ET.Element):
            shown.append(ET.tostring(item))
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
    chance = random.Random(len(data))
    split = StreamParser(LIMITS)
    pieces: list[object] = []
    at = 0
    while at < len(data):
        size = chance.choice((1, 1, 2, 3, 7, 30, 200))
        pieces += split.feed(data[at : at + size])
        at += size
    assert show(items) == show(pieces), (show(items), show(pieces))
    ends = [index for index, item in enumerate(items) if isinstance(item, Malformed)]
    assert not ends or ends == [len(items) - 1], "something came behind the end"
    if ends:
        assert whole.feed(b"<message/>") == []
    for item in items:
        if isinstance(item, ET.Element):
            (again,) = ET.fromstring(f"<all xmlns:stream='{STREAM}'>{serialize(item)}</all>")
            assert ET.tostring(again) == ET.tostring(item)


if __name__ == "__main__":
    sys.exit(main(target, "parser", allowed=ALLOWED, pace=800))
