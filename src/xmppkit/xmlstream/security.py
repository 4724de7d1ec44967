# SPDX-License-Identifier: MIT
"""The TLS wishes of a stream, in slixmpp's attributes, and what they mean for the engine.

=====================  =====================  ==================================
``enable_starttls``    ``enable_plaintext``   to an endpoint without direct TLS
=====================  =====================  ==================================
True (default)         False (default)        STARTTLS, or not at all
True                   True                   STARTTLS if it is offered
False                  True                   never TLS
False                  False                  such endpoints are not used
=====================  =====================  ==================================

An SSL context takes 20 ms and 0.8 MiB, so that streams with equal wishes share one. Whoever reads ``ssl_context``, to
change it, gets a context of their own.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable

from xmppkit.exceptions import ConfigurationError, InvalidCABundle
from xmppkit.protocol.options import TlsPolicy
from xmppkit.transports.certificates import client_context

__all__ = ["CaCerts", "Path", "own_context", "shared_context", "tls_policy"]

Path = str | os.PathLike[str]
CaCerts = Path | Iterable[Path]


def tls_policy(*, direct: bool, starttls: bool, plaintext: bool) -> TlsPolicy:
    """The engine's policy for an endpoint.

    :param direct: the endpoint wants TLS from the first byte.
    :raises ConfigurationError: nothing that is enabled leads to such an endpoint.
    """
    if direct:
        return TlsPolicy.DIRECT
    if starttls:
        return TlsPolicy.IF_OFFERED if plaintext else TlsPolicy.REQUIRED
    if plaintext:
        return TlsPolicy.DISABLED
    raise ConfigurationError("neither enable_starttls nor enable_plaintext allows an endpoint without direct TLS")


def own_context() -> ssl.SSLContext:
    """A context that may be changed: it verifies certificate and name with the system's authorities."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def applied(
    context: ssl.SSLContext,
    *,
    ca_certs: CaCerts | None,
    certfile: Path | None,
    keyfile: Path | None,
    ciphers: str | None,
) -> ssl.SSLContext:
    """`context`, with the stream's wishes applied to it.

    :raises InvalidCABundle: none of the files in `ca_certs` exists.
    """
    if ciphers is not None:
        context.set_ciphers(ciphers)
    if certfile is not None:
        context.load_cert_chain(certfile, keyfile)
    if ca_certs is not None:
        named = [ca_certs] if isinstance(ca_certs, str | os.PathLike) else list(ca_certs)
        found = [path for path in named if os.path.isfile(path)]
        if not found:
            raise InvalidCABundle(ca_certs)
        for path in found:
            context.load_verify_locations(cafile=path)
    return context


def shared_context(
    *, ca_certs: CaCerts | None, certfile: Path | None, keyfile: Path | None, ciphers: str | None
) -> ssl.SSLContext:
    """The context that all streams with these wishes share; it must not be changed. Raises as `client_context`."""
    return client_context(ca_certs=ca_certs, certfile=certfile, keyfile=keyfile, ciphers=ciphers)
