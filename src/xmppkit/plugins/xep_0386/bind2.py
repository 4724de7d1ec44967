# SPDX-License-Identifier: MIT
"""Bind 2 (XEP-0386): what is asked for along with the login, by the engine (`xmppkit.protocol.features.inline`)."""

from __future__ import annotations

from typing import Any

from xmppkit.plugins.base import BasePlugin, Option, register_plugin
from xmppkit.plugins.xep_0386 import stanza

__all__ = ["XEP_0386"]


class XEP_0386(BasePlugin):  # noqa: N801  # named like all plugins
    """Bind 2. It counts from the next connection on."""

    name = "xep_0386"
    description = "XEP-0386: Bind 2"
    dependencies = frozenset({"xep_0388"})
    stanza = stanza

    tag = Option(
        str, doc="what the resource begins with: the program's name; no name of a person or of a computer (§4)"
    )
    carbons = Option(bool, True, doc="switch carbons on along with the login, if xep_0280 is enabled")

    def make_options(self) -> dict[str, Any]:
        """What the engine is told: fields of `xmppkit.protocol.logins.Sasl2Options`."""
        return {"bind": True, "tag": self.tag or "", "carbons": self.carbons and "xep_0280" in self.xmpp.plugin}


register_plugin(XEP_0386)
