# SPDX-License-Identifier: MIT
"""Types that several floors share: the values that protocol fields take, and protocols for upper objects."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypedDict

if TYPE_CHECKING:
    from asyncio import Future
    from xml.etree.ElementTree import Element

    from xmppkit.exceptions import DeliveryFailed
    from xmppkit.jid.address import JID

__all__ = [
    "ClientTypes",
    "DeliveryEvidence",
    "DeliveryReason",
    "DeliveryState",
    "ErrorConditions",
    "ErrorTypes",
    "ExtPresenceShows",
    "FilterString",
    "HatTuple",
    "IqTypes",
    "JidStr",
    "MAMDefault",
    "MessageTypes",
    "MucAffiliation",
    "MucRole",
    "MucRoomItem",
    "MucRoomItemKeys",
    "OptJid",
    "OptJidStr",
    "PresenceArgs",
    "PresenceShows",
    "PresenceTypes",
    "ResourceDict",
    "RosterDBProtocol",
    "RosterState",
    "SentMessage",
    "StanzaLike",
    "StanzaStream",
]

JidStr: TypeAlias = "str | JID"
OptJid: TypeAlias = "JID | None"
OptJidStr: TypeAlias = "str | JID | None"

#: RFC 6121 §5.2.2
MessageTypes: TypeAlias = Literal["chat", "error", "groupchat", "headline", "normal"]
#: RFC 6121 §4.7.1
PresenceTypes: TypeAlias = Literal[
    "error", "probe", "subscribe", "subscribed", "unavailable", "unsubscribe", "unsubscribed"
]
#: RFC 6121 §4.7.2.1
PresenceShows: TypeAlias = Literal["away", "chat", "dnd", "xa"]
ExtPresenceShows: TypeAlias = Literal["available", "away", "chat", "dnd", "xa", ""]
#: RFC 6120 §8.2.3
IqTypes: TypeAlias = Literal["error", "get", "result", "set"]
#: RFC 6120 §8.3.2
ErrorTypes: TypeAlias = Literal["auth", "cancel", "continue", "modify", "wait"]
#: RFC 6120 §8.3.3
ErrorConditions: TypeAlias = Literal[
    "bad-request",
    "conflict",
    "feature-not-implemented",
    "forbidden",
    "gone",
    "internal-server-error",
    "item-not-found",
    "jid-malformed",
    "not-acceptable",
    "not-allowed",
    "not-authorized",
    "payment-required",
    "policy-violation",
    "recipient-unavailable",
    "redirect",
    "registration-required",
    "remote-server-not-found",
    "remote-server-timeout",
    "resource-constraint",
    "service-unavailable",
    "subscription-required",
    "undefined-condition",
    "unexpected-request",
]
#: XEP-0045 §5
MucAffiliation: TypeAlias = Literal["outcast", "member", "admin", "owner", "none"]
MucRole: TypeAlias = Literal["moderator", "none", "participant", "visitor"]
MucRoomItemKeys: TypeAlias = Literal["affiliation", "alt_nick", "jid", "nick", "role", "show", "status"]
#: XEP-0317: the hat's URI and title
HatTuple: TypeAlias = tuple[str, str]
#: XEP-0313 §8
MAMDefault: TypeAlias = Literal["always", "never", "roster"]
#: XEP-0030's registry of identities of category ``client``
ClientTypes: TypeAlias = Literal["bot", "console", "game", "handheld", "pc", "phone", "sms", "tablet", "web"]
#: The four places where filters act on stanzas
FilterString: TypeAlias = Literal["in", "out", "out_sync", "out_sce"]


class DeliveryState(IntEnum):
    """How far a message that was sent has come. Each state says more than those before it; ``FAILED`` is less."""

    #: It will not arrive, or nobody will ever know: `DeliveryReason` says why.
    FAILED = -1
    #: It waits: for a session, in a filter, or for room. With an outbox it is on the disk.
    QUEUED = 0
    #: The operating system has it.
    SENT = 1
    #: Our server has it (XEP-0198): it is responsible for it now.
    ACKED = 2
    #: It has come where it was sent to; `DeliveryEvidence` says how that is known.
    DELIVERED = 3


class DeliveryEvidence(StrEnum):
    """How it is known that a message was delivered."""

    #: The recipient's client says that it has it (XEP-0184).
    RECEIPT = "receipt"
    #: The recipient has marked it as received, displayed or acknowledged (XEP-0333).
    MARKER = "marker"
    #: The room has sent it to its occupants, us among them (XEP-0045 §7.4).
    ECHO = "echo"
    #: It is in our own archive (XEP-0313), from which the devices of our account have it. Whether the recipient has it
    #: only the others say.
    ARCHIVE = "archive"


class DeliveryReason(StrEnum):
    """Why a message has failed."""

    #: It was answered with an error, by whom it was sent to or on its way.
    ERROR = "error"
    #: Its session is over, and it was not sent again. Whether it has arrived nobody knows.
    LOST = "lost"
    #: Too much waits already.
    FULL = "full"
    #: A filter has dropped it, or has failed.
    FILTERED = "filtered"
    #: It has waited in the outbox for longer than that keeps messages.
    EXPIRED = "expired"
    #: The program has taken it out of the outbox.
    REMOVED = "removed"
    #: Our server has it, and its recipient has not confirmed it in time (XEP-0184): nobody knows whether it has come.
    UNCONFIRMED = "unconfirmed"


class MucRoomItem(TypedDict, total=False):
    """What is known of an occupant of a room."""

    jid: JID
    role: MucRole
    affiliation: MucAffiliation
    show: PresenceShows | None
    status: str
    alt_nick: str
    nick: str


class PresenceArgs(TypedDict, total=False):
    """The keyword arguments of `make_presence` and `send_presence`."""

    pfrom: JidStr
    pto: JidStr
    pshow: ExtPresenceShows
    pstatus: str
    ppriority: int
    ptype: str
    pnick: str


class ResourceDict(TypedDict):
    """What a roster remembers of one resource of a contact."""

    priority: int
    status: str
    show: str


#: A contact's state: ``from``, ``to``, ``pending_in``, ``pending_out``, ``whitelisted``, ``subscription``,
#: ``name``, ``groups``, ``removed``. A plain dict, since ``from`` is no identifier and backends add their own.
RosterState: TypeAlias = "dict[str, Any]"


class RosterDBProtocol(Protocol):
    """Where a roster is kept. Each method may also return an awaitable of what it says."""

    def entries(
        self, owner_jid: JidStr, db_state: dict[str, object] | None
    ) -> Iterable[str] | Awaitable[Iterable[str]]:
        """The bare JIDs of `owner_jid`'s contacts."""
        ...

    def save(
        self, owner_jid: JidStr, jid: JidStr, item_state: RosterState, db_state: dict[str, object]
    ) -> Awaitable[None] | None:
        """Keep a contact; when its state says ``removed``, forget it."""
        ...

    def load(
        self, owner_jid: JidStr, jid: JidStr, db_state: dict[str, object]
    ) -> RosterState | Awaitable[RosterState | None] | None:
        """A contact's state; None when it is not known."""
        ...


