# SPDX-License-Identifier: MIT
"""Stanza Forwarding (XEP-0297)."""

from __future__ import annotations

import datetime
import logging
from copy import copy

from xmppkit.dispatch.events import Event
from xmppkit.plugins.base import BasePlugin, handles, register_plugin
from xmppkit.plugins.xep_0203.stanza import Delay
from xmppkit.plugins.xep_0297 import stanza
from xmppkit.plugins.xep_0297.stanza import Forwarded
from xmppkit.stanza.message import Message
from xmppkit.stanza.rootstanza import RootStanza
from xmppkit.types import OptJidStr

__all__ = ["XEP_0297"]

log = logging.getLogger(__name__)


class XEP_0297(BasePlugin):  # noqa: N801  # slixmpp's name
    """Stanza Forwarding."""

    name = "xep_0297"
    description = "XEP-0297: Stanza Forwarding"
    dependencies = frozenset({"xep_0030", "xep_0203"})
    stanza = stanza
    disco_features = (Forwarded.namespace,)
    events = (Event("forwarded_stanza", Message, "somebody has forwarded a message to us", "XEP-0297 §3.1"),)

    def forward(
        self,
        stanza: RootStanza | None = None,
        mto: OptJidStr = None,
        mbody: str | None = None,
        mfrom: OptJidStr = None,
        delay: datetime.datetime | str | Delay | None = None,
    ) -> None:
        """Send a copy of a stanza to somebody else.

        :param stanza: what is forwarded: a message, as a rule.
        :param mto: to whom.
        :param mbody: what you have to say about it; None: nothing.
        :param mfrom: who forwards it, for components.
        :param delay: when you got the stanza; None: as the stanza itself says, if it does.
        :raises TypeError: there is no stanza.
        """
        if not isinstance(stanza, RootStanza):
            raise TypeError("forward() takes the stanza to forward: a message, a presence or an IQ")
        message: Message = self.xmpp.make_message(mto, mbody or "", mfrom=mfrom)
        # A body there must be, even an empty one: what people see must not look like the forwarded stanza (§3.2).
        Message.body.set(message, mbody or "")
        forwarded = Forwarded(parent=message)
        if isinstance(delay, Delay):
            forwarded.delay = copy(delay)
        elif delay is not None:
            forwarded["delay"]["stamp"] = delay
        elif (known := Delay.of(stanza)) is not None:
            forwarded.delay = copy(known)
        forwarded.stanza = copy(stanza)
        message.send()

    @handles("message/forwarded", "Forwarded Stanza")
    def _told(self, message: Message) -> None:
        forwarded = Forwarded.of(message)
        if message["type"] == "error" or forwarded is None:
            return
        if forwarded.message is None:
            log.debug("%s has forwarded what is no message: ignored (XEP-0297 §7.1)", message["from"])
            return
        self.xmpp.event("forwarded_stanza", message)


register_plugin(XEP_0297)
