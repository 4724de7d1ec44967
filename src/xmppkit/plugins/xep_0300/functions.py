# SPDX-License-Identifier: MIT
"""The hash functions by the names that XMPP gives them (XEP-0300 §3, §9.3), in constant memory."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from xmppkit.exceptions import InvalidValue

__all__ = ["FUNCTIONS", "Running", "blocks", "canonical", "digest_file", "digests"]


class Running(Protocol):
    """A hash that is being computed, as those of hashlib."""

    def update(self, data: bytes, /) -> None:
        """Take more data."""

    def digest(self) -> bytes:
        """The hash of what was taken."""


def _blake(size: int) -> Callable[[], Running]:
    return lambda: hashlib.blake2b(digest_size=size)


#: The functions, by name. MD5 and older ones are not among them: their hashes prove nothing.
FUNCTIONS: Final[dict[str, Callable[[], Running]]] = {
    "sha-1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha-224": hashlib.sha224,
    "sha-256": hashlib.sha256,
    "sha-384": hashlib.sha384,
    "sha-512": hashlib.sha512,
    "sha3-224": hashlib.sha3_224,
    "sha3-256": hashlib.sha3_256,
    "sha3-384": hashlib.sha3_384,
    "sha3-512": hashlib.sha3_512,
    "blake2b-160": _blake(20),
    "blake2b-256": _blake(32),
    "blake2b-384": _blake(48),
    "blake2b-512": _blake(64),
}


def canonical(name: str | None) -> str | None:
    """The name in `FUNCTIONS` of a function that is called so; None if there is none.

    BLAKE2 has three names: ``blake2b-256`` in XEP-0300 §3, ``id-blake2b256`` in its registry, ``BLAKE2b256`` in use.
    """
    plain = (name or "").lower().removeprefix("id-")
    if plain.startswith("blake2b") and plain[7:8] != "-":
        plain = f"blake2b-{plain[7:]}"
    return plain if plain in FUNCTIONS else None


def _start(names: Iterable[str]) -> dict[str, Running]:
    running = {}
    for name in names:
        known = canonical(name)
        if known is None:
            raise InvalidValue(f"there is no hash function {name!r}; there are {', '.join(FUNCTIONS)}", "function")
        running[name] = FUNCTIONS[known]()
    return running


def blocks(file: BinaryIO, size: int) -> Iterator[bytes]:
    """What a file holds from where it stands, in blocks of at most `size` bytes."""
    while block := file.read(size):
        yield block


def digests(content: Iterable[bytes], names: Iterable[str]) -> dict[str, bytes]:
    """The hashes of all of `content`, in one pass, by the names asked for.

    :raises InvalidValue: there is no such function.
    """
    running = _start(names)
    for block in content:
        for each in running.values():
            each.update(block)
    return {name: each.digest() for name, each in running.items()}


async def digest_file(path: str | Path, names: Iterable[str], block_size: int) -> dict[str, bytes]:
    """The hashes of a file, computed in a thread, so that the event loop goes on. When the coroutine is cancelled, the
    thread ends after the block that it is at.

    :raises InvalidValue: there is no such function.
    :raises OSError: the file cannot be read.
    """
    wanted = list(names)
    stopped = threading.Event()

    def work() -> dict[str, bytes]:
        with open(path, "rb") as file:
            return digests((block for block in blocks(file, block_size) if not _is_over(stopped)), wanted)

    try:
        return await asyncio.to_thread(work)
    finally:
        stopped.set()


def _is_over(stopped: threading.Event) -> bool:
    if stopped.is_set():
        raise asyncio.CancelledError
    return False
