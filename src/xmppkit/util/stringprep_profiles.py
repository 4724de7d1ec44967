# SPDX-License-Identifier: MIT
"""Profiles of stringprep (RFC 3454), for programs that prepare strings as XMPP did before RFC 7622.

A profile is a function that `create` makes of the tables that it names. Addresses here follow RFC 7622 and use none
of this; see `xmppkit.jid.prep`.
"""

from __future__ import annotations

import stringprep
import unicodedata
from collections.abc import Callable, Iterable
from typing import Protocol

from xmppkit.exceptions import StringPrepError

__all__ = [
    "Profile",
    "StringPrepError",
    "b1_mapping",
    "c12_mapping",
    "check_bidi",
    "create",
    "map_input",
    "normalize",
    "prohibit_output",
]

#: Gives what takes a character's place; None leaves the character.
Mapping = Callable[[str], "str | None"]
#: Whether a character is in a table.
Table = Callable[[str], bool]


class Profile(Protocol):
    """What `create` makes."""

    def __call__(self, data: str | bytes, query: bool = False) -> str:
        """`data` prepared.

        :param query: for looking something up: characters that Unicode 3.2 does not know may be in it. Otherwise, to
            store it, they may not (RFC 3454 §7).
        :raises StringPrepError: the profile does not allow it.
        """


def b1_mapping(char: str) -> str | None:
    """Table B.1, "commonly mapped to nothing": ``''``; None for other characters."""
    return "" if stringprep.in_table_b1(char) else None


def c12_mapping(char: str) -> str | None:
    """Table C.1.2, blanks other than ASCII's: a blank; None for other characters."""
    return " " if stringprep.in_table_c12(char) else None


def map_input(data: str | bytes, tables: Iterable[Mapping] | None = None) -> str:
    """RFC 3454 §3: each character by the first of the mappings that has something for it."""
    text = data if isinstance(data, str) else data.decode("utf-8")
    mappings = list(tables or ())
    return "".join(_mapped(character, mappings) for character in text)


def _mapped(character: str, mappings: Iterable[Mapping]) -> str:
    for mapping in mappings:
        replacement = mapping(character)
        if replacement is not None:
            return replacement
    return character


def normalize(data: str, nfkc: bool = True) -> str:
    """RFC 3454 §4: `data` in form KC, by the tables of Unicode 3.2; unchanged without `nfkc`."""
    return unicodedata.ucd_3_2_0.normalize("NFKC", data) if nfkc else data


def prohibit_output(data: str, tables: Iterable[Table] | None = None) -> None:
    """RFC 3454 §5: raise `StringPrepError` for the first character that one of the tables has."""
    found = list(tables or ())
    for character in data:
        if any(table(character) for table in found):
            raise StringPrepError(f"the profile does not allow U+{ord(character):04X}")


def check_bidi(data: str) -> None:
    """RFC 3454 §6: text with a right-to-left letter has no left-to-right one, and begins and ends with the former.

    :raises StringPrepError: it is otherwise, or `data` has a character that changes the direction.
    """
    for character in data:
        if stringprep.in_table_c8(character):
            raise StringPrepError(f"the profile does not allow U+{ord(character):04X}, which changes the direction")
    if not any(stringprep.in_table_d1(character) for character in data):
        return
    if any(stringprep.in_table_d2(character) for character in data):
        raise StringPrepError("letters of both writing directions are mixed (RFC 3454 §6)")
    if not (stringprep.in_table_d1(data[0]) and stringprep.in_table_d1(data[-1])):
        raise StringPrepError("right-to-left text does not begin and end with a right-to-left letter (RFC 3454 §6)")


def create(
    nfkc: bool = True,
    bidi: bool = True,
    mappings: Iterable[Mapping] | None = None,
    prohibited: Iterable[Table] | None = None,
    unassigned: Iterable[Table] | None = None,
) -> Profile:
    """A profile of stringprep.

    :param nfkc: normalize.
    :param bidi: check writing directions.
    :param mappings: such as `b1_mapping` and `c12_mapping`; the first that has something for a character counts.
    :param prohibited: tables of characters that are not allowed, as ``stringprep.in_table_c12``.
    :param unassigned: tables of characters that are allowed in queries only, as ``stringprep.in_table_a1``.
    """
    maps, forbidden, unknown = list(mappings or ()), list(prohibited or ()), list(unassigned or ())

    def profile(data: str | bytes, query: bool = False) -> str:
        prepared = normalize(map_input(data, maps), nfkc)
        prohibit_output(prepared, forbidden)
        if bidi:
            check_bidi(prepared)
        if not query:
            prohibit_output(prepared, unknown)
        return prepared

    return profile
