# SPDX-License-Identifier: MIT
"""Opening a storage by its URL."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from xmppkit.exceptions import ConfigurationError
from xmppkit.storage.base import Storage
from xmppkit.storage.memory import MemoryStorage

__all__ = ["Opener", "open_storage", "register_scheme"]

#: Makes a storage of a URL, with the clock by which entries expire. It opens itself later.
Opener: TypeAlias = Callable[[str, Callable[[], float]], Storage]

_YES_OR_NO: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def open_storage(url: str, *, clock: Callable[[], float] = time.time) -> Storage:
    """The storage of a URL. It is opened when it is first used, or by ``async with``.

    ==================================  ==============================================================================
    URL                                 what it is
    ==================================  ==============================================================================
    ``memory:``                         a `MemoryStorage`
    ``sqlite:///bot.db``                a `SQLiteStorage` in a file of the current directory
    ``sqlite:////var/lib/bot.db``       one at an absolute path: four slashes
    ``sqlite:///bot.db?durable=true``   one that waits for the disk; ``busy_timeout=10`` can be given as well
    ==================================  ==============================================================================

    Others are what `register_scheme` was given.

    :raises ConfigurationError: the URL says nothing that is known.
    """
    scheme, colon, _ = url.partition(":")
    opener = _SCHEMES.get(scheme.lower()) if colon else None
    if opener is None:
        known = ", ".join(f"{name}:" for name in sorted(_SCHEMES))
        more = "" if colon else f"; for a file write sqlite:///{url}"
        raise ConfigurationError(
            f"there is no storage for {_shown(url)!r}: there are {known}{more}. "
            "Another one is made known with xmppkit.storage.schemes.register_scheme"
        )
    return opener(url, clock)


def register_scheme(scheme: str, opener: Opener) -> None:
    """Make URLs of a scheme known to `open_storage`, in place of what was registered for it before.

    :param scheme: as ``redis``.
    :param opener: makes a storage of the URL and the clock; it raises `ConfigurationError` for a URL that it does not
        understand.
    """
    _SCHEMES[scheme.lower()] = opener


def _shown(url: str) -> str:
    """A URL without what may be a password."""
    head, at, tail = url.rpartition("@")
    return f"{head.partition('//')[0]}//...@{tail}" if at else url


def _memory(url: str, clock: Callable[[], float]) -> Storage:
    if url.partition(":")[2].strip("/"):
        raise ConfigurationError(f"memory: has nothing behind it, unlike {url!r}")
    return MemoryStorage(clock=clock)


def _sqlite(url: str, clock: Callable[[], float]) -> Storage:
    from xmppkit.storage.sqlite import BUSY_TIMEOUT, SQLiteStorage  # most programs need no SQLite

    parts = urlsplit(url)
    if parts.netloc or len(parts.path) < 2 or not parts.path.startswith("/"):
        raise ConfigurationError(
            f"{url!r} names no file: sqlite:///bot.db is one in the current directory, sqlite:////srv/bot.db one at an "
            "absolute path"
        )
    durable, busy_timeout = False, BUSY_TIMEOUT
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        try:
            if name == "durable":
                durable = _YES_OR_NO[value.lower()]
            elif name == "busy_timeout" and float(value) >= 0:
                busy_timeout = float(value)
            else:
                raise KeyError(name)
        except (KeyError, ValueError):
            raise ConfigurationError(
                f"{url!r}: {name}={value} is not understood; there are durable=true or false, and busy_timeout=SECONDS"
            ) from None
    return SQLiteStorage(unquote(parts.path[1:]), durable=durable, busy_timeout=busy_timeout, clock=clock)


_SCHEMES: dict[str, Opener] = {"memory": _memory, "sqlite": _sqlite}
