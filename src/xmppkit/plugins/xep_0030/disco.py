# SPDX-License-Identifier: MIT
"""Service Discovery (XEP-0030): what this program is and can do, and asking that of others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from copy import copy
from typing import Any, Final

from xmppkit.dispatch.events import Event
from xmppkit.exceptions import XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.base import Option, handles, listens, register_plugin, told
from xmppkit.plugins.base.origin import is_answered
from xmppkit.plugins.xep_0030 import stanza
from xmppkit.plugins.xep_0030.nodes import NodeOperations
from xmppkit.plugins.xep_0030.stanza.info import DISCO_INFO, DiscoInfo
from xmppkit.plugins.xep_0030.stanza.items import DiscoItems
from xmppkit.plugins.xep_0030.static import OPERATIONS, StaticDisco
from xmppkit.stanza.iq import Iq
from xmppkit.types import OptJidStr

__all__ = ["XEP_0030"]

#: How many items of a domain are asked what they are, and of how many domains that is remembered. A service with more
#: items is no directory of services (XEP-0030 §6.2).
DOMAIN_ITEMS: Final = 100
DOMAINS: Final = 64


class XEP_0030(NodeOperations):  # noqa: N801  # slixmpp's name
    """Service Discovery.

    Everything it knows and decides goes through operations: ``get_info``, ``add_feature`` … (`StaticDisco` describes
    their arguments). A handler may be set for one address, one node or both, with `set_node_handler`.

    Events: ``disco_info`` and ``disco_items`` with each answer that comes, an `Iq`.
    """

    name = "xep_0030"
    description = "XEP-0030: Service Discovery"
    stanza = stanza
    disco_features = (DISCO_INFO,)
    events = (
        Event("disco_info", Iq, "somebody has said who they are and what they can do", "XEP-0030 §3"),
        Event("disco_items", Iq, "somebody has said what belongs to them", "XEP-0030 §4"),
    )

    use_cache = Option(bool, True, doc="keep what others answer, for those who ask with cached=True")
    wrap_results = Option(bool, False, doc="put answers that need no network into an Iq, as those of others are")

    def plugin_init(self) -> None:
        """Set the operations up."""
        #: The default handlers of the operations.
        self.static = StaticDisco(self.xmpp, self)
        #: What `get_info_from_domain` has found, by domain.
        self.domain_infos: dict[str, list[Iq]] = {}
        self.register_operations(self.static, OPERATIONS)

    def announce(self, features: tuple[str, ...]) -> bool:
        """Say that this program speaks what a plugin's `disco_features` are. Plugins need not call it: it is done when
        the stream is bound to its address. Whether that may be news."""
        return self._tell("add_feature", features, self.static.announce)

    def withdraw(self, features: tuple[str, ...]) -> None:
        """Undo `announce`; done when the plugin is disabled."""
        self._tell("del_feature", features, self.static.withdraw)

    def _tell(self, op: str, features: tuple[str, ...], static: Callable[[tuple[str, ...]], object]) -> bool:
        if not self.api.is_replaced(op):
            return bool(static(features))
        for feature in features:
            self.xmpp.spawn(self.api.run(op, args={"feature": feature}))
        return True

    @listens("session_end")
    def _forget_domains(self, _: object) -> None:
        self.domain_infos.clear()  # a server restarts to become another one

    # --- answering ----------------------------------------------------------------------------------------

    @handles("iq@type=get/disco_info", "Disco Info")
    async def _answer_info(self, iq: Iq) -> None:
        self._admit(iq)
        node = iq["disco_info"]["node"]
        result = await self.api["get_info"](iq["to"], node, iq["from"], iq)
        if isinstance(result, Iq):
            self._send_ready(iq, result)
        else:
            self._reply(iq, self.complete(result, node), node)

    @handles("iq@type=get/disco_items", "Disco Items")
    async def _answer_items(self, iq: Iq) -> None:
        self._admit(iq)
        node = iq["disco_items"]["node"]
        result = await self.api["get_items"](iq["to"], node, iq["from"], iq)
        if isinstance(result, Iq):
            self._send_ready(iq, result)
        else:
            self._reply(iq, DiscoItems() if result is None else copy(result), node)

    def _admit(self, iq: Iq) -> None:
        """Raise for who is not to know that we are there (§8)."""
        if not is_answered(self.xmpp, iq):
            raise XMPPError("service-unavailable")

    def _reply(self, iq: Iq, payload: DiscoInfo | DiscoItems, node: str) -> None:
        payload.node = node or None  # the answer must mirror the node (XEP-0030 §3.2)
        answer = iq.reply()
        answer.append(payload)
        answer.send()

    def _send_ready(self, iq: Iq, answer: Iq) -> None:
        """Send what a handler has made as a whole, as the answer to `iq`."""
        answer.stream = self.xmpp
        answer["id"], answer["to"] = iq["id"], iq["from"]
        if self.xmpp.is_component:
            answer["from"] = iq["to"]
        if answer["type"] != "error":
            answer["type"] = "result"
        answer.send()

    def complete(self, found: DiscoInfo | None, node: str) -> DiscoInfo:
        """A copy, with what every entity must have: an identity and this protocol (XEP-0030 §3.1)."""
        if found is None and node:
            raise XMPPError("item-not-found")
        info = DiscoInfo() if found is None else copy(found)
        if not node:
            if not info.identities:
                info.add_identity(*(("component", "generic") if self.xmpp.is_component else ("client", "bot")))
            info.add_feature(DISCO_INFO)
        return info

    @handles("iq@type=result/disco_info", "Disco Info Result")
    def _tell_info(self, iq: Iq) -> None:
        self.xmpp.event("disco_info", iq)

    @handles("iq@type=result/disco_items", "Disco Items Result")
    def _tell_items(self, iq: Iq) -> None:
        self.xmpp.event("disco_items", iq)

    # --- asking -------------------------------------------------------------------------------------------

    def _is_here(self, jid: JID | None) -> bool:
        """Whether this program answers for the address; None is its own."""
        own = self.xmpp.boundjid
        if not jid:
            return True
        return bool(jid.domain == own.domain) if self.xmpp.is_component else bool(jid == own)

    async def get_info(
        self,
        jid: OptJidStr = None,
        node: str | None = None,
        local: bool | None = None,
        cached: bool | None = None,
        *,
        ifrom: OptJidStr = None,
        timeout: float | None = None,
        callback: Callable[[Any], Any] | None = None,
        timeout_callback: Callable[[Any], Any] | None = None,
    ) -> Any:
        """What an entity is, and which protocols it speaks.

        :param jid: the entity; None: this program.
        :param node: a node of it.
        :param local: True answers from here without the network, False asks in any case; None: as `jid` says.
        :param cached: an earlier answer will do, if there is one.
        :param ifrom: who asks, for components.
        :param timeout: seconds to wait for the answer; None: 120.
        :param callback: called with the result as well.
        :param timeout_callback: COMPAT(slixmpp 1.8): called with the `IqTimeout`.
        :returns: an `Iq` whose ``disco_info`` is the answer; if it was found here, the `DiscoInfo` itself, unless
            `wrap_results` is set.
        :raises XMPPError: the node is not known here; as `IqError` or `IqTimeout`: what came of asking.
        """
        asked = JID(jid) if jid else None
        options = {"ifrom": ifrom, "timeout": timeout, "cached": cached}
        if local or (local is None and self._is_here(asked)):
            found = await self.api["get_info"](asked, node, ifrom, options)
            if not isinstance(found, Iq):
                found = self.complete(found, node or "")
            return await told(callback, self._local(asked, ifrom, found, "disco_info"))
        if cached:
            found = await self.api["get_cached_info"](asked, node, ifrom, options)
            if found is not None:
                return await told(callback, self._wrap(asked, ifrom, found))
        iq = self.xmpp.make_iq_get(ito=asked, ifrom=ifrom)
        iq["disco_info"].node = node or None
        answer = await iq.send(callback, timeout, timeout_callback)
        info = answer.get_plugin("disco_info", check=True)
        if self.use_cache and info is not None and info["node"] in ("", node or ""):
            await self.api.run("cache_info", asked, node, ifrom, answer)
        return answer

    async def get_items(
        self,
        jid: OptJidStr = None,
        node: str | None = None,
        local: bool | None = False,
        iterator: bool = False,
        ifrom: OptJidStr = None,
        *,
        timeout: float | None = None,
        callback: Callable[[Any], Any] | None = None,
        timeout_callback: Callable[[Any], Any] | None = None,
    ) -> Any:
        """What belongs to an entity.

        :param jid: the entity. None: this program if `local` is not False, else its account on the server.
        :param node: a node of it.
        :param local: True answers from here without the network, False asks in any case; None: as `jid` says.
        :param iterator: return an iterator of pages (XEP-0059, whose plugin must be enabled) instead of asking.

        The other arguments, the result (with ``disco_items``) and the errors are those of `get_info`.
        """
        asked = JID(jid) if jid else None
        options = {"ifrom": ifrom, "timeout": timeout}
        if local or (local is None and self._is_here(asked)):
            found = await self.api["get_items"](asked, node, ifrom, options)
            return await told(callback, self._local(asked, ifrom, found or DiscoItems(), "disco_items"))
        iq = self.xmpp.make_iq_get(ito=asked, ifrom=ifrom)
        iq["disco_items"].node = node or None
        if iterator:
            return self.xmpp.plugin["xep_0059"].iterate(iq, "disco_items")
        return await iq.send(callback, timeout, timeout_callback)

    def _local(self, asked: JID | None, ifrom: OptJidStr, found: Any, key: str) -> Any:
        if isinstance(found, Iq):
            return found if self.wrap_results else found[key]
        return self._wrap(asked, ifrom, found) if self.wrap_results else found

    def _wrap(self, asked: JID | None, ifrom: OptJidStr, payload: Any) -> Iq:
        """`payload` as if it had come over the network."""
        if isinstance(payload, Iq):
            return payload
        own = self.xmpp.boundjid
        iq: Iq = self.xmpp.make_iq_result(ito=ifrom or own, ifrom=asked or own)
        iq.append(payload)
        return iq

    async def get_info_from_domain(
        self,
        domain: OptJidStr = None,
        timeout: float | None = None,
        cached: bool = True,
        callback: Callable[[list[Iq]], Any] | None = None,
        *,
        ifrom: OptJidStr = None,
    ) -> list[Iq]:
        """What a domain and its items are: for finding a service.

        :param domain: the domain; None: that of the own server.
        :param timeout: seconds to wait for each of the answers.
        :param cached: what was found earlier in this session will do.
        :param callback: called with the result as well.
        :param ifrom: who asks, for components.
        :returns: the answers, as of `get_info`, the domain's own first. Who does not answer is left out, and so are
            items behind the first 100.
        :raises XMPPError: nobody has answered.
        """
        asked = JID(domain or self.xmpp.boundjid.domain)
        infos = self.domain_infos.get(asked.full) if cached else None
        if infos is None:
            infos = await self._explore(asked, timeout, ifrom)
            self.domain_infos[asked.full] = infos
            if len(self.domain_infos) > DOMAINS:
                del self.domain_infos[next(iter(self.domain_infos))]
        infos = list(infos)
        await told(callback, infos)
        return infos

    async def _explore(self, domain: JID, timeout: float | None, ifrom: OptJidStr) -> list[Iq]:
        async def info(jid: JID, node: str | None = None) -> Iq:
            return self._wrap(jid, ifrom, await self.get_info(jid, node, ifrom=ifrom, timeout=timeout))

        first = (info(domain), self.get_items(domain, ifrom=ifrom, timeout=timeout))
        answers: list[Any] = await asyncio.gather(*first, return_exceptions=True)
        items = answers.pop()
        if isinstance(items, Iq):
            children = [child for child in items["disco_items"].iterables if child.jid is not None]
            asked = dict.fromkeys((child.jid, child["node"]) for child in children[:DOMAIN_ITEMS])
            asked.pop((domain, None), None)
            answers += await asyncio.gather(*(info(*each) for each in asked), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, XMPPError):
                raise answer
        found = [answer for answer in answers if isinstance(answer, Iq)]
        if not found:
            raise answers[0]
        return found


register_plugin(XEP_0030)
