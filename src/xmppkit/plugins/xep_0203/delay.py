# SPDX-License-Identifier: MIT
"""Delayed Delivery (XEP-0203)."""

from __future__ import annotations

import datetime

from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, register_plugin
from xmppkit.plugins.xep_0203 import stanza
from xmppkit.plugins.xep_0203.stanza import Delay
from xmppkit.stanza.element import ElementBase
from xmppkit.types import OptJidStr

__all__ = ["XEP_0203"]


class XEP_0203(BasePlugin):  # noqa: N801  # slixmpp's name
    """Delayed Delivery."""

    name = "xep_0203"
    description = "XEP-0203: Delayed Delivery"
    stanza = stanza

    def get_stamp(self, stanza: ElementBase, by: OptJidStr = None) -> datetime.datetime | None:
        """When a stanza was sent, as those say who have kept it.

        :param stanza: a message, a presence, or what has been forwarded.
        :param by: only what this address says; None: anybody. Of several the earliest counts.
        :returns: the moment in UTC; None when nobody says any: it has just come.

        Whoever sends a stanza can put a delay into it (§5). Only ``by`` the own server, the own account or a room that
        was joined makes a moment that is more than a claim.
        """
        who = None if by is None else JID(by)
        stamps = []
        for element in stanza.xml.iterfind(Delay.tag_name()):
            delay = Delay(element)
            if delay.stamp is not None and who in (None, delay.from_):
                stamps.append(delay.stamp)
        return min(stamps, default=None)


register_plugin(XEP_0203)
