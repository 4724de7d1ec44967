# SPDX-License-Identifier: MIT
"""The default handlers of XEP-0231's operations: everything is kept in memory, within bounds."""

from __future__ import annotations

import logging
from collections.abc import Callable
from copy import copy
from typing import Final, Protocol

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0231.stanza import BitsOfBinary

__all__ = ["MemoryStore"]

log = logging.getLogger(__name__)

#: What a piece weighs beside its data, in bytes: so that empty ones do not count as nothing.
OVERHEAD: Final = 1024


class Host(Protocol):
    """What is needed of the stream."""

    boundjid: JID
    is_component: bool


class _Room:
    """Pieces by owner and content id, the latest used last."""

    __slots__ = ("_pieces", "weight")

    def __init__(self) -> None:
        self._pieces: dict[tuple[str, str], tuple[BitsOfBinary, int]] = {}
        #: How many bytes they take.
        self.weight = 0

    def put(self, key: tuple[str, str], piece: BitsOfBinary) -> None:
        """Keep a piece."""
        self.drop(key)
        weight = OVERHEAD + len(piece.xml.text or "")
        self._pieces[key] = piece, weight
        self.weight += weight

    def get(self, key: tuple[str, str]) -> BitsOfBinary | None:
        """A piece, which is the latest used from now on."""
        found = self._pieces.pop(key, None)
        if found is None:
            return None
        self._pieces[key] = found
        return found[0]

    def drop(self, key: tuple[str, str]) -> None:
        """Forget a piece."""
        found = self._pieces.pop(key, None)
        if found is not None:
            self.weight -= found[1]

    def shrink(self, weight: int) -> list[str]:
        """Drop what was not used for the longest time until it weighs no more than `weight`; the content ids."""
        dropped = []
        while self.weight > weight:
            key = next(iter(self._pieces))
            self.drop(key)
            dropped.append(key[1])
        return dropped


class MemoryStore:
    """Bits of binary in memory: the program's own, and what it has fetched from others.

    Each of the two has its own room, so that nothing that others do displaces the program's own. When there is no room
    left, what was not used for the longest time goes.

    :param host: the stream.
    :param room: gives the bytes of either room.
    """

    def __init__(self, host: Host, room: Callable[[], int]) -> None:
        self._host = host
        self._size = room
        self._own = _Room()
        self._fetched = _Room()

    def _place(self, jid: JID, cid: str) -> tuple[_Room, tuple[str, str]]:
        """Where a piece belongs. The own pieces hold for whatever resource a client is given, and for all
        addresses of a component."""
        own = self._host.boundjid
        here = jid.domain == own.domain if self._host.is_component else jid in (own, own.bare_jid)
        return (self._own, ("", cid)) if here else (self._fetched, (jid.bare, cid))

    def set_bob(self, jid: JID, node: str, ifrom: JID | None, bob: BitsOfBinary) -> None:
        """Keep `bob`, which belongs to `jid`."""
        room, key = self._place(jid, bob["cid"])
        room.put(key, copy(bob))
        dropped = room.shrink(self._size())
        if dropped and room is self._own:
            log.warning("there was no room left for bits of binary of our own: %s", ", ".join(dropped))

    def get_bob(self, jid: JID, node: str, ifrom: JID | None, cid: str) -> BitsOfBinary | None:
        """The piece `cid` of `jid`; None when it is not here."""
        room, key = self._place(jid, cid)
        found = room.get(key)
        return None if found is None else copy(found)

    def del_bob(self, jid: JID, node: str, ifrom: JID | None, cid: str) -> None:
        """Forget the piece `cid` of `jid`."""
        room, key = self._place(jid, cid)
        room.drop(key)
