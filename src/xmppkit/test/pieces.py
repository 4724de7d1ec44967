# SPDX-License-Identifier: MIT
"""Cutting what a stream writes into what a test asks for: stream headers, elements, closing tags, white space."""

from __future__ import annotations

import codecs
import re

__all__ = ["Pieces"]

_TAG = re.compile(r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_HEADER = re.compile(r"(?:<\?xml[^>]*\?>\s*)?<stream:stream[\s>]")


class Pieces:
    """Takes what a serializer writes, and gives pieces of text; what is not complete is kept."""

    def __init__(self) -> None:
        self._text = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def feed(self, data: bytes) -> list[str]:
        """Take bytes, and give what they complete."""
        self._text += self._decoder.decode(data)
        pieces = []
        while self._text:
            end = _end(self._text)
            if not end:
                break
            pieces.append(self._text[:end])
            self._text = self._text[end:]
        return pieces


def _end(text: str) -> int:
    """Where the first piece of `text` ends; 0 when that has not come yet."""
    if not text.startswith("<"):
        return text.find("<") if "<" in text else len(text)
    header = _HEADER.match(text) is not None
    depth = 0
    for tag in _TAG.finditer(text):
        name = tag[0]
        if name.startswith("<?"):
            continue
        if name.startswith("</"):
            depth -= 1
        elif not name.endswith("/>"):
            depth += 1
        if header or depth <= 0:
            return tag.end()
    return 0
