# SPDX-License-Identifier: MIT
"""The exceptions of PyXMPP2's surface.

::

    Error
    ├── JIDError                          (ValueError) not an address
    ├── PyXMPPIOError                     a connection failed; where the system said why, an OSError is raised instead
    ├── StringprepError                   text that a profile refuses
    ├── NoRouteError                      a stanza cannot be sent: there is no stream, or it is not ready
    ├── ClientError
    │   └── FatalClientError
    ├── StreamError
    │   ├── StreamEncryptionRequired
    │   ├── HostMismatch
    │   ├── ClientStreamError
    │   │   ├── LegacyAuthenticationError
    │   │   └── RegistrationError
    │   ├── ComponentStreamError
    │   └── FatalStreamError              the stream is over
    │       ├── StreamParseError          the peer sent no XML that may stand in a stream
    │       ├── DNSError                  a look-up failed
    │       │   └── UnexpectedCNAMEError
    │       ├── StreamAuthenticationError
    │       │   ├── SASLNotAvailable      we know none of the mechanisms that are allowed
    │       │   ├── SASLMechanismNotAvailable     the server offers none that we may use
    │       │   └── SASLAuthenticationFailed      the server refused us; `condition` says how
    │       ├── TLSNegotiationFailed      TLS is wanted and the server does not offer it
    │       ├── TLSError                  the handshake failed
    │       │   └── TLSVerificationError  (ssl.SSLError) the certificate does not prove the domain
    │       ├── FatalClientStreamError
    │       └── FatalComponentStreamError (ComponentStreamError)
    └── ProtocolError                     raised in a handler of stanzas: answer with this stanza error

What the engine reports (`xmppkit.exceptions.RemoteError`) is the ``__cause__`` of what is raised for it.
"""

from __future__ import annotations

import logging
import ssl

from xmppkit.exceptions import XMPPKitError

__all__ = [
    "BadRequestProtocolError",
    "ClientError",
    "ClientStreamError",
    "ComponentStreamError",
    "DNSError",
    "Error",
    "FatalClientError",
    "FatalClientStreamError",
    "FatalComponentStreamError",
    "FatalStreamError",
    "FeatureNotImplementedProtocolError",
    "HostMismatch",
    "JIDError",
    "JIDMalformedProtocolError",
    "LegacyAuthenticationError",
    "NoRouteError",
    "NotAcceptableProtocolError",
    "ProtocolError",
    "PyXMPPIOError",
    "RegistrationError",
    "ResourceConstraintProtocolError",
    "SASLAuthenticationFailed",
    "SASLMechanismNotAvailable",
    "SASLNotAvailable",
    "ServiceUnavailableProtocolError",
    "StreamAuthenticationError",
    "StreamEncryptionRequired",
    "StreamError",
    "StreamParseError",
    "StringprepError",
    "TLSError",
    "TLSNegotiationFailed",
    "TLSVerificationError",
    "UnexpectedCNAMEError",
]

_reported = logging.getLogger("pyxmpp2.ProtocolError.reported")
_ignored = logging.getLogger("pyxmpp2.ProtocolError.ignored")


class Error(XMPPKitError):
    """The root of all of them."""


class JIDError(Error, ValueError):
    """Not an address."""


class PyXMPPIOError(Error):
    """A connection failed."""


class StringprepError(Error):
    """Text that a stringprep profile refuses."""


class NoRouteError(Error):
    """A stanza cannot be sent: there is no stream, or it is not ready."""


class ClientError(Error):
    """An error of a client."""


class FatalClientError(ClientError):
    """An error that a client does not survive."""


class StreamError(Error):
    """An error of a stream."""


class StreamEncryptionRequired(StreamError):
    """The peer wants encryption."""


class HostMismatch(StreamError):
    """The peer is for another domain."""


class ClientStreamError(StreamError):
    """An error of a client's stream."""


class LegacyAuthenticationError(ClientStreamError):
    """The login of before SASL failed."""


class RegistrationError(ClientStreamError):
    """An account could not be made."""


class ComponentStreamError(StreamError):
    """An error of a component's stream."""


class FatalStreamError(StreamError):
    """The stream is over."""


class StreamParseError(FatalStreamError):
    """The peer sent no XML that may stand in a stream."""


class DNSError(FatalStreamError):
    """A look-up failed."""


class UnexpectedCNAMEError(DNSError):
    """An alias where none may be."""


class StreamAuthenticationError(FatalStreamError):
    """Logging in failed."""


class SASLNotAvailable(StreamAuthenticationError):
    """There is no mechanism that may be used."""


class SASLMechanismNotAvailable(StreamAuthenticationError):
    """The server offers no mechanism that may be used."""


class SASLAuthenticationFailed(StreamAuthenticationError):
    """The server refused the login.

    :ivar condition: the condition of RFC 6120 §6.5, as ``not-authorized``; empty if there was none.
    """

    condition = ""


class TLSNegotiationFailed(FatalStreamError):
    """TLS is wanted, and the server does not offer it or refuses it."""


class TLSError(FatalStreamError):
    """The TLS handshake failed."""


class TLSVerificationError(TLSError, ssl.SSLError):
    """The certificate does not prove that the server is the domain's."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class FatalClientStreamError(FatalStreamError):
    """A client's stream is over."""


class FatalComponentStreamError(FatalStreamError, ComponentStreamError):
    """A component's stream is over."""


class ProtocolError(Error):
    """Raised in a handler of stanzas, it becomes the answer.

    :param xmpp_name: a condition of RFC 6120 §8.3.3, as ``bad-request``.
    :param message: what is wrong, for the log.
    """

    def __init__(self, xmpp_name: str, message: str) -> None:
        super().__init__(xmpp_name, message)

    @property
    def xmpp_name(self) -> str:
        """The condition."""
        return str(self.args[0])

    @property
    def message(self) -> str:
        """What is wrong."""
        return str(self.args[1])

    def log_reported(self) -> None:
        """Log that the peer was told, as ``pyxmpp2.ProtocolError.reported``."""
        _reported.debug("protocol error reported: %s", self)

    def log_ignored(self) -> None:
        """Log that nobody was told, as ``pyxmpp2.ProtocolError.ignored``."""
        _ignored.debug("protocol error ignored: %s", self)

    def __str__(self) -> str:
        return f"{self.xmpp_name}: {self.message}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.xmpp_name!r} {self.message!r}>"


class BadRequestProtocolError(ProtocolError):
    """Answer with ``bad-request``."""

    def __init__(self, message: str) -> None:
        super().__init__("bad-request", message)


class NotAcceptableProtocolError(ProtocolError):
    """Answer with ``not-acceptable``."""

    def __init__(self, message: str) -> None:
        super().__init__("not-acceptable", message)


class JIDMalformedProtocolError(ProtocolError, JIDError):
    """Answer with ``jid-malformed``."""

    def __init__(self, message: str) -> None:
        super().__init__("jid-malformed", message)


class FeatureNotImplementedProtocolError(ProtocolError):
    """Answer with ``feature-not-implemented``."""

    def __init__(self, message: str) -> None:
        super().__init__("feature-not-implemented", message)


class ServiceUnavailableProtocolError(ProtocolError):
    """Answer with ``service-unavailable``."""

    def __init__(self, message: str) -> None:
        super().__init__("service-unavailable", message)


class ResourceConstraintProtocolError(ProtocolError):
    """Answer with ``resource-constraint``."""

    def __init__(self, message: str) -> None:
        super().__init__("resource-constraint", message)
