# SPDX-License-Identifier: MIT
"""xmppkit.transports.proxy: with proxies on loopback, and with such as say anything."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from xmppkit.exceptions import ConfigurationError, ConnectionRefused, HostNotFound, ProxyRefused
from xmppkit.testing.proxies import LoopbackProxy
from xmppkit.transports.endpoints import Endpoint
from xmppkit.transports.memory import MemoryConnector
from xmppkit.transports.proxy import HEAD, Proxy, ProxyConnector, ProxyKind
from xmppkit.transports.tcp import TcpConnector

SOCKS, HTTP = ProxyKind.SOCKS5, ProxyKind.HTTP
THERE = Endpoint("server.example", 5222)
PATIENCE = 60.0
kinds = pytest.mark.parametrize("kind", list(ProxyKind), ids=lambda kind: kind.value)


# --- URLs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("socks5://host", Proxy(SOCKS, "host", 1080)),
        ("socks5h://host:9050/", Proxy(SOCKS, "host", 9050)),
        ("http://[::1]", Proxy(HTTP, "::1", 8080)),
        ("http://me:p%40ss%3A@host:1", Proxy(HTTP, "host", 1, "me", "p@ss:")),
    ],
)
def test_urls(url: str, proxy: Proxy) -> None:
    assert Proxy.parse(url) == proxy


@pytest.mark.parametrize(
    "url", ["", "host:1", "https://host", "socks4://host", "http://", "http://h:0", "http://h:x", "http://[::1", "http://h/p",
            "http://h?q", "http://h#f"],
)  # fmt: skip
def test_what_is_no_proxy(url: str) -> None:
    with pytest.raises(ConfigurationError, match="proxy takes socks5://host:port"):
        Proxy.parse(url)


def test_what_a_proxy_cannot_be_told() -> None:
    with pytest.raises(ConfigurationError, match="at most 255 bytes"):
        Proxy(SOCKS, "h", 1, "me", "x" * 256)
    with pytest.raises(ConfigurationError, match="no colon"):
        Proxy.parse("http://a%3Ab:c@h")


def test_passwords_are_not_shown() -> None:
    proxy = Proxy.parse("socks5://me:hidden@[::1]:9050")
    assert str(proxy) == "socks5://[::1]:9050"
    assert "hidden" not in repr(proxy)
    with pytest.raises(ConfigurationError) as caught:
        Proxy.parse("socks9://me:hidden@host")
    assert "hidden" not in str(caught.value)


# --- through proxies on loopback -----------------------------------------------------------------------------


@kinds
@pytest.mark.parametrize("username", ["", "me"])
async def test_bytes_go_both_ways_and_end(recorder, serve, kind: ProxyKind, username: str) -> None:
    accepted: list[Any] = []

    def accept() -> Any:
        accepted.append(recorder(keep_open=True))
        return accepted[-1]

    port = await serve(accept)
    async with LoopbackProxy(kind, username, "p:w", hosts={"server.example": "127.0.0.1"}) as proxy:
        connector = ProxyConnector(proxy.proxy, TcpConnector())
        client = await connector.connect(Endpoint("server.example", port), lambda: recorder(keep_open=True))
        assert client.calls == ["made"]
        client.transport.write(b"ping")
        await accepted[0].until(lambda: accepted[0].data == b"ping")
        accepted[0].transport.write(b"pong")
        await client.until(lambda: client.data == b"pong")
        client.transport.write_eof()
        await accepted[0].called("eof")
        accepted[0].transport.close()
        await client.called("eof")
        client.transport.close()
        await client.called("lost")
        assert client.error is None
        assert proxy.asked == [("server.example", port)]


@kinds
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "bücher.example"])
async def test_how_hosts_are_told(recorder, kind: ProxyKind, host: str) -> None:
    async with LoopbackProxy(kind, hosts={"xn--bcher-kva.example": "127.0.0.1"}) as proxy:
        with pytest.raises(ConnectionRefused, match="the proxy did not connect: ") as caught:
            await ProxyConnector(proxy.proxy, TcpConnector()).connect(Endpoint(host, 1), recorder)
        assert proxy.asked == [({"bücher.example": "xn--bcher-kva.example"}.get(host, host), 1)]
        assert caught.value.where == f"{Endpoint(host, 1)} through {proxy.proxy}"


@kinds
async def test_proxies_that_want_to_know_us(recorder, kind: ProxyKind) -> None:
    async with LoopbackProxy(kind, "me", "secret") as proxy:
        at = proxy.proxy
        for wrong in (Proxy(kind, at.host, at.port), Proxy(kind, at.host, at.port, "me", "guess")):
            with pytest.raises(ProxyRefused) as caught:
                await ProxyConnector(wrong, TcpConnector()).connect(THERE, recorder)
            assert "guess" not in str(caught.value)
        assert proxy.asked == []


@kinds
async def test_no_proxy_there(recorder, kind: ProxyKind) -> None:
    connector = ProxyConnector(Proxy(kind, "127.0.0.1", 1), TcpConnector())
    with pytest.raises(ConnectionRefused, match="the proxy cannot be reached: nothing listens there"):
        await connector.connect(THERE, recorder)


async def test_unix_sockets_need_no_proxy(recorder) -> None:
    seen = []

    class Inner:
        async def connect(self, endpoint: Endpoint, receiver_factory: Any) -> Any:
            seen.append(endpoint)
            return receiver_factory()

    path = Endpoint("", 0, path="/run/x")
    assert isinstance(await ProxyConnector(Proxy(HTTP, "h", 1), Inner()).connect(path, recorder), recorder)
    assert seen == [path]


# --- proxies that say anything --------------------------------------------------------------------------------


class Scripted:
    """A proxy in memory that says one piece of its script for each that it hears; an empty one ends the connection."""

    def __init__(self, *script: bytes) -> None:
        self.script = list(script)
        self.heard = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.heard += data
        if self.script:
            said = self.script.pop(0)
            self.transport.write(said) if said else self.transport.close()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None: ...


async def through(
    kind: ProxyKind,
    recorder: Any,
    *script: bytes,
    read_size: int = 65536,
    endpoint: Endpoint = THERE,
    timeout: float = PATIENCE,
    **known: Any,
) -> Any:
    """Connect through a scripted proxy; returns proxy and receiver."""
    there = Scripted(*script)
    inner = MemoryConnector({("proxy", 1): lambda: there}, read_size=read_size)
    connector = ProxyConnector(Proxy(kind, "proxy", 1, **known), inner, timeout=timeout)
    return there, await connector.connect(endpoint, recorder)


YES = b"\x05\x00\x00"
ENDS = {"IPv4": b"\x01" + bytes(6), "IPv6": b"\x04" + bytes(18), "a name": b"\x03\x02ab" + bytes(2)}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("read_size", [1, 2, 65536])
async def test_socks_answers_in_pieces_with_the_servers_words_behind(
    recorder, turns, end: bytes, read_size: int
) -> None:
    proxy, client = await through(SOCKS, recorder, b"\x05\x00", YES + end + b"<stream>", read_size=read_size)
    await client.until(lambda: client.data == b"<stream>")
    assert client.calls[:2] == ["made", "data"]
    await turns(100)
    assert proxy.heard == b"\x05\x01\x00" + b"\x05\x01\x00\x03\x0eserver.example" + (5222).to_bytes(2)


@pytest.mark.parametrize("read_size", [1, 65536])
async def test_http_answers_in_pieces_with_the_servers_words_behind(recorder, turns, read_size: int) -> None:
    answer = b"HTTP/1.0 200\r\nX: y\r\n\r\n<stream>"
    proxy, client = await through(HTTP, recorder, answer, read_size=read_size)
    await client.until(lambda: client.data == b"<stream>")
    await turns(100)
    assert proxy.heard == b"CONNECT server.example:5222 HTTP/1.1\r\nHost: server.example:5222\r\n\r\n"


@pytest.mark.parametrize(
    ("kind", "script", "error", "said"),
    [
        (SOCKS, [b"HTTP/1.1 400 Bad Request\r\n\r\n"], ProxyRefused, "does not speak SOCKS5"),
        (SOCKS, [b"\x05\xff"], ProxyRefused, "it wants username and password"),
        (SOCKS, [b"\x05\x02"], ProxyRefused, "it wants username and password"),
        (SOCKS, [b"\x05\x00", b"\x04\x00\x00\x01"], ProxyRefused, "does not speak SOCKS5"),
        (SOCKS, [b"\x05\x00", b"\x05\x00\x00\x09"], ProxyRefused, "does not speak SOCKS5"),
        (SOCKS, [b"\x05\x00", b"\x05\x02\x00\x01"], ProxyRefused, "its rules do not allow it"),
        (SOCKS, [b"\x05\x00", b"\x05\x04\x00\x01"], ConnectionRefused, "the host cannot be reached"),
        (SOCKS, [b"\x05\x00", b"\x05\x63\x00\x01"], ConnectionRefused, "it answered 99"),
        (SOCKS, [b""], ConnectionRefused, "the proxy closed the connection"),
        (HTTP, [b"\x05\x00\x00\x00\x00"], ProxyRefused, "does not speak HTTP"),
        (HTTP, [b"HTTP/1.1 200 " + b"x" * HEAD], ProxyRefused, "does not speak HTTP"),
        (HTTP, [b"HTTP/2 200\r\n\r\n"], ProxyRefused, "does not speak HTTP"),
        (HTTP, [b"HTTP/1.1 403 No\r\n\r\n"], ProxyRefused, "did not connect: 403 No "),
        (HTTP, [b"HTTP/1.1 503\r\n\r\n"], ConnectionRefused, "did not connect: 503 "),
        (HTTP, [b""], ConnectionRefused, "the proxy closed the connection"),
    ],
)
async def test_refusals(recorder, kind: ProxyKind, script: list[bytes], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        await through(kind, recorder, *script)


@pytest.mark.parametrize(("kind", "script"), [(SOCKS, []), (HTTP, [b"HT"])])
async def test_a_proxy_that_falls_silent(recorder, kind: ProxyKind, script: list[bytes]) -> None:
    with pytest.raises(ConnectionRefused, match=r"the proxy did not connect within 0\.05 s"):
        await through(kind, recorder, *script, timeout=0.05)


async def test_none_of_our_ways_to_log_in(recorder) -> None:
    with pytest.raises(ProxyRefused, match="none of our ways"):
        await through(SOCKS, recorder, b"\x05\xff", username="me", password="x")


@kinds
@pytest.mark.parametrize("host", ["", "a b", "a\r\nX: y", "ä" * 300, "x" * 256])
async def test_what_is_no_host_name(recorder, kind: ProxyKind, host: str) -> None:
    if (kind, host) == (HTTP, "x" * 256):
        return  # it may ask for that
    with pytest.raises(HostNotFound, match="this is no host name"):
        await through(kind, recorder, b"\x05\x00", endpoint=Endpoint(host, 1))


# --- what goes wrong on our side -------------------------------------------------------------------------------


async def test_a_receiver_that_cannot_be_made(recorder) -> None:
    def broken() -> Any:
        raise RuntimeError("no receiver")

    with pytest.raises(RuntimeError, match="no receiver"):
        await through(HTTP, broken, b"HTTP/1.1 200 OK\r\n\r\n<stream>")


async def test_giving_up(recorder, turns) -> None:
    there = Scripted()
    inner = MemoryConnector({("proxy", 1): lambda: there})
    task = asyncio.ensure_future(ProxyConnector(Proxy(HTTP, "proxy", 1), inner).connect(THERE, recorder))
    await turns()
    there.transport.write(b"HTTP/1.1 ")
    task.cancel()
    await turns()
    assert task.cancelled()
    there.transport.write(b"200 OK\r\n\r\n")
    await turns()
    assert there.transport.is_closing()


async def test_back_pressure_passes_through(recorder) -> None:
    class Inner:
        """Calls what transports call before and after the proxy has answered."""

        async def connect(self, endpoint: Endpoint, receiver_factory: Any) -> Any:
            tunnel = self.tunnel = receiver_factory()
            tunnel.pause_writing()
            tunnel.resume_writing()
            tunnel.connection_made(self)
            assert tunnel.eof_received() is None
            tunnel.data_received(b"HTTP/1.1 200 OK\r\n\r\n")
            tunnel.pause_writing()
            tunnel.resume_writing()
            return tunnel

        def write(self, data: bytes) -> None: ...

    client = await ProxyConnector(Proxy(HTTP, "h", 1), Inner()).connect(THERE, recorder)
    assert client.calls == ["made", "pause", "resume"]


async def test_what_comes_after_a_refusal_is_dropped(recorder) -> None:
    class Inner:
        async def connect(self, endpoint: Endpoint, receiver_factory: Any) -> Any:
            tunnel = receiver_factory()
            tunnel.connection_made(self)
            for data in itertools.repeat(b"nonsense", 3):
                tunnel.data_received(data)
            tunnel.connection_lost(None)
            return tunnel

        def write(self, data: bytes) -> None: ...

        def abort(self) -> None: ...

    with pytest.raises(ProxyRefused):
        await ProxyConnector(Proxy(HTTP, "h", 1), Inner()).connect(THERE, recorder)
