# SPDX-License-Identifier: MIT
"""An avatar, and what kind of picture it is (XEP-0153 §4.6, §5)."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from xmppkit.records import record

__all__ = ["Avatar", "digest", "known_hash", "sniffed"]

_SHA1: Final = re.compile(r"[0-9a-f]{40}")


@record(frozen=True, slots=True)
class Avatar:
    """A picture of somebody.

    :ivar data: the file. It was looked at its first bytes only: whoever decodes it must expect anything, also a picture
        of a million pixels in each direction.
    :ivar type: its media type by these bytes, whatever was said: image/png, image/jpeg, image/gif or image/webp; None:
        something else.
    :ivar hash: its SHA-1, in hexadecimal.
    """

    data: bytes
    type: str | None
    hash: str

    @classmethod
    def of(cls, data: bytes) -> Avatar:
        """The avatar that is this file."""
        return cls(data, sniffed(data), digest(data))


def digest(data: bytes) -> str:
    """The SHA-1 of a picture, as presences have it. It names a picture; that nobody else can make one of the same name
    it does not promise."""
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def sniffed(data: bytes) -> str | None:
    """The media type of a picture by its first bytes; None if it is none that is known here."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def known_hash(text: str) -> str | None:
    """What a presence says, in lower case: a SHA-1, or ``''`` for no picture; None if it is neither."""
    lower = text.strip().lower()
    return lower if not lower or _SHA1.fullmatch(lower) else None
