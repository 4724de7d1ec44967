# SPDX-License-Identifier: MIT
"""Rosters in a storage: the backend that `BaseXMPP.use_storage` gives them."""

from __future__ import annotations

from typing import Final

from xmppkit.storage.base import Collection, Storage
from xmppkit.storage.records import Limits, Scope
from xmppkit.types import JidStr, RosterState

__all__ = ["StorageRoster"]

#: The bounds of one roster. Contacts are the program's and its server's to add, so they are wide.
LIMITS: Final = Limits(entries=1_000_000)


class StorageRoster:
    """Keeps rosters in a storage; a `xmppkit.roster.backend.RosterBackend` with versions (RFC 6121 §2.6).

    :param storage: where they are.
    """

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def _contacts(self, owner: JidStr) -> Collection:
        return self.storage.collection("roster", Scope(str(owner)), limits=LIMITS)

    def _versions(self) -> Collection:
        return self.storage.collection("roster.version", limits=LIMITS)

    async def entries(self, owner_jid: JidStr, db_state: dict[str, object] | None) -> list[str]:
        """The bare JIDs of an owner's contacts, in the order in which they were added."""
        return await self._contacts(owner_jid).keys()

    async def load(self, owner_jid: JidStr, jid: JidStr, db_state: dict[str, object]) -> RosterState | None:
        """A contact; None when it is not known."""
        found = await self._contacts(owner_jid).get(str(jid))
        return found if isinstance(found, dict) else None

    async def save(self, owner_jid: JidStr, jid: JidStr, item_state: RosterState, db_state: dict[str, object]) -> None:
        """Keep a contact, or forget it when it is removed."""
        contacts = self._contacts(owner_jid)
        if item_state.get("removed"):
            await contacts.delete(str(jid))
        else:
            await contacts.put(str(jid), dict(item_state))

    async def version(self, owner: str) -> str:
        """The version of an owner's roster; empty: none."""
        return str(await self._versions().get(owner, ""))

    async def set_version(self, owner: str, version: str) -> None:
        """Keep the version. The contacts that it speaks of were saved before it."""
        await self._versions().put(owner, version)
