# SPDX-License-Identifier: MIT
"""Message Carbons (XEP-0280): see what the account's other clients send and receive."""

from __future__ import annotations

import asyncio
import logging
from typing import Unpack

from xmppkit.dispatch.events import Event
from xmppkit.plugins.base import BasePlugin, IqOptions, handles, register_plugin
from xmppkit.plugins.base.origin import from_own_account
from xmppkit.plugins.xep_0280 import stanza
from xmppkit.plugins.xep_0280.stanza import CARBONS, ReceivedCarbon, SentCarbon
from xmppkit.plugins.xep_0334.stanza import Hint
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.types import OptJidStr

__all__ = ["XEP_0280"]

log = logging.getLogger(__name__)


class XEP_0280(BasePlugin):  # noqa: N801  # slixmpp's name
    """Message Carbons.

    The payload of its events is the message in which the copy has come; ``message['carbon_received']`` and
    ``message['carbon_sent']`` are the message that was copied. There is no ``message`` event for that one.
    """

    name = "xep_0280"
    description = "XEP-0280: Message Carbons"
    dependencies = frozenset({"xep_0030", "xep_0297"})
    stanza = stanza
    disco_features = (CARBONS,)
    events = (
        Event("carbon_received", Message, "another client of the account has received a message", "XEP-0280 §7"),
        Event("carbon_sent", Message, "another client of the account has sent a message", "XEP-0280 §8"),
    )

    def enable(self, ifrom: OptJidStr = None, **iqkwargs: Unpack[IqOptions]) -> asyncio.Future[Iq]:
        """Ask the server for copies, from now until the session ends. May be repeated.

        :param ifrom: who asks, for components.
        :returns: a future of the answer. It raises `IqError` if the server has no carbons or does not allow them, and
            `IqTimeout`.
        """
        iq: Iq = self.xmpp.make_iq_set(ifrom=ifrom)
        iq.enable("carbon_enable")
        return iq.send(**iqkwargs)

    def disable(self, ifrom: OptJidStr = None, **iqkwargs: Unpack[IqOptions]) -> asyncio.Future[Iq]:
        """Ask for copies no more. As `enable`."""
        iq: Iq = self.xmpp.make_iq_set(ifrom=ifrom)
        iq.enable("carbon_disable")
        return iq.send(**iqkwargs)

    def make_private(self, message: Message) -> Message:
        """Say in a message that nobody shall get a copy of it: neither the own other clients nor the recipient's (§9).
        Returns the message."""
        message.enable("carbon_private")
        message.enable(Hint.NO_COPY.value)
        return message

    @handles("message/carbon_received", "Carbon Received")
    def _received(self, wrapper: Message) -> None:
        message = wrapper["carbon_received"]
        own = self.xmpp.boundjid.bare
        if self._may_tell(wrapper, message) and message["to"].bare in ("", own):
            self.xmpp.event("carbon_received", wrapper)

    @handles("message/carbon_sent", "Carbon Sent")
    def _sent(self, wrapper: Message) -> None:
        message = wrapper["carbon_sent"]
        own = self.xmpp.boundjid.bare
        if self._may_tell(wrapper, message) and message["from"].bare in ("", own):
            self.xmpp.event("carbon_sent", wrapper)

    def _may_tell(self, wrapper: Message, message: Message | None) -> bool:
        """Whether it is a copy, and from the own server (§11)."""
        if wrapper["type"] == "error":
            return False
        if not from_own_account(self.xmpp, wrapper):
            log.warning("ignored a carbon from %s, who is not this account (XEP-0280 §11)", wrapper["from"])
            return False
        both = ReceivedCarbon.of(wrapper) is not None and SentCarbon.of(wrapper) is not None
        if message is None or both:
            log.debug("ignored a carbon that is none")
            return False
        return True


register_plugin(XEP_0280)
