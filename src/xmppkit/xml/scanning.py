# SPDX-License-Identifier: MIT
"""What the parser must know of bytes before expat sees them: where a tag ends, and whether it is outrageous.

Expat hands out a tag only when it is complete, and by then a single tag can have cost a lot: ten thousand attributes
in a namespace of as many characters are ten thousand names of that length. So long tags are looked at as bytes. This
is no second parser: it decides nothing but where a tag that begins at a ``<`` ends, and it may be wrong about what
only looks like a tag inside CDATA, where a tag is then seen that is none.
"""

from __future__ import annotations

import re
from typing import Final

from xmppkit.xml.limits import Limits

__all__ = [
    "ATTRIBUTE",
    "IN_TAG",
    "LONG_TAG",
    "TEXT",
    "behind_last_tag",
    "check_tags",
    "ends_with_tag",
    "has_long_tag",
    "scan_tag",
]

#: Bytes from which on a tag is looked at. Real tags have some hundred.
LONG_TAG: Final = 1024
# Any stretch of LONG_TAG bytes without a '<' has a whole block of this size in it.
_BLOCK: Final = LONG_TAG // 2

#: States of a scan: outside of a tag, inside one. Inside a quoted value the state is the quote.
TEXT: Final = b">"
IN_TAG: Final = b""

_REST_OF_TAG: Final = re.compile(rb"""[^'">]*+(?:'[^']*+'[^'">]*+|"[^"]*+"[^'">]*+)*+(>|'|"|)""")
#: Takes bytes and a place inside a tag, and matches when they end with that tag.
ends_with_tag: Final = re.compile(rb"""(?:[^'">]++|'[^']*+'|"[^"]*+")*+>\Z""").match
#: An attribute of a tag: its name, and its value in one of two groups, as the quotes are. It can begin behind white
#: space only, so that no text is gone through more than twice.
ATTRIBUTE: Final = re.compile(rb"""\s([^\s=]++)\s*+=\s*+(?:'([^']*+)|"([^"]*+))['"]?""")


def scan_tag(data: bytes, start: int, state: bytes) -> tuple[bytes, int]:
    """Go on inside a tag at `start` of `data`: the new state, and where the tag ended if that is TEXT now."""
    if state != IN_TAG:
        start = data.find(state, start) + 1
        if not start:
            return state, len(data)
    found = _REST_OF_TAG.match(data, start)
    assert found is not None
    after: bytes = found[1]
    return after, found.end() if after == TEXT else len(data)


def behind_last_tag(data: bytes) -> bytes | None:
    """What follows the last tag of `data`; None when that has not ended."""
    state, end = scan_tag(data, data.rfind(b"<") + 1, IN_TAG)
    return data[end:] if state == TEXT else None


def has_long_tag(data: bytes, length: int) -> bool:
    """Whether a tag of `data`, in which all are complete, has more than `length` bytes. Not for an instruction or a
    comment; in CDATA it may see one that is none."""
    last = len(data) - length
    position = data.find(b"<")
    while 0 <= position < last:
        # There is no '<' in a tag but its first byte, so of those that stand this near to each other none is long.
        behind = data.rfind(b"<", position + 1, position + length + 1)
        if behind < 0:
            _, end = scan_tag(data, position + 1, IN_TAG)
            if end - position > length:
                return True
            behind = data.find(b"<", end)
        position = behind
    return False


def check_tags(data: bytes, limits: Limits) -> tuple[str, int]:
    """Which limit a long tag of `data` is past, and where that tag begins; an empty text when none is. Every long tag
    is in `data` completely."""
    position, size = 0, len(data)
    while position + _BLOCK <= size:
        if data.find(b"<", position, position + _BLOCK) < 0:
            start = data.rfind(b"<", 0, position)
            if start >= 0:
                _, end = scan_tag(data, start + 1, IN_TAG)
                if end - start > LONG_TAG:
                    too_much = _check_tag(data[start:end], limits)
                    if too_much:
                        return too_much, start
                position = max(position, end - _BLOCK)
        position += _BLOCK
    return "", size


def _check_tag(tag: bytes, limits: Limits) -> str:
    declarations = attributes = 0
    for found in ATTRIBUTE.finditer(tag):
        name, value = found[1], found[2] or found[3] or b""
        if name == b"xmlns" or name.startswith(b"xmlns:"):
            declarations += 1
            if len(value) > limits.name_length:
                return f"a namespace of more than {limits.name_length} bytes"
        else:
            attributes += 1
        if declarations > limits.declarations:
            return f"more than {limits.declarations} namespace declarations of an element"
        if attributes > limits.attributes:
            return f"more than {limits.attributes} attributes of an element"
    return ""
