# SPDX-License-Identifier: MIT
"""Pins: what they are of, and that nothing is said to a server that shows none of them."""

from __future__ import annotations

import base64
import hashlib
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import CertificateUntrusted
from xmppkit.protocol.pins import certificate_pin, check_pins, key_pin
from xmppkit.server import EmbeddedServer
from xmppkit.settings import Settings
from xmppkit.transports.certificates import make_authority, make_certificate

OTHER = "spki-sha256:" + "A" * 43 + "="


@pytest.fixture(scope="module")
def der(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    directory: Path = tmp_path_factory.mktemp("certificates")
    files = make_certificate(make_authority(directory), directory, "localhost")
    pem = files.certificate.read_text()
    return ssl.PEM_cert_to_DER_cert(pem[: pem.index("-----END") + len("-----END CERTIFICATE-----")])


def test_what_they_are_of(der: bytes) -> None:
    key = x509.load_der_x509_certificate(der).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert key_pin(der) == "spki-sha256:" + base64.b64encode(hashlib.sha256(key).digest()).decode()
    assert certificate_pin(der) == "cert-sha256:" + hashlib.sha256(der).hexdigest()


def test_a_certificate_of_version_1() -> None:
    field = b"\x30\x01x"
    inner = field * 5 + b"\x30\x03key" + field
    der = b"\x30\x81" + bytes((len(inner) + 2,)) + b"\x30" + bytes((len(inner),)) + inner
    assert key_pin(der) == "spki-sha256:" + base64.b64encode(hashlib.sha256(b"\x30\x03key").digest()).decode()


@given(st.integers(0, 2000), st.binary(max_size=20))
def test_what_is_no_certificate(der: bytes, cut: int, more: bytes) -> None:
    for data in (der[: min(cut, len(der) - 1)], more, b"\x30\x00", b"\x30\x05\x30\x03\x30\x01x"):
        with pytest.raises(ValueError, match="no certificate in DER"):
            key_pin(data)


def test_one_of_them_is_enough(der: bytes) -> None:
    check_pins(der, [OTHER, key_pin(der)], "a")
    check_pins(der, [certificate_pin(der)], "a")
    hexadecimal = certificate_pin(der).partition(":")[2].upper()
    check_pins(der, ["cert-sha256:" + ":".join(hexadecimal[i : i + 2] for i in range(0, 64, 2))], "a")


def test_none_of_them(der: bytes) -> None:
    with pytest.raises(CertificateUntrusted) as caught:
        check_pins(der, [OTHER, key_pin(der).upper()], "example.org")
    assert key_pin(der) in str(caught.value)  # what its operator would be asked about
    with pytest.raises(CertificateUntrusted, match="shows no certificate"):
        check_pins(None, [OTHER], "a")


@pytest.mark.parametrize("direct_tls", [False, True])
async def test_nothing_is_said_to_another_server(direct_tls: bool) -> None:
    async with EmbeddedServer(domain="localhost", users={"alice": "secret"}) as server:

        def make(pin: str) -> ClientXMPP:
            client = ClientXMPP("alice@localhost", "secret", settings=Settings(pins=pin))
            client.ca_certs = server.ca_file
            client.custom_address = (server.host, server.direct_tls_port if direct_tls else server.port)
            client.enable_starttls = not direct_tls
            return client

        other = make(OTHER)
        with pytest.raises(CertificateUntrusted, match="none of those that are pinned") as caught:
            async with other:
                raise AssertionError("there should be no session")
        assert other.tls_info is None
        assert server.sessions == []
        # What the error shows is the pin of this server, for its operator to confirm.
        shown = next(word for word in str(caught.value).split() if word.startswith("spki-sha256:"))
        async with make(shown) as client:
            assert client.tls_info is not None
            assert client.tls_info.certificate is not None
            assert key_pin(client.tls_info.certificate) == shown
