# SPDX-License-Identifier: MIT
"""Where timelines go on: the default handlers of the operations ``get_position`` and ``set_position``."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Final

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0313.entries import Position
from xmppkit.storage.base import Collection, Storage
from xmppkit.storage.records import Scope, Value

__all__ = ["OPERATIONS", "MemoryPositions", "StoredPositions"]

OPERATIONS: Final = frozenset({"get_position", "set_position"})
_KEY: Final = "position"

Data = Mapping[str, Any]


class MemoryPositions:
    """Positions in memory: a timeline that is opened again goes on, a program that runs again does not.

    `jid` is whose timeline it is, `node` its name; `args` has the ``archive``, and the ``position`` to set.
    """

    def __init__(self) -> None:
        self._positions: dict[tuple[str, str, str], Position] = {}

    def get_position(self, jid: JID, node: str, ifrom: JID | None, args: Data) -> Position | None:
        """The position; None when there is none."""
        return self._positions.get((jid.bare, node, args["archive"].full))

    def set_position(self, jid: JID, node: str, ifrom: JID | None, args: Data) -> None:
        """Keep a position."""
        self._positions[jid.bare, node, args["archive"].full] = args["position"]


class StoredPositions:
    """Positions in a storage.

    :param storage: where they are.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def _place(self, jid: JID, node: str, args: Data) -> Collection:
        return self._storage.collection("xep_0313.positions", Scope(jid.bare, args["archive"].full, node))

    async def get_position(self, jid: JID, node: str, ifrom: JID | None, args: Data) -> Position | None:
        """The position; None when there is none."""
        value = await self._place(jid, node, args).get(_KEY)
        if not isinstance(value, dict):
            return None
        stamp: Any = value["stamp"]
        pending: Any = value["pending"]
        moment = None if stamp is None else datetime.datetime.fromisoformat(stamp)
        return Position(None if value["id"] is None else str(value["id"]), moment, tuple(pending))

    async def set_position(self, jid: JID, node: str, ifrom: JID | None, args: Data) -> None:
        """Keep a position."""
        position: Position = args["position"]
        stamp = None if position.stamp is None else position.stamp.isoformat()
        value: Value = {"id": position.id, "stamp": stamp, "pending": list(position.pending)}
        await self._place(jid, node, args).put(_KEY, value)