class SentMessage(Protocol):
    """What is known of a message that was sent; on a client or component it is a `xmppkit.xmlstream.delivery.Receipt`,
    which says more."""

    id: str
    to: str

    @property
    def state(self) -> DeliveryState:
        """How far it has come."""
        ...

    @property
    def error(self) -> DeliveryFailed | None:
        """Why it has failed; None: it has not."""
        ...

    async def wait(self, state: DeliveryState = ..., *, timeout: float | None = None) -> DeliveryState:
        """Wait until it has come so far."""
        ...

    async def sent(self, timeout: float | None = None) -> DeliveryState:
        """Wait until the operating system has it."""
        ...

    async def acked(self, timeout: float | None = None) -> DeliveryState:
        """Wait until our server has it."""
        ...

    async def delivered(self, timeout: float | None = None) -> DeliveryState:
        """Wait until it has come where it was sent to."""
        ...

    def __await__(self) -> Generator[Any, None, DeliveryState]:
        """Wait until our server has it, where that can be known."""
        ...


class StanzaLike(Protocol):
    """What code below the stanza classes needs of a stanza."""

    xml: Element

    def __getitem__(self, key: str) -> Any: ...


class StanzaStream(Protocol):
    """What a stanza needs of the stream that it came from or will go to."""

    default_ns: str
    default_lang: str | None
    peer_default_lang: str | None
    is_component: bool
    boundjid: JID
    use_message_ids: bool
    use_presence_ids: bool
    use_origin_id: bool

    def new_id(self) -> str:
        """An id that no other stanza of this stream has."""
        ...

    def send(self, data: Any, use_filters: bool = True) -> object:
        """Send a stanza."""
        ...

    def send_iq(
        self,
        iq: Any,
        callback: Callable[[Any], object] | None = None,
        timeout: float | None = None,
        timeout_callback: Callable[[Any], object] | None = None,
    ) -> Future[Any]:
        """Send an IQ; the future is its answer. `timeout` is in seconds."""
        ...

    def exception(self, exception: Exception) -> None:
        """Take note of an exception of a handler."""
        ...


#: Attributes for an application-specific error condition.
ErrorArguments: TypeAlias = "Mapping[str, str]"
