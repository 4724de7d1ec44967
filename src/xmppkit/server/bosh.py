# SPDX-License-Identifier: MIT
"""BOSH at the embedded server (XEP-0206): between its web side, by aiohttp, and `xmppkit.transports.boshserver`.

Only POST asks for something (XEP-0124 §5). What is too large, compressed or slow is refused before a session hears of
it. Answers are not kept by anybody, and no browser takes them for a page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from aiohttp import web

from xmppkit.protocol.framing.bosh.manager import BoshManager
from xmppkit.protocol.framing.bosh.served import ServedLimits
from xmppkit.protocol.tls import transport_of
from xmppkit.transports.boshserver import BoshListener
from xmppkit.transports.http import told_of

if TYPE_CHECKING:
    from xmppkit.server.limits import ServerLimits
    from xmppkit.transports.base import Receiver

__all__ = ["BoshService"]

#: Seconds that a request may take to come, from the end of its head.
BODY_TIMEOUT: Final = 10.0
_PIECE: Final = 64 * 1024
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}
_PAGES: Final = {
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "86400",
}


class BoshService:
    """The sessions of one server.

    :param accept: makes what faces a client.
    :param limits: how many sessions there may be, and from one address.
    """

    def __init__(self, accept: Callable[[], Receiver], limits: ServerLimits) -> None:
        self._terms = ServedLimits()
        manager = BoshManager(self._terms, sessions=limits.connections, per_address=limits.bosh_per_address)
        self._listener = BoshListener(accept, manager)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request; whoever calls has seen to it that the page it may come from is welcome."""
        response = await self._answer(request)
        response.headers.update(_HEADERS)
        origin = request.headers.get("Origin")
        if origin is not None:
            response.headers.update({"Access-Control-Allow-Origin": origin, "Vary": "Origin"})
        return response

    async def _answer(self, request: web.Request) -> web.Response:
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=_PAGES)
        if request.method != "POST":
            return web.Response(status=405, text="This is for BOSH (XEP-0206).\n", headers={"Allow": "POST, OPTIONS"})
        if request.headers.get("Content-Encoding", "identity") != "identity":
            return _last(web.Response(status=415, text="Requests are not to be compressed.\n"))
        try:
            async with asyncio.timeout(BODY_TIMEOUT):
                data = await self._read(request)
        except TimeoutError:
            return _last(web.Response(status=408, text="The request took too long to come.\n"))
        found = told_of(request.transport, "ssl_object")
        answer = await self._listener.handle(
            data,
            address=request.remote or "",
            secure=request.secure,
            tls=transport_of(found) if found is not None else None,
            peername=told_of(request.transport, "peername"),
        )
        response = web.Response(status=answer.status, body=answer.body, headers={"Content-Type": answer.content_type})
        return response if len(data) <= self._terms.body_bytes else _last(response)

    async def _read(self, request: web.Request) -> bytes:
        """The content; of what is too large a byte more than may be."""
        limit = self._terms.body_bytes + 1
        data = bytearray()
        while len(data) < limit and (piece := await request.content.read(min(_PIECE, limit - len(data)))):
            data += piece
        return bytes(data)

    def stop(self) -> None:
        """Make no more sessions."""
        self._listener.close()

    def close(self) -> None:
        """End those that there are: every request is answered."""
        self._listener.abort()


def _last(response: web.Response) -> web.Response:
    """Nothing more is read from this connection."""
    response.force_close()
    return response
