# SPDX-License-Identifier: MIT
"""Entity Time (XEP-0202): which time it is elsewhere, and telling which it is here."""

from __future__ import annotations

import asyncio
import datetime
import inspect
from collections.abc import Callable
from typing import Any, Unpack, cast

from xmppkit.exceptions import XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, IqOptions, Option, handles, register_plugin
from xmppkit.plugins.base.origin import is_answered
from xmppkit.plugins.xep_0202 import stanza
from xmppkit.plugins.xep_0202.stanza import EntityTime
from xmppkit.stanza.iq import Iq
from xmppkit.types import JidStr, OptJidStr

__all__ = ["XEP_0202"]


class XEP_0202(BasePlugin):  # noqa: N801  # slixmpp's name
    """Entity Time."""

    name = "xep_0202"
    description = "XEP-0202: Entity Time"
    dependencies = frozenset({"xep_0030", "xep_0082"})
    stanza = stanza
    disco_features = (EntityTime.namespace,)

    local_time = Option(
        cast("type[Callable[[JID], Any]]", Callable),
        doc="the clock: takes the address that is asked and gives a datetime, or an awaitable of one; None: the "
        "system's clock, in the zone of `tz_offset`",
    )
    tz_offset = Option(
        float, 0, minimum=-14, maximum=14, doc="hours from UTC; the default tells nobody where the program runs (§6)"
    )

    @handles("iq@type=get/entity_time", "Entity Time")
    async def _answer(self, iq: Iq) -> None:
        if not is_answered(self.xmpp, iq):
            raise XMPPError("service-unavailable")
        if self.local_time is None:
            now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=self.tz_offset)))
        else:
            now = self.local_time(iq["to"] or self.xmpp.boundjid)
            if inspect.isawaitable(now):
                now = await now
        answer = iq.reply()
        EntityTime(parent=answer)["time"] = now
        answer.send()

    def get_entity_time(self, to: JidStr, ifrom: OptJidStr = None, **iqargs: Unpack[IqOptions]) -> asyncio.Future[Iq]:
        """Ask which time it is somewhere.

        :param to: where.
        :param ifrom: who asks, for components.
        :returns: a future of the answer, with ``entity_time``: its ``utc`` and ``tzo``, and ``time`` of both. It raises
            `IqError` or `IqTimeout`. What the other says is the other's word.
        """
        iq: Iq = self.xmpp.make_iq_get(ito=to, ifrom=ifrom)
        iq.enable("entity_time")
        return iq.send(**iqargs)


register_plugin(XEP_0202)
