# SPDX-License-Identifier: MIT
"""What a stream reports to handlers of events.

In the order of a client's session: [`ResolvingSRVEvent`, `ResolvingAddressEvent`,] `ConnectingEvent`,
`ConnectedEvent`, `StreamConnectedEvent`, `GotFeaturesEvent`, [`TLSConnectingEvent`, `TLSConnectedEvent`,
`StreamRestartedEvent`, `GotFeaturesEvent`,] `AuthenticatedEvent`, `StreamRestartedEvent`, `GotFeaturesEvent`,
`BindingResourceEvent`, `AuthorizedEvent`, …, `DisconnectedEvent`.

`AuthenticationFailedEvent` and `StreamErrorEvent` are not PyXMPP2's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xmppkit.pyxmpp2.mainloop.interfaces import Event

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from xmppkit.pyxmpp2.cert import CertificateData
    from xmppkit.pyxmpp2.error import StreamErrorElement
    from xmppkit.pyxmpp2.jid import JID
    from xmppkit.pyxmpp2.streambase import StreamBase

__all__ = [
    "AuthenticatedEvent",
    "AuthenticationFailedEvent",
    "AuthorizedEvent",
    "BindingResourceEvent",
    "ConnectedEvent",
    "ConnectingEvent",
    "ConnectionAcceptedEvent",
    "DisconnectedEvent",
    "GotFeaturesEvent",
    "ResolvingAddressEvent",
    "ResolvingSRVEvent",
    "StreamConnectedEvent",
    "StreamErrorEvent",
    "StreamEvent",
    "StreamRestartedEvent",
    "TLSConnectedEvent",
    "TLSConnectingEvent",
]


class StreamEvent(Event):
    """The base of what streams report.

    :ivar stream: the stream; None until it has reported it.
    """

    stream: StreamBase | None = None


def _shown(address: Any) -> str:
    """A socket's address for human eyes."""
    if not isinstance(address, tuple) or len(address) < 2:
        return str(address or "a local peer")
    host = f"[{address[0]}]" if ":" in str(address[0]) else address[0]
    return f"{host}:{address[1]}"


class _WithAddress(StreamEvent):
    """Has the address of a socket, `sockaddr`: a tuple of host and port, and more with IPv6."""

    def __init__(self, sockaddr: Any) -> None:
        self.sockaddr = sockaddr


class _WithPeer(StreamEvent):
    """Has the address of the stream's other end."""

    def __init__(self, peer: JID | None) -> None:
        self.peer = peer

    def __str__(self) -> str:
        return f"Connected to {self.peer}"


class AuthenticatedEvent(StreamEvent):
    """Who opened the stream is authenticated, as `authenticated_jid` (a bare address)."""

    def __init__(self, authenticated_jid: JID) -> None:
        self.authenticated_jid = authenticated_jid

    def __str__(self) -> str:
        return f"Authenticated: {self.authenticated_jid}"


class AuthenticationFailedEvent(StreamEvent):
    """An attempt to log in failed. (PyXMPP2 does not have it.)

    :ivar condition: of RFC 6120 §6.5, as ``not-authorized``.
    :ivar text: what was said to it; may be empty.
    """

    def __init__(self, condition: str, text: str) -> None:
        self.condition = condition
        self.text = text

    def __str__(self) -> str:
        return f"Authentication failed: {self.condition}" + (f" ({self.text})" if self.text else "")


class AuthorizedEvent(StreamEvent):
    """The session is ready, with the full address `authorized_jid`. Stanzas may be sent."""

    def __init__(self, authorized_jid: JID) -> None:
        self.authorized_jid = authorized_jid

    def __str__(self) -> str:
        return f"Authorized: {self.authorized_jid}"


class BindingResourceEvent(StreamEvent):
    """A resource is being bound: `resource`, or one of the server's choice if that is None."""

    def __init__(self, resource: str | None) -> None:
        self.resource = resource

    def __str__(self) -> str:
        if not self.resource:
            return "Requesting server-generated resource"
        return f"Binding resource {self.resource!r}"


class ConnectedEvent(_WithAddress):
    """There is a connection to `sockaddr`."""

    def __str__(self) -> str:
        return f"Connected to {_shown(self.sockaddr)}"


class ConnectingEvent(_WithAddress):
    """A connection to `sockaddr` is being made."""

    def __str__(self) -> str:
        return f"Connecting to {_shown(self.sockaddr)}..."


class ConnectionAcceptedEvent(_WithAddress):
    """There is a connection from `sockaddr`."""

    def __str__(self) -> str:
        return f"Connection received from {_shown(self.sockaddr)}"


class DisconnectedEvent(StreamEvent):
    """The connection is over.

    :ivar peer: the address of the socket at the other end.
    """

    def __init__(self, peer: Any) -> None:
        self.peer = peer

    def __str__(self) -> str:
        return f"Disconnected from {_shown(self.peer)}"


class GotFeaturesEvent(StreamEvent):
    """The server has announced its stream features, the element `features`."""

    def __init__(self, features: Element) -> None:
        self.features = features

    def __str__(self) -> str:
        return "Got stream features"


class ResolvingAddressEvent(StreamEvent):
    """The addresses of the host `hostname` are being looked up."""

    def __init__(self, hostname: str) -> None:
        self.hostname = hostname

    def __str__(self) -> str:
        return f"Resolving address of {self.hostname!r}..."


class ResolvingSRVEvent(StreamEvent):
    """Where `service` is at `domain` is being looked up."""

    def __init__(self, domain: str, service: str) -> None:
        self.domain = domain
        self.service = service

    def __str__(self) -> str:
        return f"Resolving SRV record of {self.service!r} for {self.domain!r}..."


class StreamConnectedEvent(_WithPeer):
    """The stream is open, with `peer` at the other end."""


class StreamErrorEvent(StreamEvent):
    """The peer has ended the stream with an error. (PyXMPP2 does not have it.)"""

    def __init__(self, error: StreamErrorElement) -> None:
        self.error = error

    def __str__(self) -> str:
        return f"Stream error: {self.error.condition_name}" + (f" ({self.error.text})" if self.error.text else "")


class StreamRestartedEvent(_WithPeer):
    """The stream is open again, after TLS or authentication."""


class TLSConnectedEvent(StreamEvent):
    """The stream is encrypted.

    :ivar cipher: what `ssl.SSLSocket.cipher` gives: name, protocol, bits.
    :ivar peer_certificate: the certificate of the other end; None if it showed none.
    """

    def __init__(self, cipher: tuple[str, str, int] | None, peer_certificate: CertificateData | None) -> None:
        self.cipher = cipher
        self.peer_certificate = peer_certificate

    def __str__(self) -> str:
        return f"TLS connected using {self.cipher[0] if self.cipher else 'an unknown cipher'}"


class TLSConnectingEvent(StreamEvent):
    """TLS is being negotiated."""

    def __str__(self) -> str:
        return "Performing TLS handshake..."
