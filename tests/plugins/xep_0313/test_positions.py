# SPDX-License-Identifier: MIT
"""Where timelines go on: in memory and in a storage."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0313.entries import NOWHERE, Position
from xmppkit.plugins.xep_0313.positions import StoredPositions
from xmppkit.storage.memory import MemoryStorage

OWN, ROOM = JID("romeo@montague.lit/home"), JID("coven@muc.lit")
STAMP = datetime.datetime(2010, 7, 10, 23, 0, 0, 5, tzinfo=datetime.UTC)


@pytest.mark.parametrize("stored", [False, True])
async def test_they_are_kept_apart(network: Any, stored: bool) -> None:
    romeo = network.join(str(OWN), "xep_0313")
    if stored:
        romeo.use_storage(MemoryStorage())
    api = romeo.plugin["xep_0313"].api
    own = JID(OWN.bare)

    async def get(name: str, archive: JID) -> Any:
        return await api["get_position"](own, name, None, {"archive": archive})

    async def put(name: str, archive: JID, position: Position) -> None:
        await api["set_position"](own, name, None, {"archive": archive, "position": position})

    kept = {("", own): Position("1", STAMP, ("a", "b")), ("x", own): NOWHERE, ("", ROOM): Position(None, STAMP)}
    for where, position in kept.items():
        assert await get(*where) is None
        await put(*where, position)
    assert {where: await get(*where) for where in kept} == kept
    await put("", own, Position("2", None))
    assert await get("", own) == Position("2", None)
    assert await get("x", ROOM) is None


async def test_what_was_not_written_here_is_none() -> None:
    storage = MemoryStorage()
    positions = StoredPositions(storage)
    await positions._place(OWN, "", {"archive": ROOM}).put("position", "nonsense")
    assert await positions.get_position(OWN, "", None, {"archive": ROOM}) is None
