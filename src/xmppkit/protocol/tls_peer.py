# SPDX-License-Identifier: MIT
"""A certificate as `ssl.SSLSocket.getpeercert` shows it, for who has TLS from another library."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cryptography import x509

__all__ = ["peer_dict"]

#: What `ssl` calls the kinds of names. Of others it shows what OpenSSL's version makes of them.
_KINDS: dict[type[x509.GeneralName], str] = {
    x509.DNSName: "DNS",
    x509.IPAddress: "IP Address",
    x509.UniformResourceIdentifier: "URI",
    x509.RFC822Name: "email",
}


def peer_dict(certificate: x509.Certificate) -> dict[str, Any]:
    """The dict of a certificate: ``subject``, ``issuer``, ``version``, ``serialNumber``, ``notBefore``, ``notAfter``,
    and ``subjectAltName``, without names of rare kinds, if it has one."""
    shown: dict[str, Any] = {
        "subject": _name(certificate.subject),
        "issuer": _name(certificate.issuer),
        "version": certificate.version.value + 1,
        "serialNumber": f"{certificate.serial_number:X}".zfill(2),
        "notBefore": _time(certificate.not_valid_before_utc),
        "notAfter": _time(certificate.not_valid_after_utc),
    }
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return shown
    shown["subjectAltName"] = tuple((kind, str(each.value)) for each in names if (kind := _KINDS.get(type(each))))
    return shown


def _name(name: x509.Name) -> tuple[tuple[tuple[str, str], ...], ...]:
    return tuple(tuple((each.oid._name, str(each.value)) for each in part) for part in name.rdns)


def _time(moment: datetime) -> str:
    # Not %b, which speaks the language of the process.
    month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][moment.month - 1]
    return f"{month} {moment.day:2} {moment:%H:%M:%S %Y} GMT"
