# SPDX-License-Identifier: MIT
"""What a self-ping has found out (XEP-0410 §3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final, TypedDict

from xmppkit.exceptions import IqError, IqTimeout
from xmppkit.jid.address import JID

__all__ = ["PingChanged", "PingStatus", "status_of"]


class PingStatus(Enum):
    """Whether we are in a room."""

    #: The room was not asked yet.
    UNTRIED = 0
    #: We are.
    JOINED = 1
    #: We are, under another nickname than was thought.
    JOINED_NICKCHANGED = 1  # noqa: PIE796  # slixmpp's: another name for the same
    #: We are not: it is to be joined anew.
    DISCONNECTED = 2
    #: Nobody knows: the room, or another client of ours that is in it, does not answer.
    TIMEOUT = 3


class PingChanged(TypedDict):
    """The payload of ``muc_ping_changed``.

    ``key`` is our own address and that in the room; ``previous`` and ``result`` are what was known before, and now.
    """

    key: tuple[JID, JID]
    previous: PingStatus
    result: PingStatus


_ERRORS: Final[Mapping[str, PingStatus]] = MappingProxyType(
    {
        "service-unavailable": PingStatus.JOINED,
        "feature-not-implemented": PingStatus.JOINED,
        "item-not-found": PingStatus.JOINED_NICKCHANGED,
        "remote-server-not-found": PingStatus.TIMEOUT,
        "remote-server-timeout": PingStatus.TIMEOUT,
    }
)


def status_of(error: IqError | IqTimeout) -> PingStatus:
    """What an error in answer to the ping means."""
    if isinstance(error, IqTimeout):
        return PingStatus.TIMEOUT
    return _ERRORS.get(error.condition, PingStatus.DISCONNECTED)
