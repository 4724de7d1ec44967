# SPDX-License-Identifier: MIT
"""What a stream is told once, when it is made.

`StreamOptions` is immutable and may be shared by any number of streams; whatever differs from one stream to
the next (the JID, the component's secret) is an argument of the stream's class. Nothing here reads a file,
the environment or a clock, and the TLS context is asked for only when TLS begins.
"""

from __future__ import annotations

from dataclasses import field, fields
from enum import Enum
from typing import TYPE_CHECKING

from xmppkit.exceptions import ConfigurationError
from xmppkit.protocol.framing.tcp import TcpFraming
from xmppkit.records import record
from xmppkit.sasl.policy import SaslPolicy
from xmppkit.stanza.registry import build_stanza
from xmppkit.xml.limits import Limits

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

    from xmppkit.protocol.framing.base import FramingKind
    from xmppkit.protocol.logins import LoginOffer, Sasl2Options
    from xmppkit.protocol.management import ManagementOptions
    from xmppkit.protocol.negotiation import Feature
    from xmppkit.protocol.tls import TlsBackend
    from xmppkit.sasl.credentials import Credentials
    from xmppkit.stanza.base import StanzaBase

__all__ = ["CLEAR_POLICIES", "StreamOptions", "TlsPolicy", "random_id", "random_nonce"]


class TlsPolicy(Enum):
    """When a stream is encrypted.

    Only `IF_OFFERED` and `DISABLED` ever let a stream authenticate in the clear. Which mechanisms may then be
    used is a permission of its own, and without it there are none that prove a password: see
    `xmppkit.sasl.SaslPolicy`.
    """

    REQUIRED = "required"
    """STARTTLS (RFC 6120 §5), and nothing else happens before it. A peer that does not offer it ends the
    stream with `TLSRequired`. The default."""

    IF_OFFERED = "if offered"
    """STARTTLS where the peer offers it. An attacker can remove the offer: only for networks you trust."""

    DISABLED = "disabled"
    """Never TLS. For loopback, for XEP-0114 behind a firewall, and for tests."""

    DIRECT = "direct"
    """TLS from the first byte (XEP-0368), with ALPN `xmpp-client`."""

    TRANSPORT = "by the transport"
    """The transport has TLS of its own, as WebSocket and BOSH over HTTPS: what it has negotiated is told to
    `Connection.open`, and without that the stream ends with `TLSRequired`."""


CLEAR_POLICIES = (TlsPolicy.IF_OFFERED, TlsPolicy.DISABLED)
"""The policies under which a stream may be negotiated without TLS."""


def random_id() -> str:
    """An identifier that cannot be guessed: 96 bits, as 16 characters that are safe in an XML attribute."""
    import secrets  # brings the hashes of OpenSSL along; with the first stream is soon enough

    return secrets.token_urlsafe(12)


def random_nonce() -> str:
    """A SCRAM nonce of 192 bits, printable and without a comma (RFC 5802 §5.1)."""
    import secrets

    return secrets.token_urlsafe(24)


