# SPDX-License-Identifier: MIT
"""What a stream reports: one frozen dataclass for each thing that can happen (RFC 6120; XEP-0114).

A received stanza is its own event: `Connection.events` yields `StanzaBase` objects and subclasses of
`Event`, in the order in which things happened. Some events are questions; their docstring names the method
that answers. `StreamEnded` comes exactly once and is the last of a stream.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from xmppkit.records import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from xmppkit.exceptions import RemoteError
    from xmppkit.jid.address import JID
    from xmppkit.protocol.logins import FastToken
    from xmppkit.protocol.management import ManagedSession
    from xmppkit.sasl.credentials import ScramRecord
    from xmppkit.sasl.ht import TokenRecord
    from xmppkit.stanza.base import StanzaBase
    from xmppkit.stanza.stream_error import StreamError
    from xmppkit.stanza.stream_features import StreamFeatures

__all__ = [
    "AccountNeeded",
    "Authenticated",
    "AuthenticationFailed",
    "BindRequested",
    "Bound",
    "Event",
    "FeatureOffered",
    "FeaturesReceived",
    "ManagementEnabled",
    "ManagementFailed",
    "MechanismUpgraded",
    "Negotiated",
    "PasswordNeeded",
    "ResumeRequested",
    "Resumed",
    "ResumptionFailed",
    "SecretNeeded",
    "SecureTransport",
    "StanzaRefused",
    "StanzasAcked",
    "StreamEnded",
    "StreamErrorReceived",
    "StreamOpened",
    "TokenReceived",
    "TokenRefused",
    "TokenRequested",
]


@record(frozen=True, slots=True)
class Event:
    """The base of everything that a stream reports, apart from stanzas."""


# --- both ends ------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class StreamOpened(Event):
    """The peer's stream header arrived and is right (RFC 6120 §4.7); once for each restart.

    :ivar id: the stream's id: the peer's choice on an initiator, ours on a receiver.
    :ivar from_: the header's `from`, or None.
    :ivar to: the header's `to`, or None.
    :ivar version: the header's `version`; empty where there is none, as in XEP-0114.
    :ivar lang: the header's `xml:lang`, or None.
    """

    id: str
    from_: str | None
    to: str | None
    version: str
    lang: str | None


@record(frozen=True, slots=True)
class SecureTransport(Event):
    """The TLS handshake succeeded; the fact SECURE holds from here on.

    :ivar version: as ``TLSv1.3``.
    :ivar cipher: OpenSSL's name of the cipher suite.
    :ivar alpn: the protocol chosen by ALPN, or None.
    :ivar certificate: the peer's certificate in DER, or None where it showed none.
    """

    version: str
    cipher: str
    alpn: str | None
    certificate: bytes | None = field(repr=False)


@record(frozen=True, slots=True)
class Authenticated(Event):
    """SASL succeeded and, where the mechanism can prove it, so did the proof that the server knows the
    password.

    :ivar mechanism: as ``SCRAM-SHA-256``.
    :ivar success_element: the `<success/>`: received by an initiator, sent by a receiver.
    :ivar username: receiver: who it is, prepared; empty on an initiator.
    """

    mechanism: str
    success_element: StanzaBase
    username: str = ""


@record(frozen=True, slots=True)
class AuthenticationFailed(Event):
    """One attempt at SASL failed.

    :ivar mechanism: the mechanism that was tried; empty where none was acceptable.
    :ivar condition: the SASL condition of RFC 6120 §6.5, as ``not-authorized``.
    :ivar text: what the peer said to it, or why we stopped; may be empty.
    :ivar element: the `<failure/>`: received by an initiator, sent by a receiver; None if we stopped by
        ourselves.
    :ivar final: whether `StreamEnded` follows. If not, an initiator asks again with `PasswordNeeded`, and a
        receiver waits for another attempt.
    """

    mechanism: str
    condition: str
    text: str
    element: StanzaBase | None
    final: bool


@record(frozen=True, slots=True)
class Bound(Event):
    """A resource is bound (RFC 6120 §7; XEP-0386), or a component's handshake succeeded.

    :ivar jid: the full address.
    :ivar carbons: copies of what the account's other clients send and receive were asked for along with it (XEP-0280).
    """

    jid: JID
    carbons: bool = False


@record(frozen=True, slots=True)
class Negotiated(Event):
    """The session is ready: stanzas may be sent, and come. `jid` is the stream's own address (on a
    receiver: the peer's)."""

    jid: JID


