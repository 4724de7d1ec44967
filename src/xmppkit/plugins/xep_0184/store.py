# SPDX-License-Identifier: MIT
"""The default handlers of XEP-0184's operations: from whom receipts were asked, in memory or in a storage."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from xmppkit.jid.address import JID

if TYPE_CHECKING:
    from xmppkit.storage.base import Collection, Storage

__all__ = ["OPERATIONS", "MemoryRequests", "StoredRequests"]

#: The operations that keep something.
OPERATIONS: Final = frozenset({"set_request", "get_request"})
#: Seconds for which a storage keeps that a receipt was asked for. Who was away longer has missed more than that.
AGE: Final = 30 * 86400.0


class MemoryRequests:
    """The latest requests, in memory.

    :param limit: gives how many.
    """

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        self._asked: dict[tuple[str, str, str], JID] = {}

    def set_request(self, jid: JID, node: str, ifrom: JID | None, args: str) -> None:
        """Keep that `ifrom` has asked `jid` for a receipt of the message with the id `args`."""
        self._asked[_own(ifrom), jid.bare, args] = jid
        if len(self._asked) > self._limit():
            del self._asked[next(iter(self._asked))]

    def get_request(self, jid: JID, node: str, ifrom: JID | None, args: str) -> JID | None:
        """Whom of the account or room of `jid` `ifrom` has asked for a receipt of the message with the id `args`; None:
        nobody."""
        return self._asked.get((_own(ifrom), jid.bare, args))


class StoredRequests:
    """The latest requests, in a storage.

    :param host: the stream.
    :param limit: gives how many.
    :param storage: where they are.
    """

    def __init__(self, host: Any, limit: Callable[[], int], storage: Storage) -> None:
        self._host = host
        self._limit = limit
        self._storage = storage

    def _place(self) -> Collection:
        from xmppkit.storage.records import Full, Limits, Scope  # who has a storage has loaded this

        limits = Limits(entries=self._limit(), when_full=Full.DROP_OLDEST)
        return self._storage.collection("xep_0184.requests", Scope(self._host.boundjid.bare), limits=limits)

    async def set_request(self, jid: JID, node: str, ifrom: JID | None, args: str) -> None:
        """Keep that `ifrom` has asked `jid` for a receipt of the message with the id `args`, for 30 days."""
        await self._place().put(_key(jid, ifrom, args), jid.full, expires_in=AGE)

    async def get_request(self, jid: JID, node: str, ifrom: JID | None, args: str) -> JID | None:
        """Whom of the account or room of `jid` `ifrom` has asked for a receipt of the message with the id `args`; None:
        nobody."""
        found = await self._place().get(_key(jid, ifrom, args))
        return JID(found) if isinstance(found, str) else None


def _own(ifrom: JID | None) -> str:
    return ifrom.bare if ifrom else ""


def _key(jid: JID, ifrom: JID | None, id_: str) -> str:
    """A key of bounded length, whatever somebody says to be an id."""
    import hashlib  # only who keeps them in a storage pays for loading it

    return hashlib.sha256("\n".join((_own(ifrom), jid.bare, id_)).encode()).hexdigest()
