# SPDX-License-Identifier: MIT
"""XHTML-IM (XEP-0071): texts with markup."""

from __future__ import annotations

from xmppkit.plugins.base import BasePlugin, register_plugin
from xmppkit.plugins.xep_0071 import stanza
from xmppkit.plugins.xep_0071.stanza import XHTML_IM

__all__ = ["XEP_0071"]


class XEP_0071(BasePlugin):  # noqa: N801  # slixmpp's name
    """XHTML-IM. The XEP is deprecated: `BaseXMPP.register_plugins` does not enable it, a program that wants it does."""

    name = "xep_0071"
    description = "XEP-0071: XHTML-IM"
    dependencies = frozenset({"xep_0030"})
    stanza = stanza
    disco_features = (XHTML_IM.namespace,)


register_plugin(XEP_0071)
