# SPDX-License-Identifier: MIT
"""Personal Eventing Protocol (XEP-0163): publishing at the own account, and being told what contacts publish."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar, NamedTuple, TypedDict

from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, register_plugin
from xmppkit.plugins.xep_0060.forms import Settings
from xmppkit.plugins.xep_0060.stanza import Event, EventItem, Item
from xmppkit.plugins.xep_0060.subscriber import Callback
from xmppkit.plugins.xep_0163.origin import owner_of, tells_own_account
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.types import OptJidStr

__all__ = ["XEP_0163", "PEPOptions", "PEPPlugin", "Pep"]

#: The id of an item of which there is one only (XEP-0060 §12.20).
CURRENT = "current"


class XEP_0163(BasePlugin):  # noqa: N801  # slixmpp's name
    """Personal Eventing Protocol.

    A plugin that publishes something declares it, see `PEPPlugin`; a program says `register_pep`.
    """

    name = "xep_0163"
    description = "XEP-0163: Personal Eventing Protocol (PEP)"
    dependencies = frozenset({"xep_0030", "xep_0060", "xep_0115"})

    def plugin_init(self) -> None:
        """Nothing is registered yet."""
        self._payloads: dict[str, type[ElementBase]] = {}
        #: Own addresses whose presence is to be sent again.
        self._due: set[JID] = set()

    def plugin_end(self) -> None:
        """Take back what programs have registered."""
        for stanza in list(self._payloads.values()):
            self.unregister_pep(stanza)

    def register_pep(self, name: str, stanza: type[ElementBase], *, private: bool = False) -> None:
        """Be told what contacts publish: their servers send it, since this program says that it is interested (§4.2).

        Raises ``name_publish``, ``name_retract`` and so on, as `XEP_0060.map_node_event` does, but only for what comes
        from a bare address, which is the account's whose it is (`owner_of`).

        :param name: the name of the events, as ``user_tune``.
        :param stanza: the class of what is published. Its namespace is the name of the node.
        :param private: the node is about the own account only, as bookmarks are: nobody else is believed.
        """
        node = stanza.namespace
        for parent in (Item, EventItem):
            register_stanza_plugin(parent, stanza)
        accepts = partial(tells_own_account, self.xmpp) if private else _has_owner
        self.xmpp.plugin["xep_0060"].map_node_event(node, name, accepts=accepts)
        self.xmpp.plugin["xep_0030"].announce((node,))
        self._payloads[node] = stanza
        self.add_interest(node)

    def unregister_pep(self, stanza: type[ElementBase]) -> None:
        """Undo `register_pep`. May be repeated."""
        node = stanza.namespace
        if self._payloads.pop(node, None) is not None:
            self.xmpp.plugin["xep_0060"].unmap_node_event(node)
            self.xmpp.plugin["xep_0030"].withdraw((node,))
            self.remove_interest(node)

    def add_interest(self, namespace: str | Iterable[str], jid: OptJidStr = None) -> None:
        """Say that we want to be told what is published at nodes (§4.2). In a session that is under way, the presence
        is sent again, since that is where servers see it.

        :param namespace: the node, or several.
        :param jid: who is interested, for components; None: the own address.
        """
        disco = self.xmpp.plugin["xep_0030"]
        news = jid is not None
        for feature in _interests(namespace):
            if jid is None:
                news = disco.announce((feature,)) or news
            else:
                disco.add_feature(feature, jid=jid)
        if news:  # a plugin that has slept has been spoken for
            self._tell(jid)

    def remove_interest(self, namespace: str | Iterable[str], jid: OptJidStr = None) -> None:
        """Undo `add_interest`. May be repeated."""
        disco = self.xmpp.plugin["xep_0030"]
        for feature in _interests(namespace):
            if jid is None:
                disco.withdraw((feature,))
            else:
                disco.del_feature(jid=jid, feature=feature)
        self._tell(jid)

    def _tell(self, jid: OptJidStr) -> None:
        """Servers read what we are interested in from the presence, by its capabilities. What is sent from now on says
        it; what was sent is sent again, once for all that changes in one turn of the loop."""
        if self.xmpp.sessionstarted:
            if not self._due:
                self.xmpp.spawn(self._tell_again())
            self._due.add(JID(jid) if jid else self.xmpp.boundjid)

    async def _tell_again(self) -> None:
        due, self._due = self._due, set()
        caps = self.xmpp.plugin.get("xep_0115", None)
        for jid in due if caps is not None else ():
            # Who has sent no presence yet does not want to be seen.
            await caps.update_caps(jid, broadcast=self.xmpp.roster[jid].last_status is not None)

    def publish(
        self,
        stanza: ElementBase,
        node: str | None = None,
        id: str | None = None,
        options: Settings | None = None,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq]:
        """Publish at the own account (§3). Those contacts are told who may see it and are interested.

        :param stanza: what is published.
        :param node: the node; None: the stanza's namespace. It is created if it is not there.
        :param id: the item's id; None: ``current``, of which there is one only.
        :param options: how the node must be configured, as ``{'access_model': 'whitelist'}`` for what is private;
            see `XEP_0060.publish`.
        :param ifrom: whose account, for components.
        :param callback: called with the answer as well, be it a result or an error.
        :param timeout: seconds to wait for the answer; None: 120.
        :returns: a future of the answer. It raises `IqError`, `IqTimeout` or
            `PreconditionNotMet <xmppkit.exceptions.PreconditionNotMet>`.
        """
        account = JID(ifrom).bare if ifrom else None
        answer: asyncio.Future[Iq] = self.xmpp.plugin["xep_0060"].publish(
            account, node or stanza.namespace, id or CURRENT, stanza, options, ifrom, callback, timeout
        )
        return answer


def _has_owner(message: Message) -> bool:
    return owner_of(message) is not None


def _interests(namespace: str | Iterable[str]) -> list[str]:
    names = (namespace,) if isinstance(namespace, str) else namespace
    return [f"{name}+notify" for name in names]


class Pep(NamedTuple):
    """What a plugin publishes, and is told of.

    :ivar name: the name of its events: ``user_nick`` for ``user_nick_publish``.
    :ivar stanza: the class of what is published; its namespace is the name of the node.
    :ivar private: it is about the own account only; see `XEP_0163.register_pep`.
    """

    name: str
    stanza: type[ElementBase]
    private: bool = False


class PEPOptions(TypedDict, total=False):
    """The keywords that each method of a plugin takes which publishes by `XEP_0163.publish`, and hands to it. They mean
    what they mean there."""

    node: str | None
    id: str | None
    options: Settings | None
    ifrom: OptJidStr
    callback: Callback
    timeout: float | None


class PEPPlugin(BasePlugin):
    """The base of plugins whose payload is published by XEP-0163.

    They declare it, and depend on ``xep_0163``::

        class XEP_0172(PEPPlugin):
            dependencies = frozenset({'xep_0163'})
            pep = (Pep('user_nick', UserNick),)
            events = (Event('user_nick_publish', Message, ..., raised_as='{name}_{kind}'), ...)
    """

    wakes_on = (Event.tag_name(),)
    #: What it publishes.
    pep: ClassVar[tuple[Pep, ...]] = ()

    def _init(self) -> None:
        eventing: Any = self.xmpp.plugin["xep_0163"]
        for each in self.pep:
            eventing.register_pep(each.name, each.stanza, private=each.private)
            self.on_end(partial(eventing.unregister_pep, each.stanza))
        super()._init()


register_plugin(XEP_0163)
