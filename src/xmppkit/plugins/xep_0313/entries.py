# SPDX-License-Identifier: MIT
"""What a timeline gives out, what it is recognised by, and how far it has come."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from xmppkit.jid.address import JID
from xmppkit.records import record
from xmppkit.stanza.message import Message

__all__ = ["NOWHERE", "Entry", "Position", "Recent", "Source", "keys_of"]


class Source(StrEnum):
    """How a message has come first. Later it may have come in other ways, too."""

    #: From the archive.
    ARCHIVE = "archive"
    #: By itself, while we were there.
    LIVE = "live"
    #: As a copy of what another client of the account has sent or received (XEP-0280).
    CARBON = "carbon"
    #: This program has sent it.
    SENT = "sent"


@record(frozen=True, slots=True)
class Entry:
    """A message of a timeline.

    :ivar archive: whose it is: the own account's bare address, or a room's.
    :ivar id: its id in that archive; None if it is not known: the message was not archived, or only later.
    :ivar message: the message as it was sent; nothing is wrapped around it.
    :ivar stamp: when it came to the archive, or here; in UTC.
    :ivar source: how it has come.
    :ivar outgoing: whether the own account has sent it. In a room, nothing says so: False.
    """

    archive: JID
    id: str | None
    message: Message
    stamp: datetime.datetime
    source: Source
    outgoing: bool


class Position(NamedTuple):
    """How far a timeline has come in an archive.

    :ivar id: the id of the last message; None: the beginning of the archive, or of `stamp`.
    :ivar stamp: when that message came; where to go on when the archive does not have it any more.
    :ivar pending: what messages are recognised by that were given out without an id, as those that this program has
        sent: the archive may have them behind this position.
    """

    id: str | None = None
    stamp: datetime.datetime | None = None
    pending: tuple[str, ...] = ()


#: The beginning of an archive.
NOWHERE: Final = Position()


def keys_of(message: Message, own: JID, *, in_room: bool) -> list[str]:
    """What copies of a message have in common that have no id of an archive: its author's ids. They are worth nothing
    without the author, since everybody may use any (XEP-0359 §6); nor is an ``id`` without the text, as some programs
    count from one each time.

    :param own: the own bare address, which a message that leaves does not name.
    :param in_room: it is a room's: the author is an occupant, and to whom it goes differs.
    """
    if in_room:
        between = message.xml.get("from", "")
    else:
        between = f"{message['from'].bare or own.bare} {message['to'].bare or own.bare}"
    keys = []
    origin = message.get_origin_id()
    if origin:
        keys.append(_key("origin", between, origin))
    id = message.xml.get("id")
    if id:
        keys.append(_key("id", between, id, message.body or ""))
    return keys


def _key(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(errors="replace"), digest_size=12).hexdigest()


class Recent:
    """The latest of many texts.

    :param size: how many.
    :param texts: those to begin with.
    """

    __slots__ = ("_size", "_texts")

    def __init__(self, size: int, texts: Iterable[str] = ()) -> None:
        self._size = size
        self._texts: dict[str, None] = {}
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Add a text, and forget the oldest if there are too many."""
        self._texts[text] = None
        if len(self._texts) > self._size:
            del self._texts[next(iter(self._texts))]

    def __contains__(self, text: object) -> bool:
        return text in self._texts

    def all(self) -> tuple[str, ...]:
        """The texts, the oldest first."""
        return tuple(self._texts)
