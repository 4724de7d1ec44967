# SPDX-License-Identifier: MIT
"""xmppkit.transports.tcp: real sockets on loopback; what needs a network is played by the event loop."""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import Any

import pytest

from xmppkit.exceptions import ConnectionRefused, HostNotFound
from xmppkit.transports.endpoints import Endpoint
from xmppkit.transports.tcp import TcpConnector, listen

#: A port of 127.0.0.1 on which nothing listens, for programs are not given one below 1024.
CLOSED = 1


@pytest.fixture
async def joined(recorder, serve):
    """A client and the server's end of one connection."""
    accepted = recorder(keep_open=True)
    port = await serve(lambda: accepted)
    client = await TcpConnector().connect(Endpoint("127.0.0.1", port), lambda: recorder(keep_open=True))
    await accepted.called("made")
    yield client, accepted
    client.transport.abort()
    accepted.transport.abort()
    await client.called("lost")
    await accepted.called("lost")


# --- connecting -------------------------------------------------------------------------------------------


async def test_connects_and_moves_bytes_both_ways(joined) -> None:
    client, accepted = joined
    assert client.calls == ["made"]
    client.transport.write(b"ping")
    await accepted.called("data")
    accepted.transport.write(b"pong")
    await client.called("data")
    assert (accepted.data, client.data) == (b"ping", b"pong")


