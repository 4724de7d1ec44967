# SPDX-License-Identifier: MIT
"""Stanza Headers and Internet Metadata (XEP-0131): the headers of stanzas, and which of them are understood here."""

from __future__ import annotations

from functools import partial

from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, Option, register_plugin
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.plugins.xep_0131 import stanza
from xmppkit.plugins.xep_0131.stanza import SHIM

__all__ = ["XEP_0131"]


class XEP_0131(BasePlugin):  # noqa: N801  # slixmpp's name
    """Stanza Headers and Internet Metadata.

    Headers are in ``message['headers']``. Whoever asks is told which headers this program understands (§3.2):
    `supported_headers` is a set of its own for each stream, to which a program may add.
    """

    name = "xep_0131"
    description = "XEP-0131: Stanza Headers and Internet Metadata"
    dependencies = frozenset({"xep_0030"})
    wakes_on = (DiscoInfo.tag_name(),)  # it answers for a node
    stanza = stanza
    disco_features = (SHIM,)

    supported_headers = Option(set, {"SubID"}, doc="the names of the headers that are understood")

    def plugin_init(self) -> None:
        """Answer for the node at which §3.2 has the headers."""
        self.supported_headers = set(self.supported_headers)
        disco = self.xmpp.plugin["xep_0030"]
        disco.set_node_handler("get_info", None, SHIM, self._supported)
        self.on_end(partial(disco.del_node_handler, "get_info", None, SHIM))

    def _supported(self, jid: JID, node: str, ifrom: JID | None, args: object) -> DiscoInfo:
        info = DiscoInfo()
        info.features = [f"{SHIM}#{header}" for header in sorted(self.supported_headers)]
        return info


register_plugin(XEP_0131)
