# SPDX-License-Identifier: MIT
"""xmppkit.drivers.asyncio over sockets on loopback, with TLS: both ends are driven, from connect to the closing tag."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from xmppkit.drivers.asyncio import connect
from xmppkit.exceptions import (
    CertificateExpired,
    CertificateUntrusted,
    CertificateWrongHost,
    ConnectionLost,
    NotXMPP,
    RemoteError,
    TLSRequired,
)
from xmppkit.protocol.events import Negotiated, SecureTransport, StreamEnded
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.sasl import AccountRecord, Credentials
from xmppkit.stanza.base import StanzaBase
from xmppkit.testing.pair import Answers
from xmppkit.transports.certificates import (
    Authority,
    client_context,
    make_authority,
    make_certificate,
    server_context,
)
from xmppkit.transports.endpoints import Endpoint
from xmppkit.transports.memory import MemoryConnector
from xmppkit.transports.tcp import TcpConnector, listen

ACCOUNTS = Answers(accounts={"alice": AccountRecord(password="secret")})
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def contexts(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> dict[str, ssl.SSLContext]:
    """TLS contexts of servers, by what is wrong with them."""
    now = datetime.now(UTC)
    folder = tmp_path_factory.mktemp("servers")
    kinds: dict[str, tuple[Authority | None, str, dict[str, Any]]] = {
        "good": (authority, "localhost", {}),
        "wrong name": (authority, "elsewhere.example", {}),
        "expired": (authority, "localhost", {"begin": now - 3 * DAY, "end": now - DAY}),
        "untrusted": (None, "localhost", {}),
    }
    made: dict[str, ssl.SSLContext] = {}
    for kind, (signer, domain, dates) in kinds.items():
        files = make_certificate(signer, folder / kind, domain, **dates)
        made[kind] = server_context(files.certificate, files.key)
    return made


class Network:
    """A server that accepts connections, and clients that log in there.

    :param drive: the class of `conftest.Station`.
    """

    def __init__(self, drive: Any, authority: Authority) -> None:
        self.drive = drive
        self.client_context = client_context(ca_certs=authority.ca_file)
        self.accepted: list[Any] = []
        self.servers: list[asyncio.Server] = []
        self.clients: list[Any] = []
        self.echo = False
        self._news = asyncio.Event()

    def _answer(self, stream: Any, event: Any) -> None:
        ACCOUNTS(stream, event)
        if self.echo and isinstance(stream, ReceiverStream) and isinstance(event, StanzaBase):
            stream.send(event)
        self._news.set()

    def accept(self, options: StreamOptions) -> Any:
        stream = ReceiverStream(options, now=asyncio.get_running_loop().time())
        station = self.drive(stream, self._answer)
        self.accepted.append(station)
        return station.driver

    async def serve(self, factory: Callable[[], Any]) -> int:
        server = await listen(factory)
        self.servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def serve_xmpp(self, context: ssl.SSLContext | None, tls: TlsPolicy) -> int:
        options = StreamOptions(domain="localhost", tls=tls, ssl_context=context)
        return await self.serve(lambda: self.accept(options))

    async def log_in(self, port: int, *, connector: Any = None, direct: bool = False, **options: Any) -> Any:
        """Connect as alice; returns when the session is ready, or over."""
        options.setdefault("ssl_context", self.client_context)

        def make(endpoint: Endpoint) -> Any:
            tls = TlsPolicy.DIRECT if endpoint.direct_tls else TlsPolicy.REQUIRED
            told = StreamOptions(tls=tls, credentials=Credentials("alice", "secret"), **options)
            stream = ClientStream("alice@localhost/desk", told, now=asyncio.get_running_loop().time())
            self.clients.append(self.drive(stream, self._answer))
            return self.clients[-1].driver

        await connect([Endpoint("localhost", port, direct)], connector or TcpConnector(), make)
        client = self.clients[-1]
        await self.until(lambda: client.events and isinstance(client.events[-1], Negotiated | StreamEnded))
        return client

    async def until(self, reached: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not reached():
                self._news.clear()
                await self._news.wait()


@pytest_asyncio.fixture
async def network(drive, authority):
    made = Network(drive, authority)
    yield made
    for station in (*made.clients, *made.accepted):
        if not station.closed:
            station.driver.abort()
            await station.driver.wait_closed()
        assert station.faults == []
    for server in made.servers:
        server.close()
        await server.wait_closed()


# --- sessions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", [TlsPolicy.REQUIRED, TlsPolicy.DIRECT])
async def test_a_session_over_tls(network, contexts, tls: TlsPolicy) -> None:
    port = await network.serve_xmpp(contexts["good"], tls)
    client = await network.log_in(port, direct=tls is TlsPolicy.DIRECT)
    [server] = network.accepted
    await network.until(lambda: server.driver.stream.ready)
    for station in (client, server):
        assert isinstance(station.events[-1], Negotiated)
        assert station.events[-1].jid == "alice@localhost/desk"
        [secure] = [event for event in station.events if isinstance(event, SecureTransport)]
        assert secure.version == "TLSv1.3"
        assert secure.alpn == ("xmpp-client" if tls is TlsPolicy.DIRECT else None)
    client.driver.send("<message to='localhost'><body>hello</body></message>")
    await client.driver.drain()
    await network.until(lambda: server.brief[-1] == "hello")
    server.driver.close()
    await client.driver.wait_closed()
    await server.driver.wait_closed()
    assert server.driver.stream.error is None
    assert client.brief[-1] == server.brief[-1] == "StreamEnded"
    assert client.closed == server.closed == [None]


@pytest.mark.parametrize("read_size", [1, 100_000])
async def test_a_session_over_tls_in_memory(network, contexts, read_size: int) -> None:
    options = StreamOptions(domain="localhost", ssl_context=contexts["good"])
    connector = MemoryConnector({("localhost", 5222): lambda: network.accept(options)}, read_size=read_size)
    client = await network.log_in(5222, connector=connector)
    assert isinstance(client.events[-1], Negotiated)
    client.driver.close()
    await client.driver.wait_closed()
    assert client.events[-1] == StreamEnded("closed", None)


async def test_megabytes_both_ways_pass_the_limits_of_the_buffers(network, contexts) -> None:
    port = await network.serve_xmpp(contexts["good"], TlsPolicy.REQUIRED)
    network.echo = True
    client = await network.log_in(port)
    body = "x" * 100_000
    for _ in range(60):
        client.driver.send(f"<message><body>{body}</body></message>")
    await client.driver.drain()
    await network.until(lambda: client.brief.count(body) == 60)


# --- what can go wrong ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", [TlsPolicy.REQUIRED, TlsPolicy.DIRECT])
@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("wrong name", CertificateWrongHost),
        ("expired", CertificateExpired),
        ("untrusted", CertificateUntrusted),
    ],
)
async def test_certificates_that_prove_nothing(
    network, contexts, kind: str, error: type[RemoteError], tls: TlsPolicy
) -> None:
    port = await network.serve_xmpp(contexts[kind], tls)
    client = await network.log_in(port, direct=tls is TlsPolicy.DIRECT)
    assert type(client.driver.stream.error) is error
    assert client.driver.stream.error.where == "localhost"
    await client.driver.wait_closed()
    [server] = network.accepted
    await server.driver.wait_closed()
    assert server.driver.stream.error is not None
    assert not any(event for event in server.brief if event in ("AccountNeeded", "Authenticated"))


async def test_starttls_is_not_offered(network) -> None:
    port = await network.serve_xmpp(None, TlsPolicy.DISABLED)
    client = await network.log_in(port)
    assert isinstance(client.driver.stream.error, TLSRequired)
    await client.driver.wait_closed()
    await network.accepted[0].driver.wait_closed()


class Speaker(asyncio.Protocol):
    """A server that is not XMPP: says something, and hangs up when it is not understood."""

    def __init__(self, says: bytes) -> None:
        self.says = says

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(self.says)
        self.transport.close()


@pytest.mark.parametrize(
    ("says", "error"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n<html>", NotXMPP),
        (b"SSH-2.0-OpenSSH_9.2\r\n", NotXMPP),
        (b"", ConnectionLost),
    ],
)
async def test_a_server_that_is_not_xmpp(network, says: bytes, error: type[RemoteError]) -> None:
    client = await network.log_in(await network.serve(lambda: Speaker(says)))
    assert type(client.driver.stream.error) is error
    await client.driver.wait_closed()
    assert client.brief == ["StreamEnded"]


async def test_a_connection_that_is_reset(network, contexts) -> None:
    port = await network.serve_xmpp(contexts["good"], TlsPolicy.REQUIRED)
    client = await network.log_in(port)
    [server] = network.accepted
    sock = server.driver.transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close with a reset
    server.driver.abort()
    await client.driver.wait_closed()
    error = client.driver.stream.error
    assert isinstance(error, ConnectionLost)
    assert isinstance(error.__cause__, ConnectionResetError)
    assert client.closed == [error.__cause__]


async def test_a_stream_error_reaches_the_peer_that_is_still_writing(network, contexts) -> None:
    """RFC 6120 §4.9: who closes at once with data unread makes the system send a reset, and the error is lost."""
    port = await network.serve_xmpp(contexts["good"], TlsPolicy.REQUIRED)
    client = await network.log_in(port)
    [server] = network.accepted
    await network.until(lambda: server.driver.stream.ready)
    server.driver.stream.close_with_error("policy-violation", "too much")
    server.driver.wake()
    for _ in range(20):
        client.driver.send(f"<message><body>{'x' * 100_000}</body></message>")
    await client.driver.wait_closed()
    assert "StreamErrorReceived" in client.brief
    assert "policy-violation" in str(client.driver.stream.error)
