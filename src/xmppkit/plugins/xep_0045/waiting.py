# SPDX-License-Identifier: MIT
"""What waits for a room's word: entering it, and another nickname (XEP-0045 §7.2, §7.6)."""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from contextlib import suppress
from typing import Final

from xmppkit.exceptions import PresenceError
from xmppkit.plugins.xep_0045.records import Departure, JoinResult, Leaving
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence

__all__ = ["HISTORY", "Entering", "Renaming", "refusal"]

#: How many messages of a room's history are kept while it is entered; of more, the latest.
HISTORY: Final = 10_000
#: The error that says of a removal what it means for somebody who enters.
_CONDITIONS: Final = {
    Leaving.BANNED: "forbidden",
    Leaving.MEMBERS_ONLY: "registration-required",
    Leaving.AFFILIATION_LOST: "registration-required",
    Leaving.DESTROYED: "gone",
    Leaving.SHUTDOWN: "service-unavailable",
    Leaving.ERROR: "recipient-unavailable",
}


class Entering:
    """We have knocked, and wait.

    :param stanza_id: the id of our presence.
    :param keep: keep the occupants' presences for the result.
    :param missed: only what we have not heard before is to be told of what was said.
    """

    __slots__ = ("future", "history", "missed", "occupants", "presence", "stanza_id")

    def __init__(self, future: asyncio.Future[JoinResult], stanza_id: str, *, keep: bool, missed: bool) -> None:
        self.missed = missed
        self.future = future
        self.stanza_id = stanza_id
        self.presence: Presence | None = None
        self.occupants: list[Presence] | None = [] if keep else None
        self.history: deque[Message] = deque(maxlen=HISTORY)


class Renaming:
    """We have asked for another nickname, and wait.

    :param stanza_id: the id of our presence.
    :param before: the nickname that we have.
    :param wanted: the nickname that we want.
    """

    __slots__ = ("before", "future", "stanza_id", "wanted")

    def __init__(self, future: asyncio.Future[Presence], stanza_id: str, before: str, wanted: str) -> None:
        self.future = future
        self.stanza_id = stanza_id
        self.before = before
        self.wanted = wanted

    def is_done(self, nick: str) -> bool:
        """Whether a nickname that the room says is ours is the answer; it may be one of the room's choice."""
        return nick == self.wanted or nick != self.before

    def is_meant(self, stanza_id: str | None, nick: str) -> bool:
        """Whether an error is about it."""
        return stanza_id == self.stanza_id or (not stanza_id and nick == self.wanted)


def refusal(presence: Presence, departure: Departure) -> PresenceError:
    """A removal as the error that it means for somebody who is entering."""
    refused = copy.copy(presence)
    refused["type"] = "error"
    refused["error"]["condition"] = _CONDITIONS.get(departure.why, "not-allowed")
    with suppress(ValueError):
        refused["error"]["text"] = departure.reason
    return PresenceError(refused)
