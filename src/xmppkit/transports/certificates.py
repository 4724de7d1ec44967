# SPDX-License-Identifier: MIT
"""TLS contexts, what certificates say, and certificates for development.

- `client_context` and `server_context`: TLS 1.2 or later, no compression, no renegotiation; a client verifies
  the certificate and the name, always. One context serves any number of streams; equal wishes get the same
  one (a context of one's own would cost each client 0.8 MiB and 20 ms).
- `verify`, `extract_names`, `extract_dates`, `get_ttl`, `decode_str`: what a certificate says, from
  `xmppkit.transports.inspection`.
- `make_authority` and `make_certificate`: an authority and server certificates of one's own, for the embedded
  server and for tests; RFC 6120 §13.7.1.2.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from xmppkit.exceptions import ConfigurationError, InvalidCABundle
from xmppkit.protocol.tls import tls_name
from xmppkit.records import record
from xmppkit.transports.inspection import (
    XMPP_ADDR,
    CertificateError,
    decode_str,
    extract_dates,
    extract_names,
    get_ttl,
    parsed,
    verify,
)

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

__all__ = [
    "Authority",
    "CaCerts",
    "CertificateError",
    "CertificateFiles",
    "client_context",
    "decode_str",
    "extract_dates",
    "extract_names",
    "get_ttl",
    "make_authority",
    "make_certificate",
    "server_context",
    "verify",
]

#: A file of CA certificates in PEM, or several of which those that exist count.
CaCerts = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

# --- contexts -------------------------------------------------------------------------------------------


def _paths(files: CaCerts | None) -> tuple[str, ...]:
    if files is None:
        return ()
    if isinstance(files, str | os.PathLike):
        return (os.fspath(files),)
    return tuple(os.fspath(file) for file in files)


def _stamps(paths: Iterable[str | None]) -> tuple[tuple[str, int], ...]:
    """The files that exist, with the time of their last change: a context made of an earlier state is not
    reused."""
    return tuple((path, os.stat(path).st_mtime_ns) for path in paths if path and os.path.isfile(path))


def client_context(
    *,
    ca_certs: CaCerts | None = None,
    certfile: str | os.PathLike[str] | None = None,
    keyfile: str | os.PathLike[str] | None = None,
    ciphers: str | None = None,
    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    http: bool = False,
) -> ssl.SSLContext:
    """The context for connecting: the certificate must be valid, and for the name of the domain (RFC 9525:
    as a subject alternative name; a common name proves nothing).

    :param ca_certs: trust these authorities, instead of the system's.
    :param certfile: our own certificate in PEM, with its chain, for SASL EXTERNAL; may contain the key.
    :param keyfile: the key of `certfile`.
    :param ciphers: OpenSSL cipher list for TLS 1.2; None leaves Python's choice.
    :param minimum: the oldest version of TLS.
    :param http: for HTTP instead of XMPP, which are not told apart by the port alone (ALPN, RFC 7301).
    :returns: a context that others may be using: do not change it.
    :raises InvalidCABundle: none of the files in `ca_certs` exists.
    :raises ConfigurationError: a file or the cipher list cannot be used.
    """
    bundles = _stamps(_paths(ca_certs))
    if ca_certs is not None and not bundles:
        raise InvalidCABundle(ca_certs)
    own = _stamps(os.fspath(path) if path is not None else None for path in (certfile, keyfile))
    if len(own) < (certfile is not None) + (keyfile is not None):
        raise ConfigurationError(f"certfile, keyfile: no such file among {certfile}, {keyfile}")
    return _client_context(bundles, own, ciphers, minimum, http)


@lru_cache(maxsize=32)
def _client_context(
    bundles: tuple[tuple[str, int], ...],
    own: tuple[tuple[str, int], ...],
    ciphers: str | None,
    minimum: ssl.TLSVersion,
    http: bool,
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Set by PROTOCOL_TLS_CLIENT already; said again because everything depends on it.
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = True
    context.hostname_checks_common_name = False
    if bundles:
        _trust(context, bundles, "ca_certs")
    else:
        context.load_default_certs()
    if own:
        _load_own(context, own[0][0], own[-1][0])
    if http:
        context.set_alpn_protocols(["http/1.1"])
    return _hardened(context, ciphers, minimum)


def _trust(context: ssl.SSLContext, bundles: Iterable[tuple[str, int]], setting: str) -> None:
    for path, _ in bundles:
        try:
            context.load_verify_locations(path)
        except (ssl.SSLError, OSError) as error:
            raise ConfigurationError(f"{setting}: {path} holds no CA certificates in PEM: {error}") from error


def _load_own(context: ssl.SSLContext, certfile: str, keyfile: str) -> None:
    try:
        # Without a password OpenSSL would ask on the terminal for that of an encrypted key, and wait.
        context.load_cert_chain(certfile, keyfile, password="")
    except (ssl.SSLError, OSError) as error:
        said = f"certfile, keyfile: {certfile} and {keyfile} are no certificate and its unencrypted key: {error}"
        raise ConfigurationError(said) from error


def _hardened(context: ssl.SSLContext, ciphers: str | None, minimum: ssl.TLSVersion) -> ssl.SSLContext:
    context.minimum_version = max(minimum, ssl.TLSVersion.TLSv1_2)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    if ciphers is not None:
        try:
            context.set_ciphers(ciphers)
        except ssl.SSLError as error:
            raise ConfigurationError(f"ciphers: OpenSSL knows none of {ciphers!r}") from error
    return context


def server_context(
    certfile: str | os.PathLike[str],
    keyfile: str | os.PathLike[str] | None = None,
    *,
    client_ca: CaCerts | None = None,
    ciphers: str | None = None,
    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
) -> ssl.SSLContext:
    """The context for accepting connections; a new one at each call.

    :param certfile: certificate in PEM, with its chain; may contain the key.
    :param keyfile: the key of `certfile`.
    :param client_ca: ask clients for a certificate, and take those that these authorities signed (SASL
        EXTERNAL). A client without one is let in.
    :param ciphers: OpenSSL cipher list for TLS 1.2; None leaves Python's choice.
    :param minimum: the oldest version of TLS.
    :raises InvalidCABundle: none of the files in `client_ca` exists.
    :raises ConfigurationError: a file or the cipher list cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _load_own(context, os.fspath(certfile), os.fspath(keyfile if keyfile is not None else certfile))
    if client_ca is not None:
        bundles = _stamps(_paths(client_ca))
        if not bundles:
            raise InvalidCABundle(client_ca)
        _trust(context, bundles, "client_ca")
        context.verify_mode = ssl.CERT_OPTIONAL
    return _hardened(context, ciphers, minimum)


