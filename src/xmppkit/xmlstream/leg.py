# SPDX-License-Identifier: MIT
"""What messages have in common that were sent in the same session; see `xmppkit.xmlstream.delivery`, which is imported
when the first message is sent."""

from __future__ import annotations

from collections.abc import KeysView
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Protocol
from weakref import WeakSet

if TYPE_CHECKING:
    import asyncio

    from xmppkit.exceptions import DeliveryFailed
    from xmppkit.jid.address import JID
    from xmppkit.protocol.management import ManagedSession
    from xmppkit.xmlstream.delivery import Receipt

__all__ = ["DeliveryHost", "Leg"]

#: Of receipts with the same number the first comes first.
_turn: Final = count()


class DeliveryHost(Protocol):
    """What is needed of the stream."""

    is_component: bool
    boundjid: JID

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...

    @property
    def unsent(self) -> int: ...

    def event(self, name: str, data: Any = ..., /) -> None: ...

    @property
    def handled_events(self) -> KeysView[str]: ...

    async def written(self) -> None: ...


class Leg:
    """What messages have in common that were sent in the same session.

    :param session: its counts; None: nothing is counted, and the connection is all there is of it.
    :ivar over: nothing will be learnt of it any more.
    :ivar fates: what became of stanzas that the server has not acknowledged, by number, when the session was over.
    """

    __slots__ = ("_uncounted", "_waiting", "fates", "over", "session")

    def __init__(self, session: ManagedSession | None) -> None:
        self.session = session
        self.over = False
        self.fates: dict[int, Receipt | DeliveryFailed] = {}
        #: Receipts that wait for being acknowledged, by number; no more than stanzas do. None: nobody has waited.
        self._waiting: list[tuple[int, int, Receipt]] | None = None
        #: Receipts that wait for the end, as nothing is counted.
        self._uncounted: WeakSet[Receipt] | None = None

    def wait(self, receipt: Receipt) -> None:
        """Wake a receipt when the server has its message, or when the session is over."""
        if self.over:
            return
        if self.session is not None:
            if self._waiting is None:
                self._waiting = []
            heappush(self._waiting, (receipt.number, next(_turn), receipt))
        else:
            if self._uncounted is None:
                self._uncounted = WeakSet()
            self._uncounted.add(receipt)

    def acked(self) -> None:
        """The server has acknowledged something."""
        if self._waiting and self.session is not None:
            waiting, settled = self._waiting, self.session.settled
            while waiting and waiting[0][0] <= settled:
                heappop(waiting)[2].settle()

    def end(self) -> None:
        """The session is over: wake who waits."""
        self.over = True
        waiting, self._waiting = self._waiting, None
        for _, _, receipt in waiting or ():
            receipt.settle()
        for receipt in tuple(self._uncounted or ()):
            receipt.settle()
