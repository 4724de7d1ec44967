# SPDX-License-Identifier: MIT
"""Stanzas: XML elements with names, types and behaviour.

The base classes are in `element` and `base`, what fields there are in `fields`, the classes of RFC 6120 and 6121
each in a module of its own, those of the stream's negotiation in `negotiation`. Importing this package registers
them all.
"""

from __future__ import annotations

from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.error import Error
from xmppkit.stanza.handshake import Handshake
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.negotiation import bind, limits, preapproval, rosterver, sasl, session, starttls
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.stanza.rootstanza import RootStanza
from xmppkit.stanza.roster import Roster, RosterItem
from xmppkit.stanza.stream_error import StreamError
from xmppkit.stanza.stream_features import StreamFeatures

__all__ = [
    "ElementBase",
    "Error",
    "Handshake",
    "Iq",
    "Message",
    "Presence",
    "RootStanza",
    "Roster",
    "RosterItem",
    "StanzaBase",
    "StreamError",
    "StreamFeatures",
    "bind",
    "limits",
    "preapproval",
    "register_stanza_plugin",
    "rosterver",
    "sasl",
    "session",
    "starttls",
]
