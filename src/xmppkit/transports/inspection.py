# SPDX-License-Identifier: MIT
"""What a certificate says: names, dates, and whether it is for a domain (RFC 6120 §13.7.1, RFC 9525).

`verify`, `extract_names`, `extract_dates`, `get_ttl`, `decode_str` and `CertificateError` are slixmpp's
``xmlstream.cert``. The TLS handshake of `xmppkit.protocol` does not need them: OpenSSL checks there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from xmppkit.exceptions import CertificateExpired, CertificateInvalid, CertificateWrongHost
from xmppkit.protocol.tls import tls_name

if TYPE_CHECKING:
    from cryptography import x509

__all__ = [
    "DNS_SRV",
    "XMPP_ADDR",
    "CertificateError",
    "decode_str",
    "extract_dates",
    "extract_names",
    "get_ttl",
    "parsed",
    "verify",
]

#: slixmpp's name of the error that `verify` raises.
CertificateError = CertificateInvalid

#: id-on-xmppAddr (RFC 6120 §13.7.1.4) and id-on-dnsSRV (RFC 4985), as otherName.
XMPP_ADDR = "1.3.6.1.5.5.7.8.5"
DNS_SRV = "1.3.6.1.5.5.7.8.7"


def decode_str(data: bytes | str) -> str:
    """The text of a string from a certificate. Bytes that are not UTF-8 are taken as Latin-1, as T.61
    strings are in practice."""
    if isinstance(data, str):
        return data
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def parsed(raw_cert: bytes) -> x509.Certificate:
    """A certificate in DER or PEM as an object of ``cryptography``.

    :raises CertificateInvalid: it cannot be read.
    """
    from cryptography import x509

    try:
        if raw_cert.lstrip().startswith(b"-----BEGIN"):
            return x509.load_pem_x509_certificate(raw_cert)
        return x509.load_der_x509_certificate(raw_cert)
    except ValueError as error:
        raise CertificateInvalid(f"the certificate cannot be read: {error}") from error


def _alternatives(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise CertificateInvalid(f"the certificate cannot be read: {error}") from error


def extract_names(raw_cert: bytes) -> dict[str, set[str]]:
    """The names in a certificate by kind: ``CN``, ``DNS``, ``SRV``, ``URI``, ``XMPPAddr``.

    :param raw_cert: in DER or PEM.
    :raises CertificateInvalid: it cannot be read.
    """
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    certificate = parsed(raw_cert)
    names: dict[str, set[str]] = {kind: set() for kind in ("CN", "DNS", "SRV", "URI", "XMPPAddr")}
    for attribute in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        names["CN"].add(decode_str(attribute.value))
    alternatives = _alternatives(certificate)
    if alternatives is None:
        return names
    names["DNS"].update(alternatives.get_values_for_type(x509.DNSName))
    names["URI"].update(alternatives.get_values_for_type(x509.UniformResourceIdentifier))
    for other in alternatives.get_values_for_type(x509.OtherName):
        kind = {XMPP_ADDR: "XMPPAddr", DNS_SRV: "SRV"}.get(other.type_id.dotted_string)
        if kind is not None:
            names[kind].add(_der_string(other.value))
    return names


def extract_dates(raw_cert: bytes) -> tuple[datetime, datetime]:
    """When a certificate begins and ends to be valid, in UTC.

    :param raw_cert: in DER or PEM.
    :raises CertificateInvalid: it cannot be read.
    """
    certificate = parsed(raw_cert)
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def get_ttl(raw_cert: bytes, *, now: datetime | None = None) -> timedelta | None:
    """How long a certificate is valid still; None when it has expired.

    :param raw_cert: in DER or PEM.
    :param now: with time zone; None takes the present.
    :raises CertificateInvalid: it cannot be read.
    """
    left = extract_dates(raw_cert)[1] - (now or datetime.now(UTC))
    return left if left > timedelta() else None


def verify(expected: str, raw_cert: bytes, *, now: datetime | None = None) -> bool:
    """Check the dates and names of a certificate; not who signed it: the TLS handshake does that.

    :param expected: the domain.
    :param raw_cert: in DER or PEM.
    :param now: with time zone; None takes the present.
    :returns: True.
    :raises CertificateExpired: outside its period.
    :raises CertificateWrongHost: it does not name the domain as a subject alternative name (RFC 9525 §6). A
        common name does not count.
    :raises CertificateInvalid: it cannot be read.
    """
    begin, end = extract_dates(raw_cert)
    moment = now or datetime.now(UTC)
    if not begin <= moment <= end:
        raise CertificateExpired(f"the certificate is valid from {begin} to {end} only", where=expected)
    names = extract_names(raw_cert)
    wanted = tls_name(expected).lower().rstrip(".")
    if any(_dns_match(pattern.lower(), wanted) for pattern in names["DNS"]):
        return True
    if any(address.lower() in (wanted, expected.lower()) for address in names["XMPPAddr"]):
        return True
    for service in names["SRV"]:
        label, _, domain = service.lower().partition(".")
        if label in ("_xmpp-client", "_xmpps-client") and domain == wanted:
            return True
    addresses = _addresses(raw_cert)
    if wanted in addresses:
        return True
    known = sorted(addresses.union(names["DNS"], names["XMPPAddr"], names["SRV"])) or ["nobody"]
    raise CertificateWrongHost(f"the certificate is for {', '.join(known)}", where=expected)


def _addresses(raw_cert: bytes) -> set[str]:
    """The IP addresses that a certificate names."""
    from cryptography import x509

    alternatives = _alternatives(parsed(raw_cert))
    return set(map(str, alternatives.get_values_for_type(x509.IPAddress))) if alternatives is not None else set()


def _dns_match(pattern: str, name: str) -> bool:
    """RFC 9525 §6.3: a wildcard stands for exactly one label, the leftmost and a whole one."""
    if pattern == name:
        return True
    wildcard, _, rest = pattern.partition(".")
    return wildcard == "*" and "." in rest and name.partition(".")[2] == rest


def _der_string(value: bytes) -> str:
    """The text of a DER string (UTF8String or IA5String)."""
    length, start = value[1] if len(value) > 1 else 0, 2
    if length & 0x80:
        start += length & 0x7F
    return decode_str(value[start:])
