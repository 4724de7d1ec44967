# SPDX-License-Identifier: MIT
"""A proxy on loopback that breaks what passes through it: between a client and a real server.

::

    async with ChaosProxy(server.host, server.port, plan=lambda number: Fault(How.RESET, after=0.1)) as proxy:
        client.custom_address = ("127.0.0.1", proxy.port)

Each connection has a `Fault`, or none: it comes so long after the connection was accepted, or when so many bytes have
passed, or when it is told to (`ChaosProxy.break_all`); and at will only inside a tag, a character of several bytes or a
TLS record, of which the first part still passes. What is inside of TLS can only be seen by who takes part in it: with
`Tls` the proxy has the server's certificate, and speaks TLS with both.

Without a fault it delays (`Weather`), limits the rate and cuts into pieces, as networks do.
"""

from __future__ import annotations

import asyncio
import random
import re
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["ChaosProxy", "Fault", "How", "Inside", "Link", "Tls", "Weather", "cut_inside"]

#: Bytes that are read at once.
_READ = 16 * 1024
#: What makes the operating system send RST instead of FIN when the socket is closed.
_RESET = struct.pack("ii", 1, 0)


class How(Enum):
    """How a connection breaks. The value completes the sentence "the connection …"."""

    RESET = "is reset (RST), on both sides"
    END = "is closed (FIN), on both sides"
    HALF = "is closed on the client's side, in the direction to it; the other direction goes on"
    BLACK_HOLE = "stays, and nothing passes any more"


class Inside(Enum):
    """Where exactly, behind the moment that the `Fault` names otherwise."""

    TAG = "inside a tag"
    CHARACTER = "inside a character of several bytes"
    RECORD = "inside a TLS record"


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a connection.

    :ivar how: how it breaks.
    :ivar after: seconds since it was accepted; None: that does not matter.
    :ivar at_bytes: bytes that have passed to the client; None: that does not matter.
    :ivar inside: with the next bytes to the client in which there is one.
    """

    how: How
    after: float | None = None
    at_bytes: int | None = None
    inside: Inside | None = None


@dataclass(frozen=True, slots=True)
class Weather:
    """What the network is like when nothing breaks.

    :ivar delay: seconds that bytes are under way, from and to; each read has another one in between. Order is kept.
    :ivar rate: bytes in a second, in each direction; None: any number.
    :ivar piece: bytes that arrive at once, at most; None: as they came.
    """

    delay: tuple[float, float] = (0.0, 0.0)
    rate: float | None = None
    piece: int | None = None


@dataclass(frozen=True, slots=True)
class Tls:
    """What the proxy needs to take part in TLS, from the first byte on.

    :ivar certificate: the server's own, PEM.
    :ivar key: its key.
    :ivar ca_file: who has signed it.
    :ivar name: what is to be proved.
    """

    certificate: Path
    key: Path
    ca_file: Path
    name: str

    def towards_client(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        context.set_alpn_protocols(["xmpp-client"])
        return context

    def towards_server(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.ca_file))
        context.set_alpn_protocols(["xmpp-client"])
        return context


def _records(data: bytes, begun: int) -> Iterator[tuple[int, int]]:
    """Where TLS records begin and end (RFC 8446 §5.1), those that are whole or begin in `data`.

    :param begun: bytes at the beginning that belong to a record that began before.
    """
    at = begun
    while at + 5 <= len(data):
        end = at + 5 + int.from_bytes(data[at + 3 : at + 5])
        yield at, end
        at = end


def cut_inside(data: bytes, inside: Inside, begun: int = 0) -> int | None:
    """How many bytes of `data` pass so that the cut is there; None: there is no such place in it.

    :param begun: how many bytes at the beginning belong to a TLS record that has begun before.
    """
    match inside:
        case Inside.TAG:
            found = re.search(rb"<[^<>]{2,}", data)
            return found.start() + 2 if found is not None else None
        case Inside.CHARACTER:
            found = re.search(rb"[\xc2-\xf4][\x80-\xbf]", data)
            return found.start() + 1 if found is not None else None
        case Inside.RECORD:
            if begun > 1:
                return min(begun, len(data)) // 2 or None
            return next((at + 5 for at, _ in _records(data, begun) if at + 5 < len(data)), None)


class Link:
    """One connection through the proxy.

    :ivar number: how many there were before it.
    :ivar begun: when it was accepted, as `time.monotonic`.
    :ivar passed: bytes that have passed, to the server and to the client.
    :ivar broken: how it was broken; None: it was not, yet.
    """

    def __init__(self, proxy: ChaosProxy, number: int, fault: Fault | None, weather: Weather) -> None:
        self.proxy = proxy
        self.number = number
        self.fault = fault
        self.weather = weather
        self.begun = time.monotonic()
        self.passed = [0, 0]
        self.broken: How | None = None
        self._near: asyncio.StreamWriter | None = None
        self._far: asyncio.StreamWriter | None = None
        self._unfinished = 0
        self._timer: asyncio.TimerHandle | None = None
        self._silence = asyncio.Event()
        if fault is not None and fault.after is not None and fault.at_bytes is None and fault.inside is None:
            self._timer = proxy.loop.call_later(fault.after, self.break_now, fault.how)

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what comes, until both sides are through or it is broken."""
        self._near = writer
        try:
            with suppress(OSError):
                there, self._far = await self.proxy.dial()
                await asyncio.gather(self._pass(reader, self._far, 0), self._pass(there, writer, 1))
            if self.broken is How.BLACK_HOLE:
                await self._silence.wait()
        finally:
            if self._timer is not None:
                self._timer.cancel()
            for each in (self._near, self._far):
                if each is not None:
                    each.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: int) -> None:
        """One direction. What has been read waits in a queue while it is under way."""
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)
        bring = asyncio.create_task(self._bring(queue, writer, direction))
        try:
            arrival = 0.0
            while True:
                data = await reader.read(_READ)
                arrival = max(arrival, time.monotonic() + random.uniform(*self.weather.delay))
                await queue.put((arrival, data))
                if not data:
                    break
            await bring
        finally:
            bring.cancel()

    async def _bring(
        self, queue: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter, direction: int
    ) -> None:
        weather = self.weather
        while True:
            arrival, data = await queue.get()
            wait = arrival - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            if not data:
                if self.broken is How.BLACK_HOLE:
                    return  # nobody learns of it
                if writer.can_write_eof():
                    writer.write_eof()
                else:
                    writer.close()
                return
            size = weather.piece or len(data)
            for start in range(0, len(data), size):
                piece = data[start : start + size]
                if self.broken is How.BLACK_HOLE or (self.broken is How.HALF and direction):
                    break
                if direction and self._breaks(piece, writer):
                    break
                writer.write(piece)
                await writer.drain()
                self.passed[direction] += len(piece)
                if weather.rate is not None:
                    await asyncio.sleep(len(piece) / weather.rate)

    def _breaks(self, data: bytes, writer: asyncio.StreamWriter) -> bool:
        """Whether these bytes to the client are those with which the connection breaks; then a part has passed."""
        fault = self.fault
        begun, self._unfinished = self._unfinished, self._left(data)
        if fault is None or self.broken is not None or (fault.at_bytes is None and fault.inside is None):
            return False
        if fault.after is not None and time.monotonic() - self.begun < fault.after:
            return False
        size = len(data)
        if fault.at_bytes is not None:
            size = fault.at_bytes - self.passed[1]
            if size > len(data):
                return False
            size = max(0, size)
        if fault.inside is not None:
            found = cut_inside(data, fault.inside, begun)
            if found is None:
                return False
            size = found
        writer.write(data[:size])
        self.passed[1] += size
        self.break_now(fault.how)
        return True

    def _left(self, data: bytes) -> int:
        """How many bytes of the TLS record at the end of `data` are still to come."""
        left = self._unfinished
        if left >= len(data):
            return left - len(data)
        *_, (_, end) = [(0, left), *_records(data, left)]
        return max(0, end - len(data))

    def break_now(self, how: How) -> None:
        """Break it, if it is not broken."""
        if self.broken is not None or self._near is None:
            return
        self.broken = how
        self.proxy.broken[how] = self.proxy.broken.get(how, 0) + 1
        match how:
            case How.RESET:
                for each in (self._near, self._far):
                    if each is not None:
                        sock = each.get_extra_info("socket")
                        with suppress(OSError):
                            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                        each.transport.abort()
            case How.END:
                for each in (self._near, self._far):
                    if each is not None:
                        each.transport.abort() if each.get_extra_info("ssl_object") else each.close()
            case How.HALF:
                with suppress(OSError):
                    self._near.get_extra_info("socket").shutdown(socket.SHUT_WR)
            case How.BLACK_HOLE:
                pass  # nobody reads, or writes, any more

    def release(self) -> None:
        """Forget a black hole."""
        self._silence.set()


