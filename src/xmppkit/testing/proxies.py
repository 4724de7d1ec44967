# SPDX-License-Identifier: MIT
"""Proxies on loopback, for tests of programs that connect through one: SOCKS5 (RFC 1928) and HTTP CONNECT (RFC 9110).

::

    async with LoopbackProxy(ProxyKind.SOCKS5) as proxy:
        client.proxy = proxy.url

They serve whoever asks, and are no proxies for a network.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
from contextlib import suppress
from types import TracebackType
from typing import Self

from xmppkit.transports.proxy import Proxy, ProxyKind

__all__ = ["LoopbackProxy"]


class _Refused(Exception):
    """The client is told, and its connection ends."""


class LoopbackProxy:
    """A proxy on loopback, for the length of an ``async with``.

    :param kind: what it speaks.
    :param username: who may use it; empty: everybody.
    :param hosts: names that it knows, beside those that the system does, and where it connects for them.
    :param port: where it listens, as for one that has been there before; 0 takes a free port.
    """

    def __init__(
        self,
        kind: ProxyKind,
        username: str = "",
        password: str = "",
        *,
        hosts: dict[str, str] | None = None,
        port: int = 0,
    ) -> None:
        self._kind = kind
        self._username, self._password = username, password
        self._hosts = hosts or {}
        self._port = port
        #: The hosts and ports that it was asked for, in order.
        self.asked: list[tuple[str, int]] = []
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def proxy(self) -> Proxy:
        """Where it is, with username and password."""
        assert self._server is not None, "it listens within its `async with`"
        host, port = self._server.sockets[0].getsockname()
        return Proxy(self._kind, host, port, self._username, self._password)

    @property
    def url(self) -> str:
        """The same, as the setting ``proxy`` takes it."""
        known = f"{self._username}:{self._password}@" if self._username else ""
        return f"{self._kind.value}://{known}{self.proxy.host}:{self.proxy.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ask = self._socks5 if self._kind is ProxyKind.SOCKS5 else self._http
        try:
            with suppress(_Refused, OSError, asyncio.IncompleteReadError):
                there, answer = await ask(reader, writer)
                try:
                    writer.write(answer)
                    await asyncio.gather(_pass(reader, there[1]), _pass(there[0], writer))
                finally:
                    there[1].close()
        finally:
            writer.close()

    async def _connect(
        self, host: str, port: int, refusal: bytes, writer: asyncio.StreamWriter
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self.asked.append((host, port))
        try:
            return await asyncio.open_connection(self._hosts.get(host, host), port)
        except OSError:
            writer.write(refusal)
            raise

    async def _socks5(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[tuple[asyncio.StreamReader, asyncio.StreamWriter], bytes]:
        _, count = await reader.readexactly(2)
        method = 2 if self._username else 0
        if method not in await reader.readexactly(count):
            writer.write(b"\x05\xff")
            raise _Refused
        writer.write(bytes((5, method)))
        if method == 2:
            _, length = await reader.readexactly(2)
            name = await reader.readexactly(length)
            password = await reader.readexactly((await reader.readexactly(1))[0])
            wrong = (name.decode(), password.decode()) != (self._username, self._password)
            writer.write(bytes((1, wrong)))
            if wrong:
                raise _Refused
        *_, kind = await reader.readexactly(4)
        if kind == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            host = str(ipaddress.ip_address(await reader.readexactly(4 if kind == 1 else 16)))
        port = int.from_bytes(await reader.readexactly(2))
        there = await self._connect(host, port, b"\x05\x05\x00\x01" + bytes(6), writer)
        return there, b"\x05\x00\x00\x01\x7f\x00\x00\x01" + port.to_bytes(2)

    async def _http(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[tuple[asyncio.StreamReader, asyncio.StreamWriter], bytes]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        token = base64.b64encode(f"{self._username}:{self._password}".encode()).decode()
        if self._username and f"\r\nProxy-Authorization: Basic {token}\r\n" not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            raise _Refused
        host, _, port = head.split(" ", 2)[1].rpartition(":")
        there = await self._connect(host.strip("[]"), int(port), b"HTTP/1.1 502 Bad Gateway\r\n\r\n", writer)
        return there, b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n"


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Bring bytes from one side to the other, and their end."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
