# SPDX-License-Identifier: MIT
"""JID escaping (XEP-0106): characters that a local part cannot have, written as ``\\`` and two digits."""

from __future__ import annotations

import re
from typing import Final

from xmppkit.exceptions import InvalidJID

__all__ = ["escape_node", "unescape_node"]

_ESCAPES: Final = {
    " ": r"\20",
    '"': r"\22",
    "&": r"\26",
    "'": r"\27",
    "/": r"\2f",
    ":": r"\3a",
    "<": r"\3c",
    ">": r"\3e",
    "@": r"\40",
    "\\": r"\5c",
}
_CHARACTERS: Final = {sequence: character for character, sequence in _ESCAPES.items()}
# Few programs escape, so these are compiled when they are first used.
_SEQUENCE: Final = r"\\(?:20|22|26|27|2f|3a|3c|3e|40|5c)"
# A backslash is escaped only where it would be taken for the beginning of an escape (§4.1, rule 7), also once the
# address has its canonical form, in lower case.
_TO_ESCAPE: Final = r"""(?i)[ "&'/:<>@]|\\(?=20|22|26|27|2f|3a|3c|3e|40|5c)"""


def escape_node(text: str) -> str:
    """`text` as a local part; raises `InvalidJID` when it begins or ends with a blank (§3.2)."""
    if text[:1] == " " or text[-1:] == " ":
        raise InvalidJID("local", "an escaped local part cannot begin or end with a blank", text)
    return re.sub(_TO_ESCAPE, lambda found: _ESCAPES[found[0]], text)


def unescape_node(node: str) -> str:
    """What `node` stands for. A ``\\20`` at either end is no escape and stays (§4.3)."""
    end = len(node)

    def replace(found: re.Match[str]) -> str:
        if found[0] == r"\20" and (found.start() == 0 or found.end() == end):
            return found[0]
        return _CHARACTERS[found[0]]

    return re.sub(_SEQUENCE, replace, node)
