# SPDX-License-Identifier: MIT
"""Hashes (XEP-0300): computing and checking them."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Final

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.base import BasePlugin, Option, register_plugin
from xmppkit.plugins.xep_0300 import stanza
from xmppkit.plugins.xep_0300.functions import FUNCTIONS, blocks, canonical, digest_file, digests
from xmppkit.plugins.xep_0300.stanza import HASHES, Hash

__all__ = ["XEP_0300"]

#: The functions that can be switched on and off, and whether they are on.
_SWITCHES: Final = {
    "sha-1": False,  # two contents with one hash have been found
    "sha-256": True,
    "sha-512": True,
    "sha3-256": True,
    "sha3-512": True,
    "BLAKE2b256": True,
    "BLAKE2b512": True,
}
_NAMES: Final = "urn:xmpp:hash-function-text-names:"


class XEP_0300(BasePlugin):  # noqa: N801  # slixmpp's name
    """Hashes.

    An option ``enable_NAME`` for each of sha-1, sha-256, sha-512, sha3-256, sha3-512, BLAKE2b256 and BLAKE2b512 says
    whether that function is announced, and whether `verify` believes it. All are on but sha-1.
    """

    name = "xep_0300"
    description = "XEP-0300: Use of Cryptographic Hash Functions in XMPP"
    dependencies = frozenset({"xep_0030"})
    stanza = stanza
    default_config: Mapping[str, Any] = MappingProxyType({f"enable_{name}": on for name, on in _SWITCHES.items()})

    block_size = Option(int, 1024 * 1024, minimum=1, doc="the bytes of a file that are in memory at a time")
    preferred = Option(
        str, "sha-256", choices=[*FUNCTIONS, *_SWITCHES], doc="the function that is used if none is said"
    )

    def plugin_init(self) -> None:
        """Announce what is switched on."""
        names = [name for name in _SWITCHES if self.config[f"enable_{name}"]]
        # BLAKE2 also by the name that the XEP itself gives it.
        names += [f"{canonical(name)}" for name in names if name.startswith("BLAKE")]
        self.disco_features = (HASHES, *(_NAMES + name for name in names))

    def _is_believed(self, name: str | None) -> bool:
        known = canonical(name)
        switches = {canonical(each): self.config[f"enable_{each}"] for each in _SWITCHES}
        return known is not None and bool(switches.get(known, True))

    # --- computing ----------------------------------------------------------------------------------------

    def compute_hash(
        self,
        filename: str | Path | None = None,
        function: str | None = None,
        *,
        data: bytes | None = None,
        file: BinaryIO | None = None,
    ) -> Hash:
        """The hash of a file or of data. It reads in blocks of `block_size`, and nothing else happens meanwhile: in a
        coroutine, `hash_file` is for files.

        :param filename: the file.
        :param function: the function, as ``sha-256``; None: the `preferred` one.
        :param data: the data instead of a file.
        :param file: an open file instead; it is read from where it stands to its end.
        :raises InvalidValue: there is no such function, or not exactly one thing to hash.
        :raises OSError: the file cannot be read.
        """
        if sum(each is not None for each in (filename, data, file)) != 1:
            raise InvalidValue("it takes a filename, data or a file", "XEP_0300.compute_hash")
        name = function or self.preferred
        if filename is not None:
            with open(filename, "rb") as opened:
                found = digests(blocks(opened, self.block_size), [name])
        else:
            found = digests([data or b""] if file is None else blocks(file, self.block_size), [name])
        return _made(name, found[name])

    async def hash_file(self, filename: str | Path, *functions: str) -> list[Hash]:
        """The hashes of a file, computed in a thread, in one pass and in blocks of `block_size`.

        :param filename: the file.
        :param functions: the functions, as ``sha-256``; none: the `preferred` one.
        :returns: a hash for each function, in their order.
        :raises InvalidValue: there is no such function.
        :raises OSError: the file cannot be read.
        """
        found = await digest_file(filename, functions or [self.preferred], self.block_size)
        return [_made(name, digest) for name, digest in found.items()]

    # --- checking -----------------------------------------------------------------------------------------

    def verify(self, hashes: Hash | Iterable[Hash], data: bytes) -> bool:
        """Whether data is what hashes say, as those that came with a file.

        True if at least one of them is of a function that is switched on, and each such one is right. Hashes of other
        functions prove nothing, and several of one function contradict each other.

        :param hashes: the hashes.
        :param data: what they are said to be of.
        """
        expected = self._expected(hashes)
        return bool(expected) and _agree(expected, digests([data], expected))

    async def verify_file(self, hashes: Hash | Iterable[Hash], filename: str | Path) -> bool:
        """The same of a file, computed in a thread.

        :raises OSError: the file cannot be read.
        """
        expected = self._expected(hashes)
        return bool(expected) and _agree(expected, await digest_file(filename, expected, self.block_size))

    def _expected(self, hashes: Hash | Iterable[Hash]) -> dict[str, bytes]:
        """The hashes that count, by function; empty if they contradict each other."""
        expected: dict[str, bytes] = {}
        for each in [hashes] if isinstance(hashes, Hash) else hashes:
            name = canonical(each.algo)
            if name is None or not self._is_believed(name):
                continue
            digest = each.digest or b""
            if expected.setdefault(name, digest) != digest:
                return {}
        return expected


def _agree(expected: dict[str, bytes], found: dict[str, bytes]) -> bool:
    return all(hmac.compare_digest(expected[name], digest) for name, digest in found.items())


def _made(name: str, digest: bytes) -> Hash:
    made = Hash()
    made.algo, made.digest = name, digest
    return made


register_plugin(XEP_0300)
