# SPDX-License-Identifier: MIT
"""Direct MUC Invitations (XEP-0249)."""

from __future__ import annotations

import logging
from typing import Final

from xmppkit.dispatch.events import Event
from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, handles, register_plugin
from xmppkit.plugins.xep_0249 import stanza
from xmppkit.plugins.xep_0249.stanza import Invite
from xmppkit.stanza.message import Message
from xmppkit.types import JidStr, OptJidStr
from xmppkit.xml.names import clark

__all__ = ["XEP_0249"]

log = logging.getLogger(__name__)

_USER: Final = "http://jabber.org/protocol/muc#user"
#: What a room says on behalf of somebody (XEP-0045 §7.8.2).
_MEDIATED: Final = f"{clark(_USER, 'x')}/{clark(_USER, 'invite')}"


class XEP_0249(BasePlugin):  # noqa: N801  # slixmpp's name
    """Direct MUC Invitations."""

    name = "xep_0249"
    description = "XEP-0249: Direct MUC Invitations"
    dependencies = frozenset({"xep_0030"})
    stanza = stanza
    disco_features = (Invite.namespace,)
    only_tells = True
    events = (Event("groupchat_direct_invite", Message, "somebody invites us to a room", "XEP-0249 §2"),)

    def send_invitation(
        self,
        jid: JidStr,
        roomjid: JidStr,
        password: str | None = None,
        reason: str | None = None,
        *,
        mfrom: OptJidStr = None,
        thread: str | None = None,
    ) -> None:
        """Invite somebody to a room.

        :param jid: whom.
        :param roomjid: the room.
        :param password: the password that it takes to enter it.
        :param reason: why, for people.
        :param mfrom: who invites, for components.
        :param thread: the thread of a conversation between two that the room goes on with; None: none.
        """
        message = self.xmpp.make_message(mto=JID(jid), mfrom=mfrom)
        invite = Invite(parent=message)
        invite.jid, invite.password, invite.reason = JID(roomjid).bare_jid, password or None, reason or None
        if thread is not None:
            invite.continue_, invite.thread = True, thread
        message.send()

    @handles("message/groupchat_invite", "Direct MUC Invitations")
    def _handle_invite(self, message: Message) -> None:
        invite = Invite.of(message)
        if invite is None or message["type"] in ("error", "groupchat"):
            return
        if message.xml.find(_MEDIATED) is not None:
            return  # the same invitation twice, for old clients (§4)
        if invite.jid is None:
            log.warning("%s invites us to a room that has no address", message["from"])
            return
        rooms = self.xmpp.plugin.get("xep_0045", None)
        if rooms is not None and any(invite.jid == room for room in rooms.joined_rooms()):
            return  # we are there (§4)
        self.xmpp.event("groupchat_direct_invite", message)


register_plugin(XEP_0249)
