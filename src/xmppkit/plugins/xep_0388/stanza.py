# SPDX-License-Identifier: MIT
"""The elements of XEP-0388 and XEP-0480; they are in `xmppkit.stanza.negotiation`, where the engine has them, too."""

from __future__ import annotations

from xmppkit.stanza.negotiation.sasl2 import (
    Abort,
    Authenticate,
    Authentication,
    Challenge,
    Continue,
    Failure,
    Inline,
    Next,
    Response,
    Success,
    TaskData,
    Tasks,
    UserAgent,
)
from xmppkit.stanza.negotiation.upgrade import Hash, Salt, Upgrade

__all__ = [
    "Abort",
    "Authenticate",
    "Authentication",
    "Challenge",
    "Continue",
    "Failure",
    "Hash",
    "Inline",
    "Next",
    "Response",
    "Salt",
    "Success",
    "TaskData",
    "Tasks",
    "Upgrade",
    "UserAgent",
]
