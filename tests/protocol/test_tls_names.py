# SPDX-License-Identifier: MIT
"""Which names a certificate is for (RFC 9525 §6)."""

from __future__ import annotations

import datetime
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from xmppkit.protocol.tls_names import is_for

KEY = ec.generate_private_key(ec.SECP256R1())
NOW = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)


def certificate(*names: x509.GeneralName, common: str = "common.example") -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    builder = (
        x509.CertificateBuilder(name, name, KEY.public_key(), 1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + datetime.timedelta(days=1))
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(KEY, hashes.SHA256())


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("example.org", "example.org", True),
        ("EXAMPLE.org", "example.ORG", True),
        ("example.org", "xmpp.example.org", False),
        ("example.org", "example.org.evil", False),
        ("localhost", "localhost", True),
        ("*.example.org", "xmpp.example.org", True),
        ("*.example.org", "example.org", False),
        ("*.example.org", "a.b.example.org", False),
        ("*.example.org", ".example.org", False),
        ("*.example.org", "*.example.org", False),
        ("*.localhost", "a.localhost", False),
        ("*.org", "example.org", False),
        ("*", "localhost", False),
        ("x*.example.org", "xmpp.example.org", False),
        ("xmpp.*.org", "xmpp.example.org", False),
        ("example.org", "", False),
        ("example.org", "ex\u00e4mple.org", False),
        ("127.0.0.1", "127.0.0.1", False),
    ],
)
def test_names_of_dns(pattern: str, name: str, fits: bool) -> None:
    assert is_for(certificate(x509.DNSName("other.example"), x509.DNSName(pattern)), name) is fits


def test_addresses() -> None:
    made = certificate(x509.IPAddress(ipaddress.ip_address("::1")), x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    assert is_for(made, "::1")
    assert is_for(made, "0:0:0:0:0:0:0:1")
    assert is_for(made, "127.0.0.1")
    assert not is_for(made, "127.0.0.2")
    assert not is_for(made, "localhost")


def test_a_common_name_proves_nothing() -> None:
    assert not is_for(certificate(), "common.example")
    assert not is_for(certificate(x509.RFC822Name("a@common.example")), "common.example")


def test_names_that_cannot_be_read() -> None:
    broken = x509.UnrecognizedExtension(x509.SubjectAlternativeName.oid, b"\x30\x03\x82\x05a")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a.example")])
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), 1).not_valid_before(NOW).not_valid_after(NOW)
    made = builder.add_extension(broken, critical=False).sign(KEY, hashes.SHA256())
    assert not is_for(made, "a.example")
