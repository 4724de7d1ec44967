# SPDX-License-Identifier: MIT
"""Opening connections: the fastest endpoint of several, at embedded servers and at what is none."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import CertificateUntrusted, ConnectionRefused, RemoteError
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
    async with asyncio.timeout(5), client:
        assert client._endpoint is not None
        assert client._endpoint.port == server.port
        assert client.tls_info is not None
    assert failures == []


async def test_what_is_no_tls_is_passed_over(server: EmbeddedServer, make: Make) -> None:
    client, failures = make((1, server.port, True), (2, 1, False), (3, server.port, False))
    async with asyncio.timeout(5), client:
        assert client._endpoint is not None
        assert not client._endpoint.direct_tls
    assert len(failures) == 2
    assert isinstance(failures[1], ConnectionRefused)


async def test_a_certificate_of_somebody_else_ends_it(server: EmbeddedServer, make: Make) -> None:
    client, failures = make((1, server.direct_tls_port, True), (2, 1, False))
    client.ca_certs = None
    with pytest.raises(CertificateUntrusted):
        async with asyncio.timeout(5), client:
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
