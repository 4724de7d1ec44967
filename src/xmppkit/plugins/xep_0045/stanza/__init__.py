# SPDX-License-Identifier: MIT
"""The stanzas of XEP-0045.

``vocabulary`` (affiliations, roles, status codes), ``entering`` (``muc``), ``user`` (``muc#user``: what a room says),
``administration`` (``muc#admin``, ``muc#owner``: what those say who may change it).
"""

from __future__ import annotations

from xmppkit.plugins.xep_0045.stanza.administration import (
    MUCAdminActor,
    MUCAdminItem,
    MUCAdminQuery,
    MUCOwnerDestroy,
    MUCOwnerQuery,
)
from xmppkit.plugins.xep_0045.stanza.entering import MUCHistory, MUCJoin
from xmppkit.plugins.xep_0045.stanza.user import (
    MUCActor,
    MUCBase,
    MUCContinue,
    MUCDecline,
    MUCDestroy,
    MUCInvite,
    MUCMessage,
    MUCPresence,
    MUCStatus,
    MUCUserItem,
)
from xmppkit.plugins.xep_0045.stanza.vocabulary import (
    MUC,
    MUC_ADMIN,
    MUC_OWNER,
    MUC_USER,
    Affiliation,
    Role,
    StatusCode,
)

__all__ = [
    "MUC",
    "MUC_ADMIN",
    "MUC_OWNER",
    "MUC_USER",
    "Affiliation",
    "MUCActor",
    "MUCAdminActor",
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
    "Role",
    "StatusCode",
]
