# SPDX-License-Identifier: MIT
"""A certificate as the ssl module shows it: that is what it is compared with."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier

from xmppkit.protocol.tls_peer import peer_dict

KEY = ec.generate_private_key(ec.SECP256R1())
NAMES = x509.SubjectAlternativeName(
    [
        x509.DNSName("im.example.org"),
        x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
        x509.UniformResourceIdentifier("xmpp:im.example.org"),
        x509.RFC822Name("hostmaster@example.org"),
        x509.OtherName(ObjectIdentifier("1.3.6.1.5.5.7.8.5"), b"\x0c\x02im"),
    ]
)


def make(names: x509.SubjectAlternativeName | None, serial: int, day: int) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "XX"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"),
            x509.NameAttribute(NameOID.COMMON_NAME, "im.example.org"),
        ]
    )
    since = datetime.datetime(2026, 2, day, 7, 8, 9, tzinfo=datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority")]))
        .public_key(KEY.public_key())
        .serial_number(serial)
        .not_valid_before(since)
        .not_valid_after(since + datetime.timedelta(days=300))
    )
    if names is not None:
        builder = builder.add_extension(names, critical=False)
    return builder.sign(KEY, hashes.SHA256())


def as_ssl_has_it(certificate: x509.Certificate, directory: Path) -> dict[str, Any]:
    path = directory / "certificate.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    shown: dict[str, Any] = ssl._ssl._test_decode_cert(str(path))  # type: ignore[attr-defined]
    return shown


@pytest.mark.parametrize(("names", "serial", "day"), [(NAMES, 0xABCDEF0123, 3), (None, 5, 28)])
def test_it_is_what_ssl_has(names: x509.SubjectAlternativeName | None, serial: int, day: int, tmp_path: Path) -> None:
    certificate = make(names, serial, day)
    expected = as_ssl_has_it(certificate, tmp_path)
    if names is not None:
        expected["subjectAltName"] = tuple(each for each in expected["subjectAltName"] if each[0] != "othername")
        assert len(expected["subjectAltName"]) == 4
    assert peer_dict(certificate) == expected
