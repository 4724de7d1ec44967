# SPDX-License-Identifier: MIT
"""Message Archive Management Preferences (XEP-0441)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import NamedTuple, Unpack

from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, IqOptions, register_plugin
from xmppkit.plugins.xep_0441 import stanza
from xmppkit.plugins.xep_0441.stanza import Default, Preferences
from xmppkit.stanza.iq import Iq
from xmppkit.types import JidStr, OptJidStr

__all__ = ["XEP_0441", "ArchivePreferences"]


class ArchivePreferences(NamedTuple):
    """What is archived.

    :ivar default: what holds for those who are in neither list; None: the server says none that there is.
    :ivar always: whose messages are archived. A bare address means all of its resources (§2.3.1).
    :ivar never: whose messages are not.
    """

    default: Default | None
    always: set[JID]
    never: set[JID]


class XEP_0441(BasePlugin):  # noqa: N801  # slixmpp's name
    """Message Archive Management Preferences."""

    name = "xep_0441"
    description = "XEP-0441: Message Archive Management Preferences"
    dependencies = frozenset({"xep_0313"})
    stanza = stanza

    async def get_preferences(self, **iqkwargs: Unpack[IqOptions]) -> ArchivePreferences:
        """What the own account's server archives.

        :raises IqError: it cannot be configured; or `IqTimeout`.
        """
        iq: Iq = self.xmpp.make_iq_get()
        iq.enable("mam_prefs")
        answer = await iq.send(**iqkwargs)
        found = Preferences.of(answer) or Preferences()
        return ArchivePreferences(found.default, found.always, found.never)

    def set_preferences(
        self,
        default: Default | str | None = "roster",
        always: Iterable[JidStr] | None = None,
        never: Iterable[JidStr] | None = None,
        *,
        ito: OptJidStr = None,
        ifrom: OptJidStr = None,
        **iqkwargs: Unpack[IqOptions],
    ) -> asyncio.Future[Iq]:
        """Say what shall be archived. What was said before is replaced: also the lists that are left out.

        :param default: ``always``, ``never``, or ``roster``: what those say who are in the roster.
        :param always: whose messages are archived in any case.
        :param never: whose messages are not archived.
        :param ito: whose archive it is; None: the own account's.
        :param ifrom: who asks, for components.
        :returns: a future of the answer: ``answer['mam_prefs']`` is what holds now, which may be something else. It
            raises `IqError` or `IqTimeout`.
        :raises InvalidValue: there is no such default.
        """
        iq: Iq = self.xmpp.make_iq_set(ito=ito, ifrom=ifrom)
        preferences: Preferences = iq["mam_prefs"]
        preferences["default"] = default
        preferences["always"] = always or ()
        preferences["never"] = never or ()
        return iq.send(**iqkwargs)


register_plugin(XEP_0441)
