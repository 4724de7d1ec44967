# SPDX-License-Identifier: MIT
"""What a certificate says, with PyXMPP2's names (RFC 6120 §13.7, RFC 9525). A view on `xmppkit.transports.inspection`.

Who signed a certificate is checked in the TLS handshake; here is whose it is. A common name proves nothing.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from xmppkit.exceptions import CertificateInvalid
from xmppkit.protocol.tls import tls_name
from xmppkit.pyxmpp2.exceptions import JIDError
from xmppkit.pyxmpp2.jid import JID
from xmppkit.transports.inspection import extract_dates, extract_names, parsed

if TYPE_CHECKING:
    from cryptography import x509

__all__ = [
    "HAVE_PYASN1",
    "ASN1CertificateData",
    "BasicCertificateData",
    "CertificateData",
    "get_certificate_from_file",
    "get_certificate_from_ssl_socket",
]

#: Certificates can be read in full. (It needs no pyasn1 any more.)
HAVE_PYASN1 = True

_LABELS = {
    "2.5.4.3": "commonName",
    "2.5.4.6": "countryName",
    "2.5.4.7": "localityName",
    "2.5.4.8": "stateOrProvinceName",
    "2.5.4.10": "organizationName",
    "2.5.4.11": "organizationalUnitName",
    "1.2.840.113549.1.9.1": "emailAddress",
}


class CertificateData:
    """What a certificate says.

    :ivar validated: who signed it was checked, and is trusted.
    :ivar subject_name: the subject: a tuple of tuples of names and values, as `ssl.SSLSocket.getpeercert` has it.
    :ivar not_after: when it ends to be valid, in UTC and without time zone; None if unknown.
    :ivar common_names: the subject's common names.
    :ivar alt_names: names by kind: ``DNS``, ``SRVName``, ``URI``, ``XmppAddr``.
    """

    def __init__(self) -> None:
        self.validated = False
        self.subject_name: tuple[tuple[tuple[str, str], ...], ...] | None = None
        self.not_after: datetime | None = None
        self.common_names: list[str] | None = None
        self.alt_names: dict[str, list[str]] = {}

    @property
    def display_name(self) -> str:
        """Whose it is, for human eyes."""
        if self.subject_name:
            return ", ".join(", ".join(f"{name}={value}" for name, value in part) for part in self.subject_name)
        names = [name for kind in ("XmppAddr", "DNS", "SRVName") for name in self.alt_names.get(kind, ())]
        return names[0] if names else "<unknown>"

    def get_jids(self) -> list[JID]:
        """The addresses that it names, as XMPP address, service or host, without wildcards."""
        texts = list(self.alt_names.get("XmppAddr", ()))
        for name in self.alt_names.get("SRVName", ()):
            service, _, domain = name.partition(".")
            if service in ("_xmpp-client", "_xmpp-server"):
                texts.append(domain)
        texts += [name for name in self.alt_names.get("DNS", ()) if not name.startswith("*")]
        found: list[JID] = []
        for text in texts:
            try:
                jid = JID(text)
            except JIDError:
                continue
            if jid not in found:
                found.append(jid)
        return found

    def verify_server(self, server_name: JID | str, srv_type: str = "xmpp-client") -> bool:
        """Whether it is for a server.

        :param server_name: the domain.
        :param srv_type: the service.
        """
        domain = server_name.domain if isinstance(server_name, JID) else str(server_name)
        wanted = tls_name(domain).lower().rstrip(".")
        if any(_matches(pattern.lower(), wanted) for pattern in self.alt_names.get("DNS", ())):
            return True
        if any(address.lower() in (wanted, domain.lower()) for address in self.alt_names.get("XmppAddr", ())):
            return True
        return self.verify_jid_against_srv_name(JID(domain), srv_type)

    def verify_jid_against_common_name(self, jid: JID) -> bool:
        """Whether the domain of `jid` is a common name. That proves nothing: RFC 9525 does not allow it to."""
        return any(_matches(name.lower(), jid.domain.lower()) for name in self.common_names or ())

    def verify_jid_against_srv_name(self, jid: JID, srv_type: str) -> bool:
        """Whether it is for a service at the domain of `jid`."""
        wanted = f"_{srv_type}.{tls_name(jid.domain)}".lower()
        return any(name.lower() == wanted for name in self.alt_names.get("SRVName", ()))

    def verify_client(self, client_jid: JID | None = None, domains: Iterable[str] | None = None) -> JID | None:
        """Which client it is for.

        :param client_jid: the one that is wanted; None takes any.
        :param domains: only of these domains.
        :returns: None if there is none.
        """
        accounts = self.accounts(domains)
        return next((jid for jid in accounts if client_jid is None or jid.bare() == client_jid.bare()), None)

    def accounts(self, domains: Iterable[str] | None = None) -> list[JID]:
        """The accounts that it names, as XMPP addresses. (PyXMPP2 does not have it.)

        :param domains: only of these domains.
        """
        served = None if domains is None else {JID(domain).domain for domain in domains}
        found: list[JID] = []
        for text in self.alt_names.get("XmppAddr", ()):
            try:
                jid = JID(text)
            except JIDError:
                continue
            if jid.local and (served is None or jid.domain in served):
                found.append(jid)
        return found

    # --- where they come from -------------------------------------------------------------------------

    @classmethod
    def from_der_data(cls, data: bytes) -> Self:
        """What a certificate in DER says.

        :raises CertificateInvalid: it cannot be read.
        """
        certificate = parsed(data)
        names = extract_names(data)
        found = cls()
        found.subject_name = _subject(certificate)
        found.not_after = extract_dates(data)[1].replace(tzinfo=None)
        found.common_names = sorted(names["CN"])
        kinds = {"DNS": "DNS", "SRV": "SRVName", "URI": "URI", "XMPPAddr": "XmppAddr"}
        found.alt_names = {kinds[kind]: sorted(names[kind]) for kind in kinds if names[kind]}
        return found

    @classmethod
    def from_file(cls, filename: str | os.PathLike[str]) -> Self:
        """What the first certificate in a PEM file says."""
        text = Path(filename).read_text(encoding="ascii")
        end = "-----END CERTIFICATE-----"
        if end not in text:
            raise CertificateInvalid(f"{os.fspath(filename)} holds no certificate in PEM")
        begin = text.index("-----BEGIN CERTIFICATE-----")
        return cls.from_der_data(ssl.PEM_cert_to_DER_cert(text[begin : text.index(end) + len(end)]))

    @classmethod
    def from_ssl_socket(cls, ssl_socket: ssl.SSLSocket | ssl.SSLObject) -> Self:
        """What the certificate at the other end of a TLS connection says."""
        data: bytes | None = ssl_socket.getpeercert(True)
        if data is None:
            return cls()
        found = cls.from_der_data(data)
        context: Any = ssl_socket.context
        found.validated = context.verify_mode is not ssl.CERT_NONE
        return found


#: PyXMPP2 has a class for each library that reads certificates; here all are one.
BasicCertificateData = ASN1CertificateData = CertificateData


def _subject(certificate: x509.Certificate) -> tuple[tuple[tuple[str, str], ...], ...]:
    return tuple(
        tuple((_LABELS.get(item.oid.dotted_string, item.oid.dotted_string), str(item.value)) for item in part)
        for part in certificate.subject.rdns
    )


def _matches(pattern: str, name: str) -> bool:
    """A wildcard stands for exactly one label, the leftmost and a whole one (RFC 9525 §6.3)."""
    first, _, rest = pattern.partition(".")
    return pattern == name or (first == "*" and "." in rest and name.partition(".")[2] == rest)


def get_certificate_from_ssl_socket(ssl_socket: ssl.SSLSocket | ssl.SSLObject) -> CertificateData:
    """See `CertificateData.from_ssl_socket`."""
    return CertificateData.from_ssl_socket(ssl_socket)


def get_certificate_from_file(filename: str | os.PathLike[str]) -> CertificateData:
    """See `CertificateData.from_file`."""
    return CertificateData.from_file(filename)
