# SPDX-License-Identifier: MIT
"""Ids for stanzas: 128 bits from the operating system, fetched for many at a time."""

from __future__ import annotations

import os

__all__ = ["random_id"]

#: Ids that are made at once.
_BATCH = 64
_ids: list[str] = []


def random_id() -> str:
    """An id that nobody can guess: 32 hexadecimal digits."""
    if not _ids:
        digits = os.urandom(16 * _BATCH).hex()
        _ids.extend(digits[start : start + 32] for start in range(0, len(digits), 32))
    return _ids.pop()


# A child process must not give out the ids that its parent gives out too.
os.register_at_fork(after_in_child=_ids.clear)
