# SPDX-License-Identifier: MIT
"""The events of the stream, the session and the contacts (RFC 6120, RFC 6121).

Those of a plugin are on its class, as ``events``. A name that is listed nowhere is a program's own.
"""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from xmppkit.dispatch.events import Event
from xmppkit.exceptions import CertificateInvalid, StorageError
from xmppkit.jid.address import JID
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.negotiation.sasl import Failure, Success
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.stream_error import StreamError
from xmppkit.xmlstream.delivery import Receipt
from xmppkit.xmlstream.outbox import Reconciled

__all__ = ["EVENTS"]

_CONNECTED = "{event_when_connected}"
_PRESENCE = "presence_{kind}"

#: The connection and the stream.
_STREAM = (
    Event("connecting", meaning="an attempt to connect begins"),
    Event("connected", meaning="the connection is there; nothing is negotiated yet", raised_as=_CONNECTED),
    Event("connection_failed", Exception, "an endpoint could not be reached, or none was found"),
    Event("reconnect_delay", float, "the next attempt to connect is made after so many seconds"),
    Event("ssl_cert", str, "the server's certificate, as PEM", "RFC 6120 §13.7"),
    Event("tls_success", meaning="the connection is secure", section="RFC 6120 §5.4.3.3"),
    Event("ssl_invalid_chain", CertificateInvalid, "the server's certificate is not trusted", "RFC 6120 §13.7.2"),
    Event("legacy_protocol", meaning="the server speaks XMPP from before RFC 3920", section="RFC 6120 §4.7.5"),
    Event("eof_received", meaning="the server sends no more"),
    Event("stream_error", StreamError, "the server ends the stream, and why", "RFC 6120 §4.9"),
    Event("stream_negotiated", meaning="nothing is left to negotiate", section="RFC 6120 §4.3.5"),
    Event("stanza_not_sent", StanzaBase | Element | str, "a stanza waits for a session, or is lost with one"),
    Event("disconnected", str | Exception | None, "the connection, or the attempt to get one, is over, and why"),
    Event("killed", meaning="the stream was aborted"),
)
#: Who we are, and for how long.
_SESSION = (
    Event("auth_success", Success, "the server knows who we are", "RFC 6120 §6.4.6"),
    Event("failed_auth", Failure | dict[str, Any], "a mechanism has failed; {} if not by the server", "RFC 6120 §6.5"),
    Event("failed_all_auth", meaning="no mechanism is left to try", section="RFC 6120 §6.4.5"),
    Event("no_auth", meaning="the server offers no mechanism that may be used", section="RFC 6120 §6.3.3"),
    Event("session_bind", JID, "the full address is ours", "RFC 6120 §7"),
    Event("session_start", meaning="stanzas can be exchanged"),
    Event("session_settled", meaning="the handlers of session_start have ended, and what was lost is restored"),
    Event("session_end", meaning="stanzas can be exchanged no more"),
)
#: Messages and presence.
_CONTACTS = (
    Event("message", Message, "a message with a body", "RFC 6121 §5"),
    Event("delivery", Receipt, "a message of ours has come further, or has failed", "XEP-0198 §4"),
    Event("message_doubled", Message, "a message has come once more, and is not handled again", "XEP-0359 §3.2"),
    Event("outbox_reconciled", Reconciled, "what became of messages in doubt", "XEP-0313 §4"),
    Event("outbox_failed", StorageError, "the outbox could not be written or read"),
    Event("message_error", Message, "a message could not be delivered", "RFC 6121 §5.2.2"),
    Event("presence", Presence, "any presence", "RFC 6121 §4"),
    Event("presence_available", Presence, "somebody is available", "RFC 6121 §4.2", _PRESENCE),
    Event("presence_away", Presence, "somebody is available but away", "RFC 6121 §4.7.2.1", _PRESENCE),
    Event("presence_chat", Presence, "somebody would like to talk", "RFC 6121 §4.7.2.1", _PRESENCE),
    Event("presence_dnd", Presence, "somebody does not want to be disturbed", "RFC 6121 §4.7.2.1", _PRESENCE),
    Event("presence_xa", Presence, "somebody is away for long", "RFC 6121 §4.7.2.1", _PRESENCE),
    Event("presence_unavailable", Presence, "a resource has left", "RFC 6121 §4.5", _PRESENCE),
    Event("presence_probe", Presence, "somebody's server asks for our presence", "RFC 6121 §4.3", _PRESENCE),
    Event("presence_error", Presence, "a presence could not be delivered", "RFC 6121 §4.7.1", _PRESENCE),
    Event("presence_subscribe", Presence, "somebody asks for a subscription", "RFC 6121 §3.1", _PRESENCE),
    Event("presence_subscribed", Presence, "our request was granted", "RFC 6121 §3.1", _PRESENCE),
    Event("presence_unsubscribe", Presence, "somebody ends a subscription to us", "RFC 6121 §3.3", _PRESENCE),
    Event("presence_unsubscribed", Presence, "our subscription was refused or ended", "RFC 6121 §3.2", _PRESENCE),
    Event("changed_subscription", Presence, "any of the four presences about subscriptions", "RFC 6121 §3"),
    Event("changed_status", Presence, "somebody says something new of themselves", "RFC 6121 §4.4"),
    Event("got_online", Presence, "somebody's first resource has come", "RFC 6121 §4.2"),
    Event("got_offline", Presence, "somebody's last resource has left", "RFC 6121 §4.5"),
    Event("roster_update", Iq, "the roster, or a change of it, has come", "RFC 6121 §2.1"),
    Event("roster_subscription_request", Presence, "a request waits for an answer", "RFC 6121 §3.1.3"),
    Event("roster_subscription_authorized", Presence, "our request was granted", "RFC 6121 §3.1.6"),
    Event("roster_subscription_remove", Presence, "somebody ends a subscription to us", "RFC 6121 §3.3.3"),
    Event("roster_subscription_removed", Presence, "our subscription was ended", "RFC 6121 §3.2.3"),
    Event("sent_presence", meaning="the server was told that we are available", section="RFC 6121 §4.2.1"),
)

#: All of them.
EVENTS: tuple[Event, ...] = (*_STREAM, *_SESSION, *_CONTACTS)
