# SPDX-License-Identifier: MIT
"""The default handlers of XEP-0054's operations: vCards in memory, or in the stream's storage.

Our own are kept until they are deleted. Those of others are kept for a while, within bounds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from copy import copy
from typing import Any, Final
from xml.etree.ElementTree import fromstring

from xmppkit.exceptions import StorageFull
from xmppkit.jid.address import JID
from xmppkit.plugins.base.origin import is_own
from xmppkit.plugins.xep_0054.stanza import VCardTemp
from xmppkit.storage.base import Collection, Storage
from xmppkit.storage.records import Full, Limits, Scope

__all__ = ["MemoryCards", "StoredCards"]

log = logging.getLogger(__name__)

#: What a vCard weighs beside its text, in bytes: so that empty ones do not count as nothing.
OVERHEAD: Final = 1024


class MemoryCards:
    """vCards in memory.

    :param host: the stream.
    :param room: gives the bytes that those of others may have together. Then what was fetched longest ago goes.
    :param age: gives the seconds for which those of others are kept.
    """

    def __init__(self, host: Any, room: Callable[[], int], age: Callable[[], float]) -> None:
        self._host = host
        self._room = room
        self._age = age
        self._own: dict[str, VCardTemp] = {}
        #: vCard, weight, and when it is too old, by address.
        self._fetched: dict[str, tuple[VCardTemp, int, float]] = {}
        self._weight = 0

    def set_vcard(self, jid: JID, node: str, ifrom: JID | None, vcard: VCardTemp) -> None:
        """Keep the vCard of `jid`."""
        kept = copy(vcard)
        if is_own(self._host, jid):
            self._own[jid.bare] = kept
            return
        self._drop(jid.bare)
        weight = OVERHEAD + len(str(kept))
        self._fetched[jid.bare] = kept, weight, self._host.loop.time() + self._age()
        self._weight += weight
        while self._weight > self._room():
            self._drop(next(iter(self._fetched)))

    def get_vcard(self, jid: JID, node: str, ifrom: JID | None, args: object) -> VCardTemp | None:
        """The vCard of `jid`; None when it is not here."""
        if is_own(self._host, jid):
            own = self._own.get(jid.bare)
            return None if own is None else copy(own)
        found = self._fetched.get(jid.bare)
        if found is None:
            return None
        if found[2] <= self._host.loop.time():
            self._drop(jid.bare)
            return None
        return copy(found[0])

    def del_vcard(self, jid: JID, node: str, ifrom: JID | None, args: object) -> None:
        """Forget the vCard of `jid`."""
        self._own.pop(jid.bare, None)
        self._drop(jid.bare)

    def _drop(self, bare: str) -> None:
        found = self._fetched.pop(bare, None)
        if found is not None:
            self._weight -= found[1]


class StoredCards:
    """vCards in a storage, our own and those of others in a collection each.

    :param storage: where they are. The other parameters are those of `MemoryCards`.
    """

    def __init__(self, host: Any, room: Callable[[], int], age: Callable[[], float], storage: Storage) -> None:
        self._host = host
        self._room = room
        self._age = age
        self._storage = storage

    def _place(self, own: bool) -> Collection:
        bound = self._host.boundjid
        owner = bound.domain if self._host.is_component else bound.bare
        if own:
            return self._storage.collection("xep_0054.own", Scope(owner))
        room = self._room()
        limits = Limits(max(1, room), max(1, room // OVERHEAD), max(1, room), Full.DROP_OLDEST)
        return self._storage.collection("xep_0054.fetched", Scope(owner), limits=limits)

    async def set_vcard(self, jid: JID, node: str, ifrom: JID | None, vcard: VCardTemp) -> None:
        """Keep the vCard of `jid`. One of somebody else for which there is no room is not kept.

        :raises StorageFull: there is no room for one of our own.
        """
        own = is_own(self._host, jid)
        try:
            await self._place(own).put(jid.bare, str(vcard), expires_in=None if own else self._age())
        except StorageFull as error:
            if own:
                raise
            log.warning("the vCard of %s is not kept, see the option max_stored: %s", jid.bare, error)

    async def get_vcard(self, jid: JID, node: str, ifrom: JID | None, args: object) -> VCardTemp | None:
        """The vCard of `jid`; None when it is not here."""
        found = await self._place(is_own(self._host, jid)).get(jid.bare)
        return VCardTemp(xml=fromstring(found)) if isinstance(found, str) else None  # noqa: S314  # we wrote it

    async def del_vcard(self, jid: JID, node: str, ifrom: JID | None, args: object) -> None:
        """Forget the vCard of `jid`."""
        await self._place(is_own(self._host, jid)).delete(jid.bare)
