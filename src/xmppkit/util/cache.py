# SPDX-License-Identifier: MIT
"""Caches: in memory or in files, for all or for each JID.

What is kept in files survives the program: avatars, capabilities. Keys may come from others (the hash of an avatar, an
address): a file's name is made so that it lies in the cache's directory whatever the key says, and no two keys share a
file. Files are replaced as a whole, so that a reader never sees half of one.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from xmppkit.exceptions import ConfigurationError

__all__ = [
    "Cache",
    "FileSystemCache",
    "FileSystemPerJidCache",
    "MemoryCache",
    "MemoryPerJidCache",
    "PerJidCache",
]

Encode = Callable[[Any], Any]
Decode = Callable[[Any], Any]

#: Characters of a readable file name; below the 255 bytes that file systems allow.
_LONGEST: Final = 100
# What is a file's name as it is: no dot at either end, and no capitals, which some file systems do not tell from small
# letters.
_PLAIN: Final = re.compile(rf"(?=.{{1,{_LONGEST}}}\Z)[a-z0-9_@+=-]+(?:\.[a-z0-9_@+=-]+)*\Z")
#: Names that Windows keeps for devices, with any extension.
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|\Z)")
#: What the name of a file made of a hash begins with; no plain name does.
_HASHED: Final = "%"


class Cache(ABC):
    """Values by a key."""

    @abstractmethod
    def retrieve(self, key: str) -> Any:
        """The value of a key; None when there is none."""

    @abstractmethod
    def store(self, key: str, value: Any) -> bool:
        """Keep a value in place of the one before; whether that worked."""

    @abstractmethod
    def remove(self, key: str) -> bool:
        """Forget a key; whether it is gone, also when it never was there."""


class PerJidCache(ABC):
    """Values by a JID and a key. JIDs are taken as they are written: a full one is another than its bare one."""

    @abstractmethod
    def retrieve_by_jid(self, jid: object, key: str) -> Any:
        """The value of a key for a JID; None when there is none."""

    @abstractmethod
    def store_by_jid(self, jid: object, key: str, value: Any) -> bool:
        """Keep a value in place of the one before; whether that worked."""

    @abstractmethod
    def remove_by_jid(self, jid: object, key: str) -> bool:
        """Forget a key of a JID; whether it is gone, also when it never was there."""


class MemoryCache(Cache):
    """Keeps values as long as the program runs. It has no bound: the program chooses its keys."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def retrieve(self, key: str) -> Any:
        return self._values.get(key)

    def store(self, key: str, value: Any) -> bool:
        self._values[key] = value
        return True

    def remove(self, key: str) -> bool:
        self._values.pop(key, None)
        return True


class MemoryPerJidCache(PerJidCache):
    """Keeps values for each JID as long as the program runs. It has no bound: the program chooses JIDs and keys."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], Any] = {}

    def retrieve_by_jid(self, jid: object, key: str) -> Any:
        return self._values.get((str(jid), key))

    def store_by_jid(self, jid: object, key: str, value: Any) -> bool:
        self._values[str(jid), key] = value
        return True

    def remove_by_jid(self, jid: object, key: str) -> bool:
        self._values.pop((str(jid), key), None)
        return True


def _file_name(key: str) -> str:
    """A file's name for `key`, in no other directory, and no other key's: the key itself if it is plain, else its
    SHA-256 (FIPS 180-4)."""
    if _PLAIN.match(key) and not _DEVICES.match(key):
        return key
    return _HASHED + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


class _Files:
    """Values in the files of a directory.

    :param directory: where caches are.
    :param cache_type: the name of this one, a directory in there; it is made when something is first stored.
    :param encode: makes text, or bytes, of a value; None: values are that already.
    :param decode: the other way. If it raises, what is kept cannot be read, and counts as not there.
    :param binary: values are bytes; otherwise text, kept in UTF-8.
    :raises ConfigurationError: `cache_type` is no name of a directory.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        cache_type: str,
        *,
        encode: Encode | None = None,
        decode: Decode | None = None,
        binary: bool = False,
    ) -> None:
        if cache_type in ("", ".", "..") or re.search(r"[/\\\0]", cache_type):
            raise ConfigurationError(f"cache_type takes the name of one directory, not {cache_type!r}")
        self._directory = Path(directory) / cache_type
        self._encode = encode
        self._decode = decode
        self._binary = binary

    def _read(self, path: Path) -> Any:
        try:
            data = path.read_bytes()
        except OSError:
            return None
        try:
            value = data if self._binary else data.decode("utf-8")
            return value if self._decode is None else self._decode(value)
        except Exception:  # whatever the program's function raises: what cannot be read is fetched again
            return None

    def _write(self, path: Path, value: Any) -> bool:
        encoded = value if self._encode is None else self._encode(value)
        data = encoded if self._binary else encoded.encode("utf-8")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{_HASHED}new-")
        except OSError:
            return False
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
            os.replace(temporary, path)
        except BaseException as error:  # also a value of the wrong type, which the program is to hear of
            with suppress(OSError):
                os.unlink(temporary)
            if not isinstance(error, OSError):
                raise
            return False
        return True

    @staticmethod
    def _delete(path: Path) -> bool:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            return False
        return True


class FileSystemCache(_Files, Cache):
    """Keeps values in files; see `_Files` for what it takes. A failing disk is no error: the value is not there.

    ::

        caps = FileSystemCache("cache", "caps")
        caps.store("hash", "<query/>")
    """

    def retrieve(self, key: str) -> Any:
        return self._read(self._directory / _file_name(key))

    def store(self, key: str, value: Any) -> bool:
        return self._write(self._directory / _file_name(key), value)

    def remove(self, key: str) -> bool:
        return self._delete(self._directory / _file_name(key))


class FileSystemPerJidCache(_Files, PerJidCache):
    """Keeps values in files, in a directory for each JID; see `FileSystemCache`."""

    def _path(self, jid: object, key: str) -> Path:
        return self._directory / _file_name(str(jid)) / _file_name(key)

    def retrieve_by_jid(self, jid: object, key: str) -> Any:
        return self._read(self._path(jid, key))

    def store_by_jid(self, jid: object, key: str, value: Any) -> bool:
        return self._write(self._path(jid, key), value)

    def remove_by_jid(self, jid: object, key: str) -> bool:
        return self._delete(self._path(jid, key))
