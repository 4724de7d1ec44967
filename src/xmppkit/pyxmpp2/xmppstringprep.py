# SPDX-License-Identifier: MIT
"""Profiles of stringprep (RFC 3454, RFC 3920 appendices A and B) with PyXMPP2's names: a view on
`xmppkit.util.stringprep_profiles`.

For programs that prepare strings themselves. Addresses follow RFC 7622.
"""

from __future__ import annotations

import stringprep
from collections.abc import Callable, Sequence
from typing import Final

from xmppkit.exceptions import StringPrepError
from xmppkit.pyxmpp2.exceptions import StringprepError
from xmppkit.util import stringprep_profiles as engine
from xmppkit.util.stringprep_profiles import b1_mapping, c12_mapping

__all__ = [
    "NODEPREP",
    "RESOURCEPREP",
    "Profile",
    "b1_mapping",
    "c12_mapping",
    "nfkc",
    "set_stringprep_cache_size",
]

Mapping = Callable[[str], "str | None"]
Table = Callable[[str], bool]


def nfkc(data: str | Sequence[str]) -> str:
    """`data`, which may be in pieces, in form KC by the tables of Unicode 3.2."""
    return engine.normalize("".join(data))


def set_stringprep_cache_size(size: int) -> None:
    """Does nothing: nothing is kept here. What parses many addresses is `xmppkit.jid`, which keeps what it needs."""


class Profile:
    """A profile of stringprep.

    :param unassigned: tables of characters that are allowed in queries only.
    :param mapping: what takes a character's place; the first that has something for it counts.
    :param normalization: applied after that; None: nothing.
    :param prohibited: tables of characters that are not allowed.
    :param bidi: check writing directions.
    """

    def __init__(
        self,
        unassigned: Sequence[Table],
        mapping: Sequence[Mapping],
        normalization: Callable[[str], str] | None,
        prohibited: Sequence[Table],
        bidi: bool = True,
    ) -> None:
        self.unassigned = tuple(unassigned)
        self.mapping = tuple(mapping)
        self.normalization = normalization
        self.prohibited = tuple(prohibited)
        self.bidi = bidi

    def prepare(self, data: str) -> str:
        """`data` prepared to be stored.

        :raises StringprepError: the profile does not allow it.
        """
        prepared = self.prepare_query(data)
        self.check_unassigned(prepared)
        return prepared

    def prepare_query(self, data: str) -> str:
        """`data` prepared to be looked up.

        :raises StringprepError: the profile does not allow it.
        """
        prepared = self.map(data)
        if self.normalization is not None:
            prepared = self.normalization(prepared)
        prepared = self.prohibit(prepared)
        if self.bidi:
            self.check_bidi(prepared)
        return prepared

    def map(self, data: str) -> str:
        """`data` with its characters mapped (RFC 3454 §3)."""
        return engine.map_input(data, self.mapping)

    def prohibit(self, data: str) -> str:
        """`data`, in which nothing is prohibited (RFC 3454 §5).

        :raises StringprepError: something is.
        """
        return _checked(lambda: engine.prohibit_output(data, self.prohibited), data)

    def check_unassigned(self, data: str) -> str:
        """`data`, in which Unicode 3.2 knows every character (RFC 3454 §7).

        :raises StringprepError: there is one that it does not know.
        """
        return _checked(lambda: engine.prohibit_output(data, self.unassigned), data)

    def check_bidi(self, data: str) -> str:
        """`data`, whose writing directions are in order (RFC 3454 §6).

        :raises StringprepError: they are not.
        """
        return _checked(lambda: engine.check_bidi(data), data)


def _checked(check: Callable[[], None], data: str) -> str:
    try:
        check()
    except StringPrepError as error:
        raise StringprepError(str(error)) from error
    return data


_TABLES: Final = (
    stringprep.in_table_c12,
    stringprep.in_table_c21,
    stringprep.in_table_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)
_NOT_IN_NODE: Final = frozenset("\"&'/:<>@")

#: For the local part of an address (RFC 3920 appendix A).
NODEPREP = Profile(
    unassigned=(stringprep.in_table_a1,),
    mapping=(b1_mapping, stringprep.map_table_b2),
    normalization=nfkc,
    prohibited=(stringprep.in_table_c11, *_TABLES, _NOT_IN_NODE.__contains__),
)
#: For the resource of an address (RFC 3920 appendix B).
RESOURCEPREP = Profile(
    unassigned=(stringprep.in_table_a1,), mapping=(b1_mapping,), normalization=nfkc, prohibited=_TABLES
)
