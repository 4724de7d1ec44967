# SPDX-License-Identifier: MIT
"""xmppkit.transports.certificates: contexts are judged by the handshakes they make, files by who may read them."""

from __future__ import annotations

import os
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from xmppkit.exceptions import ConfigurationError, InvalidCABundle
from xmppkit.transports import certificates
from xmppkit.transports.certificates import (
    LIFETIME,
    Authority,
    client_context,
    extract_dates,
    extract_names,
    make_authority,
    make_certificate,
    server_context,
)

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def files(authority: Authority, tmp_path_factory: pytest.TempPathFactory):
    return make_certificate(authority, tmp_path_factory.mktemp("server"), "localhost", "bücher.example", "127.0.0.1")


def handshake(client: ssl.SSLContext, server: ssl.SSLContext, name: str = "localhost") -> ssl.SSLObject:
    """The client's end after a handshake in memory; raises what either end raises."""
    one, other = (ssl.MemoryBIO(), ssl.MemoryBIO()), (ssl.MemoryBIO(), ssl.MemoryBIO())
    near = client.wrap_bio(*one, server_hostname=name)
    far = server.wrap_bio(*other, server_side=True)
    waiting = [near, far]
    while waiting:
        for end in tuple(waiting):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                pass
            else:
                waiting.remove(end)
            other[0].write(one[1].read())
            one[0].write(other[1].read())
    far.write(b"x")
    one[0].write(other[1].read())
    assert near.read(1) == b"x"
    return near


# --- client contexts ------------------------------------------------------------------------------------------


def test_verifies_by_default() -> None:
    context = client_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert not context.hostname_checks_common_name
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_COMPRESSION
    assert context.options & ssl.OP_NO_RENEGOTIATION


def test_handshake(authority: Authority, files) -> None:
    client, server = client_context(ca_certs=authority.ca_file), server_context(files.certificate, files.key)
    assert handshake(client, server).version() == "TLSv1.3"
    handshake(client, server, "xn--bcher-kva.example")
    handshake(client, server, "127.0.0.1")


def test_older_than_tls_1_2_cannot_be_asked_for(authority: Authority, files) -> None:
    client = client_context(ca_certs=authority.ca_file, minimum=ssl.TLSVersion.MINIMUM_SUPPORTED)
    server = server_context(files.certificate, files.key, minimum=ssl.TLSVersion.MINIMUM_SUPPORTED)
    assert client.minimum_version is server.minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_newer_version_can_be_asked_for(authority: Authority, files) -> None:
    server = server_context(files.certificate, files.key)
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    assert handshake(client_context(ca_certs=authority.ca_file), server).version() == "TLSv1.2"
    with pytest.raises(ssl.SSLError):
        handshake(client_context(ca_certs=authority.ca_file, minimum=ssl.TLSVersion.TLSv1_3), server)


def test_for_the_web() -> None:
    certificates._client_context.cache_clear()
    assert client_context(http=True) is not client_context()


def test_equal_wishes_share_a_context(authority: Authority, tmp_path: Path) -> None:
    assert client_context() is client_context()
    assert client_context(ca_certs=authority.ca_file) is client_context(ca_certs=[str(authority.ca_file)])
    assert client_context() is not client_context(ca_certs=authority.ca_file)
    assert client_context() is not client_context(minimum=ssl.TLSVersion.TLSv1_3)


