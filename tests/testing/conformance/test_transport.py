# SPDX-License-Identifier: MIT
"""The suite for transports: ours pass it, and what breaks one of its rules is caught."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from xmppkit.testing.conformance import transport as suite
from xmppkit.testing.conformance.transport import Recorder, Served, TransportConformance
from xmppkit.transports import websocket
from xmppkit.transports.base import ReceiverT
from xmppkit.transports.certificates import (
    Authority,
    CertificateFiles,
    client_context,
    make_authority,
    make_certificate,
    server_context,
)
from xmppkit.transports.endpoints import Endpoint, url_endpoint
from xmppkit.transports.memory import READ_SIZE, MemoryConnector, MemoryTransport
from xmppkit.transports.tcp import TcpConnector, listen

PLACE = Endpoint("memory", 1)


class TestTcp(TransportConformance):
    @asynccontextmanager
    async def serve(self, accept: Callable[[], Recorder]) -> AsyncIterator[Served]:
        server = await listen(accept)
        try:
            yield Served(TcpConnector(), Endpoint(*server.sockets[0].getsockname()))
        finally:
            server.close()


class TestMemory(TransportConformance):
    @asynccontextmanager
    async def serve(self, accept: Callable[[], Recorder]) -> AsyncIterator[Served]:
        listeners = {(PLACE.host, PLACE.port): accept}
        yield Served(MemoryConnector(listeners), PLACE)
        listeners.clear()


@asynccontextmanager
async def web_server(accept: Callable[[], Recorder], context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A web server with a WebSocket at ``/ws``; its port."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await websocket.accept(request, accept, max_message=suite.MUCH)

    application = web.Application()
    application.router.add_get("/ws", handle)
    runner = web.AppRunner(application, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@cache
def own_certificate() -> tuple[Authority, CertificateFiles]:
    directory = Path(tempfile.mkdtemp(prefix="xmppkit-test-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    authority = make_authority(directory)
    return authority, make_certificate(authority, directory, "localhost")


class TestWebSocket(TransportConformance):
    alphabet = bytes(range(1, 128))

    @asynccontextmanager
    async def serve(self, accept: Callable[[], Recorder]) -> AsyncIterator[Served]:
        async with web_server(accept) as port:
            connector = websocket.WebSocketConnector(client_context, max_message=suite.MUCH)
            yield Served(connector, url_endpoint(f"ws://127.0.0.1:{port}/ws"))


class TestWebSocketWithTls(TransportConformance):
    alphabet = bytes(range(1, 128))

    @asynccontextmanager
    async def serve(self, accept: Callable[[], Recorder]) -> AsyncIterator[Served]:
        authority, files = own_certificate()
        async with web_server(accept, server_context(files.certificate, files.key)) as port:
            trusting = partial(client_context, ca_certs=authority.files.certificate, http=True)
            connector = websocket.WebSocketConnector(trusting, use_ipv6=False, max_message=suite.MUCH)
            yield Served(connector, url_endpoint(f"wss://localhost:{port}/ws"))


# --- what breaks a rule -----------------------------------------------------------------------------------


class Reordering(MemoryTransport):
    def write(self, data: bytes) -> None:
        self._outgoing[:0] = data
        self._schedule()


class Truncating(MemoryTransport):
    def write(self, data: bytes) -> None:
        super().write(data[:1_000_000])


class Immediate(MemoryTransport):
    def write(self, data: bytes) -> None:
        self._peer._receiver.data_received(data)


class Unstoppable(MemoryTransport):
    def pause_reading(self) -> None:
        pass


class Bottomless(MemoryTransport):
    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high = self._low = 10**12


class Impatient(MemoryTransport):
    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        super().set_write_buffer_limits(high=1, low=1)


class Forgetful(MemoryTransport):
    def close(self) -> None:
        self._outgoing.clear()
        super().close()


class Lingering(MemoryTransport):
    def is_closing(self) -> bool:
        return False


class Talkative(MemoryTransport):
    def write(self, data: bytes) -> None:
        if self._closing:
            self._peer._receiver.data_received(data)
        else:
            super().write(data)


class Deaf(MemoryTransport):
    def write_eof(self) -> None:
        self.close()


class Repeating(MemoryTransport):
    def _lose(self, exc: Exception | None) -> None:
        again = not self._lost
        super()._lose(exc)
        if again:
            self._receiver.connection_lost(exc)


class Curt(MemoryTransport):
    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return None


class Stubborn(MemoryTransport):
    def abort(self) -> None:
        self.close()


class BrokenConnector:
    """Connects with transports of a class that breaks a rule."""

    def __init__(self, cls: type[MemoryTransport], accept: Callable[[], Recorder]) -> None:
        self.cls = cls
        self.accept = accept

    async def connect(self, endpoint: Endpoint, receiver_factory: Callable[[], ReceiverT]) -> ReceiverT:
        loop = asyncio.get_running_loop()
        receiver = receiver_factory()
        one, other = self.cls(receiver, loop, READ_SIZE), self.cls(self.accept(), loop, READ_SIZE)
        one._join(other)
        other._join(one)
        await asyncio.sleep(0)
        return receiver


class Broken(TransportConformance):
    def __init__(self, cls: type[MemoryTransport]) -> None:
        self.cls = cls

    @asynccontextmanager
    async def serve(self, accept: Callable[[], Recorder]) -> AsyncIterator[Served]:
        yield Served(BrokenConnector(self.cls, accept), PLACE)


@pytest.mark.parametrize(
    ("cls", "test"),
    [
        (Reordering, "test_bytes_arrive_in_order"),
        (Truncating, "test_large_writes"),
        (Immediate, "test_nobody_is_called_from_within"),
        (Unstoppable, "test_reading_pauses"),
        (Bottomless, "test_writing_pauses"),
        (Impatient, "test_writing_pauses"),
        (Forgetful, "test_close_sends_what_was_kept"),
        (Lingering, "test_close_sends_what_was_kept"),
        (Talkative, "test_after_close"),
        (Deaf, "test_half_close"),
        (Repeating, "test_connect"),
        (Curt, "test_extra_info"),
        (Stubborn, "test_abort"),
        (MemoryTransport, "test_nothing_listens"),  # the connector connects to whatever it is told
    ],
)
async def test_what_breaks_a_rule_is_caught(
    cls: type[MemoryTransport], test: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite, "PATIENCE", 0.2)
    with pytest.raises(AssertionError):
        await getattr(Broken(cls), test)()


async def test_a_subclass_is_told_what_to_write() -> None:
    with pytest.raises(TypeError, match="what listens"):
        await TransportConformance().test_connect()


def test_each_test_says_what_it_checks() -> None:
    tests = [value for name, value in vars(TransportConformance).items() if name.startswith("test_")]
    assert len(tests) > 10
    assert all(test.__doc__ for test in tests)


async def test_an_order_that_is_not_allowed_is_noted() -> None:
    recorder = Recorder()
    recorder.data_received(b"")
    recorder.connection_made(MemoryTransport(recorder, asyncio.get_running_loop(), 1))
    recorder.connection_made(recorder.transport)
    recorder.eof_received()
    recorder.data_received(b"a")
    recorder.connection_lost(None)
    recorder.eof_received()
    assert recorder.faults == [
        "data_received came before connection_made",
        "data_received brought no bytes",
        "connection_made came twice",
        "data_received came after eof_received",
        "eof_received came after connection_lost",
    ]
