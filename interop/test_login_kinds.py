# SPDX-License-Identifier: MIT
"""Logging in otherwise than with a password, and bound to TLS 1.3, at real servers and at our own.

Of Prosody 0.12 the host for bound logins has a module of the tests (`servers/prosody_modules`), since it neither
exports keying material nor announces kinds of channel binding; its SCRAM is Prosody's. ejabberd 23.01 offers ``-PLUS``
with TLS 1.3 and has no kind for it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import _serve
from servers.base import Server
from servers.logins import BOUND, CERTIFIED, TOKEN, EjabberdForLogins, ProsodyForLogins
from sessions import TIMEOUT, at, failure, make_client

from xmppkit import ClientXMPP
from xmppkit.exceptions import AuthenticationFailed, RemoteError
from xmppkit.sasl.policy import Binding
from xmppkit.server import EmbeddedServer
from xmppkit.settings import Settings
from xmppkit.transports.certificates import Authority, CertificateFiles, make_certificate
from xmppkit.transports.openssl import installed

EXPORTER = pytest.mark.skipif(not installed(), reason="pyOpenSSL is not installed (the extra channel-binding)")


@pytest.fixture(scope="module")
def prosody(tmp_path_factory: pytest.TempPathFactory, authority: Path) -> Iterator[Server]:
    yield from _serve(ProsodyForLogins, tmp_path_factory, authority)


@pytest.fixture(scope="module")
def ejabberd(tmp_path_factory: pytest.TempPathFactory, authority: Path) -> Iterator[Server]:
    yield from _serve(EjabberdForLogins, tmp_path_factory, authority)


@pytest.fixture(scope="module", params=["prosody", "ejabberd"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def own(authority: Path, directory: Path, *names: str) -> CertificateFiles:
    """A client's certificate, by the authority that the servers trust."""
    return make_certificate(
        Authority(CertificateFiles(authority / "ca.pem", authority / "ca-key.pem")), directory, *names
    )


def certified_domain(server: Server) -> str:
    return CERTIFIED if server.name == "Prosody" else server.domain


def by_certificate(server: Server, files: CertificateFiles, jid: str = "", **settings: Any) -> ClientXMPP:
    """A client without a password."""
    told = {"certfile": str(files.certificate), "keyfile": str(files.key), "reconnect_attempts": 1, **settings}
    client = ClientXMPP(jid or f"alice@{certified_domain(server)}", settings=Settings(**told))
    client.auto_reconnect = False
    return at(server, client)


# --- EXTERNAL -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("library", ["ssl", "auto"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
async def test_a_certificate(
    server: Server, authority: Path, tmp_path: Path, library: str, version: ssl.TLSVersion
) -> None:
    domain = certified_domain(server)
    client = by_certificate(
        server, own(authority, tmp_path, f"alice@{domain}"), tls_library=library, tls_minimum=version
    )
    async with asyncio.timeout(TIMEOUT), client:
        assert client.mechanism == "EXTERNAL"
        assert client.boundjid.bare == f"alice@{domain}"


async def test_one_of_several_addresses(server: Server, authority: Path, tmp_path: Path) -> None:
    domain = certified_domain(server)
    files = own(authority, tmp_path, f"alice@{domain}", f"bob@{domain}")
    client = by_certificate(server, files, f"bob@{domain}")
    client.credentials["authzid"] = f"bob@{domain}"
    async with asyncio.timeout(TIMEOUT), client:
        assert client.mechanism == "EXTERNAL"
        assert client.boundjid.bare == f"bob@{domain}"


async def test_a_certificate_for_another_domain(server: Server, authority: Path, tmp_path: Path) -> None:
    client = by_certificate(server, own(authority, tmp_path, "alice@elsewhere.example"))
    assert isinstance(await failure(client), RemoteError)
    assert not client.authenticated


# --- tokens ---------------------------------------------------------------------------------------------


def by_token(server: Server, jid: str, token: str, **arguments: Any) -> ClientXMPP:
    client = ClientXMPP(jid, **arguments)
    client.credentials["access_token"] = token
    client.auto_reconnect = False
    return at(server, client)


async def test_oauthbearer(prosody: Server) -> None:
    async with asyncio.timeout(TIMEOUT), by_token(prosody, f"alice@{BOUND}", TOKEN) as client:
        assert client.mechanism == "OAUTHBEARER"
        assert client.boundjid.bare == f"alice@{BOUND}"
    error = await failure(by_token(prosody, f"alice@{BOUND}", "wrong"))
    assert isinstance(error, AuthenticationFailed)
    assert "with OAUTHBEARER: " in str(error)


async def test_x_oauth2(ejabberd: Server) -> None:
    """It is used when it is named. (No token is right: Debian's ejabberd lacks what issues them, erlang-p1-oauth2.)"""
    jid = f"alice@{ejabberd.domain}"
    error = await failure(by_token(ejabberd, jid, "wrong", sasl_mech="X-OAUTH2"))
    assert isinstance(error, AuthenticationFailed)
    assert "with X-OAUTH2: not-authorized" in str(error)
    error = await failure(by_token(ejabberd, jid, "wrong"))
    assert "X-OAUTH2: refused by rule by_name" in str(error)


