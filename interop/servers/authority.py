# SPDX-License-Identifier: MIT
"""The authority that the servers of a test session trust, and the certificate of each (RFC 6120 §13.7.1)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from xmppkit.transports.certificates import make_authority, make_certificate

__all__ = ["ServerCertificate", "make_server_certificate"]


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """Files in PEM: what clients trust, what the server shows, and its key."""

    ca_file: Path
    certificate: Path
    key: Path


def make_server_certificate(authority_directory: Path, directory: Path, *domains: str) -> ServerCertificate:
    """A certificate in `directory` for all of `domains`, by the authority in `authority_directory`, which is made
    if it is not there."""
    authority = make_authority(authority_directory)
    files = make_certificate(authority, directory, *domains)
    return ServerCertificate(authority.ca_file, files.certificate, files.key)
