# SPDX-License-Identifier: MIT
"""vcard-temp (XEP-0054): what people say of themselves, and saying it."""

from __future__ import annotations

from copy import copy
from typing import Final, Unpack

from xmppkit.exceptions import InvalidValue, XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, IqOptions, Option, handles, register_plugin, told
from xmppkit.plugins.base.origin import is_own
from xmppkit.plugins.xep_0054 import stanza
from xmppkit.plugins.xep_0054.stanza import VCardTemp
from xmppkit.plugins.xep_0054.store import MemoryCards, StoredCards
from xmppkit.stanza.iq import Iq
from xmppkit.types import OptJidStr

__all__ = ["XEP_0054"]

#: The operations that keep something.
_STORED: Final = frozenset({"set_vcard", "get_vcard", "del_vcard"})


class XEP_0054(BasePlugin):  # noqa: N801  # slixmpp's name
    """vcard-temp.

    A client's vCard is kept by its server. A component keeps those of its addresses itself, and gives them to who
    asks. Where they are kept is up to three operations; the defaults are `MemoryCards`, or `StoredCards` with a
    storage. Their `jid` is a bare address, whose vCard it is: an own one, or somebody's from whom it was fetched.

    =============  ============  ====================================
    operation      its argument  what it does
    =============  ============  ====================================
    ``set_vcard``  `VCardTemp`   keeps a vCard
    ``get_vcard``  nothing       returns it; None: it is not here
    ``del_vcard``  nothing       forgets it
    =============  ============  ====================================
    """

    name = "xep_0054"
    description = "XEP-0054: vcard-temp"
    dependencies = frozenset({"xep_0030", "xep_0082"})
    stanza = stanza
    disco_features = (VCardTemp.namespace,)

    max_stored = Option(int, 4 * 1024 * 1024, minimum=0, doc="the bytes that the vCards of others may have together")
    max_age = Option(float, 86400, minimum=0.1, doc="seconds for which a vCard of somebody else is kept")

    def plugin_init(self) -> None:
        """Set the operations up."""

        def room() -> int:
            return self.max_stored

        def age() -> float:
            return self.max_age

        self.register_store(
            _STORED,
            MemoryCards(self.xmpp, room, age),
            lambda storage: StoredCards(self.xmpp, room, age, storage),
        )

    def make_vcard(self) -> VCardTemp:
        """An empty vCard."""
        return VCardTemp()

    # --- getting ------------------------------------------------------------------------------------------

    async def get_vcard(
        self,
        jid: OptJidStr = None,
        *,
        local: bool | None = None,
        cached: bool = False,
        ifrom: OptJidStr = None,
        **iqkwargs: Unpack[IqOptions],
    ) -> Iq:
        """Somebody's vCard.

        :param jid: whose: an account, by its bare address; a room or an occupant of one; None: our own.
        :param local: True: only from here; False: ask in any case; None: what a component's addresses have is here.
        :param cached: what was fetched earlier will do, if it is kept still.
        :param ifrom: who asks, for components.
        :returns: an `Iq` with ``vcard_temp``, which is empty for who has none.
        :raises XMPPError: it is not here; as `IqError` or `IqTimeout`: what came of asking. Servers say that somebody
            has none by ``item-not-found`` or ``service-unavailable``.
        """
        asked = JID(jid) if jid else None
        owner: JID = self.xmpp.boundjid.bare_jid if asked is None else asked
        if local is None:
            local = self.xmpp.is_component and is_own(self.xmpp, owner)
        # The occupants of a room share a bare address: what belongs to a full one is not kept.
        kept = not owner.resource
        if local or (cached and kept):
            found = await self.api["get_vcard"](owner.bare_jid, None, ifrom)
            if found is not None:
                return await told(iqkwargs.get("callback"), self._wrap(asked, ifrom, found))
            if local:
                raise XMPPError("item-not-found", f"there is no vCard of {owner.bare} here")
        iq: Iq = self.xmpp.make_iq_get(ito=asked, ifrom=ifrom)
        iq.enable("vcard_temp")
        answer = await iq.send(**iqkwargs)
        vcard = VCardTemp.of(answer)
        if vcard is not None and kept:
            await self.api["set_vcard"](owner, None, ifrom, copy(vcard))
        return answer

    def _wrap(self, asked: JID | None, ifrom: OptJidStr, vcard: VCardTemp) -> Iq:
        """A vCard as if it had come over the network."""
        own = self.xmpp.boundjid
        iq: Iq = self.xmpp.make_iq_result(ito=ifrom or own, ifrom=asked or own.bare_jid)
        iq.append(copy(vcard))
        return iq

    # --- publishing ---------------------------------------------------------------------------------------

    async def publish_vcard(
        self,
        vcard: VCardTemp | None = None,
        jid: OptJidStr = None,
        ifrom: OptJidStr = None,
        **iqkwargs: Unpack[IqOptions],
    ) -> Iq | None:
        """Publish our vCard, which everybody can read (§5). It replaces the one before: to change something, get that
        first (§3.2).

        :param vcard: the vCard; None: the one that is kept.
        :param jid: whose it is: an address of a component, or a room of ours; None: our own.
        :param ifrom: who asks, for components.
        :returns: the server's answer; None for a component's own address, which asks nobody.
        :raises InvalidValue: none is kept.
        :raises IqError: the server refuses. Also `IqTimeout`.
        """
        asked = JID(jid) if jid else None
        owner: JID = self.xmpp.boundjid.bare_jid if asked is None else asked.bare_jid
        own = is_own(self.xmpp, owner)
        if vcard is None:
            vcard = await self.api["get_vcard"](owner, None, ifrom)
        if vcard is None:
            raise InvalidValue(f"there is no vCard of {owner} to publish", "XEP_0054.publish_vcard")
        answer: Iq | None = None
        if not (own and self.xmpp.is_component):
            iq: Iq = self.xmpp.make_iq_set(ito=None if own else asked, ifrom=ifrom)
            iq.append(copy(vcard))
            answer = await iq.send(**iqkwargs)
        if own:
            await self.api["set_vcard"](owner, None, ifrom, copy(vcard))
        else:  # what it has now, it says itself
            await self.api["del_vcard"](owner, None, ifrom)
        return answer

    # --- who asks -----------------------------------------------------------------------------------------

    @handles("iq@type=get/vcard_temp", "VCardTemp")
    async def _answer(self, iq: Iq) -> None:
        found = None
        if self.xmpp.is_component:  # a client's server answers for it (§3.3)
            found = await self.api["get_vcard"](iq["to"].bare_jid, None, iq["from"])
        if found is None:
            raise XMPPError("service-unavailable")  # as for an address that there is not
        answer = iq.reply()
        answer.append(copy(found))
        answer.send()

    @handles("iq@type=set/vcard_temp", "VCardTemp Set")
    def _refuse(self, iq: Iq) -> None:
        raise XMPPError("forbidden")  # nobody changes what others say of themselves (§3.2)


register_plugin(XEP_0054)