@record(frozen=True, slots=True)
class ManagementEnabled(Event):
    """From here on stanzas are counted (XEP-0198 §3).

    :ivar session: the counts, and whether another stream can go on with them.
    :ivar element: the `<enabled/>`: received by an initiator, sent by a receiver.
    """

    session: ManagedSession
    element: StanzaBase


@record(frozen=True, slots=True)
class Resumed(Event):
    """The stream goes on with an earlier session (XEP-0198 §5); `Negotiated` follows. What the peer has not handled is
    sent again.

    :ivar session: that session.
    :ivar element: the `<resumed/>`: received by an initiator, sent by a receiver.
    """

    session: ManagedSession
    element: StanzaBase


@record(frozen=True, slots=True)
class StanzasAcked(Event):
    """The peer has handled these stanzas (XEP-0198 §4), in the order in which they were sent: it is responsible for
    them now. They are the objects that `Connection.send` was given."""

    stanzas: tuple[StanzaBase | Element, ...]


@record(frozen=True, slots=True)
class StanzaRefused(Event):
    """A stanza was past one of the `Limits`; nothing is known of it but this, and the stream goes on. Only initiators
    report it: what a client sends to its server is its own doing, and ends its stream.

    Stream management counts it as a stanza that came; who counts by hand acknowledges it, too.

    :ivar tag: its qualified name.
    :ivar attributes: of its own ``type``, ``id``, ``to``, ``from`` and ``xml:lang``, by qualified name.
    :ivar reason: which limit.
    """

    tag: str
    attributes: dict[str, str]
    reason: str


@record(frozen=True, slots=True)
class StreamErrorReceived(Event):
    """The peer reported a stream error (RFC 6120 §4.9); `StreamEnded` follows.

    A `see-other-host` is reported like any other: where to connect next is the application's decision.
    """

    error: StreamError


@record(frozen=True, slots=True)
class StreamEnded(Event):
    """The stream is over: flush `data_to_send` and close the transport. Exactly once, and the last event.

    :ivar reason: what happened, in a sentence.
    :ivar error: None if the end was asked for (`close`, `abort`), or on a receiver if the peer closed its
        stream in order; otherwise which failure it was.
    """

    reason: str
    error: RemoteError | None


# --- initiators -----------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class FeaturesReceived(Event):
    """The receiver announced its stream features (RFC 6120 §4.3.2)."""

    features: StreamFeatures


@record(frozen=True, slots=True)
class PasswordNeeded(Event):
    """Mechanisms are on offer and there are no credentials, or those given were refused and may be corrected.

    A question: answer with `ClientStream.provide_credentials`, or `close`.

    :ivar mechanisms: what the server offers, in its order.
    """

    mechanisms: Sequence[str]


@record(frozen=True, slots=True)
class FeatureOffered(Event):
    """It is the turn of a stream feature that the application registered, and the receiver offers it.

    A question: do what the feature asks for (`send_negotiation`; answers come as stanzas), then call
    `ClientStream.feature_done`.

    :ivar name: the name it was registered under.
    :ivar features: the announcement in which it stands.
    """

    name: str
    features: StreamFeatures


@record(frozen=True, slots=True)
class ManagementFailed(Event):
    """The server refused stream management (XEP-0198 §6); the session goes on without it.

    :ivar condition: the condition of a stanza error; empty if it said none.
    :ivar element: the `<failed/>`.
    """

    condition: str
    element: StanzaBase


@record(frozen=True, slots=True)
class ResumptionFailed(Event):
    """The earlier session is over (XEP-0198 §5); a new one is negotiated. Of what is left in `session` nobody knows
    whether it has arrived: sending it again, or telling the user, is the application's part.

    :ivar session: that session. What the server said to have handled of it was reported as `StanzasAcked`.
    :ivar condition: the condition of a stanza error, as ``item-not-found``; empty if the server said none.
    :ivar element: the `<failed/>`; None if the server does not offer stream management any more.
    """

    session: ManagedSession
    condition: str
    element: StanzaBase | None


