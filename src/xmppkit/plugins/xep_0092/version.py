# SPDX-License-Identifier: MIT
"""Software Version (XEP-0092): telling which software this is, and asking others."""

from __future__ import annotations

import asyncio
from typing import Unpack

from xmppkit.exceptions import XMPPError
from xmppkit.plugins.base import BasePlugin, IqOptions, Option, handles, register_plugin
from xmppkit.plugins.base.origin import is_answered
from xmppkit.plugins.xep_0092 import stanza
from xmppkit.stanza.iq import Iq
from xmppkit.types import JidStr, OptJidStr
from xmppkit.version import __version__

__all__ = ["XEP_0092"]


class XEP_0092(BasePlugin):  # noqa: N801  # slixmpp's name
    """Software Version.

    The configuration may say ``name`` instead of ``software_name``.
    """

    name = "xep_0092"
    description = "XEP-0092: Software Version"
    dependencies = frozenset({"xep_0030"})
    stanza = stanza
    disco_features = (stanza.Version.namespace,)
    default_config = {"name": ""}  # noqa: RUF012  # the key beside the options that is accepted

    software_name = Option(str, "xmppkit", doc="the name that is told; empty: nothing is told")
    version = Option(str, __version__, doc="the version that is told")
    os = Option(str, "", doc="the operating system that is told; empty: none (§5)")

    def plugin_init(self) -> None:
        """Read the other name of the name."""
        self._take_name()

    def _take_name(self) -> None:
        if self._config is not None and self.config["name"]:
            self.software_name = self.config["name"]
            self.config["name"] = ""

    @handles("iq@type=get/software_version", "Software Version")
    def _answer(self, iq: Iq) -> None:
        self._take_name()
        if not self.software_name or not is_answered(self.xmpp, iq):
            raise XMPPError("service-unavailable")
        answer = iq.reply()
        told = stanza.Version(parent=answer)
        told.name_, told.version = self.software_name, self.version
        told.os = self.os or None
        answer.send()

    def get_version(
        self,
        jid: JidStr,
        ifrom: OptJidStr = None,
        **iqkwargs: Unpack[IqOptions],
    ) -> asyncio.Future[Iq]:
        """Ask which software somebody runs.

        :param jid: whom.
        :param ifrom: who asks, for components.
        :param iqkwargs: `IqOptions`.
        :returns: a future of the answer, an `Iq` with ``software_version``. It raises `IqError` or `IqTimeout`.
        """
        iq: Iq = self.xmpp.make_iq_get(ito=jid, ifrom=ifrom)
        iq.enable("software_version")
        return iq.send(**iqkwargs)


register_plugin(XEP_0092)
