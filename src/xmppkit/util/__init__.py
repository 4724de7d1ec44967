# SPDX-License-Identifier: MIT
"""Small things that programs for slixmpp import from ``slixmpp.util``: conversions, hash functions, caches.

Each is loaded when it is first used, and lives in a module below.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xmppkit.util.cache import (
        Cache,
        FileSystemCache,
        FileSystemPerJidCache,
        MemoryCache,
        MemoryPerJidCache,
        PerJidCache,
    )
    from xmppkit.util.misc_ops import XOR, bytes, bytes_to_num, hash, hashes, num_to_bytes, quote, unicode

__all__ = [
    "XOR",
    "Cache",
    "FileSystemCache",
    "FileSystemPerJidCache",
    "MemoryCache",
    "MemoryPerJidCache",
    "PerJidCache",
    "bytes",
    "bytes_to_num",
    "hash",
    "hashes",
    "num_to_bytes",
    "quote",
    "unicode",
]

_MODULES = frozenset({"cache", "misc_ops", "sasl", "stringprep_profiles"})


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "cache" if name.endswith("Cache") else "misc_ops"
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
