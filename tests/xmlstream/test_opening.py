# SPDX-License-Identifier: MIT
"""Opening connections: the fastest endpoint of several, at embedded servers and at what is none."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import (
    CertificateUntrusted,
    ConnectionLost,
    ConnectionRefused,
    NotXMPP,
    RemoteError,
    StreamErrorReceived,
)
from xmppkit.server import EmbeddedServer
from xmppkit.settings import Settings
from xmppkit.transports.resolver import SrvRecord, StaticResolver

USERS = {"alice": "secret"}


@pytest.fixture
def silent() -> AsyncIterator[int]:
    """A port of loopback whose connections are never answered: its queue is full."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(domain="localhost", users=USERS) as server:
        yield server


Make = Callable[..., tuple[ClientXMPP, list[RemoteError]]]


@pytest.fixture
def make(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A client of `server` and its failures, for records of priority, port and whether that is direct TLS."""
    monkeypatch.setattr("xmppkit.transports.endpoints._is_local", lambda name: False)

    def make(*records: tuple[int, int, bool], **settings: object) -> tuple[ClientXMPP, list[RemoteError]]:
        known: dict[str, list[SrvRecord]] = {}
        for priority, port, direct in records:
            name = f"_{'xmpps' if direct else 'xmpp'}-client._tcp.localhost"
            known.setdefault(name, []).append(SrvRecord(priority, 1, port, "127.0.0.1."))
        client = ClientXMPP("alice@localhost", "secret", settings=Settings(**settings))
        client.resolver = StaticResolver(known)
        client.ca_certs = server.ca_file
        failures: list[RemoteError] = []
        client.add_event_handler("connection_failed", failures.append)
        return client, failures

    return make


async def test_a_silent_endpoint_does_not_hold_us_up(server: EmbeddedServer, make: Make, silent: int) -> None:
    client, failures = make((1, silent, False), (2, silent, True), (3, server.port, False), happy_eyeballs_delay=0.02)
    async with asyncio.timeout(60), client:
        assert client._endpoint is not None
        assert client._endpoint.port == server.port
        assert client.tls_info is not None
    assert failures == []


async def test_what_is_no_tls_is_passed_over(server: EmbeddedServer, make: Make) -> None:
    client, failures = make((1, server.port, True), (2, 1, False), (3, server.port, False))
    async with asyncio.timeout(60), client:
        assert client._endpoint is not None
        assert not client._endpoint.direct_tls
    assert len(failures) == 2
    assert isinstance(failures[1], ConnectionRefused)


class Closing(asyncio.Protocol):
    """Accepts connections, says so much to what it is told first, and closes.

    :ivar count: how many it has closed.
    """

    def __init__(self, saying: bytes | None) -> None:
        self.saying = saying
        self.count = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.count += 1
        if self.saying is None:
            transport.close()

    def data_received(self, data: bytes) -> None:
        if self.saying is not None:
            self.transport.write(self.saying)
            self.transport.close()


HEADER = (
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from='localhost' id='1' "
    "version='1.0'>"
)
STARTTLS = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"
DOWN = "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"


@pytest.fixture
async def closing(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Closing, int]]:
    """What closes connections after it has said the parameter, and its port."""
    protocol = Closing(request.param)
    listening = await asyncio.get_running_loop().create_server(lambda: protocol, "127.0.0.1", 0)
    async with listening:
        yield protocol, listening.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("closing", "kind"),
    [
        (None, ConnectionLost),
        (b"", ConnectionLost),
        (HEADER.encode(), ConnectionLost),
        ((HEADER + STARTTLS).encode(), ConnectionLost),
        ((HEADER + DOWN).encode(), StreamErrorReceived),
        (b"SSH-2.0-x\r\n", NotXMPP),
    ],
    indirect=["closing"],
    ids=["at once", "without a word", "header", "features", "error", "another protocol"],
)
async def test_who_closes_before_tls_is_passed_over(
    server: EmbeddedServer, make: Make, closing: tuple[Closing, int], kind: type[RemoteError]
) -> None:
    protocol, port = closing
    client, failures = make((1, port, False), (2, port, False), (3, server.port, False))
    log: list[str] = []
    for name in ("connected", "disconnected", "reconnect_delay"):
        client.add_event_handler(name, lambda _, name=name: log.append(name))
    async with asyncio.timeout(30), client:
        assert client._endpoint is not None
        assert client._endpoint.port == server.port
        assert log == ["connected"]
    assert protocol.count == 2
    assert [type(each) for each in failures] == [kind, kind]


@pytest.mark.parametrize("starttls", [False, True])
@pytest.mark.parametrize("closing", [b""], indirect=True)
async def test_without_tls_the_stream_of_the_server_counts(
    server: EmbeddedServer, make: Make, closing: tuple[Closing, int], *, starttls: bool
) -> None:
    protocol, port = closing
    async with EmbeddedServer(domain="localhost", users=USERS, tls=False) as clear:
        client, failures = make((1, port, False), (2, clear.port, False), (3, 1, False))
        client.enable_starttls, client.enable_plaintext = starttls, True
        client["feature_mechanisms"].unencrypted_scram = True
        connected: list[object] = []
        client.add_event_handler("connected", connected.append)
        async with asyncio.timeout(30), client:
            assert client.tls_info is None
            assert len(connected) == 1
    assert protocol.count == 1
    assert [type(each) for each in failures] == [ConnectionLost]


@pytest.mark.parametrize("closing", [b""], indirect=True)
async def test_when_all_close_each_is_tried_once(make: Make, closing: tuple[Closing, int]) -> None:
    protocol, port = closing
    client, failures = make((1, port, False), (2, port, False), (3, port, False))
    disconnected: list[object] = []
    client.add_event_handler("disconnected", disconnected.append)
    with pytest.raises(ConnectionLost):
        async with asyncio.timeout(30), client:
            raise AssertionError("there should be no session")
    assert protocol.count == 3
    assert len(failures) == 2  # with the last there is nothing to pass over to
    assert len(disconnected) == 1


async def test_a_certificate_of_somebody_else_ends_it(server: EmbeddedServer, make: Make) -> None:
    client, failures = make((1, server.direct_tls_port, True), (2, 1, False))
    client.ca_certs = None
    with pytest.raises(CertificateUntrusted):
        async with asyncio.timeout(60), client:
            raise AssertionError("there should be no session")
    assert [type(each) for each in failures] == [CertificateUntrusted, ConnectionRefused]


async def test_giving_up_while_several_are_tried(make: Make, silent: int) -> None:
    client, failures = make((1, silent, False), (2, silent, True), happy_eyeballs_delay=0.01)
    started = client.connect()
    for _ in range(20):
        await asyncio.sleep(0)
    client.cancel_connection_attempt()
    with pytest.raises(asyncio.CancelledError):
        await started
    assert not client.is_connecting()
    assert client.engine is None
    assert failures == []


async def test_what_opens_connections_says_how() -> None:
    from xmppkit.xmlstream.opening import Opening

    with pytest.raises(NotImplementedError):
        Opening("", 0, None, Settings(), None)._make_driver(None)
