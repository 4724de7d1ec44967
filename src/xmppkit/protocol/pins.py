# SPDX-License-Identifier: MIT
"""Pins: the certificates, or the keys, of which the server must show one (the idea of RFC 7469, without HTTP).

A pin is ``spki-sha256:`` and the Base64 of the hash of the key (SubjectPublicKeyInfo, RFC 5280 §4.1), which survives a
new certificate for the same key; or ``cert-sha256:`` and the hexadecimal hash of the certificate, with or without
colons. It is asked for beside everything else that a certificate must prove. DANE (RFC 7673) is not done: it is as good
as the way to a validating name server, which a program does not know.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable

from xmppkit.exceptions import CertificateUntrusted

__all__ = ["CERTIFICATE", "KEY", "certificate_pin", "check_pins", "key_pin"]

KEY = "spki-sha256:"
CERTIFICATE = "cert-sha256:"


def certificate_pin(der: bytes) -> str:
    """The pin of a certificate in DER."""
    import hashlib  # with the first of them is soon enough

    return CERTIFICATE + hashlib.sha256(der).hexdigest()


def key_pin(der: bytes) -> str:
    """The pin of the key in a certificate in DER.

    :raises ValueError: it cannot be read.
    """
    import hashlib  # with the first of them is soon enough

    return KEY + base64.b64encode(hashlib.sha256(_key(der)).digest()).decode("ascii")


def _key(der: bytes) -> bytes:
    """The SubjectPublicKeyInfo: the seventh field of the inner sequence, where the version is the first."""
    begin, _ = _content(der, 0)  # Certificate
    begin, end = _content(der, begin)  # TBSCertificate
    fields: list[bytes] = []
    while begin < end:
        _, after = _content(der, begin)
        fields.append(der[begin:after])
        begin = after
    if fields and fields[0][0] == 0xA0:  # the version is left out in certificates of version 1
        del fields[0]
    if len(fields) < 6:
        raise ValueError("this is no certificate in DER")
    return fields[5]


def _content(der: bytes, position: int) -> tuple[int, int]:
    """Where the content of an element begins and ends (X.690 §8.1)."""
    if position + 2 > len(der):
        raise ValueError("this is no certificate in DER")
    length, begin = der[position + 1], position + 2
    if length & 0x80:
        count = length & 0x7F
        length = int.from_bytes(der[begin : begin + count])
        begin += count
    if begin + length > len(der):
        raise ValueError("this is no certificate in DER")
    return begin, begin + length


def check_pins(der: bytes | None, pins: Iterable[str], where: str) -> None:
    """Check the certificate that a server has shown.

    :param der: the certificate; None: it has shown none.
    :raises CertificateUntrusted: it is none of those that the pins allow.
    """
    if der is None:
        raise CertificateUntrusted("the server shows no certificate, and pins are set", where=where)
    shown = {certificate_pin(der), key_pin(der)}
    if shown.isdisjoint(_normal(pin) for pin in pins):
        said = " and ".join(sorted(shown))
        raise CertificateUntrusted(
            f"the certificate is none of those that are pinned: it has {said}",
            where=where,
            advice="if the server's operator says that this is theirs, put it into the setting pins",
        )


def _normal(pin: str) -> str:
    if pin.startswith(CERTIFICATE):
        return CERTIFICATE + pin.removeprefix(CERTIFICATE).replace(":", "").lower()
    return pin
