# SPDX-License-Identifier: MIT
"""Where nothing is counted: whether the server has messages, asked for by a request behind them (RFC 6120 §10.1)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from xmppkit.xmlstream.resending import OutboxHost, is_answered

if TYPE_CHECKING:
    from xmppkit.xmlstream.delivery import Receipt
    from xmppkit.xmlstream.sending import Sender

__all__ = ["Asking"]


class Asking:
    """Asks, as long as there is something to ask for.

    :param host: the stream.
    :param sender: its way out.
    :param flying: gives the receipts of what was sent and is not acknowledged.
    """

    def __init__(self, host: OutboxHost, sender: Sender, flying: Callable[[], Iterable[Receipt]]) -> None:
        self._host = host
        self._sender = sender
        self._flying = flying
        self._task: asyncio.Future[Any] | None = None

    def soon(self) -> None:
        """Something was sent."""
        if self._task is None and self._sender.leg.session is None and self._sender.is_open and any(self._flying()):
            self._task = self._host.spawn(self._ask())
            self._task.add_done_callback(self._asked)

    def stop(self) -> None:
        """The connection is gone."""
        if self._task is not None:
            self._task.cancel()

    async def _ask(self) -> None:
        leg = self._sender.leg
        while self._sender.leg is leg:
            under_way = [receipt for receipt in self._flying() if receipt.leg is leg]
            if not under_way or not await is_answered(self._host):
                return
            for receipt in under_way:
                receipt.ack()

    def _asked(self, task: asyncio.Future[Any]) -> None:
        self._task = None
        if not task.cancelled():
            self.soon()
