# SPDX-License-Identifier: MIT
"""The default handlers of XEP-0077's operations: who is registered, in memory or in a storage, within bounds."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Final

from xmppkit.exceptions import StorageFull, XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0077.registration import values_of
from xmppkit.plugins.xep_0077.stanza import Register

if TYPE_CHECKING:
    from xmppkit.storage.base import Collection as Stored
    from xmppkit.storage.base import Storage

__all__ = ["MAX_TEXT", "OPERATIONS", "MemoryUsers", "StoredUsers"]

#: The operations that keep something.
OPERATIONS: Final = frozenset({"user_get", "user_remove", "user_validate"})
#: Characters that a value may have.
MAX_TEXT: Final = 1024


class Rules:
    """What is kept of whom.

    :param fields: gives the names of the fields that are kept.
    :param most: gives how many users there may be.
    """

    def __init__(self, fields: Callable[[], Collection[str]], most: Callable[[], int]) -> None:
        self._fields = fields
        self.most = most

    def record(self, registration: Register) -> dict[str, str]:
        """What is kept.

        :raises ValueError: something is missing, or too long.
        """
        values = values_of(registration)
        record = {name: values.get(name, "") for name in sorted(self._fields())}
        missing = ", ".join(name for name, value in record.items() if not value)
        if missing:
            raise ValueError(f"please fill in: {missing}")
        too_long = ", ".join(name for name, value in record.items() if len(value) > MAX_TEXT)
        if too_long:
            raise ValueError(f"too long: {too_long}")
        return record


class MemoryUsers:
    """Users in memory.

    :param rules: what is kept of whom.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        #: What is known, by bare address.
        self.users: dict[str, dict[str, str]] = {}

    def user_get(self, jid: JID, node: str, ifrom: JID, args: object) -> dict[str, str] | None:
        """What is known of `ifrom`; None: nothing."""
        found = self.users.get(ifrom.bare)
        return None if found is None else dict(found)

    def user_remove(self, jid: JID, node: str, ifrom: JID, args: object) -> None:
        """Forget `ifrom`; KeyError when nothing was known."""
        del self.users[ifrom.bare]

    def user_validate(self, jid: JID, node: str, ifrom: JID, args: Register) -> None:
        """Keep what `ifrom` has sent; ValueError when it will not do, with what is wrong for people."""
        record = self._rules.record(args)
        if ifrom.bare not in self.users and len(self.users) >= self._rules.most():
            raise _full()
        self.users[ifrom.bare] = record


class StoredUsers:
    """Users in a storage.

    :param host: the stream.
    :param rules: what is kept of whom.
    :param storage: where they are.
    """

    def __init__(self, host: Any, rules: Rules, storage: Storage) -> None:
        self._host = host
        self._rules = rules
        self._storage = storage

    def _place(self) -> Stored:
        from xmppkit.storage.records import Limits, Scope  # who has a storage has loaded this

        limits = Limits(entries=self._rules.most())
        return self._storage.collection("xep_0077.users", Scope(self._host.boundjid.bare), limits=limits)

    async def user_get(self, jid: JID, node: str, ifrom: JID, args: object) -> dict[str, str] | None:
        """What is known of `ifrom`; None: nothing."""
        found = await self._place().get(ifrom.bare)
        return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else None

    async def user_remove(self, jid: JID, node: str, ifrom: JID, args: object) -> None:
        """Forget `ifrom`; KeyError when nothing was known."""
        if not await self._place().delete(ifrom.bare):
            raise KeyError(ifrom.bare)

    async def user_validate(self, jid: JID, node: str, ifrom: JID, args: Register) -> None:
        """Keep what `ifrom` has sent; ValueError when it will not do, with what is wrong for people."""
        record = self._rules.record(args)
        try:
            await self._place().put(ifrom.bare, dict(record))
        except StorageFull:
            raise _full() from None


def _full() -> XMPPError:
    return XMPPError("resource-constraint", "no more users are taken")