class ChaosProxy:
    """A proxy on a free port of loopback, for the length of an ``async with``.

    :param host: where it leads.
    :param port: likewise.
    :param plan: what happens to a connection, by its number from 0 on.
    :param weather: see there.
    :param tls: to take part in TLS; None: bytes are bytes.
    :param listen: its own port; 0: a free one.
    :ivar accepted: when each connection was accepted, as `time.monotonic`.
    :ivar broken: how many connections were broken, by how.
    :ivar links: the connections that there are.
    :ivar open: whether connections are accepted; otherwise they are closed at once.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        plan: Callable[[int], Fault | None] = lambda number: None,
        weather: Weather | None = None,
        tls: Tls | None = None,
        listen: int = 0,
    ) -> None:
        self._host, self._to = host, port
        self._plan = plan
        self._weather = weather or Weather()
        self._tls = tls
        self._listen = listen
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.accepted: list[float] = []
        self.broken: dict[How, int] = {}
        self.links: list[Link] = []
        self.open = True

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        assert self._server is not None, "it listens within its `async with`"
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def __aenter__(self) -> Self:
        self.loop = asyncio.get_running_loop()
        context = self._tls.towards_client() if self._tls is not None else None
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", self._listen, ssl=context, backlog=1024, limit=_READ
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the server."""
        if self._tls is None:
            return await asyncio.open_connection(self._host, self._to, limit=_READ)
        return await asyncio.open_connection(
            self._host, self._to, limit=_READ, ssl=self._tls.towards_server(), server_hostname=self._tls.name
        )

    def break_all(self, how: How) -> None:
        """Break all connections that there are."""
        for link in list(self.links):
            link.break_now(how)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted.append(time.monotonic())
        if not self.open:
            writer.close()
            return
        number = len(self.accepted) - 1
        link = Link(self, number, self._plan(number), self._weather)
        self.links.append(link)
        task = asyncio.create_task(link.run(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._over(done, link))

    def _over(self, task: asyncio.Task[None], link: Link) -> None:
        self._tasks.discard(task)
        if link in self.links:
            self.links.remove(link)
        if not task.cancelled():
            task.exception()  # connections break here for a living
