# SPDX-License-Identifier: MIT
"""The key sequence that protects a session whose HTTP is not encrypted (XEP-0124 §15): who listens cannot send.

Each request shows a key whose hash is the one shown before. Keys come out in the reverse of the order in which they
are made, so nobody can tell the next.
"""

from __future__ import annotations

import hmac
from hashlib import sha1

__all__ = ["KeyCheck", "KeySequence"]


def _next(key: str) -> str:
    return sha1(key.encode(), usedforsecurity=False).hexdigest()  # XEP-0124 §15.3 asks for SHA-1


class KeySequence:
    """The client's half: the keys of one sequence.

    :param seed: cannot be guessed.
    :param length: keys; not a number that can be guessed either. At least 2.
    """

    __slots__ = ("_keys",)

    def __init__(self, seed: str, length: int) -> None:
        key, keys = seed, []
        for _ in range(max(2, length)):
            key = _next(key)
            keys.append(key)
        self._keys = keys

    def take(self) -> str:
        """The next key: the first one taken is that of the attribute ``newkey``."""
        return self._keys.pop()

    def __len__(self) -> int:
        """Keys that are left."""
        return len(self._keys)


class KeyCheck:
    """The server's half.

    :param newkey: of the request that has made the session; None: it uses no keys.
    """

    __slots__ = ("_expected",)

    def __init__(self, newkey: str | None) -> None:
        self._expected = newkey

    def accepts(self, key: str | None, newkey: str | None) -> bool:
        """Whether a request with these attributes is the client's; if so, the next one must fit to it."""
        if self._expected is None:
            return True
        if key is None or not hmac.compare_digest(_next(key).encode(), self._expected.lower().encode()):
            return False
        self._expected = newkey if newkey is not None else key
        return True
