# SPDX-License-Identifier: MIT
"""Logging in at real servers: TLS, every mechanism that they offer, the events and what they tell."""

from __future__ import annotations

import asyncio
import ssl

import pytest
from servers.base import USERS, Server
from sessions import TIMEOUT, at, failure, make_client, make_component, only_tls, seen
from wire import direct_tls as direct_tls_by_hand
from wire import mechanisms
from wire import starttls as starttls_by_hand

from xmppkit import ClientXMPP
from xmppkit.exceptions import AuthenticationFailed
from xmppkit.sasl.policy import MECHANISMS

EVENTS = (
    "connecting", "connected", "tls_success", "auth_success", "session_bind", "session_start", "stream_negotiated",
    "session_end", "disconnected", "failed_auth", "no_auth", "failed_all_auth", "connection_failed", "stream_error",
)  # fmt: skip
VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
WAYS = pytest.mark.parametrize("direct_tls", [False, True], ids=["starttls", "direct"])


def offered(
    server: Server, version: ssl.TLSVersion, *, direct_tls: bool = False, domain: str | None = None
) -> list[str]:
    """The mechanisms that a server offers over this version of TLS, asked without the library."""
    context = ssl.create_default_context(cafile=str(server.ca_file))
    context.minimum_version = context.maximum_version = version
    wire, features = (
        direct_tls_by_hand(server, context) if direct_tls else starttls_by_hand(server, domain, context=context)
    )
    with wire:
        return mechanisms(features)


# --- TLS ------------------------------------------------------------------------------------------------


@VERSIONS
@WAYS
async def test_a_session(server: Server, direct_tls: bool, version: ssl.TLSVersion) -> None:
    client = make_client(server, resource="r", direct_tls=direct_tls)
    only_tls(client, version)
    events: list[str] = []
    for name in EVENTS:
        client.add_event_handler(name, lambda _, name=name: events.append(name))
    certificates = seen(client, "ssl_cert")
    async with asyncio.timeout(TIMEOUT), client:
        assert client.boundjid == f"alice@{server.domain}/r"
        assert client.authenticated
        assert client.bound
        assert client.sessionstarted
        info = client.tls_info
        assert info is not None
        assert info.version == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[version.name]
        assert info.cipher
        assert info.certificate is not None
        # ejabberd does not choose a protocol
        assert info.alpn in (("xmpp-client", None) if direct_tls else (None,))
        assert certificates.get_nowait() == ssl.DER_cert_to_PEM_cert(info.certificate)
    assert certificates.empty()
    assert events == [
        "connecting", "connected", "tls_success", "auth_success", "session_bind", "session_start",
        "stream_negotiated", "session_end", "disconnected",
    ]  # fmt: skip
    assert client.last_error is None


async def test_the_server_chooses_a_resource(server: Server) -> None:
    async with asyncio.timeout(TIMEOUT), make_client(server) as first, make_client(server) as second:
        assert first.boundjid.bare == second.boundjid.bare == f"alice@{server.domain}"
        assert first.boundjid.resource
        assert first.boundjid != second.boundjid


async def test_starttls_where_plain_text_is_allowed(server: Server) -> None:
    client = make_client(server)
    client.enable_plaintext = True
    async with asyncio.timeout(TIMEOUT), client:
        assert client.tls_info is not None


# --- mechanisms -----------------------------------------------------------------------------------------


@VERSIONS
@WAYS
async def test_every_mechanism_that_is_offered(server: Server, direct_tls: bool, version: ssl.TLSVersion) -> None:
    names = await asyncio.to_thread(offered, server, version, direct_tls=direct_tls)
    assert {"PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"} <= set(names)
    assert set(names) <= set(MECHANISMS), "nothing is offered that the library does not have"
    async with asyncio.timeout(TIMEOUT):
        for name in names:
            # Its password has what SASLprep and SCRAM's own escaping treat.
            client = make_client(server, "bob", direct_tls=direct_tls, sasl_mech=name)
            only_tls(client, version)
            if name.endswith("-PLUS") and version is ssl.TLSVersion.TLSv1_3:
                # tls-unique is not for TLS 1.3, and Python's ssl module has no other kind.
                error = await failure(client)
                assert isinstance(error, AuthenticationFailed)
                assert f"{name}: refused by rule channel_binding: this connection has no channel binding" in str(error)
                continue
            async with client:
                assert client.mechanism == name
                assert client.boundjid.bare == f"bob@{server.domain}"


@VERSIONS
async def test_the_strongest_is_taken(server: Server, version: ssl.TLSVersion) -> None:
    client = make_client(server)
    only_tls(client, version)
    names = await asyncio.to_thread(offered, server, version)
    async with asyncio.timeout(TIMEOUT), client:
        binds = version is ssl.TLSVersion.TLSv1_2
        assert client.mechanism == next(
            name for name in MECHANISMS if name in names and (binds or not name.endswith("-PLUS"))
        )


@pytest.mark.parametrize("name", USERS)
async def test_every_account(server: Server, name: str) -> None:
    async with asyncio.timeout(TIMEOUT), make_client(server, name) as client:
        assert client.boundjid.bare == f"{name}@{server.domain}"


async def test_anonymous(server: Server) -> None:
    client = at(server, ClientXMPP(server.anonymous_domain))
    async with asyncio.timeout(TIMEOUT), client:
        assert client.mechanism == "ANONYMOUS"
        assert client.boundjid.domain == server.anonymous_domain
        assert client.boundjid.local
        assert client.boundjid.resource


async def test_a_mechanism_that_is_not_offered(server: Server) -> None:
    client = make_client(server, sasl_mech="EXTERNAL")
    events = seen(client, "no_auth", "failed_all_auth", "auth_success")
    error = await failure(client)
    assert isinstance(error, AuthenticationFailed)
    assert "no mechanism to log in with; the server offers" in str(error)
    assert "SCRAM-SHA-256: refused by rule allowed: the policy does not allow it" in str(error)
    assert events.qsize() == 2


async def test_an_account_is_no_stranger(server: Server) -> None:
    """ANONYMOUS is not for those who have an account, and not for the server's domain."""
    error = await failure(make_client(server, sasl_mech="ANONYMOUS"))
    assert isinstance(error, AuthenticationFailed)
    error = await failure(at(server, ClientXMPP(server.domain)))
    assert isinstance(error, AuthenticationFailed)
    assert "there is no user name and password" in str(error)


# --- components -----------------------------------------------------------------------------------------


async def test_a_component(server: Server) -> None:
    component = make_component(server)
    events: list[str] = []
    for name in EVENTS:
        component.add_event_handler(name, lambda _, name=name: events.append(name))
    async with asyncio.timeout(TIMEOUT), component:
        assert component.boundjid == server.component_domain
        assert component.tls_info is None
    assert events == ["connecting", "connected", "session_bind", "session_start", "session_end", "disconnected"]
    assert component.last_error is None
