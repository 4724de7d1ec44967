# SPDX-License-Identifier: MIT
"""Unique and Stable Stanza IDs (XEP-0359): which ids of a message may be believed."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from xmppkit.exceptions import IqError, XMPPKitError
from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, listens, register_plugin
from xmppkit.plugins.xep_0030.stanza.info import DiscoInfo
from xmppkit.plugins.xep_0359 import stanza
from xmppkit.plugins.xep_0359.stanza import SID, stanza_id_by
from xmppkit.stanza.message import Message
from xmppkit.types import JidStr, OptJidStr

__all__ = ["XEP_0359"]

log = logging.getLogger(__name__)

#: Of how many entities it is remembered what they have answered.
ENTITIES: Final = 1000


class XEP_0359(BasePlugin):  # noqa: N801  # slixmpp's name
    """Unique and Stable Stanza IDs."""

    name = "xep_0359"
    description = "XEP-0359: Unique and Stable Stanza IDs"
    dependencies = frozenset({"xep_0030"})
    stanza = stanza
    disco_features = (SID,)

    def plugin_init(self) -> None:
        """Nobody has been asked yet."""
        #: The features that entities have announced in this session, by address; the latest asked is the last.
        self._announced: dict[str, frozenset[str]] = {}
        #: Who is being asked.
        self._asking: dict[str, asyncio.Future[frozenset[str]]] = {}

    @listens("session_end")
    def _forget(self, _: object) -> None:
        self._announced.clear()  # a server restarts to become another one

    def giver_of(self, message: Message) -> JID:
        """Who gives ids to a message that has come: the room for one of type ``groupchat``, else the own account
        (§3, rule 7)."""
        own: JID = self.xmpp.boundjid.bare_jid
        sender: JID = message["from"]
        return sender.bare_jid if message["type"] == "groupchat" and sender else own

    async def trusts(self, by: JidStr, feature: str = SID, timeout: float | None = None) -> bool:
        """Whether an entity takes ids in its own name out of messages that others send, so that those which come from
        it are its own (§6): asked by service discovery, once in a session.

        :param by: the entity: the own account, or a room that was joined. Ids of anybody else mean nothing here.
        :param feature: another feature that it must announce.
        :param timeout: seconds to wait for the answer; None: 120.
        """
        asked = JID(by)
        known = self._announced.get(asked.full)
        if known is None:
            asking = self._asking.get(asked.full)
            if asking is None:
                asking = self._asking[asked.full] = self.xmpp.spawn(self._ask(asked, timeout))
            await asyncio.wait([asking])  # others may wait for it as well: it goes on if this one is cancelled
            known = frozenset[str]() if asking.cancelled() else asking.result()
        return SID in known and feature in known

    async def _ask(self, asked: JID, timeout: float | None) -> frozenset[str]:
        features: frozenset[str] = frozenset()
        try:
            answer = await self.xmpp.plugin["xep_0030"].get_info(asked, local=False, timeout=timeout)
            info = DiscoInfo.of(answer)
            features = frozenset() if info is None else frozenset(info["features"])
        except IqError:
            log.debug("%s does not say what it announces: its stanza-ids are not believed", asked)
        except XMPPKitError:
            return features  # it may answer the next time
        finally:
            self._asking.pop(asked.full, None)
        self._announced[asked.full] = features
        if len(self._announced) > ENTITIES:
            del self._announced[next(iter(self._announced))]
        return features

    async def get_stanza_id(self, message: Message, by: OptJidStr = None, timeout: float | None = None) -> str | None:
        """The id that a message has been given on its way, if it may be believed.

        :param message: a message that has come.
        :param by: who should have given it: the own bare address, or that of the room which it has come from. None:
            the room for a message of type ``groupchat``, else the own account.
        :param timeout: seconds to wait when it must be asked what `by` announces; None: 120.
        :returns: the id, which is unique for `by`. None without one, when `by` is neither of the two, and when it does
            not announce that it takes out what others have put in.
        """
        giver = self.giver_of(message)
        who = giver if by is None else JID(by)
        if who not in (giver, self.xmpp.boundjid.bare_jid):
            return None
        found = stanza_id_by(message, who)
        return found if found is not None and await self.trusts(who, timeout=timeout) else None


register_plugin(XEP_0359)
