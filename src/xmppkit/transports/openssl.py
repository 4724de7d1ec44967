# SPDX-License-Identifier: MIT
"""TLS contexts of pyOpenSSL (the extra ``channel-binding``), made from those of Python's `ssl`, so that they are just
as strict: the same authorities, ciphers, level of security and versions."""

from __future__ import annotations

import ssl
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xmppkit.exceptions import ConfigurationError

if TYPE_CHECKING:
    import os

    from OpenSSL import SSL

    from xmppkit.protocol.tls_openssl import OpenSslContext

__all__ = ["installed", "openssl_client_context", "openssl_server_context"]


@cache
def installed() -> bool:
    """Whether pyOpenSSL can be used."""
    return find_spec("OpenSSL") is not None


@lru_cache(maxsize=32)
def openssl_client_context(
    context: ssl.SSLContext, own: tuple[str, str] | None = None, *, system: bool = True
) -> OpenSslContext:
    """The context for connecting.

    :param context: what is asked for, as `xmppkit.transports.certificates.client_context` makes it; do not change it.
    :param own: files with our own certificate and its key, which cannot be taken from there.
    :param system: it trusts the system's authorities, of which it may know only where they are.
    :raises ConfigurationError: the files cannot be used.
    """
    from OpenSSL import SSL

    from xmppkit.protocol.tls_openssl import OpenSslContext

    key = _key(own[1]) if own is not None else None

    def make() -> SSL.Context:
        made = SSL.Context(SSL.TLS_CLIENT_METHOD)
        _like(made, context)
        paths = ssl.get_default_verify_paths()
        if system and (paths.cafile or paths.capath):
            made.load_verify_locations(paths.cafile, paths.capath)
        else:
            _trust(made, context)
        if own is not None:
            _show(made, own[0], key)
        return made

    make()  # what cannot be used is told now
    return OpenSslContext(make)


def openssl_server_context(
    context: ssl.SSLContext, certfile: str | os.PathLike[str], keyfile: str | os.PathLike[str]
) -> OpenSslContext:
    """The context for accepting connections; a new one at each call.

    :param context: what is asked for, as `xmppkit.transports.certificates.server_context` makes it; do not change it.
    :param certfile: what that was made of.
    :raises ConfigurationError: the files cannot be used.
    """
    from cryptography import x509
    from OpenSSL import SSL

    from xmppkit.protocol.tls_openssl import OpenSslContext

    key = _key(str(keyfile))

    def make() -> SSL.Context:
        made = SSL.Context(SSL.TLS_SERVER_METHOD)
        _like(made, context)
        _trust(made, context)
        for authority in context.get_ca_certs(binary_form=True):
            made.add_client_ca(x509.load_der_x509_certificate(authority))
        # A session that goes on would have another first Finished message (tls-unique, RFC 5929 §3.1).
        made.set_options(SSL.OP_NO_TICKET)
        made.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        _show(made, str(certfile), key)
        return made

    make()
    return OpenSslContext(make, asks=context.verify_mode is not ssl.CERT_NONE)


def _like(made: SSL.Context, context: ssl.SSLContext) -> None:
    """Give `made` the versions, ciphers, options and checks of `context`."""
    from OpenSSL import SSL

    made.set_min_proto_version(max(context.minimum_version, ssl.TLSVersion.TLSv1_2))
    if context.maximum_version is not ssl.TLSVersion.MAXIMUM_SUPPORTED:
        made.set_max_proto_version(context.maximum_version)
    made.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    names = [each["name"] for each in context.get_ciphers() if each["protocol"] != "TLSv1.3"]
    # Names that the other OpenSSL does not have are skipped; those of TLS 1.3 are its own.
    made.set_cipher_list(f"{':'.join(names)}:@SECLEVEL={context.security_level}".encode("ascii"))
    store = made.get_cert_store()
    assert store is not None  # each context has one
    store.set_flags(int(context.verify_flags))


def _trust(made: SSL.Context, context: ssl.SSLContext) -> None:
    """Have `made` trust whom `context` trusts, as far as that is loaded."""
    from OpenSSL import crypto

    store = made.get_cert_store()
    assert store is not None  # each context has one
    for each in context.get_ca_certs(binary_form=True):
        store.add_cert(crypto.load_certificate(crypto.FILETYPE_ASN1, each))


def _key(keyfile: str) -> Any:
    """A private key; what kind it is TLS will see."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        # OpenSSL would ask on the terminal for the password of an encrypted one, and wait.
        return load_pem_private_key(Path(keyfile).read_bytes(), None)
    except (OSError, TypeError, ValueError) as error:
        raise ConfigurationError(f"keyfile: {keyfile} is no unencrypted key in PEM: {error}") from error


def _show(made: SSL.Context, certfile: str, key: Any) -> None:
    """Have `made` show a certificate, and prove it with `key`."""
    from OpenSSL import SSL

    try:
        made.use_certificate_chain_file(certfile)
        made.use_privatekey(key)
        made.check_privatekey()
    except (SSL.Error, TypeError) as error:
        raise ConfigurationError(f"certfile: {certfile} is no certificate of this key: {error}") from error
