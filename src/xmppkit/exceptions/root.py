# SPDX-License-Identifier: MIT
"""The root of the errors, and how they show what others have said."""

from __future__ import annotations

__all__ = ["XMPPKitError", "in_one_line"]

#: Control characters, what ends a line, and marks that turn the direction of text around.
_INVISIBLE = frozenset(
    map(chr, (*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A)))
)


class XMPPKitError(Exception):
    """The root of every error that xmppkit raises on purpose."""


def in_one_line(text: str) -> str:
    """`text` with control characters and direction marks written as escapes. Errors are written to logs, where what
    others have said must not look like further lines."""
    if text.isprintable():
        return text
    return "".join(each.encode("unicode_escape").decode("ascii") if each in _INVISIBLE else each for each in text)
