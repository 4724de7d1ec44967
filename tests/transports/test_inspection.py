# SPDX-License-Identifier: MIT
"""xmppkit.transports.inspection, on certificates made here."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from xmppkit.exceptions import CertificateExpired, CertificateInvalid, CertificateWrongHost
from xmppkit.transports.inspection import (
    DNS_SRV,
    XMPP_ADDR,
    CertificateError,
    decode_str,
    extract_dates,
    extract_names,
    get_ttl,
    verify,
)

BEGIN, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2024, 6, 1, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())


def other(oid: str, der: bytes) -> x509.OtherName:
    return x509.OtherName(x509.ObjectIdentifier(oid), der)


def utf8(text: str) -> bytes:
    data = text.encode()
    return bytes((0x0C, len(data))) + data


def ia5(text: str) -> bytes:
    return bytes((0x16, len(text))) + text.encode("ascii")


def certificate(*names: x509.GeneralName, common: str = "common.example", extension: bytes | None = None) -> bytes:
    """A certificate in DER, for these names or with this subjectAltName."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(BEGIN)
        .not_valid_after(END)
    )
    if extension is not None:
        oid = x509.SubjectAlternativeName.oid
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, extension), critical=False)
    elif names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


def pem(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


# --- names ------------------------------------------------------------------------------------------------


def test_names_by_kind() -> None:
    long = "x" * 200 + ".example"
    raw = certificate(
        x509.DNSName("dns.example"),
        x509.UniformResourceIdentifier("xmpp:uri.example"),
        x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
        other(XMPP_ADDR, utf8("bücher.example")),
        other(XMPP_ADDR, bytes((0x0C, 0x81, len(long))) + long.encode()),
        other(DNS_SRV, ia5("_xmpp-client.srv.example")),
        other("1.2.3.4", utf8("of no interest")),
        other(XMPP_ADDR, b"\x05\x00"),
    )
    expected = {
        "CN": {"common.example"},
        "DNS": {"dns.example"},
        "URI": {"xmpp:uri.example"},
        "XMPPAddr": {"bücher.example", long, ""},
        "SRV": {"_xmpp-client.srv.example"},
    }
    assert extract_names(raw) == extract_names(pem(raw)) == expected


def test_without_alternative_names() -> None:
    names = extract_names(certificate())
    assert names.pop("CN") == {"common.example"}
    assert not any(names.values())


@pytest.mark.parametrize(("data", "text"), [("text", "text"), ("bü".encode(), "bü"), (b"b\xfc", "bü")])
def test_decode_str(data: bytes | str, text: str) -> None:
    assert decode_str(data) == text


@pytest.mark.parametrize("raw", [b"", b"junk", b"-----BEGIN CERTIFICATE-----\njunk\n-----END CERTIFICATE-----\n"])
def test_what_cannot_be_read(raw: bytes) -> None:
    for call in (extract_names, extract_dates, get_ttl, lambda raw: verify("a.example", raw)):
        with pytest.raises(CertificateInvalid, match="the certificate cannot be read"):
            call(raw)


@pytest.mark.parametrize("extension", [b"junk", b"\x30\x04\x82\x02\xff\xff", b"\x30\x02\xa3\x00"])
def test_alternative_names_that_cannot_be_read(extension: bytes) -> None:
    with pytest.raises(CertificateInvalid, match="the certificate cannot be read"):
        extract_names(certificate(extension=extension))


# --- dates ------------------------------------------------------------------------------------------------


def test_dates() -> None:
    raw = certificate()
    assert extract_dates(raw) == (BEGIN, END)
    assert get_ttl(raw, now=END - timedelta(seconds=1)) == timedelta(seconds=1)
    assert get_ttl(raw, now=END) is None
    assert get_ttl(raw) is None


# --- whether it is for a domain ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        (x509.DNSName("a.example"), "a.example"),
        (x509.DNSName("A.Example"), "a.EXAMPLE."),
        (x509.DNSName("*.a.example"), "chat.a.example"),
        (x509.DNSName("xn--bcher-kva.example"), "bücher.example"),
        (other(XMPP_ADDR, utf8("bücher.example")), "bücher.example"),
        (other(XMPP_ADDR, utf8("a.example")), "A.example"),
        (other(DNS_SRV, ia5("_xmpp-client.a.example")), "a.example"),
        (other(DNS_SRV, ia5("_xmpps-client.a.example")), "a.example"),
        (x509.IPAddress(ipaddress.ip_address("192.0.2.1")), "192.0.2.1"),
        (x509.IPAddress(ipaddress.ip_address("2001:db8::1")), "[2001:db8::1]"),
    ],
)
def test_is_for_the_domain(name: x509.GeneralName, domain: str) -> None:
    assert verify(domain, certificate(x509.DNSName("first.example"), name), now=NOW) is True


@pytest.mark.parametrize(
    ("names", "domain"),
    [
        ([], "common.example"),  # a common name proves nothing
        ([x509.DNSName("b.example")], "a.example"),
        ([x509.DNSName("*.a.example")], "a.example"),
        ([x509.DNSName("*.a.example")], "x.y.a.example"),
        ([x509.DNSName("*.localhost")], "bot.localhost"),
        ([x509.DNSName("*")], "localhost"),
        ([x509.DNSName("c*.a.example")], "chat.a.example"),
        ([other(DNS_SRV, ia5("_imap.a.example"))], "a.example"),
        ([other(DNS_SRV, ia5("_xmpp-client.a.example"))], "b.example"),
        ([x509.IPAddress(ipaddress.ip_address("192.0.2.1"))], "192.0.2.2"),
    ],
)
def test_is_for_another(names: list[x509.GeneralName], domain: str) -> None:
    with pytest.raises(CertificateWrongHost, match="the certificate is for ") as caught:
        verify(domain, certificate(*names), now=NOW)
    assert caught.value.where == domain


def test_says_whom_it_is_for() -> None:
    raw = certificate(x509.DNSName("b.example"), other(XMPP_ADDR, utf8("c.example")))
    with pytest.raises(CertificateWrongHost, match=r"for b\.example, c\.example"):
        verify("a.example", raw, now=NOW)
    with pytest.raises(CertificateWrongHost, match="for nobody"):
        verify("a.example", certificate(), now=NOW)


@pytest.mark.parametrize("now", [BEGIN - timedelta(seconds=1), END + timedelta(seconds=1), None])
def test_outside_its_period(now: datetime | None) -> None:
    with pytest.raises(CertificateExpired, match=r"valid from 2024-01-01 .* to 2025-01-01 "):
        verify("common.example", certificate(x509.DNSName("common.example")), now=now)


def test_slixmpps_name_of_the_error() -> None:
    assert issubclass(CertificateExpired, CertificateError)
