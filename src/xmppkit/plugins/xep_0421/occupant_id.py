# SPDX-License-Identifier: MIT
"""Occupant identifiers for semi-anonymous MUCs (XEP-0421): who is the same under another nickname."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from xmppkit.exceptions import NotConnectedError, RemoteError, XMPPError
from xmppkit.plugins.base import BasePlugin, IqOptions, listens, register_plugin
from xmppkit.plugins.base.origin import occupant_id
from xmppkit.plugins.xep_0045 import Room
from xmppkit.plugins.xep_0421 import stanza
from xmppkit.plugins.xep_0421.stanza import OccupantId
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.types import JidStr, OptJidStr

__all__ = ["XEP_0421"]

log = logging.getLogger(__name__)

#: §4.1
LENGTH: Final = 128


class XEP_0421(BasePlugin):  # noqa: N801  # slixmpp's name
    """Occupant identifiers.

    Each room that is joined is asked whether it gives them, and again when its configuration changes. Only then
    `get_id` and `Occupant.occupant_id` say what came.
    """

    name = "xep_0421"
    description = "XEP-0421: Occupant identifiers for semi-anonymous MUCs"
    dependencies = frozenset({"xep_0030", "xep_0045"})
    stanza = stanza

    def plugin_init(self) -> None:
        """No room is being asked."""
        self._asking: set[Room] = set()

    def post_init(self) -> None:
        """Ask the rooms that were joined before."""
        for room in self.xmpp.plugin["xep_0045"].all_joined():
            self.xmpp.spawn(self._ask_late(room))

    async def has_feature(
        self,
        jid: JidStr,
        *,
        cached: bool = False,
        ifrom: OptJidStr = None,
        timeout: float | None = None,
    ) -> bool:
        """Whether a room gives its occupants ids (§2).

        :param cached: an earlier answer will do, if there is one.
        :param ifrom: who asks, for components.
        :param timeout: seconds to wait for the answer; None: 120.
        :raises IqError: it does not tell.
        :raises IqTimeout: it does not answer.
        """
        disco = self.xmpp.plugin["xep_0030"]
        answer = await disco.get_info(jid, local=False, cached=cached, ifrom=ifrom, timeout=timeout)
        return OccupantId.namespace in answer["disco_info"].features

    def get_id(self, stanza: Message | Presence) -> str | None:
        """The id of the occupant who sent a stanza. None if there is none, if we are not in the room that it is from,
        or if that room has not announced that it gives ids: then whoever wrote it may have put it there (§5)."""
        muc = self.xmpp.plugin["xep_0045"]
        room = muc.room_of(stanza)
        if room is None or not room.gives_occupant_ids:
            return None
        found = occupant_id(stanza)
        return found if found is not None and len(found) <= LENGTH else None

    @listens("muc_joined")
    async def _joined(self, room: Room) -> None:
        await self._ask(room)

    @listens("groupchat_config_status")
    async def _configured(self, message: Message) -> None:
        room = self.xmpp.plugin["xep_0045"].room_of(message)
        if room is not None:
            await self._ask(room)

    async def _ask_late(self, room: Room) -> None:
        await asyncio.sleep(0)  # if it was its joining that has woken us, it is asked for that
        if room.features is None and room not in self._asking:
            await self._ask(room)

    async def _ask(self, room: Room) -> None:
        self._asking.add(room)
        options: IqOptions = {}
        try:
            await room.discover(**options)
        except (XMPPError, RemoteError, NotConnectedError) as error:
            log.debug("%s does not tell what it can do: %s", room.jid, error)
        finally:
            self._asking.discard(room)


register_plugin(XEP_0421)
