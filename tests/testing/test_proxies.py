# SPDX-License-Identifier: MIT
"""xmppkit.testing.proxies, through clients that find their server through them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.exceptions import ConfigurationError, ConnectionRefused, ProxyRefused
from xmppkit.server import EmbeddedServer
from xmppkit.settings import Settings
from xmppkit.testing.proxies import LoopbackProxy
from xmppkit.transports.proxy import ProxyKind

USERS = {"alice": "secret"}
kinds = pytest.mark.parametrize("kind", list(ProxyKind), ids=lambda kind: kind.value)


def make(server: EmbeddedServer, proxy: str | None, **settings: Any) -> ClientXMPP:
    client = ClientXMPP("alice@localhost", "secret", settings=Settings(proxy=proxy, **settings))
    client.ca_certs = server.ca_file
    client.custom_address = (server.host, server.port)
    return client


@kinds
async def test_a_session_through_a_proxy(kind: ProxyKind) -> None:
    async with EmbeddedServer(domain="localhost", users=USERS) as server, LoopbackProxy(kind, "me", "p:ss") as proxy:
        client = make(server, proxy.url)
        async with asyncio.timeout(60), client:
            await client.get_roster()
            assert client.tls_info is not None, "and the certificate was checked against localhost"
        assert proxy.asked == [(server.host, server.port)]


async def test_the_attribute_is_for_those_that_have_no_settings() -> None:
    async with (
        EmbeddedServer(domain="localhost", users=USERS) as server,
        LoopbackProxy(ProxyKind.SOCKS5, hosts={"server.example": "127.0.0.1"}) as proxy,
    ):
        client = make(server, None)
        client.proxy = proxy.url
        client.custom_address = ("server.example", server.port)  # which only the proxy knows
        async with asyncio.timeout(60), client:
            assert proxy.asked == [("server.example", server.port)]


@pytest.mark.parametrize(
    ("kind", "tls"),
    # Without TLS aiohttp asks HTTP proxies for no tunnel.
    [(ProxyKind.SOCKS5, True), (ProxyKind.SOCKS5, False), (ProxyKind.HTTP, True)],
    ids=["socks5-tls", "socks5-clear", "http-tls"],
)
@pytest.mark.parametrize(("scheme", "path"), [("ws", "xmpp-websocket"), ("http", "http-bind")])
async def test_a_session_over_the_web(kind: ProxyKind, tls: bool, scheme: str, path: str) -> None:
    async with (
        EmbeddedServer(domain="localhost", users=USERS, tls=tls, http_port=0) as server,
        LoopbackProxy(kind, "me", "p:ss") as proxy,
    ):
        client = ClientXMPP("alice@localhost", "secret", settings=Settings(proxy=proxy.url))
        client.ca_certs = server.ca_file if tls else None
        client.enable_plaintext = not tls
        client["feature_mechanisms"].unencrypted_scram = not tls
        client.custom_url = f"{scheme}{'s' if tls else ''}://localhost:{server.http_port}/{path}"
        async with asyncio.timeout(60), client:
            await client.get_roster()
            assert (client.tls_info is not None) is tls
        assert set(proxy.asked) == {("localhost", server.http_port)}


@kinds
async def test_a_session_survives_the_proxy(kind: ProxyKind) -> None:
    async with EmbeddedServer(domain="localhost", users=USERS, http_port=0) as server:
        async with LoopbackProxy(kind) as proxy:
            url = f"wss://localhost:{server.http_port}/xmpp-websocket"
            client = ClientXMPP("alice@localhost", "secret", settings=Settings(proxy=proxy.url, reconnect_delay=0.1))
            client.ca_certs = server.ca_file
            client.custom_url = url
            client.register_plugin("xep_0198")
            client.connect()
            await client.wait_until("session_start", timeout=20)
            back = asyncio.ensure_future(client.wait_until("session_resumed", timeout=30))
            place = proxy.proxy.port
        async with LoopbackProxy(kind, port=place):
            await back
            await client.get_roster()
            await client.disconnect()


@kinds
async def test_a_proxy_that_refuses_is_not_asked_again(kind: ProxyKind) -> None:
    async with EmbeddedServer(domain="localhost", users=USERS) as server, LoopbackProxy(kind, "me", "right") as proxy:
        client = make(server, proxy.url.replace("right", "wrong"))
        with pytest.raises(ProxyRefused):
            async with asyncio.timeout(60), client:
                raise AssertionError("there should be no session")
        assert proxy.asked == []


@kinds
async def test_a_server_that_is_not_there(kind: ProxyKind) -> None:
    async with EmbeddedServer(domain="localhost", users=USERS) as server, LoopbackProxy(kind) as proxy:
        client = make(server, proxy.url, reconnect_attempts=1)
        client.custom_address = ("127.0.0.1", 1)
        with pytest.raises(ConnectionRefused, match="through"):
            async with asyncio.timeout(60), client:
                raise AssertionError("there should be no session")


async def test_what_is_no_proxy() -> None:
    client = ClientXMPP("alice@localhost", "secret", host="127.0.0.1", port=1)
    client.proxy = "ftp://127.0.0.1"
    with pytest.raises(ConfigurationError, match="proxy takes"):
        await client.connect()


async def test_clients_that_leave_at_once_and_do_not_stop_it() -> None:
    async with LoopbackProxy(ProxyKind.SOCKS5) as proxy:
        at = proxy.proxy
        _, writer = await asyncio.open_connection(at.host, at.port)
        writer.close()
        _, writer = await asyncio.open_connection(at.host, at.port)
        writer.write(b"\x05")
        await writer.drain()
    writer.close()


async def test_a_component_at_a_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "component.sock")
    components = {"echo.localhost": "shared"}
    async with EmbeddedServer(domain="localhost", users=USERS, components=components) as server:
        listening = await asyncio.get_running_loop().create_unix_server(server._accept_component, path)
        component = ComponentXMPP("echo.localhost", "shared", f"unix:{path}")
        component.proxy = "socks5://127.0.0.1:1"  # which is of no interest here
        async with asyncio.timeout(60), component:
            assert component.is_connected()
        listening.close()
        await listening.wait_closed()
