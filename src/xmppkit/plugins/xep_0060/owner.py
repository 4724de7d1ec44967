# SPDX-License-Identifier: MIT
"""What owners of nodes ask of a service (XEP-0060 §8)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from xmppkit.plugins.base import BasePlugin
from xmppkit.plugins.xep_0060.forms import NODE_CONFIG, Settings, as_form
from xmppkit.plugins.xep_0060.stanza import (
    Configure,
    Create,
    DefaultConfig,
    OwnerAffiliation,
    OwnerAffiliations,
    OwnerConfigure,
    OwnerSubscription,
    OwnerSubscriptions,
    Pubsub,
    PubsubOwner,
)
from xmppkit.plugins.xep_0060.subscriber import Callback
from xmppkit.stanza.iq import Iq
from xmppkit.types import JidStr, OptJidStr

__all__ = ["OwnerRequests"]


class OwnerRequests(BasePlugin):
    """The part of the plugin for owners. `XEP_0060` is the only class that builds on it.

    The parameters and the futures are those of
    `SubscriberRequests <xmppkit.plugins.xep_0060.subscriber.SubscriberRequests>`.
    """

    def create_node(
        self,
        jid: OptJidStr,
        node: str | None,
        config: Settings | None = None,
        ntype: str | None = None,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq]:
        """Create a node (§8.1).

        :param node: its name; None: the service finds one, ``iq['pubsub']['create']['node']`` of the answer.
        :param config: its configuration, a form or a dict; None: what is usual there.
        :param ntype: what it holds, ``leaf`` or ``collection``; None: as `config` says.
        """
        iq: Iq = self.xmpp.make_iq_set(ito=jid, ifrom=ifrom)
        pubsub = Pubsub(parent=iq)
        Create(parent=pubsub).node = node
        if config is not None or ntype is not None:
            form = as_form({} if config is None else config, NODE_CONFIG)
            if ntype is not None:
                form.set_values({"pubsub#node_type": ntype})
            Configure(parent=pubsub).form = form
        return iq.send(callback, timeout)

    def get_node_config(
        self,
        jid: OptJidStr,
        node: str | None = None,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq]:
        """The configuration of a node, a form to be filled in (§8.2): ``iq['pubsub_owner']['configure']['form']``.

        :param node: the node; None asks for the configuration that a new one has if nothing else is said (§8.3):
            ``iq['pubsub_owner']['default']['form']``.
        """
        iq: Iq = self.xmpp.make_iq_get(ito=jid, ifrom=ifrom)
        owner = PubsubOwner(parent=iq)
        if node is None:
            DefaultConfig(parent=owner)
        else:
            OwnerConfigure(parent=owner).node = node
        return iq.send(callback, timeout)

    def set_node_config(
        self,
        jid: OptJidStr,
        node: str,
        config: Settings,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq]:
        """Change the configuration of a node (§8.2.4).

        :param config: a form or a dict. What it does not name stays.
        """
        iq: Iq = self.xmpp.make_iq_set(ito=jid, ifrom=ifrom)
        told = OwnerConfigure(parent=PubsubOwner(parent=iq))
        told.node = node
        told.form = as_form(config, NODE_CONFIG)
        return iq.send(callback, timeout)

    def delete_node(
        self,
        jid: OptJidStr,
        node: str,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
        *,
        redirect: str | None = None,
    ) -> asyncio.Future[Iq]:
        """Delete a node with all its items (§8.4).

        :param redirect: the node that takes its place, as a URI: ``xmpp:hamlet@denmark.lit?;node=blog``.
        """
        iq: Iq = self.xmpp.make_iq_set(ito=jid, ifrom=ifrom)
        asked = iq["pubsub_owner"]["delete"]
        asked.node = node
        if redirect is not None:
            asked["redirect"].uri = redirect
        return iq.send(callback, timeout)

    def purge(
        self,
        jid: OptJidStr,
        node: str,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq]:
        """Delete all items of a node (§8.5)."""
        iq: Iq = self.xmpp.make_iq_set(ito=jid, ifrom=ifrom)
        iq["pubsub_owner"]["purge"].node = node
        return iq.send(callback, timeout)

    def get_node_subscriptions(
        self,
        jid: OptJidStr,
        node: str,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq]:
        """Who has subscribed to a node (§8.8.1): ``iq['pubsub_owner']['subscriptions']`` holds it."""
        iq: Iq = self.xmpp.make_iq_get(ito=jid, ifrom=ifrom)
        iq["pubsub_owner"]["subscriptions"].node = node
        return iq.send(callback, timeout)

    def modify_subscriptions(
        self,
        jid: OptJidStr,
        node: str,
        subscriptions: Iterable[tuple[JidStr, str]] | None = None,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq]:
        """Change subscriptions to a node (§8.8.2).

        :param subscriptions: pairs of an address and a state, as ``none``. The subscriptions of others stay.
        """
        iq: Iq = self.xmpp.make_iq_set(ito=jid, ifrom=ifrom)
        told: OwnerSubscriptions = iq["pubsub_owner"]["subscriptions"]
        told.node = node
        for address, state in subscriptions or ():
            each = OwnerSubscription()
            each["jid"], each["subscription"] = address, state
            told.append(each)
        return iq.send(callback, timeout)

    def get_node_affiliations(
        self,
        jid: OptJidStr,
        node: str,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq]:
        """Who may do what at a node (§8.9.1): ``iq['pubsub_owner']['affiliations']`` holds it."""
        iq: Iq = self.xmpp.make_iq_get(ito=jid, ifrom=ifrom)
        iq["pubsub_owner"]["affiliations"].node = node
        return iq.send(callback, timeout)

    def modify_affiliations(
        self,
        jid: OptJidStr,
        node: str,
        affiliations: Iterable[tuple[JidStr, str]] | None = None,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq]:
        """Change what others may do at a node (§8.9.2).

        :param affiliations: pairs of an address and an affiliation, as ``publisher``. Those of others stay.
        """
        iq: Iq = self.xmpp.make_iq_set(ito=jid, ifrom=ifrom)
        told: OwnerAffiliations = iq["pubsub_owner"]["affiliations"]
        told.node = node
        for address, kind in affiliations or ():
            each = OwnerAffiliation()
            each["jid"], each["affiliation"] = address, kind
            told.append(each)
        return iq.send(callback, timeout)
