# SPDX-License-Identifier: MIT
"""TLS contexts of pyOpenSSL (the extra ``channel-binding``), made from those of Python's `ssl`, so that they are just
as strict: the same authorities, ciphers, level of security and versions."""

from __future__ import annotations

import ssl
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from xmppkit.exceptions import ConfigurationError

if TYPE_CHECKING:
    import os

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
    from OpenSSL import SSL, crypto

    made = SSL.Context(SSL.TLS_CLIENT_METHOD)
    _like(made, context)
    store = made.get_cert_store()
    assert store is not None  # each context has one
    for each in context.get_ca_certs(binary_form=True):
        store.add_cert(crypto.load_certificate(crypto.FILETYPE_ASN1, each))
    store.set_flags(int(context.verify_flags))
    if system:
        paths = ssl.get_default_verify_paths()
        if paths.cafile or paths.capath:
            made.load_verify_locations(paths.cafile, paths.capath)
    if own is not None:
        _load_own(made, *own)
    return _wrapped(made, asks=False)


def openssl_server_context(
    context: ssl.SSLContext, certfile: str | os.PathLike[str], keyfile: str | os.PathLike[str]
) -> OpenSslContext:
    """The context for accepting connections; a new one at each call.

    :param context: what is asked for, as `xmppkit.transports.certificates.server_context` makes it.
    :param certfile: what that was made of.
    :raises ConfigurationError: the files cannot be used.
    """
    from OpenSSL import SSL, crypto

    made = SSL.Context(SSL.TLS_SERVER_METHOD)
    _like(made, context)
    # A session that goes on would have another first Finished message (tls-unique, RFC 5929 §3.1).
    made.set_options(SSL.OP_NO_TICKET)
    made.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    _load_own(made, str(certfile), str(keyfile))
    asks = context.verify_mode is not ssl.CERT_NONE
    if asks:
        store = made.get_cert_store()
        assert store is not None  # each context has one
        authorities = [
            crypto.load_certificate(crypto.FILETYPE_ASN1, each) for each in context.get_ca_certs(binary_form=True)
        ]
        for authority in authorities:
            store.add_cert(authority)
            made.add_client_ca(authority)
    return _wrapped(made, asks=asks)


def _wrapped(made: object, *, asks: bool) -> OpenSslContext:
    from xmppkit.protocol.tls_openssl import OpenSslContext

    return OpenSslContext(made, asks=asks)  # type: ignore[arg-type]  # pyOpenSSL is imported where it is used


def _like(made: object, context: ssl.SSLContext) -> None:
    """Give `made` the versions, ciphers and options of `context`."""
    from OpenSSL import SSL

    assert isinstance(made, SSL.Context)
    made.set_min_proto_version(max(context.minimum_version, ssl.TLSVersion.TLSv1_2))
    if context.maximum_version is not ssl.TLSVersion.MAXIMUM_SUPPORTED:
        made.set_max_proto_version(context.maximum_version)
    made.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    names = [each["name"] for each in context.get_ciphers() if each["protocol"] != "TLSv1.3"]
    # Names that the other OpenSSL does not have are skipped; those of TLS 1.3 are its own.
    made.set_cipher_list(f"{':'.join(names)}:@SECLEVEL={context.security_level}".encode("ascii"))


def _load_own(made: object, certfile: str, keyfile: str) -> None:
    from OpenSSL import SSL

    assert isinstance(made, SSL.Context)
    # Without this OpenSSL would ask on the terminal for the password of an encrypted key, and wait.
    made.set_passwd_cb(lambda length, verify, data: b"")
    try:
        made.use_certificate_chain_file(certfile)
        made.use_privatekey_file(keyfile)
        made.check_privatekey()
    except SSL.Error as error:
        said = f"certfile, keyfile: {certfile} and {keyfile} are no certificate and its unencrypted key: {error}"
        raise ConfigurationError(said) from error
