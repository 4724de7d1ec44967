# SPDX-License-Identifier: MIT
"""The HTTP request that brings a file to its slot (XEP-0363 §7). Needs aiohttp, and is imported when something is
uploaded."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import yarl

from xmppkit.plugins.base.urls import is_public_address
from xmppkit.plugins.xep_0363.errors import FileUploadError, HTTPError, UnsafeSlot
from xmppkit.plugins.xep_0363.slots import Target
from xmppkit.plugins.xep_0363.source import Content, pieces
from xmppkit.transports.certificates import client_context

if TYPE_CHECKING:
    from aiohttp.abc import ResolveResult

__all__ = ["put", "tls_context"]

#: How much is read of what the server says, in bytes: enough for a sentence.
_TEXT: Final = 512


async def put(
    target: Target,
    content: Content,
    size: int,
    content_type: str,
    *,
    context: ssl.SSLContext,
    private: bool,
    stall: float,
    moved: Callable[[int], Awaitable[object]],
) -> None:
    """Send a file to its slot. Redirections are not followed, and no proxy is used. However it ends, and also when it
    is cancelled, connection and file are closed then.

    :param target: the slot.
    :param content: the file.
    :param size: how many bytes it has.
    :param content_type: its media type.
    :param context: how TLS is spoken, and who is trusted.
    :param private: addresses outside the public internet are allowed.
    :param stall: seconds that may pass without any progress.
    :param moved: called with the number of bytes that the connection has taken so far.
    :raises HTTPError: the server refuses.
    :raises UnsafeSlot: the host has no public address.
    :raises FileUploadError: the connection failed or stalled, or the file has not `size` bytes.
    """
    url = yarl.URL(target.put, encoded=True)
    headers = [("Content-Length", str(size)), ("Content-Type", content_type), *target.headers]

    async def progress(count: int) -> None:
        await moved(count)
        if not patience.expired():
            patience.reschedule(asyncio.get_running_loop().time() + stall)

    body = _Body(content, size, progress)
    try:
        async with (
            asyncio.timeout(stall) as patience,
            aclosing(body),
            _session(context, private=private) as session,
            session.put(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            if not 200 <= response.status < 300:
                said = await response.content.read(_TEXT)
                raise HTTPError(response.status, said.decode("utf-8", "replace").strip() or response.reason or "")
    except _NotPublic as error:
        raise UnsafeSlot(target.put, str(error)) from None
    except TimeoutError:
        raise FileUploadError(f"nothing has moved for {stall:g} s on the way to {url.host}") from None
    except (aiohttp.ClientError, ConnectionError) as error:
        if body.fault is not None:
            raise body.fault from None
        raise FileUploadError(f"the connection to {url.host} failed: {error}") from error


def tls_context(xmpp: Any) -> ssl.SSLContext:
    """How a stream would speak TLS, but without its own certificate: that is for its server alone."""
    return client_context(ca_certs=xmpp.ca_certs, ciphers=xmpp.ciphers, minimum=xmpp.settings.tls_minimum)


class _Body:
    """The content as aiohttp takes it, in a task of its own."""

    def __init__(self, content: Content, size: int, moved: Callable[[int], Awaitable[None]]) -> None:
        self._content = content
        self._size = size
        self._moved = moved
        self._pieces: AsyncGenerator[bytes] | None = None
        self._writer: asyncio.Task[Any] | None = None
        #: Why it could not be read; aiohttp only says that the connection has ended.
        self.fault: Exception | None = None

    def __aiter__(self) -> AsyncGenerator[bytes]:
        self._pieces = self._read()
        return self._pieces

    async def _read(self) -> AsyncGenerator[bytes]:
        self._writer = asyncio.current_task()
        count = 0
        try:
            async with aclosing(pieces(self._content, self._size)) as found:
                async for data in found:
                    yield data
                    count += len(data)
                    await self._moved(count)
        except Exception as error:
            self.fault = error
            raise

    async def aclose(self) -> None:
        """Close the file. aiohttp may be about to read from it."""
        if self._writer is not None and self._writer is not asyncio.current_task():
            self._writer.cancel()
            await asyncio.wait([self._writer])
        if self._pieces is not None:
            await self._pieces.aclose()


def _session(context: ssl.SSLContext, *, private: bool) -> aiohttp.ClientSession:
    """A session that adds nothing: no cookies of its own, nothing from the environment, no name of the program."""
    resolver = aiohttp.ThreadedResolver() if private else _PublicResolver()
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context, resolver=resolver, force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        skip_auto_headers=("User-Agent",),
        auto_decompress=False,
    )


class _NotPublic(Exception):
    """A name leads to no public address."""


class _PublicResolver(aiohttp.ThreadedResolver):
    """Finds addresses of the public internet only. The connection goes to those, whatever the name means later."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        public = [each for each in found if is_public_address(each["host"])]
        if not public:
            places = ", ".join(each["host"] for each in found[:3])
            raise _NotPublic(f"{host} is at {places}: not on the public internet; `allow_private_hosts` allows it")
        return public
