# SPDX-License-Identifier: MIT
"""What is told of a room: who is there, who has come, gone or changed, and why (XEP-0045)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xmppkit.exceptions import LocalError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0045.stanza import Affiliation, MUCPresence, Role, StatusCode
from xmppkit.records import record
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence, Show
from xmppkit.types import MucRoomItem

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = [
    "PROPERTIES",
    "Announced",
    "BadPfromUsage",
    "Departure",
    "Entry",
    "JoinResult",
    "Leaving",
    "Occupant",
    "OccupantChanged",
    "OccupantJoined",
    "OccupantLeft",
    "RoomState",
]


class BadPfromUsage(LocalError, ValueError):
    """An own address was given without the option `multi_from`, or none was given with it."""


class RoomState(Enum):
    """How we stand to a room.

    Nothing but the answer to our own presence is believed of a room that is not JOINED.
    """

    #: Our presence is under way.
    JOINING = "joining"
    #: We are an occupant.
    JOINED = "joined"
    #: We have said that we go; the room has not answered yet.
    LEAVING = "leaving"
    #: We are not there.
    LEFT = "left"


class Leaving(StrEnum):
    """Why somebody is not in a room any more."""

    LEFT = "left"
    KICKED = "kicked"
    BANNED = "banned"
    #: They lost the affiliation that it takes to be there.
    AFFILIATION_LOST = "affiliation-lost"
    #: The room is for members now, and they are none.
    MEMBERS_ONLY = "members-only"
    DESTROYED = "destroyed"
    SHUTDOWN = "shutdown"
    #: The room could not reach them.
    ERROR = "error"
    #: Our own session is over.
    DISCONNECTED = "disconnected"


#: In order of weight: what fails is often called a kick as well (§11.1).
_REASONS = (
    (StatusCode.ERROR, Leaving.ERROR),
    (StatusCode.SHUTDOWN, Leaving.SHUTDOWN),
    (StatusCode.BANNED, Leaving.BANNED),
    (StatusCode.AFFILIATION_LOST, Leaving.AFFILIATION_LOST),
    (StatusCode.MEMBERS_ONLY, Leaving.MEMBERS_ONLY),
    (StatusCode.KICKED, Leaving.KICKED),
)


@record(frozen=True, slots=True)
class Departure:
    """How somebody has left a room.

    :ivar why: the kind.
    :ivar reason: what whoever did it says, or the leaving occupant's last words; empty: nothing.
    :ivar actor: who did it, by nickname or address as the room tells; None: it does not.
    :ivar alternate: where the conversation goes on, if the room was destroyed; None: nowhere.
    :ivar password: the password of that room; None: none.
    """

    why: Leaving
    reason: str = ""
    actor: str | None = None
    alternate: JID | None = None
    password: str | None = None

    @property
    def is_fault(self) -> bool:
        """Whether nobody wanted it: the room's server has ended, or could not reach whoever has left."""
        return self.why in (Leaving.SHUTDOWN, Leaving.ERROR)

    @classmethod
    def of(cls, presence: Presence, codes: Collection[int]) -> Departure:
        """What an unavailable presence says of it."""
        muc = MUCPresence.of(presence)
        destroy = muc.destroy if muc is not None else None
        if destroy is not None:
            return cls(Leaving.DESTROYED, destroy.reason or "", None, destroy.jid, destroy.password)
        why = next((why for code, why in _REASONS if code in codes), Leaving.LEFT)
        item = muc.item if muc is not None else None
        actor = item.actor if item is not None else None
        by = actor and (actor.nick or (actor.jid.full if actor.jid is not None else None))
        return cls(why, (item.reason if item is not None else None) or presence.status or "", by or None)


class Announced:
    """What a room has announced of itself.

    :ivar features: the protocols that it knows (XEP-0030); None: it was not asked yet.
    :ivar occupant_ids: whether the ids that it gives its occupants mean something (XEP-0421 §4).
    """

    __slots__ = ("_features", "occupant_ids")

    #: XEP-0421 §2.
    OCCUPANT_IDS = "urn:xmpp:occupant-id:0"

    def __init__(self) -> None:
        self.occupant_ids = False
        self._features: frozenset[str] | None = None

    @property
    def features(self) -> frozenset[str] | None:
        return self._features

    @features.setter
    def features(self, features: frozenset[str] | None) -> None:
        self._features = features
        self.occupant_ids = features is not None and self.OCCUPANT_IDS in features


