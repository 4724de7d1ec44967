# SPDX-License-Identifier: MIT
"""What goes wrong at real servers ends in one clear error, soon: what, where, what to do."""

from __future__ import annotations

import asyncio
import logging
import re
from pathlib import Path

import pytest
from servers.base import Server
from sessions import TIMEOUT, at, failure, make_client, make_component, seen

from xmppkit import ClientXMPP, ComponentXMPP
from xmppkit.exceptions import (
    AuthenticationFailed,
    CertificateUntrusted,
    CertificateWrongHost,
    ConnectionRefused,
    NegotiationTimeout,
    NotXMPP,
    RemoteError,
    StreamErrorReceived,
    TLSFailed,
)
from xmppkit.settings import Settings
from xmppkit.transports.certificates import make_authority

WAYS = pytest.mark.parametrize("direct_tls", [False, True], ids=["starttls", "direct"])


def assert_clear(error: BaseException, *words: str) -> None:
    """One line that names what and where, and says in parentheses what to do."""
    text = str(error)
    for word in words:
        assert word in text
    assert re.search(r"\(.+\)$", text), text
    assert "\n" not in text
    assert isinstance(error, RemoteError)


@pytest.fixture(autouse=True)
def _all_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "xmppkit")


# --- logging in -----------------------------------------------------------------------------------------


@WAYS
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", None])
@pytest.mark.parametrize("name", ["alice", "nobody"])
async def test_a_wrong_password_or_account(
    server: Server, name: str, mechanism: str | None, direct_tls: bool, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(server, name, password="hunter2 ü", sasl_mech=mechanism, direct_tls=direct_tls)
    events = seen(client, "failed_auth", "failed_all_auth")
    error = await failure(client)
    assert isinstance(error, AuthenticationFailed)
    assert error.condition == "not-authorized"
    assert_clear(error, server.domain, name, "refused the login", "check the JID and the password")
    assert events.qsize() == 2
    assert "hunter2" not in caplog.text
    assert all(record.exc_info is None for record in caplog.records), caplog.text


async def test_no_password(server: Server) -> None:
    error = await failure(make_client(server, password=""))
    assert isinstance(error, AuthenticationFailed)
    assert_clear(error, server.domain, "there is no user name and password")


async def test_a_domain_that_the_server_does_not_serve(server: Server) -> None:
    error = await failure(at(server, ClientXMPP("alice@other.example", "x")))
    assert isinstance(error, StreamErrorReceived)
    assert error.condition == "host-unknown"
    assert_clear(error, "other.example")


# --- components -----------------------------------------------------------------------------------------


async def test_a_wrong_component_secret(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    error = await failure(make_component(server, "hunter2"))
    assert isinstance(error, StreamErrorReceived)
    assert error.condition == "not-authorized"
    assert_clear(error, server.component_domain, "component's secret")
    assert "hunter2" not in caplog.text


async def test_a_component_that_the_server_does_not_know(server: Server) -> None:
    error = await failure(ComponentXMPP("unknown.localhost", "x", server.host, server.component_port))
    assert isinstance(error, StreamErrorReceived)
    assert error.condition == ("not-authorized" if server.name == "ejabberd" else "host-unknown")
    assert_clear(error, "unknown.localhost")


async def test_a_component_that_is_there_already(server: Server) -> None:
    second = make_component(server)
    async with asyncio.timeout(TIMEOUT), make_component(server) as first:
        if server.name == "ejabberd":
            # It takes both, and shares out the stanzas.
            async with second:
                assert second.sessionstarted
        else:
            error = await failure(second)
            assert isinstance(error, StreamErrorReceived)
            assert error.condition == "conflict"
            assert_clear(error, server.component_domain)
        assert first.is_connected()


# --- TLS ------------------------------------------------------------------------------------------------


@WAYS
async def test_an_authority_that_did_not_sign(server: Server, direct_tls: bool, tmp_path: Path) -> None:
    client = make_client(server, direct_tls=direct_tls)
    client.ca_certs = make_authority(tmp_path).ca_file
    invalid = seen(client, "ssl_invalid_chain")
    error = await failure(client)
    assert isinstance(error, CertificateUntrusted)
    assert_clear(error, server.domain, "not trusted", "ca_certs")
    assert invalid.get_nowait() is error


@WAYS
async def test_the_system_does_not_trust_the_authority(server: Server, direct_tls: bool) -> None:
    client = make_client(server, direct_tls=direct_tls)
    client.ca_certs = None
    assert isinstance(await failure(client), CertificateUntrusted)


async def test_a_certificate_for_another_name(server: Server) -> None:
    """Direct TLS: with STARTTLS the server says before that it does not serve the domain."""
    error = await failure(at(server, ClientXMPP("alice@other.example", "x"), direct_tls=True))
    if server.name == "Prosody":
        # By SNI it knows the name that is asked for, and shows nothing for it.
        assert isinstance(error, TLSFailed)
        assert_clear(error, "other.example", "unrecognized name", "has a certificate for this domain")
    else:
        assert isinstance(error, CertificateWrongHost)
        assert_clear(error, "other.example", "another name", "check the domain of the JID")


# --- wrong doors ----------------------------------------------------------------------------------------


async def test_direct_tls_at_the_port_for_starttls(server: Server) -> None:
    client = make_client(server, direct_tls=True)
    client.custom_address = (server.host, server.port)
    error = await failure(client)
    assert isinstance(error, TLSFailed)
    assert_clear(error, "not TLS")


async def test_starttls_at_the_port_for_direct_tls(server: Server) -> None:
    client = make_client(server)
    client.custom_address = (server.host, server.direct_tls_port)
    assert_clear(await failure(client), server.domain, "check")


async def test_a_client_at_the_port_for_components(server: Server) -> None:
    client = make_client(server)
    client.custom_address = (server.host, server.component_port)
    assert_clear(await failure(client), server.domain, "this port is for components: clients use 5222")


async def test_a_component_at_the_port_for_clients(server: Server) -> None:
    component = make_component(server)
    component.server_port = server.port
    component.custom_address = (server.host, server.port)
    assert_clear(await failure(component), server.component_domain, "this port is for clients")


@WAYS
async def test_a_client_at_a_http_port(server: Server, direct_tls: bool) -> None:
    """Some servers for HTTP wait for the end of a line, which does not come: that is what the timeout is for."""
    client = make_client(server, direct_tls=direct_tls, settings=Settings(negotiation_timeout=0.5))
    client.custom_address = (server.host, server.admin_port)
    error = await failure(client)
    assert isinstance(error, NegotiationTimeout | NotXMPP | TLSFailed)
    assert_clear(error, server.domain, "check")


async def test_a_server_that_is_not_there(server: Server) -> None:
    await asyncio.to_thread(server.stop)
    error = await failure(make_client(server))
    assert isinstance(error, ConnectionRefused)
    assert_clear(error, f"{server.host}:{server.port}", "nothing listens", "check host and port")
