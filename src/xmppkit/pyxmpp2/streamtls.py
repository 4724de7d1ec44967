# SPDX-License-Identifier: MIT
"""TLS on a stream (RFC 6120 §5), which the engine does: what the settings ask of it, and `StreamTLSHandler`.

TLS does not depend on there being a handler: with ``tls_require``, which is the default, a stream is encrypted or it
ends.
"""

from __future__ import annotations

import logging
import os.path
import ssl
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from xmppkit.protocol.options import TlsPolicy
from xmppkit.pyxmpp2.constants import TLS_QNP
from xmppkit.pyxmpp2.exceptions import FatalStreamError
from xmppkit.pyxmpp2.interfaces import StreamFeatureHandler
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.transports.certificates import client_context, server_context

if TYPE_CHECKING:
    from xmppkit.pyxmpp2.cert import CertificateData
    from xmppkit.pyxmpp2.streambase import StreamBase

__all__ = ["FAILURE_TAG", "PROCEED_TAG", "REQUIRED_TAG", "STARTTLS_TAG", "StreamTLSHandler", "tls_options"]

log = logging.getLogger("pyxmpp2.streamtls")

STARTTLS_TAG = TLS_QNP + "starttls"
REQUIRED_TAG = TLS_QNP + "required"
PROCEED_TAG = TLS_QNP + "proceed"
FAILURE_TAG = TLS_QNP + "failure"


class StreamTLSHandler(StreamFeatureHandler):
    """Stands for TLS among the handlers of a stream. One may serve any number of streams.

    :param settings: as everywhere; those of the stream count.
    """

    def __init__(self, settings: XMPPSettings | None = None) -> None:
        self.settings = XMPPSettings() if settings is None else settings

    @staticmethod
    def is_certificate_valid(stream: StreamBase, cert: CertificateData | None) -> bool:
        """Whether a certificate proves that the peer of a stream is who it should be: the default of
        ``tls_verify_callback``."""
        return cert is not None and cert.validated and stream.peer is not None and cert.verify_server(stream.peer)


XMPPSettings.add_setting(
    "tls_verify_callback",
    type=object,
    default=StreamTLSHandler.is_certificate_valid,
    default_d="the certificate is valid, and for the domain",
    doc="Called with stream and certificate when TLS is up; what is false ends the stream. It decides in place of the"
    " check of the name; that a trusted authority has signed is checked before.",
)


def tls_options(settings: XMPPSettings, *, initiator: bool) -> dict[str, Any]:
    """The engine's options for TLS.

    :raises FatalStreamError: TLS is required, and a server has no certificate.
    """
    if settings["tls_require"]:
        policy = TlsPolicy.REQUIRED
    else:
        policy = TlsPolicy.IF_OFFERED if settings["starttls"] else TlsPolicy.DISABLED
    if policy is TlsPolicy.DISABLED:
        return {"tls": policy}
    if initiator:
        return {"tls": policy, "ssl_context_factory": lambda: _client_context(settings)}
    certfile = settings["tls_cert_file"]
    if certfile is None:
        if policy is TlsPolicy.IF_OFFERED:
            return {"tls": TlsPolicy.DISABLED}
        raise FatalStreamError("a server needs tls_cert_file for TLS; tls_require=False goes without TLS")
    return {"tls": policy, "ssl_context_factory": lambda: _server_context(settings, certfile)}


def _server_context(settings: XMPPSettings, certfile: str) -> ssl.SSLContext:
    own = settings.as_settings()
    return server_context(certfile, own.keyfile, client_ca=own.ca_certs, ciphers=own.ciphers, minimum=own.tls_minimum)


def _client_context(settings: XMPPSettings) -> ssl.SSLContext:
    own = settings.as_settings()
    strict = client_context(
        ca_certs=own.ca_certs,
        certfile=own.certfile,
        keyfile=own.keyfile,
        ciphers=own.ciphers,
        minimum=own.tls_minimum,
    )
    verify = bool(settings["tls_verify_peer"])
    if not verify:
        log.warning("tls_verify_peer is off: nothing tells whether the server is who it says it is")
    elif "tls_verify_callback" not in settings:
        return strict
    return _lenient_context(own.ca_certs, own.certfile, own.keyfile, own.ciphers, own.tls_minimum, verify)


@lru_cache(maxsize=32)
def _lenient_context(
    ca_certs: tuple[str, ...] | None,
    certfile: str | None,
    keyfile: str | None,
    ciphers: str | None,
    minimum: ssl.TLSVersion,
    verify: bool,
) -> ssl.SSLContext:
    """A context that leaves the name, or all of it, to the program. A strict one has been made of the same."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = minimum
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
    if ca_certs is None:
        context.load_default_certs()
    for bundle in filter(os.path.isfile, ca_certs or ()):
        context.load_verify_locations(bundle)
    if certfile is not None:
        context.load_cert_chain(certfile, keyfile, password="")
    if ciphers is not None:
        context.set_ciphers(ciphers)
    return context
