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

import asyncio
import os
import ssl
import sys
import warnings
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

from xmppkit.exceptions import ConfigurationError, InvalidCABundle
from xmppkit.protocol.options import TlsPolicy
from xmppkit.settings.settings import Settings

if TYPE_CHECKING:
    from xmppkit.protocol.tls import TlsBackend

__all__ = ["CaCerts", "Path", "TlsWishes", "tls_policy"]

_OPENSSL = "xmppkit.protocol.tls_openssl"

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


class TlsWishes:
    """The part of a stream that says how its connections are encrypted.

    :param ssl_context: the TLS context to use instead of one made from `ca_certs` and its neighbours.
    """

    settings: Settings

    #: Use endpoints with TLS from the first byte (XEP-0368).
    enable_direct_tls = True
    #: Use endpoints with STARTTLS. Together with `enable_plaintext`: only where it is offered.
    enable_starttls = True
    #: Allow connections that are not encrypted.
    enable_plaintext = False
    #: Authorities to trust instead of the system's: a PEM file, or several of which those that exist count.
    ca_certs: CaCerts | None = None
    #: Our own certificate and key in PEM, for SASL EXTERNAL.
    certfile: Path | None = None
    keyfile: Path | None = None
    #: OpenSSL cipher list for TLS 1.2.
    ciphers: str | None = None

    def __init__(self, ssl_context: ssl.SSLContext | None) -> None:
        self._ssl_context = ssl_context

    @property
    def ssl_context(self) -> ssl.SSLContext:
        """The TLS context, to be changed at will: reading it makes one that this stream alone uses. `ca_certs` and
        its neighbours are applied to it when the stream connects."""
        if self._ssl_context is None:
            context = ssl.create_default_context()
            context.minimum_version = self.settings.tls_minimum
            self._ssl_context = context
        return self._ssl_context

    @ssl_context.setter
    def ssl_context(self, context: ssl.SSLContext | None) -> None:
        self._ssl_context = context

    def get_ssl_context(self) -> ssl.SSLContext:
        """`ssl_context`, with `ciphers`, `certfile`, `keyfile` and `ca_certs` applied to it. Where a program overrides
        it, connections have what it returns.

        :raises InvalidCABundle: none of the files in `ca_certs` exists.
        """
        context = self.ssl_context
        if self.ciphers is not None:
            context.set_ciphers(self.ciphers)
        if self.certfile is not None:
            context.load_cert_chain(self.certfile, self.keyfile)
        if self.ca_certs is not None:
            named = [self.ca_certs] if isinstance(self.ca_certs, str | os.PathLike) else list(self.ca_certs)
            found = [path for path in named if os.path.isfile(path)]
            if not found:
                raise InvalidCABundle(self.ca_certs)
            for path in found:
                context.load_verify_locations(cafile=path)
        return context

    def _has_own_context(self) -> bool:
        """Whether this stream's context is shared with no other: the program has set or read it, or makes it itself."""
        made_by = getattr(self.get_ssl_context, "__func__", None)
        return self._ssl_context is not None or made_by is not TlsWishes.get_ssl_context

    def _old_wishes(
        self, use_ssl: bool | None = None, force_starttls: bool | None = None, disable_starttls: bool | None = None
    ) -> None:
        """COMPAT(slixmpp 1.8): the same wishes in the words of that time; None leaves things as they are."""
        if use_ssl is not None:
            self.enable_direct_tls, self.enable_starttls = use_ssl, not use_ssl
        if force_starttls is not None:
            self.enable_plaintext = not force_starttls
        if disable_starttls:
            self.enable_starttls, self.enable_plaintext = False, True

    @property
    def use_ssl(self) -> bool:
        """COMPAT(slixmpp 1.8): direct TLS and nothing else."""
        _deprecated("use_ssl", "enable_direct_tls")
        return self.enable_direct_tls and not self.enable_starttls

    @use_ssl.setter
    def use_ssl(self, value: bool) -> None:
        _deprecated("use_ssl", "enable_direct_tls")
        self._old_wishes(use_ssl=value)

    @property
    def force_starttls(self) -> bool:
        """COMPAT(slixmpp 1.8): no connection without TLS."""
        _deprecated("force_starttls", "enable_plaintext")
        return not self.enable_plaintext

    @force_starttls.setter
    def force_starttls(self, value: bool) -> None:
        _deprecated("force_starttls", "enable_plaintext")
        self._old_wishes(force_starttls=value)

    @property
    def disable_starttls(self) -> bool:
        """COMPAT(slixmpp 1.8): no STARTTLS, even where it is offered."""
        _deprecated("disable_starttls", "enable_starttls")
        return not self.enable_starttls

    @disable_starttls.setter
    def disable_starttls(self, value: bool) -> None:
        _deprecated("disable_starttls", "enable_starttls")
        if value:
            self._old_wishes(disable_starttls=True)
        else:
            self.enable_starttls = True

    def web_context(self) -> ssl.SSLContext:
        """The TLS context for a server that is reached by HTTP, as WebSocket and BOSH are: as for XMPP itself, but for
        the protocol that it names (ALPN)."""
        if self._has_own_context():
            return self.get_ssl_context()
        from xmppkit.transports.certificates import client_context

        return client_context(
            ca_certs=self.ca_certs,
            certfile=self.certfile,
            keyfile=self.keyfile,
            ciphers=self.ciphers,
            minimum=self.settings.tls_minimum,
            http=True,
        )

    async def _load_tls(self) -> None:
        """Load the library of TLS. With pyOpenSSL that takes a tenth of a second, which a thread has."""
        if not self._has_own_context() and self.settings.tls_library != "ssl" and _OPENSSL not in sys.modules:
            from xmppkit.transports.openssl import installed

            if installed():
                await asyncio.to_thread(import_module, _OPENSSL)

    def _engine_context(self, *, bind: bool = False) -> ssl.SSLContext | TlsBackend:
        """The context of the next connection; shared with all streams of the same wishes if it is not our own.

        :param bind: for logins that are bound to the connection, which take pyOpenSSL where it is installed.
        :raises ConfigurationError: a file cannot be used, or the setting ``tls_library`` asks for pyOpenSSL and it is
            not installed.
        """
        if self._has_own_context():
            return self.get_ssl_context()
        from xmppkit.transports.certificates import client_context  # with the first connection is soon enough

        context = client_context(
            ca_certs=self.ca_certs,
            certfile=self.certfile,
            keyfile=self.keyfile,
            ciphers=self.ciphers,
            minimum=self.settings.tls_minimum,
        )
        library = self.settings.tls_library
        if library == "ssl" or (library == "auto" and not bind):
            return context
        from xmppkit.transports.openssl import installed, openssl_client_context

        if installed():
            own = None
            if self.certfile is not None:
                certfile = os.fspath(self.certfile)
                own = (certfile, os.fspath(self.keyfile) if self.keyfile is not None else certfile)
            return openssl_client_context(context, own, system=self.ca_certs is None)
        if library == "openssl":
            said = "tls_library 'openssl' needs pyOpenSSL, which is not installed: pip install xmppkit[channel-binding]"
            raise ConfigurationError(said)
        return context


def _deprecated(name: str, instead: str) -> None:
    warnings.warn(f"{name} is deprecated: {instead}", DeprecationWarning, stacklevel=3)
