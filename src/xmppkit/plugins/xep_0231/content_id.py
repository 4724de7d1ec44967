# SPDX-License-Identifier: MIT
"""Content ids, which name a piece of binary data by its hash: ``sha1+8f35…@bob.xmpp.org`` (XEP-0231 §2.5, §2.6)."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple, Self

from xmppkit.exceptions import InvalidValue

__all__ = ["ALGORITHMS", "ContentId"]

#: Names of hashes, as XEP-0231 §2.6 and XEP-0300 have them and as they are met. What can be forged at will, as MD5,
#: names nothing.
ALGORITHMS: Final[dict[str, Callable[[bytes], Any]]] = {
    "sha1": partial(hashlib.sha1, usedforsecurity=False),
    "sha-1": partial(hashlib.sha1, usedforsecurity=False),
    "sha224": hashlib.sha224,
    "sha-224": hashlib.sha224,
    "sha256": hashlib.sha256,
    "sha-256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha-384": hashlib.sha384,
    "sha512": hashlib.sha512,
    "sha-512": hashlib.sha512,
    "sha3-256": hashlib.sha3_256,
    "sha3-512": hashlib.sha3_512,
    "blake2b-256": partial(hashlib.blake2b, digest_size=32),
    "blake2b-512": partial(hashlib.blake2b, digest_size=64),
}
_FORM: Final = re.compile(r"([a-z0-9-]{1,16})\+([0-9a-f]{40,128})@bob\.xmpp\.org")


class ContentId(NamedTuple):
    """A content id.

    :ivar algorithm: the name of the hash, one of `ALGORITHMS`.
    :ivar digest: the hash, in lower-case hexadecimal digits.
    """

    algorithm: str
    digest: str

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read a content id.

        :raises InvalidValue: it is none, or its hash is none of `ALGORITHMS`. XEP-0231 allows content ids of other
            forms; whether data belong to such a one cannot be known, and so they are refused.
        """
        found = _FORM.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            shown = repr(text)
            shown = shown if len(shown) <= 60 else shown[:57] + "..."
            raise InvalidValue(f"{shown} is no content id of the form algorithm+hash@bob.xmpp.org", "cid")
        algorithm, digest = found.groups()
        make = ALGORITHMS.get(algorithm)
        if make is None:
            raise InvalidValue(f"the hash {algorithm!r} is not known; there are {', '.join(ALGORITHMS)}", "cid")
        if len(digest) != 2 * make(b"").digest_size:
            raise InvalidValue(f"{len(digest)} digits are no {algorithm} hash", "cid")
        return cls(algorithm, digest)

    @classmethod
    def of(cls, data: bytes, algorithm: str = "sha1") -> Self:
        """The content id of some data. Other implementations know ``sha1`` before all others."""
        return cls(algorithm, ALGORITHMS[algorithm](data).hexdigest())

    def fits(self, data: bytes) -> bool:
        """Whether this is the content id of `data`."""
        return hmac.compare_digest(self.of(data, self.algorithm).digest, self.digest)

    def __str__(self) -> str:
        return f"{self.algorithm}+{self.digest}@bob.xmpp.org"
