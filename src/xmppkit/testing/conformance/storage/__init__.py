# SPDX-License-Identifier: MIT
"""What every storage must do (`xmppkit.storage.base`), as tests::

    from xmppkit.testing.conformance.storage import StorageConformance

    class TestMine(StorageConformance):
        async def make_storage(self) -> Storage:
            return MyStorage(..., clock=self.clock)

Each test makes storages of its own. Those for what survives a close open a second one with `reopen`.
"""

from __future__ import annotations

from xmppkit.testing.conformance.storage.changes import Changes
from xmppkit.testing.conformance.storage.entries import Entries
from xmppkit.testing.conformance.storage.lives import Lives

__all__ = ["StorageConformance"]


class StorageConformance(Entries, Changes, Lives):
    """The suite. A subclass gives it `make_storage`; and `reopen`, if what it keeps outlives the object."""
