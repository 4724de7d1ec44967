# SPDX-License-Identifier: MIT
"""Multi-User Chat (XEP-0045): the plugin, and what comes in messages."""

from __future__ import annotations

import logging

from xmppkit.dispatch.events import Event
from xmppkit.plugins.base import handles, register_plugin
from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.plugins.xep_0045 import stanza
from xmppkit.plugins.xep_0045.correspondence import REGISTRATION, VOICE_REQUEST
from xmppkit.plugins.xep_0045.records import (
    BadPfromUsage,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    RejoinFailed,
)
from xmppkit.plugins.xep_0045.returning import Returning
from xmppkit.plugins.xep_0045.room import Room
from xmppkit.plugins.xep_0045.stanza import MUC, MUCMessage
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.types import DeliveryEvidence

__all__ = ["XEP_0045", "BadPfromUsage"]

log = logging.getLogger(__name__)


class XEP_0045(Returning):  # noqa: N801  # slixmpp's name
    """Multi-User Chat.

    `join` gives a `Room`. The other methods are slixmpp's; they work on the same rooms, and `room` finds the `Room` of
    one that they have entered. Events of rooms are raised only for those that we are in.
    """

    name = "xep_0045"
    description = "XEP-0045: Multi-User Chat"
    dependencies = frozenset({"xep_0004", "xep_0030", "xep_0172", "xep_0203"})
    sleeps_through = frozenset({"session_start", "session_settled", "session_resumed"})  # nothing has been joined
    stanza = stanza
    disco_features = (MUC,)
    events = (
        Event("muc_joined", Room, "we are in a room, and all has come that comes then", "XEP-0045 §7.1"),
        Event("muc_left", Room, "we are not in a room any more; its departure says why", "XEP-0045 §7.14"),
        Event("muc_rejoined", Room, "we are in a room again that we were in before the session was lost"),
        Event("muc::{room}::rejoined", Room, "the same, for one room"),
        Event("muc_rejoin_failed", RejoinFailed, "a room does not let us in again, and why"),
        Event("muc_occupant_joined", OccupantJoined, "somebody has come into a room", "XEP-0045 §7.2.2"),
        Event("muc_occupant_left", OccupantLeft, "somebody has left a room, and why", "XEP-0045 §7.14"),
        Event("muc_occupant_changed", OccupantChanged, "an occupant has changed, or the nickname", "XEP-0045 §7.6"),
        Event("muc_voice_request", Message, "a visitor asks us, the moderator, for voice", "XEP-0045 §8.6"),
        Event("muc_registration_request", Message, "somebody asks us, the admin, to be a member", "XEP-0045 §9.9"),
        Event("groupchat_presence", Presence, "a presence from a room", "XEP-0045 §7.2.2"),
        Event("muc::{room}::presence", Presence, "a presence from the room", "XEP-0045 §7.2.2", "{prefix}presence"),
        Event(
            "muc::{room}::self-presence",
            Presence,
            "the room says something of us",
            "XEP-0045 §7.2.2",
            "{prefix}self-presence",
        ),
        Event("muc::{room}::got_online", Presence, "an occupant has come", "XEP-0045 §7.2.2", "{prefix}got_online"),
        Event("muc::{room}::got_offline", Presence, "an occupant has left", "XEP-0045 §7.14", "{prefix}got_offline"),
        Event(
            "muc::{room}::presence-error", Presence, "the room refuses", "XEP-0045 §7.2.17", "{prefix}presence-error"
        ),
        Event("groupchat_join", Presence, "for components: somebody wants to enter a room of ours", "XEP-0045 §7.2.1"),
        Event("groupchat_message", Message, "something is said in a room", "XEP-0045 §7.4"),
        Event("muc::{room}::message", Message, "something is said in the room", "XEP-0045 §7.4", "{prefix}message"),
        Event("groupchat_message_error", Message, "what we have said in a room is refused", "XEP-0045 §7.4"),
        Event(
            "muc::{room}::message_error",
            Message,
            "what we have said is refused",
            "XEP-0045 §7.4",
            "{prefix}message_error",
        ),
        Event("groupchat_subject", Message, "a room has another subject", "XEP-0045 §8.1"),
        Event(
            "muc::{room}::groupchat_subject",
            Message,
            "the subject is another",
            "XEP-0045 §8.1",
            "{prefix}groupchat_subject",
        ),
        Event("groupchat_config_status", Message, "a room is configured otherwise", "XEP-0045 §10.2.1"),
        Event(
            "muc::{room}::config_status",
            Message,
            "the room is configured otherwise",
            "XEP-0045 §10.2.1",
            "{prefix}config_status",
        ),
        Event("groupchat_affiliation_change", Message, "somebody is something else to a room", "XEP-0045 §9.3"),
        Event(
            "muc::{room}::affiliation_change",
            Message,
            "somebody is something else to the room",
            "XEP-0045 §9.3",
            "{prefix}affiliation_change",
        ),
        Event("groupchat_invite", Message, "somebody invites us, through a room", "XEP-0045 §7.8.2"),
        Event("groupchat_decline", Message, "somebody declines our invitation, through a room", "XEP-0045 §7.8.2"),
    )

    # --- what comes -------------------------------------------------------------------------------------------------

    @handles("message@type=groupchat", "MUC Message")
    def _handle_groupchat(self, message: Message) -> None:
        room = self._sender(message)
        if room is not None:
            sender = message["from"]
            if room.joined and sender.resource and sender.resource == room.nick and message["id"]:
                # The room sends us what we have sent to it (§7.4).
                self.xmpp.message_confirmed(message["id"], sender.bare_jid, DeliveryEvidence.ECHO)
            room.take_groupchat(message)

    @handles("message@type=error", "MUC Message Error")
    def _handle_error(self, message: Message) -> None:
        room = self._sender(message)
        if room is not None:
            room.refuse_message(message)

    @handles("message/muc", "MUC Notice")
    def _handle_notice(self, message: Message) -> None:
        muc = MUCMessage.of(message)
        if muc is None or message["type"] in ("error", "groupchat"):
            return
        if self.xmpp.is_component and not self._sender(message):
            self._handle_request(message, muc)
            return
        sender = message["from"]
        if sender.resource or not sender.user:
            if muc.invite is not None:
                log.warning("%s sends an invitation that is not from a room", sender)
            return
        room = self._sender(message)
        if muc.invite is not None:
            self.xmpp.event("groupchat_invite", message)
        elif room is not None and muc.decline is not None:
            self.xmpp.event("groupchat_decline", message)
        elif room is not None:
            room.take_notice(message)

    def _handle_request(self, message: Message, muc: MUCMessage) -> None:
        """What somebody asks of a component that is a service of rooms; or what a room tells it."""
        if muc.invite is not None and (muc.invite.to is not None or not message["from"].resource):
            self.xmpp.event("groupchat_invite", message)
        elif muc.decline is not None and muc.decline.to is not None:
            self.xmpp.event("groupchat_decline", message)

    @handles("presence/muc_join", "MUC Join")
    def _handle_join(self, presence: Presence) -> None:
        if self.xmpp.is_component and presence.type_ is None:
            self.xmpp.event("groupchat_join", presence)

    @handles("message/form", "MUC Request")
    def _handle_form(self, message: Message) -> None:
        room = self._sender(message)
        if room is None or not room.joined or message["from"].resource or message["type"] == "error":
            return
        if Form.of_type(message, VOICE_REQUEST) is not None:
            self.xmpp.event("muc_voice_request", message)
        elif Form.of_type(message, REGISTRATION) is not None:
            self.xmpp.event("muc_registration_request", message)


register_plugin(XEP_0045)
