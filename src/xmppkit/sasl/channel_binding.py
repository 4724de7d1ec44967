# SPDX-License-Identifier: MIT
"""Kinds of TLS channel binding: proof that both ends of a login see the same TLS connection (RFC 5056)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from xmppkit.sasl.base import ChannelBinding

__all__ = ["KINDS", "available", "server_end_point"]

#: Strongest first: RFC 9266, RFC 5929 §4, RFC 5929 §3 (which TLS 1.3 does not have).
KINDS: Final = ("tls-exporter", "tls-server-end-point", "tls-unique")


def available(binding: ChannelBinding | None) -> tuple[str, bytes] | None:
    """The strongest kind that the channel can give, with its bytes; None when it can give none."""
    if binding is None:
        return None
    for kind in KINDS:
        data = binding(kind)
        if data:
            return kind, data
    return None


def server_end_point(certificate: bytes) -> bytes:
    """The ``tls-server-end-point`` of a server certificate in DER: its hash (RFC 5929 §4.1).

    The hash is that of the certificate's signature, but SHA-256 in place of MD5 and SHA-1, and for signatures
    without one.
    """
    import hashlib  # only who binds channels pays for loading these

    from cryptography import x509

    algorithm = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
    name = algorithm.name if algorithm is not None else "sha256"
    return hashlib.new("sha256" if name in ("md5", "sha1") else name, certificate).digest()
