# SPDX-License-Identifier: MIT
"""Contexts of pyOpenSSL, which ask for what those of Python's ssl ask for."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("OpenSSL", reason="pyOpenSSL is not installed (the extra channel-binding)")
from OpenSSL import SSL

from xmppkit.exceptions import CertificateUntrusted, CertificateWrongHost, ConfigurationError, TLSFailed
from xmppkit.protocol.tls import TlsLayer, make_filter
from xmppkit.transports import openssl
from xmppkit.transports.certificates import (
    Authority,
    CertificateFiles,
    client_context,
    make_authority,
    make_certificate,
    server_context,
)
from xmppkit.transports.openssl import installed, openssl_client_context, openssl_server_context


def test_it_is_installed() -> None:
    installed.cache_clear()
    assert installed()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def files(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> CertificateFiles:
    return make_certificate(authority, tmp_path_factory.mktemp("server"), "localhost")


def shaken(client: Any, server: Any, name: str = "localhost", alpn: tuple[str, ...] = ()) -> tuple[TlsLayer, TlsLayer]:
    """Both ends after a handshake."""
    near = make_filter(client, server_side=False, server_name=name, where=name, alpn=alpn)
    far = make_filter(server, server_side=True, alpn=alpn)
    near.start()
    moved = True
    while moved:
        moved = False
        for source, sink in ((near, far), (far, near)):
            data = source.data_to_send()
            if data:
                moved = True
                sink.receive(data)
    return near, far


@pytest.mark.parametrize("alpn", [(), ("xmpp-client",)])
def test_a_handshake(authority: Authority, files: CertificateFiles, alpn: tuple[str, ...]) -> None:
    client = openssl_client_context(client_context(ca_certs=authority.ca_file), system=False)
    server = openssl_server_context(server_context(files.certificate, files.key), files.certificate, files.key)
    near, far = shaken(client, server, alpn=alpn)
    assert near.established
    assert near.info().version == "TLSv1.3"
    assert near.info().alpn == (alpn[0] if alpn else None)
    assert near.channel_binding("tls-exporter") == far.channel_binding("tls-exporter")
    with pytest.raises(CertificateWrongHost):
        shaken(client, server, "elsewhere.example")


def test_the_systems_authorities(
    files: CertificateFiles, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = server_context(files.certificate, files.key)
    with pytest.raises(CertificateUntrusted):
        shaken(openssl_client_context(client_context()), server)
    # Where the system keeps them only the system knows.
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    near, _ = shaken(openssl_client_context(plain), server)
    assert near.established
    with pytest.raises(CertificateUntrusted):
        shaken(openssl_client_context(plain, system=False), server)
    # Elsewhere it is no files that it keeps them in, and ssl has loaded them.
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: type("P", (), {"cafile": None, "capath": None}))
    with pytest.raises(CertificateUntrusted):
        shaken(openssl_client_context(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)), server)
    near, _ = shaken(openssl_client_context(client_context(ca_certs=authority.ca_file)), server)
    assert near.established


def test_versions_and_ciphers(authority: Authority, files: CertificateFiles) -> None:
    old = server_context(files.certificate, files.key)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    modern = client_context(ca_certs=authority.ca_file, minimum=ssl.TLSVersion.TLSv1_3)
    with pytest.raises(TLSFailed):
        shaken(openssl_client_context(modern, system=False), old)
    wanted = "ECDHE-ECDSA-AES256-GCM-SHA384"
    one = client_context(ca_certs=authority.ca_file, ciphers=wanted)
    near, _ = shaken(openssl_client_context(one, system=False), old)
    assert near.info().version == "TLSv1.2"
    assert near.info().cipher == wanted
    server = openssl_server_context(old, files.certificate, files.key)
    near, far = shaken(client_context(ca_certs=authority.ca_file), server)
    assert near.info().version == "TLSv1.2"
    assert near.channel_binding("tls-unique") == far.channel_binding("tls-unique") != None  # noqa: E711


def test_ciphers_are_no_weaker(authority: Authority) -> None:
    context = client_context(ca_certs=authority.ca_file)
    made = SSL.Context(SSL.TLS_CLIENT_METHOD)
    openssl._like(made, context)
    names = set(SSL.Connection(made, None).get_cipher_list())
    assert {name for name in names if not name.startswith("TLS_")} <= {each["name"] for each in context.get_ciphers()}


def test_a_clients_certificate(authority: Authority, files: CertificateFiles, tmp_path: Path) -> None:
    own = make_certificate(authority, tmp_path, "alice@localhost")
    asking = server_context(files.certificate, files.key, client_ca=authority.ca_file)
    server = openssl_server_context(asking, files.certificate, files.key)
    plain = client_context(ca_certs=authority.ca_file)
    client = openssl_client_context(plain, (str(own.certificate), str(own.key)), system=False)
    _, far = shaken(client, server)
    shown = far.info().certificate
    assert shown == ssl.PEM_cert_to_DER_cert(own.certificate.read_text())
    _, far = shaken(plain, server)
    assert far.info().certificate is None
    stranger = make_certificate(None, tmp_path / "stranger", "alice@localhost")
    client = openssl_client_context(plain, (str(stranger.certificate), str(stranger.key)), system=False)
    with pytest.raises(CertificateUntrusted):
        shaken(client, server)


def test_equal_wishes_share_one(authority: Authority) -> None:
    context = client_context(ca_certs=authority.ca_file)
    assert openssl_client_context(context, system=False) is openssl_client_context(context, system=False)


@pytest.mark.parametrize(
    ("certificate", "key", "said"),
    [
        ("localhost.pem", "no such file", "is no unencrypted key"),
        ("localhost.pem", "localhost.pem", "is no unencrypted key"),
        ("localhost-key.pem", "localhost-key.pem", "is no certificate of this key"),
        ("no such file", "localhost-key.pem", "is no certificate of this key"),
        ("localhost.pem", "other-key.pem", "is no certificate of this key"),
    ],
)
def test_files_that_cannot_be_used(
    authority: Authority, files: CertificateFiles, tmp_path: Path, certificate: str, key: str, said: str
) -> None:
    for name in ("localhost.pem", "localhost-key.pem"):
        (tmp_path / name).write_bytes((files.certificate.parent / name).read_bytes())
    make_certificate(authority, tmp_path, "other")
    own = (str(tmp_path / certificate), str(tmp_path / key))
    with pytest.raises(ConfigurationError, match=said):
        openssl_client_context(client_context(ca_certs=authority.ca_file), own)