@record(frozen=True, slots=True)
class TokenReceived(Event):
    """The server has given us a token for logins to come (XEP-0484 §3.3). It takes the place of the one there was, and
    is to be kept like a password.

    :ivar token: the token.
    """

    token: FastToken


@record(frozen=True, slots=True)
class TokenRefused(Event):
    """The server does not take the token (XEP-0484 §4.1): it is to be forgotten. Another login follows, or
    `StreamEnded` if `changed`.

    :ivar condition: the SASL condition of RFC 6120 §6.5, as ``credentials-expired``.
    :ivar changed: the server does not offer any more what it did when it gave us the token, and was not asked before we
        used it: connect again.
    """

    condition: str
    changed: bool = False


# --- receivers ------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class AccountNeeded(Event):
    """A client wants to authenticate. A question: answer with `ReceiverStream.provide_account` or `refuse_account`.

    :ivar username: the name it claims, prepared.
    :ivar mechanism: the mechanism it uses.
    :ivar client: what names the client's installation (XEP-0388 §2.3), as it says itself; empty: it did not. Its
        `AccountRecord.tokens` are wanted when the mechanism is HT-….
    """

    username: str
    mechanism: str
    client: str = field(default="", repr=False)


@record(frozen=True, slots=True)
class BindRequested(Event):
    """An authenticated client asks for a resource (RFC 6120 §7).

    A question: answer with `ReceiverStream.accept_bind` or `ReceiverStream.refuse_bind`.

    :ivar resource: the one it wants; None leaves the choice to the server.
    :ivar tag: with what the resource should begin that the server chooses (XEP-0386 §3.2.1); empty: with anything.
    :ivar client: what names the client's installation (XEP-0388 §2.3); empty: it did not say. An earlier session of the
        same one should end, and its resource may be the same; nobody else may see it.
    :ivar carbons: it wants copies of what its account's other clients send and receive (XEP-0280).
    """

    resource: str | None
    tag: str = ""
    client: str = field(default="", repr=False)
    carbons: bool = False


@record(frozen=True, slots=True)
class ResumeRequested(Event):
    """An authenticated client wants to go on with an earlier session (XEP-0198 §5).

    A question: answer with `ReceiverStream.accept_resume` or `ReceiverStream.refuse_resume`. Only a session of this
    very account may be given to it.

    :ivar previd: the session's id.
    """

    previd: str


@record(frozen=True, slots=True)
class TokenRequested(Event):
    """A client has logged in with a token, or wants one for logins to come (XEP-0484 §3).

    A question: answer with `ReceiverStream.provide_token`, when what is known of its tokens has been brought up to
    date: the count; that all are over that were given to it before the one that it has used; that this one is over,
    too, if `invalidate`.

    :ivar username: the account.
    :ivar client: what names the client's installation.
    :ivar mechanism: the one with which a new token is to be used.
    :ivar used: the token with which it has logged in; None: it was by other means.
    :ivar count: how often it was used, this time included, as the client says; None: it did not.
    :ivar invalidate: the token is not to be used any more.
    :ivar requested: it wants another one. If not, it should have one only when the one that it has used is old.
    """

    username: str
    client: str = field(repr=False)
    mechanism: str
    used: TokenRecord | None = None
    count: int | None = None
    invalidate: bool = False
    requested: bool = False


@record(frozen=True, slots=True)
class MechanismUpgraded(Event):
    """A client has told what is to be known of its password for another mechanism (XEP-0480).

    :ivar username: the account.
    :ivar mechanism: as ``SCRAM-SHA-256``.
    :ivar record: what to keep for it.
    """

    username: str
    mechanism: str
    record: ScramRecord


@record(frozen=True, slots=True)
class SecretNeeded(Event):
    """A component opened a stream. A question: answer with `ComponentReceiverStream.provide_secret`.

    :ivar domain: the component's domain.
    """

    domain: str
