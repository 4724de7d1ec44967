# SPDX-License-Identifier: MIT
"""`Room`: a room that we are in, as an object (XEP-0045)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, Unpack

from xmppkit.exceptions import LocalProtocolError
from xmppkit.jid.address import JID
from xmppkit.plugins.base import IqOptions
from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.plugins.xep_0045.conversation import Conversation
from xmppkit.plugins.xep_0045.correspondence import Correspondence
from xmppkit.plugins.xep_0045.records import Departure, Leaving, Occupant, RoomState
from xmppkit.plugins.xep_0045.stanza import Role, StatusCode
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Show
from xmppkit.types import JidStr, MucAffiliation, MucRole

__all__ = ["Room"]

log = logging.getLogger(__name__)

F = TypeVar("F", bound=Callable[..., Any])


class Room(Conversation):
    """A room.

    `occupants`, `me`, `nick`, `subject` and `state` say how it is now; they follow what the room sends. When we are not
    there any more, `departure` says why. What we do there has methods; those that ask the room something raise
    `IqError` when it refuses and `IqTimeout` when it is silent.
    """

    __slots__ = ("_handlers",)

    def __init__(self, host: Correspondence, jid: JID) -> None:
        super().__init__(host, jid)
        self._handlers: list[tuple[str, Callable[..., Any]]] = []

    def __repr__(self) -> str:
        return f"<Room {self.jid} as {self.nick!r}: {self.state.value}, {len(self)} occupants>"

    @property
    def created(self) -> bool:
        """Whether our coming has made the room. As a rule it is locked until it is configured (§10.1): call
        `configure`."""
        return StatusCode.CREATED in self.codes

    # --- events -----------------------------------------------------------------------------------------------------

    def on(self, name: str) -> Callable[[F], F]:
        """A decorator for handlers of the room's own events: ``message``, ``groupchat_subject``, ``presence``,
        ``got_online``, ``got_offline``, ``self-presence`` … They end when we leave, but not when only the session ends:
        the room may be joined again."""

        def register(pointer: F) -> F:
            self._host.xmpp.add_event_handler(self._prefix + name, pointer)
            self._handlers.append((self._prefix + name, pointer))
            return pointer

        return register

    def _end(self, departure: Departure) -> None:
        super()._end(departure)
        lost = departure.is_fault or departure.why is Leaving.DISCONNECTED
        if not lost and not self._host.comes_back(self):
            self.drop_handlers()

    def go(self, status: str = "") -> None:
        """Leave the room without waiting. May be repeated."""
        super().go(status)
        if self.state is RoomState.LEFT:
            self.drop_handlers()

    def drop_handlers(self) -> None:
        """End what `on` has begun. May be repeated."""
        for name, pointer in self._handlers:
            self._host.xmpp.del_event_handler(name, pointer)
        self._handlers.clear()

    # --- saying something -------------------------------------------------------------------------------------------

    def make_message(self, body: str | None = None) -> Message:
        """A message to all, not sent yet.

        :raises LocalProtocolError: we are not there.
        """
        self._check()
        message = self._host._message(self.jid, self.entry.pfrom, "groupchat")
        if body is not None:
            message.body = body
        return message

    def send(self, body: str) -> Message:
        """Say something to all. When the room has taken it, it comes back with the same id.

        :returns: the message that was sent.
        :raises LocalProtocolError: we are not there.
        """
        message = self.make_message(body)
        message.send()
        return message

    def send_private(self, nick: str, body: str) -> Message:
        """Say something to one occupant (§7.5)."""
        self._check()
        message = self._host._message(self.jid.replace(resource=nick), self.entry.pfrom, "chat")
        message.body = body
        message.enable("muc")
        message.send()
        return message

    def set_subject(self, subject: str) -> None:
        """Change the subject; empty: there is to be none."""
        self._check()
        self._host.set_subject(self.jid, subject, mfrom=self.entry.pfrom)

    def set_presence(self, show: Show | None = None, status: str = "") -> None:
        """Tell the room how available we are (§7.7).

        :param show: None: plainly so.
        :param status: what to say of it, for people.
        """
        self._check()
        presence = self._to_room(self.nick)
        presence.show, presence.status = show, status or None
        presence.send()

    def invite(self, jid: JidStr, reason: str = "", *, direct: bool = False) -> None:
        """Invite somebody.

        :param reason: why, for people.
        :param direct: without the room (XEP-0249, whose plugin must be enabled), with the password that we came with.
            A room for members cannot know of such a one.
        """
        self._check()
        if direct:
            plugin = self._host.xmpp.plugin["xep_0249"]
            plugin.send_invitation(jid, self.jid, self.entry.password, reason, mfrom=self.entry.pfrom)
        else:
            self._host.invite(self.jid, jid, reason, mfrom=self.entry.pfrom)

    def request_voice(self) -> None:
        """Ask the moderators for the right to speak (§7.13)."""
        self._check()
        self._host.request_voice(self.jid, Role.PARTICIPANT.value, mfrom=self.entry.pfrom)

    def _check(self) -> None:
        if not self.joined:
            raise LocalProtocolError(f"we are not in {self.jid}, but {self.state.value}: join it first")

    # --- changing something -----------------------------------------------------------------------------------------

    async def kick(self, nick: str, reason: str = "", **iqkwargs: Unpack[IqOptions]) -> None:
        """Remove an occupant, who may come back (§8.2)."""
        await self.set_role(nick, Role.NONE.value, reason, **iqkwargs)

    async def set_role(self, nick: str, role: MucRole, reason: str = "", **iqkwargs: Unpack[IqOptions]) -> None:
        """Change what an occupant may do; see `Administration.set_role`."""
        await self._host.set_role(self.jid, nick, role, reason=reason, ifrom=self.entry.pfrom, **iqkwargs)

    async def ban(self, who: JidStr | Occupant, reason: str = "", **iqkwargs: Unpack[IqOptions]) -> None:
        """Remove somebody for good (§9.1).

        :param who: an address, or an occupant whose address the room tells us.
        :raises ValueError: it does not.
        """
        await self.set_affiliation(who, "outcast", reason, **iqkwargs)

    async def set_affiliation(
        self, who: JidStr | Occupant, affiliation: MucAffiliation, reason: str = "", **iqkwargs: Unpack[IqOptions]
    ) -> None:
        """Change what somebody is to the room; ``none`` takes back, as a ban.

        :param who: an address, or an occupant whose address the room tells us.
        :raises ValueError: it does not.
        """
        jid, nick = (who.jid, who.nick) if isinstance(who, Occupant) else (who, None)
        await self._host.set_affiliation(
            self.jid,
            affiliation,
            jid=jid,
            nick=None if jid else nick,
            reason=reason,
            ifrom=self.entry.pfrom,
            **iqkwargs,
        )

    async def configuration(self, **iqkwargs: Unpack[IqOptions]) -> Form:
        """How the room is configured, as a form to fill in and give to `configure`."""
        return await self._host.get_room_config(self.jid, self.entry.pfrom, **iqkwargs)

    async def configure(self, config: Form | Mapping[str, Any] = {}, **iqkwargs: Unpack[IqOptions]) -> None:  # noqa: B006  # never changed
        """Configure the room; see `Administration.set_room_config`. Without an argument a new room is opened as the
        service thinks fit."""
        await self._host.set_room_config(self.jid, config, ifrom=self.entry.pfrom, **iqkwargs)

    async def destroy(self, reason: str = "", alternate: JidStr | None = None, **iqkwargs: Unpack[IqOptions]) -> None:
        """Destroy the room.

        :param reason: why, for people.
        :param alternate: where the conversation goes on.
        """
        await self._host.destroy(self.jid, reason, alternate, ifrom=self.entry.pfrom, **iqkwargs)

    async def discover(self, **iqkwargs: Unpack[IqOptions]) -> frozenset[str]:
        """Ask the room which protocols it knows (§6.4), and remember it as `features`."""
        disco = self._host.xmpp.plugin["xep_0030"]
        answer = await disco.get_info(self.jid, ifrom=self.entry.pfrom, local=False, **iqkwargs)
        self._announced.features = features = frozenset(answer["disco_info"].features)
        return features
