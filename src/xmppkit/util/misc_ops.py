# SPDX-License-Identifier: MIT
"""Conversions between text, bytes and numbers, and hash functions by the names that SASL and XEPs give them.

Two of them have the names of built-ins, because slixmpp's have.
"""

from __future__ import annotations

import builtins
import hashlib
import re
from collections.abc import Callable
from typing import Final, Protocol

__all__ = ["XOR", "HashObject", "bytes", "bytes_to_num", "hash", "hashes", "num_to_bytes", "quote", "unicode"]

#: Names by which protocols call a hash function, and hashlib's (RFC 5802 §4, XEP-0300 §7).
_NAMES: Final = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-224": "sha224",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
    "SHA3-224": "sha3_224",
    "SHA3-256": "sha3_256",
    "SHA3-384": "sha3_384",
    "SHA3-512": "sha3_512",
    "BLAKE2B-512": "blake2b",
    "BLAKE2S-256": "blake2s",
}
_BY_NAME: Final = {re.sub(r"[^A-Z0-9]", "", name): own for name, own in _NAMES.items()}


class HashObject(Protocol):
    """A hash that is being computed; see `hashlib`."""

    @property
    def name(self) -> str:
        """hashlib's name of the function."""

    def update(self, data: builtins.bytes, /) -> None:
        """Take more bytes."""

    def digest(self) -> builtins.bytes:
        """The hash of all bytes so far."""

    def hexdigest(self) -> str:
        """The same, in hexadecimal digits."""


def unicode(text: str | builtins.bytes) -> str:
    """`text` as str; bytes are UTF-8. Raises UnicodeDecodeError for those that are not."""
    return text if isinstance(text, str) else text.decode("utf-8")


def bytes(text: str | builtins.bytes | None) -> builtins.bytes:
    """`text` as bytes, in UTF-8; None is empty."""
    if text is None:
        return b""
    return text.encode("utf-8") if isinstance(text, str) else text


def quote(text: str | builtins.bytes) -> builtins.bytes:
    r"""`text` as a quoted string (RFC 2831 §7.2): in quotes, ``"`` and ``\`` with a backslash before them."""
    return b'"' + bytes(text).replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def num_to_bytes(num: int) -> builtins.bytes:
    """A number as four bytes, the most significant first. Raises OverflowError for what does not fit."""
    return num.to_bytes(4, "big")


def bytes_to_num(bval: builtins.bytes) -> int:
    """The number that bytes stand for, the most significant first."""
    return int.from_bytes(bval, "big")


def XOR(x: builtins.bytes, y: builtins.bytes) -> builtins.bytes:  # noqa: N802 (its name in slixmpp)
    """The exclusive or of two strings of bytes of one length. Raises ValueError if the lengths differ."""
    return builtins.bytes(one ^ other for one, other in zip(x, y, strict=True))


def hash(name: str) -> Callable[..., HashObject] | None:
    """The hash function of a name such as ``SHA-256``, ``sha256`` or ``SHA3-512``; None if there is none.

    It is a function of `hashlib`: ``hash('SHA-1')(b'data').hexdigest()``.
    """
    own = _BY_NAME.get(re.sub(r"[^A-Z0-9]", "", name.upper()))
    found: Callable[..., HashObject] | None = getattr(hashlib, own, None) if own else None
    return found


def hashes() -> list[str]:
    """The names that `hash` knows, as protocols write them."""
    return sorted(_NAMES)
