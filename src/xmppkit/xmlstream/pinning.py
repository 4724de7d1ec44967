# SPDX-License-Identifier: MIT
"""By which mechanism an account was logged in to, so that a later login shows no more of the password than that one did
(XEP-0474 §7): for as long as the client object is there, and with a storage for the next process, too.

The next process knows whether the password was shown, and not whether the login was bound to its TLS connection: what
TLS can do depends on where a program runs.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from xmppkit.exceptions import StorageError

if TYPE_CHECKING:
    from xmppkit.storage.base import Collection, Storage

__all__ = ["Pin"]

log = logging.getLogger(__name__)

_KEY = "mechanism"


class Pin:
    """What one client object knows."""

    __slots__ = ("_account", "_kept", "_mechanism", "_writing")

    def __init__(self) -> None:
        self._account = ""
        self._mechanism = ""
        self._kept = ""
        self._writing: asyncio.Future[None] | None = None

    def mechanism(self, account: str) -> str:
        """The mechanism of the last login to `account`, a bare address; empty: there was none."""
        return self._mechanism if account == self._account else ""

    def note(self, account: str, mechanism: str) -> bool:
        """`account` was logged in to by `mechanism`.

        :returns: whether `keep` has something to write.
        """
        if account != self._account:
            self._kept = ""
        self._account, self._mechanism = account, mechanism
        return mechanism.removesuffix("-PLUS") != self._kept

    async def load(self, storage: Storage | None, account: str) -> None:
        """Have ready what another process has kept, unless there is something newer."""
        if storage is None or account == self._account:
            return
        try:
            found = await _place(storage, account).get(_KEY)
        except StorageError as error:
            log.warning("the mechanism of earlier logins could not be read: %s", error)
            return
        if isinstance(found, str) and found and account != self._account:
            self._account, self._mechanism, self._kept = account, found, found

    def keep(self, storage: Storage) -> None:
        """Keep it for the next process; `over` waits for that."""
        kept = self._mechanism.removesuffix("-PLUS")
        self._writing = asyncio.ensure_future(self._write(storage, self._account, kept, self._writing))

    async def over(self) -> None:
        """Come back when everything is written."""
        if self._writing is not None:
            await self._writing

    async def _write(self, storage: Storage, account: str, kept: str, before: asyncio.Future[None] | None) -> None:
        if before is not None:
            await before
        try:
            await _place(storage, account).put(_KEY, kept)
        except StorageError as error:
            log.warning("the mechanism of this login could not be kept: %s", error)
            return
        if account == self._account:
            self._kept = kept


def _place(storage: Storage, account: str) -> Collection:
    from xmppkit.storage.records import Scope  # who has a storage has loaded this

    return storage.collection("login", Scope(account))
