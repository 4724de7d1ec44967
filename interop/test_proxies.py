# SPDX-License-Identifier: MIT
"""At real servers through proxies: a SOCKS5 and an HTTP CONNECT proxy on loopback."""

from __future__ import annotations

import asyncio

import pytest
from servers.base import Server
from sessions import TIMEOUT, Way, at, every_way, failure, make_client, make_component

from xmppkit.exceptions import ProxyRefused, TLSFailed
from xmppkit.testing.proxies import LoopbackProxy
from xmppkit.transports.endpoints import url_endpoint
from xmppkit.transports.proxy import ProxyKind

KINDS = pytest.mark.parametrize("kind", list(ProxyKind), ids=lambda kind: kind.value)


@KINDS
@every_way
async def test_a_session(server: Server, kind: ProxyKind, way: Way) -> None:
    async with asyncio.timeout(TIMEOUT), LoopbackProxy(kind, "me", "secret") as proxy:
        client = make_client(server)
        client.proxy = proxy.url
        async with client:
            await client.get_roster()
            assert client.tls_info is not None
        if client.custom_url:
            place = url_endpoint(client.custom_url)
            assert set(proxy.asked) == {(place.host, place.port)}
        else:
            assert proxy.asked == [(server.host, server.direct_tls_port if way is Way.DIRECT_TLS else server.port)]


@KINDS
async def test_a_name_that_only_the_proxy_knows_proves_nothing(server: Server, kind: ProxyKind) -> None:
    async with asyncio.timeout(TIMEOUT), LoopbackProxy(kind, hosts={"elsewhere.invalid": server.host}) as proxy:
        client = make_client(server)
        client.proxy = proxy.url
        client.custom_address = ("elsewhere.invalid", server.port)
        async with client:
            assert client.boundjid.domain == server.domain

        other = at(server, type(client)("alice@elsewhere.invalid", "x"))
        other.proxy = proxy.url
        other.custom_address = ("elsewhere.invalid", server.direct_tls_port)
        other.enable_starttls = False
        assert isinstance(await failure(other), TLSFailed)


@KINDS
async def test_a_proxy_that_does_not_know_us(server: Server, kind: ProxyKind) -> None:
    async with LoopbackProxy(kind, "me", "secret") as proxy:
        client = make_client(server)
        client.proxy = proxy.url.replace("secret", "guess")
        assert isinstance(await failure(client), ProxyRefused)
        assert proxy.asked == []


@KINDS
async def test_a_component(server: Server, kind: ProxyKind) -> None:
    async with asyncio.timeout(TIMEOUT), LoopbackProxy(kind) as proxy:
        component = make_component(server)
        component.proxy = proxy.url
        async with component:
            assert component.is_connected()
        assert proxy.asked == [(server.host, server.component_port)]
