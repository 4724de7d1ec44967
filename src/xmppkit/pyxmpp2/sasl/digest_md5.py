# SPDX-License-Identifier: MIT
"""DIGEST-MD5 (RFC 2831, made historic by RFC 6331): used only when it is named, and over TLS."""

from __future__ import annotations

from xmppkit.pyxmpp2.sasl.core import EngineClientAuthenticator, EngineServerAuthenticator, sasl_mechanism

__all__ = ["DigestMD5ClientAuthenticator", "DigestMD5ServerAuthenticator"]


@sasl_mechanism("DIGEST-MD5", False, 30)
class DigestMD5ClientAuthenticator(EngineClientAuthenticator):
    """The client's half."""

    mechanism = "DIGEST-MD5"
    needs = ("username", "password", "service-type", "service-domain")


@sasl_mechanism("DIGEST-MD5", False, 30)
class DigestMD5ServerAuthenticator(EngineServerAuthenticator):
    """The server's half. The database must know passwords in the format ``plain``."""

    mechanism = "DIGEST-MD5"
