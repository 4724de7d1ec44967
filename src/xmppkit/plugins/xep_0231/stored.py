# SPDX-License-Identifier: MIT
"""The handlers of XEP-0231's operations for a stream that has a storage."""

from __future__ import annotations

import logging
from collections.abc import Callable

from xmppkit.exceptions import StorageFull
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0231.stanza import BitsOfBinary
from xmppkit.plugins.xep_0231.store import OVERHEAD, Host
from xmppkit.storage.base import Collection, Storage
from xmppkit.storage.records import Full, Limits, Scope

__all__ = ["StoredPieces"]

log = logging.getLogger(__name__)


class StoredPieces:
    """Bits of binary in a storage: the program's own, and what it has fetched from others, in a collection each, so
    that nothing that others do displaces the program's own. When one is full, what was written longest ago goes.

    :param host: the stream.
    :param room: gives the bytes that either collection may have.
    :param storage: where they are.
    """

    def __init__(self, host: Host, room: Callable[[], int], storage: Storage) -> None:
        self._host = host
        self._room = room
        self._storage = storage

    def _place(self, jid: JID) -> Collection:
        """Where the pieces of `jid` are. The own ones hold for whatever resource a client is given, and for all
        addresses of a component."""
        own, room = self._host.boundjid, self._room()
        limits = Limits(room, room // OVERHEAD, room, Full.DROP_OLDEST)
        if self._host.is_component:
            owner, here = own.domain, jid.domain == own.domain
        else:
            owner, here = own.bare, jid in (own, own.bare_jid)
        if here:
            return self._storage.collection("xep_0231.own", Scope(owner), limits=limits)
        return self._storage.collection("xep_0231.fetched", Scope(owner, jid.bare), limits=limits)

    async def set_bob(self, jid: JID, node: str, ifrom: JID | None, bob: BitsOfBinary) -> None:
        """Keep `bob`, which belongs to `jid`. Somebody else's is kept as long as its ``max_age`` allows."""
        place = self._place(jid)
        value = {"type": bob["type"], "max_age": bob.max_age, "data": bob.xml.text or ""}
        try:
            await place.put(bob["cid"], value, expires_in=bob.max_age if place.place.scope.jid else None)
        except StorageFull as error:
            log.warning("bits of binary are not kept, see the option max_stored: %s", error)

    async def get_bob(self, jid: JID, node: str, ifrom: JID | None, cid: str) -> BitsOfBinary | None:
        """The piece `cid` of `jid`; None when it is not here."""
        value = await self._place(jid).get(cid)
        if not isinstance(value, dict):
            return None
        bob = BitsOfBinary()
        bob["cid"], bob["type"], bob["max_age"] = cid, value["type"], value["max_age"]
        bob.xml.text = str(value["data"])
        return bob

    async def del_bob(self, jid: JID, node: str, ifrom: JID | None, cid: str) -> None:
        """Forget the piece `cid` of `jid`."""
        await self._place(jid).delete(cid)
