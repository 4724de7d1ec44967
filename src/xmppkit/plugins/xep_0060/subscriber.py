# SPDX-License-Identifier: MIT
"""What entities and subscribers ask of a service (XEP-0060 §5, §6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from xmppkit.plugins.base import BasePlugin
from xmppkit.plugins.xep_0060.forms import SUBSCRIBE_OPTIONS, Settings, as_form
from xmppkit.plugins.xep_0060.stanza import Affiliations, Default, Options, Pubsub, Subscriptions
from xmppkit.stanza.iq import Iq
from xmppkit.types import JidStr, OptJidStr

__all__ = ["SubscriberRequests"]

Callback = Callable[[Any], Any] | None


class SubscriberRequests(BasePlugin):
    """The part of the plugin for subscribers. `XEP_0060` is the only class that builds on it.

    Its methods return a future of the answer, which raises `IqError` or `IqTimeout`;
    `condition_of <xmppkit.plugins.xep_0060.condition_of>` says of an error what went wrong in the words of XEP-0060.

    :param jid: in all methods: the service; None: the own account (XEP-0163).
    :param node: in all methods: the node's name.
    :param ifrom: in all methods: who asks, for components.
    :param callback: in all methods: called with the answer as well, be it a result or an error.
    :param timeout: in all methods: seconds to wait for the answer; None: 120.
    """

    def _subscriber(self, bare: bool, subscribee: OptJidStr, ifrom: OptJidStr) -> JidStr:
        """Whose subscription is meant."""
        if subscribee:
            return subscribee
        if ifrom:
            return ifrom
        own = self.xmpp.boundjid
        return own.bare if bare else own.full  # type: ignore[no-any-return]  # the stream's address

    def subscribe(
        self,
        jid: OptJidStr,
        node: str | None,
        bare: bool = True,
        subscribee: OptJidStr = None,
        options: Settings | None = None,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq]:
        """Be told, from now on, what is published (§6.1).

        The answer has ``iq['pubsub']['subscription']``, whose state may be ``pending``: then an owner decides, and the
        event ``pubsub_subscription`` tells how.

        :param bare: for all resources, by the own bare address; False: for this one only.
        :param subscribee: the address to subscribe instead of the own one.
        :param options: the options of the subscription, a form or a dict (§6.3.7).
        """
        iq: Iq = self.xmpp.make_iq_set(ito=jid, ifrom=ifrom)
        asked = iq["pubsub"]["subscribe"]
        asked.node = node
        asked.jid = self._subscriber(bare, subscribee, ifrom)
        if options is not None:
            iq["pubsub"]["options"].options = as_form(options, SUBSCRIBE_OPTIONS)
        return iq.send(callback, timeout)

    def unsubscribe(
        self,
        jid: OptJidStr,
        node: str | None,
        subid: str | None = None,
        bare: bool = True,
        subscribee: OptJidStr = None,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq]:
        """End a subscription (§6.2).

        :param subid: its id, where there are several.
        :param bare: as in `subscribe`, as `subscribee`.
        """
        iq: Iq = self.xmpp.make_iq_set(ito=jid, ifrom=ifrom)
        asked = iq["pubsub"]["unsubscribe"]
        asked.node, asked.subid = node, subid
        asked.jid = self._subscriber(bare, subscribee, ifrom)
        return iq.send(callback, timeout)

    def get_subscriptions(
        self,
        jid: OptJidStr,
        node: str | None = None,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq]:
        """The own subscriptions, at one node or at all (§5.6): ``iq['pubsub']['subscriptions']`` holds them."""
        iq: Iq = self.xmpp.make_iq_get(ito=jid, ifrom=ifrom)
        Subscriptions(parent=Pubsub(parent=iq)).node = node
        return iq.send(callback, timeout)

    def get_affiliations(
        self,
        jid: OptJidStr,
        node: str | None = None,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq]:
        """What we may do, at one node or at all (§5.7): ``iq['pubsub']['affiliations']`` holds it."""
        iq: Iq = self.xmpp.make_iq_get(ito=jid, ifrom=ifrom)
        Affiliations(parent=Pubsub(parent=iq)).node = node
        return iq.send(callback, timeout)

    def get_subscription_options(
        self,
        jid: OptJidStr,
        node: str | None = None,
        user_jid: OptJidStr = None,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
        *,
        subid: str | None = None,
    ) -> asyncio.Future[Iq]:
        """The options of a subscription, a form to be filled in (§6.3): ``iq['pubsub']['options']['options']``.

        :param user_jid: who has subscribed; None asks for the options that a subscription has if nothing else is said
            (§6.4): ``iq['pubsub']['default']['form']``.
        :param subid: the id of the subscription, where there are several.
        """
        iq: Iq = self.xmpp.make_iq_get(ito=jid, ifrom=ifrom)
        if user_jid is None:
            Default(parent=Pubsub(parent=iq)).node = node
        else:
            asked = Options(parent=Pubsub(parent=iq))
            asked.node, asked.subid = node, subid
            asked["jid"] = user_jid
        return iq.send(callback, timeout)

    def set_subscription_options(
        self,
        jid: OptJidStr,
        node: str,
        user_jid: JidStr,
        options: Settings,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
        *,
        subid: str | None = None,
    ) -> asyncio.Future[Iq]:
        """Change the options of a subscription (§6.3.5).

        :param user_jid: who has subscribed.
        :param options: a form or a dict.
        :param subid: the id of the subscription, where there are several.
        """
        iq: Iq = self.xmpp.make_iq_set(ito=jid, ifrom=ifrom)
        told = iq["pubsub"]["options"]
        told.node, told.subid = node, subid
        told["jid"] = user_jid
        told.options = as_form(options, SUBSCRIBE_OPTIONS)
        return iq.send(callback, timeout)
