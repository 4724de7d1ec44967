# SPDX-License-Identifier: MIT
"""SASLprep (RFC 4013): one form for user names and passwords that look the same."""

from __future__ import annotations

import stringprep
import unicodedata
from typing import Final

from xmppkit.exceptions import SASLFailed

__all__ = ["saslprep"]

# RFC 4013 §2.3, with the numbers of the tables of RFC 3454.
_PROHIBITED: Final = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def saslprep(text: str) -> str:
    """`text` prepared as a stored string (RFC 4013 §2); raises `SASLFailed` for what the profile prohibits.

    The error never shows `text`, which may be a password.
    """
    if text.isascii() and text.isprintable():
        return text
    mapped = "".join(
        " " if stringprep.in_table_c12(character) else character
        for character in text
        if not stringprep.in_table_b1(character)
    )
    prepared = unicodedata.normalize("NFKC", mapped)
    for character in prepared:
        if any(prohibited(character) for prohibited in _PROHIBITED) or stringprep.in_table_a1(character):
            raise SASLFailed(f"SASLprep does not allow U+{ord(character):04X} in a user name or password")
    if any(stringprep.in_table_d1(character) for character in prepared):
        # RFC 3454 §6: right-to-left text begins and ends so, and has no left-to-right letters.
        mixed = any(stringprep.in_table_d2(character) for character in prepared)
        if mixed or not (stringprep.in_table_d1(prepared[0]) and stringprep.in_table_d1(prepared[-1])):
            raise SASLFailed("SASLprep does not allow this mix of writing directions")
    return prepared