class _Facts(NamedTuple):
    """What there is to an occupant. A tuple, since a large room has ten thousand, and it is made most quickly."""

    nick: str
    role: Role
    affiliation: Affiliation
    jid: JID | None
    show: Show | None
    status: str
    said_id: str | None
    announced: Announced


class Occupant(_Facts):
    """Somebody in a room, as they are at a moment. When something changes there is another object.

    :ivar nick: the nickname.
    :ivar role: what they may do as long as they are there.
    :ivar affiliation: what they are to the room for good.
    :ivar jid: the real address; None where the room does not tell.
    :ivar show: how available they are; None: plainly so.
    :ivar status: what they say of that, for people; empty: nothing.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields[:6], self, strict=False))
        return f"Occupant({facts})"

    @property
    def occupant_id(self) -> str | None:
        """The id that stays the same when they come back under another nickname (XEP-0421). None where the room gives
        none, or has not announced that it does, so that anybody could have forged it."""
        return self.said_id if self.announced.occupant_ids else None

    def item(self) -> MucRoomItem:
        """COMPAT(slixmpp 1.17): the same as a dict."""
        return {name: read(self) for name, read in PROPERTIES.items()}  # type: ignore[return-value]  # all of its keys


#: COMPAT(slixmpp 1.17): what is known of an occupant, by slixmpp's names and as its values.
PROPERTIES: Final[Mapping[str, Callable[[Occupant], Any]]] = MappingProxyType(
    {
        "nick": lambda occupant: occupant.nick,
        "role": lambda occupant: occupant.role.value,
        "affiliation": lambda occupant: occupant.affiliation.value,
        "jid": lambda occupant: JID("") if occupant.jid is None else occupant.jid,
        "show": lambda occupant: None if occupant.show is None else occupant.show.value,
        "status": lambda occupant: occupant.status,
    }
)


@record(frozen=True, slots=True)
class OccupantJoined:
    """Somebody has come.

    :ivar room: the room.
    :ivar occupant: who it is.
    """

    room: JID
    occupant: Occupant


@record(frozen=True, slots=True)
class OccupantLeft:
    """An occupant has gone.

    :ivar room: the room.
    :ivar occupant: who it was.
    :ivar departure: how they left.
    """

    room: JID
    occupant: Occupant
    departure: Departure


@record(frozen=True, slots=True)
class OccupantChanged:
    """An occupant has changed: nickname, role, affiliation, or what they say of themselves.

    :ivar room: the room.
    :ivar before: what they were.
    :ivar after: what they are now.
    """

    room: JID
    before: Occupant
    after: Occupant


@record(frozen=True, slots=True)
class RejoinFailed:
    """A room that was lost with a session could not be entered again.

    :ivar room: the `Room`; its ``entry`` says with what it was tried.
    :ivar error: the `PresenceError` with which it has refused, or `TimeoutError`.
    """

    room: Any
    error: Exception


class JoinResult(NamedTuple):
    """What has come until a room was entered.

    :ivar presence: our own presence in it.
    :ivar subject: the message with the room's subject; None when a live message came without one.
    :ivar occupants: the presences of those who are there.
    :ivar history: what was said before.
    """

    presence: Presence
    subject: Message | None
    occupants: list[Presence]
    history: list[Message]


@record(frozen=True, slots=True)
class Entry:
    """With what a room was entered: all that it takes to enter it again.

    :ivar nick: the nickname that was asked for.
    :ivar password: the room's password; None: none.
    :ivar pfrom: the own address; None: the stream's.
    :ivar show: how available we are there; None: plainly so.
    :ivar status: what we say of that; empty: nothing.
    """

    nick: str
    password: str | None = field(default=None, repr=False)
    pfrom: JID | None = None
    show: Show | None = None
    status: str = ""