@record(frozen=True, slots=True, kw_only=True)
class StreamOptions:
    """Everything that a stream may be told; every field has a default. Times are seconds, sizes bytes.

    The representation shows no credentials.
    """

    domain: str = ""
    """Initiator: the domain of the stream header's `to`; empty takes the JID's own. Receiver: the domain
    served."""

    aliases: tuple[str, ...] = ()
    """Receiver: further domains that this stream may be opened to."""

    default_namespace: str = ""
    """The namespace whose declaration `send` leaves out; empty takes the role's own (`jabber:client` for
    c2s, `jabber:component:accept` for components). A component that speaks in `jabber:client` stanzas sets
    that here; the stream header's namespace stays XEP-0114's."""

    lang: str | None = None
    """The `xml:lang` of our stream header (RFC 6120 §4.7.4); None sends none."""

    languages: tuple[str, ...] = ()
    """Receiver: languages that it can answer in. The one that the client's header names is taken if it is among them,
    and otherwise `lang`."""

    framing: FramingKind = TcpFraming
    """How the stream is put on the wire; see `xmppkit.protocol.framing`."""

    tls: TlsPolicy = TlsPolicy.REQUIRED
    """When the stream is encrypted. A component stream takes `DIRECT` or `DISABLED`: XEP-0114 has no
    STARTTLS."""

    ssl_context: ssl.SSLContext | TlsBackend | None = field(default=None, repr=False)
    """The TLS context, client or server side as the stream is. One context may serve many streams. That of another
    library than Python's `ssl` is wrapped, see `xmppkit.protocol.tls_openssl`."""

    ssl_context_factory: Callable[[], ssl.SSLContext | TlsBackend] | None = field(default=None, repr=False)
    """Called when TLS begins, if `ssl_context` is None; so that what no stream needs is never built."""

    server_name: str = ""
    """The name sent as SNI and demanded of the certificate; empty takes the domain of the JID. It is never
    derived from where the connection leads (RFC 6120 §13.7.2)."""

    pins: tuple[str, ...] = ()
    """Initiator: certificates or keys of which the server must show one; see `xmppkit.protocol.pins`."""

    certificate: bytes | None = field(default=None, repr=False)
    """Receiver: the certificate in DER that the context shows, for logins that are bound to it (tls-server-end-point,
    RFC 5929); None: that kind of binding is not offered."""

    alpn: tuple[str, ...] = ("xmpp-client",)
    """ALPN protocols offered with direct TLS (XEP-0368); empty offers none."""

    credentials: Credentials | None = field(default=None, repr=False)
    """Client: how to log in. None asks with the event `PasswordNeeded`, once mechanisms are on offer."""

    sasl: SaslPolicy = field(default_factory=SaslPolicy)
    """Which SASL mechanisms may be used, and the bounds of their parameters; both ends."""

    sasl2: Sasl2Options | None = None
    """How to log in by SASL2 (XEP-0388) where the other end can; None does without; a receiver does not offer it."""

    login_offer: Callable[[str], LoginOffer | None] | None = field(default=None, repr=False)
    """Receiver: called with the bare address that a client's stream header names (RFC 6120 §4.7.1), before anything is
    offered; what it gives takes the place of `sasl`, and of `upgrades` in `sasl2`, on that stream. None, and where no
    address is named: those hold. Whoever asks can tell from it what an account has: let one that does not exist look
    like one that does."""

    max_auth_attempts: int = 3
    """Failed authentications on one stream before it ends with `policy-violation` (RFC 6120 §6.4.4 asks for
    two to five). Initiator: how often `PasswordNeeded` may be answered."""

    resource: str = ""
    """Client: the resource to ask for; empty takes the JID's own, and if that has none the server chooses."""

    session: bool = True
    """Client: establish the session of RFC 3921 where a server insists on it. Receiver: offer it, as
    optional."""

    management: ManagementOptions | None = None
    """How to use stream management (XEP-0198); None does without, and a receiver does not offer it."""

    offers: frozenset[str] = frozenset({"rosterver", "preapproval", "limits"})
    """Receiver: the informational features announced after authentication, of those three names."""

    announce: tuple[Element, ...] = ()
    """Receiver: further elements for the `<stream:features/>` of an authenticated stream, as entity
    capabilities; they are announced, and need no negotiation."""

    features: tuple[Feature, ...] = ()
    """Stream features of the application, beside the built-in ones; `Initiator.register_feature` adds
    more."""

    accepts: frozenset[str] = frozenset()
    """Qualified names (`{namespace}name`) of top-level elements, beside message, presence and iq, that a live
    session may receive and that become events like stanzas do. All others end the stream with
    `unsupported-stanza-type`."""

    limits_before_authentication: Limits = field(default_factory=Limits.before_authentication)
    """What an unauthenticated peer may send."""

    limits: Limits | None = None
    """What an authenticated peer may send; None takes the role's own default."""

    negotiation_timeout: float = 30.0
    """Seconds from `open` to the ready session, in which the peer must have done its part; the time that the
    application takes to answer `PasswordNeeded` or `FeatureOffered` does not count."""

    close_timeout: float = 5.0
    """Seconds that `close` waits for the peer's closing tag."""

    id_factory: Callable[[], str] = field(default=random_id, repr=False)
    """Makes stream ids and the ids of negotiation IQs."""

    nonce_factory: Callable[[], str] = field(default=random_nonce, repr=False)
    """Makes the nonces of SASL mechanisms."""

    stanza_factory: Callable[[Element], StanzaBase] = field(default=build_stanza, repr=False)
    """Makes the event of a received top-level element."""

    def __post_init__(self) -> None:
        for name in ("negotiation_timeout", "close_timeout"):
            if not getattr(self, name) > 0:
                raise ConfigurationError(f"{name} takes a positive number of seconds, not {getattr(self, name)!r}")
        if self.max_auth_attempts < 1:
            raise ConfigurationError(f"max_auth_attempts takes 1 or more, not {self.max_auth_attempts!r}")

    def check_tls(self) -> None:
        """Whether the TLS policy can be followed.

        :raises ConfigurationError: it needs a TLS context that there is not, or does not go with the framing.
        """
        by_stream = self.tls not in (TlsPolicy.DISABLED, TlsPolicy.TRANSPORT)
        if by_stream and not self.framing.can_encrypt:
            raise ConfigurationError(
                f"over such a transport a stream has no TLS of its own: choose TlsPolicy.TRANSPORT, not {self.tls.name}"
            )
        if by_stream and not self.can_encrypt:
            raise ConfigurationError(f"TLS policy {self.tls.value!r} needs ssl_context or ssl_context_factory")

    @property
    def can_encrypt(self) -> bool:
        """Whether a TLS context was given, or a way to make one."""
        return self.ssl_context is not None or self.ssl_context_factory is not None

    def tls_context(self) -> ssl.SSLContext | TlsBackend:
        """The TLS context to use now.

        :raises ConfigurationError: neither `ssl_context` nor `ssl_context_factory` was given.
        """
        if self.ssl_context is not None:
            return self.ssl_context
        if self.ssl_context_factory is not None:
            return self.ssl_context_factory()
        raise ConfigurationError(f"TLS policy {self.tls.value!r} needs ssl_context or ssl_context_factory")

    def replace(self, **changes: object) -> StreamOptions:
        """A copy with some fields changed; the names are those of the fields.

        :raises TypeError: a name that is no field.
        """
        values: dict[str, object] = {item.name: getattr(self, item.name) for item in fields(self)}
        unknown = changes.keys() - values.keys()
        if unknown:
            raise TypeError(f"no such option: {', '.join(sorted(unknown))}")
        values.update(changes)
        return StreamOptions(**values)  # type: ignore[arg-type]