def test_a_file_that_has_changed_makes_a_new_context(authority: Authority, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(authority.ca_file.read_bytes())
    before = client_context(ca_certs=bundle)
    os.utime(bundle, (1, 1))
    assert client_context(ca_certs=bundle) is not before


def test_several_bundles_of_which_some_exist(authority: Authority, files, tmp_path: Path) -> None:
    client = client_context(ca_certs=[tmp_path / "missing.pem", authority.ca_file])
    handshake(client, server_context(files.certificate, files.key))


@pytest.mark.parametrize("make", [lambda path: client_context(ca_certs=path), None])
def test_bundle_that_is_missing_is_named(make, files, tmp_path: Path) -> None:
    make = make or (lambda path: server_context(files.certificate, files.key, client_ca=path))
    missing = tmp_path / "missing.pem"
    with pytest.raises(
        InvalidCABundle, match=r"no CA certificates at .*missing\.pem: name an existing PEM file"
    ) as caught:
        make(missing)
    assert caught.value.path == missing
    with pytest.raises(InvalidCABundle):
        make([missing, tmp_path])


def test_bundle_that_is_no_bundle_is_named(files, tmp_path: Path) -> None:
    junk = tmp_path / "junk.pem"
    junk.write_text("no certificate")
    with pytest.raises(ConfigurationError, match=r"ca_certs: .*junk\.pem holds no CA certificates in PEM"):
        client_context(ca_certs=junk)
    with pytest.raises(ConfigurationError, match=r"client_ca: .*junk\.pem holds no CA certificates in PEM"):
        server_context(files.certificate, files.key, client_ca=junk)


def test_ciphers(authority: Authority, files) -> None:
    name = "ECDHE-ECDSA-AES256-GCM-SHA384"
    server = server_context(files.certificate, files.key)
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    cipher = handshake(client_context(ca_certs=authority.ca_file, ciphers=name), server).cipher()
    assert cipher is not None
    assert cipher[0] == name
    with pytest.raises(ConfigurationError, match="ciphers: OpenSSL knows none of 'ROT13'"):
        client_context(ciphers="ROT13")


# --- certificates that clients show ---------------------------------------------------------------------------


def test_client_certificate(authority: Authority, files, tmp_path: Path) -> None:
    own = make_certificate(authority, tmp_path, "alice.example")
    server = server_context(files.certificate, files.key, client_ca=authority.ca_file)
    client = client_context(ca_certs=authority.ca_file, certfile=own.certificate, keyfile=own.key)
    handshake(client, server)
    handshake(client_context(ca_certs=authority.ca_file), server)  # one without is let in
    stranger = make_certificate(None, tmp_path, "mallory.example")
    with pytest.raises(ssl.SSLError):
        handshake(
            client_context(ca_certs=authority.ca_file, certfile=stranger.certificate, keyfile=stranger.key), server
        )


def test_certificate_and_key_in_one_file(authority: Authority, tmp_path: Path) -> None:
    made = make_certificate(authority, tmp_path, "localhost")
    both = tmp_path / "both.pem"
    both.write_bytes(made.certificate.read_bytes() + made.key.read_bytes())
    handshake(client_context(ca_certs=authority.ca_file, certfile=both), server_context(both))


def test_own_files_that_cannot_be_used(authority: Authority, files, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no such file among .*missing\.pem, None"):
        client_context(certfile=tmp_path / "missing.pem")
    with pytest.raises(ConfigurationError, match=r"no such file among .*missing\.pem"):
        client_context(certfile=files.certificate, keyfile=tmp_path / "missing.pem")
    with pytest.raises(ConfigurationError, match="are no certificate and its unencrypted key"):
        client_context(certfile=files.certificate, keyfile=authority.files.key)
    with pytest.raises(ConfigurationError, match="are no certificate and its unencrypted key"):
        server_context(tmp_path / "missing.pem")


def test_encrypted_key_is_refused_and_nobody_is_asked_for_a_password(files, tmp_path: Path) -> None:
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    path = tmp_path / "encrypted.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    with pytest.raises(ConfigurationError, match=r"encrypted\.pem are no certificate and its unencrypted key"):
        server_context(files.certificate, path)


# --- an authority of one's own --------------------------------------------------------------------------------


def test_authority_is_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    first = make_authority(folder)
    certificate = first.ca_file.read_bytes()
    assert make_authority(folder) == first
    assert first.ca_file.read_bytes() == certificate
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in (first.ca_file, first.files.key):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(os.listdir(folder)) == ["ca-key.pem", "ca.pem"]


def test_authority_that_is_about_to_expire_is_replaced(tmp_path: Path) -> None:
    old = make_authority(tmp_path, now=datetime.now(UTC) - LIFETIME + DAY / 2)
    certificate = old.ca_file.read_bytes()
    (tmp_path / "ca.pem.new").write_text("left behind when the machine went down")
    make_authority(tmp_path)
    assert old.ca_file.read_bytes() != certificate
    assert extract_dates(old.ca_file.read_bytes())[1] > datetime.now(UTC) + 800 * DAY


def test_authority_whose_key_is_anothers_is_replaced(authority: Authority, tmp_path: Path) -> None:
    made = make_authority(tmp_path)
    made.files.key.write_bytes(authority.files.key.read_bytes())
    make_authority(tmp_path)
    certificate = make_certificate(made, tmp_path, "localhost")
    handshake(client_context(ca_certs=made.ca_file), server_context(certificate.certificate, certificate.key))


# --- server certificates --------------------------------------------------------------------------------------


def test_names(files) -> None:
    assert extract_names(files.certificate.read_bytes()) == {
        "CN": {"localhost"},
        "DNS": {"localhost", "xn--bcher-kva.example"},
        "XMPPAddr": {"localhost", "bücher.example"},
        "SRV": set(),
        "URI": set(),
    }


def test_wildcards_and_long_names(authority: Authority, files, tmp_path: Path) -> None:
    long = f"{'a' * 60}.example"
    longer = f"{'b.' * 70}example"
    made = make_certificate(authority, tmp_path, "*.example", long, longer)
    assert made.certificate.name == "_.example.pem"
    names = extract_names(made.certificate.read_bytes())
    assert names["DNS"] == {"*.example", long, longer}
    assert names["XMPPAddr"] == {long, longer}
    made = make_certificate(authority, tmp_path, long)
    assert extract_names(made.certificate.read_bytes())["CN"] == {long[:64]}


def test_a_name_that_is_no_file_name(authority: Authority, tmp_path: Path) -> None:
    made = make_certificate(authority, tmp_path, "::1")
    assert made.certificate == tmp_path / "__1.pem"
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600


def test_a_certificate_needs_a_domain(authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="needs a domain"):
        make_certificate(authority, tmp_path)
    with pytest.raises(ConfigurationError, match="'bü cher' is no domain that a certificate can be for"):
        make_certificate(authority, tmp_path, "bü cher")


@pytest.mark.parametrize(
    ("begin", "end"), [(-3 * DAY, -DAY), (-2000 * DAY, None), (DAY, 2 * DAY)], ids=["expired", "old", "not yet"]
)
def test_outside_its_period(authority: Authority, tmp_path: Path, begin: timedelta, end: timedelta | None) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    made = make_certificate(
        authority, tmp_path, "localhost", begin=now + begin, end=now + end if end is not None else None
    )
    assert extract_dates(made.certificate.read_bytes()) == (
        now + begin,
        now + begin + LIFETIME if end is None else now + end,
    )
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        handshake(client_context(ca_certs=authority.ca_file), server_context(made.certificate, made.key))
    assert caught.value.verify_code in (9, 10)  # not yet valid, expired


def test_wrong_name(authority: Authority, tmp_path: Path) -> None:
    made = make_certificate(authority, tmp_path, "elsewhere.example")
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        handshake(client_context(ca_certs=authority.ca_file), server_context(made.certificate, made.key))
    assert caught.value.verify_code == 62


def test_signed_by_itself(authority: Authority, tmp_path: Path) -> None:
    made = make_certificate(None, tmp_path, "localhost")
    server = server_context(made.certificate, made.key)
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        handshake(client_context(ca_certs=authority.ca_file), server)
    assert caught.value.verify_code == 18
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(client_context(), server)


def test_slixmpps_names_are_here() -> None:
    for name in ("verify", "extract_names", "extract_dates", "get_ttl", "decode_str", "CertificateError"):
        assert hasattr(certificates, name)


def test_a_clients_certificate(authority: Authority, tmp_path: Path) -> None:
    files = make_certificate(authority, tmp_path, "jülia@localhost", "bob@localhost")
    assert files.certificate.name == "jülia_localhost.pem"
    names = extract_names(files.certificate.read_bytes())
    assert names["XMPPAddr"] == {"jülia@localhost", "bob@localhost"}
    assert names["DNS"] == set()


def test_a_context_for_http_is_another_one() -> None:
    assert client_context(http=True) is client_context(http=True)
    assert client_context(http=True) is not client_context()
