# SPDX-License-Identifier: MIT
"""What is wrong with the peer or the network; each says what, where, and what to do."""

from __future__ import annotations

from xmppkit.exceptions.root import XMPPKitError, in_one_line

__all__ = [
    "AuthenticationFailed",
    "CertificateExpired",
    "CertificateInvalid",
    "CertificateUntrusted",
    "CertificateWrongHost",
    "ConnectionLost",
    "ConnectionRefused",
    "ContentMismatch",
    "HostNotFound",
    "MalformedStream",
    "NegotiationFailed",
    "NegotiationTimeout",
    "NotXMPP",
    "ProxyRefused",
    "RemoteError",
    "StreamClosed",
    "StreamErrorReceived",
    "TLSFailed",
    "TLSRequired",
]


class RemoteError(XMPPKitError):
    """The peer or the network failed.

    :ivar reason: what happened, in a sentence.
    :ivar where: the domain, host and port or JID concerned; empty where there is none.
    :ivar advice: what the user can do; empty where there is nothing.
    """

    default_advice = ""

    def __init__(self, reason: str, *, where: str = "", advice: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.where = where
        self.advice = self.default_advice if advice is None else advice

    def __str__(self) -> str:
        text = in_one_line(f"{self.where}: {self.reason}" if self.where else self.reason)
        return f"{text} ({self.advice})" if self.advice else text


class HostNotFound(RemoteError):
    """The name does not resolve."""

    default_advice = "check the domain, or give host and port to connect()"


class ConnectionRefused(RemoteError, ConnectionError):
    """Nothing listens there, or the network does not lead there.

    It is an OSError, too: programs for slixmpp expect one with the event ``connection_failed``.
    """

    default_advice = "check host and port, and that the server is running"


class ProxyRefused(RemoteError):
    """The proxy does not want us, or what is there is no proxy of that kind. Trying again would not help."""

    default_advice = "check the setting proxy: kind, host, port, username and password"


class ConnectionLost(RemoteError):
    """An established connection ended without the stream's closing tag."""

    default_advice = "connect again; auto_reconnect does it for a session that had started"


class NegotiationTimeout(RemoteError):
    """The peer fell silent before the session was ready."""

    default_advice = "check that an XMPP server listens at this port"


class NotXMPP(RemoteError):
    """The peer speaks another protocol."""

    default_advice = "check the port: clients use 5222, or 5223 with direct TLS; components often 5347"


class MalformedStream(RemoteError):
    """The peer broke the XML or stream rules of RFC 6120.

    :ivar condition: the stream error condition that was sent to it (RFC 6120 §4.9.3).
    """

    default_advice = "the fault is at the other end: check the port, or tell who runs it"

    def __init__(
        self, reason: str, *, condition: str = "bad-format", where: str = "", advice: str | None = None
    ) -> None:
        super().__init__(reason, where=where, advice=advice)
        self.condition = condition


class StreamErrorReceived(RemoteError):
    """The peer closed the stream with an error (RFC 6120 §4.9).

    :param by: who has closed it, in a word.
    :ivar condition: the defined condition, as ``system-shutdown``.
    :ivar text: what the peer said to it.
    :ivar see_other_host: the address that a ``see-other-host`` names; empty otherwise. Nothing here follows
        it: the certificate must prove the original domain, wherever the next connection leads (§4.9.3.19).
    """

    def __init__(
        self,
        condition: str,
        text: str = "",
        *,
        where: str = "",
        advice: str | None = None,
        see_other_host: str = "",
        by: str = "server",
    ) -> None:
        said = f"the {by} closed the stream: {condition}" + (f", {text}" if text else "")
        super().__init__(said, where=where, advice=advice)
        self.condition = condition
        self.text = text
        self.see_other_host = see_other_host


class StreamClosed(RemoteError):
    """The peer closed the stream in order and without an error, although nobody had asked it to."""

    default_advice = "connect again, later if it goes on"


class TLSFailed(RemoteError):
    """The TLS handshake failed."""


class CertificateInvalid(TLSFailed):
    """The server's certificate does not prove that it is the domain."""


class CertificateUntrusted(CertificateInvalid):
    """The server's certificate is signed by nobody we trust."""

    default_advice = "if the server has a CA of its own, name its file in ca_certs"


class CertificateExpired(CertificateInvalid):
    """The server's certificate is outside its period of validity."""

    default_advice = "the server's operator must renew it; check this machine's clock too"


class CertificateWrongHost(CertificateInvalid):
    """The server's certificate is made for another name."""

    default_advice = "check the domain of the JID: the certificate must name it"


class TLSRequired(RemoteError):
    """The peer does not offer the TLS that the policy asks for; nothing secret was sent."""

    default_advice = "the connection may be tampered with; enable_plaintext allows it on a network you trust"


class AuthenticationFailed(RemoteError):
    """The server refused the credentials, or no mechanism was acceptable to both sides.

    :ivar condition: the SASL condition, as ``not-authorized`` (RFC 6120 §6.5).
    """

    default_advice = "check the JID and the password"

    def __init__(
        self, reason: str, *, condition: str = "not-authorized", where: str = "", advice: str | None = None
    ) -> None:
        super().__init__(reason, where=where, advice=advice)
        self.condition = condition


class NegotiationFailed(RemoteError):
    """A step after authentication (resource binding, session, component handshake) was refused.

    :ivar condition: the condition the peer gave.
    """

    def __init__(
        self,
        reason: str,
        *,
        condition: str = "undefined-condition",
        where: str = "",
        advice: str | None = None,
    ) -> None:
        super().__init__(reason, where=where, advice=advice)
        self.condition = condition


class ContentMismatch(RemoteError):
    """A peer sent something else than what was asked for: another piece, or data that its hash does not fit."""