async def test_socket_options(recorder, serve) -> None:
    port = await serve(recorder)
    seen: list[socket.socket] = []
    client = await TcpConnector(configure=seen.append).connect(Endpoint("127.0.0.1", port), recorder)
    assert seen[0].getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert seen[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    client.transport.close()
    await client.called("lost")


async def test_configure_that_fails_leaves_no_connection(recorder, serve) -> None:
    def configure(sock: socket.socket) -> None:
        raise ZeroDivisionError

    port = await serve(recorder)
    made = recorder()
    with pytest.raises(ZeroDivisionError):
        await TcpConnector(configure=configure).connect(Endpoint("127.0.0.1", port), lambda: made)
    await made.called("lost")


async def test_receiver_that_cannot_be_made_leaves_no_connection(recorder, serve) -> None:
    def factory() -> Any:
        raise ZeroDivisionError

    accepted = recorder()
    port = await serve(lambda: accepted)
    with pytest.raises(ZeroDivisionError):
        await TcpConnector().connect(Endpoint("127.0.0.1", port), factory)
    await accepted.called("lost")


async def test_refused_port_is_named(recorder) -> None:
    endpoint = Endpoint("127.0.0.1", CLOSED, direct_tls=True)
    with pytest.raises(ConnectionRefused) as caught:
        await TcpConnector().connect(endpoint, recorder)
    assert caught.value.reason == "nothing listens there"
    assert caught.value.where == f"127.0.0.1:{endpoint.port} (direct TLS)"
    assert "server is running" in str(caught.value)


async def test_name_that_does_not_resolve(recorder, monkeypatch) -> None:
    async def getaddrinfo(*args: Any, **options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    with pytest.raises(HostNotFound, match=r"nowhere\.invalid:5222: the host name does not resolve: Name or") as caught:
        await TcpConnector().connect(Endpoint("nowhere.invalid", 5222), recorder)
    assert isinstance(caught.value.__cause__, socket.gaierror)


@pytest.mark.parametrize("host", ["a..example", "a" * 64 + ".example", "a\0b"])
async def test_what_can_be_no_host_name(recorder, host: str) -> None:
    with pytest.raises(HostNotFound, match="this is no host name"):
        await TcpConnector().connect(Endpoint(host, 5222), recorder)


class Loop(asyncio.AbstractEventLoop):
    """An event loop that is none of asyncio's own, and whose connections fail as told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.options: dict[str, Any] = {}

    async def create_connection(self, factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
        self.options = options
        if self.error is not None:
            raise self.error
        return Transport(), factory()


class Transport(asyncio.Transport):
    """A connection of some kind that has no socket."""


async def test_other_loops_are_not_asked_for_happy_eyeballs(recorder) -> None:
    loop = Loop()
    made = recorder()
    assert await TcpConnector(loop=loop, use_ipv6=False).connect(Endpoint("host", 1), lambda: made) is made
    assert loop.options == {"family": socket.AF_INET}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENETUNREACH, "x"), "cannot connect: Network is unreachable (ENETUNREACH)"),
        (TimeoutError(errno.ETIMEDOUT, "x"), "cannot connect: Connection timed out (ETIMEDOUT)"),
        (OSError(9999, "x"), "cannot connect: Unknown error 9999 (9999)"),
        # As asyncio sums up several addresses:
        (OSError("Multiple exceptions: [Errno 111] Connect call, [Errno 111] Connect call"), "nothing listens there"),
        (
            OSError("Multiple exceptions: [Errno 111] Connect, [Errno 101] Connect, [Errno 101] Connect"),
            "cannot connect: Connection refused (ECONNREFUSED), Network is unreachable (ENETUNREACH)",
        ),
        (OSError("could not bind"), "cannot connect: could not bind"),
    ],
)
async def test_errors_of_the_system(recorder, error: OSError, reason: str) -> None:
    with pytest.raises(ConnectionRefused) as caught:
        await TcpConnector(loop=Loop(error)).connect(Endpoint("host", 1), recorder)
    assert caught.value.reason == reason
    assert caught.value.__cause__ is error


async def test_silence_ends_at_the_timeout(recorder, monkeypatch) -> None:
    async def sock_connect(sock: socket.socket, address: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", sock_connect)
    with pytest.raises(
        ConnectionRefused, match=r"127\.0\.0\.1:1: no connection within 0\.01 s \(check host and port, and"
    ):
        await TcpConnector(timeout=0.01).connect(Endpoint("127.0.0.1", 1), recorder)


# --- Unix sockets -------------------------------------------------------------------------------------------


async def test_a_unix_socket(recorder, tmp_path) -> None:
    path = str(tmp_path / "socket")
    with pytest.raises(ConnectionRefused, match=r"unix:/.*: cannot connect: No such file or directory \(ENOENT\)"):
        await TcpConnector().connect(Endpoint("", 0, path=path), recorder)
    accepted: list[Any] = []

    def accept() -> Any:
        accepted.append(recorder())
        return accepted[-1]

    server = await asyncio.get_running_loop().create_unix_server(accept, path)
    client = await TcpConnector().connect(Endpoint("", 0, path=path), recorder)
    client.transport.write(b"hello")
    client.transport.close()
    await client.called("lost")
    await accepted[0].called("lost")
    assert accepted[0].data == b"hello"
    server.close()
    await server.wait_closed()


async def test_systems_without_unix_sockets(recorder) -> None:
    class Other(asyncio.AbstractEventLoop):
        """Says NotImplementedError to everything, as Windows does here."""

    with pytest.raises(ConnectionRefused, match="this system has no Unix sockets"):
        await TcpConnector(loop=Other()).connect(Endpoint("", 0, path="/run/x"), recorder)


# --- happy eyeballs (RFC 8305) ------------------------------------------------------------------------------


@pytest.fixture
async def addresses(monkeypatch):
    """Give a host name several addresses, the first of which never answers; returns those that were tried."""
    loop = asyncio.get_running_loop()
    tried: list[str] = []
    connect = loop.sock_connect

    async def getaddrinfo(host: Any, port: Any, **options: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ("127.0.0.2", "127.0.0.1")]

    async def sock_connect(sock: socket.socket, address: Any) -> None:
        tried.append(address[0])
        if address[0] == "127.0.0.2":
            await asyncio.Event().wait()
        await connect(sock, address)

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(loop, "sock_connect", sock_connect)
    return tried


async def test_an_address_that_is_silent_delays_the_next_a_little(recorder, serve, addresses) -> None:
    port = await serve(recorder)
    connector = TcpConnector(happy_eyeballs_delay=0.01, timeout=60)
    client = await connector.connect(Endpoint("two.example", port), recorder)
    assert addresses == ["127.0.0.2", "127.0.0.1"]
    assert client.transport.get_extra_info("peername")[0] == "127.0.0.1"
    client.transport.abort()
    await client.called("lost")


async def test_without_happy_eyeballs_it_is_one_after_the_other(recorder, serve, addresses) -> None:
    port = await serve(recorder)
    with pytest.raises(ConnectionRefused, match=r"no connection within 0\.5 s"):
        await TcpConnector(happy_eyeballs_delay=None, timeout=0.5).connect(Endpoint("two.example", port), recorder)
    assert addresses == ["127.0.0.2"]


async def test_several_addresses_that_all_refuse(recorder, monkeypatch) -> None:
    async def getaddrinfo(host: Any, port: Any, **options: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ("127.0.0.2", "127.0.0.1")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    with pytest.raises(ConnectionRefused, match="nothing listens there"):
        await TcpConnector().connect(Endpoint("two.example", CLOSED), recorder)


# --- a connection --------------------------------------------------------------------------------------------


async def test_eof_leaves_the_other_direction_open(joined) -> None:
    client, accepted = joined
    client.transport.write_eof()
    await accepted.called("eof")
    accepted.transport.write(b"still here")
    await client.called("data")
    assert client.data == b"still here"


async def test_close_sends_what_was_written(joined) -> None:
    client, accepted = joined
    client.transport.write(b"x" * 1_000_000)
    client.transport.close()
    await accepted.called("eof")
    assert len(accepted.data) == 1_000_000
    await client.called("lost")
    assert client.error is None


async def test_abort_ends_both_ends(joined) -> None:
    client, accepted = joined
    client.transport.abort()
    await client.called("lost")
    await accepted.until(lambda: {"eof", "lost"} & set(accepted.calls))


async def test_reading_can_be_paused_and_writing_says_when_too_much_waits(joined) -> None:
    client, accepted = joined
    accepted.transport.pause_reading()
    client.transport.set_write_buffer_limits(high=0)
    size = 0
    while "pause" not in client.calls:
        client.transport.write(bytes(1_000_000))
        size += 1_000_000
    assert client.transport.get_write_buffer_size() > 0
    assert accepted.data == b""
    accepted.transport.resume_reading()
    await client.called("resume")
    await accepted.until(lambda: len(accepted.data) == size)


# --- listening ------------------------------------------------------------------------------------------------


async def test_listens_on_loopback_unless_told_otherwise(recorder) -> None:
    server = await listen(recorder)
    host, port = server.sockets[0].getsockname()
    assert host == "127.0.0.1"
    assert port > 0
    with pytest.raises(OSError, match="address already in use"):
        await listen(recorder, port=port, loop=asyncio.get_running_loop())
    server.close()
    await server.wait_closed()
