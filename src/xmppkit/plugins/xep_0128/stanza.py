# SPDX-License-Identifier: MIT
"""Forms in the information of service discovery (XEP-0128 §2): ``info["forms"]`` is the list of them."""

from __future__ import annotations

from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.stanza.registry import register_stanza_plugin

__all__ = ["DiscoInfo", "Form"]

register_stanza_plugin(DiscoInfo, Form, iterable=True)
