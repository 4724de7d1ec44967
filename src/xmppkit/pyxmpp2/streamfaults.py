# SPDX-License-Identifier: MIT
"""What the engine reports at the end of a stream, as the exceptions that PyXMPP2 programs expect."""

from __future__ import annotations

import xmppkit.exceptions as engine
from xmppkit.pyxmpp2 import exceptions as surface

__all__ = ["fault_of"]

_NO_MECHANISM = "invalid-mechanism"
_NOTHING_OFFERED = "mechanism-too-weak"
# The peer ended the stream, or the network did: that is an event, and no fault of anybody here.
_ENDS = (engine.StreamErrorReceived, engine.StreamClosed, engine.ConnectionLost)
_XML = ("not-well-formed", "bad-format", "bad-namespace-prefix", "restricted-xml", "unsupported-encoding")


def fault_of(error: engine.RemoteError | None, *, refused: bool = False) -> Exception | None:
    """The exception that leaves the main loop when a stream has ended with `error`; None if none does.

    :param refused: the peer has refused a login; if not, we have found no way to log in.
    """
    if error is None or isinstance(error, _ENDS):
        return None
    fault = _fault(error, refused=refused)
    fault.__cause__ = error
    return fault


def _fault(error: engine.RemoteError, *, refused: bool) -> Exception:
    said = str(error)
    if isinstance(error, engine.AuthenticationFailed):
        return _login(error, said, refused=refused)
    if isinstance(error, engine.TLSRequired):
        return surface.TLSNegotiationFailed(said)
    if isinstance(error, engine.CertificateInvalid):
        return surface.TLSVerificationError(said)
    if isinstance(error, engine.TLSFailed):
        return surface.TLSError(said)
    if isinstance(error, engine.NotXMPP) or (isinstance(error, engine.MalformedStream) and error.condition in _XML):
        return surface.StreamParseError(said)
    if isinstance(error, engine.HostNotFound):
        return surface.DNSError(said)
    return surface.FatalStreamError(said)


def _login(error: engine.AuthenticationFailed, said: str, *, refused: bool) -> Exception:
    condition = error.condition or ""
    if not refused and condition == _NOTHING_OFFERED:
        return surface.SASLMechanismNotAvailable(said)
    if not refused and condition == _NO_MECHANISM:
        return surface.SASLNotAvailable(said)
    fault = surface.SASLAuthenticationFailed(said)
    fault.condition = condition
    return fault