# --- certificates of one's own --------------------------------------------------------------------------

#: How long an authority of one's own, and its certificates, are valid.
LIFETIME = timedelta(days=825)
#: Certificates begin to be valid this long before they are made: clocks differ.
LEEWAY = timedelta(hours=1)


@record(frozen=True, slots=True)
class CertificateFiles:
    """A certificate and its key, both in PEM."""

    certificate: Path
    key: Path


@record(frozen=True, slots=True)
class Authority:
    """A certificate authority of one's own; trust it with ``ca_certs=authority.files.certificate``."""

    files: CertificateFiles

    @property
    def ca_file(self) -> Path:
        """What clients need: the authority's certificate."""
        return self.files.certificate


def make_authority(directory: str | os.PathLike[str], *, now: datetime | None = None) -> Authority:
    """An authority in `directory` (``ca.pem``, ``ca-key.pem``): the one that is there if it is valid for
    another day, else a new one. Directory and files are readable by their owner only. For development and
    tests: the key is not encrypted.

    :param now: with time zone; None takes the present.
    """
    folder = Path(directory)
    files = CertificateFiles(folder / "ca.pem", folder / "ca-key.pem")
    moment = now or datetime.now(UTC)
    if files.certificate.is_file() and files.key.is_file():
        left = get_ttl(files.certificate.read_bytes(), now=moment)
        if left is not None and left > timedelta(days=1) and _belong_together(files):
            return Authority(files)
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder("xmppkit development authority", key, moment - LEEWAY, moment + LIFETIME)
    certificate = _signed(builder, key, ca=True)
    _write(files, certificate, key)
    return Authority(files)


