# SPDX-License-Identifier: MIT
"""Rosters in a storage: what one process saves, the next one has."""

from __future__ import annotations

from pathlib import Path

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.roster.stored import StorageRoster
from xmppkit.storage.memory import MemoryStorage


async def test_a_contact() -> None:
    db = StorageRoster(MemoryStorage())
    assert await db.load("me@here.lit", "you@there.lit", {}) is None
    state = {"name": "You", "groups": ["friends"], "removed": False}
    await db.save("me@here.lit", "you@there.lit", state, {})
    assert await db.load("me@here.lit", "you@there.lit", {}) == state
    assert await db.entries("me@here.lit", None) == ["you@there.lit"]
    assert await db.entries("other@here.lit", None) == []
    await db.save("me@here.lit", "you@there.lit", {**state, "removed": True}, {})
    assert await db.entries("me@here.lit", {}) == []


async def test_versions() -> None:
    db = StorageRoster(MemoryStorage())
    assert await db.version("me@here.lit") == ""
    await db.set_version("me@here.lit", "v1")
    assert await db.version("me@here.lit") == "v1"
    assert await db.version("other@here.lit") == ""


async def test_a_new_client_has_the_contacts(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    first = ClientXMPP("me@here.lit", "secret")
    first.use_storage(url)
    first.client_roster.add("you@there.lit", name="You", groups=["friends"], ato=True, save=True)
    first.client_roster.version = "v7"
    await first._background_over()
    second = ClientXMPP("me@here.lit", "secret")
    second.use_storage(url)
    await second.roster.settled()
    contact = second.client_roster["you@there.lit"]
    assert (contact["name"], contact["groups"], contact["subscription"]) == ("You", ["friends"], "to")
    assert second.client_roster.version == "v7"
    await second._background_over()
