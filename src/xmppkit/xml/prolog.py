# SPDX-License-Identifier: MIT
"""What may stand before the root element of a stream: an XML declaration and blanks, nothing else (RFC 6120 §11).

A DTD can stand nowhere else in a document, so refusing it here excludes it, and with it every entity but the five
that XML predefines.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["BLANKS", "read_prolog"]

#: White space of XML.
BLANKS: Final = b" \t\r\n"

_ENCODING: Final = rb"""\bencoding\s*=\s*["']([^"']*)["']"""
_BYTE_ORDER_MARKS: Final = (b"\xfe\xff", b"\xff\xfe", b"\x00<", b"<\x00")


def read_prolog(prolog: bytes) -> tuple[str, str] | bool:
    """Look at `prolog`, all that has come so far.

    :return: True when the root element begins in it, False when that cannot be said yet, otherwise the condition
        of the stream error and its text.
    """
    if prolog[:2] in _BYTE_ORDER_MARKS:
        return "unsupported-encoding", "the stream is not UTF-8"
    if prolog in (b"\xfe", b"\xff", b"\x00"):
        return False  # perhaps the first half of a byte order mark
    rest = prolog
    if prolog.startswith(b"<?xml") and prolog[5:6] in (b"", b" ", b"\t", b"\r", b"\n"):
        end = prolog.find(b"?>")
        if end < 0:
            return False
        declared = re.search(_ENCODING, prolog[:end])
        if declared is not None and declared[1].upper() != b"UTF-8":
            return "unsupported-encoding", "the stream declares another encoding than UTF-8"
        rest = prolog[end + 2 :]
    rest = rest.lstrip(BLANKS)
    if rest[:2] == b"<!":
        return "restricted-xml", "a DTD or a comment before the stream"
    if rest[:2] == b"<?":
        if b"<?xml".startswith(prolog):
            return False
        return "restricted-xml", "a processing instruction before the stream"
    if rest and rest[0] != 60:
        return "not-well-formed", "this is not XML"
    return len(rest) > 1
