# SPDX-License-Identifier: MIT
"""Whether a certificate is for a name (RFC 9525), for a TLS library that does not look itself."""

from __future__ import annotations

import ipaddress

from cryptography import x509

__all__ = ["is_for"]


def is_for(certificate: x509.Certificate, name: str) -> bool:
    """Whether `certificate` names `name`: as a subject alternative name, for a common name proves nothing.

    :param name: a domain in A-labels, or an IP address without brackets; see `xmppkit.protocol.tls.tls_name`.
    """
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return False
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return any(_matches(each, name) for each in names.get_values_for_type(x509.DNSName))
    return address in names.get_values_for_type(x509.IPAddress)


def _matches(pattern: str, name: str) -> bool:
    """Whether a DNS name of a certificate is `name`. A wildcard stands for the whole of the first label and for nothing
    else (RFC 9525 §6.3), and not right below the top."""
    pattern, name = pattern.lower(), name.lower()
    if not name.isascii() or "*" in name:
        return False
    if not pattern.startswith("*."):
        return bool(name) and pattern == name
    first, dot, rest = name.partition(".")
    return bool(first and dot) and "." in rest and rest == pattern[2:]
