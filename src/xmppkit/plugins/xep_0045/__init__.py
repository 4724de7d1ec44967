# SPDX-License-Identifier: MIT
"""Multi-User Chat (XEP-0045)."""

from __future__ import annotations

from xmppkit.plugins.xep_0045 import stanza
from xmppkit.plugins.xep_0045.muc import XEP_0045
from xmppkit.plugins.xep_0045.records import (
    BadPfromUsage,
    Departure,
    Entry,
    JoinResult,
    Leaving,
    Occupant,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    RoomState,
)
from xmppkit.plugins.xep_0045.room import Room
from xmppkit.plugins.xep_0045.stanza import (
    MUCActor,
    MUCAdminItem,
    MUCAdminQuery,
    MUCBase,
    MUCContinue,
    MUCDecline,
    MUCDestroy,
    MUCHistory,
    MUCInvite,
    MUCJoin,
    MUCMessage,
    MUCOwnerDestroy,
    MUCOwnerQuery,
    MUCPresence,
    MUCStatus,
    MUCUserItem,
)
from xmppkit.plugins.xep_0045.stanza.vocabulary import Affiliation, Role, StatusCode

__all__ = [
    "XEP_0045",
    "Affiliation",
    "BadPfromUsage",
    "Departure",
    "Entry",
    "JoinResult",
    "Leaving",
    "MUCActor",
    "MUCAdminItem",
    "MUCAdminQuery",
    "MUCBase",
    "MUCContinue",
    "MUCDecline",
    "MUCDestroy",
    "MUCHistory",
    "MUCInvite",
    "MUCJoin",
    "MUCMessage",
    "MUCOwnerDestroy",
    "MUCOwnerQuery",
    "MUCPresence",
    "MUCStatus",
    "MUCUserItem",
    "Occupant",
    "OccupantChanged",
    "OccupantJoined",
    "OccupantLeft",
    "Role",
    "Room",
    "RoomState",
    "StatusCode",
    "stanza",
]
