# SPDX-License-Identifier: MIT
"""The session of RFC 3921 §3, which the engine establishes where a server insists on it.

Nothing is sent where it is marked as optional: RFC 6121 has no sessions any more.
"""

from __future__ import annotations

from xmppkit.pyxmpp2.constants import SESSION_QNP
from xmppkit.pyxmpp2.interfaces import StreamFeatureHandler

__all__ = ["SESSION_TAG", "SessionHandler"]

SESSION_TAG = SESSION_QNP + "session"


class SessionHandler(StreamFeatureHandler):
    """Has a stream establish the session, or answer who wants one."""
