# SPDX-License-Identifier: MIT
"""A network in memory that delays, divides and cuts what passes through it, the same way in every run.

::

    network = SimulatedNetwork(Conditions(latency=0.2, jitter=0.05, piece=7), seed=1)
    network.listen("localhost", 5222, accept)            # accept() makes the receiver of a connection
    client.transport_connector = network
    client.connect("localhost", 5222)
    ...
    network.links[0].cut(Cut.RESET, after=1000)

On the event loop of `xmppkit.testing.clock` the delays take no time. What is under way during a partition arrives when
it has healed, as with TCP.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from xmppkit.exceptions import ConnectionRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xmppkit.transports.base import Receiver, ReceiverT
    from xmppkit.transports.endpoints import Endpoint

__all__ = ["Conditions", "Cut", "Direction", "Link", "SimulatedNetwork"]

#: Bytes that the operating system takes before it pushes back, as Linux does to begin with.
SYSTEM_BUFFER = 64 * 1024
#: Seconds after which a connection attempt through a partition is given up.
CONNECT_TIMEOUT = 30.0


class Cut(Enum):
    """How a connection ends. The value completes the sentence "the connection …"."""

    RESET = "is reset: both ends learn it at once"
    END = "ends in order: both ends see the other one's end of file"
    HALF = "ends in one direction; the other goes on"
    SILENCE = "is dead, and nobody is told"


class Direction(Enum):
    """A direction of a connection."""

    UP = "from who has connected to who has accepted"
    DOWN = "from who has accepted to who has connected"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What passing through the network is like, in each direction.

    :ivar latency: seconds that a byte is under way.
    :ivar jitter: seconds that a delivery may take longer, at random. Order is kept.
    :ivar bandwidth: bytes in a second; None: any number.
    :ivar piece: bytes of one delivery, at most; 1 brings them one by one; None: as they were written.
    :ivar random_pieces: each delivery has from one to `piece` bytes, at random.
    """

    latency: float = 0.0
    jitter: float = 0.0
    bandwidth: float | None = None
    piece: int | None = None
    random_pieces: bool = False


class _Side:
    """The transport of one end; what is written to it is on its way to the other."""

    def __init__(self, link: Link, receiver: Receiver, direction: Direction) -> None:
        self.link = link
        self.receiver = receiver
        self.direction = direction
        self.peer = self
        self.lost = False
        self._queue: deque[tuple[float, bytes]] = deque()  # when it arrives, and what; nothing: the end of file
        self._flying = 0
        self._last = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._delivered = 0
        self._cut: tuple[int, Cut] | None = None
        self._reading_paused = self._writing_paused = self._closing = self._ended = False
        self._high, self._low = 64 * 1024, 16 * 1024

    # --- what a Transport offers ----------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        if self._closing or self._ended or not data:
            return
        conditions, chance = self.link.conditions, self.link.chance
        position = 0
        while position < len(data):
            size = conditions.piece or len(data)
            if conditions.random_pieces:
                size = chance.randint(1, size)
            self._put(bytes(data[position : position + size]))
            position += size
        if self.get_write_buffer_size() > self._high and not self._writing_paused:
            self._writing_paused = True
            self.receiver.pause_writing()

    def pause_reading(self) -> None:
        self._reading_paused = True

    def resume_reading(self) -> None:
        self._reading_paused = False
        self.peer.go_on()

    def close(self) -> None:
        if not self._closing:
            self.write_eof()
            self._closing = True
            self._finish()

    def abort(self) -> None:
        if not self.lost:
            self._closing = True
            self._drop()
            self.link.loop.call_soon(self.lose, None)
            error = ConnectionResetError("the other side aborted the connection")
            self.link.loop.call_later(self.link.conditions.latency, self.link.tell, self.peer, error)

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        if not self._ended:
            self._put(b"")
            self._ended = True

    def is_closing(self) -> bool:
        return self._closing

    def get_write_buffer_size(self) -> int:
        return max(0, self._flying - SYSTEM_BUFFER)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high = 64 * 1024 if high is None else high
        self._low = self._high // 4 if low is None else low

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    # --- on the way -----------------------------------------------------------------------------------

    def _put(self, data: bytes) -> None:
        conditions = self.link.conditions
        delay = conditions.latency + conditions.jitter * self.link.chance.random()
        arrival = max(self._last, self.link.loop.time() + delay)
        if conditions.bandwidth is not None:
            arrival += len(data) / conditions.bandwidth
        self._last = arrival
        self._queue.append((arrival, data))
        self._flying += len(data)
        self.go_on()

    def go_on(self) -> None:
        """Bring what is due, unless something holds it."""
        if self._queue and self._timer is None and not self.link.held and not self.peer._reading_paused:
            self._timer = self.link.loop.call_at(self._queue[0][0], self._arrive)

    def _arrive(self) -> None:
        self._timer = None
        if not self._queue or self.link.held or self.peer._reading_paused:
            return
        _, data = self._queue.popleft()
        self._flying -= len(data)
        self._bring(data)
        if self._writing_paused and self.get_write_buffer_size() <= self._low:
            self._writing_paused = False
            self.receiver.resume_writing()
        self._finish()
        self.go_on()

    def _bring(self, data: bytes) -> None:
        cut = self._cut
        if cut is not None:
            data = data[: max(0, cut[0] - self._delivered)]
        self._delivered += len(data)
        peer = self.peer
        if not peer._closing:
            if data:
                peer.receiver.data_received(data)
            elif cut is None and not peer.receiver.eof_received():
                peer.close()
        if cut is not None and self._delivered >= cut[0]:
            self._cut = None
            self.link.apply(cut[1], self)

    def cut_after(self, how: Cut, size: int) -> None:
        """Cut once the other side has got so many bytes."""
        self._cut = (size, how)
        if self._delivered >= size:
            self.link.loop.call_soon(self.link.apply, how, self)
            self._cut = None

    def _finish(self) -> None:
        """Who has closed is through when the system has taken everything."""
        if self._closing and not self.get_write_buffer_size():
            self.link.loop.call_soon(self.lose, None)

    def _drop(self) -> None:
        self._queue.clear()
        self._flying = 0

    def lose(self, error: Exception | None) -> None:
        """The connection is over for this end."""
        if not self.lost:
            self.lost = self._closing = True
            self.receiver.connection_lost(error)
            self.link.network.forget(self.link)

    def end(self) -> None:
        """What comes next is the end of file, and nothing behind it."""
        self._drop()
        self._ended = False
        self.write_eof()


