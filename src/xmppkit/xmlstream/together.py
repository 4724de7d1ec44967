# SPDX-License-Identifier: MIT
"""Messages that several tasks send at the same time, and that the outbox writes in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from xmppkit.exceptions import StorageFull, XMPPKitError

if TYPE_CHECKING:
    from xmppkit.stanza.message import Message
    from xmppkit.xmlstream.delivery import Receipt
    from xmppkit.xmlstream.resending import OutboxHost

__all__ = ["Group", "Together"]

#: Messages, and who waits for each.
Group: TypeAlias = "list[tuple[Message, asyncio.Future[Receipt]]]"


class Together:
    """Writes what has come together.

    :param host: the stream.
    :param write: writes some, and tells who waits.
    :param done: called when there is nothing left.
    """

    def __init__(
        self, host: OutboxHost, write: Callable[[Group], Awaitable[object]], done: Callable[[], object]
    ) -> None:
        self._host = host
        self._write_all = write
        self._done = done
        self._group: Group = []
        #: The task that writes; None: there is nothing to write.
        self.writer: asyncio.Future[Any] | None = None

    async def send(self, message: Message) -> Receipt:
        """Write a message, with others if there are any.

        :raises StorageError: it could not be written.
        """
        future: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._group.append((message, future))
        if self.writer is None:
            self.writer = self._host.spawn(self._write())
        return await future

    async def _write(self) -> None:
        try:
            while self._group:
                group, self._group = self._group, []
                try:
                    await self._write_all(group)
                except StorageFull:
                    for each in group:  # some of them may have room
                        await self._write_one(each)
                except XMPPKitError as error:
                    for _, future in group:
                        if not future.done():
                            future.set_exception(error)
        finally:
            self.writer = None
            self._done()

    async def _write_one(self, each: tuple[Message, asyncio.Future[Receipt]]) -> None:
        try:
            await self._write_all([each])
        except XMPPKitError as error:
            if not each[1].done():
                each[1].set_exception(error)