def _belong_together(files: CertificateFiles) -> bool:
    """Whether the key is the certificate's; not so if the machine went down between writing the two."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(files.key.read_bytes(), None)
    return parsed(files.certificate.read_bytes()).public_key() == key.public_key()


def make_certificate(
    authority: Authority | None,
    directory: str | os.PathLike[str],
    *domains: str,
    begin: datetime | None = None,
    end: datetime | None = None,
) -> CertificateFiles:
    """A new server certificate, in `directory` (``DOMAIN.pem``, ``DOMAIN-key.pem``, of the first domain).

    It names each domain as DNS name and as XMPP address (RFC 6120 §13.7.1.2.1), or as IP address. A client's is made in
    the same way, for SASL EXTERNAL (XEP-0178): what has an ``@`` is named as XMPP address only.

    :param authority: signs it; None makes it sign itself, for tests of who is trusted.
    :param begin: when it begins to be valid, with time zone; None takes the present.
    :param end: when it ends to be; None takes `LIFETIME` after `begin`.
    :raises ConfigurationError: there is no domain, or one that DNS cannot have.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not domains:
        raise ConfigurationError("a certificate needs a domain to be for")
    key = ec.generate_private_key(ec.SECP256R1())
    start = begin or datetime.now(UTC) - LEEWAY
    issuer = issuer_key = None
    if authority is not None:
        issuer = x509.load_pem_x509_certificate(authority.files.certificate.read_bytes())
        issuer_key = load_pem_private_key(authority.files.key.read_bytes(), None)
    builder = _builder(tls_name(domains[0]), key, start, end or start + LIFETIME, issuer)
    names: list[x509.GeneralName] = []
    for domain in domains:
        names += _general_names(domain)
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    certificate = _signed(builder, issuer_key if isinstance(issuer_key, ec.EllipticCurvePrivateKey) else key)
    stem = "".join(c if c.isalnum() or c in "-." else "_" for c in tls_name(domains[0])).lstrip(".")
    files = CertificateFiles(Path(directory) / f"{stem}.pem", Path(directory) / f"{stem}-key.pem")
    _write(files, certificate, key)
    return files


def _der(tag: int, text: str) -> bytes:
    """A DER string of up to 65535 bytes."""
    data = text.encode("utf-8")
    if len(data) < 0x80:
        return bytes((tag, len(data))) + data
    # DER takes the shortest form of a length.
    size = len(data).to_bytes(1 if len(data) < 0x100 else 2, "big")
    return bytes((tag, 0x80 | len(size))) + size + data


def _general_names(domain: str) -> list[x509.GeneralName]:
    from cryptography import x509

    if "@" in domain:
        return [x509.OtherName(x509.ObjectIdentifier(XMPP_ADDR), _der(0x0C, domain))]
    name = tls_name(domain)
    try:
        return [x509.IPAddress(ipaddress.ip_address(name))]
    except ValueError:
        pass  # a domain name, the ordinary case
    try:
        names: list[x509.GeneralName] = [x509.DNSName(name)]
    except ValueError as error:  # not ASCII, and IDNA has no other spelling for it
        raise ConfigurationError(f"{domain!r} is no domain that a certificate can be for") from error
    if not name.startswith("*"):
        names.append(x509.OtherName(x509.ObjectIdentifier(XMPP_ADDR), _der(0x0C, domain)))
    return names


def _builder(
    name: str,
    key: EllipticCurvePrivateKey,
    begin: datetime,
    end: datetime,
    issuer: x509.Certificate | None = None,
) -> x509.CertificateBuilder:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    # A common name holds 64 characters (RFC 5280 appendix A.1); nobody reads it.
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    return (
        x509.CertificateBuilder(issuer.subject if issuer is not None else subject, subject, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _signed(
    builder: x509.CertificateBuilder,
    key: EllipticCurvePrivateKey,
    *,
    ca: bool = False,
) -> x509.Certificate:
    """Add what RFC 5280 asks of an authority or of a server, and sign with the issuer's key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID

    unused = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    usage = dict.fromkeys((*unused, "encipher_only", "decipher_only"), False)
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **usage), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()),
            critical=False,
        )
    )
    if not ca:
        purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    return builder.sign(key, hashes.SHA256())


def _write(files: CertificateFiles, certificate: x509.Certificate, key: EllipticCurvePrivateKey) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    files.certificate.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for path, data in ((files.key, secret), (files.certificate, certificate.public_bytes(Encoding.PEM))):
        # Written beside and moved into place: nobody reads half a file, or a key that was readable for a
        # moment.
        draft = path.with_name(path.name + ".new")
        draft.unlink(missing_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        draft.replace(path)
