# SPDX-License-Identifier: MIT
"""What goes through a room to others: subjects, invitations, requests and their answers (XEP-0045 §7.8, §7.13, §8.1,
§8.6, §9.9)."""

from __future__ import annotations

from typing import Any, Final

from xmppkit.exceptions import InvalidValue
from xmppkit.jid.address import JID
from xmppkit.plugins.base import Option
from xmppkit.plugins.xep_0004.stanza import Form, FormType
from xmppkit.plugins.xep_0045.administration import Administration
from xmppkit.stanza.message import Message
from xmppkit.types import JidStr, MucRole, OptJidStr

__all__ = ["REGISTRATION", "VOICE_REQUEST", "Correspondence"]

#: §16.5.1
REGISTRATION: Final = "http://jabber.org/protocol/muc#register"
#: §16.5.2
VOICE_REQUEST: Final = "http://jabber.org/protocol/muc#request"


class Correspondence(Administration):
    """The messages. They are sent, and nobody waits for an answer: a refusal comes as ``groupchat_message_error``."""

    max_occupants = Option(
        int, 100_000, minimum=1, doc="occupants of one room that are kept; of those that are more, only events tell"
    )

    def _message(self, to: JidStr, mfrom: OptJidStr, mtype: str = "normal") -> Message:
        message: Message = self.xmpp.make_message(mto=JID(to), mfrom=mfrom, mtype=mtype)
        return message

    def set_subject(self, room: JidStr, subject: str, *, mfrom: OptJidStr = None) -> None:
        """Change the subject of a room that we are in (§8.1).

        :param subject: the subject; empty: there is to be none.
        """
        message = self._message(room, mfrom, "groupchat")
        message.subject = subject
        message.send()

    def invite(
        self,
        room: JidStr,
        jid: JidStr,
        reason: str = "",
        *,
        mfrom: OptJidStr = None,
        thread: str | None = None,
    ) -> None:
        """Invite somebody to a room that we are in, through the room (§7.8.2). XEP-0249 does it without, where that is
        allowed.

        :param reason: why, for people.
        :param thread: the thread of a conversation between two that the room goes on with (§7.9); None: none.
        """
        message = self._message(room, mfrom)
        invite = message["muc"]["invite"]
        invite["to"], invite["reason"] = jid, reason
        if thread is not None:
            invite["continue"]["thread"] = thread
        message.send()

    def invite_server(self, room: JidStr, jid: JidStr, invite_from: JidStr, reason: str = "") -> None:
        """Hand an invitation on, as a component that is a service of rooms (§7.8.2).

        :param room: the room, from which the invitation comes.
        :param jid: who is invited.
        :param invite_from: who invites.
        :param reason: why, for people.
        """
        message = self._message(jid, room)
        invite = message["muc"]["invite"]
        invite["from"], invite["reason"] = invite_from, reason
        message.send()

    def decline(self, room: JidStr, jid: JidStr, reason: str = "", *, mfrom: OptJidStr = None) -> None:
        """Decline an invitation that came through a room (§7.8.2).

        :param jid: who has invited.
        :param reason: why, for people.
        """
        message = self._message(room, mfrom)
        decline = message["muc"]["decline"]
        decline["to"], decline["reason"] = jid, reason
        message.send()

    def request_voice(self, room: JidStr, role: MucRole, *, mfrom: OptJidStr = None) -> None:
        """Ask the moderators of a room for another role, which is ``participant`` as a rule (§7.13)."""
        message = self._message(room, mfrom)
        message.append(self._request({"muc#role": role}))
        message.send()

    def answer_voice_request(self, request: Message, *, allow: bool) -> None:
        """Answer what ``muc_voice_request`` has told: grant voice, or do not (§8.6).

        :raises InvalidValue: the message is no such request.
        """
        self._answer_request(request, VOICE_REQUEST, {"muc#request_allow": allow})

    def answer_registration_request(self, request: Message, *, allow: bool) -> None:
        """Answer what ``muc_registration_request`` has told: let somebody be a member, or do not (§9.9).

        :raises InvalidValue: the message is no such request.
        """
        self._answer_request(request, REGISTRATION, {"muc#register_allow": allow})

    def _answer_request(self, request: Message, form_type: str, values: dict[str, bool]) -> None:
        form = Form.of_type(request, form_type)
        if form is None or not form.field.keys() >= values.keys():
            raise InvalidValue("it holds no request of this kind", "request")
        answer = self._message(request["from"], request["to"] if self.xmpp.is_component else None)
        answer["id"] = request["id"]
        answer.append(form.submission(values))
        answer.send()

    @staticmethod
    def _request(values: dict[str, Any]) -> Form:
        form = Form()
        form.type_ = FormType.SUBMIT
        form.form_type = VOICE_REQUEST
        for name, value in values.items():
            form.add_field(var=name, value=value)
        return form

    # --- what rooms need of the plugin, which overrides these ---------------------------------------------------------

    def _admit(self, room: Any) -> None:
        """Give a room its stanzas from now on."""

    def _forget(self, room: Any) -> None:
        """Give a room no more stanzas."""