# --- channel binding ------------------------------------------------------------------------------------


@EXPORTER
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"])
async def test_bound_to_tls_13(prosody: Server, mechanism: str) -> None:
    client = ClientXMPP(f"alice@{BOUND}", prosody.users["alice"], sasl_mech=mechanism)
    async with asyncio.timeout(TIMEOUT), at(prosody, client):
        assert client.mechanism == mechanism
        assert client.tls_info is not None
        assert client.tls_info.version == "TLSv1.3"
        assert client.engine is not None
        assert client.engine.channel_binding("tls-exporter")


@EXPORTER
async def test_the_strongest_is_bound(prosody: Server) -> None:
    client = ClientXMPP(f"alice@{BOUND}", prosody.users["alice"], settings=Settings(channel_binding=Binding.REQUIRED))
    async with asyncio.timeout(TIMEOUT), at(prosody, client):
        assert client.mechanism == "SCRAM-SHA-256-PLUS"


async def test_without_pyopenssl_the_login_is_not_bound(prosody: Server) -> None:
    def make(**settings: Any) -> ClientXMPP:
        told = Settings(tls_library="ssl", **settings)
        return at(prosody, ClientXMPP(f"alice@{BOUND}", prosody.users["alice"], settings=told))

    async with asyncio.timeout(TIMEOUT), make() as client:
        assert client.mechanism == "SCRAM-SHA-256"
    error = await failure(make(channel_binding=Binding.REQUIRED))
    assert "refused by rule channel_binding" in str(error)


@EXPORTER
async def test_kinds_that_are_not_announced(ejabberd: Server) -> None:
    """ejabberd 23.01 offers -PLUS, announces nothing, and cannot do tls-exporter: the default gets along with it."""
    async with asyncio.timeout(TIMEOUT), make_client(ejabberd) as client:
        assert client.mechanism == "SCRAM-SHA-512"
        assert client.tls_info is not None
        assert client.tls_info.version == "TLSv1.3"


@EXPORTER
async def test_tls_unique_by_pyopenssl(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    from xmppkit.transports import certificates, openssl

    real = certificates.client_context

    def old(**wishes: Any) -> ssl.SSLContext:
        context = real(**wishes)
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.load_verify_locations(str(server.ca_file))
        made.maximum_version = ssl.TLSVersion.TLSv1_2
        assert context.check_hostname
        return made

    monkeypatch.setattr(certificates, "client_context", old)
    openssl.openssl_client_context.cache_clear()
    async with asyncio.timeout(TIMEOUT), make_client(server, settings=Settings(tls_library="openssl")) as client:
        assert client.mechanism is not None
        assert client.mechanism.endswith("-PLUS")
        assert client.tls_info is not None
        assert client.tls_info.version == "TLSv1.2"


@EXPORTER
async def test_the_certificate_is_verified_by_pyopenssl_too(server: Server) -> None:
    settings = Settings(tls_library="openssl", reconnect_attempts=1)
    client = at(server, ClientXMPP("alice@localhost", "x", settings=settings))
    client.ca_certs = None  # the system's authorities do not know this one
    client.auto_reconnect = False
    assert type(await failure(client)).__name__ == "CertificateUntrusted"
    client = at(server, ClientXMPP("alice@elsewhere.example", "x", settings=settings))
    client.auto_reconnect = False
    assert type(await failure(client)).__name__ in ("CertificateWrongHost", "StreamErrorReceived")


# --- our own server -------------------------------------------------------------------------------------


@pytest.mark.parametrize("sasl2", [True, False], ids=["sasl2", "sasl"])
@pytest.mark.parametrize("library", ["ssl", "auto"])
async def test_at_our_own_server(authority: Path, tmp_path: Path, sasl2: bool, library: str) -> None:
    files = own(authority, tmp_path, "alice@localhost")
    users = {"alice": "alice's password"}
    async with EmbeddedServer(
        users=users,
        client_ca=authority / "ca.pem",
        bearer={TOKEN: "alice"}.get,  # type: ignore[arg-type]
    ) as host:
        for told, credentials, mechanism in (
            ({}, {"password": users["alice"]}, "SCRAM-SHA-512-PLUS"),
            ({}, {"access_token": TOKEN}, "OAUTHBEARER"),
            ({"certfile": str(files.certificate), "keyfile": str(files.key)}, {}, "EXTERNAL"),
        ):
            settings = Settings(
                sasl2=sasl2, tls_library=library, channel_binding=Binding.REQUIRED, ca_certs=str(host.ca_file), **told
            )
            client = ClientXMPP("alice@localhost", settings=settings)
            client.credentials.update(credentials)
            client.custom_address = (host.host, host.port)
            async with asyncio.timeout(TIMEOUT), client:
                assert client.mechanism == mechanism
