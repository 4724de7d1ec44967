# SPDX-License-Identifier: MIT
"""The default handlers of XEP-0153's operations: who has announced which avatar, in memory or in a storage."""

from __future__ import annotations

from typing import Any, Final

from xmppkit.jid.address import JID
from xmppkit.storage.base import Collection, Storage
from xmppkit.storage.records import Full, Limits, Scope

__all__ = ["HASHES", "OPERATIONS", "MemoryHashes", "StoredHashes"]

#: The operations that keep something.
OPERATIONS: Final = frozenset({"set_hash", "get_hash"})
#: Of how many addresses it is known at most; then the one that was heard of longest ago goes.
HASHES: Final = 10_000


class MemoryHashes:
    """The hashes in memory."""

    def __init__(self) -> None:
        self._hashes: dict[str, str] = {}

    def set_hash(self, jid: JID, node: str, ifrom: JID | None, args: str) -> None:
        """Keep which avatar `jid` has: its SHA-1, or ``''`` for none."""
        self._hashes.pop(jid.bare, None)
        self._hashes[jid.bare] = args
        if len(self._hashes) > HASHES:
            del self._hashes[next(iter(self._hashes))]

    def get_hash(self, jid: JID, node: str, ifrom: JID | None, args: object) -> str | None:
        """Which avatar `jid` has: its SHA-1; ``''``: none; None: it is not known."""
        return self._hashes.get(jid.bare)


class StoredHashes:
    """The hashes in a storage, so that only who has another avatar than in the last run is news.

    :param host: the stream.
    :param storage: where they are.
    """

    def __init__(self, host: Any, storage: Storage) -> None:
        self._host = host
        self._storage = storage

    def _place(self) -> Collection:
        limits = Limits(entries=HASHES, when_full=Full.DROP_OLDEST)
        return self._storage.collection("xep_0153.hashes", Scope(self._host.boundjid.bare), limits=limits)

    async def set_hash(self, jid: JID, node: str, ifrom: JID | None, args: str) -> None:
        """Keep which avatar `jid` has: its SHA-1, or ``''`` for none."""
        await self._place().put(jid.bare, args)

    async def get_hash(self, jid: JID, node: str, ifrom: JID | None, args: object) -> str | None:
        """Which avatar `jid` has: its SHA-1; ``''``: none; None: it is not known."""
        found = await self._place().get(jid.bare)
        return found if isinstance(found, str) else None
