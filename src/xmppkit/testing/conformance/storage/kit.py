# SPDX-License-Identifier: MIT
"""What the tests of storages have in common."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from xmppkit.storage.base import Storage
from xmppkit.storage.records import Scope

__all__ = ["JULIET", "ROMEO", "Kit", "fails"]

JULIET, ROMEO = Scope("juliet@example.net"), Scope("romeo@example.net")


async def fails(error: type[Exception], coroutine: object) -> None:
    """Check that something awaitable raises `error`."""
    try:
        await coroutine  # type: ignore[misc]  # what it is awaited for is the caller's
    except error:
        return
    raise AssertionError(f"{error.__name__} was to be raised, and was not")


class Kit:
    """What the parts of the suite have in common."""

    #: The storage cannot complete a call without the event loop (`Storage.at_once`); an outbox cannot be in it.
    needs_loop = False
    #: The time that `clock` tells, in seconds. A test moves it.
    now = 1_000_000.0

    def clock(self) -> float:
        """What the storage under test must be given as its clock."""
        return self.now

    async def make_storage(self) -> Storage:
        """A new storage without entries, not open yet. Called once by each test."""
        raise TypeError("say how the storage is made: async def make_storage(self) -> Storage")

    async def reopen(self, storage: Storage) -> Storage:
        """A second storage on what `storage` keeps, as another process would open it, while that may still be open. One
        that keeps nothing outside of itself returns `storage`."""
        return storage

    @asynccontextmanager
    async def _storage(self) -> AsyncIterator[Storage]:
        storage = await self.make_storage()
        try:
            yield storage
        finally:
            await storage.close()