class Link:
    """One connection through a `SimulatedNetwork`.

    :ivar host: where it leads.
    """

    def __init__(self, network: SimulatedNetwork, host: str, near: Receiver, far: Receiver) -> None:
        self.network = network
        self.host = host
        self.loop = asyncio.get_running_loop()
        self.conditions = network.conditions
        self.chance = network.chance
        self._silent = False
        self._near, self._far = _Side(self, near, Direction.UP), _Side(self, far, Direction.DOWN)
        self._near.peer, self._far.peer = self._far, self._near
        for side in (self._near, self._far):
            side.receiver.connection_made(side)

    @property
    def held(self) -> bool:
        """Whether nothing gets through."""
        return self._silent or self.network.divided(self.host)

    @property
    def over(self) -> bool:
        """Whether both ends know that the connection has ended."""
        return self._near.lost and self._far.lost

    def cut(
        self, how: Cut, *, after: int | None = None, at: float | None = None, direction: Direction = Direction.DOWN
    ) -> None:
        """End the connection.

        :param after: once so many bytes have been delivered in `direction`, since the beginning; the rest is lost.
        :param at: in so many seconds. With neither: now.
        :param direction: that of `after`, and the one that ends with `Cut.HALF`.
        """
        side = self._near if direction is Direction.UP else self._far
        if after is not None:
            side.cut_after(how, after)
        elif at is not None:
            self.loop.call_later(at, self.apply, how, side)
        else:
            self.apply(how, side)

    def apply(self, how: Cut, side: _Side) -> None:
        """Cut now; `side` is the one whose direction it is."""
        match how:
            case Cut.RESET:
                for each in (side, side.peer):
                    self.tell(each, ConnectionResetError("the simulated network has reset the connection"))
            case Cut.END:
                side.end()
                side.peer.end()
            case Cut.HALF:
                side.end()
            case Cut.SILENCE:
                self._silent = True

    def tell(self, side: _Side, error: Exception) -> None:
        """Let an end know that the connection was reset, where that gets through."""
        if not self.held:
            side.lose(error)

    def go_on(self) -> None:
        """Something that held the connection is over."""
        self._near.go_on()
        self._far.go_on()


class SimulatedNetwork:
    """A `xmppkit.transports.base.Connector`, for `transport_connector` of a stream.

    :param conditions: of the links that are made from now on; may be replaced later.
    :param seed: of what is random. The same seed gives the same run.
    :ivar links: the connections that are not over, the oldest first.
    """

    def __init__(self, conditions: Conditions | None = None, *, seed: int = 0) -> None:
        self.conditions = conditions or Conditions()
        self.chance = random.Random(seed)  # noqa: S311  # it is to be the same every time
        self.links: list[Link] = []
        self._listeners: dict[tuple[str, int], Callable[[], Receiver]] = {}
        self._divided: set[str] = set()
        self._all_divided = False
        self._healed = asyncio.Event()

    def listen(self, host: str, port: int, accept: Callable[[], Receiver]) -> None:
        """Accept connections: `accept` makes the receiver of each."""
        self._listeners[host, port] = accept

    def unlisten(self, host: str, port: int) -> None:
        """Accept no more; those that there are go on. May be repeated."""
        self._listeners.pop((host, port), None)

    async def connect(self, endpoint: Endpoint, receiver_factory: Callable[[], ReceiverT]) -> ReceiverT:
        """See `xmppkit.transports.base.Connector.connect`. Takes one round trip."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                while self.divided(endpoint.host):
                    self._healed.clear()
                    await self._healed.wait()
        except TimeoutError as error:
            raise ConnectionRefused(f"no connection within {CONNECT_TIMEOUT:g} s", where=str(endpoint)) from error
        await asyncio.sleep(2 * self.conditions.latency)
        accept = self._listeners.get((endpoint.host, endpoint.port))
        if accept is None:
            raise ConnectionRefused("nothing listens there", where=str(endpoint))
        receiver = receiver_factory()
        self.links.append(Link(self, endpoint.host, receiver, accept()))
        return receiver

    def partition(self, *hosts: str) -> None:
        """Let nothing through, to and from `hosts`; without any: at all."""
        self._divided.update(hosts)
        self._all_divided = self._all_divided or not hosts

    def heal(self, *hosts: str) -> None:
        """Undo `partition`; without hosts: all of it."""
        self._divided = self._divided.difference(hosts) if hosts else set()
        self._all_divided = self._all_divided and bool(hosts)
        self._healed.set()
        for link in self.links:
            link.go_on()

    def divided(self, host: str) -> bool:
        """Whether a partition lies before `host`."""
        return self._all_divided or host in self._divided

    def forget(self, link: Link) -> None:
        """One end of a link is over."""
        if link.over and link in self.links:
            self.links.remove(link)
